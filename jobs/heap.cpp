#include "jobs/heap.h"

#include <algorithm>

#ifdef __GLIBC__  // known once a header of the library is read
#include <malloc.h>
#endif

namespace cnci::jobs {

void share_heap([[maybe_unused]] int computing_threads) {
#ifdef __GLIBC__
  ::mallopt(M_ARENA_MAX, std::max(1, computing_threads));
#endif
}

void give_freed_memory_back() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

}  // namespace cnci::jobs
