#include "io/report_page.h"

#include <gtest/gtest.h>
#include <libdeflate.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>

namespace cnci::io {
namespace {

std::vector<unsigned char> from_base64(const std::string& text) {
  const std::string signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<unsigned char> bytes;
  unsigned group = 0;
  int bits = 0;
  for (const char c : text) {
    if (c == '=') break;
    group = (group << 6) | static_cast<unsigned>(signs.find(c));
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push_back(static_cast<unsigned char>((group >> bits) & 255U));
  }
  return bytes;
}

/// What stands in the element of the data, inflated.
std::string data_of(const std::string& page) {
  const std::string begin = "<script id=\"cnci-data\" type=\"text/plain\">";
  const std::size_t from = page.find(begin) + begin.size();
  const auto bytes = from_base64(page.substr(from, page.find("</script>", from) - from));
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> inflate(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  std::string text(std::size_t{1} << 20, '\0');
  std::size_t length = 0;
  EXPECT_EQ(libdeflate_gzip_decompress(inflate.get(), bytes.data(), bytes.size(), text.data(),
                                       text.size(), &length),
            LIBDEFLATE_SUCCESS);
  text.resize(length);
  return text;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

TEST(ReportPage, GivesItsDataBackWhateverIsInIt) {
  const std::string json = "{\"name\":\"</script><script>alert(1)</script> @data@ 贵州\"}";
  for (const Page kind : {Page::kReport, Page::kComparison}) {
    const std::string page = report_page(kind, "t", json);
    EXPECT_EQ(data_of(page), json);
    EXPECT_EQ(page.find("alert(1)"), std::string::npos);
  }
}

TEST(ReportPage, LibrariesBringTheirLicences) {
  const std::string page = report_page(Page::kReport, "t", "{}");
  EXPECT_EQ(count(page, "University of Washington Interactive Data Lab"), 3U);
}

TEST(ReportPage, TitleIsText) {
  const std::string page = report_page(Page::kReport, "<b>&</title>", "{}");
  EXPECT_NE(page.find("<title>&lt;b&gt;&amp;&lt;/title&gt;</title>"), std::string::npos);
}

TEST(ReportPage, EveryScriptEndsOnce) {
  const std::string page = report_page(Page::kReport, "t", "{}");
  EXPECT_EQ(count(page, "</script"), count(page, "<script>") + 1) << "the data's element too";
  EXPECT_GT(count(page, "<script>"), 8U);
  EXPECT_EQ(count(page, "@scripts@") + count(page, "@style@"), 0U);
}

TEST(ReportPage, KindsOfPagesHaveTheirOwnScripts) {
  EXPECT_NE(report_page(Page::kReport, "t", "{}").find("async function main()"), std::string::npos);
  const std::string comparison = report_page(Page::kComparison, "t", "{}");
  EXPECT_EQ(comparison.find("async function main()"), std::string::npos);
  EXPECT_NE(comparison.find("mainOfComparison"), std::string::npos);
}

TEST(ReportPage, IsKnownByItsBeginning) {
  const auto folder = std::filesystem::temp_directory_path() / "cnci-report-page-test";
  std::filesystem::create_directories(folder);
  const auto written = [&](const std::string& text) {
    const std::string path = (folder / "page.html").string();
    std::ofstream(path) << text;
    return path;
  };
  EXPECT_TRUE(is_report_page(written(report_page(Page::kReport, std::string(999, 'x'), "{}"))));
  EXPECT_FALSE(is_report_page(written("<html><title>mine</title>")));
  EXPECT_FALSE(is_report_page(written("")));
  EXPECT_FALSE(is_report_page((folder / "none.html").string()));
  EXPECT_FALSE(is_report_page(folder.string()));
  std::filesystem::remove_all(folder);
}

TEST(ReportPage, Base64OfAnyLength) {
  for (const std::string& text : {std::string(), std::string("a"), std::string("ab"),
                                  std::string("abc"), std::string("\0\xff\x80", 3)}) {
    const std::vector<unsigned char> bytes(text.begin(), text.end());
    const std::string encoded = base64(bytes);
    EXPECT_EQ(encoded.size() % 4, 0U);
    EXPECT_EQ(from_base64(encoded), bytes);
  }
  EXPECT_EQ(base64({'a', 'b'}), "YWI=");
}

}  // namespace
}  // namespace cnci::io
