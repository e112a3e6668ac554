// SPDX-License-Identifier: MIT
// One thread that makes calls in the order in which they were asked for.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace irmae::distributed {

class Worker {
 public:
  using Call = std::function<void()>;

  struct Job {
    Call call;
    std::string what;
    bool done = false;
    std::exception_ptr failure;
  };

  Worker() : thread_([this] { loop(); }) {}
  /// Waits until the queue is empty.
  ~Worker();
  Worker(const Worker&) = delete;

  std::shared_ptr<Job> start(std::string what, Call call);
  /// Waits until the job is done. False when it is not within `time`. Throws what the call threw.
  bool wait(Job& job, std::chrono::milliseconds time);

 private:
  void loop();

  std::mutex mutex_;
  std::condition_variable wake_, finished_;
  std::deque<std::shared_ptr<Job>> queue_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace irmae::distributed
