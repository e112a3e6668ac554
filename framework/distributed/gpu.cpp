// SPDX-License-Identifier: MIT
#include "framework/distributed/gpu.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "storage/error.h"

namespace irmae::distributed {

namespace {

bool driver_present() {
  void* driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (driver) dlclose(driver);
  return driver != nullptr;
}

}  // namespace

const GpuPlugin* load_gpu_plugin(std::string* reason, bool even_without_gpu) {
  static const GpuPlugin* loaded = nullptr;
  if (loaded) return loaded;
  const auto fail = [&](std::string why) {
    if (reason) *reason = std::move(why);
    return nullptr;
  };
  std::error_code error;
  const auto beside = std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / "libirmae_cuda.so";
  if (!std::filesystem::exists(beside, error)) return fail("this build has no CUDA part");
  if (!even_without_gpu && !driver_present()) return fail("no GPU driver (libcuda.so.1) on this machine");
  void* plugin = dlopen(beside.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (!plugin) return fail(dlerror());
  // What cuBLAS needs to give the same bits every time, before it first looks and before there are other threads.
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
  using Entry = const GpuPlugin* (*)();
  const auto entry = reinterpret_cast<Entry>(dlsym(plugin, "irmae_gpu_plugin"));
  if (!entry) return fail(beside.string() + " is not irmae's CUDA part");
  return loaded = entry();
}

void refuse_shared_gpu(Communicator& host, const std::string& identity) {
  torch::Tensor identities = torch::zeros({host.size(), static_cast<std::int64_t>(identity.size())}, torch::kUInt8);
  std::memcpy(identities[host.rank()].data_ptr(), identity.data(), identity.size());
  host.sum(identities, "exchange of GPU identities");
  for (int a = 0; a < host.size(); ++a)
    for (int b = a + 1; b < host.size(); ++b)
      if (torch::equal(identities[a], identities[b]))
        throw SharedError(fmt::format("ranks {} and {} would share one GPU, which NCCL cannot do: start at most one rank for "
                                      "each GPU of a host, or set train.device=cpu",
                                      a, b),
                          /*usage=*/true);
}

}  // namespace irmae::distributed
