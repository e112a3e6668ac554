// SPDX-License-Identifier: MIT
#include "framework/distributed/time_limit.h"

#include <algorithm>
#include <cstdlib>

namespace irmae::distributed {

namespace {

using namespace std::chrono_literals;

}  // namespace

bool TimeLimit::lasts() {
  const auto now = std::chrono::steady_clock::now();
  left_ -= std::min(std::chrono::duration_cast<std::chrono::milliseconds>(now - last_), 1000ms);
  last_ = now;
  return left_ > 0ms;
}

PollingThread::PollingThread(std::function<void()> look) : look_(std::move(look)), thread_([this] { watch(); }) {}

PollingThread::~PollingThread() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void PollingThread::watch() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, 100ms, [this] { return over_; })) look_();
}

void end_process_after(std::chrono::milliseconds limit, int status) {
  std::thread([limit, status] {
    std::this_thread::sleep_for(limit);
    std::_Exit(status);
  }).detach();
}

}  // namespace irmae::distributed
