// SPDX-License-Identifier: MIT
#include "framework/distributed/gpu.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>

#include "storage/error.h"
#include "storage/system/program_folder.h"
#include "storage/text/words_in.h"

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
  const std::filesystem::path beside = storage::program_folder() / "libirmae_cuda.so";
  if (!std::filesystem::exists(beside, error)) return fail("this build has no CUDA part");
  if (!even_without_gpu && !driver_present()) return fail("no GPU driver (libcuda.so.1) on this machine");
  void* plugin = dlopen(beside.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (!plugin) return fail(dlerror());
  // What cuBLAS needs to give the same bits every time, before it first looks and before there are other threads.
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
  // NCCL would register the memory of each collective that is recorded, for which the ranks meet as they record it: where one
  // rank's recording fails before, the others would wait for it.
  setenv("NCCL_GRAPH_REGISTER", "0", /*overwrite=*/0);
  using Entry = const GpuPlugin* (*)();
  const auto entry = reinterpret_cast<Entry>(dlsym(plugin, "irmae_gpu_plugin"));
  if (!entry) return fail(beside.string() + " is not irmae's CUDA part");
  return loaded = entry();
}

int gpu_count(std::string* reason) {
  const GpuPlugin* plugin = load_gpu_plugin(reason);
  return plugin ? plugin->device_count(reason) : 0;
}

VisibleGpus visible_gpus() {
  VisibleGpus uuids;
  const int count = gpu_count();
  for (int device = 0; device < count; ++device) uuids.push_back(load_gpu_plugin()->device_uuid(device));
  return uuids;
}

std::vector<VisibleGpus> visible_gpus_of_all(Communicator& ranks, const std::function<VisibleGpus()>& look) {
  std::string own;
  std::exception_ptr failure;
  try {
    own = fmt::format("{}", fmt::join(look(), " "));
  } catch (const std::exception&) {
    failure = std::current_exception();
  }
  ranks.share_failure(failure, "listing of the visible GPUs");
  std::vector<VisibleGpus> all;
  for (const std::string& text : ranks.all_gather(own, "exchange of the visible GPUs")) all.push_back(storage::words_in(text));
  return all;
}

bool hides_all_gpus(std::string_view visible) {
  const std::string_view first = visible.substr(0, visible.find(','));
  const bool number = !first.empty() && first.find_first_not_of("0123456789") == std::string_view::npos;
  return !number && !first.starts_with("GPU-") && !first.starts_with("MIG-");
}

bool gpus_are_hidden() {
  const char* const visible = std::getenv("CUDA_VISIBLE_DEVICES");
  return visible && hides_all_gpus(visible);
}

std::string unusable_gpu() {
  if (gpus_are_hidden()) return "";  // it is meant
  std::string reason;
  return driver_present() && gpu_count(&reason) == 0 ? reason : "";
}

void refuse_one_bus(Communicator& host, const std::string& bus) {
  const std::vector<std::string> all = host.all_gather(bus, "exchange of the GPUs' buses");
  for (auto first = all.begin(); first != all.end(); ++first) {
    const auto second = std::find(first + 1, all.end(), *first);
    if (second == all.end()) continue;
    throw SharedError(
        fmt::format("ranks {} and {} have one GPU, or two slices of one (MIG), which NCCL cannot join: start at most one rank "
                    "for each GPU of a host, or set train.device=cpu",
                    host.world_rank(static_cast<int>(first - all.begin())),
                    host.world_rank(static_cast<int>(second - all.begin()))),
        Failure::use);
  }
}

void refuse_mixed_devices(Communicator& host, bool on_gpu) {
  const std::vector<std::int64_t> all = host.all_gather(on_gpu ? 1 : 0, "comparison of the ranks' devices");
  std::vector<int> with, without;
  for (int rank = 0; rank < host.size(); ++rank)
    (all[static_cast<std::size_t>(rank)] != 0 ? with : without).push_back(host.world_rank(rank));
  if (!with.empty() && !without.empty())
    throw SharedError(
        fmt::format("of the ranks that train a cell together, {} found a GPU and {} did not: start ranks only where "
                    "there are GPUs (irmae doctor says why there are none), or set train.device=cpu",
                    fmt::join(with, ", "), fmt::join(without, ", ")),
        Failure::use);
}

}  // namespace irmae::distributed
