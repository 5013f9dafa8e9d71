// Legends of class layers: raster code -> lithology class, `glim` or a CSV with the columns code
// and class (two letters).
#pragma once

#include <map>
#include <string>

namespace cnci::jobs {

/// The numeric codes of GLiM itself: every class stands for itself.
[[nodiscard]] std::map<int, int> glim_legend();

/// Reads a legend CSV. Throws engine::Error naming the file, the row and what is wrong.
[[nodiscard]] std::map<int, int> read_legend(const std::string& path);

}  // namespace cnci::jobs
