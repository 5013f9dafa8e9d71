// Pages that the program makes, as files: one of its own is replaced, nothing else.
#pragma once

#include <string>

namespace cnci::jobs {

/// Throws engine::Error where another file has the name: to be asked before the work is done.
void require_page_name(const std::string& path);
/// Asks again, and throws where the file cannot be written.
void write_page(const std::string& path, const std::string& html);

}  // namespace cnci::jobs
