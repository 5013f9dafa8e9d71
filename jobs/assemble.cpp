#include "jobs/assemble.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <string_view>

#include "engine/text.h"
#include "io/cube_sidecar.h"
#include "jobs/help.h"
#include "jobs/keys_nearest.h"
#include "jobs/layer_set.h"
#include "jobs/run_files.h"

namespace cnci::jobs {
namespace {

io::CubeVariable cube_variable(const kernels::Output& output, const std::string& partial) {
  io::CubeVariable variable;
  variable.name = output.name;
  variable.unit = output.unit;
  variable.long_name = output.long_name;
  if (output.role == kernels::Role::kDerived && !partial.empty()) {
    variable.long_name += " (" + partial + ")";
  }
  variable.standard_name = output.standard_name;
  variable.cell_methods = output.cell_methods;
  variable.comment = output.about;
  variable.valid_min = output.valid_min;
  variable.flag_values = output.flag_values;
  variable.flag_meanings.assign(output.flag_meanings.begin(), output.flag_meanings.end());
  return variable;
}

std::string source_text(const Selection& selection) {
  std::vector<std::string> names;
  for (const kernels::Kernel* kernel : selection.kernels) names.emplace_back(kernel->name);
  return "cnci " + program_version() + ", kernels " + joined(names);
}

/// The paper, and what the kernels that were used declare besides.
std::string references_text(const Selection& selection) {
  constexpr std::string_view kPaper = "Bai et al. 2023";
  std::vector<std::string> works = {std::string(kPaper) + ", doi:10.1016/j.ese.2023.100237"};
  for (const kernels::Kernel* kernel : selection.kernels) {
    std::istringstream sources{std::string(kernel->sources)};
    for (std::string work; std::getline(sources, work, ';');) {
      work = engine::trimmed(work);
      const bool is_own = work.starts_with(kPaper) || work == kernels::kOwnSource;
      if (!is_own && std::ranges::count(works, work) == 0) works.push_back(work);
    }
  }
  return fmt::format("{}", fmt::join(works, "; "));
}

/// The rows of a table that belong to some of its years.
io::ZoneTable years_of(const io::ZoneTable& table, std::size_t first, std::size_t count) {
  io::ZoneTable part = table;
  const auto begin = static_cast<std::ptrdiff_t>(first);
  const auto end = static_cast<std::ptrdiff_t>(first + count);
  part.years.assign(table.years.begin() + begin, table.years.begin() + end);
  const auto nodes = static_cast<std::ptrdiff_t>(table.nodes.size());
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const auto& values = table.columns[c].values;
    part.columns[c].values.assign(values.begin() + begin * nodes, values.begin() + end * nodes);
  }
  return part;
}

io::CubeSpec cube_spec(const Setup& setup, std::size_t first, std::size_t count) {
  io::CubeSpec spec;
  spec.grid = setup.grid;
  const auto begin = setup.job.years.begin() + static_cast<std::ptrdiff_t>(first);
  spec.years.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
  for (const kernels::Output* output : setup.selection.cube) {
    spec.variables.push_back(cube_variable(*output, setup.selection.partial));
  }
  spec.chunk = setup.chunk;
  spec.compression = setup.job.output.compression;
  spec.significant_bits = setup.job.output.significant_bits;
  spec.attributes = {
      {"title", setup.job.name + ": land carbon sinks, emissions and CNCI"},
      {"source", source_text(setup.selection)},
      // No time of day: the same job says the same.
      {"history", "cnci " + program_version() + ": run of job " + setup.job.name},
      {"references", references_text(setup.selection)},
      {"comment",
       "Cells that no zone touches hold no data. Mass of carbon is expressed as carbon "
       "dioxide."}};
  return spec;
}

}  // namespace

std::string cube_name(const Job& job, int year) {
  return job.output.files == CubeFiles::kYearly ? "cube_" + std::to_string(year) + ".nc"
                                                : "cube.nc";
}

std::vector<std::string> cube_names(const Job& job) {
  if (job.output.files == CubeFiles::kSingle) return {"cube.nc"};
  std::vector<std::string> names;
  for (const int year : job.years) names.push_back(cube_name(job, year));
  return names;
}

std::vector<std::string> result_names(const Job& job) {
  std::vector<std::string> names;
  for (const std::string& cube : cube_names(job)) {
    names.push_back(cube);
    names.push_back(io::cube_sidecar_name(cube));
  }
  names.insert(names.end(), {"zones.csv", "zones.gpkg", "profile.csv", kRunMark});
  return names;
}

CubeInParts::CubeInParts(const Setup& setup, std::size_t first, std::size_t count, std::string path)
    : setup_(setup),
      first_(first),
      count_(count),
      path_(std::move(path)),
      cube_(path_, cube_spec(setup, first, count), *make_cell_area(setup.grid)) {}

void CubeInParts::put(const io::StoredChunk& chunk) {
  if (chunk.year < first_ || chunk.year >= first_ + count_) return;
  cube_.put_chunk(chunk.variable, chunk.year - first_, chunk.chunk_row, chunk.chunk_col,
                  chunk.bytes);
}

void CubeInParts::finish(const io::ZoneTable& table) {
  cube_.write_zones(years_of(table, first_, count_));
  cube_.close();
  std::vector<std::string> names;
  for (const kernels::Output* output : setup_.selection.cube) names.emplace_back(output->name);
  io::write_cube_sidecar(io::cube_sidecar_name(path_), setup_.grid, names);
}

bool assemble_cube(const Setup& setup, const io::TileStore& store,
                   const std::vector<std::uint32_t>& tiles, std::size_t first, std::size_t count,
                   const io::ZoneTable& table, const std::string& path,
                   const std::function<bool()>& go_on) {
  CubeInParts cube(setup, first, count, path);
  for (const std::uint32_t tile : tiles) {
    if (!go_on()) return false;
    store.visit_chunks(tile, [&](const io::StoredChunk& chunk) { cube.put(chunk); });
  }
  cube.finish(table);
  return true;
}

}  // namespace cnci::jobs
