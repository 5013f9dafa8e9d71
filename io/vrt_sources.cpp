#include "io/vrt_sources.h"

#include <cpl_minixml.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <set>
#include <string_view>

#include "engine/error.h"
#include "io/gdal_handles.h"
#include "io/input_path.h"

namespace cnci::io {
namespace {

using engine::Error;

constexpr std::size_t kMostBytes = std::size_t{64} << 20;
constexpr int kDeepest = 8;

struct FileCloser {
  void operator()(VSILFILE* file) const { VSIFCloseL(file); }
};
struct XmlFree {
  void operator()(CPLXMLNode* node) const { CPLDestroyXMLNode(node); }
};

std::string beginning_of(const std::string& path, std::size_t most) {
  const std::unique_ptr<VSILFILE, FileCloser> file(VSIFOpenL(path.c_str(), "rb"));
  if (!file) return {};
  std::string text(most, '\0');
  text.resize(VSIFReadL(text.data(), 1, most, file.get()));
  return text;
}

std::string whole(const std::string& path) {
  VSIStatBufL status;
  if (VSIStatL(path.c_str(), &status) != 0) throw Error(path + ": there is no such file");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > kMostBytes) {
    throw Error(path + ": a VRT of " + std::to_string(size >> 20) + " MB; at most " +
                std::to_string(kMostBytes >> 20) + " MB are read: split it, or build a GeoTIFF");
  }
  return beginning_of(path, size);
}

/// GDAL follows links from the VRT itself, not from the folders it lies in, before it looks for
/// sources beside it.
std::filesystem::path folder_of_vrt(const std::string& path) {
  std::filesystem::path file(path);
  std::error_code error;
  for (int links = 0; links < 40 && std::filesystem::is_symlink(file, error); ++links) {
    file = file.parent_path() / std::filesystem::read_symlink(file, error);
  }
  return file.parent_path();
}

/// Transformers that read files of their own: geolocation arrays, a terrain model.
bool is_warp_by_files(const CPLXMLNode& node) {
  if (node.eType != CXT_Element) return false;
  if (EQUAL(node.pszValue, "MDI")) {
    const std::string key = CPLGetXMLValue(&node, "key", "");
    return EQUAL(key.c_str(), "X_DATASET") || EQUAL(key.c_str(), "Y_DATASET") ||
           EQUAL(key.c_str(), "RPC_DEM");
  }
  return EQUAL(node.pszValue, "GeoLocTransformer") || EQUAL(node.pszValue, "DEMPath");
}

class Reader {
 public:
  void read(const std::string& path, int depth) {
    if (depth > kDeepest) {
      throw Error(path + ": VRT files stand inside each other more than " +
                  std::to_string(kDeepest) + " deep; build a GeoTIFF of them");
    }
    const QuietGdal quiet;
    const std::unique_ptr<CPLXMLNode, XmlFree> xml(CPLParseXMLString(whole(path).c_str()));
    if (!xml) throw Error(path + ": is a VRT that cannot be read (" + QuietGdal::message() + ")");
    std::vector<const CPLXMLNode*> open{xml.get()};
    while (!open.empty()) {
      const CPLXMLNode* node = open.back();
      open.pop_back();
      if (node->psNext != nullptr) open.push_back(node->psNext);
      if (node->psChild != nullptr) open.push_back(node->psChild);
      if (node->eType == CXT_Element || node->eType == CXT_Attribute) look_at(*node, path, depth);
    }
  }

  [[nodiscard]] std::vector<std::string> files() && { return std::move(files_); }

 private:
  void look_at(const CPLXMLNode& node, const std::string& path, int depth) {
    const std::string_view name = node.pszValue;
    if (EQUAL(node.pszValue, "PixelFunctionLanguage") ||
        EQUAL(node.pszValue, "PixelFunctionCode")) {
      const std::string language = CPLGetXMLValue(&node, nullptr, "");
      if (name.ends_with("Language") && EQUAL(language.c_str(), "C")) return;
      throw Error(path +
                  ": holds a pixel function in Python; scripts in input files are not run: write "
                  "its values to a GeoTIFF first (gdal_translate)");
    }
    if (is_warp_by_files(node)) {
      throw Error(path +
                  ": is warped by arrays of coordinates or a terrain in other files; write it to a "
                  "GeoTIFF first (gdalwarp)");
    }
    if (EQUAL(node.pszValue, "SourceFilename") || EQUAL(node.pszValue, "SourceDataset")) {
      add(node, path, depth);
    }
  }

  void add(const CPLXMLNode& node, const std::string& path, int depth) {
    const std::string written = CPLGetXMLValue(&node, nullptr, "");
    if (written.empty()) return;
    const bool relative = CPLTestBool(CPLGetXMLValue(&node, "relativeToVRT", "0"));
    const std::string source = resolved(written, relative, path);
    try {
      require_input(source);
    } catch (const Error& error) {
      throw Error(path + ": reads " + error.what());
    }
    const std::string file = without_part(source);
    if (!seen_.insert(file).second) return;
    files_.push_back(file);
    if (is_vrt(file)) read(file, depth + 1);
  }

  /// Where the source lies: beside the VRT where it says so, also inside `NETCDF:"name":variable`.
  static std::string resolved(const std::string& written, bool relative, const std::string& path) {
    const std::string inner = without_part(written);
    if (!relative || inner.starts_with('/')) return written;
    const std::string beside = (folder_of_vrt(path) / inner).string();
    // An address does not turn into a file by being called relative.
    VSIStatBufL status;
    if (VSIStatL(beside.c_str(), &status) != 0 && !why_no_local_file(inner).empty()) return written;
    if (inner == written) return beside;
    std::string whole_name = written;
    whole_name.replace(whole_name.find(inner), inner.size(), beside);
    return whole_name;
  }

  std::vector<std::string> files_;
  std::set<std::string> seen_;
};

}  // namespace

bool is_vrt(const std::string& path) {
  constexpr std::size_t kHeader = 1024;  // as far as GDAL's driver looks
  return beginning_of(path, kHeader).find("<VRTDataset") != std::string::npos;
}

std::vector<std::string> vrt_sources(const std::string& path) {
  if (!is_vrt(path)) return {};
  Reader reader;
  reader.read(path, 1);
  return std::move(reader).files();
}

}  // namespace cnci::io
