// SPDX-License-Identifier: MIT
// The communicator for device memory and the reducer on it. Skipped, with the reason, where there are not as many GPUs as
// ranks.
#include <gtest/gtest.h>

#include "framework/distributed/gpu.h"
#include "framework/distributed/reducer/reducer.h"
#include "storage/error.h"
#include "tests/distributed/flat.h"
#include "tests/distributed/session.h"

namespace irmae::distributed {
namespace {

class Nccl : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string reason;
    const GpuPlugin* gpu = load_gpu_plugin(&reason);
    if (!gpu) GTEST_SKIP() << reason;
    if (const int count = gpu->device_count(&reason); count < host->local_size())
      GTEST_SKIP() << count << " GPUs for " << host->local_size() << " ranks";
    gpu->select_device(host->local_rank());
    device = torch::Device(torch::kCUDA, static_cast<c10::DeviceIndex>(host->local_rank()));
    ranks = gpu->make_nccl(*host, host->local_rank(), std::chrono::seconds(60));
  }

  std::unique_ptr<Communicator> host = tests::session->world(std::chrono::seconds(60));
  std::unique_ptr<Communicator> ranks;
  torch::Device device = torch::kCPU;
};

TEST_F(Nccl, SumsDeviceAndHostTensors) {
  for (const torch::Device place : {device, torch::Device(torch::kCPU)}) {
    torch::Tensor tensor = torch::full({1000}, ranks->rank() + 1.0, torch::TensorOptions(place));
    ranks->sum(tensor, "test");
    EXPECT_EQ(tensor.min().item<double>(), ranks->size() * (ranks->size() + 1) / 2.0);
  }
}

TEST_F(Nccl, BroadcastsFromTheRoot) {
  torch::Tensor tensor = torch::full({77}, ranks->rank() + 5.0, torch::TensorOptions(device));
  ranks->broadcast(tensor, "test");
  EXPECT_EQ(tensor.max().item<double>(), 5.0);
}

TEST_F(Nccl, ReducesGradientsToThoseOfOneRankWithAllSamples) {
  const auto on_device = torch::TensorOptions(device);
  const torch::Tensor samples = torch::arange(7 * 300, on_device.dtype(torch::kFloat32)).view({7, 300}) / 1000;
  const auto parameters = [&] {
    return FlatParameters::Named{{"a", torch::full({300, 40}, 0.01, on_device.requires_grad(true))},
                                 {"b", torch::full({40, 3}, 0.02, on_device.requires_grad(true))}};
  };
  const auto loss = [](const FlatParameters::Named& named, const torch::Tensor& x) {
    return x.mm(named[0].second).mm(named[1].second).square().sum();
  };
  FlatParameters::Named alone = parameters(), shared = parameters();
  loss(alone, samples).backward();
  GradientBuffer gradients(tests::flat(shared, {256, 4096}), *ranks);
  Reducer reducer(gradients, *ranks, {.storage = GradientStorage::gathered});
  const std::int64_t first = 7 * ranks->rank() / ranks->size(), end = 7 * (ranks->rank() + 1) / ranks->size();

  std::array<double, kExtras> extras{};
  extras[0] = 1;
  reducer.begin(1, extras);
  loss(shared, samples.narrow(0, first, end - first)).backward();
  const auto summed = reducer.finish();

  EXPECT_EQ(summed[0], ranks->size());
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_TRUE(torch::allclose(shared[i].second.grad(), alone[i].second.grad(), 1e-4)) << shared[i].first;
}

}  // namespace
}  // namespace irmae::distributed
