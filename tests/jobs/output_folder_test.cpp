#include "jobs/output_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engine/error.h"
#include "tests/support.h"

namespace cnci::jobs {
namespace {

using ::testing::HasSubstr;

TEST(OutputFolderMark, ThatCannotBeReadIsNoSignOfAnEmptyFolder) {
  const tests::TemporaryFolder folder;
  const OutputFolder output(folder.path().string());
  EXPECT_FALSE(output.complete_identity());
  // Root may read all, but not what leads nowhere.
  std::filesystem::create_symlink("run.json", folder / "run.json");
  try {
    (void)output.complete_identity();
    FAIL() << "no error";
  } catch (const engine::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("run.json: cannot be read"));
  }
  // Nor what fails at its first byte.
  std::filesystem::remove(folder / "run.json");
  std::filesystem::create_symlink("/proc/self/mem", folder / "run.json");
  EXPECT_THROW((void)output.complete_identity(), engine::AccessError);
  std::filesystem::remove(folder / "run.json");
  std::ofstream(folder / "run.json") << "";
  ASSERT_TRUE(output.complete_identity());
  EXPECT_EQ(output.complete_identity()->result_hash, "") << "results, of whatever job";
}

TEST(OutputFolderMark, ListsTheResultsWithTheirSizes) {
  const tests::TemporaryFolder folder;
  std::ofstream(folder / "a.csv") << "abc";
  std::ofstream(folder / "run.json")
      << nlohmann::ordered_json{{"results", results_json({io::file_facts(folder / "a.csv")})}};
  const OutputFolder output(folder.path().string());
  EXPECT_NO_THROW(output.require_whole());
  std::ofstream(folder / "a.csv") << "";
  EXPECT_THROW(output.require_whole(), engine::Error);
}

}  // namespace
}  // namespace cnci::jobs
