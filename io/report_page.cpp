#include "io/report_page.h"

#include <libdeflate.h>

#include <array>
#include <fstream>
#include <memory>
#include <vector>

#include "engine/error.h"
#include "io/report_assets.h"

namespace cnci::io {
namespace {

constexpr int kGzipLevel = 9;
/// The mark stands within so many bytes of the beginning.
constexpr std::size_t kBeginning = 256;
constexpr std::string_view kMark = "<meta name=\"generator\" content=\"cnci\">";

std::string html_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::vector<unsigned char> gzipped(std::string_view text) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(kGzipLevel), libdeflate_free_compressor);
  if (!compressor) throw engine::Error("report.html: no memory to compress its data");
  std::vector<unsigned char> out(libdeflate_gzip_compress_bound(compressor.get(), text.size()));
  out.resize(
      libdeflate_gzip_compress(compressor.get(), text.data(), text.size(), out.data(), out.size()));
  if (out.empty()) throw engine::Error("report.html: its data cannot be compressed");
  return out;
}

/// A script as an element of the page. The libraries hold no end tag; a later version might.
std::string script(std::string_view text, std::string_view licence) {
  std::string out = licence.empty() ? "" : "<!--\n" + std::string(licence) + "-->\n";
  out += "<script>";
  for (std::size_t at = 0;;) {
    const std::size_t end = text.find("</script", at);
    out += text.substr(at, end - at);
    if (end == std::string_view::npos) break;
    out += "<\\/script";
    at = end + std::string_view("</script").size();
  }
  return out + "</script>\n";
}

std::string scripts_of(Page page) {
  std::string out;
  for (const ReportScript& part : report_scripts()) {
    const bool wanted = page == Page::kReport ? part.in_report : part.in_comparison;
    if (wanted) out += script(part.text, part.licence);
  }
  return out;
}

}  // namespace

std::string base64(const std::vector<unsigned char>& bytes) {
  constexpr std::string_view kSigns =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    unsigned group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = (group << 8) | (k < n ? bytes[i + k] : 0U);
    for (std::size_t k = 0; k < 4; ++k) {
      out += k <= n ? kSigns[(group >> (18 - 6 * k)) & 63U] : '=';
    }
  }
  return out;
}

std::string report_page(Page page, std::string_view title, std::string_view data_json) {
  std::string out;
  std::string_view rest = report_template();
  while (!rest.empty()) {
    const std::size_t begin = rest.find('@');
    const std::size_t end = begin == std::string_view::npos ? begin : rest.find('@', begin + 1);
    if (end == std::string_view::npos) break;
    out += rest.substr(0, begin);
    const std::string_view name = rest.substr(begin + 1, end - begin - 1);
    if (name == "title") out += html_text(title);
    if (name == "style") out += report_style();
    if (name == "data") out += base64(gzipped(data_json));
    if (name == "scripts") out += scripts_of(page);
    rest.remove_prefix(end + 1);
  }
  return out + std::string(rest);
}

bool is_report_page(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, kBeginning> beginning{};
  file.read(beginning.data(), beginning.size());
  const std::string_view read(beginning.data(), static_cast<std::size_t>(file.gcount()));
  return read.find(kMark) != std::string_view::npos;
}

}  // namespace cnci::io
