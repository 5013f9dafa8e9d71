// 128-bit integers: exact sums of products that 64 bits cannot hold.
#pragma once

namespace cnci::engine {

__extension__ using Int128 = __int128;

}  // namespace cnci::engine
