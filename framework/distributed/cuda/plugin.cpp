// SPDX-License-Identifier: MIT
// The plugin's entry: the table of functions that the program sees.
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "framework/distributed/cuda/cuda_error.h"
#include "framework/distributed/cuda/cuda_libraries.h"
#include "framework/distributed/cuda/cuda_recording.h"
#include "framework/distributed/cuda/cuda_side_stream.h"
#include "framework/distributed/cuda/device.h"
#include "framework/distributed/cuda/nccl_communicator.h"
#include "framework/distributed/cuda/own_kernels.h"
#include "framework/distributed/gpu.h"
#include "storage/error.h"
#include "storage/system/host_name.h"

namespace irmae::distributed {

namespace {

cudaDeviceProp properties_of(int device) {
  cudaDeviceProp properties;
  check(cudaGetDeviceProperties(&properties, device), "cudaGetDeviceProperties");
  return properties;
}

std::string device_name(int device) { return properties_of(device).name; }

int compute_capability(int device) {
  int major = 0, minor = 0;
  check(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device), "cudaDeviceGetAttribute");
  check(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device), "cudaDeviceGetAttribute");
  return 10 * major + minor;
}

/// The GPUs before the first for which no program of this CUDA has kernels: CUDA 13 compiles for 7.5 and later. Of other GPUs
/// LibTorch may still have none, which their first kernel says.
int not_too_old(int count, std::string* reason) {
  constexpr int kLeast = 75;
  int runtime = 0;
  cudaRuntimeGetVersion(&runtime);
  if (runtime < 13000) return count;
  for (int device = 0; device < count; ++device) {
    const int capability = compute_capability(device);
    if (capability >= kLeast) continue;
    if (device == 0 && reason)
      *reason = fmt::format("{} has compute capability {}.{}, and CUDA {} has kernels for {}.{} and later", device_name(device),
                            capability / 10, capability % 10, runtime / 1000, kLeast / 10, kLeast % 10);
    return device;
  }
  return count;
}

int device_count(std::string* reason) {
  int count = 0;
  const cudaError_t code = cudaGetDeviceCount(&count);
  if (code == cudaSuccess && count > 0) return not_too_old(count, reason);
  cudaGetLastError();  // or the next one who asks takes it for his own
  if (reason) *reason = code == cudaSuccess ? "the driver reports no GPU" : cudaGetErrorString(code);
  return 0;
}

void select_device(int device) {
  const cudaError_t code = cudaSetDevice(device);
  if (code == cudaErrorDevicesUnavailable) {
    cudaGetLastError();  // as check() does
    throw Error(
        fmt::format("GPU {} cannot be used now ({}): another process may have it to itself (nvidia-smi names it, and the GPU's "
                    "compute mode): end that one, or set train.device=cpu",
                    device, cudaGetErrorString(code)));
  }
  check(code, "cudaSetDevice");
  // One for a thread, however often it asks.
  static thread_local std::map<int, c10::cuda::CUDAStream> streams;
  const auto known = streams.find(device);
  c10::cuda::setCurrentCUDAStream(known != streams.end() ? known->second
                                                         : streams.emplace(device, own_stream(device)).first->second);
  start_libraries(device);
}

std::string device_description(int device) {
  const cudaDeviceProp properties = properties_of(device);
  return fmt::format("{}, {:.1f} GiB, compute capability {}.{}", properties.name,
                     static_cast<double>(properties.totalGlobalMem) / (1 << 30), properties.major, properties.minor);
}

std::string device_uuid(int device) {
  std::string text;
  for (const char byte : properties_of(device).uuid.bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

std::size_t free_memory() {
  std::size_t free = 0, total = 0;
  check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
  return free;
}

std::string library_versions() {
  int runtime = 0;
  cudaRuntimeGetVersion(&runtime);
  return fmt::format("CUDA {}.{}, NCCL {}", runtime / 1000, runtime % 1000 / 10, nccl_version());
}

}  // namespace

c10::cuda::CUDAStream own_stream(int device, Urgency urgency) {
  int least = 0, greatest = 0;  // which is a smaller number
  check(cudaDeviceGetStreamPriorityRange(&least, &greatest), "cudaDeviceGetStreamPriorityRange");
  const int priority = urgency == Urgency::when_idle ? least : std::max(least - 1, greatest);
  cudaStream_t stream = nullptr;
  check(cudaStreamCreateWithPriority(&stream, cudaStreamNonBlocking, priority), "cudaStreamCreateWithPriority");
  return c10::cuda::getStreamFromExternal(stream, static_cast<c10::DeviceIndex>(device));
}

std::string device_bus(int device) {
  char bus[32] = {};
  check(cudaDeviceGetPCIBusId(bus, sizeof bus, device), "cudaDeviceGetPCIBusId");
  std::string boot;  // several machines may have one name; where nobody tells, the name alone says which it is
  std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
  return fmt::format("{} {} {}", storage::host_name(), boot, bus);
}

}  // namespace irmae::distributed

extern "C" const irmae::distributed::GpuPlugin* irmae_gpu_plugin() {
  using namespace irmae::distributed;
  static const GpuPlugin plugin{.device_count = device_count,
                                .select_device = select_device,
                                .device_name = device_name,
                                .device_description = device_description,
                                .compute_capability = compute_capability,
                                .device_uuid = device_uuid,
                                .library_versions = library_versions,
                                .make_nccl = make_nccl,
                                .make_recording = make_cuda_recording,
                                .give_back_memory = give_back_memory,
                                .free_memory = free_memory,
                                .make_side_stream = make_cuda_side_stream,
                                .own_kernels = own_kernels,
                                .try_own_kernels = try_own_kernels};
  return &plugin;
}
