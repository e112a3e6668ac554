// SPDX-License-Identifier: MIT
#include "framework/distributed/cuda/cuda_side_stream.h"

#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <cuda_runtime_api.h>

#include "framework/distributed/cuda/cuda_error.h"
#include "framework/distributed/cuda/device.h"

namespace irmae::distributed {

namespace {

/// A moment of one stream that another one waits for.
class Event {
 public:
  Event() { check(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming), "cudaEventCreateWithFlags"); }
  ~Event() { cudaEventDestroy(event_); }
  Event(const Event&) = delete;

  void pass(cudaStream_t from, cudaStream_t to) {
    check(cudaEventRecord(event_, from), "cudaEventRecord");
    check(cudaStreamWaitEvent(to, event_, 0), "cudaStreamWaitEvent");
  }

 private:
  cudaEvent_t event_ = nullptr;
};

class CudaSideStream final : public SideStream {
 public:
  CudaSideStream() : stream_(own_stream(c10::cuda::current_device(), Urgency::when_idle)) {}
  ~CudaSideStream() override { cudaStreamDestroy(stream_.stream()); }

  void start(const std::function<void()>& work) override {
    begun_.pass(c10::cuda::getCurrentCUDAStream(), stream_);
    const c10::cuda::CUDAStreamGuard here(stream_);
    work();
  }

  void join() override { done_.pass(stream_, c10::cuda::getCurrentCUDAStream()); }

 private:
  c10::cuda::CUDAStream stream_;
  Event begun_, done_;
};

}  // namespace

std::unique_ptr<SideStream> make_cuda_side_stream() { return std::make_unique<CudaSideStream>(); }

}  // namespace irmae::distributed
