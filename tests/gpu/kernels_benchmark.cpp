// SPDX-License-Identifier: MIT
// What the project's own kernels take on this GPU, for the layers of the paper's networks at batch 32, beside LibTorch's.
//
//   gpu_kernels_benchmark            the tiles that are chosen
//   gpu_kernels_benchmark --tiles    the fastest ones of all, which framework/kernels/device_plan.cpp should choose
//   gpu_kernels_benchmark --gradients    the gradients of a whole network's parameters, each alone and all in one kernel
//   gpu_kernels_benchmark [--tiles] float32|tf32 shapes|mnist|celeba    one arithmetic, the layers of one network
#include <ATen/Context.h>
#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <fmt/format.h>
#include <torch/types.h>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <vector>

#include "framework/distributed/gpu.h"
#include "framework/kernels/device.h"

namespace irmae::kernels {
namespace {

constexpr int kRecorded = 10, kReplays = 4;

struct Layer {
  const char* name;
  Pair pair;
};
const std::vector<Layer> kLayers{
    {"shapes", {32, 16, 16, 3, 32}},    {"shapes", {32, 8, 8, 32, 64}},    {"shapes", {32, 4, 4, 64, 128}},
    {"shapes", {32, 2, 2, 128, 256}},   {"mnist", {32, 16, 16, 1, 32}},    {"mnist", {32, 16, 16, 32, 64}},
    {"mnist", {32, 8, 8, 64, 128}},     {"celeba", {32, 32, 32, 3, 128}},  {"celeba", {32, 16, 16, 128, 256}},
    {"celeba", {32, 8, 8, 256, 512}},   {"celeba", {32, 4, 4, 512, 1024}}, {"celeba", {32, 8, 8, 512, 1024}},
    {"celeba", {32, 16, 16, 256, 512}}, {"celeba", {32, 32, 32, 128, 256}}};

/// Microseconds of one call, without the host's part.
double microseconds(const distributed::GpuPlugin& gpu, const std::function<void()>& work) {
  const torch::Device device(torch::kCUDA, 0);
  const auto stream = [&] { return c10::impl::VirtualGuardImpl(torch::kCUDA).getStream(device); };
  for (int i = 0; i < 3; ++i) work();
  const std::unique_ptr<distributed::Recording> recording = gpu.make_recording();
  recording->record([&] {
    for (int i = 0; i < kRecorded; ++i) work();
  });
  recording->replay();
  c10::Event first(torch::kCUDA, c10::EventFlag::BACKEND_DEFAULT), last(torch::kCUDA, c10::EventFlag::BACKEND_DEFAULT);
  first.record(stream());
  for (int i = 0; i < kReplays; ++i) recording->replay();
  last.record(stream());
  last.synchronize();
  return first.elapsedTime(last) * 1000 / (kRecorded * kReplays);
}

/// The gradients of a network, in the order in which a backward pass comes to them.
struct Gradient {
  bool dense = false;
  Pair pair;
  bool bias_of_fine = false;
  Product product;
};
Gradient of_pair(const Pair& pair, bool bias_of_fine) { return {false, pair, bias_of_fine, {}}; }
Gradient of_dense(std::int64_t outputs, std::int64_t inputs) { return {true, {}, false, {Product::tn, outputs, inputs, 32}}; }
struct Gradients {
  const char* name;
  std::vector<Gradient> all;
};
std::vector<Gradients> networks() {
  const auto encoder = [](std::int64_t colours) {
    std::vector<Gradient> all;
    for (const Pair& pair : {Pair{32, 2, 2, 128, 256}, {32, 4, 4, 64, 128}, {32, 8, 8, 32, 64}, {32, 16, 16, colours, 32}})
      all.push_back(of_pair(pair, false));
    return all;
  };
  std::vector<Gradient> shapes,
      mnist{of_pair({32, 16, 16, 32, 64}, true), of_pair({32, 8, 8, 64, 128}, true), of_dense(8192, 128)};
  for (const Gradient& one : encoder(3)) shapes.insert(shapes.begin(), of_pair(one.pair, true));  // the way back
  shapes.push_back(of_dense(32, 1024));
  shapes.insert(shapes.end(), 2, of_dense(32, 32));
  shapes.push_back(of_dense(32, 1024));
  mnist.insert(mnist.end(), 8, of_dense(128, 128));
  mnist.push_back(of_dense(128, 1024));
  for (const Gradient& one : encoder(3)) shapes.push_back(one);
  for (const Gradient& one : encoder(1)) mnist.push_back(one);
  return {{"shapes", shapes}, {"mnist", mnist}};
}

struct Measured {
  std::string tile;
  double microseconds;
};

class Bench {
 public:
  Bench(const distributed::GpuPlugin& gpu, Arithmetic arithmetic) : gpu_(gpu) {
    std::string reason;
    own_ = gpu.own_kernels(0, arithmetic, &reason);
    if (!own_) throw std::runtime_error(reason);
  }

  const DeviceKernels& own() const { return *own_; }

  Measured measured(const Pair& pair, Work work, const std::string& tile) const {
    const DeviceKernels kernels = own_->with_tile(tile);
    const auto cuda = torch::TensorOptions(torch::kCUDA);
    const torch::Tensor fine = torch::randn({pair.batch, 2 * pair.height, 2 * pair.width, pair.fine_channels}, cuda),
                        coarse = torch::randn({pair.batch, pair.height, pair.width, pair.coarse_channels}, cuda),
                        weight = torch::randn({4, 4, pair.fine_channels, pair.coarse_channels}, cuda),
                        result = torch::empty_like(weight), bias = torch::empty({pair.coarse_channels}, cuda),
                        room = torch::empty({kernels.scratch(pair, work)}, cuda);
    const auto at = [](const torch::Tensor& tensor) { return tensor.data_ptr<float>(); };
    return {tile, microseconds(gpu_, [&] {
              if (work == Work::down) kernels.down(pair, at(fine), at(weight), {}, at(coarse), at(room));
              if (work == Work::up) kernels.up(pair, at(coarse), at(weight), {}, at(fine), at(room));
              if (work == Work::weight_gradient)
                kernels.now(GradientOfStrided{pair, at(fine), at(coarse), at(result), at(bias), false}, at(room));
            })};
  }

  double gradients(const std::vector<Gradient>& all) const {
    const auto cuda = torch::TensorOptions(torch::kCUDA);
    const auto at = [](const torch::Tensor& tensor) { return tensor.data_ptr<float>(); };
    std::vector<std::function<void()>> works;
    for (const Gradient& one : all) {
      const Pair& pair = one.pair;
      const Product& product = one.product;
      const torch::Tensor first = one.dense
                                      ? torch::randn({product.depth, product.rows}, cuda)
                                      : torch::randn({pair.batch, 2 * pair.height, 2 * pair.width, pair.fine_channels}, cuda),
                          second = one.dense ? torch::randn({product.depth, product.columns}, cuda)
                                             : torch::randn({pair.batch, pair.height, pair.width, pair.coarse_channels}, cuda);
      const torch::Tensor result = torch::empty({one.dense ? product.rows * product.columns : pair.weights()}, cuda),
                          bias = torch::empty({one.dense ? product.rows : pair.fine_channels + pair.coarse_channels}, cuda);
      const torch::Tensor room = torch::empty({one.dense ? own_->scratch_later(product) : own_->scratch_later(pair)}, cuda);
      works.push_back([=, this] {
        if (one.dense)
          own_->later(GradientOfDense{product, at(first), at(second), at(result), at(bias)}, at(room), nullptr);
        else
          own_->later(GradientOfStrided{pair, at(first), at(second), at(result), at(bias), one.bias_of_fine}, at(room),
                      nullptr);
      });
    }
    return microseconds(gpu_, [&] {
      for (const auto& work : works) work();
      own_->join();
    });
  }

  double libtorch(const Pair& pair, Work work) const {
    const auto cuda = torch::TensorOptions(torch::kCUDA);
    const auto map = [&](std::int64_t channels, std::int64_t scale) {
      return torch::randn({pair.batch, channels, scale * pair.height, scale * pair.width}, cuda)
          .contiguous(at::MemoryFormat::ChannelsLast);
    };
    const torch::Tensor fine = map(pair.fine_channels, 2), coarse = map(pair.coarse_channels, 1);
    const torch::Tensor weight =
        torch::randn({pair.coarse_channels, pair.fine_channels, 4, 4}, cuda).contiguous(at::MemoryFormat::ChannelsLast);
    return microseconds(gpu_, [&] {
      if (work == Work::down) torch::conv2d(fine, weight, {}, 2, 1);
      if (work == Work::up) torch::conv_transpose2d(coarse, weight, {}, 2, 1);
      if (work == Work::weight_gradient)
        at::convolution_backward(coarse, fine, weight, {}, {2, 2}, {1, 1}, {1, 1}, false, {0, 0}, 1, {false, true, false});
    });
  }

 private:
  const distributed::GpuPlugin& gpu_;
  const DeviceKernels* own_ = nullptr;
};

int run(const std::vector<std::string>& words) {
  const auto given = [&](const char* word) { return std::find(words.begin(), words.end(), word) != words.end(); };
  /// No word that chooses among these, or this one.
  const auto chosen_of = [&](std::initializer_list<const char*> all, const char* one) {
    return given(one) || std::none_of(all.begin(), all.end(), given);
  };
  const bool tiles = given("--tiles"), gradients = given("--gradients");
  std::string reason;
  const distributed::GpuPlugin* gpu = distributed::load_gpu_plugin(&reason);
  if (!gpu || gpu->device_count(&reason) == 0) {
    fmt::print(stderr, "there is no GPU to use{}{}\n", reason.empty() ? "" : ": ", reason);
    return 1;
  }
  gpu->select_device(0);
  at::globalContext().setBenchmarkCuDNN(true);
  const torch::NoGradGuard no_grad;
  fmt::print("{}\n", gpu->device_name(0));
  for (const Arithmetic arithmetic : {Arithmetic::float32, Arithmetic::tf32}) {
    const bool tf32 = arithmetic == Arithmetic::tf32;
    if (!chosen_of({"float32", "tf32"}, tf32 ? "tf32" : "float32")) continue;
    at::globalContext().setAllowTF32CuDNN(tf32);
    const Bench bench(*gpu, arithmetic);
    if (gradients) {
      fmt::print("\n{}\n", tf32 ? "tf32" : "float32");
      for (const Gradients& network : networks()) {
        std::vector<Gradient> reverse(network.all.rbegin(), network.all.rend());
        fmt::print("{}: all {:.1f} us, in reverse {:.1f}\n", network.name, bench.gradients(network.all),
                   bench.gradients(reverse));
        for (const Gradient& one : network.all) {
          if (one.dense)
            fmt::print("  dense {} x {}", one.product.rows, one.product.columns);
          else
            fmt::print("  {}-{} at {}", one.pair.fine_channels, one.pair.coarse_channels, one.pair.height);
          fmt::print(" {:.1f} us\n", bench.gradients({one}));
        }
      }
      continue;
    }
    fmt::print("\n{}\n{:32} {:6} {:>9} {:>9} {:>9}  tile/parts\n", tf32 ? "tf32" : "float32", "layer", "work", "LibTorch",
               "own, us", "TFLOP/s");
    for (const Layer& layer : kLayers) {
      if (!chosen_of({"shapes", "mnist", "celeba"}, layer.name)) continue;
      for (const Work work : {Work::down, Work::up, Work::weight_gradient}) {
        const Pair& pair = layer.pair;
        const double flops =
            2.0 * 16 * static_cast<double>(pair.batch * pair.height * pair.width * pair.fine_channels * pair.coarse_channels);
        const double other = bench.libtorch(pair, work);
        std::vector<Measured> all;
        const DevicePlan chosen = bench.own().plan(pair, work);
        all.push_back(bench.measured(pair, work, fmt::format("{}/{}", chosen.tile, chosen.splits)));
        if (tiles && (work != Work::up || pair.fine_channels > 3)) {
          for (const char* tile : {"slim", "small", "large", "huge"}) {
            if (std::string_view(tile) == "huge" && (flops < 3e9 || work == Work::weight_gradient)) continue;
            if (flops > 3e9 && (std::string_view(tile) == "slim" || std::string_view(tile) == "small")) continue;
            for (const int splits : {1, 2, 3, 4, 6, 8, 12, 16, 32, 64}) {
              if (flops > 3e9 && splits > 8) break;
              const std::string name = fmt::format("{}/{}", tile, splits);
              if (bench.own().with_tile(name).plan(pair, work).splits == splits)
                all.push_back(bench.measured(pair, work, name));
            }
          }
          std::sort(all.begin() + 1, all.end(),
                    [](const Measured& a, const Measured& b) { return a.microseconds < b.microseconds; });
          all.resize(std::min<std::size_t>(all.size(), 4));
        }
        for (const Measured& one : all)
          fmt::print("{:32} {:6} {:9.1f} {:9.1f} {:9.1f}  {}\n",
                     fmt::format("{} {}-{} at {}", layer.name, pair.fine_channels, pair.coarse_channels, pair.height),
                     work == Work::down ? "down"
                     : work == Work::up ? "up"
                                        : "weight",
                     other, one.microseconds, flops / one.microseconds / 1e6, one.tile);
        std::fflush(stdout);
      }
    }
  }
  return 0;
}

}  // namespace
}  // namespace irmae::kernels

int main(int count, char** words) {
  try {
    return irmae::kernels::run({words + 1, words + count});
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
