// report.html: the page's template, style and scripts, with Vega, Vega-Lite and vega-embed, all put
// into one file that opens from disk without a network.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cnci::io {

/// Which scripts a page runs on its data.
enum class Page { kReport, kComparison };

/// The page as HTML. `data_json` is what its scripts read; it is gzipped, since numbers in text
/// shrink to less than half, and put into base64, since no text in it can then end a script.
/// `title` may hold any signs.
[[nodiscard]] std::string report_page(Page page, std::string_view title,
                                      std::string_view data_json);

/// Whether a file begins as report_page() makes them: one that may be replaced by another.
[[nodiscard]] bool is_report_page(const std::string& path);

/// For images that stand in a page as text.
[[nodiscard]] std::string base64(const std::vector<unsigned char>& bytes);

}  // namespace cnci::io
