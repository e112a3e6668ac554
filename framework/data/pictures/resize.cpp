// SPDX-License-Identifier: MIT
#include "framework/data/pictures/resize.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/counted.h"
#include "storage/error.h"

namespace irmae::data {

namespace {

/// Weights are integers in units of 2^-22: 32 bits less 8 of the pixel and 2 of headroom.
constexpr int kBits = 22;

/// Which input pixels make one output pixel.
struct Window {
  std::int64_t first;
  std::vector<std::int32_t> weights;
};

/// Triangle filter, as wide as an output pixel where the picture gets smaller.
std::vector<Window> windows(std::int64_t from, std::int64_t to) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  const double support = std::max(scale, 1.0);
  std::vector<Window> all;
  for (std::int64_t place = 0; place < to; ++place) {
    const double centre = (static_cast<double>(place) + 0.5) * scale;
    const auto first = std::max<std::int64_t>(static_cast<std::int64_t>(centre - support + 0.5), 0);
    const auto last = std::min<std::int64_t>(static_cast<std::int64_t>(centre + support + 0.5), from);
    std::vector<double> real;
    double sum = 0;
    for (std::int64_t i = first; i < last; ++i) {
      real.push_back(std::max(0.0, 1 - std::abs((static_cast<double>(i) - centre + 0.5) / support)));
      sum += real.back();
    }
    Window window{first, {}};
    for (const double weight : real) window.weights.push_back(static_cast<std::int32_t>(0.5 + weight / sum * (1 << kBits)));
    all.push_back(std::move(window));
  }
  return all;
}

std::uint8_t to_byte(std::int32_t sum) { return static_cast<std::uint8_t>(std::clamp(sum >> kBits, 0, 255)); }

/// One pass: `lines` lines of `from` places, each place `step` bytes after the one before, lines `line_step` bytes apart.
struct Strides {
  std::int64_t step, line_step;
};

void pass(const std::uint8_t* in, Strides from, std::uint8_t* out, Strides to, std::int64_t lines, std::int64_t channels,
          const std::vector<Window>& all) {
  for (std::int64_t line = 0; line < lines; ++line)
    for (std::size_t place = 0; place < all.size(); ++place)
      for (std::int64_t channel = 0; channel < channels; ++channel) {
        const Window& window = all[place];
        const std::uint8_t* pixel = in + line * from.line_step + window.first * from.step + channel;
        std::int32_t sum = 1 << (kBits - 1);
        for (const std::int32_t weight : window.weights) {
          sum += weight * *pixel;
          pixel += from.step;
        }
        out[line * to.line_step + static_cast<std::int64_t>(place) * to.step + channel] = to_byte(sum);
      }
}

Image blank(std::int64_t width, std::int64_t height, std::int64_t channels) {
  return {width, height, channels, std::vector<std::uint8_t>(static_cast<std::size_t>(width * height * channels))};
}

}  // namespace

Image centre_crop(const Image& image, std::int64_t width, std::int64_t height) {
  const auto left = static_cast<std::int64_t>(std::nearbyint(static_cast<double>(image.width - width) / 2));
  const auto top = static_cast<std::int64_t>(std::nearbyint(static_cast<double>(image.height - height) / 2));
  Image result = blank(width, height, image.channels);
  const std::int64_t line = width * image.channels;
  for (std::int64_t y = 0; y < height; ++y)
    std::copy_n(image.bytes.begin() + ((top + y) * image.width + left) * image.channels, line, result.bytes.begin() + y * line);
  return result;
}

Image resize(const Image& image, std::int64_t width, std::int64_t height) {
  const std::int64_t c = image.channels;
  Image wide = blank(width, image.height, c);
  pass(image.bytes.data(), {c, image.width * c}, wide.bytes.data(), {c, width * c}, image.height, c,
       windows(image.width, width));
  Image result = blank(width, height, c);
  pass(wide.bytes.data(), {width * c, c}, result.bytes.data(), {width * c, c}, width, c, windows(image.height, height));
  return result;
}

Image with_channels(const Image& image, std::int64_t channels) {
  if (image.channels == channels) return image;
  if (!(image.channels == 1 && channels == 3) && !(image.channels == 3 && channels == 1))
    throw Error(fmt::format("a picture of {} cannot become one of {}", counted(image.channels, "channel"), channels));
  Image result = blank(image.width, image.height, channels);
  const std::size_t pixels = static_cast<std::size_t>(image.width * image.height);
  for (std::size_t i = 0; i < pixels; ++i) {
    if (channels == 3) {
      for (std::size_t k = 0; k < 3; ++k) result.bytes[3 * i + k] = image.bytes[i];
    } else {
      const std::uint8_t* p = image.bytes.data() + 3 * i;
      // 0.299, 0.587, 0.114 in units of 2^-16
      result.bytes[i] = static_cast<std::uint8_t>((p[0] * 19595 + p[1] * 38470 + p[2] * 7471 + 0x8000) >> 16);
    }
  }
  return result;
}

}  // namespace irmae::data
