// The C library's heap, where it says how it is to be used; elsewhere nothing is done.
#pragma once

namespace cnci::jobs {

/// One arena for each computing thread, the first with the main thread: what the main thread has
/// freed is taken by the tiles, and the other way round. What a tile frees, the next one takes:
/// pages that go back to the system between them come again one by one. To be called before threads
/// are started.
void share_heap(int computing_threads);

/// What a phase has freed stays with the process otherwise.
void give_freed_memory_back();

}  // namespace cnci::jobs
