// Takes the place of io/csv.cpp in the fuzz target of the job file, which must not read files: a
// legend is spelt in its own file name, `1_su+2_sc.csv` being the rows 1,su and 2,sc under the
// header code,class.
#include <filesystem>

#include "engine/error.h"
#include "io/csv.h"
#include "jobs/keys_values.h"

namespace cnci::io {

std::optional<std::size_t> CsvFile::column(const std::string& name) const {
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (header[i] == name) return i;
  }
  return std::nullopt;
}

CsvFile read_csv(const std::string& path, const CsvLimits& /*limits*/) {
  const std::filesystem::path file(path);
  if (file.extension() != ".csv") throw engine::Error(path + ": cannot be read; check the path");
  CsvFile csv{path, {"code", "class"}, {}, {}};
  for (const std::string& row : jobs::split(file.stem().string(), '+')) {
    const auto middle = row.find('_');
    if (middle == std::string::npos) {
      csv.header = {row};  // a legend that lacks its columns
      continue;
    }
    csv.rows.push_back({row.substr(0, middle), row.substr(middle + 1)});
    csv.lines.push_back(csv.rows.size() + 1);
  }
  return csv;
}

}  // namespace cnci::io
