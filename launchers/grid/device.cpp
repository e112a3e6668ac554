// SPDX-License-Identifier: MIT
#include "launchers/grid/device.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <exception>

#include "framework/cost/threads.h"
#include "framework/distributed/gpu.h"
#include "framework/kernels/functions.h"
#include "framework/models/precision.h"
#include "framework/training/arithmetic.h"
#include "framework/usable_cores.h"
#include "launchers/grid/gpu_share.h"
#include "storage/error.h"

namespace irmae::launchers {

Neighbours neighbours_of(const distributed::MpiSession* session) {
  if (!session) return {};
  return {session->local_rank(), session->local_size()};
}

namespace {

int cores_of_rank(Neighbours neighbours) {
  // Asked once: LibTorch's own threads may narrow the mask later.
  static const int cores = usable_cores();
  // Ranks bound to cores of their own see only those; ranks that share a mask share its cores.
  return std::max(1, cores / neighbours.count);
}

}  // namespace

void set_threads(const manifest::Cell& cell, const models::Shape& shape, Neighbours neighbours) {
  at::set_num_threads(cost::threads_of(cell, shape, cores_of_rank(neighbours)));
}

void set_threads(const manifest::Cell& cell, Neighbours neighbours) {
  at::set_num_threads(cost::threads_of(cell, cores_of_rank(neighbours)));
}

std::string use_own_kernels(const distributed::GpuPlugin& gpu, int index, const std::vector<kernels::Arithmetic>& arithmetics) {
  if (kernels::instruction_set() == "libtorch") return "libtorch, as IRMAE_KERNELS says";
  for (const kernels::Arithmetic arithmetic : arithmetics) {
    std::string reason;
    const kernels::DeviceKernels* const own = gpu.own_kernels(index, arithmetic, &reason);
    kernels::use_device_kernels(arithmetic, own);
    if (!own) return "libtorch: " + reason;
  }
  return "own";
}

namespace {

std::string kernels_of(const manifest::Cell& cell, const distributed::GpuPlugin& gpu, int index) {
  if (models::storage_precision(cell) == torch::kFloat64) return "libtorch, for float64";
  return use_own_kernels(gpu, index, {kernels::Arithmetic::float32, training::arithmetic_of(cell)});
}

/// Of this rank alone. Throws UsageError.
Device device_of(const manifest::Cell& cell, bool with_others, Neighbours neighbours) {
  const std::string& wanted = cell.text("train.device");
  const auto cpu = [] { return Device{.kernels = kernels::instruction_set()}; };
  if (wanted == "cpu") return cpu();
  std::string reason;
  const int count = distributed::gpu_count(&reason);
  if (count == 0) {
    if (wanted == "auto") return cpu();
    throw UsageError("train.device = \"cuda\", but there is no GPU to use: " + reason);
  }
  const distributed::GpuPlugin* gpu = distributed::load_gpu_plugin();
  const auto [index, shared] = gpu_for(neighbours, count, with_others);
  gpu->select_device(index);
  Device chosen{{.device = torch::Device(torch::kCUDA, static_cast<c10::DeviceIndex>(index)), .in_blocks = true},
                gpu->device_name(index),
                kernels_of(cell, *gpu, index)};
  if (cell.flag("train.recorded")) chosen.place.recording = gpu->make_recording;
  chosen.place.beside = gpu->make_side_stream;
  chosen.place.shared = shared;
  return chosen;
}

/// A cell that one of its ranks has no device for is none that the others can train: all go on to the next one.
void share(const std::exception_ptr& failure, distributed::Communicator& host) {
  host.share_failure(failure, "choice of a device");
}

}  // namespace

Device choose_device(const manifest::Cell& cell, distributed::Communicator& host, Neighbours neighbours) {
  Device chosen;
  std::exception_ptr failure;
  try {
    chosen = device_of(cell, host.size() > 1, neighbours);
    training::check_arithmetic(cell, chosen.place.device);
  } catch (const std::exception&) {
    failure = std::current_exception();
  }
  share(failure, host);
  distributed::refuse_mixed_devices(host, chosen.place.device.is_cuda());
  if (chosen.place.device.is_cuda() && host.size() > 1)
    chosen.communicator = distributed::load_gpu_plugin()->make_nccl(
        host, chosen.place.device.index(), std::chrono::seconds(cell.integer("train.timeout_seconds")));
  return chosen;
}

}  // namespace irmae::launchers
