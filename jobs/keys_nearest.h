// Suggestions for misspelt names: the nearest by edit distance (Damerau-Levenshtein, adjacent
// letters swapped count as one, upper and lower case are the same).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cnci::jobs {

[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate nearest to `name`, the first of equals; empty where none is near (more than a
/// third of its letters differ, at least two may).
[[nodiscard]] std::optional<std::string> nearest(std::string_view name,
                                                 const std::vector<std::string>& candidates);

/// "; did you mean 'X'?" or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view name,
                                       const std::vector<std::string>& candidates);

/// "a, b, c".
[[nodiscard]] std::string joined(const std::vector<std::string>& names);

}  // namespace cnci::jobs
