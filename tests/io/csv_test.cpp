#include "io/csv.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <limits>
#include <random>

#include "engine/error.h"
#include "tests/support.h"

namespace cnci::io {
namespace {

using Rows = std::vector<std::vector<std::string>>;

CsvFile parse(const std::string& text) {
  const tests::TemporaryFolder folder;
  std::ofstream(folder / "t.csv", std::ios::binary) << text;
  return read_csv(folder / "t.csv");
}

std::string refusal_of(const std::string& text) {
  try {
    parse(text);
  } catch (const engine::Error& error) {
    return error.what();
  }
  return {};
}

TEST(Csv, ReadsQuotesChineseByteOrderMarkAndCrlf) {
  const CsvFile file = parse(
      "\xEF\xBB\xBF代码,名称,\"a \"\"b\"\"\"\r\n"
      "520103,云岩区,\"1,5\"\r\n"
      "\r\n"
      "520102,\"two\r\nlines\",\r\n");
  EXPECT_EQ(file.header, (std::vector<std::string>{"代码", "名称", "a \"b\""}));
  EXPECT_EQ(file.rows, (Rows{{"520103", "云岩区", "1,5"}, {"520102", "two\r\nlines", ""}}));
  EXPECT_EQ(file.lines, (std::vector<std::size_t>{2, 4}));
  EXPECT_EQ(file.column("名称"), 1U);
  EXPECT_EQ(file.column("\xEF\xBB\xBF代码"), std::nullopt);
}

TEST(Csv, LastLineNeedsNoLineEnd) {
  EXPECT_EQ(parse("a,b\n1,2").rows, (Rows{{"1", "2"}}));
  EXPECT_EQ(parse("a,b\n1,").rows, (Rows{{"1", ""}}));
  EXPECT_TRUE(parse("a,b\n").rows.empty());
}

TEST(Csv, NamesTheLineThatIsWrong) {
  EXPECT_NE(refusal_of("a,b\n1,2\n3\n").find("line 3 has 1 fields, the header has 2"),
            std::string::npos);
  EXPECT_NE(refusal_of("a,b\n1,\"2\n").find("line 2: a quote is not closed"), std::string::npos);
  EXPECT_NE(refusal_of("a,b\n1,\"2\"x\n").find("line 2: text after"), std::string::npos);
  EXPECT_NE(refusal_of("").find("is empty"), std::string::npos);
  EXPECT_NE(refusal_of("\xFF\xFE"
                       "a")
                .find("UTF-16"),
            std::string::npos);
}

TEST(Csv, NamesTheFileThatIsMissing) {
  EXPECT_THROW(static_cast<void>(read_csv("/nowhere/t.csv")), engine::Error);
}

TEST(Csv, MissingColumnNamesKeyAndColumns) {
  try {
    static_cast<void>(parse("CODE,POPU\n1,2\n").need_column("code", "table.population.code"));
    FAIL();
  } catch (const engine::Error& error) {
    EXPECT_NE(
        std::string(error.what()).find("'code' (table.population.code); there are CODE, POPU"),
        std::string::npos);
  }
}

TEST(Csv, FieldsAreQuotedOnlyWhereTheyMustBe) {
  EXPECT_EQ(csv_field("云岩区"), "云岩区");
  EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_field("say \"so\""), "\"say \"\"so\"\"\"");
  EXPECT_EQ(csv_field("a\nb"), "\"a\nb\"");
}

TEST(NumberText, IsTheShortestAndEmptyForNan) {
  EXPECT_EQ(number_text(0.1), "0.1");
  EXPECT_EQ(number_text(30), "30");
  EXPECT_EQ(number_text(-0.0), "-0");
  EXPECT_EQ(number_text(std::nan("")), "");
}

TEST(NumberText, ReadsBackToTheSameBits) {
  const std::uint64_t seed = std::random_device{}();
  std::mt19937_64 random(seed);
  for (int i = 0; i < 200000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (std::isnan(value)) continue;
    const auto back = parse_number(number_text(value));
    ASSERT_TRUE(back.has_value()) << "seed " << seed << " value " << value;
    ASSERT_EQ(std::bit_cast<std::uint64_t>(*back), std::bit_cast<std::uint64_t>(value))
        << "seed " << seed << " text " << number_text(value);
  }
}

TEST(ParseNumber, TakesWholeTextsOnly) {
  EXPECT_EQ(parse_number(" +1.5e3 "), 1500.0);
  EXPECT_EQ(parse_number("1,5"), std::nullopt);
  EXPECT_EQ(parse_number("12 km"), std::nullopt);
  EXPECT_EQ(parse_number("+-1"), std::nullopt);
  EXPECT_EQ(parse_number(""), std::nullopt);
}

}  // namespace
}  // namespace cnci::io
