// Every key of the job file: pattern, form, default, meaning. Kernels' parameters come from their
// declarations; nothing about a kernel is written here.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cnci::jobs {

struct Key {
  std::string pattern;  ///< `grid.tile`, or with one name left open: `layer.*.unit`
  std::string form;     ///< for people: "whole number"
  std::string default_text;
  std::string about;
  bool is_path = false;
  /// A normal form of the text, the same for other ways to write the value (2019-2019 is 2019,
  /// 2/240 is 1/120; units stay as they are written). Throws engine::Error where it is no value of
  /// this key.
  std::function<std::string(const std::string&)> normal;
};

class KeyRegistry {
 public:
  KeyRegistry();
  [[nodiscard]] const std::vector<Key>& keys() const { return keys_; }

  struct Match {
    const Key* key = nullptr;
    std::string open_name;  ///< what `*` stands for: `emissions.energy`
  };
  [[nodiscard]] std::optional<Match> find(const std::string& key) const;
  /// The known key that the text is nearest to.
  [[nodiscard]] std::optional<std::string> suggest(const std::string& key) const;

 private:
  std::vector<Key> keys_;
};

/// The one registry of the process.
[[nodiscard]] const KeyRegistry& key_registry();

/// Names of layer.X.resample and layer.X.reduce and the like, in the order of their enumerations.
[[nodiscard]] const std::vector<std::string>& reduce_names();
[[nodiscard]] const std::vector<std::string>& outside_names();
[[nodiscard]] const std::vector<std::string>& kind_names();
[[nodiscard]] const std::vector<std::string>& method_names();

}  // namespace cnci::jobs
