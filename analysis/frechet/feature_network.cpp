// SPDX-License-Identifier: MIT
#include "analysis/frechet/feature_network.h"

#include <fmt/format.h>
#include <torch/script.h>

#include <filesystem>

#include "framework/device_failure.h"
#include "storage/error.h"
#include "storage/system/environment.h"
#include "storage/system/files.h"
#include "storage/system/sha256.h"
#include "storage/text/first_line.h"

namespace irmae::frechet {

namespace fs = std::filesystem;

namespace {

fs::path found(const std::string& name) {
  std::error_code error;
  const fs::path models = storage::environment_variable("IRMAE_MODELS");
  if (fs::path(name).is_relative() && fs::is_regular_file(models / name, error)) return models / name;
  if (fs::is_regular_file(name, error)) return name;
  throw Error(fmt::format("feature network {} is not there: set IRMAE_MODELS to the folder that holds it", name));
}

}  // namespace

std::string why_no_network(const std::string& name) {
  try {
    found(name);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

struct FeatureNetwork::Impl {
  mutable torch::jit::Module module;
};

FeatureNetwork::FeatureNetwork(const std::string& name, const std::vector<std::int64_t>& image_shape, torch::Device device)
    : impl_(std::make_unique<Impl>()), device_(device) {
  const fs::path path = found(name);
  file_ = path.filename().string();
  hash_ = storage::sha256(storage::read_text(path));
  // Says nothing of the file. On the host it does: a network may ask for a GPU by itself.
  const auto is_of_gpu = [&](const std::exception& error) { return !device.is_cpu() && is_of_device(error); };
  try {
    impl_->module = torch::jit::load(path.string(), device);
    impl_->module.eval();
  } catch (const std::exception& error) {  // c10::Error, or torch::jit::ErrorReport, which is none
    if (is_of_gpu(error)) throw;
    throw Error(fmt::format("{}: not a TorchScript file that this LibTorch can load: {}", path.string(),
                            storage::first_line(message_of(error))));
  }
  torch::Tensor example = torch::zeros({2, image_shape[0], image_shape[1], image_shape[2]}, torch::kUInt8);
  for (const bool three : {false, true}) {
    if (three && image_shape[0] != 1) break;
    three_channels_ = three;
    try {
      width_ = forward(example).size(1);
      return;
    } catch (const std::exception& error) {
      if (is_of_gpu(error)) throw;
      // Else the network is not for this number of channels.
    }
  }
  throw Error(fmt::format("{}: does not take uint8 images of {} (forward(images, return_features = true))", path.string(),
                          fmt::join(image_shape, " x ")));
}

FeatureNetwork::~FeatureNetwork() = default;

torch::Tensor FeatureNetwork::forward(const torch::Tensor& images) const {
  const torch::NoGradGuard no_grad;
  torch::Tensor input = images.to(device_);
  if (three_channels_) input = input.expand({-1, 3, -1, -1}).contiguous();
  return impl_->module.forward({input, true}).toTensor();
}

torch::Tensor FeatureNetwork::features(const torch::Tensor& images) const {
  return forward(images).to(torch::kCPU, torch::kFloat32);
}

std::string why_unusable(const std::string& name, const std::vector<std::int64_t>& image_shape) {
  try {
    FeatureNetwork(name, image_shape, torch::kCPU);
    return "";
  } catch (const Error& error) {
    return fmt::format("feature network {} cannot be used on the host: {}", name, error.what());
  }
}

}  // namespace irmae::frechet
