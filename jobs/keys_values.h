// Texts of the job file as typed values. Every function throws engine::Error saying what the text
// is not and how it should look; the caller adds file, line and key.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "io/raster.h"
#include "io/zones.h"

namespace cnci::jobs {

/// Parts between separators, trimmed; a single empty part for an empty text.
[[nodiscard]] std::vector<std::string> split(const std::string& text, char separator);

/// A finite number, all of the text.
[[nodiscard]] double parse_number(const std::string& text);
[[nodiscard]] double parse_number_in(const std::string& text, double min, double max);
[[nodiscard]] std::int64_t parse_integer_in(const std::string& text, std::int64_t min,
                                            std::int64_t max);
[[nodiscard]] bool parse_flag(const std::string& text);

/// `1-12` or `1,3,5` or both mixed: ascending order is kept as written, nothing twice.
[[nodiscard]] std::vector<int> parse_integer_list(const std::string& text, int min, int max);
/// `2019`, `2000-2019`, `2000,2010`: ascending.
[[nodiscard]] std::vector<int> parse_years(const std::string& text);
/// `32761-32767, -9999`, `-3.4e38`, `-20--10`.
[[nodiscard]] std::vector<io::NodataRange> parse_nodata(const std::string& text);
/// `1:1, 2:0.1`.
[[nodiscard]] std::map<int, double> parse_classes(const std::string& text);
/// `n` numbers, separated by commas.
[[nodiscard]] std::vector<double> parse_numbers(const std::string& text, std::size_t n);
/// Names of letters, digits, `_`, `-`, separated by commas; nothing twice.
[[nodiscard]] std::vector<std::string> parse_names(const std::string& text);
/// An attribute's name, or `='constant'`.
[[nodiscard]] io::ZoneField parse_zone_field(const std::string& text);

/// `CSV:from,to`.
struct Crosswalk {
  std::string path;
  std::string from;
  std::string to;
};
[[nodiscard]] Crosswalk parse_crosswalk(const std::string& text);

/// The index of the text among `choices`; the message lists them.
[[nodiscard]] std::size_t parse_choice(const std::string& text,
                                       const std::vector<std::string>& choices);

/// A number as a person writes it: 0.5, 15000, 1e+15.
[[nodiscard]] std::string plain_number(double value);
/// `1,2` and `0.5,-3`.
[[nodiscard]] std::string numbers_text(const std::vector<double>& values);
/// `2000-2019`, `1-3,7`: runs of three and more as ranges.
[[nodiscard]] std::string integer_list_text(const std::vector<int>& values);

}  // namespace cnci::jobs
