#include "jobs/sample.h"

#include <fmt/format.h>
#include <gdal.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>
#include <vector>

#include "engine/error.h"
#include "io/gdal_handles.h"
#include "jobs/sample_emissions.h"
#include "jobs/sample_fields.h"
#include "jobs/sample_land.h"
#include "jobs/sample_rasters.h"
#include "jobs/sample_size.h"
#include "jobs/sample_texts.h"
#include "jobs/sample_zones.h"

namespace cnci::jobs {
namespace {

namespace fs = std::filesystem;

constexpr const char* kReadme = "README.txt";
constexpr const char* kJob = "job.ini";
constexpr GIntBig kCacheBytes = GIntBig{64} << 20;

class BoundedCache {
 public:
  BoundedCache() : before_(GDALGetCacheMax64()) {
    GDALSetCacheMax64(std::min(before_, kCacheBytes));
  }
  ~BoundedCache() { GDALSetCacheMax64(before_); }
  BoundedCache(const BoundedCache&) = delete;
  BoundedCache& operator=(const BoundedCache&) = delete;

 private:
  GIntBig before_;
};

void write_text(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) {
    throw engine::Error(fmt::format(
        "{}: cannot be written; check the folder and the space on its disk", path.string()));
  }
}

std::vector<std::string> files_of(const SampleSize& size) {
  std::vector<std::string> files = {kReadme, "counties.gpkg", "population.csv", "gdp.csv"};
  const std::vector<std::string>& rasters = sample_raster_files();
  files.insert(files.end(), rasters.begin(), rasters.end());
  for (const int year : sample_emission_years(size)) files.push_back(sample_emission_file(year));
  files.emplace_back(kJob);
  return files;
}

bool holds_sample(const fs::path& folder, const SampleSize& size) {
  std::ifstream file(folder / kReadme, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  return text.find(sample_mark(size) + "\n") != std::string::npos;
}

// Makes the folder, or takes away the files of the sample that it holds.
void prepare_folder(const fs::path& folder, const SampleSize& size) {
  std::error_code code;
  fs::create_directories(folder, code);
  if (code || !fs::is_directory(folder, code)) {
    throw engine::Error(fmt::format("{}: cannot be made a folder: {}; choose another one",
                                    folder.string(), code.message()));
  }
  const bool empty = fs::is_empty(folder, code);
  if (!code && empty) return;
  if (code || !holds_sample(folder, size)) {
    throw engine::Error(fmt::format(
        "{}: the folder is not empty and holds no sample of size {}; choose a new or empty folder",
        folder.string(), size.name));
  }
  // The README goes last: a folder that is interrupted here is still known as a sample.
  std::vector<std::string> files = files_of(size);
  std::reverse(files.begin(), files.end());
  for (const std::string& file : files) {
    fs::remove(folder / file, code);
    if (code) {
      throw engine::Error(
          fmt::format("{}: cannot be replaced: {}", (folder / file).string(), code.message()));
    }
  }
}

}  // namespace

int sample_command(const SampleOptions& options) {
  const SampleSize size = sample_size(options.size);
  if (options.folder.empty()) throw engine::Error("sample: no folder given; say where to write");
  io::prepare_gdal();
  const BoundedCache bounded_cache;
  const fs::path folder(options.folder);
  const std::string folder_text = folder.string();
  prepare_folder(folder, size);
  write_text(folder / kReadme, sample_readme(size));

  const SampleZones zones = make_sample_zones(size);
  const SampleFields fields(size);
  std::optional<SampleLand> land;
  if (size.continental) land.emplace(size.files, zones.coast);
  const SampleLand* const land_or_all = land ? &*land : nullptr;

  const std::size_t vertices = write_sample_zones((folder / "counties.gpkg").string(), zones);
  write_text(folder / "population.csv", sample_population_csv(size, zones, fields));
  write_text(folder / "gdp.csv", sample_gdp_csv(size, zones, fields));
  write_sample_rasters(folder_text, size, fields, land_or_all);
  const SampleEmissions emissions = make_sample_emissions(size, fields, zones, land_or_all);
  for (const int year : sample_emission_years(size)) {
    write_sample_emissions(folder_text, year, emissions);
  }
  write_text(folder / kJob, sample_job_ini(size));

  fmt::print("{}\nsize {}: {} counties, {} vertices, {:.0f} km2, {:.1f} Tg CO2 in 2019\n",
             kSampleNotice, size.name, zones.counties.size(), vertices, zones.area_km2,
             size.emissions_tg);
  for (const std::string& file : files_of(size)) {
    const fs::path path = folder / file;
    fmt::print("  {:>13}  {}\n", fs::file_size(path), path.string());
  }
  fmt::print("Next: cnci run {}\n", (folder / kJob).string());
  if (std::fflush(stdout) != 0) throw engine::Error("sample: cannot print to standard output");
  return 0;
}

}  // namespace cnci::jobs
