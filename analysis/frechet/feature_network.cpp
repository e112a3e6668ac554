// SPDX-License-Identifier: MIT
#include "analysis/frechet/feature_network.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/script.h>

#include <filesystem>
#include <string_view>

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

constexpr std::int64_t kWidest = 8192;  ///< features: their covariance takes half a GiB, and a distance several times that

/// What TorchScript says of a failure: it stands behind the lines of the network's own code.
std::string reason_of(const std::exception& error) {
  constexpr std::string_view before = "Error: ";
  const std::string text = message_of(error);
  const std::size_t place = text.rfind(before);
  return storage::first_line(place == std::string::npos ? text : text.substr(place + before.size()));
}

/// What a network gave for `count` images as float32 [count, width] on the host. Throws UnusableNetwork where it is no such
/// thing. width: 0 where it is not known yet.
torch::Tensor as_features(const torch::Tensor& given, std::int64_t count, std::int64_t width, const std::string& path) {
  if (given.dim() != 2 || given.size(0) != count || given.size(1) == 0 || (width > 0 && given.size(1) != width))
    throw UnusableNetwork(fmt::format("{}: gives {} for {} images, not {} x {}", path,
                                      given.dim() == 0 ? "a single number" : fmt::format("{}", fmt::join(given.sizes(), " x ")),
                                      count, count, width > 0 ? std::to_string(width) : "features"));
  if (given.size(1) > kWidest)
    throw UnusableNetwork(
        fmt::format("{}: gives {} features, more than the {} of which distances are computed", path, given.size(1), kWidest));
  torch::Tensor features = given.to(torch::kCPU, torch::kFloat32);
  if (!features.isfinite().all().item<bool>())
    throw UnusableNetwork(fmt::format("{}: gives features that are not finite (NaN or infinity)", path));
  return features;
}

/// uint8 images in which no two numbers beside each other are the same: a network may give too few rows, or divide by 0, only
/// for images that are alike.
torch::Tensor trial_images(std::int64_t count, const std::vector<std::int64_t>& shape) {
  const std::int64_t numbers = count * shape[0] * shape[1] * shape[2];
  return torch::arange(numbers, torch::kInt64)
      .mul(37)
      .remainder(251)
      .to(torch::kUInt8)
      .view({count, shape[0], shape[1], shape[2]});
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
  path_ = path.string();
  file_ = path.filename().string();
  hash_ = storage::sha256(storage::read_text(path));
  try {
    impl_->module = torch::jit::load(path.string(), device);
    impl_->module.eval();
  } catch (const std::exception& error) {  // c10::Error, or torch::jit::ErrorReport, which is none
    if (is_of_gpu(error)) throw;
    throw Error(fmt::format("{}: not a TorchScript file that this LibTorch can load: {}", path_,
                            storage::first_line(message_of(error))));
  }
  std::string wrong;  // with what it gave, where it took the images
  for (const bool three : {false, true}) {
    if (three && image_shape[0] != 1) break;
    three_channels_ = three;
    try {
      width_ = 0;
      for (const std::int64_t count : {2, 3})  // a batch's size may not be part of a network
        width_ = as_features(forward(trial_images(count, image_shape)), count, width_, path_).size(1);
      return;
    } catch (const UnusableNetwork& error) {
      wrong = error.what();
    } catch (const std::exception& error) {
      if (is_of_gpu(error)) throw;
      // Else the network is not for this number of channels.
    }
  }
  if (!wrong.empty()) throw UnusableNetwork(wrong);
  throw Error(fmt::format("{}: does not take uint8 images of {} (forward(images, return_features = true))", path_,
                          fmt::join(image_shape, " x ")));
}

FeatureNetwork::~FeatureNetwork() = default;

torch::Tensor FeatureNetwork::forward(const torch::Tensor& images) const {
  const torch::NoGradGuard no_grad;
  torch::Tensor input = images.to(device_);
  if (three_channels_) input = input.expand({-1, 3, -1, -1}).contiguous();
  return impl_->module.forward({input, true}).toTensor();
}

bool FeatureNetwork::is_of_gpu(const std::exception& error) const { return !device_.is_cpu() && is_of_device(error); }

torch::Tensor FeatureNetwork::features(const torch::Tensor& images) const {
  try {
    return as_features(forward(images), images.size(0), width_, path_);
  } catch (const UnusableNetwork&) {
    throw;
  } catch (const std::exception& error) {
    if (is_of_gpu(error)) throw;
    throw UnusableNetwork(fmt::format("{}: fails at {} images: {}", path_, images.size(0), reason_of(error)));
  }
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
