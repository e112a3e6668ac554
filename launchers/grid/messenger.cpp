// SPDX-License-Identifier: MIT
#include "launchers/grid/messenger.h"

#include <chrono>
#include <utility>

namespace irmae::launchers {

Messenger::Messenger(Ask ask, std::function<void()> halt) : ask_(std::move(ask)), halt_(std::move(halt)) {}

void Messenger::tell(message::Question::What what) {
  rethrow();
  last_ = worker_.start("what rank 0 is told", [this, what = std::move(what)] {
    try {
      if (std::holds_alternative<message::Halt>(ask_(what))) halt_();
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
    }
  });
}

void Messenger::finish() {
  // Not for ever: the question has a time limit of its own.
  while (last_ && !worker_.wait(*last_, std::chrono::seconds(1))) {
  }
  rethrow();
}

void Messenger::rethrow() {
  const std::lock_guard lock(mutex_);
  if (failure_) std::rethrow_exception(failure_);
}

}  // namespace irmae::launchers
