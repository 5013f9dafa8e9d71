#include "jobs/page_file.h"

#include <filesystem>

#include "engine/error.h"
#include "io/durable_file.h"
#include "io/report_page.h"

namespace cnci::jobs {

void require_page_name(const std::string& path) {
  std::error_code error;
  io::require_no_link(path);
  if (!std::filesystem::exists(path, error) || io::is_report_page(path)) return;
  throw engine::Error(path +
                      ": is no page that cnci has made, and is not replaced; move it away, or give "
                      "another name");
}

void write_page(const std::string& path, const std::string& html) {
  require_page_name(path);
  io::write_text_durably(path, html);
}

}  // namespace cnci::jobs
