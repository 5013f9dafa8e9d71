// Fuzz target: bytes as a job file. The text up to a line `%%` is the job file, each line after it
// a `--set KEY=VALUE`. Reading it must end in a job or in JobError or engine::Error, and
//   - findings stand on lines of the file, in order, each with a text;
//   - a line put in front moves findings by one line and changes nothing else;
//   - a job that parses is the same when read again, when its effective keys are given as --set to
//     an empty file, and when they are written out as a job file;
//   - --set beats the file.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/error.h"
#include "jobs/job.h"
#include "tests/fuzz/job_description.h"
#include "tests/fuzz/require.h"

namespace cnci::fuzz {
namespace {

using jobs::Job;
using jobs::JobFinding;
using jobs::KeyOverride;

constexpr const char* kFile = "/jobs/area.ini";
constexpr const char* kCurrentFolder = "/here";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct Input {
  std::string text;
  std::vector<KeyOverride> overrides;
};

Input split_input(std::string_view bytes) {
  constexpr std::string_view kSeparator = "\n%%\n";
  Input input;
  const std::size_t end = bytes.find(kSeparator);
  input.text = bytes.substr(0, end);
  if (end == std::string_view::npos) return input;
  std::string_view rest = bytes.substr(end + kSeparator.size());
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const std::size_t equals = line.find('=');
    // The command line refuses a text without a key, and cannot hold a zero byte.
    const bool possible = equals != 0 && line.find('\0') == std::string_view::npos;
    if (equals == std::string_view::npos || !possible) continue;
    input.overrides.push_back(
        {std::string(line.substr(0, equals)), std::string(line.substr(equals + 1))});
  }
  return input;
}

struct Refusal {
  std::string what;
  std::vector<JobFinding> findings;
};

using Result = std::variant<Job, Refusal>;

/// Any other exception than the two that reading a job may throw ends the process.
Result read(const std::string& text, const std::vector<KeyOverride>& overrides) {
  try {
    return jobs::read_job(kFile, text, overrides, kCurrentFolder);
  } catch (const jobs::JobError& error) {
    require(!error.findings().empty(), "a refused job has findings");
    return Refusal{error.what(), error.findings()};
  } catch (const engine::Error& error) {
    require(!std::string_view(error.what()).empty(), "an error says something");
    return Refusal{error.what(), {}};
  }
}

int count_lines(const std::string& text) {
  return static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 1;
}

void check_findings(const std::string& text, const Refusal& refusal) {
  int last = 0;
  bool without_line = false;
  for (const JobFinding& finding : refusal.findings) {
    require(finding.line >= 0 && finding.line <= count_lines(text),
            "a finding stands on a line of the file: " + std::to_string(finding.line));
    require(!finding.text.empty(), "a finding has a text");
    require(refusal.what.find(finding.text) != std::string::npos, "the message has every finding");
    without_line = without_line || finding.line == 0;
    require(finding.line == 0 || (!without_line && finding.line >= last),
            "findings are in the order of their lines");
    last = std::max(last, finding.line);
  }
}

void require_same(const Result& got, const std::string& description, const std::string& how) {
  if (const auto* refusal = std::get_if<Refusal>(&got)) {
    require(false, "a job is the same " + how + ", but it is refused:\n" + refusal->what);
  }
  const std::string other = describe(std::get<Job>(got));
  require(other == description,
          "a job is the same " + how + "\n--- was\n" + description + "--- is\n" + other);
}

void check_line_in_front(const Input& input, const Result& before) {
  std::string moved = input.text;
  const bool mark = moved.rfind(kByteOrderMark, 0) == 0;
  moved.insert(mark ? kByteOrderMark.size() : 0, "# a comment\n");
  const Result after = read(moved, input.overrides);
  require(before.index() == after.index(), "a comment changes whether a job parses");
  if (const auto* job = std::get_if<Job>(&before)) {
    require_same(after, describe(*job), "with a comment in front");
    return;
  }
  const auto& was = std::get<Refusal>(before).findings;
  const auto& is = std::get<Refusal>(after).findings;
  require(was.size() == is.size(), "a comment changes the number of findings");
  for (std::size_t i = 0; i < was.size(); ++i) {
    const int line = was[i].line == 0 ? 0 : was[i].line + 1;
    require(is[i].line == line && is[i].key == was[i].key, "a comment moves findings by one line");
  }
}

/// The effective keys as a job file: keys without section first, then each in a section of its own.
// No blank before the value: it may begin with a hash sign.
std::string job_text(const Job& job) {
  std::string head;
  std::string body;
  for (const auto& [key, value] : job.effective) {
    const std::size_t dot = key.rfind('.');
    if (dot == std::string::npos) {
      head += key + '=' + value + '\n';
    } else {
      body += '[' + key.substr(0, dot) + "]\n" + key.substr(dot + 1) + '=' + value + '\n';
    }
  }
  return head + body;
}

/// A value that holds what would begin a comment cannot be written in a file.
bool can_be_written(const Job& job) {
  return std::none_of(job.effective.begin(), job.effective.end(), [](const auto& entry) {
    const std::string& value = entry.second;
    return value.find(" #") != std::string::npos || value.find("\t#") != std::string::npos;
  });
}

void check_job(const Input& input, const Job& job) {
  const std::string description = describe(job);
  require_same(read(input.text, input.overrides), description, "when read again");

  std::vector<KeyOverride> effective;
  for (const auto& [key, value] : job.effective) effective.push_back({key, value});
  const Result overridden = read("", effective);
  require_same(overridden, description, "from its effective keys by --set");
  require(std::get<Job>(overridden).effective == job.effective,
          "effective keys are those of the job they make");
  if (can_be_written(job)) {
    require_same(read(job_text(job), {}), description, "from its effective keys in a file");
  }

  Job other = job;
  other.years = job.years == std::vector{1999} ? std::vector{2001} : std::vector{1999};
  std::vector<KeyOverride> overrides = input.overrides;
  overrides.push_back({"years", std::to_string(other.years.front())});
  require_same(read(input.text, overrides), describe(other), "but for the years set last");
}

}  // namespace
}  // namespace cnci::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cnci::fuzz;
  const Input input = split_input({reinterpret_cast<const char*>(data), size});
  const Result result = read(input.text, input.overrides);
  if (const auto* job = std::get_if<Job>(&result)) {
    check_job(input, *job);
  } else {
    check_findings(input.text, std::get<Refusal>(result));
  }
  check_line_in_front(input, result);
  return 0;
}
