#include "io/open_input.h"

#include <cpl_string.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string_view>

#include "engine/error.h"
#include "io/file_facts.h"
#include "io/input_path.h"

namespace cnci::io {
namespace {

namespace fs = std::filesystem;
using engine::Error;

struct ListFree {
  void operator()(char** list) const { CSLDestroy(list); }
};

bool is_sqlite(const std::string& path) {
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  std::array<char, kMagic.size()> start{};
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return false;
  std::ifstream in(path, std::ios::binary);
  return in.read(start.data(), start.size()) &&
         std::string_view(start.data(), start.size()) == kMagic;
}

/// SQLite keeps changes in a file of its own until they are copied into the database, and would do
/// so here. It looks for that file where a link leads.
void require_settled(const std::string& path) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  if (error) return;
  for (const char* suffix : {"-wal", "-journal"}) {
    const std::string pending = real.string() + suffix;
    const std::uintmax_t bytes = fs::file_size(pending, error);
    if (error || bytes == 0) continue;
    throw Error(path + ": has changes that are still in " + pending +
                "; close the program that has it open, or bring them in (sqlite3 " + real.string() +
                " 'PRAGMA wal_checkpoint(TRUNCATE)')");
  }
}

bool is_overview(const std::string& path) {
  const std::string extension = fs::path(path).extension().string();
  return EQUAL(extension.c_str(), ".ovr");
}

}  // namespace

DatasetPtr open_input(const std::string& path, const std::string& name, InputData data) {
  static constexpr std::array<const char*, 2> kImmutable{"IMMUTABLE=YES", nullptr};
  const std::string file = without_part(path);
  const bool sqlite = is_sqlite(file);
  if (sqlite) require_settled(file);
  const unsigned kind = data == InputData::kRaster ? GDAL_OF_RASTER : GDAL_OF_VECTOR;
  return DatasetPtr(GDALDataset::Open(name.c_str(), kind | GDAL_OF_READONLY, nullptr,
                                      sqlite ? kImmutable.data() : nullptr));
}

std::vector<std::string> files_of_input(const std::string& path, InputData data) {
  prepare_gdal();
  require_input(path, data == InputData::kVector ? InputKind::kFileOrFolder : InputKind::kFile);
  require_plain_companions(path);
  const QuietGdal quiet;
  const DatasetPtr dataset = open_input(path, path, data);
  if (dataset == nullptr) {
    throw Error(path + ": cannot be opened (" + QuietGdal::message() + ")");
  }
  const std::unique_ptr<char*, ListFree> list(dataset->GetFileList());
  std::vector<std::string> files;
  for (int i = 0; i < CSLCount(list.get()); ++i) {
    std::string file = file_on_disk(list.get()[i]);
    std::error_code error;
    const fs::file_status status = fs::status(file, error);
    if (fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status)) {
      throw Error(path + ": reads " + file +
                  ", which is a pipe or a device, no file; copy it to a file");
    }
    if (!is_overview(file) && fs::is_regular_file(status)) files.push_back(std::move(file));
  }
  return files;
}

}  // namespace cnci::io
