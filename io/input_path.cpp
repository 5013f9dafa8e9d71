#include "io/input_path.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <optional>
#include <system_error>

#include "engine/error.h"

namespace cnci::io {
namespace {

namespace fs = std::filesystem;
using engine::Error;

constexpr std::array<std::string_view, 3> kArchives = {"/vsizip/", "/vsitar/", "/vsigzip/"};
constexpr std::array<std::string_view, 6> kPartSchemes = {
    "NETCDF:", "HDF5:", "HDF4_SDS:", "HDF4_EOS:", "GTIFF_DIR:", "GPKG:"};
constexpr std::string_view kInMemory = "/vsimem/";
constexpr const char* kOnlyLocal =
    "only files of this machine are read, no addresses, databases or programs; fetch it first and "
    "name the file";

bool starts_with_any_case(std::string_view text, std::string_view prefix) {
  const auto same = [](char a, char b) { return std::toupper(static_cast<unsigned char>(a)) == b; };
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(),
                    [&](char upper, char c) { return same(c, upper); });
}

/// `http://host`, `PG:dbname=x`, `WMS:...`: a word and a colon before any slash.
bool has_scheme(std::string_view name) {
  const auto colon = name.find(':');
  if (colon == std::string_view::npos || colon < 2) return false;
  return std::all_of(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '-' || c == '_' ||
           c == '.';
  });
}

/// What an archive's prefix stands before; nothing where there is none.
std::optional<std::string_view> inside_archive(std::string_view name) {
  for (const std::string_view prefix : kArchives) {
    if (!name.starts_with(prefix)) continue;
    name.remove_prefix(prefix.size());
    if (name.starts_with('{')) name = name.substr(1, name.find('}') - 1);
    return name;
  }
  return std::nullopt;
}

bool is_part(std::string_view name) {
  return std::any_of(kPartSchemes.begin(), kPartSchemes.end(),
                     [&](std::string_view prefix) { return starts_with_any_case(name, prefix); });
}

}  // namespace

std::string without_part(std::string_view name) {
  if (!is_part(name)) return std::string(name);
  std::string_view rest = name.substr(name.find(':') + 1);
  if (const auto quote = rest.find('"'); quote != std::string_view::npos) {
    rest.remove_prefix(quote + 1);
    return std::string(rest.substr(0, rest.find('"')));
  }
  if (has_scheme(rest)) return std::string(rest);
  if (starts_with_any_case(name, "GTIFF_DIR:")) {
    return std::string(rest.substr(rest.rfind(':') + 1));
  }
  // An unquoted path ends at the colon before the variable, or at the `://` before a group.
  const auto group = rest.find("://");
  return std::string(rest.substr(0, group != std::string_view::npos ? group : rest.rfind(':')));
}

std::string why_no_local_file(std::string_view name) {
  if (name.empty()) return "the name is empty";
  if (name.front() == '<' || name.front() == '{') {
    return "a text stands where the name of a file should; save it as a file";
  }
  if (is_part(name)) {
    const std::string inner = without_part(name);
    return is_part(inner) ? kOnlyLocal : why_no_local_file(inner);
  }
  if (const auto inner = inside_archive(name)) return why_no_local_file(*inner);
  const bool elsewhere = name.starts_with("/vsi") && !name.starts_with(kInMemory);
  return elsewhere || has_scheme(name) ? kOnlyLocal : "";
}

std::string file_on_disk(const std::string& name) {
  std::string path = without_part(name);
  bool archive = false;
  while (const auto inner = inside_archive(path)) {
    archive = true;
    path = std::string(*inner);
  }
  if (!archive) return path;
  // The archive is the first part of the path that is no folder.
  std::error_code error;
  for (auto slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    const fs::file_status status = fs::status(part, error);
    if (fs::exists(status) && !fs::is_directory(status)) return part;
    if (slash == std::string::npos) return path;
  }
}

void require_input(const std::string& path, InputKind kind) {
  if (const std::string reason = why_no_local_file(path); !reason.empty()) {
    throw Error(path + ": " + reason);
  }
  if (path.starts_with(kInMemory)) return;
  std::error_code error;
  const fs::file_status status = fs::status(file_on_disk(path), error);
  if (!fs::exists(status)) {
    const bool denied = error == std::errc::permission_denied;
    throw Error(path + (denied ? ": cannot be reached (" + error.message() +
                                     "); check who may read its folder"
                               : ": there is no such file"));
  }
  if (fs::is_directory(status)) {
    if (kind == InputKind::kFileOrFolder) return;
    throw Error(path + ": is a folder; name the file in it");
  }
  if (!fs::is_regular_file(status)) {
    throw Error(path + ": is a pipe, a device or a socket, no file; copy it to a file first");
  }
}

}  // namespace cnci::io
