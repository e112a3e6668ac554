// SPDX-License-Identifier: MIT
#include "framework/distributed/nccl/nccl_communicator.h"

#include <ATen/cuda/CUDAEvent.h>
#include <c10/cuda/CUDAGraphsC10Utils.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <fmt/format.h>
#include <nccl.h>

#include <atomic>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "framework/distributed/gpu.h"
#include "framework/distributed/nccl/device.h"
#include "framework/distributed/phase.h"
#include "framework/distributed/time_limit.h"
#include "framework/distributed/watchdog.h"
#include "storage/error.h"
#include "storage/tell.h"

namespace irmae::distributed {

namespace {

void check_nccl(ncclResult_t code, ncclComm_t communicator, const std::string& what) {
  if (code == ncclSuccess || code == ncclInProgress) return;
  throw Error(fmt::format("NCCL failed in {}: {} ({})", what, ncclGetErrorString(code), ncclGetLastError(communicator)));
}

ncclDataType_t type_of(const torch::Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case torch::kFloat32:
      return ncclFloat32;
    case torch::kFloat64:
      return ncclFloat64;
    case torch::kInt64:
      return ncclInt64;
    case torch::kUInt8:
      return ncclUint8;
    default:
      throw std::logic_error("a tensor of this type cannot be sent through NCCL");
  }
}

/// Ends the process when an operation on the device does not end: the host never waits for one itself.
class DeviceWatchdog {
 public:
  DeviceWatchdog(ncclComm_t communicator, int device, int rank, std::chrono::seconds limit)
      : communicator_(communicator), device_(device), rank_(rank), limit_(limit), thread_([this] { loop(); }) {}

  ~DeviceWatchdog() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

  void watch(std::shared_ptr<at::cuda::CUDAEvent> event, std::string what) {
    const std::lock_guard lock(mutex_);
    pending_.push_back({std::move(event), std::move(what), TimeLimit(limit_)});
  }

  /// Between the two the host is in a call of NCCL's. The first collective of a kind waits there for the other ranks.
  void call_begins(std::string what) {
    const std::lock_guard lock(mutex_);
    call_.emplace(nullptr, std::move(what), TimeLimit(limit_));
  }
  void call_ends() {
    const std::lock_guard lock(mutex_);
    call_.reset();
  }

 private:
  struct Pending {
    std::shared_ptr<at::cuda::CUDAEvent> event;
    std::string what;
    TimeLimit left;
  };

  void loop() {
    const c10::cuda::CUDAGuard guard(static_cast<c10::DeviceIndex>(device_));  // or a look makes a context on the first GPU
    std::unique_lock lock(mutex_);
    while (!ending_) {
      wake_.wait_for(lock, std::chrono::milliseconds(200));
      forget_what_ended();
      ncclResult_t state = ncclSuccess;
      ncclCommGetAsyncError(communicator_, &state);
      const std::string what = pending_.empty() ? "between steps" : pending_.front().what;
      if (state != ncclSuccess && state != ncclInProgress)  // mostly a peer that has gone
        give_up(fmt::format("{}: {}", what, ncclGetErrorString(state)), kTryAgain);
      if (!pending_.empty()) give_up_after(pending_.front());
      if (call_) give_up_after(*call_);
    }
  }

  void give_up_after(Pending& operation) const {
    if (!operation.left.lasts())
      give_up(fmt::format("{} did not end within {} s: another rank is dead or hangs", operation.what, limit_.count()),
              kTryAgain);
  }

  void forget_what_ended() {
    try {
      while (!pending_.empty() && pending_.front().event->query()) {
        pending_.pop_front();
        // The host runs ahead: an operation's own time begins when the one before it has ended.
        if (!pending_.empty()) pending_.front().left = TimeLimit(limit_);
      }
    } catch (const std::exception& error) {  // a fault of the device: any call may be the one that hears of it
      const std::string why = error.what();
      give_up(fmt::format("{}: {}", pending_.front().what, why.substr(0, why.find('\n'))), 1);
    }
  }

  [[noreturn]] void give_up(const std::string& why, int status) const {
    // ncclCommAbort is known to hang on a dead peer: leave without it; the launcher ends the other ranks.
    storage::tell("irmae: {}: {}; start the same command again: it goes on from the last checkpoint\n", place_of(rank_), why);
    std::fflush(nullptr);
    std::_Exit(status);
  }

  ncclComm_t communicator_;
  int device_, rank_;
  std::chrono::seconds limit_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Pending> pending_;
  std::optional<Pending> call_;  ///< without an event
  bool ending_ = false;
  std::thread thread_;
};

class NcclCommunicator final : public Communicator {
 public:
  NcclCommunicator(Communicator& host, int device, std::chrono::seconds limit)
      : host_(host),
        device_(device),
        limit_(limit),
        stream_(c10::cuda::getStreamFromPool(/*isHighPriority=*/true, static_cast<c10::DeviceIndex>(device))) {
    rank_ = host.rank(), size_ = host.size(), local_rank_ = host.local_rank(), local_size_ = host.local_size();
    world_rank_ = host.world_rank();
    refuse_shared_gpu(host_, device_identity(device_));
    torch::Tensor bytes = torch::zeros({static_cast<std::int64_t>(sizeof(ncclUniqueId))}, torch::kUInt8);
    ncclUniqueId id;
    if (root()) {
      check_nccl(ncclGetUniqueId(&id), nullptr, "ncclGetUniqueId");
      std::memcpy(bytes.data_ptr(), &id, sizeof id);
    }
    host.broadcast(bytes, "broadcast of NCCL's id");
    std::memcpy(&id, bytes.data_ptr(), sizeof id);
    const c10::cuda::CUDAGuard guard(static_cast<c10::DeviceIndex>(device));
    {
      const Watched watched(world_rank_, "start of NCCL", limit_);
      check_nccl(ncclCommInitRank(&communicator_, size_, id, rank_), nullptr, "ncclCommInitRank");
    }
    watchdog_ = std::make_unique<DeviceWatchdog>(communicator_, device_, world_rank_, limit_);
  }

  ~NcclCommunicator() override {
    watchdog_.reset();
    const Watched watched(world_rank_, "end of NCCL", limit_);  // it waits for the other ranks
    ncclCommDestroy(communicator_);
  }

  std::string name() const override { return "nccl"; }

  std::shared_ptr<Work> all_reduce(const torch::Tensor& tensor, std::string what) override {
    if (tensor.is_cpu()) return host_.all_reduce(tensor, std::move(what));
    return on_stream(tensor, what, [&] {
      return ncclAllReduce(tensor.data_ptr(), tensor.data_ptr(), static_cast<std::size_t>(tensor.numel()), type_of(tensor),
                           ncclSum, communicator_, stream_.stream());
    });
  }

  void broadcast(const torch::Tensor& tensor, std::string what) override {
    if (tensor.is_cpu()) return host_.broadcast(tensor, std::move(what));
    on_stream(tensor, what, [&] {
      return ncclBroadcast(tensor.data_ptr(), tensor.data_ptr(), static_cast<std::size_t>(tensor.numel()), type_of(tensor), 0,
                           communicator_, stream_.stream());
    })->wait();
  }

  void watch(std::string what) override {
    auto given = std::make_shared<at::cuda::CUDAEvent>();
    given->record(c10::cuda::getCurrentCUDAStream(static_cast<c10::DeviceIndex>(device_)));
    watchdog_->watch(std::move(given), std::move(what));
  }

  torch::Tensor gather_rows(const torch::Tensor& rows, std::string what) override {
    return host_.gather_rows(rows.to(torch::kCPU), std::move(what));
  }

 private:
  class NcclWork final : public Work {
   public:
    explicit NcclWork(std::shared_ptr<at::cuda::CUDAEvent> done) : done_(std::move(done)) {}
    void wait() override { done_->block(c10::cuda::getCurrentCUDAStream()); }

   private:
    std::shared_ptr<at::cuda::CUDAEvent> done_;
  };

  /// Starts `call` on the communication stream after all that the current stream has been given so far.
  template <class Call>
  std::shared_ptr<Work> on_stream(const torch::Tensor& tensor, const std::string& what, Call call) {
    at::cuda::CUDAEvent ready;
    ready.record(c10::cuda::getCurrentCUDAStream(static_cast<c10::DeviceIndex>(device_)));
    ready.block(stream_);
    watchdog_->call_begins(what);
    const ncclResult_t code = call();
    watchdog_->call_ends();
    check_nccl(code, communicator_, what);
    auto done = std::make_shared<at::cuda::CUDAEvent>();
    done->record(stream_);
    // What is recorded is not executed yet: whoever replays it asks for the watch, and owns the tensors.
    if (c10::cuda::currentStreamCaptureStatusMayInitCtx() == c10::cuda::CaptureStatus::None) {
      tensor.record_stream(stream_);
      watchdog_->watch(done, what);
    }
    return std::make_shared<NcclWork>(std::move(done));
  }

  Communicator& host_;
  int device_;
  std::chrono::seconds limit_;
  c10::cuda::CUDAStream stream_;
  ncclComm_t communicator_ = nullptr;
  std::unique_ptr<DeviceWatchdog> watchdog_;
};

}  // namespace

std::unique_ptr<Communicator> make_nccl(Communicator& host, int device, std::chrono::seconds limit) {
  return std::make_unique<NcclCommunicator>(host, device, limit);
}

}  // namespace irmae::distributed
