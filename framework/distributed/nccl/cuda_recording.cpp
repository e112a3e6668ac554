// SPDX-License-Identifier: MIT
#include "framework/distributed/nccl/cuda_recording.h"

#include <ATen/cuda/CUDAGraph.h>

#include <mutex>

namespace irmae::distributed {

namespace {

class CudaRecording final : public Recording {
 public:
  void record(const std::function<void()>& work) override {
    // One at a time: cells that share a GPU share autograd's thread for it too.
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    // Of this thread alone: the watchdog of NCCL asks for the state of events meanwhile, and autograd has a thread of its own.
    graph_.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
    try {
      work();
    } catch (...) {
      try {
        graph_.capture_end();
      } catch (const std::exception&) {
        // The capture is over and invalid: `work` said why.
      }
      throw;
    }
    graph_.capture_end();
  }

  void replay() override { graph_.replay(); }

 private:
  at::cuda::CUDAGraph graph_;
};

}  // namespace

std::unique_ptr<Recording> make_cuda_recording() { return std::make_unique<CudaRecording>(); }

}  // namespace irmae::distributed
