// SPDX-License-Identifier: MIT
// The project's own kernels on a GPU, with the paper's layers at batch 32, against LibTorch's in float64. (Every other size is
// tried without a GPU: tests/models/device_kernels_test.cpp.)
#include <gtest/gtest.h>

#include "framework/distributed/gpu.h"
#include "framework/kernels/device.h"
#include "tests/distributed/session.h"

namespace irmae::kernels {
namespace {

class OwnKernels : public ::testing::TestWithParam<Arithmetic> {
 protected:
  void SetUp() override {
    if (tests::session->world(std::chrono::seconds(60))->size() > 1) GTEST_SKIP() << "for one rank";
    std::string reason;
    const distributed::GpuPlugin* gpu = distributed::load_gpu_plugin(&reason);
    if (!gpu) GTEST_SKIP() << reason;
    if (gpu->device_count(&reason) == 0) GTEST_SKIP() << reason;
    gpu->select_device(0);
    own = gpu->own_kernels(0, GetParam(), &reason);
    if (!own && reason.find("compute capability") != std::string::npos) GTEST_SKIP() << reason;
    ASSERT_NE(own, nullptr) << reason;
  }

  /// A product's operand as the matrix units see it, in float64.
  static torch::Tensor seen(const torch::Tensor& numbers) {
    if (GetParam() == Arithmetic::float32) return numbers.to(torch::kFloat64);
    return numbers.view(torch::kInt32).add(0x1000).bitwise_and(~0x1fff).view(torch::kFloat32).to(torch::kFloat64);
  }
  static torch::Tensor planar(const torch::Tensor& map) { return seen(map).permute({0, 3, 1, 2}); }
  static double error(const torch::Tensor& mine, const torch::Tensor& wanted) {
    return ((mine.to(torch::kFloat64) - wanted).norm() / wanted.norm()).item<double>();
  }

  const DeviceKernels* own = nullptr;
};

TEST_P(OwnKernels, GiveLibtorchsConvolutionsAndGradients) {
  // Sums of thousands of numbers, which the units cut off.
  const double most = GetParam() == Arithmetic::float32 ? 2e-6 : 1e-4;
  const auto cuda = torch::TensorOptions(torch::kCUDA);
  for (const Pair& pair :
       {Pair{32, 16, 16, 3, 32}, Pair{32, 8, 8, 32, 64}, Pair{32, 4, 4, 64, 128}, Pair{32, 2, 2, 128, 256},
        Pair{32, 16, 16, 1, 32}, Pair{32, 32, 32, 3, 128}, Pair{32, 8, 8, 256, 512}, Pair{7, 4, 4, 512, 1024}}) {
    SCOPED_TRACE(std::to_string(pair.fine_channels) + " and " + std::to_string(pair.coarse_channels) + " channels");
    const torch::Tensor fine = torch::randn({pair.batch, 2 * pair.height, 2 * pair.width, pair.fine_channels}, cuda);
    const torch::Tensor coarse = torch::randn({pair.batch, pair.height, pair.width, pair.coarse_channels}, cuda);
    const torch::Tensor weight = torch::randn({4, 4, pair.fine_channels, pair.coarse_channels}, cuda);
    const torch::Tensor bias = torch::randn({pair.coarse_channels}, cuda);
    torch::Tensor plain = seen(weight).permute({3, 2, 0, 1}).contiguous().set_requires_grad(true);
    const auto room = [&](Work work) { return torch::empty({own->scratch(pair, work)}, cuda); };

    const torch::Tensor down = torch::empty_like(coarse), up = torch::empty_like(fine), gradient = torch::empty_like(weight),
                        bias_gradient = torch::empty({pair.fine_channels}, cuda);
    const torch::Tensor rooms[] = {room(Work::down), room(Work::up), room(Work::weight_gradient)};
    own->down(pair, fine.data_ptr<float>(), weight.data_ptr<float>(), {bias.data_ptr<float>(), true, nullptr},
              down.data_ptr<float>(), rooms[0].data_ptr<float>());
    own->up(pair, coarse.data_ptr<float>(), weight.data_ptr<float>(), {nullptr, false, fine.data_ptr<float>()},
            up.data_ptr<float>(), rooms[1].data_ptr<float>());
    own->now(GradientOfStrided{pair, fine.data_ptr<float>(), coarse.data_ptr<float>(), gradient.data_ptr<float>(),
                               bias_gradient.data_ptr<float>(), true},
             rooms[2].data_ptr<float>());

    EXPECT_LT(error(down.permute({0, 3, 1, 2}), torch::conv2d(planar(fine), plain, bias.to(torch::kFloat64), 2, 1).relu()),
              most);
    const bool few = pair.fine_channels < 4;  // not by matrix units
    const torch::Tensor wanted = few ? torch::conv_transpose2d(coarse.permute({0, 3, 1, 2}).to(torch::kFloat64),
                                                               weight.permute({3, 2, 0, 1}).to(torch::kFloat64), {}, 2, 1)
                                     : torch::conv_transpose2d(planar(coarse), plain, {}, 2, 1);
    EXPECT_LT(error(up.permute({0, 3, 1, 2}), wanted * (fine.permute({0, 3, 1, 2}) > 0)), few ? 2e-6 : most);
    torch::conv2d(planar(fine), plain, {}, 2, 1).backward(planar(coarse));
    EXPECT_LT(error(gradient.permute({3, 2, 0, 1}), plain.grad()), most);
    EXPECT_LT(error(bias_gradient, fine.to(torch::kFloat64).sum({0, 1, 2})), 1e-5);  // 16,384 numbers around zero
  }
}

TEST_P(OwnKernels, GiveLibtorchsProducts) {
  const double most = GetParam() == Arithmetic::float32 ? 2e-6 : 1e-4;
  const auto cuda = torch::TensorOptions(torch::kCUDA);
  for (const Product::Kind kind : {Product::nt, Product::nn, Product::tn}) {
    const Product product{kind, 32, 512, 1024};
    const torch::Tensor first =
        torch::randn(kind == Product::tn ? std::vector<std::int64_t>{1024, 32} : std::vector<std::int64_t>{32, 1024}, cuda);
    const torch::Tensor second =
        torch::randn(kind == Product::nt ? std::vector<std::int64_t>{512, 1024} : std::vector<std::int64_t>{1024, 512}, cuda);
    const torch::Tensor result = torch::empty({32, 512}, cuda), room = torch::empty({own->scratch(product)}, cuda);

    own->multiply(product, first.data_ptr<float>(), second.data_ptr<float>(), {}, 512, nullptr, result.data_ptr<float>(),
                  room.data_ptr<float>());

    const torch::Tensor a = kind == Product::tn ? seen(first).t() : seen(first),
                        b = kind == Product::nt ? seen(second).t() : seen(second);
    EXPECT_LT(error(result, a.mm(b)), most);
  }
}

TEST_P(OwnKernels, GiveLibtorchsConvolutionsToFewChannels) {
  const auto cuda = torch::TensorOptions(torch::kCUDA);
  // The end of MNIST's decoder and of CelebA's at batch 32, and sizes that fill neither warps nor blocks.
  for (const Pointwise& layer : {Pointwise{32 * 32 * 32, 32, 1, true}, Pointwise{32 * 64 * 64, 128, 3, true},
                                 Pointwise{10'007, 20, 2, false}, Pointwise{5'003, 1024, 4, true}}) {
    SCOPED_TRACE(std::to_string(layer.channels) + " to " + std::to_string(layer.outputs) + " channels");
    const torch::Tensor before = torch::randn({layer.places, layer.channels}, cuda), map = before.relu(),
                        bias = torch::randn({layer.outputs}, cuda),
                        gradient = torch::randn({layer.places, layer.outputs}, cuda);
    const torch::Tensor weight = layer.transposed ? torch::randn({layer.channels, layer.outputs}, cuda)
                                                  : torch::randn({layer.outputs, layer.channels}, cuda);
    const auto exact = [](const torch::Tensor& tensor) {
      return tensor.to(torch::kFloat64).t().unsqueeze(0).unsqueeze(3).contiguous().set_requires_grad(true);
    };
    torch::Tensor x = exact(before), w = weight.to(torch::kFloat64).unsqueeze(2).unsqueeze(3).set_requires_grad(true);
    const torch::Tensor b = bias.to(torch::kFloat64);
    const torch::Tensor wanted = layer.transposed ? torch::conv_transpose2d(x.relu(), w, b) : torch::conv2d(x.relu(), w, b);
    wanted.backward(exact(gradient).detach());
    const auto rows = [](const torch::Tensor& planar) { return planar.squeeze(3).squeeze(0).t(); };

    const torch::Tensor result = torch::empty_like(gradient), of_map = torch::empty_like(map),
                        of_weight = torch::empty_like(weight), of_bias = torch::empty_like(bias);
    const torch::Tensor room = torch::empty({own->scratch(layer)}, cuda);
    own->pointwise(layer, map.data_ptr<float>(), weight.data_ptr<float>(), bias.data_ptr<float>(), result.data_ptr<float>());
    own->gradients({layer, map.data_ptr<float>(), weight.data_ptr<float>(), gradient.data_ptr<float>(), /*after_relu=*/true,
                    of_map.data_ptr<float>(), of_weight.data_ptr<float>(), of_bias.data_ptr<float>()},
                   room.data_ptr<float>());

    EXPECT_LT(error(result, rows(wanted)), 2e-6);
    EXPECT_LT(error(of_map, rows(x.grad())), 2e-6);
    EXPECT_LT(error(of_weight, w.grad().squeeze(3).squeeze(2)), 1e-5);  // sums of many numbers around zero
    EXPECT_LT(error(of_bias, gradient.to(torch::kFloat64).sum(0)), 1e-5);
  }
}

INSTANTIATE_TEST_SUITE_P(Arithmetics, OwnKernels, ::testing::Values(Arithmetic::float32, Arithmetic::tf32));

}  // namespace
}  // namespace irmae::kernels
