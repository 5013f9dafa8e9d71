#include "jobs/run_assembly.h"

#include <cstdint>

#include "engine/bytes.h"
#include "jobs/assemble.h"

namespace cnci::jobs {
namespace {

void parse(std::span<const std::byte> bytes, std::vector<std::uint32_t>& tiles,
           io::ZoneTable& table) {
  engine::ByteReader in(bytes);
  tiles = in.get_all<std::uint32_t>();
  table.years = in.get_all<int>();
  table.nodes.resize(in.get<std::uint64_t>());
  for (auto& node : table.nodes) {
    for (auto* text : {&node.level, &node.code, &node.name, &node.parent_code}) {
      *text = in.get_text();
    }
  }
  table.columns.resize(in.get<std::uint64_t>());
  for (auto& column : table.columns) {
    for (auto* text : {&column.name, &column.unit, &column.long_name, &column.cell_methods})
      *text = in.get_text();
    column.values = in.get_all<double>();
  }
}

}  // namespace

std::vector<std::byte> serialise_for_assembly(const std::vector<engine::Tile>& plan,
                                              const io::ZoneTable& table) {
  engine::ByteWriter out;
  std::vector<std::uint32_t> tiles;
  for (const engine::Tile& tile : plan) tiles.push_back(tile.id);
  out.put_all(std::span<const std::uint32_t>(tiles));
  out.put_all(std::span<const int>(table.years));
  out.put(static_cast<std::uint64_t>(table.nodes.size()));
  for (const auto& node : table.nodes) {
    for (const auto& text : {node.level, node.code, node.name, node.parent_code})
      out.put_text(text);
  }
  out.put(static_cast<std::uint64_t>(table.columns.size()));
  for (const auto& column : table.columns) {
    for (const auto& text : {column.name, column.unit, column.long_name, column.cell_methods})
      out.put_text(text);
    out.put_all(std::span<const double>(column.values));
  }
  return out.take();
}

bool assemble_years_on_ranks(const engine::Mpi& mpi, const RunStart& start,
                             std::span<const std::byte> shared,
                             const std::function<bool()>& go_on) {
  const Setup& setup = start.setup();
  std::vector<std::uint32_t> tiles;
  io::ZoneTable table;
  parse(shared, tiles, table);
  const io::TileStore store(start.folder.store(), setup.identity);
  const std::size_t years = setup.job.years.size();
  const auto ranks = static_cast<std::size_t>(mpi.size());
  for (auto year = static_cast<std::size_t>(mpi.rank()); year < years; year += ranks) {
    const std::string path = start.folder.unfinished(cube_name(setup.job, setup.job.years[year]));
    if (!assemble_cube(setup, store, tiles, year, 1, table, path, go_on)) return false;
  }
  return true;
}

}  // namespace cnci::jobs
