#include "jobs/sample_texts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

namespace cnci::jobs {
namespace {

// Whole numbers in proportion to the weights that add up to the total: the largest remainders are
// rounded up.
std::vector<std::int64_t> apportion(double total, const std::vector<double>& weights) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<std::int64_t> parts(weights.size());
  std::vector<double> rest(weights.size());
  auto left = static_cast<std::int64_t>(std::floor(total + 0.5));
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double exact = total * weights[i] / sum;
    parts[i] = static_cast<std::int64_t>(std::floor(exact));
    rest[i] = exact - std::floor(exact);
    left -= parts[i];
  }
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&rest](std::size_t a, std::size_t b) { return rest[a] > rest[b]; });
  for (std::size_t i = 0; left > 0; ++i, --left) ++parts[order[i % order.size()]];
  return parts;
}

// How much of the population, or of the wealth, a county has: more where more is emitted.
std::vector<double> county_weights(const SampleSize& size, const SampleZones& zones,
                                   const SampleFields& fields, std::int64_t stream) {
  std::vector<double> weights;
  weights.reserve(zones.counties.size());
  for (std::size_t i = 0; i < zones.counties.size(); ++i) {
    const SampleCounty& county = zones.counties[i];
    double lon = 0;
    double lat = 0;
    for (const SamplePoint& point : county.ring) {
      lon += point.lon;
      lat += point.lat;
    }
    const auto points = static_cast<double>(county.ring.size());
    const double centre = std::min(8.0, fields.emission_density(lon / points, lat / points));
    const double luck = sample_uniform(size.seed, static_cast<std::int64_t>(i), stream);
    weights.push_back(county.area_km2 * (0.5 + luck) * (0.6 + centre));
  }
  return weights;
}

// The parts of the job file that differ between sizes.
struct JobParts {
  std::string extent_note;
  std::string extent = "zones";
  std::string years_note;
  std::string precipitation;
  std::string npp_note;
  std::string soc_note;
  std::string emissions_note;
  std::string emissions_extra;
};

JobParts job_parts(const SampleSize& size) {
  JobParts parts;
  if (size.two_years) {
    parts.years_note = "# Emissions and GDP are there for 2018 too: --set years=2018-2019\n";
  }
  parts.extent_note = "the box around all zones";
  if (size.files.east - size.files.west == 360) {
    parts.extent = "global";
    parts.extent_note = "the planet; tiles without zones are never read";
  }
  if (size.continental) {
    parts.precipitation =
        "# 30 arc-seconds, annual, float32.\n"
        "path = {data}/precipitation.tif\n"
        "unit = mm\n";
    parts.npp_note = "# 30 arc-seconds";
    parts.soc_note = "# 30 arc-seconds";
    parts.emissions_extra =
        "# Coasts cut many cells: amounts go to the parts inside zones.\n"
        "distribute = zoned\n";
  } else {
    parts.precipitation =
        "# 30 arc-seconds, twelve monthly bands of tenths of a millimetre; the file does not say "
        "so.\n"
        "path   = {data}/precipitation.tif\n"
        "bands  = 1-12\n"
        "reduce = sum\n"
        "unit   = mm\n"
        "scale  = 0.1\n";
    parts.npp_note = "# 500 m on the sinusoidal grid of MODIS";
    parts.soc_note = "# 250 m (1/480 degree)";
  }
  parts.emissions_note =
      size.global_emissions ? "the planet's grid, longitudes 0 to 360" : "a regional cut-out";
  return parts;
}

}  // namespace

std::string sample_population_csv(const SampleSize& size, const SampleZones& zones,
                                  const SampleFields& fields) {
  const std::vector<std::int64_t> persons =
      apportion(size.population, county_weights(size, zones, fields, 201));
  std::string text = "CODE,NAME,POPU\n";
  for (std::size_t i = 0; i < persons.size(); ++i) {
    const std::string& code = zones.counties[i].county_code;
    text += fmt::format("{},Synthetic county {},{}\n", code, code, persons[i]);
  }
  return text;
}

std::string sample_gdp_csv(const SampleSize& size, const SampleZones& zones,
                           const SampleFields& fields) {
  const std::vector<double> weights = county_weights(size, zones, fields, 202);
  std::string text = "CODE,NAME,YEAR,GDP_USD\n";
  for (const int year : {2018, 2019}) {
    const double growth = year == 2019 ? 1.0 : 0.92;
    const std::vector<std::int64_t> dollars = apportion(size.gdp_usd * growth, weights);
    for (std::size_t i = 0; i < dollars.size(); ++i) {
      const std::string& code = zones.counties[i].county_code;
      text += fmt::format("{},Synthetic county {},{},{}\n", code, code, year, dollars[i]);
    }
  }
  return text;
}

std::string sample_job_ini(const SampleSize& size) {
  constexpr const char* kTemplate = R"(# {notice}.
# Run it with:  cnci check {ini}   and then   cnci run {ini}

name  = {name}
{years_note}years = 2019

[paths]
# Relative to this file.
data = .

[grid]
# Cells of 30 arc-seconds; extent: {extent_note}.
crs        = EPSG:4326
resolution = 1/120
extent     = {extent}

[zones]
# One polygon for each county; prefectures and provinces are sums of counties.
path            = {{data}}/counties.gpkg
layer           = counties
levels          = province, prefecture, county
province.code   = Code_Province
province.name   = Name_Province
prefecture.code = Code_Prefecture
prefecture.name = Name_Prefecture
county.code     = Code_County
county.name     = Name_County

[layer.precipitation]
{precipitation}
[layer.temperature]
# 30 arc-seconds, annual mean, float32.
path = {{data}}/temperature.tif
unit = degC

[layer.evapotranspiration]
# 0.25 degree, annual, float32.
path = {{data}}/evapotranspiration.tif
unit = mm

[layer.npp]
{npp_note}, scaled 16-bit integers; 32761 to 32767 are fill codes, as in MOD17A3HGF.
path      = {{data}}/npp.tif
unit      = kg m-2
scale     = 0.0001
substance = C
nodata    = 32761-32767

[layer.soc]
{soc_note}, 0-20 cm; the file says that its integers are tenths of t ha-1.
path      = {{data}}/soc.tif
unit      = t ha-1
substance = C

[layer.lithology]
# 30 arc-seconds, GLiM codes 1 to 16.
path   = {{data}}/lithology.tif
legend = glim

[layer.shielding_factor]
# 30 arc-seconds; 1 = unshielded soils, 2 = shielded soils.
path    = {{data}}/soil.tif
classes = 1:1, 2:0.1

[layer.emissions]
# 0.1 degree, kg m-2 s-1, as EDGAR has it: {emissions_note}.
path      = {{data}}/emissions_{{year}}.nc
variable  = fluxes
unit      = kg m-2 s-1
substance = CO2
{emissions_extra}
[table.population]
path  = {{data}}/population.csv
level = county
code  = CODE
value = POPU
unit  = persons

[table.gdp]
path  = {{data}}/gdp.csv
level = county
code  = CODE
value = GDP_USD
year  = YEAR
unit  = USD

[output]
# Relative to the folder in which cnci is started.
path = out/{name}
)";
  const JobParts parts = job_parts(size);
  return fmt::format(kTemplate, fmt::arg("notice", kSampleNotice), fmt::arg("ini", "job.ini"),
                     fmt::arg("name", size.job_name()), fmt::arg("years_note", parts.years_note),
                     fmt::arg("extent", parts.extent), fmt::arg("extent_note", parts.extent_note),
                     fmt::arg("precipitation", parts.precipitation),
                     fmt::arg("npp_note", parts.npp_note), fmt::arg("soc_note", parts.soc_note),
                     fmt::arg("emissions_note", parts.emissions_note),
                     fmt::arg("emissions_extra", parts.emissions_extra));
}

std::string sample_mark(const SampleSize& size) {
  return fmt::format("Made by: cnci sample --size {}", size.name);
}

std::string sample_readme(const SampleSize& size) {
  return fmt::format(
      R"({}.

{}

Every number in this folder comes from a seeded random generator. The formats, resolutions, units and
codes are those of real products (climate grids, MOD17, SoilGrids, GLiM, EDGAR, county polygons); the
places, borders and values are not. The means over the province are tuned to be plausible. Do not use
them for anything but trying out and testing cnci.

job.ini is the job; counties.gpkg the zones; population.csv and gdp.csv the tables; the rest are the
gridded layers that job.ini describes. Running cnci sample again with the same size writes the same
files; with another size it refuses this folder.
)",
      kSampleNotice, sample_mark(size));
}

}  // namespace cnci::jobs
