// The other ranks' side of the schedule: asks rank 0 for tiles, reports what has become of them.
#pragma once

#include <mpi.h>

#include <atomic>

#include "engine/schedule.h"
#include "engine/schedule_mailbox.h"
#include "engine/schedule_message.h"
#include "engine/schedule_pace.h"
#include "engine/schedule_pool.h"

namespace cnci::engine {

class ScheduleWorker {
 public:
  ScheduleWorker(MPI_Comm comm, const std::atomic<bool>* stop) : mailbox_(comm), stop_(stop) {}

  /// Works until rank 0 ends it.
  [[nodiscard]] ScheduleOutcome run(TilePool& pool);
  /// What every rank has to throw; empty where all went well.
  [[nodiscard]] const std::string& error() const { return end_.error; }

 private:
  [[nodiscard]] bool report_news(TilePool& pool);
  void sleep(TilePool& pool);
  void send(RankReport report);
  [[nodiscard]] bool obey(TilePool& pool);
  void obey(TilePool& pool, const Orders& orders);

  Mailbox mailbox_;
  const std::atomic<bool>* stop_;
  Orders::Supply supply_ = Orders::Supply::kPlenty;
  Orders end_;
  bool ended_ = false;
  bool awaiting_ = false;  ///< has asked, no answer yet
  Pace pace_;
  bool said_started_ = false;
  bool said_stop_ = false;
};

}  // namespace cnci::engine
