#include "jobs/export_command.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <utility>

#include "engine/error.h"
#include "io/cube_geotiff.h"
#include "io/raster.h"
#include "io/stored_cube.h"
#include "jobs/command_line.h"
#include "jobs/keys_nearest.h"
#include "jobs/output_folder.h"
#include "jobs/run_files.h"

namespace cnci::jobs {
namespace {

namespace fs = std::filesystem;
using engine::Error;
using io::StoredCube;

constexpr std::size_t kExportCacheBytes = std::size_t{64} << 20;

/// The cubes of a complete output: one, or one a year.
std::vector<std::string> cubes_of_output(const std::string& path) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) {
    throw Error(path + ": there is no such folder; give the output.path of a run");
  }
  const OutputFolder folder(path);
  folder.require_whole();
  std::vector<std::string> cubes;
  for (const std::string& name : folder.results_here()) {
    if (name.ends_with(".nc")) cubes.push_back((fs::path(path) / name).string());
  }
  if (cubes.empty()) throw Error(path + ": its run.json lists no cube; run the job again");
  std::ranges::sort(cubes);
  return cubes;
}

struct CubeYear {
  StoredCube cube;
  std::size_t year = 0;  ///< its position in the cube
};

/// The cube that holds the year asked for, or the latest.
CubeYear cube_of_year(const ExportOptions& options) {
  std::vector<int> years;
  std::optional<CubeYear> found;
  for (const std::string& path : cubes_of_output(options.output)) {
    StoredCube cube(path);
    const std::vector<int> here = cube.spec().years;
    years.insert(years.end(), here.begin(), here.end());
    const auto at = options.year ? std::ranges::find(here, *options.year) : std::prev(here.end());
    if (at != here.end()) {
      found.emplace(CubeYear{std::move(cube), static_cast<std::size_t>(at - here.begin())});
    }
  }
  if (found) return *std::move(found);
  std::vector<std::string> names;
  for (const int year : years) names.push_back(std::to_string(year));
  throw UsageError("--year: there is no year " + std::to_string(*options.year) +
                   " (years: " + joined(names) + ")");
}

std::size_t variable_of_cube(const StoredCube& cube, const std::string& wanted) {
  std::vector<std::string> names;
  for (const io::CubeVariable& variable : cube.spec().variables) names.push_back(variable.name);
  const auto at = std::ranges::find(names, wanted);
  if (at != names.end()) return static_cast<std::size_t>(at - names.begin());
  throw UsageError("--variable: there is no variable '" + wanted + "'" +
                   did_you_mean(wanted, names) + " (variables: " + joined(names) + ")");
}

/// Throws where something is in the way that the user has not given up, or that is a run's own.
void require_free_name(const fs::path& file, bool force) {
  const std::string name = file.filename().string();
  if (name.empty() || name == kRunMark || name == kReportName || is_result(name)) {
    throw UsageError("--into: " + file.string() +
                     (name.empty() ? " names no file" : " is the name of a result of a run") +
                     "; choose another");
  }
  std::error_code error;
  const fs::file_type there = fs::symlink_status(file, error).type();
  if (there == fs::file_type::not_found) return;
  if (there == fs::file_type::none) throw Error(file.string() + ": " + error.message());
  if (there != fs::file_type::regular) {
    throw Error(file.string() + ": is there already, and is no file; choose another --into");
  }
  if (!force) {
    throw Error(file.string() +
                ": is there already; replace it with --force, or choose another --into");
  }
}

}  // namespace

int export_command(const ExportOptions& options) {
  const CubeYear source = cube_of_year(options);
  const std::size_t variable = variable_of_cube(source.cube, options.variable);
  const io::CubeSpec& spec = source.cube.spec();
  const std::string year = std::to_string(spec.years[source.year]);
  const fs::path file = options.into.empty()
                            ? fs::path(options.output) / (options.variable + "_" + year + ".tif")
                            : fs::path(options.into);
  require_free_name(file, options.force);
  io::configure_gdal(kExportCacheBytes);
  const bool cog = options.format == RasterFormat::kCog;
  io::write_cube_geotiff(source.cube, variable, source.year,
                         cog ? io::GeoTiffLayout::kCloudOptimised : io::GeoTiffLayout::kPlain,
                         file.string());
  std::cout << file.string() << ": " << options.variable << " of " << year << ", " << spec.grid.cols
            << " x " << spec.grid.rows << " cells" << (cog ? ", cloud-optimised" : "") << '\n';
  return 0;
}

}  // namespace cnci::jobs
