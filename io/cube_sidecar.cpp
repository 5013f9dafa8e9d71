#include "io/cube_sidecar.h"

#include <cpl_conv.h>
#include <fmt/format.h>
#include <ogr_spatialref.h>

#include <memory>

#include "engine/error.h"
#include "io/durable_file.h"

namespace cnci::io {
namespace {

std::string xml_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else
      out += c;
  }
  return out;
}

/// The CRS as PAM wants it: WKT 1, with the order of its axes in the data (x first).
std::string srs_element(const std::string& crs_wkt) {
  OGRSpatialReference crs;
  char* text = nullptr;
  const bool failed =
      crs.importFromWkt(crs_wkt.c_str()) != OGRERR_NONE || crs.exportToWkt(&text) != OGRERR_NONE;
  const std::unique_ptr<char, void (*)(void*)> owned(text, VSIFree);
  if (failed) throw engine::Error("the grid's CRS cannot be written as WKT for GDAL");
  crs.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  return fmt::format("<SRS dataAxisToSRSAxisMapping=\"{}\">{}</SRS>",
                     fmt::join(crs.GetDataAxisToSRSAxisMapping(), ","), xml_text(text));
}

}  // namespace

std::string cube_sidecar_name(const std::string& cube) { return cube + ".aux.xml"; }

void write_cube_sidecar(const std::string& path, const engine::Grid& grid,
                        const std::vector<std::string>& variables) {
  const std::string srs = srs_element(grid.crs_wkt);
  const double step = grid.resolution.value();
  std::string text = "<PAMDataset>\n";
  for (const std::string& variable : variables) {
    text += fmt::format(
        "  <Subdataset name=\"//{}\">\n    <PAMDataset>\n      {}\n      <GeoTransform>{:.17g}, "
        "{:.17g}, 0, {:.17g}, 0, {:.17g}</GeoTransform>\n    </PAMDataset>\n  </Subdataset>\n",
        xml_text(variable), srs, grid.x_edge(0), step, grid.y_edge(0), -step);
  }
  write_text_durably(path, text + "</PAMDataset>\n");
}

}  // namespace cnci::io
