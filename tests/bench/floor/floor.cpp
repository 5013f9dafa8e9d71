// What a run cannot do without: inflates every source block that it needs once, compresses and
// writes the chunks of its outputs once, with no arithmetic. scripts/bench pipeline starts it with
// the same ranks as the run and divides the run's time by its.
//
//   mpirun -n R cnci_floor BLOCKS PLANES CHUNK_BYTES OUT raw|gdal
//
// BLOCKS: a line for each block, fields separated by tabs: file, offset and bytes in it, bytes when
// inflated, GDAL's name of the dataset, band, block column, block row. PLANES: the outputs' chunks,
// byte-shuffled, one after another. `raw` inflates with libdeflate; `gdal` decodes with GDAL.
#include <fcntl.h>
#include <gdal_priv.h>
#include <isa-l/igzip_lib.h>
#include <libdeflate.h>
#include <mpi.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Block {
  std::string file;
  std::uint64_t offset = 0;
  std::size_t bytes = 0;
  std::size_t inflated = 0;
  std::string dataset;
  int band = 1;
  int col = 0;
  int row = 0;
};

std::vector<Block> read_blocks(const std::string& path) {
  std::ifstream in(path);
  std::vector<Block> blocks;
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    Block block;
    std::getline(fields, block.file, '\t');
    fields >> block.offset >> block.bytes >> block.inflated;
    fields.ignore();
    std::getline(fields, block.dataset, '\t');
    fields >> block.band >> block.col >> block.row;
    if (!fields) throw std::runtime_error(path + ": not a line of blocks: " + line);
    blocks.push_back(std::move(block));
  }
  return blocks;
}

class File {
 public:
  File(const std::string& path, int flags) : file_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {
    if (file_ < 0) throw std::runtime_error(path + ": cannot be opened");
  }
  ~File() { ::close(file_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int get() const { return file_; }

 private:
  int file_;
};

/// This rank's part of `count` things, in order.
std::pair<std::size_t, std::size_t> share(std::size_t count, int rank, int ranks) {
  const auto r = static_cast<std::size_t>(rank);
  const auto n = static_cast<std::size_t>(ranks);
  return {count * r / n, count * (r + 1) / n};
}

std::uint64_t inflate(std::span<const Block> blocks) {
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)>
      decompressor(libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  std::map<std::string, std::unique_ptr<File>> files;
  std::vector<std::byte> packed;
  std::vector<std::byte> plain;
  std::uint64_t total = 0;
  for (const Block& block : blocks) {
    auto& file = files[block.file];
    if (!file) file = std::make_unique<File>(block.file, O_RDONLY);
    packed.resize(block.bytes);
    plain.resize(block.inflated);
    const auto offset = static_cast<off_t>(block.offset);
    if (::pread(file->get(), packed.data(), packed.size(), offset) !=
            static_cast<ssize_t>(packed.size()) ||
        libdeflate_zlib_decompress(decompressor.get(), packed.data(), packed.size(), plain.data(),
                                   plain.size(), nullptr) != LIBDEFLATE_SUCCESS) {
      throw std::runtime_error(block.file + ": a block cannot be inflated");
    }
    total += plain.size();
  }
  return total;
}

std::uint64_t decode_with_gdal(std::span<const Block> blocks) {
  GDALAllRegister();
  std::map<std::string, GDALDatasetUniquePtr> datasets;
  std::vector<std::byte> plain;
  std::uint64_t total = 0;
  for (const Block& block : blocks) {
    auto& dataset = datasets[block.dataset];
    if (!dataset) dataset.reset(GDALDataset::Open(block.dataset.c_str(), GDAL_OF_RASTER));
    if (!dataset) throw std::runtime_error(block.dataset + ": cannot be opened");
    GDALRasterBand* band = dataset->GetRasterBand(block.band);
    plain.resize(block.inflated);
    if (band->ReadBlock(block.col, block.row, plain.data()) != CE_None) {
      throw std::runtime_error(block.dataset + ": a block cannot be read");
    }
    total += plain.size();
  }
  return total;
}

std::vector<std::uint8_t> compress(std::span<std::uint8_t> plain) {
  std::vector<std::uint8_t> out(plain.size() + plain.size() / 1024 + 64);
  std::vector<std::uint8_t> work(ISAL_DEF_LVL2_DEFAULT);
  isal_zstream stream{};
  isal_deflate_stateless_init(&stream);
  stream.gzip_flag = IGZIP_ZLIB;
  stream.level = 2;
  stream.level_buf = work.data();
  stream.level_buf_size = static_cast<std::uint32_t>(work.size());
  stream.end_of_stream = 1;
  stream.next_in = plain.data();
  stream.avail_in = static_cast<std::uint32_t>(plain.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<std::uint32_t>(out.size());
  if (isal_deflate_stateless(&stream) != COMP_OK) throw std::runtime_error("ISA-L fails");
  out.resize(stream.total_out);
  return out;
}

std::uint64_t write_chunks(const std::string& planes, std::size_t chunk, const std::string& out,
                           int rank, int ranks) {
  const File in(planes, O_RDONLY);
  struct stat status {};
  if (::fstat(in.get(), &status) != 0) throw std::runtime_error(planes + ": has no size");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return 0;
  void* map = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, in.get(), 0);
  if (map == MAP_FAILED) throw std::runtime_error(planes + ": cannot be mapped");
  const File file(out + std::to_string(rank), O_WRONLY | O_CREAT | O_TRUNC);
  const auto [first, last] = share(size / chunk, rank, ranks);
  std::uint64_t total = 0;
  for (std::size_t i = first; i < last; ++i) {
    const auto packed = compress({static_cast<std::uint8_t*>(map) + i * chunk, chunk});
    if (::write(file.get(), packed.data(), packed.size()) != static_cast<ssize_t>(packed.size())) {
      throw std::runtime_error(out + ": cannot be written");
    }
    total += packed.size();
  }
  ::munmap(map, size);
  return total;
}

void run(std::span<char*> arguments, int rank, int ranks) {
  if (arguments.size() != 6) {
    throw std::runtime_error("usage: cnci_floor BLOCKS PLANES CHUNK_BYTES OUT raw|gdal");
  }
  const double start = MPI_Wtime();
  const std::vector<Block> blocks = read_blocks(arguments[1]);
  const auto [first, last] = share(blocks.size(), rank, ranks);
  const auto mine = std::span<const Block>(blocks).subspan(first, last - first);
  const bool raw = std::string(arguments[5]) == "raw";
  std::uint64_t bytes[2] = {raw ? inflate(mine) : decode_with_gdal(mine), 0};
  const double read = MPI_Wtime();
  bytes[1] = write_chunks(arguments[2], std::stoul(arguments[3]), arguments[4], rank, ranks);
  double seconds[2] = {read - start, MPI_Wtime() - read};
  std::uint64_t all_bytes[2] = {};
  double all_seconds[2] = {};
  MPI_Reduce(bytes, all_bytes, 2, MPI_UINT64_T, MPI_SUM, 0, MPI_COMM_WORLD);
  MPI_Reduce(seconds, all_seconds, 2, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
  if (rank != 0) return;
  std::printf(
      "{\"read_bytes\": %llu, \"written_bytes\": %llu, \"read_seconds\": %.4f, "
      "\"write_seconds\": %.4f}\n",
      static_cast<unsigned long long>(all_bytes[0]), static_cast<unsigned long long>(all_bytes[1]),
      all_seconds[0], all_seconds[1]);
}

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0;
  int ranks = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  try {
    run({argv, static_cast<std::size_t>(argc)}, rank, ranks);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "floor: %s\n", error.what());
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  MPI_Finalize();
  return 0;
}
