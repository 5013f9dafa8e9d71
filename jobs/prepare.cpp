#include "jobs/prepare.h"

#include <algorithm>
#include <fstream>
#include <optional>

#include "engine/bytes.h"
#include "engine/text.h"
#include "io/crs.h"
#include "io/units.h"
#include "jobs/identity.h"

namespace cnci::jobs {
namespace {

using engine::Finding;
using Severity = Finding::Severity;

engine::Grid make_grid(const Job& job, const io::ZoneSource* zones) {
  engine::Grid lattice;
  lattice.crs_wkt = io::crs_wkt(job.grid.crs);
  lattice.geographic = io::crs_is_geographic(lattice.crs_wkt);
  lattice.resolution = job.grid.resolution;
  lattice.origin_x = job.grid.origin_x;
  lattice.origin_y = job.grid.origin_y;
  switch (job.grid.extent) {
    case GridSpec::Extent::kBox:
      return grid_around(lattice, job.grid.xmin, job.grid.ymin, job.grid.xmax, job.grid.ymax);
    case GridSpec::Extent::kGlobal:
      if (!lattice.geographic) {
        throw engine::Error(
            "grid.extent = global needs a geographic grid.crs; give xmin,ymin,xmax,ymax");
      }
      return grid_around(lattice, -180, -90, 180, 90);
    case GridSpec::Extent::kZones:
      break;
  }
  const io::ZoneSource::Box box = zones->extent(lattice.crs_wkt);
  return grid_around(lattice, box.xmin, box.ymin, box.xmax, box.ymax);
}

/// The window of the grid that zones touch.
engine::Window needed_window(const Setup& setup) {
  engine::Window needed;
  for (std::uint32_t zone = 0; zone < setup.zones.zones().size(); ++zone) {
    needed = needed.unite(setup.zones.bounds(zone).intersect(setup.grid.whole()));
  }
  return needed;
}

/// Persons and USD, whatever the table counts in (million USD, 1e4 persons).
void to_canonical_unit(io::JoinedTable& table, io::JoinTableSpec& spec) {
  const std::string base = io::parse_unit(spec.unit).base;
  for (const char* canonical : {"persons", "USD"}) {
    if (!io::convertible(base, canonical)) continue;
    const io::LinearMap map = io::unit_map(base, canonical);
    for (auto& values : table.by_year) {
      for (auto& [code, value] : values) value = map.a * value + map.b;
    }
    spec.unit = canonical;
    return;
  }
}

void warn_of_other_years(const io::JoinTableSpec& spec, const std::vector<int>& years,
                         const io::JoinedTable& table, std::vector<Finding>& findings) {
  std::string text;
  for (std::size_t i = 0; i < years.size(); ++i) {
    const int used = table.used_year.at(i);
    if (used == 0 || used == years[i]) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(used) + " for " + std::to_string(years[i]);
  }
  if (text.empty()) return;
  findings.push_back({Severity::kWarning, "table." + spec.name,
                      spec.path + ": has no values of some years; it gives those of " + text});
}

bool begins_with_byte_order_mark(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string start(3, ' ');
  return in.read(start.data(), 3) && start == "\xEF\xBB\xBF";
}

/// Zones that reach over the grid's edge count with their part inside only.
void warn_of_cut_zones(const Setup& setup, Preparation& state) {
  if (setup.grid.spans_globe()) return;
  std::size_t cut = 0;
  std::string first;
  const auto& tree = state.zones->tree();
  for (std::uint32_t zone = 0; zone < setup.zones.zones().size(); ++zone) {
    const engine::Window bounds = setup.zones.bounds(zone);
    // A zone that ends exactly on the grid's edge has bounds one cell beyond it.
    const engine::Window room{-1, -1, setup.grid.cols + 2, setup.grid.rows + 2};
    if (bounds.empty() || bounds.intersect(room) == bounds) continue;
    if (cut++ == 0) first = tree.nodes[tree.first_leaf + zone].code;
  }
  if (cut == 0) return;
  state.findings.push_back({Severity::kWarning, "grid.extent",
                            std::to_string(cut) + " zones reach beyond the grid (" + first +
                                (cut > 1 ? " the first" : "") +
                                "); only their part inside it counts"});
}

void read_tables(const Job& job, Preparation& state) {
  for (const io::JoinTableSpec& spec : job.tables) {
    if (begins_with_byte_order_mark(spec.path)) {
      state.findings.push_back({Severity::kWarning, "table." + spec.name,
                                spec.path + ": begins with a byte order mark, which is skipped"});
    }
    std::vector<std::string> codes;
    const auto& tree = state.zones->tree();
    for (const auto& node : tree.nodes) {
      if (tree.levels.at(static_cast<std::size_t>(node.level)) == spec.level) {
        codes.push_back(node.code);
      }
    }
    try {
      state.tables.push_back(io::read_join_table(spec, job.years, codes));
    } catch (const engine::Error& error) {
      state.findings.push_back({Severity::kError, "table." + spec.name, error.what()});
      continue;
    }
    to_canonical_unit(state.tables.back(), state.setup->job.tables.at(state.tables.size() - 1));
    const io::JoinedTable& table = state.tables.back();
    warn_of_other_years(spec, job.years, table, state.findings);
    if (!table.unmatched_codes.empty()) {
      state.findings.push_back({Severity::kNote, "table." + spec.name,
                                spec.path + ": " + std::to_string(table.unmatched_codes.size()) +
                                    " codes are no zone of this job, " +
                                    table.unmatched_codes.front() + " the first"});
    }
    std::size_t missing = 0;
    for (const std::string& code : codes) missing += table.by_year.front().contains(code) ? 0 : 1;
    if (missing == codes.size()) {
      const bool is_utf8 = std::ranges::none_of(table.unmatched_codes, [](const std::string& code) {
        return engine::not_utf8(code).has_value();
      });
      state.findings.push_back(
          {Severity::kError, "table." + spec.name,
           spec.path + ": no code in column " + spec.code + " is a " + spec.level +
               (is_utf8 ? "; check the column, or give a crosswalk"
                        : "; the file is not UTF-8 text: convert it (iconv -f GB18030 -t UTF-8, or "
                          "from what it is in)")});
    } else if (missing > 0) {
      state.findings.push_back({Severity::kWarning, "table." + spec.name,
                                spec.path + ": " + std::to_string(missing) + " of " +
                                    std::to_string(codes.size()) + " zones of level " + spec.level +
                                    " have no value"});
    }
  }
}

/// The grid, and the zones on it as they were read. Returns why there is no grid; there is none
/// either where it depends on zones that cannot be used.
std::optional<engine::Error> place_zones(const Job& job, const Preparation& state, Setup& setup) {
  const bool readable = state.zones && state.zones->could_be_read() && !state.failed();
  if (!readable && job.grid.extent == GridSpec::Extent::kZones) return std::nullopt;
  try {
    setup.grid = make_grid(job, state.zones.get());
    setup.chunk = io::chunk_shape(setup.grid, job.grid.tile, job.output.chunk);
    if (readable) setup.zones = engine::ZoneIndex(state.zones->first_shapes(setup.grid));
  } catch (const engine::Error& error) {
    return error;
  }
  return std::nullopt;
}

/// Without a grid the layers are still looked at, on a coarse globe, so that all findings come at
/// once.
std::unique_ptr<LayerSet> check_layers(const Job& job, const Setup* placed,
                                       std::vector<Finding>& findings) {
  engine::Grid globe;
  globe.crs_wkt = io::wgs84_wkt();
  globe = grid_around(globe, -180, -90, 180, 90);
  const bool has_grid = placed != nullptr && placed->grid.cols > 0;
  const engine::Window needed = has_grid ? needed_window(*placed) : engine::Window{};
  auto layers = std::make_unique<LayerSet>(job, has_grid ? placed->grid : globe, needed, findings);
  layers->forget_blocks();  // computing threads have sets of their own
  return layers;
}

/// What is known of the zones at last; whether they can be used.
bool take_up_zones(Preparation& state) {
  if (!state.zones) return false;
  try {
    const auto& found = state.zones->findings();
    state.findings.insert(state.findings.end(), found.begin(), found.end());
  } catch (const engine::Error& error) {
    state.findings.push_back({Severity::kError, "zones", error.what()});
  }
  return !state.failed();
}

void plan_tiles(const Job& job, bool zones_usable, Preparation& state, Setup& setup) {
  if (!zones_usable) {
    setup.zones = engine::ZoneIndex({});
  } else if (state.zones->overlaps_were_settled()) {
    setup.zones = engine::ZoneIndex(state.zones->shapes(setup.grid));
  }
  state.plan = engine::make_plan(setup.grid, job.grid.tile, setup.zones);
  if (!zones_usable) return;
  warn_of_cut_zones(setup, state);
  if (!state.plan.empty()) return;
  state.findings.push_back({Severity::kError, "grid.extent",
                            "no zone lies inside the grid; check grid.extent and grid.crs"});
}

}  // namespace

bool Preparation::failed() const {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& f) { return f.severity == Severity::kError; });
}

Preparation prepare(const Job& job, const PrepareOptions& options,
                    const std::function<void()>& between_blocks) {
  Preparation state;
  auto setup = std::make_unique<Setup>();
  setup->job = job;
  std::optional<engine::Error> unreadable;
  try {
    setup->inputs = input_files(job);  // before the first of them is read
    add_files_of_datasets(job, setup->inputs);
  } catch (const engine::Error& error) {
    unreadable = error;
  }
  try {
    setup->selection = select(job);
    for (const std::string& note : setup->selection.notes) {
      state.findings.push_back({Severity::kNote, "job", note});
    }
  } catch (const engine::Error& error) {
    state.findings.push_back({Severity::kError, "job", error.what()});
  }
  try {
    state.zones = std::make_unique<io::ZoneSource>(job.zones);
  } catch (const engine::Error& error) {
    state.findings.push_back({Severity::kError, "zones", error.what()});
  }
  // Layers are checked while overlaps and gaps of the zones are looked for.
  std::optional<engine::Error> no_grid = place_zones(job, state, *setup);
  std::vector<Finding> of_layers;
  state.layers = check_layers(job, no_grid ? nullptr : setup.get(), of_layers);
  const bool zones_usable = take_up_zones(state);
  try {
    if (no_grid) throw engine::Error(*no_grid);
    if (zones_usable || job.grid.extent != GridSpec::Extent::kZones) {
      plan_tiles(job, zones_usable, state, *setup);
      state.setup = std::move(setup);
    }
  } catch (const engine::Error& error) {
    state.findings.push_back({Severity::kError, "grid", error.what()});
  }
  state.findings.insert(state.findings.end(), of_layers.begin(), of_layers.end());
  static const engine::ZoneIndex no_zones({});
  state.coverage =
      state.setup ? coverage_of(*state.setup) : std::make_unique<io::CoverageCache>(no_zones);
  state.coverage->begin_to_read();
  state.layers->wire_weights(*state.coverage);
  if (zones_usable && state.setup) read_tables(job, state);
  if (state.setup && !state.failed()) {
    if (unreadable) throw engine::Error(*unreadable);
    if (options.hash_inputs) add_content_hashes(state.setup->inputs.files, between_blocks);
    require_unchanged(state.setup->inputs);
    state.setup->identity = identity_of(*state.setup);
  }
  const auto of_output = check_output(job, state.setup.get(), state.plan, options.start_over);
  state.findings.insert(state.findings.end(), of_output.begin(), of_output.end());
  return state;
}

std::unique_ptr<io::CoverageCache> coverage_of(const Setup& setup) {
  return std::make_unique<io::CoverageCache>(OutputFolder(setup.job.output.path).cache(),
                                             setup.zones, setup.grid, setup.job.grid.tile);
}

std::vector<std::byte> serialise_setup(const Setup& setup) {
  engine::ByteWriter out;
  const engine::Grid& grid = setup.grid;
  out.put_text(grid.crs_wkt);
  out.put(static_cast<std::uint8_t>(grid.geographic));
  out.put(grid.origin_x);
  out.put(grid.origin_y);
  out.put(grid.resolution);
  out.put(std::array{grid.west, grid.north, grid.cols, grid.rows});
  out.put(setup.chunk);
  out.put_text(setup.identity.result_hash);
  out.put_text(setup.identity.layout_hash);
  out.put_text(setup.identity.description_json);
  put(out, setup.inputs);
  out.put(static_cast<std::uint64_t>(setup.zones.zones().size()));
  for (const engine::ZoneShape& zone : setup.zones.zones()) {
    out.put(static_cast<std::uint64_t>(zone.rings.size()));
    for (const auto& ring : zone.rings) out.put_all(std::span<const engine::FixedPoint>(ring));
  }
  return out.take();
}

Setup parse_setup(const Job& job, std::span<const std::byte> bytes) {
  engine::ByteReader in(bytes);
  Setup setup;
  setup.job = job;
  setup.selection = select(job);
  setup.grid.crs_wkt = in.get_text();
  setup.grid.geographic = in.get<std::uint8_t>() != 0;
  setup.grid.origin_x = in.get<double>();
  setup.grid.origin_y = in.get<double>();
  setup.grid.resolution = in.get<engine::Rational>();
  const auto lattice = in.get<std::array<std::int64_t, 4>>();
  setup.grid.west = lattice[0];
  setup.grid.north = lattice[1];
  setup.grid.cols = lattice[2];
  setup.grid.rows = lattice[3];
  setup.chunk = in.get<io::ChunkShape>();
  setup.identity.result_hash = in.get_text();
  setup.identity.layout_hash = in.get_text();
  setup.identity.description_json = in.get_text();
  setup.inputs = get_input_files(in);
  std::vector<engine::ZoneShape> zones(in.get<std::uint64_t>());
  for (engine::ZoneShape& zone : zones) {
    zone.rings.resize(in.get<std::uint64_t>());
    for (auto& ring : zone.rings) ring = in.get_all<engine::FixedPoint>();
  }
  setup.zones = engine::ZoneIndex(std::move(zones));
  return setup;
}

}  // namespace cnci::jobs
