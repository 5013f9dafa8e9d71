#include "jobs/job_file_legend.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "engine/error.h"
#include "engine/text.h"
#include "io/tables.h"
#include "jobs/keys_nearest.h"
#include "jobs/keys_values.h"
#include "kernels/lithology.h"

namespace cnci::jobs {
namespace {

using engine::trimmed;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::vector<std::string> class_codes() {
  std::vector<std::string> codes;
  for (const auto& known : kernels::lithology_classes()) codes.emplace_back(known.code);
  return codes;
}

std::size_t column(const io::CsvFile& csv, const std::string& name) {
  const auto index = csv.column(name);
  if (!index) {
    throw engine::Error(csv.path + ": a legend needs the columns code and class; '" + name +
                        "' is absent (there are: " + joined(csv.header) + ")");
  }
  return *index;
}

}  // namespace

std::map<int, int> glim_legend() {
  std::map<int, int> legend;
  for (const auto& known : kernels::lithology_classes()) legend[known.id] = known.id;
  return legend;
}

std::map<int, int> read_legend(const std::string& path) {
  const io::CsvFile csv = io::read_csv(path);
  const std::size_t code_column = column(csv, "code");
  const std::size_t class_column = column(csv, "class");
  std::map<int, int> legend;
  for (const auto& row : csv.rows) {
    const std::string& code_text = row[code_column];
    int code = 0;
    try {
      code =
          static_cast<int>(parse_integer_in(trimmed(code_text), -2'147'483'648LL, 2'147'483'647LL));
    } catch (const engine::Error& error) {
      throw engine::Error(path + ": code " + error.what());
    }
    const std::string class_text = lower(trimmed(row[class_column]));
    const int id = kernels::lithology_id(class_text);
    if (id == 0) {
      throw engine::Error(path + ": code " + code_text + ": '" + row[class_column] +
                          "' is no lithology class (known: " + joined(class_codes()) + ")");
    }
    if (!legend.emplace(code, id).second) {
      throw engine::Error(path + ": the code " + code_text + " stands there twice");
    }
  }
  if (legend.empty()) throw engine::Error(path + ": the legend has no rows");
  return legend;
}

}  // namespace cnci::jobs
