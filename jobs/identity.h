// What makes two runs the same: a hash over every key and input that can change a result, and one
// over what only changes the layout of tiles and chunks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/plan.h"
#include "io/tile_store.h"
#include "jobs/tile_pipeline.h"

namespace cnci::jobs {

/// Raised whenever the same job gives other numbers than before.
inline constexpr int kResultVersion = 3;

/// What decides the results, and how tiles are laid out: keys, version, bit class, Setup::inputs.
[[nodiscard]] io::StoreIdentity identity_of(const Setup& setup);

/// The keys and files in which two identities differ, one line each.
[[nodiscard]] std::vector<std::string> differences(const io::StoreIdentity& before,
                                                   const io::StoreIdentity& now);
/// The first of them in one line.
[[nodiscard]] std::string difference_text(const io::StoreIdentity& before,
                                          const io::StoreIdentity& now);

/// 128-bit hash of a text as 32 hexadecimal digits (XXH3).
[[nodiscard]] std::string hash_text(const std::string& text);

}  // namespace cnci::jobs
