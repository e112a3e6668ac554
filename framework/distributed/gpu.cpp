// SPDX-License-Identifier: MIT
#include "framework/distributed/gpu.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>

#include "storage/error.h"
#include "storage/system/program_folder.h"

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
  std::string own, fault;
  try {
    own = fmt::format("{}", fmt::join(look(), " "));
  } catch (const std::exception& error) {
    fault = message_of(error);  // not before the others know: they would wait for this rank
  }
  const std::vector<std::string> faults = ranks.all_gather(fault, "agreement on the visible GPUs");
  for (int rank = 0; rank < ranks.size(); ++rank)
    if (const std::string& what = faults[static_cast<std::size_t>(rank)]; !what.empty())
      throw SharedError(ranks.size() == 1 ? what : fmt::format("rank {}: {}", ranks.world_rank(rank), what));
  std::vector<VisibleGpus> all;
  for (const std::string& text : ranks.all_gather(own, "exchange of the visible GPUs")) {
    std::istringstream words(text);
    VisibleGpus& seen = all.emplace_back();
    for (std::string uuid; words >> uuid;) seen.push_back(uuid);
  }
  return all;
}

bool hides_all_gpus(std::string_view visible) { return visible.empty() || visible.front() == ',' || visible.front() == '-'; }

std::string unusable_gpu() {
  const char* const visible = std::getenv("CUDA_VISIBLE_DEVICES");
  if (visible && hides_all_gpus(visible)) return "";  // it is meant
  std::string reason;
  return driver_present() && gpu_count(&reason) == 0 ? reason : "";
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
                                      host.world_rank(a), host.world_rank(b)),
                          Failure::use);
}

void refuse_mixed_devices(Communicator& host, bool on_gpu) {
  torch::Tensor all = torch::zeros({host.size()}, torch::kInt64);
  all[host.rank()] = on_gpu ? 1 : 0;
  host.sum(all, "comparison of the ranks' devices");
  std::vector<int> with, without;
  for (int rank = 0; rank < host.size(); ++rank)
    (all[rank].item<std::int64_t>() != 0 ? with : without).push_back(host.world_rank(rank));
  if (!with.empty() && !without.empty())
    throw SharedError(
        fmt::format("of the ranks that train a cell together, {} found a GPU and {} did not: start ranks only where "
                    "there are GPUs (irmae doctor says why there are none), or set train.device=cpu",
                    fmt::join(with, ", "), fmt::join(without, ", ")),
        Failure::use);
}

}  // namespace irmae::distributed
