// SPDX-License-Identifier: MIT
// The project's own kernels on a GPU, with the paper's layers at batch 32, against LibTorch's in float64. (Every other size is
// tried without a GPU: tests/models/device_kernels_test.cpp.)
#include <gtest/gtest.h>

#include "framework/distributed/gpu.h"
#include "framework/kernels/device.h"
#include "tests/distributed/session.h"

namespace irmae::kernels {
namespace {

class OwnKernels : public ::testing::Test {
 protected:
  void SetUp() override {
    if (tests::session->world(std::chrono::seconds(60))->size() > 1) GTEST_SKIP() << "for one rank";
    std::string reason;
    const distributed::GpuPlugin* gpu = distributed::load_gpu_plugin(&reason);
    if (!gpu) GTEST_SKIP() << reason;
    if (gpu->device_count() == 0) GTEST_SKIP() << "the driver reports no GPU";
    gpu->select_device(0);
    own = gpu->own_kernels(0, &reason);
    ASSERT_NE(own, nullptr) << reason;
  }

  static torch::Tensor planar(const torch::Tensor& map) { return map.permute({0, 3, 1, 2}).to(torch::kFloat64); }
  static double error(const torch::Tensor& mine, const torch::Tensor& wanted) {
    return ((mine.to(torch::kFloat64) - wanted).norm() / wanted.norm()).item<double>();
  }

  const DeviceKernels* own = nullptr;
};

TEST_F(OwnKernels, GiveLibtorchsConvolutionsAndGradients) {
  const auto cuda = torch::TensorOptions(torch::kCUDA);
  for (const Pair& pair : {Pair{32, 16, 16, 3, 32}, Pair{32, 8, 8, 32, 64}, Pair{32, 4, 4, 64, 128}, Pair{32, 2, 2, 128, 256},
                           Pair{32, 16, 16, 1, 32}, Pair{32, 32, 32, 3, 128}, Pair{32, 8, 8, 256, 512}, Pair{7, 4, 4, 512, 1024}}) {
    SCOPED_TRACE(std::to_string(pair.fine_channels) + " and " + std::to_string(pair.coarse_channels) + " channels");
    const torch::Tensor fine = torch::randn({pair.batch, 2 * pair.height, 2 * pair.width, pair.fine_channels}, cuda);
    const torch::Tensor coarse = torch::randn({pair.batch, pair.height, pair.width, pair.coarse_channels}, cuda);
    const torch::Tensor weight = torch::randn({4, 4, pair.fine_channels, pair.coarse_channels}, cuda);
    const torch::Tensor bias = torch::randn({pair.coarse_channels}, cuda);
    torch::Tensor plain = weight.permute({3, 2, 0, 1}).to(torch::kFloat64).contiguous().set_requires_grad(true);
    const auto room = [&](Work work) { return torch::empty({own->scratch(pair, work)}, cuda); };

    const torch::Tensor down = torch::empty_like(coarse), up = torch::empty_like(fine), gradient = torch::empty_like(weight),
                        bias_gradient = torch::empty({pair.fine_channels}, cuda);
    const torch::Tensor rooms[] = {room(Work::down), room(Work::up), room(Work::weight_gradient)};
    own->down(pair, fine.data_ptr<float>(), weight.data_ptr<float>(), {bias.data_ptr<float>(), true, nullptr}, down.data_ptr<float>(),
              rooms[0].data_ptr<float>());
    own->up(pair, coarse.data_ptr<float>(), weight.data_ptr<float>(), {nullptr, false, fine.data_ptr<float>()}, up.data_ptr<float>(),
            rooms[1].data_ptr<float>());
    own->weight_gradient({pair, fine.data_ptr<float>(), coarse.data_ptr<float>(), gradient.data_ptr<float>(),
                          bias_gradient.data_ptr<float>(), true},
                         rooms[2].data_ptr<float>());

    EXPECT_LT(error(planar(down), torch::conv2d(planar(fine), plain, bias.to(torch::kFloat64), 2, 1).relu()), 2e-6);
    EXPECT_LT(error(planar(up), torch::conv_transpose2d(planar(coarse), plain, {}, 2, 1) * (planar(fine) > 0)), 2e-6);
    torch::conv2d(planar(fine), plain, {}, 2, 1).backward(planar(coarse));
    EXPECT_LT(error(gradient.permute({3, 2, 0, 1}), plain.grad()), 2e-6);
    EXPECT_LT(error(bias_gradient, planar(fine).sum({0, 2, 3})), 2e-6);
  }
}

}  // namespace
}  // namespace irmae::kernels
