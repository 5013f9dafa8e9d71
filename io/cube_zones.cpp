#include "io/cube_zones.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <utility>

#include "engine/error.h"
#include "io/cube_layout.h"
#include "io/hdf5_attributes.h"
#include "io/hdf5_handles.h"
#include "io/units.h"

namespace cnci::io {
namespace {

using engine::Error;

/// Index of every node's parent in the table, -1 for a root.
std::vector<std::int32_t> parents(const ZoneTable& table, const std::string& path) {
  std::vector<std::string> levels;
  std::map<std::pair<std::string, std::string>, std::int32_t> known;
  std::vector<std::int32_t> out;
  for (std::size_t i = 0; i < table.nodes.size(); ++i) {
    const ZoneTable::Node& node = table.nodes[i];
    if (levels.empty() || levels.back() != node.level) levels.push_back(node.level);
    known.insert({{node.level, node.code}, static_cast<std::int32_t>(i)});
    std::int32_t parent = -1;
    if (!node.parent_code.empty()) {
      const auto found = levels.size() < 2
                             ? known.end()
                             : known.find({levels[levels.size() - 2], node.parent_code});
      if (found == known.end()) {
        throw Error(path + ": zone " + node.code + " (" + node.level + ") names the parent " +
                    node.parent_code + ", which is not a zone of the next coarser level");
      }
      parent = found->second;
    }
    out.push_back(parent);
  }
  return out;
}

/// Where each year of the cube stands in the table.
std::vector<std::size_t> year_positions(const ZoneTable& table, const std::vector<int>& years,
                                        const std::string& path) {
  std::vector<std::size_t> out;
  for (const int year : years) {
    const auto found = std::find(table.years.begin(), table.years.end(), year);
    if (found == table.years.end()) {
      throw Error(path + ": the zone table has no year " + std::to_string(year));
    }
    out.push_back(static_cast<std::size_t>(found - table.years.begin()));
  }
  return out;
}

class ZonesGroup {
 public:
  ZonesGroup(hid_t file, const std::string& path, std::size_t zones) : path_(path), zones_(zones) {
    const h5::Handle properties = h5::group_properties(path);
    group_ = {h5::check(H5Gcreate2(file, "zones", H5P_DEFAULT, properties.get(), H5P_DEFAULT), path,
                        "create the group zones"),
              H5Gclose};
    std::vector<std::int32_t> index(zones);
    for (std::size_t i = 0; i < zones; ++i) index[i] = static_cast<std::int32_t>(i);
    scale_ = write_ints("zone", index, "position of the zone in this table, coarse levels first");
    make_scale(scale_, path, "zone");
    // The one thing that is unique: a code may occur in two levels. Not a whole discrete sampling
    // geometry (featureType), which wants points.
    h5::write_text(scale_.get(), path, "cf_role", "timeseries_id");
  }

  [[nodiscard]] hid_t get() const { return group_.get(); }
  [[nodiscard]] const h5::Handle& scale() const { return scale_; }

  h5::Handle write_ints(const std::string& name, const std::vector<std::int32_t>& values,
                        const std::string& long_name) const {
    h5::Handle dataset = write(name, H5T_STD_I32LE, values.data());
    h5::write_text(dataset.get(), path_, "long_name", long_name);
    return dataset;
  }

  template <typename Get>
  void write_texts(const std::string& name, const std::vector<ZoneTable::Node>& nodes,
                   const std::string& long_name, Get get) const {
    std::vector<const char*> texts;
    for (const ZoneTable::Node& node : nodes) texts.push_back(get(node).c_str());
    const h5::Handle type = h5::text_type(0, path_);
    const h5::Handle dataset = write(name, type.get(), texts.data());
    attach_scale(dataset.get(), scale_, 0, path_);
    h5::write_text(dataset.get(), path_, "long_name", long_name);
  }

 private:
  h5::Handle write(const std::string& name, hid_t type, const void* values) const {
    const std::string what = "write the variable zones/" + name;
    const h5::Handle space(h5::check(H5Screate_simple(1, &zones_, nullptr), path_, what), H5Sclose);
    const h5::Handle properties = h5::dataset_properties(path_);
    h5::Handle dataset(h5::check(H5Dcreate2(group_.get(), name.c_str(), type, space.get(),
                                            H5P_DEFAULT, properties.get(), H5P_DEFAULT),
                                 path_, what),
                       H5Dclose);
    h5::check(H5Dwrite(dataset.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), path_, what);
    return dataset;
  }

  std::string path_;
  hsize_t zones_;
  h5::Handle group_;
  h5::Handle scale_;
};

}  // namespace

void write_zones_group(hid_t file, const std::string& path, const ZoneTable& table,
                       const std::vector<int>& years) {
  if (table.nodes.empty()) throw Error(path + ": a cube needs a zone table with zones");
  const auto positions = year_positions(table, years, path);
  const auto parent = parents(table, path);
  const h5::Handle time(
      h5::check(H5Dopen2(file, "time", H5P_DEFAULT), path, "open the variable time"), H5Dclose);

  const ZonesGroup group(file, path, table.nodes.size());
  using Node = ZoneTable::Node;
  group.write_texts("level", table.nodes, "level of the zone",
                    [](const Node& n) -> const std::string& { return n.level; });
  group.write_texts("code", table.nodes, "code of the zone",
                    [](const Node& n) -> const std::string& { return n.code; });
  group.write_texts("name", table.nodes, "name of the zone",
                    [](const Node& n) -> const std::string& { return n.name; });
  group.write_texts("parent_code", table.nodes, "code of the zone that this one is part of",
                    [](const Node& n) -> const std::string& { return n.parent_code; });
  const h5::Handle parents_set =
      group.write_ints("parent", parent, "position of the zone that this one is part of, or -1");
  attach_scale(parents_set.get(), group.scale(), 0, path);

  const std::array<hsize_t, 2> extent{table.nodes.size(), years.size()};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> values(table.nodes.size() * years.size());
  for (const ZoneTable::Column& column : table.columns) {
    for (std::size_t node = 0; node < table.nodes.size(); ++node) {
      for (std::size_t year = 0; year < years.size(); ++year) {
        values[node * years.size() + year] = column.values.at(table.index(positions[year], node));
      }
    }
    const h5::Handle variable =
        write_doubles_dataset(group.get(), path, column.name, extent, values);
    attach_scale(variable.get(), group.scale(), 0, path);
    attach_scale(variable.get(), time, 1, path);
    h5::write_doubles(variable.get(), path, "_FillValue", {&nan, 1});
    // Persons and currencies are none of UDUNITS' units: they are counted.
    const bool known = !column.unit.empty() && is_udunits_unit(column.unit);
    h5::write_text(
        variable.get(), path, "long_name",
        column.long_name + (known || column.unit.empty() ? "" : ", in units of " + column.unit));
    h5::write_text(variable.get(), path, "units", known ? column.unit : "1");
    h5::write_text(variable.get(), path, "cell_methods", column.cell_methods);
    h5::write_text(variable.get(), path, "coordinates", "level code name parent_code");
  }
}

}  // namespace cnci::io
