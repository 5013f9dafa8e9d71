#include "jobs/input_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engine/error.h"
#include "tests/support.h"

namespace cnci::jobs {
namespace {

using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;

class InputFilesOfAJob : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }
  [[nodiscard]] Job job() const {
    Job job;
    job.years = {2019};
    job.zones.path = folder_ / "Z.SHP";
    io::LayerSpec layer;
    layer.path = folder_ / "t_{year}.tif";
    job.layers = {layer};
    return job;
  }
  void SetUp() override {
    for (const char* name : {"Z.SHP", "Z.DBF", "t_2019.tif", "T_2019.TFW", "t_2018.tif"}) {
      write(name, "x");
    }
  }
  static std::string refusal(const InputFiles& before) {
    try {
      require_unchanged(before);
    } catch (const engine::HopelessError& error) {
      return error.what();
    }
    return {};
  }

  tests::TemporaryFolder folder_;
};

TEST_F(InputFilesOfAJob, AreWhatItNamesAndWhatBelongsToItInAnyCase) {
  const InputFiles inputs = input_files(job());
  EXPECT_EQ(inputs.named, (std::vector<std::string>{folder_ / "Z.SHP", folder_ / "t_2019.tif"}));
  EXPECT_EQ(inputs.files.size(), 4U);
  for (const char* name : {"Z.SHP", "Z.DBF", "t_2019.tif", "T_2019.TFW"}) {
    EXPECT_THAT(inputs.files, Contains(Field(&io::FileFacts::path, folder_ / name)));
  }
  EXPECT_EQ(refusal(inputs), "");
}

TEST_F(InputFilesOfAJob, MayNotChangeGoOrBeJoinedByOthers) {
  const InputFiles inputs = input_files(job());
  write("Z.DBF", "other");
  EXPECT_THAT(refusal(inputs), HasSubstr("Z.DBF: has changed"));
  std::filesystem::remove(folder_ / "Z.DBF");
  EXPECT_THAT(refusal(inputs), HasSubstr("Z.DBF: has gone"));

  const InputFiles again = input_files(job());
  write("unrelated.txt", "x");
  EXPECT_EQ(refusal(again), "");
  write("t_2019.tif.aux.xml", "x");
  EXPECT_THAT(refusal(again), HasSubstr("t_2019.tif.aux.xml: has appeared"));
}

TEST_F(InputFilesOfAJob, AreTheSameOnOtherRanks) {
  const InputFiles inputs = input_files(job());
  engine::ByteWriter out;
  put(out, inputs);
  const std::vector<std::byte> bytes = out.take();
  engine::ByteReader in(bytes);
  const InputFiles there = get_input_files(in);
  EXPECT_EQ(there.named, inputs.named);
  ASSERT_EQ(there.folders.size(), inputs.folders.size());
  write("t_2019.tif", "other");
  EXPECT_THAT(refusal(there), HasSubstr("t_2019.tif: has changed"));
}

TEST_F(InputFilesOfAJob, OfAnArchiveAreTheArchive) {
  write("a.zip", "zip");
  Job archived = job();
  archived.layers[0].path = "/vsizip/" + (folder_ / "a.zip") + "/t.tif";
  const InputFiles inputs = input_files(archived);
  EXPECT_THAT(inputs.files, Contains(Field(&io::FileFacts::path, folder_ / "a.zip")));
  write("a.zip", "other zip");
  EXPECT_THAT(refusal(inputs), HasSubstr("a.zip: has changed"));
}

TEST_F(InputFilesOfAJob, HashingEndsWhereItIsToldTo) {
  std::vector<io::FileFacts> files = input_files(job()).files;
  add_content_hashes(files, {});
  for (const io::FileFacts& file : files) EXPECT_THAT(file.content, HasSubstr("xxh3:"));
  files = input_files(job()).files;
  EXPECT_THROW(add_content_hashes(files, [] { throw engine::Error("stop"); }), engine::Error);
}

}  // namespace
}  // namespace cnci::jobs
