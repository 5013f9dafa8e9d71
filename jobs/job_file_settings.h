// The keys of one job after precedence (default < job file < --set), each checked by the registry,
// with the findings made on the way. The builders of the job read it and add their own findings.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "jobs/job.h"
#include "jobs/job_file_text.h"
#include "jobs/keys.h"

namespace cnci::jobs {

class Settings {
 public:
  /// Collects entries and overrides; unknown keys, duplicates and bad values become findings.
  /// Relative input paths start at `file_folder`, from --set and output.path at `current_folder`.
  Settings(const JobFileText& text, const std::vector<KeyOverride>& overrides,
           std::string file_folder, std::string current_folder);

  /// The key was written, be its value good or bad: no finding that it is missing then.
  [[nodiscard]] bool mentioned(const std::string& key) const { return entries_.contains(key); }
  /// The value that was written, where it is good.
  [[nodiscard]] std::optional<std::string> given(const std::string& key) const;
  /// The value that was written, else the registry's default.
  [[nodiscard]] std::string text(const std::string& key) const;
  /// The same in its normal form (Key::normal).
  [[nodiscard]] std::string normal_text(const std::string& key) const;
  /// Names that stand in the open place of keys such as `layer.*.path`, by name, each with the key
  /// it first occurs in.
  [[nodiscard]] std::map<std::string, std::string> open_names(const std::string& head) const;

  /// The absolute path behind a key that was given: {NAME} replaced, {year} and months left where
  /// `with_dates`. Empty, with a finding, where it cannot be made.
  std::string path(const std::string& key, bool with_dates = false);
  /// The same for a text that is only a part of the key's value.
  std::string path_from(const std::string& key, const std::string& text, bool with_dates = false);

  /// A finding about a key, at its line where it has one.
  void fail(const std::string& key, const std::string& text);
  [[nodiscard]] bool failed(const std::string& key) const { return failed_.contains(key); }
  [[nodiscard]] std::vector<JobFinding> findings() const;  ///< by line, those without line last

  /// Notes what a key amounts to, for Job::effective.
  void set_effective(const std::string& key, std::string text);
  /// Every key: what builders noted, else what was given, else the default.
  [[nodiscard]] std::map<std::string, std::string> effective() const;

 private:
  struct Entry {
    std::string value;
    std::string normal;  ///< Key::normal of it
    int line = 0;
    bool from_set = false;
    bool good = true;
  };
  void add(const std::string& key, Entry entry);
  /// The absolute path behind a text of `key`; `open` holds the names that are being replaced.
  std::string substitute(const std::string& key, const std::string& text, bool with_dates,
                         std::set<std::string>& open);
  /// The text with every {NAME} replaced; `in_front`: it begins the path.
  std::string expand(const std::string& text, bool with_dates, bool in_front,
                     std::set<std::string>& open);

  std::map<std::string, Entry> entries_;
  std::string file_folder_;
  std::string current_folder_;
  std::vector<JobFinding> findings_;
  std::set<std::string> failed_;
  std::map<std::string, std::string> effective_;
};

}  // namespace cnci::jobs
