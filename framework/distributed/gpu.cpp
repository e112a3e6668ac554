// SPDX-License-Identifier: MIT
#include "framework/distributed/gpu.h"

#include <dlfcn.h>

#include <filesystem>

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
  using Entry = const GpuPlugin* (*)();
  const auto entry = reinterpret_cast<Entry>(dlsym(plugin, "irmae_gpu_plugin"));
  if (!entry) return fail(beside.string() + " is not irmae's CUDA part");
  return loaded = entry();
}

}  // namespace irmae::distributed
