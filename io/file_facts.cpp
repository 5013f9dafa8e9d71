#include "io/file_facts.h"

#include <cpl_vsi.h>
#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>

#include "engine/error.h"
#include "io/input_path.h"
#include "io/vrt_sources.h"

namespace cnci::io {

namespace {

namespace fs = std::filesystem;

struct Parts {
  std::string_view extension;               ///< of the file that is named
  std::array<std::string_view, 6> replace;  ///< extensions that its parts have instead
};

// Formats of several files.
constexpr auto kParts = std::to_array<Parts>({
    {".shp", {".dbf", ".shx", ".prj", ".cpg"}},
    {".tab", {".dat", ".map", ".id", ".ind"}},
    {".mif", {".mid"}},
    {".csv", {".csvt", ".prj"}},
    {".sdat", {".sgrd", ".mgrd", ".prj"}},
    {".rst", {".rdc", ".ref"}},
    {".grd", {".gri", ".prj"}},
    {".gri", {".grd", ".prj"}},
    {".img", {".ige", ".aux", ".hdr"}},
    {".asc", {".prj"}},
});

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

/// Containers that say everything themselves, but for .aux.xml.
bool says_all_itself(const std::string& extension) {
  static constexpr auto kOwn =
      std::to_array<std::string_view>({".nc", ".nc4", ".cdf", ".h5", ".hdf5", ".hdf", ".gpkg",
                                       ".geojson", ".json", ".fgb", ".vrt"});
  return std::ranges::find(kOwn, extension) != kOwn.end();
}

std::vector<std::string> all_of_folder(const fs::path& folder) {
  std::vector<std::string> all;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : folder, error)) {
    all.push_back((folder / entry.path().filename()).string());
  }
  return all;
}

/// Names beside `path` that GDAL looks for, whether or not they are there.
std::vector<std::string> candidates(const std::string& path) {
  const fs::path file(path);
  const std::string extension = lower(file.extension().string());
  std::vector<std::string> names{path + ".aux.xml"};
  if (extension == ".gpkg") names.push_back(path + "-wal");
  if (extension == ".adf") {  // an Arc/Info grid is all of its folder
    for (const std::string& part : all_of_folder(file.parent_path())) names.push_back(part);
    return names;
  }
  const auto replaced = [&](const std::string& other) {
    names.push_back(fs::path(file).replace_extension(other).string());
  };
  for (const Parts& parts : kParts) {
    if (parts.extension != extension) continue;
    for (const std::string_view other : parts.replace) {
      if (!other.empty()) replaced(std::string(other));
    }
    if (extension != ".img" && extension != ".asc") return names;
  }
  if (says_all_itself(extension)) return names;
  // Any other raster: a mask, a header of raw data, an index of GRIB messages, and world files by
  // their three customs (.tfw, .tifw, .wld).
  for (const char* more : {".msk", ".hdr", ".idx"}) names.push_back(path + more);
  for (const char* other : {".hdr", ".prj", ".wld", ".tab", ".stx", ".aux"}) replaced(other);
  if (extension.size() > 2) {
    replaced(std::string{'.', extension[1], extension.back(), 'w'});
    replaced(extension + "w");
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::vector<std::string> files_of_folder(const std::string& path) {
  std::vector<std::string> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path, error)) {
    // ArcGIS leaves locks in a geodatabase whenever it looks into it.
    if (entry.path().extension() == ".lock") continue;
    if (entry.is_regular_file(error)) files.push_back(entry.path().string());
  }
  std::ranges::sort(files);
  return files;
}

bool exists(const std::string& path) {
  VSIStatBufL status;
  return VSIStatExL(path.c_str(), &status, VSI_STAT_EXISTS_FLAG) == 0;
}

void add_with_companions(const std::string& path, FolderNames& names,
                         std::vector<std::string>& files) {
  const auto add = [&](const std::string& file) {
    if (std::ranges::find(files, file) == files.end()) files.push_back(file);
  };
  const std::string file = file_on_disk(path);
  add(file);
  if (file != without_part(path)) return;  // an archive says all of what is in it
  for (const std::string& name : candidates(file)) {
    if (name.starts_with("/vsi")) {
      if (exists(name)) add(name);
      continue;
    }
    for (const std::string& there : names.like(name)) add(there);
  }
}

}  // namespace

FileFacts file_facts(const std::string& path) {
  FileFacts facts;
  facts.path = path;
  VSIStatBufL status{};
  if (VSIStatL(path.c_str(), &status) == 0) {
    constexpr std::int64_t kNanoseconds = 1'000'000'000;
    facts.bytes = static_cast<std::uintmax_t>(status.st_size);
    facts.modified = static_cast<std::int64_t>(status.st_mtim.tv_sec);
    facts.modified_ns = facts.modified * kNanoseconds + status.st_mtim.tv_nsec;
  }
  return facts;
}

std::vector<std::string> FolderNames::like(const std::string& path) {
  const fs::path file(path);
  const std::string folder = file.parent_path().string();
  const auto [it, is_new] = folders_.try_emplace(folder);
  if (is_new) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : folder, error)) {
      std::string name = entry.path().filename().string();
      it->second.emplace(lower(name), std::move(name));
    }
  }
  std::vector<std::string> found;
  const auto [first, last] = it->second.equal_range(lower(file.filename().string()));
  for (auto name = first; name != last; ++name) {
    found.push_back((file.parent_path() / name->second).string());
  }
  std::ranges::sort(found);
  return found;
}

std::vector<std::string> with_companions(const std::string& path, FolderNames& names) {
  std::error_code error;
  if (fs::is_directory(path, error)) return files_of_folder(path);
  std::vector<std::string> files;
  add_with_companions(path, names, files);
  // To look into a pipe would hang; whoever reads it refuses it.
  const fs::file_status status = fs::status(files.front(), error);
  if (fs::exists(status) && !fs::is_regular_file(status)) return files;
  for (const std::string& source : vrt_sources(path)) {
    add_with_companions(source, names, files);
    // A VRT that reads at another resolution may read the overviews of its sources.
    for (std::string& file : names.like(file_on_disk(source) + ".ovr")) {
      if (std::ranges::find(files, file) == files.end()) files.push_back(std::move(file));
    }
  }
  return files;
}

std::vector<std::string> with_companions(const std::string& path) {
  FolderNames names;
  return with_companions(path, names);
}

void require_plain_companions(const std::string& path) {
  if (path.starts_with("/vsi")) return;  // in an archive there are only files and folders
  FolderNames names;
  for (const std::string& candidate : candidates(path)) {
    for (const std::string& name : names.like(candidate)) {
      std::error_code error;
      const fs::file_status status = fs::status(name, error);
      if (!fs::exists(status) || fs::is_regular_file(status) || fs::is_directory(status)) continue;
      throw engine::Error(path + ": beside it, " + name +
                          " is a pipe or a device, no file; remove it or copy it to a file");
    }
  }
}

std::string content_hash(const std::string& path, const std::function<void()>& between_blocks) {
  const std::unique_ptr<VSILFILE, int (*)(VSILFILE*)> file(VSIFOpenL(path.c_str(), "rb"),
                                                           VSIFCloseL);
  const std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state(XXH3_createState(),
                                                                              XXH3_freeState);
  if (!file || !state) {
    throw engine::Error(path + ": cannot be opened any more; its content hash cannot be made");
  }
  if (XXH3_64bits_reset(state.get()) != XXH_OK) throw engine::Error("xxHash cannot start");
  std::vector<char> buffer(std::size_t{1} << 20);
  for (;;) {
    if (between_blocks) between_blocks();
    const std::size_t got = VSIFReadL(buffer.data(), 1, buffer.size(), file.get());
    if (XXH3_64bits_update(state.get(), buffer.data(), got) != XXH_OK) {
      throw engine::Error("xxHash failed");
    }
    if (got < buffer.size()) break;
  }
  if (VSIFEofL(file.get()) == 0) throw engine::Error(path + ": cannot be read to its end");
  return fmt::format("xxh3:{:016x}", XXH3_64bits_digest(state.get()));
}

}  // namespace cnci::io
