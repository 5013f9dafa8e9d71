// CSV text as in RFC 4180, and numbers that read back to the same double.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cnci::io {

/// Shortest decimal text that reads back to the same double; empty for NaN.
[[nodiscard]] std::string number_text(double value);
/// The number that is the whole text, blanks around it aside; nothing where it is not a number.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);

/// RFC 4180 text of a CSV field, quoted where it must be.
[[nodiscard]] std::string csv_field(const std::string& text);

/// A CSV file: header and rows. A byte order mark is skipped; quotes as in RFC 4180; CRLF or LF;
/// empty lines are skipped.
struct CsvFile {
  std::string path;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  std::vector<std::size_t> lines;  ///< line of the file on which each row begins
  [[nodiscard]] std::optional<std::size_t> column(const std::string& name) const;
  /// As column(); throws Error that names the key and the columns there are.
  [[nodiscard]] std::size_t need_column(const std::string& name, const std::string& key) const;
};

/// What read_csv() takes: a planet of 50,000 zones over 20 years has 0.6 GB and 35 million fields.
struct CsvLimits {
  std::size_t bytes = std::size_t{1} << 30;
  std::size_t record_bytes = std::size_t{1} << 20;
  std::size_t fields = std::size_t{1} << 26;
};
/// Throws Error: missing, no regular file, larger than a limit, empty, a row with another number of
/// fields (names the line). Nothing is loaded of a file that is too large.
[[nodiscard]] CsvFile read_csv(const std::string& path, const CsvLimits& limits = {});

}  // namespace cnci::io
