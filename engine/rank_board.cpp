#include "engine/rank_board.h"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <utility>

#include "engine/text.h"

namespace cnci::engine {

RankBoard::RankBoard(std::vector<std::string> hosts, std::function<Clock::time_point()> now)
    : now_(std::move(now)), start_(now_()) {
  for (std::string& host : hosts) {
    ranks_.emplace_back();
    ranks_.back().host = std::move(host);
  }
}

void RankBoard::granted(int rank, std::span<const std::uint32_t> tiles) {
  for (const std::uint32_t tile : tiles) held_[tile] = {rank, grants_++, now_()};
}

void RankBoard::computed(std::uint32_t tile, std::uint64_t cells) {
  const auto held = held_.find(tile);
  if (held != held_.end()) rank_of(held->second.rank).cells += cells;
}

RankBoard::Rank* RankBoard::take(std::uint32_t tile) {
  const auto held = held_.find(tile);
  if (held == held_.end()) return nullptr;
  Rank& rank = rank_of(held->second.rank);
  held_.erase(held);
  return &rank;
}

void RankBoard::finished(std::uint32_t tile) {
  if (Rank* rank = take(tile)) ++rank->finished;
}

void RankBoard::failed(std::uint32_t tile) {
  if (Rank* rank = take(tile)) ++rank->failed;
}

void RankBoard::returned(int rank, std::size_t count) {
  for (; count > 0; --count) {
    auto last = held_.end();
    for (auto it = held_.begin(); it != held_.end(); ++it) {
      if (it->second.rank != rank) continue;
      if (last == held_.end() || it->second.order > last->second.order) last = it;
    }
    if (last == held_.end()) return;
    held_.erase(last);
  }
}

std::vector<RankBoard::Rank> RankBoard::ranks() const {
  std::vector<Rank> ranks = ranks_;
  const Clock::time_point now = now_();
  std::vector<std::uint64_t> orders(ranks.size());
  for (const auto& [tile, held] : held_) {
    const auto at = static_cast<std::size_t>(held.rank);
    Rank& rank = ranks[at];
    ++rank.held;
    if (rank.oldest && orders[at] < held.order) continue;
    orders[at] = held.order;
    rank.oldest = tile;
    rank.held_s = std::chrono::duration<double>(now - held.since).count();
  }
  return ranks;
}

std::vector<std::string> RankBoard::lines() const {
  std::vector<std::string> lines;
  const double elapsed = std::chrono::duration<double>(now_() - start_).count();
  const std::vector<Rank> ranks = this->ranks();
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    const Rank& rank = ranks[i];
    std::array<char, 160> text{};
    std::snprintf(text.data(), text.size(), "rank %zu%s%.60s: %zu tiles, %.1f Mcell/s", i,
                  rank.host.empty() ? "" : " on ", rank.host.c_str(), rank.finished,
                  elapsed > 0 ? 1e-6 * static_cast<double>(rank.cells) / elapsed : 0.0);
    std::string line = text.data();
    if (rank.failed > 0) line += ", " + std::to_string(rank.failed) + " failed";
    if (rank.oldest) {
      line += ", holds tile " + std::to_string(*rank.oldest) + " for " + clock_text(rank.held_s);
      if (rank.held > 1) line += " and " + std::to_string(rank.held - 1) + " more";
    } else {
      line += ", idle";
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace cnci::engine
