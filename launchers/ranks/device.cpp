// SPDX-License-Identifier: MIT
#include "launchers/ranks/device.h"

#include <ATen/Parallel.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <span>

#include "framework/cost/threads.h"
#include "framework/distributed/gpu.h"
#include "framework/distributed/phase.h"
#include "framework/free_memory.h"
#include "framework/kernels/functions.h"
#include "framework/models/precision.h"
#include "framework/training/arithmetic.h"
#include "framework/training/lost_device.h"
#include "framework/usable_cores.h"
#include "launchers/ranks/all_ranks.h"
#include "storage/error.h"
#include "storage/system/fault.h"

namespace irmae::launchers {

namespace {

int cores_of_rank(const distributed::MpiSession* session, int at_once) {
  // Asked once: LibTorch's own threads may narrow the mask later.
  static const int mask = cores_of_mask(), quota = cores_of_quota();
  // Ranks bound to cores of their own have all of those; ranks that share a mask share its cores. All share a quota.
  const int of_mask = mask / (session ? session->ranks_per_core() : 1);
  const int of_quota = quota / (session ? session->local_size() : 1);
  return std::max(1, std::min(of_mask, of_quota) / at_once);
}

}  // namespace

void set_threads(const manifest::Cell& cell, const models::Shape& shape, const distributed::MpiSession* session, int at_once) {
  at::set_num_threads(cost::threads_of(cell, shape, cores_of_rank(session, at_once)));
}

void set_threads(const manifest::Cell& cell, const distributed::MpiSession* session, int at_once) {
  at::set_num_threads(cost::threads_of(cell, cores_of_rank(session, at_once)));
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

/// As LibTorch throws it from then on, by the number of CUDA's illegal address: what follows can be tried without a GPU.
const storage::FaultMode lost_device("lost-device", [] {
  throw c10::AcceleratorError({__func__, __FILE__, static_cast<std::uint32_t>(__LINE__)}, 700,
                              "CUDA error: the device is lost, as IRMAE_FAULT asks");
});

/// Of this rank alone. Throws UsageError.
Device device_of(const manifest::Cell& cell, const GpuShare& own) {
  storage::fault_point("own device");
  const std::string& wanted = cell.text("train.device");
  if (wanted == "cuda" && own.none()) {
    std::string reason;
    distributed::gpu_count(&reason);
    throw UsageError("train.device = \"cuda\", but there is no GPU to use: " + reason);
  }
  if (wanted == "cpu" || own.none()) return {.kernels = kernels::instruction_set()};
  const distributed::GpuPlugin* gpu = distributed::load_gpu_plugin();
  gpu->select_device(own.index);
  tell_free_device_memory_by(gpu->free_memory);
  Device chosen{{.device = torch::Device(torch::kCUDA, static_cast<c10::DeviceIndex>(own.index)), .in_blocks = true},
                gpu->device_name(own.index),
                kernels_of(cell, *gpu, own.index)};
  if (cell.flag("train.recorded")) chosen.place.recording = gpu->make_recording;
  chosen.place.beside = gpu->make_side_stream;
  chosen.place.give_back = gpu->give_back_memory;
  chosen.place.shared = own.shared();
  chosen.place.capability = gpu->compute_capability(own.index);
  return chosen;
}

}  // namespace

bool may_use_gpu(const manifest::Cell& cell) { return cell.text("train.device") != "cpu"; }

std::vector<GpuShare> gpus_for(const std::vector<const manifest::Cell*>& cells, distributed::MpiSession* session) {
  std::int64_t seconds = 0;  // a driver may hang as a rank does: no longer is waited for it
  for (const manifest::Cell* cell : cells)
    if (may_use_gpu(*cell)) seconds = std::max(seconds, cell->integer("train.timeout_seconds"));
  if (seconds == 0) return std::vector<GpuShare>(static_cast<std::size_t>(session ? session->size() : 1));
  const auto world = all_ranks(session, std::chrono::seconds(seconds));
  return assign_gpus(distributed::visible_gpus_of_all(*world));
}

Device choose_device(const manifest::Cell& cell, distributed::Communicator& cpu, const std::vector<GpuShare>& gpus) {
  distributed::enter_phase("choice of a device");
  const std::span<const GpuShare> together =
      std::span(gpus).subspan(static_cast<std::size_t>(cpu.world_rank(0)), static_cast<std::size_t>(cpu.size()));
  const GpuShare& own = together[static_cast<std::size_t>(cpu.rank())];
  const torch::Device wanted = may_use_gpu(cell) && !own.none()
                                   ? torch::Device(torch::kCUDA, static_cast<c10::DeviceIndex>(own.index))
                                   : torch::Device(torch::kCPU);
  Device chosen;
  std::exception_ptr failure;
  try {
    if (may_use_gpu(cell)) refuse_shared_gpus(together);
    // One that was lost since the last cell fails for every other, too: no reason to go on to them.
    chosen = training::end_where_lost(wanted, cpu.world_rank(), [&] { return device_of(cell, own); });
    training::check_arithmetic(cell, chosen.place);
  } catch (const std::exception&) {
    failure = std::current_exception();
  }
  // A cell that one of its ranks has no device for is none that the others can train: all go on to the next one.
  cpu.share_failure(failure, "choice of a device");
  distributed::refuse_mixed_devices(cpu, chosen.place.device.is_cuda());
  if (chosen.place.device.is_cuda() && cpu.size() > 1)
    chosen.communicator = distributed::load_gpu_plugin()->make_nccl(
        cpu, chosen.place.device.index(), std::chrono::seconds(cell.integer("train.timeout_seconds")));
  return chosen;
}

}  // namespace irmae::launchers
