// SPDX-License-Identifier: MIT
#include "framework/distributed/worker.h"

namespace irmae::distributed {

Worker::~Worker() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

std::shared_ptr<Worker::Job> Worker::start(std::string what, Call call) {
  auto job = std::make_shared<Job>(Job{std::move(call), std::move(what), false, nullptr});
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(job);
  }
  wake_.notify_all();
  return job;
}

bool Worker::wait(Job& job, std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  const bool done = finished_.wait_for(lock, time, [&] { return job.done; });
  if (done && job.failure) std::rethrow_exception(job.failure);
  return done;
}

void Worker::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    if (queue_.empty()) return;
    const std::shared_ptr<Job> job = queue_.front();
    queue_.pop_front();
    lock.unlock();
    try {
      job->call();
    } catch (...) {
      job->failure = std::current_exception();
    }
    job->call = nullptr;
    lock.lock();
    job->done = true;
    finished_.notify_all();
  }
}

}  // namespace irmae::distributed
