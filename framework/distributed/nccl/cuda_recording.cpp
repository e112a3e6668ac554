// SPDX-License-Identifier: MIT
#include "framework/distributed/nccl/cuda_recording.h"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <mutex>

#include "framework/distributed/nccl/cuda_error.h"
#include "storage/error.h"

namespace irmae::distributed {

namespace {

/// One recording is made, or thrown away, at a time: LibTorch's random generator keeps a list of all graphs, and cells that
/// share a GPU share autograd's thread for it.
std::mutex& one_at_a_time() {
  static std::mutex mutex;
  return mutex;
}

class CudaRecording final : public Recording {
 public:
  ~CudaRecording() override {
    const std::lock_guard lock(one_at_a_time());
    graph_.reset();
  }

  void record(const std::function<void()>& work) override {
    const std::lock_guard lock(one_at_a_time());
    const at::MempoolId_t pool = at::cuda::graph_pool_handle();
    graph_ = std::make_unique<at::cuda::CUDAGraph>();
    // Of this thread alone: the watchdog of NCCL asks for the state of events meanwhile, and autograd has a thread of its own.
    graph_->capture_begin(pool, cudaStreamCaptureModeThreadLocal);
    try {
      work();
    } catch (...) {
      try {
        graph_->capture_end();
      } catch (const std::exception&) {
        // The capture is over and invalid: `work` said why. LibTorch leaves its allocator as if it went on.
        try {
          c10::cuda::CUDACachingAllocator::endAllocateToPool(c10::cuda::current_device(), pool);
        } catch (const std::exception&) {
        }
      }
      throw;
    }
    graph_->capture_end();
  }

  // Not by CUDAGraph, which first has a word with the random generator: nothing here draws from it.
  void replay() override {
    check(cudaGraphLaunch(graph_->raw_cuda_graph_exec(), c10::cuda::getCurrentCUDAStream()), "cudaGraphLaunch");
  }

 private:
  std::unique_ptr<at::cuda::CUDAGraph> graph_;
};

}  // namespace

std::unique_ptr<Recording> make_cuda_recording() { return std::make_unique<CudaRecording>(); }

}  // namespace irmae::distributed
