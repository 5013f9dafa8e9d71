#include "io/csv.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "engine/error.h"
#include "io/input_path.h"

namespace cnci::io {
namespace {

using engine::Error;

std::string megabytes(std::uintmax_t bytes) {
  return std::to_string((bytes + (std::uintmax_t{1} << 20) - 1) >> 20) + " MB";
}

class Parser {
 public:
  Parser(const std::string& path, std::string_view text, const CsvLimits& limits)
      : path_(path), text_(text), limits_(limits) {}

  [[nodiscard]] bool done() const { return at_ >= text_.size(); }
  [[nodiscard]] std::size_t line() const { return line_; }

  /// The fields of the next record; a single empty one for an empty line.
  std::vector<std::string> record() {
    std::vector<std::string> fields;
    fields.reserve(expected_);
    const std::size_t begin = at_;
    while (true) {
      fields.push_back(field(begin));
      if (++count_ > limits_.fields) {
        throw Error(path_ + ": line " + std::to_string(line_) + ": more than " +
                    std::to_string(limits_.fields) +
                    " fields; take out what the job does not need");
      }
      if (done()) break;
      const char end = text_[at_++];
      if (end == ',') continue;
      if (end == '\r' && !done() && text_[at_] == '\n') ++at_;
      ++line_;
      break;
    }
    expected_ = fields.size();
    return fields;
  }

 private:
  /// The next field of the record that starts at `begin`.
  std::string field(std::size_t begin) {
    if (!done() && text_[at_] == '"') return quoted(begin);
    const std::string_view rest = text_.substr(0, std::min(text_.size(), longest(begin)));
    const std::size_t end = std::min(rest.find_first_of(",\r\n", at_), rest.size());
    check_length(begin, end, line_);
    std::string field(text_.substr(at_, end - at_));
    at_ = end;
    return field;
  }

  /// One byte beyond the longest record that starts at `begin`.
  [[nodiscard]] std::size_t longest(std::size_t begin) const {
    return begin + limits_.record_bytes + 1;
  }

  void check_length(std::size_t begin, std::size_t end, std::size_t line) const {
    if (end - begin <= limits_.record_bytes) return;
    throw Error(path_ + ": line " + std::to_string(line) + ": a row of more than " +
                megabytes(limits_.record_bytes) + "; a quote or the end of the line is missing");
  }

  std::string quoted(std::size_t begin) {
    const std::size_t first_line = line_;
    std::string field;
    ++at_;
    while (true) {
      if (done()) {
        throw Error(path_ + ": line " + std::to_string(first_line) + ": a quote is not closed");
      }
      check_length(begin, at_, first_line);
      const char c = text_[at_++];
      if (c == '\n') ++line_;
      if (c != '"') {
        field += c;
      } else if (!done() && text_[at_] == '"') {
        field += text_[at_++];
      } else {
        break;
      }
    }
    if (!done() && std::string_view(",\r\n").find(text_[at_]) == std::string_view::npos) {
      throw Error(path_ + ": line " + std::to_string(line_) +
                  ": text after a closing quote; double the quotes inside a field");
    }
    return field;
  }

  const std::string& path_;
  std::string_view text_;
  CsvLimits limits_;
  std::size_t count_ = 0;     ///< of all fields so far
  std::size_t expected_ = 0;  ///< fields of a record
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

std::string whole_file(const std::string& path, std::size_t most) {
  require_input(path);
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error) throw Error(path + ": cannot be read (" + error.message() + "); check the path");
  if (size > most) {
    throw Error(path + ": a table of " + megabytes(size) + ", at most " + megabytes(most) +
                " are read; take out what the job does not need");
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Error(path + ": cannot be read; check the path and who may read it");
  std::string text(static_cast<std::size_t>(size), '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || static_cast<std::size_t>(in.gcount()) != text.size()) {
    throw Error(path + ": reading failed");
  }
  return text;
}

}  // namespace

std::string number_text(double value) {
  if (std::isnan(value)) return {};
  std::array<char, 32> buffer{};
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), result.ptr};
}

std::optional<double> parse_number(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return std::nullopt;
  text = text.substr(first, text.find_last_not_of(kBlank) - first + 1);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::optional<std::size_t> CsvFile::column(const std::string& name) const {
  const auto found = std::ranges::find(header, name);
  if (found == header.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header.begin());
}

std::size_t CsvFile::need_column(const std::string& name, const std::string& key) const {
  const auto found = column(name);
  if (found) return *found;
  std::string there;
  for (const std::string& known : header) there += (there.empty() ? "" : ", ") + known;
  throw Error(path + ": no column '" + name + "' (" + key + "); there are " + there);
}

CsvFile read_csv(const std::string& path, const CsvLimits& limits) {
  const std::string bytes = whole_file(path, limits.bytes);
  std::string_view text = bytes;
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    throw Error(path + ": is UTF-16; save it as UTF-8");
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  CsvFile file;
  file.path = path;
  Parser parser(path, text, limits);
  while (!parser.done()) {
    const std::size_t line = parser.line();
    std::vector<std::string> fields = parser.record();
    if (fields.size() == 1 && fields.front().empty()) continue;
    if (file.header.empty()) {
      file.header = std::move(fields);
      continue;
    }
    if (fields.size() != file.header.size()) {
      throw Error(path + ": line " + std::to_string(line) + " has " +
                  std::to_string(fields.size()) + " fields, the header has " +
                  std::to_string(file.header.size()));
    }
    file.rows.push_back(std::move(fields));
    file.lines.push_back(line);
  }
  if (file.header.empty()) throw Error(path + ": is empty; a CSV file begins with a header");
  return file;
}

}  // namespace cnci::io
