// Whether a stream is a terminal that shows colours, and the escape sequences for them.
#pragma once

#include <string>
#include <string_view>

namespace cnci::jobs {

/// The file descriptor is a terminal that can write a line anew (TERM is not dumb).
[[nodiscard]] bool is_terminal(int file_descriptor);

/// ... and that has colours, and the reader has not said otherwise (NO_COLOR in the environment).
[[nodiscard]] bool shows_colours(int file_descriptor);

enum class Tone { kPlain, kHeading, kGood, kBad, kDoubtful };

/// The text in the colour of its tone, and back to the terminal's own after it. An empty text stays
/// empty.
[[nodiscard]] std::string toned(Tone tone, std::string_view text);

}  // namespace cnci::jobs
