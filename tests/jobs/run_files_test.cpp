#include "jobs/run_files.h"

#include <gtest/gtest.h>

namespace cnci::jobs {
namespace {

TEST(RunFiles, ResultsAreTablesAndCubesAndWhatLiesBesideThem) {
  for (const char* name : {"zones.csv", "zones.gpkg", "profile.csv", "cube.nc", "cube_2019.nc",
                           "cube_850.nc", "cube.nc.aux.xml", "cube_2019.nc.aux.xml"}) {
    EXPECT_TRUE(is_result(name)) << name;
  }
  for (const char* name : {"", "cube", "cube_.nc", "cube_x.nc", "cube_2019.nc.bak", "my_cube.nc",
                           "zones.csv.aux.xml", "zones2.csv", "run.json", ".aux.xml"}) {
    EXPECT_FALSE(is_result(name)) << name;
  }
}

TEST(RunFiles, TheStoreHoldsTilesTheirIdentityAndFilesThatAreBeingWritten) {
  for (const char* name :
       {"identity.json", "tile_000001.h5", "tile_7.h5", ".started_over", ".nfs0000001"}) {
    EXPECT_TRUE(is_of_store(name)) << name;
  }
  for (const char* name : {"", "tile_.h5", "tile_a.h5", "tile_1.h5.bak", "notes.txt", "cube.nc",
                           "identity.json.bak", "zones.csv"}) {
    EXPECT_FALSE(is_of_store(name)) << name;
  }
}

TEST(RunFiles, UnfinishedAreResultsTheMarkAndJournals) {
  for (const char* name :
       {"run.json", "zones.gpkg", "zones.gpkg-journal", "zones.gpkg-wal", "cube.nc", ".nfs01"}) {
    EXPECT_TRUE(is_unfinished(name)) << name;
  }
  for (const char* name : {"", "notes.txt", "run.json.bak", "zones.csv-journal", "tile_1.h5"}) {
    EXPECT_FALSE(is_unfinished(name)) << name;
  }
}

}  // namespace
}  // namespace cnci::jobs
