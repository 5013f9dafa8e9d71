#include "jobs/heap.h"

#include <algorithm>

#ifdef __GLIBC__  // known once a header of the library is read
#include <malloc.h>
#endif

namespace cnci::jobs {

void share_heap([[maybe_unused]] int computing_threads) {
#ifdef __GLIBC__
  constexpr int kMostFromHeap = 32 << 20;  // the library allows no more
  constexpr int kKeptAtItsEnd = 64 << 20;
  ::mallopt(M_ARENA_MAX, std::max(1, computing_threads));
  ::mallopt(M_MMAP_THRESHOLD, kMostFromHeap);
  ::mallopt(M_TRIM_THRESHOLD, kKeptAtItsEnd);
#endif
}

void give_freed_memory_back() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

}  // namespace cnci::jobs
