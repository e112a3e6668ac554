// SPDX-License-Identifier: MIT
// What needs CUDA and NCCL, behind a table of functions. It lives in a plugin of its own, libirmae_cuda.so beside the
// program, which is loaded where a GPU driver is: a CUDA build of LibTorch costs half a second and 350 MB to load, and a
// program that links only its CPU part starts without them.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "framework/distributed/communicator.h"
#include "framework/distributed/recording.h"
#include "framework/distributed/side_stream.h"
#include "framework/kernels/device.h"

namespace irmae::distributed {

struct GpuPlugin {
  /// Number of GPUs that can be used: of those that CUDA counts, the fastest first, the ones before the first that is too old
  /// for it to have kernels. 0: there is none; `reason`, where it is not null, says why.
  int (*device_count)(std::string* reason);
  /// Makes `device` the current one for this thread, with a stream of the thread's own: what works on it can be recorded, and
  /// works beside what other threads do. Then starts the libraries that LibTorch calls, for which it waits for a recording of
  /// another thread. Throws Error, also where LibTorch has no kernels for the device, or c10::OutOfMemoryError where it is too
  /// full for a stream.
  void (*select_device)(int device);
  std::string (*device_name)(int device);
  std::string (*device_description)(int device);  ///< "NVIDIA H100, 79.1 GiB, compute capability 9.0"
  int (*compute_capability)(int device);          ///< 90 for 9.0. Throws Error.
  /// The UUID of a GPU, 32 hexadecimal digits: the same for two ranks only when they see one GPU, or one slice of a GPU (MIG).
  /// Throws Error.
  std::string (*device_uuid)(int device);
  std::string (*library_versions)();  ///< "CUDA 13.0, NCCL 2.28.9"
  /// Makes a communicator by NCCL between the ranks of `host`, which stays in use for host tensors and must outlive the result.
  /// Throws SharedError when two ranks have the same GPU, Error when NCCL does not start.
  std::unique_ptr<Communicator> (*make_nccl)(Communicator& host, int device, std::chrono::seconds limit);
  std::unique_ptr<Recording> (*make_recording)();
  /// Gives the device back what LibTorch keeps of memory that nobody uses. It waits for all that the process has given to the
  /// device.
  void (*give_back_memory)();
  /// Bytes of the current device's memory that no process has, LibTorch in this one included. Throws Error.
  std::size_t (*free_memory)();
  std::unique_ptr<SideStream> (*make_side_stream)();
  /// The project's own kernels for the device, which must be the current one. Null where they cannot be made; `reason` says
  /// why. Throws c10::OutOfMemoryError where the device is too full for them now: a later call tries again.
  const kernels::DeviceKernels* (*own_kernels)(int device, kernels::Arithmetic arithmetic, std::string* reason);
  /// Compiles and assembles the project's own kernels for GPUs of a kind ("sm_90"), of which none need be there. Throws Error
  /// naming what is wrong in their text.
  void (*try_own_kernels)(const std::string& target);
};

/// Loads the plugin once. Null where the build has none, or where there is no GPU driver (`reason` says which). Must be called
/// before LibTorch first looks for CUDA: at the start of the program. `even_without_gpu`: also where there is no driver, for
/// tests.
const GpuPlugin* load_gpu_plugin(std::string* reason = nullptr, bool even_without_gpu = false);

/// Number of GPUs that this process can use; `reason` says why there are none. It loads the plugin where there is a driver.
int gpu_count(std::string* reason = nullptr);

/// The GPUs that a process can use, by their UUIDs, in the order in which CUDA counts them for it.
using VisibleGpus = std::vector<std::string>;

/// The GPUs that this process can use. Throws Error where one cannot be asked.
VisibleGpus visible_gpus();

/// The GPUs that each rank can use, by the rank's number. `look` gives this rank's own; where it throws on one rank,
/// SharedError is thrown on every rank, naming that one. Collective.
std::vector<VisibleGpus> visible_gpus_of_all(Communicator& ranks, const std::function<VisibleGpus()>& look = visible_gpus);

/// Whether this value of CUDA_VISIBLE_DEVICES hides every GPU, such as "", "-1" and "NoDevFiles": CUDA sees those that stand
/// before the first that cannot be one, which is no number and begins neither with "GPU-" nor with "MIG-".
bool hides_all_gpus(std::string_view visible);

/// Whether CUDA_VISIBLE_DEVICES hides every GPU from this process. Neither CUDA nor a driver is asked.
bool gpus_are_hidden();

/// Why a machine with a GPU driver has no GPU to use, such as a driver that is too old; empty where it has one, or no driver,
/// or where CUDA_VISIBLE_DEVICES hides all of them.
std::string unusable_gpu();

/// Checks that NCCL can join the ranks of `host`. Throws SharedError naming two that it cannot join: it would hang or fail much
/// later. `bus`: of this rank's GPU, as its host and PCI bus; two slices of one GPU (MIG) differ in their UUIDs, and have one
/// bus. Collective.
void refuse_one_bus(Communicator& host, const std::string& bus);

/// Checks that all ranks train on GPUs, or none. Throws SharedError naming the ranks where they differ: their collectives would
/// not meet. Collective.
void refuse_mixed_devices(Communicator& host, bool on_gpu);

}  // namespace irmae::distributed
