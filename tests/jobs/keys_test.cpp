#include "jobs/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "engine/error.h"
#include "jobs/keys_nearest.h"
#include "jobs/keys_values.h"
#include "kernels/lithology.h"
#include "kernels/registry.h"
#include "tests/jobs/job_text.h"
#include "tests/support.h"

namespace cnci::jobs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using tests::errors_of;
using tests::job_of;
using tests::kFullJob;
using tests::layer_of;

struct BadValue {
  const char* key;
  const char* value;
  const char* message;
};
void PrintTo(const BadValue& bad, std::ostream* out) { *out << bad.key << " = " << bad.value; }

class BadValues : public ::testing::TestWithParam<BadValue> {};

TEST_P(BadValues, AreRefusedWithTheReason) {
  const BadValue& bad = GetParam();
  // Tables need their other keys too, or those would be the findings.
  const std::string table =
      "[table.gdp]\npath = g.csv\nlevel = county\ncode = C\nvalue = V\nunit = USD\n";
  EXPECT_THAT(errors_of(kFullJob + table, {{bad.key, bad.value}}),
              HasSubstr(std::string(bad.key) + ": " + bad.message));
}

INSTANTIATE_TEST_SUITE_P(
    Keys, BadValues,
    ::testing::Values(
        BadValue{"name", "", "the value is empty"},
        BadValue{"years", "2019-2010", "'2019-2010' is not a range: its end is before its start"},
        BadValue{"years", "2010,2010", "'2010,2010' names 2010 twice; years look like 2019"},
        BadValue{"years", "", "the value is empty"}, BadValue{"grid.crs", "EPSG:0", ""},
        BadValue{"grid.resolution", "-1", "'-1' is not a positive number or a fraction"},
        BadValue{"grid.extent", "country", "'country' is not zones, global or xmin,ymin,xmax,ymax"},
        BadValue{"grid.extent", "10,0,5,1", "'10,0,5,1' is empty: xmin < xmax"},
        BadValue{"grid.origin", "0", "'0' is not 2 numbers separated by commas"},
        BadValue{"grid.tile", "8", "'8' is not in the range 16 to 65536"},
        BadValue{"zones.path", "", "the value is empty"}, BadValue{"zones.crs", "nowhere", ""},
        BadValue{"zones.levels", "a, a", "'a, a' names 'a' twice"},
        BadValue{"zones.levels", "a b", "'a b' is not a name of letters"},
        BadValue{"zones.county.code", "=CHN", "'=CHN' is not an attribute or a constant in quotes"},
        BadValue{"zones.county.name", "=''", "'=''' is not an attribute or a constant in quotes"},
        BadValue{"zones.conty.code", "X",
                 "'conty' is no level of zones.levels; did you mean 'county'?"},
        BadValue{"zones.duplicates", "join", "'join' is not one of error, merge"},
        BadValue{"zones.missing_code", "skip", "'skip' is not one of error, drop, name"},
        BadValue{"layer.soc.bands", "0", "'0' is not in the range 1 to 1000000"},
        BadValue{"layer.soc.bands", "1-3", "several bands or months need layer.soc.reduce"},
        BadValue{"layer.soc.months", "13", "'13' is not in the range 1 to 12"},
        BadValue{"layer.soc.months", "1", "is for paths with {month}"},
        BadValue{"layer.soc.unit", "furlongs of joy", ""},
        BadValue{"layer.soc.substance", "CH4", "'CH4' is not one of C, CO2"},
        BadValue{"layer.soc.scale", "0", "0 would make every value 0"},
        BadValue{"layer.soc.offset", "warm", "'warm' is not a number"},
        BadValue{"layer.soc.nodata", "5-1", "'5-1' is not a range: its end is below its start"},
        BadValue{"layer.soc.nodata", "none", "'none' is not a number; nodata looks like"},
        BadValue{"layer.soc.outside", "ignore", "'ignore' is not one of error, missing, clamp"},
        BadValue{"layer.soc.min_valid", "1.5", "'1.5' is not in the range 0 to 1"},
        BadValue{"layer.soc.min_valid", "0", "0 would make a cell valid"},
        BadValue{"layer.soc.crs", "nowhere", ""},
        BadValue{"layer.soc.wrap", "yes", "'yes' is not one of true, false"},
        BadValue{"layer.soc.reduce", "max", "'max' is not one of none, sum, mean, days"},
        BadValue{"layer.soc.kind", "stock", "'stock' is not one of density, class, amount"},
        BadValue{"layer.soc.kind", "class", "'class' does not fit: the layer is density"},
        BadValue{"layer.lithology.kind", "amount", "'amount' does not fit: the layer is class"},
        BadValue{"layer.soc.resample", "cubic", "'cubic' is not one of near"},
        BadValue{"layer.soc.resample", "conserve",
                 "'conserve' does not fit a layer of kind density: near, bilinear or average"},
        BadValue{"layer.emissions.resample", "bilinear",
                 "'bilinear' does not fit a layer of kind amount: conserve"},
        BadValue{"layer.emissions.distribute", "evenly", "'evenly' is not uniform, zoned or layer"},
        BadValue{"layer.emissions.distribute", "layer:sco",
                 "there is no other layer 'sco'; did you mean 'soc'?"},
        BadValue{"layer.emissions.distribute", "layer:emissions",
                 "there is no other layer 'emissions'"},
        BadValue{"layer.soc.distribute", "zoned", "is for layers of kind amount"},
        BadValue{"layer.soc.legend", "glim", "is for layers of classes"},
        BadValue{"layer.lithology.legend", "none.csv", "/here/none.csv"},
        BadValue{"layer.lithology.classes", "1:1", "is for layers of values"},
        BadValue{"layer.soc.classes", "1", "'1' is not a pair code: value"},
        BadValue{"layer.soc.classes", "1:1, 1:2", "'1:1, 1:2' names the code 1 twice"},
        BadValue{"layer.soc.classes", "1:-5", "-5 of code 1 is not in the range 0 to"},
        BadValue{"table.gdp.level", "cuonty", "'cuonty' is no level of zones.levels; did you mean"},
        BadValue{"table.gdp.unit", "persons", "'persons' does not convert to USD"},
        BadValue{"table.gdp.code", "", "the value is empty"},
        BadValue{"table.gdp.value", "", "the value is empty"},
        BadValue{"table.gdp.year", "", "the value is empty"},
        BadValue{"table.gdp.path", "", "the value is empty"},
        BadValue{"table.gdp.crosswalk", "iso.csv", "'iso.csv' is not a crosswalk FILE.csv:from,to"},
        BadValue{"output.path", "", "the value is empty"},
        BadValue{"output.variables", "ccsf, ccsf", "'ccsf, ccsf' names 'ccsf' twice"},
        BadValue{"output.files", "monthly", "'monthly' is not one of single, yearly"},
        BadValue{"output.chunk", "1024", "'1024' is not in the range 16 to 512"},
        BadValue{"output.compression", "0", "'0' is not in the range 1 to 9"},
        BadValue{"output.significant_bits", "25", "'25' is not in the range 1 to 24"},
        BadValue{"report.enabled", "on", "'on' is not one of true, false"},
        BadValue{"profile.step", "0", "'0' is not in the range 0.001 to 90"},
        BadValue{"paths.data", "", "the value is empty"}));

TEST(Keys, EveryParameterOfEveryKernelIsAKeyThatRefusesNonsense) {
  for (const auto& kernel : kernels::registry()) {
    for (const auto& parameter : kernel.parameters) {
      const std::string key(parameter.key);
      EXPECT_THAT(errors_of(kFullJob, {{key, "nonsense"}}), HasSubstr(key + ": 'nonsense' is not"));
      if (parameter.type != kernels::Parameter::Type::kNumber) continue;
      EXPECT_THAT(errors_of(kFullJob, {{key, plain_number(parameter.max + 1)}}),
                  HasSubstr("is not in the range"))
          << key;
      const Job job = job_of(kFullJob, {{key, plain_number(parameter.min)}});
      EXPECT_EQ(job.parameters.number(key), parameter.min);
    }
  }
}

TEST(Keys, EveryInputOfEveryKernelIsALayer) {
  const Job job = job_of(kFullJob + "[layer.emissions.energy]\npath = x.tif\n");
  for (const char* name : {"precipitation", "evapotranspiration", "temperature", "npp", "soc",
                           "lithology", "emissions", "emissions.energy"}) {
    EXPECT_EQ(layer_of(job, name).name, name);
  }
  EXPECT_EQ(layer_of(job, "emissions.energy").quantity.kind, io::Kind::kAmount);
}

TEST(Keys, UnknownKeysNameTheNearest) {
  const auto unknown = [](const std::string& key) { return errors_of(kFullJob, {{key, "1"}}); };
  EXPECT_THAT(unknown("grid.resolutoin"),
              HasSubstr("unknown key; did you mean 'grid.resolution'?"));
  EXPECT_THAT(unknown("layer.soc.scael"), HasSubstr("did you mean 'layer.soc.scale'?"));
  EXPECT_THAT(unknown("layr.soc.scale"), HasSubstr("did you mean 'layer.soc.scale'?"));
  EXPECT_THAT(unknown("zones.county.cod"), HasSubstr("did you mean 'zones.county.code'?"));
  EXPECT_THAT(unknown("silicate.CC"), HasSubstr("did you mean 'silicate.cc'?"));
  EXPECT_THAT(unknown("resolution"), HasSubstr("did you mean 'grid.resolution'?"));
  EXPECT_THAT(unknown("grid.years"),
              HasSubstr("did you mean 'years'? (it stands above the first [section])"));
  EXPECT_THAT(unknown("quite.another"), ::testing::Not(HasSubstr("did you mean")));
}

TEST(Keys, AnUnknownLayerNamesTheNearestAndWhatItCouldBe) {
  const std::string errors = errors_of(kFullJob + "[layer.temprature]\npath = x.tif\nunit = K\n");
  EXPECT_THAT(errors, HasSubstr("area.ini:25: layer.temprature.path: no kernel reads a layer "
                                "'temprature'; did you mean 'temperature'?"));
  EXPECT_THAT(errors, HasSubstr("a layer that is only summed by zone says kind = amount"));
  EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 0);
}

TEST(Keys, OnlyLayersOfWhichThereMayBeManyHaveParts) {
  EXPECT_THAT(errors_of(kFullJob + "[layer.soc.deep]\npath = x.tif\n"),
              HasSubstr("no kernel reads a layer 'soc.deep'"));
}

TEST(Keys, GridIsReadAsWritten) {
  const Job job = job_of(kFullJob +
                         "[grid]\ncrs = EPSG:3857\nresolution = 1000\n"
                         "extent = -10.5,0,20,30\norigin = 5,-2.5\ntile = 64\n");
  EXPECT_EQ(job.grid.crs, "EPSG:3857");
  EXPECT_EQ(job.grid.resolution, (engine::Rational{1000, 1}));
  EXPECT_EQ(job.grid.extent, GridSpec::Extent::kBox);
  EXPECT_EQ(job.grid.xmin, -10.5);
  EXPECT_EQ(job.grid.ymax, 30);
  EXPECT_EQ(job.grid.origin_x, 5);
  EXPECT_EQ(job.grid.origin_y, -2.5);
  EXPECT_EQ(job.grid.tile, 64);
  EXPECT_EQ(job_of(kFullJob).grid.resolution, (engine::Rational{1, 120}));
  EXPECT_EQ(job_of(kFullJob, {{"grid.extent", "global"}}).grid.extent, GridSpec::Extent::kGlobal);
}

TEST(Keys, AGlobalExtentNeedsDegrees) {
  EXPECT_THAT(errors_of(kFullJob, {{"grid.crs", "EPSG:3857"}, {"grid.extent", "global"}}),
              HasSubstr("grid.extent: global needs a grid.crs in degrees"));
}

TEST(Keys, ZonesAreReadAsWritten) {
  const Job job = job_of(kFullJob, {{"zones.layer", "L"},
                                    {"zones.crs", "EPSG:4326"},
                                    {"zones.duplicates", "merge"},
                                    {"zones.missing_code", "name"},
                                    {"zones.county.name", "N"}});
  EXPECT_EQ(job.zones.layer, "L");
  EXPECT_EQ(job.zones.crs, "EPSG:4326");
  EXPECT_EQ(job.zones.duplicates, io::Duplicates::kMerge);
  EXPECT_EQ(job.zones.missing_code, io::MissingCode::kName);
  ASSERT_EQ(job.zones.levels.size(), 2U);
  EXPECT_EQ(job.zones.levels[1].id, "county");
  EXPECT_EQ(job.zones.levels[1].code.attribute, "C");
  EXPECT_EQ(job.zones.levels[1].name.attribute, "N");
  EXPECT_THAT(errors_of(kFullJob, {{"zones.levels", "province, county, town"}}),
              HasSubstr("zones.town.code: is absent"));
}

TEST(Keys, LayersAreReadAsWritten) {
  const Job job = job_of(kFullJob, {{"layer.soc.variable", "v"},
                                    {"layer.soc.bands", "1-3,7"},
                                    {"layer.soc.unit", "t ha-1"},
                                    {"layer.soc.substance", "CO2"},
                                    {"layer.soc.scale", "0.5"},
                                    {"layer.soc.offset", "-1"},
                                    {"layer.soc.nodata", "32761-32767, -9999, -20--10, -3.4e38"},
                                    {"layer.soc.outside", "clamp"},
                                    {"layer.soc.min_valid", "0.25"},
                                    {"layer.soc.crs", "EPSG:4326"},
                                    {"layer.soc.wrap", "true"},
                                    {"layer.soc.reduce", "mean"},
                                    {"layer.soc.resample", "near"}});
  const io::LayerSpec& soc = layer_of(job, "soc");
  EXPECT_EQ(soc.variable, "v");
  EXPECT_THAT(soc.bands, ElementsAre(1, 2, 3, 7));
  EXPECT_EQ(soc.unit, "t ha-1");
  EXPECT_EQ(soc.substance, io::Substance::kCarbonDioxide);
  EXPECT_EQ(soc.scale, 0.5);
  EXPECT_EQ(soc.offset, -1);
  ASSERT_EQ(soc.nodata.size(), 4U);
  EXPECT_EQ(soc.nodata[0].min, 32761);
  EXPECT_EQ(soc.nodata[0].max, 32767);
  EXPECT_EQ(soc.nodata[1].min, -9999);
  EXPECT_EQ(soc.nodata[1].max, -9999);
  EXPECT_EQ(soc.nodata[2].min, -20);
  EXPECT_EQ(soc.nodata[2].max, -10);
  EXPECT_EQ(soc.nodata[3].min, -3.4e38);
  EXPECT_EQ(soc.outside, io::Outside::kClamp);
  EXPECT_EQ(soc.min_valid, 0.25);
  EXPECT_EQ(soc.crs, "EPSG:4326");
  EXPECT_EQ(soc.wrap, true);
  EXPECT_EQ(soc.reduce, io::Reduce::kMean);
  EXPECT_EQ(soc.resample, engine::Method::kNear);
}

TEST(Keys, MonthlyFilesNeedAReduction) {
  const tests::Overrides months = {{"layer.precipitation.path", "p_{month:02}.tif"}};
  EXPECT_THAT(errors_of(kFullJob, months), HasSubstr("layer.precipitation.path: several bands or "
                                                     "months need layer.precipitation.reduce"));
  tests::Overrides reduced = months;
  reduced.push_back({"layer.precipitation.reduce", "sum"});
  reduced.push_back({"layer.precipitation.months", "4-9"});
  EXPECT_THAT(layer_of(job_of(kFullJob, reduced), "precipitation").months,
              ElementsAre(4, 5, 6, 7, 8, 9));
}

TEST(Keys, MonthlyRunoffNeedsTwelveMonthsOfBothLayers) {
  tests::Overrides overrides = {{"runoff.clamp", "monthly"},
                                {"layer.precipitation.bands", "1-12"},
                                {"layer.precipitation.reduce", "sum"},
                                {"layer.evapotranspiration.bands", "1-6"},
                                {"layer.evapotranspiration.reduce", "sum"}};
  EXPECT_THAT(errors_of(kFullJob, overrides),
              HasSubstr("runoff.clamp: monthly needs twelve months of layer.evapotranspiration"));
  overrides[3].value = "1-12";
  EXPECT_EQ(errors_of(kFullJob, overrides), "");
}

TEST(Keys, QuantitiesFollowTheKernelsDeclarations) {
  const Job job = job_of(kFullJob +
                         "[layer.shielding_factor]\npath = s.tif\n"
                         "classes = 1:1, 2:0.1\n");
  const io::Quantity& npp = layer_of(job, "npp").quantity;
  EXPECT_EQ(npp.unit, "g m-2");
  EXPECT_TRUE(npp.annual);
  EXPECT_TRUE(npp.carbon);
  EXPECT_EQ(npp.deliver, io::Substance::kCarbon);
  EXPECT_EQ(npp.default_substance, io::Substance::kCarbon);
  const io::Quantity& emissions = layer_of(job, "emissions").quantity;
  EXPECT_EQ(emissions.unit, "t");
  EXPECT_EQ(emissions.deliver, io::Substance::kCarbonDioxide);
  EXPECT_FALSE(emissions.default_substance.has_value());
  const io::Quantity& temperature = layer_of(job, "temperature").quantity;
  EXPECT_EQ(temperature.unit, "degC");
  EXPECT_FALSE(temperature.annual);
  EXPECT_FALSE(temperature.average_finer_near_coarser);
  EXPECT_THAT(temperature.hint_above, HasSubstr("kelvin"));
  const io::LayerSpec& shielding = layer_of(job, "shielding_factor");
  EXPECT_TRUE(shielding.quantity.average_finer_near_coarser);
  EXPECT_EQ(shielding.classes.at(2), 0.1);
  EXPECT_EQ(shielding.quantity.min, 0.1);
}

TEST(Keys, EmissionsWithAUnitMustSayWhatTheyAreMassesOf) {
  EXPECT_THAT(errors_of(kFullJob, {{"layer.emissions.unit", "Tg"}}),
              HasSubstr("carbon or CO2? Say layer.emissions.substance = C or CO2"));
  EXPECT_EQ(errors_of(kFullJob, {{"layer.emissions.unit", "Tg C"}}), "");
  EXPECT_EQ(
      errors_of(kFullJob, {{"layer.emissions.unit", "Tg"}, {"layer.emissions.substance", "CO2"}}),
      "");
}

TEST(Keys, LayersThatAreOnlySummedTakeTheirQuantityFromTheirUnit) {
  const auto unit_of = [](const std::string& unit) {
    const Job job =
        job_of(kFullJob + "[layer.extra]\npath = x.tif\nkind = amount\nunit = " + unit + "\n");
    return layer_of(job, "extra").quantity.unit;
  };
  EXPECT_EQ(unit_of("persons"), "persons");
  EXPECT_EQ(unit_of("persons km-2"), "persons");
  EXPECT_EQ(unit_of("1e6 USD"), "USD");
  EXPECT_EQ(unit_of("kg CO2"), "t");
  EXPECT_THAT(errors_of(kFullJob + "[layer.extra]\npath = x.tif\nkind = amount\n"),
              HasSubstr("layer.extra.unit is absent"));
}

TEST(Keys, ShieldingIsSaidOnce) {
  EXPECT_THAT(errors_of(kFullJob + "[layer.shielding_factor]\npath = s.tif\n"
                                   "[layer.shielded_fraction]\npath = f.tif\n"),
              HasSubstr("layer.shielded_fraction.path: layer.shielding_factor is given too"));
}

TEST(Keys, GlimIsALegendOfItself) {
  const Job job = job_of(kFullJob);
  const io::LayerSpec& lithology = layer_of(job, "lithology");
  EXPECT_EQ(lithology.legend.size(), 16U);
  EXPECT_EQ(lithology.legend.at(6), 6);
  EXPECT_THAT(lithology.missing_classes, ElementsAre(kernels::kLithologyNoData));
}

TEST(Keys, AClassLayerNeedsALegend) {
  std::string text = kFullJob;
  text.erase(text.find("legend = glim\n"), 14);
  EXPECT_THAT(errors_of(text), HasSubstr("layer.lithology.legend: is absent; give glim"));
}

TEST(Keys, ALegendFileMapsCodesToClasses) {
  const tests::TemporaryFolder folder;
  std::ofstream(folder / "legend.csv") << "code,class\n10,sc\n20,VB\n-1,nd\n";
  const Job job = job_of(kFullJob, {{"layer.lithology.legend", folder / "legend.csv"}});
  const auto& legend = layer_of(job, "lithology").legend;
  EXPECT_EQ(legend.at(10), kernels::lithology_id("sc"));
  EXPECT_EQ(legend.at(20), kernels::lithology_id("vb"));
  EXPECT_EQ(legend.at(-1), kernels::kLithologyNoData);
  EXPECT_EQ(job.effective.at("layer.lithology.legend"), folder / "legend.csv");
  std::ofstream(folder / "bad.csv") << "code,class\n10,limestone\n";
  EXPECT_THAT(errors_of(kFullJob, {{"layer.lithology.legend", folder / "bad.csv"}}),
              HasSubstr("code 10: 'limestone' is no lithology class (known: su, vb"));
}

TEST(Keys, TablesAreReadAsWritten) {
  const Job job = job_of(kFullJob +
                         "[table.energy]\npath = e.csv\nlevel = province\ncode = K\nvalue = V\n"
                         "year = Y\nunit = TJ\ncrosswalk = odd:name.csv:from col,to\n");
  ASSERT_EQ(job.tables.size(), 1U);
  const io::JoinTableSpec& table = job.tables[0];
  EXPECT_EQ(table.name, "energy");
  EXPECT_EQ(table.path, "/jobs/e.csv");
  EXPECT_EQ(table.level, "province");
  EXPECT_EQ(table.code, "K");
  EXPECT_EQ(table.value, "V");
  EXPECT_EQ(table.year, "Y");
  EXPECT_EQ(table.unit, "TJ");
  EXPECT_EQ(table.crosswalk_path, "/jobs/odd:name.csv");
  EXPECT_EQ(table.crosswalk_from, "from col");
  EXPECT_EQ(table.crosswalk_to, "to");
  EXPECT_THAT(errors_of(kFullJob + "[table.energy]\npath = e.csv\n"),
              HasSubstr("table.energy.level: is absent"));
}

TEST(Keys, OutputIsReadAsWritten) {
  const Job job = job_of(kFullJob, {{"output.files", "yearly"},
                                    {"output.chunk", "64"},
                                    {"output.compression", "9"},
                                    {"output.significant_bits", "24"},
                                    {"report.enabled", "false"},
                                    {"profile.step", "0.5"}});
  EXPECT_EQ(job.output.files, CubeFiles::kYearly);
  EXPECT_EQ(job.output.chunk, 64);
  EXPECT_EQ(job.output.compression, 9);
  EXPECT_EQ(job.output.significant_bits, 24);
  EXPECT_FALSE(job.report);
  EXPECT_EQ(job.profile_step_deg, 0.5);
}

TEST(Values, YearsAreListsAndRangesInOrder) {
  EXPECT_THAT(parse_years("2019"), ElementsAre(2019));
  EXPECT_THAT(parse_years("2000-2003"), ElementsAre(2000, 2001, 2002, 2003));
  EXPECT_THAT(parse_years("2010, 2000"), ElementsAre(2000, 2010));
  EXPECT_THROW((void)parse_years("1-2000"), engine::Error);
}

TEST(Values, NumbersAreTheWholeText) {
  EXPECT_EQ(parse_number("-3.4e38"), -3.4e38);
  EXPECT_EQ(parse_number("+5"), 5);
  for (const char* text : {"", "1 2", "1,5", "0x10", "nan", "inf", "1e999", "+-1"}) {
    EXPECT_THROW((void)parse_number(text), engine::Error) << text;
  }
}

TEST(Nearest, CountsEditsAndSwapsOfNeighbours) {
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("form", "from"), 1U);
  EXPECT_EQ(edit_distance("CC", "cc"), 0U);
}

TEST(Nearest, SuggestsNothingThatIsFar) {
  EXPECT_EQ(nearest("zonse", {"kernels", "zones"}), "zones");
  EXPECT_EQ(nearest("report", {"zones", "join"}), std::nullopt);
}

}  // namespace
}  // namespace cnci::jobs
