#include "io/block_cache.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace cnci::io {

std::uint64_t BlockCache::open_file(const std::string& name) {
  const std::lock_guard lock(mutex_);
  auto file = std::ranges::find_if(
      files_, [&name](const auto& numbered) { return numbered.second.name == name; });
  if (file == files_.end()) file = files_.emplace(next_file_++, OpenFile{name, 0}).first;
  ++file->second.holders;
  return file->first;
}

void BlockCache::close_file(std::uint64_t file) {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(file);
  if (found == files_.end() || --found->second.holders > 0) return;
  files_.erase(found);
  drop_blocks_of(file);
}

BlockCache::BlockPtr BlockCache::find(const Key& key) {
  const std::lock_guard lock(mutex_);
  const auto found = places_.find(key);
  if (found == places_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->block;
}

bool BlockCache::holds(const Key& key) const {
  const std::lock_guard lock(mutex_);
  return places_.contains(key);
}

BlockCache::BlockPtr BlockCache::insert(const Key& key, BlockPtr block) {
  const std::lock_guard lock(mutex_);
  const auto found = places_.find(key);
  if (found != places_.end()) return found->second->block;
  bytes_ += block->bytes().size();
  entries_.push_front({key, std::move(block)});
  places_.emplace(key, entries_.begin());
  drop_surplus();
  return entries_.front().block;
}

void BlockCache::raise_most_bytes(std::size_t most_bytes) {
  const std::lock_guard lock(mutex_);
  most_bytes_ = std::max(most_bytes_, most_bytes);
}

void BlockCache::drop_surplus() {
  while (bytes_ > most_bytes_ && entries_.size() > 1) drop(std::prev(entries_.end()));
}

void BlockCache::drop_blocks_of(std::uint64_t file) {
  const Key first{file, 0, std::numeric_limits<std::int64_t>::min()};
  for (auto place = places_.lower_bound(first);
       place != places_.end() && place->first.file == file;) {
    const Entries::iterator entry = (place++)->second;
    drop(entry);
  }
}

void BlockCache::clear() {
  const std::lock_guard lock(mutex_);
  places_.clear();
  entries_.clear();
  bytes_ = 0;
}

std::size_t BlockCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

void BlockCache::drop(Entries::iterator entry) {
  bytes_ -= entry->block->bytes().size();
  places_.erase(entry->key);
  entries_.erase(entry);
}

}  // namespace cnci::io
