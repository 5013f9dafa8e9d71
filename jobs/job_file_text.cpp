#include "jobs/job_file_text.h"

#include <algorithm>
#include <boost/program_options/option.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <sstream>

#include "engine/error.h"
#include "engine/text.h"
#include "jobs/keys_values.h"

namespace cnci::jobs {
namespace {

using engine::trimmed;

/// Stands for a '#' inside a value while Boost splits the line.
constexpr char kHash = '\x01';

/// The line without its comment: from a '#' at the start or after a blank.
std::string without_comment(const std::string& line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) {
      return line.substr(0, i);
    }
  }
  return line;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; }

}  // namespace

JobFileText split_job_file(const std::string& text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  JobFileText result;
  std::istringstream in(text.rfind(kByteOrderMark, 0) == 0 ? text.substr(kByteOrderMark.size())
                                                           : text);
  std::string clean;
  std::vector<int> lines;
  std::string raw;
  for (int number = 1; std::getline(in, raw); ++number) {
    const std::string line = trimmed(without_comment(raw));
    if (line.empty()) continue;
    const auto fail = [&](const std::string& what) {
      result.findings.push_back({number, "", what});
    };
    if (engine::not_utf8(line)) {
      fail(
          "the line is not UTF-8 text; save the job file as UTF-8 (iconv -f GB18030 -t UTF-8, or "
          "from what it is in)");
    } else if (std::any_of(line.begin(), line.end(), is_control)) {
      fail("the line holds a control character; a job file is plain text");
    } else if (line.front() == '[') {
      // A section without a name would have Boost look at the last letter of nothing.
      const std::string name =
          line.back() == ']' ? trimmed(line.substr(1, line.size() - 2)) : std::string{};
      if (name.empty()) {
        fail("'" + line + "' is not a section; it looks like [grid]");
      } else {
        clean += "[" + name + "]\n";
      }
    } else if (const auto equals = line.find('='); equals == std::string::npos) {
      fail("'" + line + "' is neither a [section] nor key = value");
    } else if (equals == 0) {
      fail("'" + line + "' has no key before '='");
    } else {
      lines.push_back(number);
      clean += line + '\n';
    }
  }
  std::replace(clean.begin(), clean.end(), '#', kHash);

  std::istringstream clean_in(clean);
  const boost::program_options::options_description nothing_registered;
  const auto parsed = boost::program_options::parse_config_file(clean_in, nothing_registered, true);
  if (parsed.options.size() != lines.size()) {
    throw engine::Error("the job file cannot be split into keys and values");
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto& option = parsed.options[i];
    JobFileEntry entry{option.string_key, option.value.empty() ? "" : option.value.front(),
                       lines[i]};
    std::replace(entry.key.begin(), entry.key.end(), kHash, '#');
    std::replace(entry.value.begin(), entry.value.end(), kHash, '#');
    result.entries.push_back(std::move(entry));
  }
  return result;
}

}  // namespace cnci::jobs
