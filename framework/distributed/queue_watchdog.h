// SPDX-License-Identifier: MIT
// The watchdog of a device's queue: the host gives the device much to do and never waits for it itself, so that a rank that
// died or hangs shows as an entry that does not end. What the entries and the link to the other ranks are is asked through
// functions: nothing here is of one kind of device.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "framework/distributed/phase.h"
#include "framework/distributed/time_limit.h"
#include "storage/error.h"
#include "storage/text/first_line.h"

namespace irmae::distributed {

class QueueWatchdog {
 public:
  /// A watchdog of a queue with nothing in it. rank: among all ranks, for messages. limit: for each entry and call. link_fault:
  /// what is wrong with the link to the other ranks, mostly that one has gone; empty: nothing. end_all: ends all ranks with a
  /// status, and this one in any case.
  QueueWatchdog(int rank, std::chrono::milliseconds limit, std::function<std::string()> link_fault,
                std::function<void(int)> end_all)
      : rank_(rank), limit_(limit), link_fault_(std::move(link_fault)), end_all_(std::move(end_all)) {}

  /// Watches the newest entry of the queue. ended: whether the device has come to its end; throws what the device failed by.
  /// what: the entry, for messages.
  void watch(std::function<bool()> ended, std::string what) {
    const std::lock_guard lock(mutex_);
    pending_.push_back({std::move(ended), std::move(what), TimeLimit(limit_)});
  }

  /// Watches a call of the host's own, from its beginning to call_ends(). The first collective of a kind waits there for the
  /// other ranks.
  void call_begins(std::string what) {
    const std::lock_guard lock(mutex_);
    call_.emplace(nullptr, std::move(what), TimeLimit(limit_));
  }
  void call_ends() {
    const std::lock_guard lock(mutex_);
    call_.reset();
  }

  /// Looks at the queue, the link and the call; to be called several times a second. Ends the process when the limit has
  /// passed, and after a fault.
  void look() {
    const std::lock_guard lock(mutex_);
    forget_what_ended();
    if (const std::string fault = link_fault_(); !fault.empty())
      give_up(fmt::format("{}: {}", pending_.empty() ? "between steps" : pending_.front().what, fault));
    if (!pending_.empty()) give_up_after(pending_.front());
    if (call_) give_up_after(*call_);
  }

 private:
  struct Pending {
    std::function<bool()> ended;  ///< null: somebody else says so
    std::string what;
    TimeLimit left;
  };

  void give_up_after(Pending& operation) const {
    if (operation.left.lasts()) return;
    tell_of_time_out(rank_, operation.what, limit_);
    end_all_(kTryAgain);
  }

  void forget_what_ended() {
    try {
      while (!pending_.empty() && pending_.front().ended()) {
        pending_.pop_front();
        // The host runs ahead: an operation's own time begins when the one before it has ended.
        if (!pending_.empty()) pending_.front().left = TimeLimit(limit_);
      }
    } catch (const std::exception& error) {  // a fault of the device: any call may be the one that hears of it
      give_up(fmt::format("{}: {}", pending_.front().what, storage::first_line(error.what())));
    }
  }

  /// Without giving the link or the device back in order, which may hang where another rank is dead. Not by this process's end
  /// alone: srun takes that for a rank that was killed, and gives another status.
  void give_up(const std::string& why) const {
    tell_to_start_again(rank_, why);
    end_all_(kTryAgain);
  }

  int rank_;
  std::chrono::milliseconds limit_;
  std::function<std::string()> link_fault_;
  std::function<void(int)> end_all_;
  std::mutex mutex_;
  std::deque<Pending> pending_;
  std::optional<Pending> call_;
};

}  // namespace irmae::distributed
