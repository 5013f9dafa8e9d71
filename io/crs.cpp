#include "io/crs.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "engine/error.h"
#include "engine/field.h"
#include "io/gdal_handles.h"

namespace cnci::io {
namespace {

using engine::Error;

std::string shortened(const std::string& text) {
  constexpr std::size_t kLongest = 80;
  return text.size() <= kLongest ? text : text.substr(0, kLongest) + "...";
}

bool is_number(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

/// `init=AUTHORITY:NUMBER` of an authority whose file is PROJ's own.
bool is_known_init(std::string_view text) {
  constexpr std::array<std::string_view, 6> kAuthorities{"epsg",     "esri",    "ogc",
                                                         "iau_2015", "iau2000", "nkg"};
  constexpr std::string_view kInit = "init=";
  const auto colon = text.find(':');
  if (!text.starts_with(kInit) || colon == std::string_view::npos) return false;
  const std::string_view authority = text.substr(kInit.size(), colon - kInit.size());
  return std::find(kAuthorities.begin(), kAuthorities.end(), authority) != kAuthorities.end() &&
         is_number(text.substr(colon + 1));
}

/// PROJ opens what `+init=FILE:name`, `+nadgrids=` and their like name: an authority's code and
/// names in PROJ's own data are let through, files elsewhere are not.
void require_no_file(const std::string& text) {
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const std::string_view word : {"init=", "grids=", "catalog=", "parameterfile"}) {
    const char* ends = word == "parameterfile" ? "]" : " \t\r\n+\"]";
    for (auto at = lower.find(word); at != std::string::npos; at = lower.find(word, at + 1)) {
      const auto end = lower.find_first_of(ends, at + word.size());
      const std::string value = lower.substr(at, end == std::string::npos ? end : end - at);
      const bool path = value.find('/') != std::string::npos;
      if (word == "init=" ? is_known_init(value) : !path) continue;
      throw Error("'" + shortened(text) + "' names a file (" + shortened(value) +
                  "); say EPSG:4326, or a PROJ or WKT string without one");
    }
  }
}

OGRSpatialReference parse(const std::string& text) {
  prepare_gdal();
  require_no_file(text);
  const QuietGdal quiet;
  OGRSpatialReference crs;
  if (text.empty()) {
    throw Error(
        "an empty text is no coordinate reference system; say EPSG:4326, a PROJ or a WKT "
        "string");
  }
  // Limits the forms to text: a file name or an address is never opened.
  static const char* const kOptions[] = {"ALLOW_NETWORK_ACCESS=NO", "ALLOW_FILE_ACCESS=NO",
                                         nullptr};
  if (crs.SetFromUserInput(text.c_str(), kOptions) != OGRERR_NONE) {
    throw Error("'" + shortened(text) + "' is no coordinate reference system that PROJ knows (" +
                QuietGdal::message() + "); say EPSG:4326, a PROJ or a WKT string");
  }
  crs.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  return crs;
}

std::string export_wkt(const OGRSpatialReference& crs, const std::string& text) {
  static const char* const kOptions[] = {"FORMAT=WKT2_2019", "MULTILINE=NO", nullptr};
  char* wkt = nullptr;
  const OGRErr status = crs.exportToWkt(&wkt, kOptions);
  std::string result = wkt == nullptr ? "" : wkt;
  CPLFree(wkt);
  if (status != OGRERR_NONE || result.empty()) {
    throw Error("'" + shortened(text) + "' cannot be written as WKT (" + QuietGdal::message() +
                ")");
  }
  return result;
}

// The PROJ string without the order of axes: what a projected CRS computes.
std::string proj_text(const OGRSpatialReference& crs) {
  char* raw = nullptr;
  const OGRErr status = crs.exportToProj4(&raw);
  std::string text = raw == nullptr || status != OGRERR_NONE ? "" : raw;
  CPLFree(raw);
  const std::size_t axis = text.find("+axis=");
  if (axis != std::string::npos) {
    const std::size_t end = text.find(' ', axis);
    text.erase(axis, end == std::string::npos ? std::string::npos : end - axis + 1);
  }
  return text;
}

bool same(const OGRSpatialReference& a, const OGRSpatialReference& b) {
  static const char* const kOptions[] = {"IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES",
                                         "CRITERION=EQUIVALENT_EXCEPT_AXIS_ORDER_GEOGCRS", nullptr};
  if (a.IsSame(&b, kOptions) != 0) return true;
  if (a.IsProjected() == 0 || b.IsProjected() == 0 || a.IsSameGeogCS(&b) == 0) return false;
  const std::string text = proj_text(a);
  return !text.empty() && text == proj_text(b);
}

class ProjTransform final : public engine::CoordinateTransform {
 public:
  explicit ProjTransform(TransformPtr transform) : transform_(std::move(transform)) {}

  void apply(std::span<double> x, std::span<double> y) const override {
    const QuietGdal quiet;
    for (std::size_t i = 0; i < x.size(); ++i) {
      // One point a call: GDAL chooses among several operations by the mean of the points it gets,
      // and a point's image must not depend on its company.
      int ok = 0;
      const bool finite = std::isfinite(x[i]) && std::isfinite(y[i]);
      if (finite) transform_->Transform(1, &x[i], &y[i], nullptr, &ok);
      if (!finite || ok == 0 || !std::isfinite(x[i]) || !std::isfinite(y[i])) {
        x[i] = engine::kMissing;
        y[i] = engine::kMissing;
      }
    }
  }
  [[nodiscard]] bool identity() const override { return false; }

 private:
  TransformPtr transform_;
};

}  // namespace

bool is_authority_code(std::string_view text) {
  const auto is_letter = [](unsigned char c) { return std::isalpha(c) != 0; };
  const auto colon = text.find(':');
  return colon != std::string_view::npos && colon > 0 &&
         std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), is_letter) &&
         is_number(text.substr(colon + 1));
}

std::string crs_wkt(const std::string& text) {
  const OGRSpatialReference crs = parse(text);
  const QuietGdal quiet;
  if (crs.IsGeographic() == 0 && crs.IsProjected() == 0) {
    throw Error("'" + shortened(text) +
                "' is neither a geographic nor a projected coordinate reference system");
  }
  return export_wkt(crs, text);
}

bool crs_is_geographic(const std::string& wkt) { return parse(wkt).IsGeographic() != 0; }

bool crs_same(const std::string& wkt_a, const std::string& wkt_b) {
  if (wkt_a == wkt_b) return true;
  const OGRSpatialReference a = parse(wkt_a);
  const OGRSpatialReference b = parse(wkt_b);
  const QuietGdal quiet;
  return same(a, b);
}

std::string crs_name(const std::string& wkt) {
  OGRSpatialReference crs = parse(wkt);
  const QuietGdal quiet;
  const char* name = crs.GetName();
  std::string own = name == nullptr ? "unnamed" : name;
  const char* authority = crs.GetAuthorityName(nullptr);
  const char* code = crs.GetAuthorityCode(nullptr);
  if (authority == nullptr || code == nullptr) return own;
  return std::string(authority) + ":" + code + " (" + own + ")";
}

std::string crs_unit(const std::string& wkt) {
  const OGRSpatialReference crs = parse(wkt);
  const char* name = nullptr;
  if (crs.IsGeographic() != 0) {
    crs.GetAngularUnits(&name);
  } else {
    crs.GetLinearUnits(&name);
  }
  return name == nullptr ? "unit" : name;
}

std::unique_ptr<engine::CoordinateTransform> make_transform(const std::string& from_wkt,
                                                            const std::string& to_wkt) {
  const OGRSpatialReference from = parse(from_wkt);
  const OGRSpatialReference to = parse(to_wkt);
  const QuietGdal quiet;
  if (from_wkt == to_wkt || same(from, to)) return std::make_unique<engine::IdentityTransform>();
  TransformPtr transform(OGRCreateCoordinateTransformation(&from, &to));
  if (!transform) {
    throw Error("no transform from " + crs_name(from_wkt) + " to " + crs_name(to_wkt) + " (" +
                QuietGdal::message() + ")");
  }
  return std::make_unique<ProjTransform>(std::move(transform));
}

const std::string& wgs84_wkt() {
  static const std::string wkt = crs_wkt("EPSG:4326");
  return wkt;
}

}  // namespace cnci::io
