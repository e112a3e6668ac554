// SPDX-License-Identifier: MIT
// A feature network from a TorchScript file with the field's calling convention:
//   forward(uint8 [count, channels, height, width], return_features = true) -> float32 [count, width]
// What it does to the images' size is inside the file.
#pragma once

#include <torch/types.h>

#include <memory>
#include <string>
#include <vector>

#include "storage/error.h"

namespace irmae::frechet {

/// A feature network that fails, or gives no features, for images: it is of no use for this evaluation, which is left out.
class UnusableNetwork : public Error {
 public:
  using Error::Error;
};

/// Why no file of this name is found where FeatureNetwork looks; empty: there is one.
std::string why_no_network(const std::string& name);

/// Why the file of this name, which is there, cannot give features of images of this shape [channels, height, width]; empty: it
/// can. Loads it and tries it on a few images, on the host: seconds for a large one.
std::string why_unusable(const std::string& name, const std::vector<std::int64_t>& image_shape);

/// A feature network that is loaded.
class FeatureNetwork {
 public:
  /// Loads a file: `name` is a path, or a file's name below IRMAE_MODELS. Throws Error: absent, not TorchScript, or not for
  /// images of this shape [channels, height, width]; where a GPU fails at it, such as for lack of memory, what LibTorch throws.
  /// Grey images are given as three equal channels where the network takes only those.
  FeatureNetwork(const std::string& name, const std::vector<std::int64_t>& image_shape, torch::Device device);
  ~FeatureNetwork();

  /// Features of images, uint8 [count, channels, height, width]: float32 [count, width] on the host, all finite. Throws
  /// UnusableNetwork, with the file's path, where the network fails or gives anything else; where a GPU fails, what LibTorch
  /// throws.
  torch::Tensor features(const torch::Tensor& images) const;

  std::int64_t width() const { return width_; }      ///< features of an image
  const std::string& file() const { return file_; }  ///< the file's name without folders
  const std::string& hash() const { return hash_; }  ///< SHA-256 of the file, 64 hex digits

 private:
  struct Impl;
  torch::Tensor forward(const torch::Tensor& images) const;
  /// Whether a failure says nothing of the file. On the host each does: a network may ask for a GPU by itself.
  bool is_of_gpu(const std::exception& error) const;

  std::unique_ptr<Impl> impl_;
  std::string path_, file_, hash_;
  torch::Device device_;
  bool three_channels_ = false;
  std::int64_t width_ = 0;
};

}  // namespace irmae::frechet
