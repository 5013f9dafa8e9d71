#include "io/open_input.h"

#include <cpl_string.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string_view>

#include "engine/error.h"
#include "io/file_facts.h"
#include "io/hdf5_elsewhere.h"
#include "io/input_path.h"
#include "io/vrt_sources.h"

namespace cnci::io {
namespace {

namespace fs = std::filesystem;
using engine::Error;

struct ListFree {
  void operator()(char** list) const { CSLDestroy(list); }
};

std::string beginning(const std::string& path, std::size_t bytes) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return {};
  std::string start(bytes, '\0');
  std::ifstream in(path, std::ios::binary);
  in.read(start.data(), static_cast<std::streamsize>(bytes));
  start.resize(static_cast<std::size_t>(in.gcount()));
  return start;
}

bool is_sqlite(const std::string& path) {
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  return beginning(path, kMagic.size()) == kMagic;
}

/// Bytes 18 and 19 of an SQLite file that is written through a -wal file (its file format, 1.3.3).
bool has_wal(const std::string& path) {
  const std::string start = beginning(path, 20);
  return start.size() == 20 && (start[18] == 2 || start[19] == 2);
}

/// SQLite keeps changes in a file of its own until they are copied into the database, and would do
/// so here. It looks for that file where a link leads.
void require_settled(const std::string& path) {
  std::error_code error;
  const std::string real = fs::canonical(path, error).string();
  if (error) return;
  const std::string advice =
      "; close the program that has it open, or bring them in with sqlite3 (";
  if (!beginning(real + "-wal", 1).empty()) {
    throw Error(path + ": has changes that are still in " + real + "-wal" + advice +
                "PRAGMA wal_checkpoint(TRUNCATE))");
  }
  // A journal that is done with is empty or begins with zeros.
  const std::string journal = beginning(real + "-journal", 1);
  if (!journal.empty() && journal[0] != '\0') {
    throw Error(path + ": has changes half-made, with what was there before in " + real +
                "-journal" + advice + "PRAGMA integrity_check)");
  }
}

/// GDAL opens what a VRT reads by itself, and would write beside it.
void require_settled_source(const std::string& vrt, const std::string& source) {
  if (!is_sqlite(source)) return;
  if (has_wal(source)) {
    throw Error(vrt + ": reads " + source +
                ", which is written through a -wal file; say PRAGMA journal_mode=DELETE to it with "
                "sqlite3, or name it in the job instead of the VRT");
  }
  require_settled(source);
}

/// Spatial indices, locks, and overviews of a file that is read at its own resolution: no values
/// are read from them. A VRT may read its sources at another.
bool has_no_values(const std::string& path, GDALDataset& dataset) {
  const std::string extension = fs::path(path).extension().string();
  const bool is_vrt = EQUAL(dataset.GetDriverName(), "VRT");
  if (EQUAL(extension.c_str(), ".ovr")) return !is_vrt;
  static constexpr auto kNone = std::to_array<const char*>({".qix", ".sbn", ".sbx", ".lock"});
  return std::ranges::any_of(kNone,
                             [&](const char* none) { return EQUAL(extension.c_str(), none); });
}

}  // namespace

void require_safe_input(const std::string& path, InputData data) {
  // Some vector formats, such as OpenFileGDB, are folders.
  require_input(path, data == InputData::kVector ? InputKind::kFileOrFolder : InputKind::kFile);
  require_plain_companions(path);
  const std::string own = without_part(path);
  std::vector<std::string> files = vrt_sources(path);
  for (const std::string& source : files) require_settled_source(path, source);
  if (is_sqlite(own)) require_settled(own);
  files.push_back(own);
  for (const std::string& file : files) {
    for (const char* mask : {"", ".msk", ".MSK"}) require_values_inside(file + mask);
  }
}

DatasetPtr open_input(const std::string& path, const std::string& name, InputData data) {
  static constexpr std::array<const char*, 2> kImmutable{"IMMUTABLE=YES", nullptr};
  const bool sqlite = is_sqlite(without_part(path));
  const unsigned kind = data == InputData::kRaster ? GDAL_OF_RASTER : GDAL_OF_VECTOR;
  return DatasetPtr(GDALDataset::Open(name.c_str(), kind | GDAL_OF_READONLY, nullptr,
                                      sqlite ? kImmutable.data() : nullptr));
}

std::vector<std::string> files_of_input(const std::string& path, InputData data) {
  prepare_gdal();
  require_safe_input(path, data);
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
    if (!has_no_values(file, *dataset) && fs::is_regular_file(status))
      files.push_back(std::move(file));
  }
  return files;
}

}  // namespace cnci::io
