// SPDX-License-Identifier: MIT
// MNIST (LeCun, Cortes and Burges 1998) and what comes in its format: four IDX files, plain or compressed. Training on
// 60,000, validation on the 10,000 test images, resized to 32 x 32 (authors' code).
#include <fmt/format.h>

#include "framework/counted.h"
#include "framework/data/idx.h"
#include "framework/data/in_memory_dataset.h"
#include "framework/data/location.h"
#include "framework/data/pictures/resize.h"

namespace irmae::data::mnist_set {
namespace {

constexpr std::int64_t kClasses = 10;
constexpr std::int64_t kTrain = 60'000, kTest = 10'000;  ///< of the original

torch::Tensor resized(const Idx& images, std::int64_t size) {
  const std::int64_t count = images.shape[0], height = images.shape[1], width = images.shape[2];
  torch::Tensor all = torch::empty({count, 1, size, size}, torch::kUInt8);
  std::uint8_t* out = all.data_ptr<std::uint8_t>();
  Image image{width, height, 1, std::vector<std::uint8_t>(static_cast<std::size_t>(width * height))};
  for (std::int64_t i = 0; i < count; ++i) {
    std::copy_n(images.bytes.begin() + i * width * height, width * height, image.bytes.begin());
    const Image small = resize(image, size, size);
    out = std::copy(small.bytes.begin(), small.bytes.end(), out);
  }
  return all;
}

SplitSamples read_split(const std::filesystem::path& folder, const std::string& prefix, std::int64_t size) {
  const std::string image_file = prefix + "-images-idx3-ubyte", label_file = prefix + "-labels-idx1-ubyte";
  const Idx images = read_idx(folder, image_file.c_str(), 3), labels = read_idx(folder, label_file.c_str(), 1);
  if (images.shape[0] != labels.shape[0])
    throw Error(fmt::format("{}: {} in {}, but {} in {}: files of different sets?", folder.string(),
                            counted(images.shape[0], "image"), image_file, counted(labels.shape[0], "label"), label_file));
  for (const std::uint8_t label : labels.bytes)
    if (label >= kClasses)
      throw Error(fmt::format("{}: label {} is not in 0..9: the file is damaged", (folder / label_file).string(), label));
  return {resized(images, size),
          torch::tensor(std::vector<std::int64_t>(labels.bytes.begin(), labels.bytes.end()), torch::kInt64),
          {},
          consecutive(0, images.shape[0])};
}

std::unique_ptr<Dataset> open_mnist(const manifest::Cell& cell) {
  const auto folder = find_folder(cell, {"mnist"}, "train-images-idx3-ubyte");
  const std::int64_t size = cell.integer("data.size");
  SplitSamples train = read_split(folder, "train", size), test = read_split(folder, "t10k", size);
  const Extent used = in_memory_extent(cell, {{1, size, size}, train.size(), test.size()});
  Facts facts{
      .classes = kClasses, .description = fmt::format("{} + {} images", used.train, used.validation), .held_out = "test"};
  return std::make_unique<InMemoryDataset>(cell, std::move(train), std::move(test), std::move(facts));
}

std::vector<manifest::Key> keys() {
  std::vector<manifest::Key> all = in_memory_keys();
  all.push_back(root_key());
  all.push_back({.path = "data.size",
                 .fallback = std::int64_t{32},
                 .help = "images are resized to size x size",
                 .least = 1,
                 .most = 4096});
  return all;
}

const RegisterDataset registered{{
    .choice = {.name = "mnist",
               .help = "handwritten digits, 32 x 32 grey (section 4.2; sizes of the authors' code)",
               .keys = keys(),
               .defaults = {{"model.network", std::string("mnist")},
                            {"model.latent", std::int64_t{128}},
                            {"model.linear_layers", std::int64_t{8}},
                            {"evaluate.mixture_components", std::int64_t{4}}}},
    .open = open_mnist,
    .extent =
        [](const manifest::Cell& cell) {
          const std::int64_t size = cell.integer("data.size");
          return in_memory_extent(cell, {{1, size, size}, kTrain, kTest});
        },
}};

}  // namespace
}  // namespace irmae::data::mnist_set
