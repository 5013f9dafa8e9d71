// The output folder: where the tile store lies, what marks an output as complete, and how results
// get their final names. run.json comes last and is the mark of a complete output.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "io/file_facts.h"
#include "io/tile_store.h"

namespace cnci::jobs {

/// For run.json: names and bytes of the results that are published with it.
[[nodiscard]] nlohmann::ordered_json results_json(const std::vector<io::FileFacts>& results);

class OutputFolder {
 public:
  explicit OutputFolder(std::string path) : path_(std::move(path)) {}

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string store() const { return path_ + "/.tiles"; }
  /// What runs keep for the next one; no run removes the folder.
  [[nodiscard]] std::string cache() const { return path_ + "/.cache"; }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }
  /// Where results are written before they are published.
  [[nodiscard]] std::string unfinished() const;
  [[nodiscard]] std::string unfinished(const std::string& name) const;
  /// Creates the folder itself; throws Error naming it.
  void create() const;

  /// Identity of the complete output that lies here, if there is one; with empty hashes where it
  /// was joined from parts.
  [[nodiscard]] std::optional<io::StoreIdentity> complete_identity() const;

  /// Throws Error where run.json is absent or is none, or a result that it lists is absent or has
  /// another size.
  void require_whole() const;

  /// Names of the results here that a run has left: those that run.json lists, and those that a
  /// publication which was cut short has put in place; and the page that was made from them.
  [[nodiscard]] std::vector<std::string> results_here() const;

  /// Why results of these names may not be put here: a file of such a name lies here that no run
  /// has left, or a run.json that is none.
  [[nodiscard]] std::optional<std::string> why_not_ours(
      const std::vector<std::string>& names) const;

  /// Whether the complete output here was made with --keep-tiles.
  [[nodiscard]] bool keeps_tiles() const;

  /// Removes what a run leaves that is killed after publishing: unfinished files, and the store
  /// unless that is to be kept. Files that are no run's stay.
  void sweep(bool keep_store) const;
  /// Removes the results that are here, unfinished files, the store, and run.json last. Files that
  /// are no run's stay.
  void clear() const;
  /// Keeps the name under which clear() was done (--fresh-once); run.json takes it over.
  void note_started_over(const std::string& name) const;
  /// That of the last one; empty where there is none.
  [[nodiscard]] std::string started_over_as() const;
  /// Takes back a publication that was cut short, and makes an empty folder for unfinished files;
  /// throws Error naming it.
  void begin_results() const;
  /// Renames unfinished files into place, in order; the last one must be run.json. Throws Error
  /// where a file of such a name has come up: nothing is replaced.
  void publish(const std::vector<std::string>& names) const;
  void remove_store() const;

 private:
  /// Why no GeoPackage may be put here: SQLite would bring what lies beside it into it.
  [[nodiscard]] std::optional<std::string> why_journal() const;
  /// Removes results_here() and unfinished files.
  void withdraw() const;

  std::string path_;
};

}  // namespace cnci::jobs
