// SPDX-License-Identifier: MIT
#include "framework/distributed/cuda/cuda_recording.h"

#include <ATen/core/CachingHostAllocator.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>

#include "framework/distributed/cuda/cuda_error.h"
#include "storage/error.h"

namespace irmae::distributed {

namespace {

/// A graph whose recording may fail. LibTorch's allocators, of the device and of pinned memory, then take the recording to go
/// on, and keep its pool for ever: it releases only those of graphs that were ended.
class Graph final : public at::cuda::CUDAGraph {
 public:
  /// Throws where the recording is invalid, and leaves nothing of it behind.
  void end(at::MempoolId_t pool) {
    try {
      capture_end();
    } catch (...) {
      if (!capture_ended_) release(pool);
      throw;
    }
  }

 private:
  static void release(at::MempoolId_t pool) {
    const c10::DeviceIndex device = c10::cuda::current_device();
    at::HostAllocator& host = *at::getHostAllocator(at::kCUDA);
    const auto attempt = [](const auto& step) {  // LibTorch may have come to some of them
      try {
        step();
      } catch (const std::exception&) {
      }
    };
    attempt([&] { c10::cuda::CUDACachingAllocator::endAllocateToPool(device, pool); });
    attempt([&] { host.end_allocate_to_pool(pool); });
    attempt([&] { c10::cuda::CUDACachingAllocator::releasePool(device, pool); });
    attempt([&] { host.release_pool(pool); });
  }
};

class CudaRecording final : public Recording {
 public:
  ~CudaRecording() override {
    const std::lock_guard lock(one_at_a_time());
    graph_.reset();
  }

  void record(const std::function<void()>& work) override {
    const std::lock_guard lock(one_at_a_time());
    try {
      return record_once(work);
    } catch (const c10::OutOfMemoryError&) {
      // While a recording goes on, the allocator cannot give back what it keeps of memory for others: now it can.
    }
    c10::cuda::CUDACachingAllocator::emptyCache();
    record_once(work);
  }

  // Not by CUDAGraph, which first has a word with the random generator: nothing here draws from it.
  void replay() override {
    check(cudaGraphLaunch(graph_->raw_cuda_graph_exec(), c10::cuda::getCurrentCUDAStream()), "cudaGraphLaunch");
  }

 private:
  void record_once(const std::function<void()>& work) {
    const at::MempoolId_t pool = at::cuda::graph_pool_handle();
    graph_ = std::make_unique<Graph>();
    try {
      // Of this thread alone: NCCL's watchdog asks for the state of events meanwhile, and autograd has a thread of its own.
      graph_->capture_begin(pool, cudaStreamCaptureModeThreadLocal);
      work();
    } catch (...) {
      try {
        graph_->end(pool);
      } catch (const std::exception&) {  // the recording is invalid: what was thrown before says why
      }
      graph_.reset();      // and its memory
      cudaGetLastError();  // it is dealt with: the next one to look would take it for its own
      throw;
    }
    graph_->end(pool);
    // What the first launch would do, and may have no memory for: here it still counts as a failed recording. Not as one that
    // record() tries again: several ranks' collectives are in it, which they record together, once.
    try {
      check(cudaGraphUpload(graph_->raw_cuda_graph_exec(), c10::cuda::getCurrentCUDAStream()), "cudaGraphUpload");
    } catch (const c10::OutOfMemoryError& error) {
      throw Error(message_of(error));
    }
  }

  std::unique_ptr<Graph> graph_;
};

}  // namespace

std::mutex& one_at_a_time() {
  static std::mutex mutex;
  return mutex;
}

std::unique_ptr<Recording> make_cuda_recording() { return std::make_unique<CudaRecording>(); }

void give_back_memory() {
  const std::lock_guard lock(one_at_a_time());
  c10::cuda::CUDACachingAllocator::emptyCache();
}

}  // namespace irmae::distributed
