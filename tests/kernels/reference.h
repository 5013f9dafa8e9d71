// Rows of the reference tables. The folder is CNCI_REFERENCE, by default ../shared/reference beside
// the sources; tests that need it are skipped where it is absent.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace cnci::kernels::testing {

using ReferenceRow = std::map<std::string, std::string>;

inline std::filesystem::path reference_file(const std::string& name) {
  const char* folder = std::getenv("CNCI_REFERENCE");
  const std::filesystem::path path =
      folder != nullptr ? std::filesystem::path(folder)
                        : std::filesystem::path(CNCI_SOURCE_DIR) / ".." / "shared" / "reference";
  return path / name;
}

/// Cells of a CSV line; a quoted cell may hold commas.
inline std::vector<std::string> split_csv(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else if (c != '\r') {
      cells.back() += c;
    }
  }
  return cells;
}

/// All rows by column name; empty where the file is absent.
inline std::vector<ReferenceRow> reference_rows(const std::string& name) {
  std::vector<ReferenceRow> rows;
  std::ifstream file(reference_file(name));
  std::string line;
  if (!std::getline(file, line)) {
    return rows;
  }
  const std::vector<std::string> header = split_csv(line);
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = split_csv(line);
    ReferenceRow row;
    for (std::size_t i = 0; i < header.size() && i < cells.size(); ++i) {
      row[header[i]] = cells[i];
    }
    rows.push_back(row);
  }
  return rows;
}

/// "nan" reads as NaN.
inline double number(const ReferenceRow& row, const std::string& column) {
  return std::stod(row.at(column));
}

}  // namespace cnci::kernels::testing
