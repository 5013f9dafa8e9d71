// main of the collective tests: every rank runs every test, and a failure on any rank fails the
// program.
#include <gtest/gtest.h>

#include "engine/mpi.h"

int main(int argc, char** argv) {
  const cnci::engine::Mpi mpi(argc, argv);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
