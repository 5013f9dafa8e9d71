#include "engine/text.h"

#include <gtest/gtest.h>

#include <string>

namespace cnci::engine {
namespace {

TEST(Text, IsTrimmedOfBlanksOnBothSides) {
  EXPECT_EQ(trimmed(" \t a b\r\n"), "a b");
  EXPECT_EQ(trimmed("\xE8\xB4\xB5 "), "\xE8\xB4\xB5");
  EXPECT_EQ(trimmed(" \r\n"), "");
}

TEST(Text, Utf8OfEveryLengthPasses) {
  EXPECT_EQ(
      not_utf8(
          "a \xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"),
      std::nullopt);
  EXPECT_EQ(not_utf8(""), std::nullopt);
}

TEST(Text, WhatIsNoUtf8IsFoundWhereItStands) {
  for (const char* bad : {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80",
                          "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF",
                          "\xC2", "\xE8\xB4", "\xE8\xB4z", "\xF0\x90\x80"}) {
    EXPECT_EQ(not_utf8(std::string("ok") + bad), std::optional<std::size_t>(2)) << printable(bad);
  }
}

TEST(Text, IsMadePrintableByteByByte) {
  EXPECT_EQ(printable("\xB9\xF3z"), "\\xb9\\xf3z");
  EXPECT_EQ(printable("o\xE9t"), "o\\xe9t");
  EXPECT_EQ(printable("\xE8\xB4\xB5\xE8"), "\xE8\xB4\xB5\\xe8");
  EXPECT_EQ(printable("plain"), "plain");
}

}  // namespace
}  // namespace cnci::engine
