// SPDX-License-Identifier: MIT
#include "framework/data/dataset.h"

#include <algorithm>

namespace irmae::data {

namespace {

const Kind& kind_of(const manifest::Cell& cell) { return Registry<Kind>::of(cell); }

}  // namespace

const std::vector<Kind>& kinds() { return Registry<Kind>::all(); }

void check(const manifest::Cell& cell) {
  if (const Kind& kind = kind_of(cell); kind.check) kind.check(cell);
}

std::unique_ptr<Dataset> open(const manifest::Cell& cell) { return kind_of(cell).open(cell); }

std::optional<std::string> look_at(const manifest::Cell& cell) {
  const Kind& kind = kind_of(cell);
  if (!kind.look) return {};
  try {
    return kind.look(cell);
  } catch (const std::exception&) {  // not only Error: also a folder that the system does not let be listed
    return {};
  }
}

std::optional<Extent> extent_of(const manifest::Cell& cell) {
  const Kind& kind = kind_of(cell);
  if (!kind.extent) return {};
  return kind.extent(cell);
}

std::string samples_key(const manifest::Cell& cell) { return cell.text_of({"data."}); }

std::int64_t crop_of(const manifest::Cell& cell, std::int64_t width) {
  const Kind& kind = kind_of(cell);
  return kind.crop ? kind.crop(cell, width) : 0;
}

const Facts& Dataset::facts() const {
  static const Facts synthetic{};
  return synthetic;
}

torch::Tensor Dataset::attributes(Split /*split*/, const std::vector<std::int64_t>& indices) const {
  return torch::empty({static_cast<std::int64_t>(indices.size()), 0}, torch::kUInt8);
}

torch::Tensor indices_on(torch::Device device, const std::vector<std::int64_t>& indices) {
  const torch::Tensor here = torch::tensor(indices, torch::kInt64);
  return device.is_cpu() ? here : here.pin_memory().to(device, /*non_blocking=*/true);
}

std::vector<std::int64_t> shuffled(std::int64_t count, std::uint64_t seed, std::int64_t epoch) {
  std::vector<std::int64_t> order = consecutive(0, count);
  for (std::int64_t i = count - 1; i > 0; --i) {
    const Block block = random_block(seed, Stream::shuffle, static_cast<std::uint64_t>(i), static_cast<std::uint32_t>(epoch));
    const std::uint64_t wide = (static_cast<std::uint64_t>(block[0]) << 32) | block[1];
    const auto j = static_cast<std::size_t>(wide % static_cast<std::uint64_t>(i + 1));
    std::swap(order[static_cast<std::size_t>(i)], order[j]);
  }
  return order;
}

torch::Tensor normal_noise(std::uint64_t seed, Stream stream, std::int64_t first_index, std::int64_t count,
                           std::int64_t width) {
  torch::Tensor noise = torch::empty({count, width});
  float* const out = noise.data_ptr<float>();
  for (std::int64_t row = 0; row < count; ++row) {
    for (std::int64_t column = 0; column < width; column += 4) {
      const Block block =
          random_block(seed, stream, static_cast<std::uint64_t>(first_index + row), static_cast<std::uint32_t>(column / 4));
      const auto a = normal_pair(block[0], block[1]), b = normal_pair(block[2], block[3]);
      const double values[4] = {a[0], a[1], b[0], b[1]};
      for (std::int64_t k = 0; k < std::min<std::int64_t>(4, width - column); ++k)
        out[row * width + column + k] = static_cast<float>(values[k]);
    }
  }
  return noise;
}

}  // namespace irmae::data
