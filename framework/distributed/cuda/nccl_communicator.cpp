// SPDX-License-Identifier: MIT
#include "framework/distributed/cuda/nccl_communicator.h"

#include <ATen/cuda/CUDAEvent.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGraphsC10Utils.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <fmt/format.h>
#include <nccl.h>

#include <cstring>
#include <utility>

#include "framework/distributed/cuda/device.h"
#include "framework/distributed/gpu.h"
#include "framework/distributed/mpi_communicator.h"
#include "framework/distributed/queue_watchdog.h"
#include "framework/distributed/time_limit.h"
#include "framework/distributed/watchdog.h"
#include "storage/error.h"

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

class NcclCommunicator final : public Communicator {
 public:
  NcclCommunicator(Communicator& host, int device, std::chrono::seconds limit)
      : host_(host),
        device_(device),
        limit_(limit),
        stream_(c10::cuda::getStreamFromPool(/*isHighPriority=*/true, static_cast<c10::DeviceIndex>(device))) {
    rank_ = host.rank(), size_ = host.size(), local_rank_ = host.local_rank(), local_size_ = host.local_size();
    world_rank_ = host.world_rank();
    refuse_one_bus(host_, device_bus(device_));
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
    watchdog_ = std::make_unique<QueueWatchdog>(
        world_rank_, limit_, [this] { return link_fault(); }, MpiSession::abort);
    looking_ = std::make_unique<PollingThread>([this, first = true]() mutable {
      if (std::exchange(first, false))
        c10::cuda::set_device(static_cast<c10::DeviceIndex>(device_));  // or a look makes a context on the first GPU
      watchdog_->look();
    });
  }

  ~NcclCommunicator() override {
    looking_.reset();
    watchdog_->look();
    const Watched watched(world_rank_, "end of NCCL", limit_);  // it waits for the other ranks
    ncclCommDestroy(communicator_);
  }

  std::string name() const override { return "nccl " + nccl_version(); }

  std::shared_ptr<Work> all_reduce(const torch::Tensor& tensor, std::string what) override {
    if (tensor.is_cpu()) return host_.all_reduce(tensor, std::move(what));
    return on_stream(tensor, what, [&](ncclDataType_t type) {
      return ncclAllReduce(tensor.data_ptr(), tensor.data_ptr(), static_cast<std::size_t>(tensor.numel()), type, ncclSum,
                           communicator_, stream_.stream());
    });
  }

  void broadcast(const torch::Tensor& tensor, std::string what) override {
    if (tensor.is_cpu()) return host_.broadcast(tensor, std::move(what));
    on_stream(tensor, what, [&](ncclDataType_t type) {
      return ncclBroadcast(tensor.data_ptr(), tensor.data_ptr(), static_cast<std::size_t>(tensor.numel()), type, 0,
                           communicator_, stream_.stream());
    })->wait();
  }

  void watch(std::string what) override {
    auto given = std::make_shared<at::cuda::CUDAEvent>();
    given->record(c10::cuda::getCurrentCUDAStream(static_cast<c10::DeviceIndex>(device_)));
    watchdog_->watch([given] { return given->query(); }, std::move(what));
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

  std::string link_fault() const {
    ncclResult_t state = ncclSuccess;
    ncclCommGetAsyncError(communicator_, &state);
    return state == ncclSuccess || state == ncclInProgress ? "" : ncclGetErrorString(state);
  }

  /// Starts `call`, of the tensor's type, on the communication stream after all that the current stream has been given so far.
  template <class Call>
  std::shared_ptr<Work> on_stream(const torch::Tensor& tensor, const std::string& what, Call call) {
    if (!tensor.is_contiguous()) throw std::logic_error("NCCL takes contiguous tensors only");
    const ncclDataType_t type = type_of(tensor);  // it may throw: not while the watchdog waits for the end of the call
    at::cuda::CUDAEvent ready;
    ready.record(c10::cuda::getCurrentCUDAStream(static_cast<c10::DeviceIndex>(device_)));
    ready.block(stream_);
    watchdog_->call_begins(what);
    const ncclResult_t code = call(type);
    watchdog_->call_ends();
    check_nccl(code, communicator_, what);
    auto done = std::make_shared<at::cuda::CUDAEvent>();
    done->record(stream_);
    // What is recorded is not executed yet: whoever replays it asks for the watch, and owns the tensors.
    if (c10::cuda::currentStreamCaptureStatusMayInitCtx() == c10::cuda::CaptureStatus::None) {
      tensor.record_stream(stream_);
      watchdog_->watch([done] { return done->query(); }, what);
    }
    return std::make_shared<NcclWork>(std::move(done));
  }

  Communicator& host_;
  int device_;
  std::chrono::seconds limit_;
  c10::cuda::CUDAStream stream_;
  ncclComm_t communicator_ = nullptr;
  std::unique_ptr<QueueWatchdog> watchdog_;
  std::unique_ptr<PollingThread> looking_;
};

}  // namespace

std::string nccl_version() {
  int version = 0;
  ncclGetVersion(&version);
  return fmt::format("{}.{}.{}", version / 10000, version / 100 % 100, version % 100);
}

std::unique_ptr<Communicator> make_nccl(Communicator& host, int device, std::chrono::seconds limit) {
  return std::make_unique<NcclCommunicator>(host, device, limit);
}

}  // namespace irmae::distributed
