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

  /// Why results of these names may not be put here: files of such names lie here, without the mark
  /// of a run (run.json, tiles), or strange files where a run keeps its tiles and unfinished
  /// results.
  [[nodiscard]] std::optional<std::string> why_not_ours(
      const std::vector<std::string>& names) const;

  /// Whether the complete output here was made with --keep-tiles.
  [[nodiscard]] bool keeps_tiles() const;

  /// Removes what a run leaves that is killed after publishing: unfinished files, and the store
  /// unless that is to be kept.
  void sweep(bool keep_store) const;
  /// Removes the results that run.json lists, the store, unfinished files and run.json itself,
  /// last.
  void clear() const;
  /// An empty folder for unfinished files; throws Error naming it.
  void begin_results() const;
  /// Renames unfinished files into place, in order; the last one must be run.json. A run.json that
  /// is there is taken away first, so that a half-published output never looks complete.
  void publish(const std::vector<std::string>& names) const;
  void remove_store() const;

 private:
  std::string path_;
};

}  // namespace cnci::jobs
