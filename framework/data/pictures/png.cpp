// SPDX-License-Identifier: MIT
// PNG by libpng's simplified interface; storage encodes it.
#include <png.h>

#include "framework/data/pictures/codecs.h"
#include "storage/formats/png.h"
#include "storage/system/files.h"

namespace irmae::data {

namespace {

/// A picture that is read, with what libpng keeps of it between its header and its pixels.
struct Reading {
  png_image info{};

  Reading() { info.version = PNG_IMAGE_VERSION; }
  ~Reading() { png_image_free(&info); }
  Reading(Reading&&) = delete;  // and no copies

  bool has_colour() const { return (info.format & PNG_FORMAT_FLAG_COLOR) != 0; }
};

/// Of a picture whose last channel is alpha: each pixel's part of the colours in the file. libpng would take it in linear
/// light, as no viewer does.
void lay_on_black(Image& image) {
  const auto pixels = static_cast<std::size_t>(image.width * image.height);
  const auto colours = static_cast<std::size_t>(--image.channels);
  for (std::size_t i = 0; i < pixels; ++i) {
    const std::uint8_t* const pixel = image.bytes.data() + i * (colours + 1);
    const std::uint8_t alpha = pixel[colours];
    for (std::size_t c = 0; c < colours; ++c) image.bytes[i * colours + c] = product(pixel[c], alpha);
  }
  image.bytes.resize(colours * pixels);
}

}  // namespace

std::string decode_png(const std::string& file, Image& image) {
  Reading reading;
  png_image& info = reading.info;
  if (!png_image_begin_read_from_memory(&info, file.data(), file.size())) return info.message;
  if (std::string reason = too_many_pixels(info.width, info.height); !reason.empty()) return reason;
  info.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;  // 16 bits are finer steps of the same scale, not linear light
  const bool alpha = (info.format & PNG_FORMAT_FLAG_ALPHA) != 0;
  info.format = (reading.has_colour() ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY) | (alpha ? PNG_FORMAT_FLAG_ALPHA : 0);
  image = {info.width, info.height, PNG_IMAGE_SAMPLE_CHANNELS(info.format), {}};
  image.bytes.resize(PNG_IMAGE_SIZE(info));
  if (!png_image_finish_read(&info, nullptr, image.bytes.data(), 0, nullptr)) return info.message;
  if (alpha) lay_on_black(image);
  return "";
}

std::int64_t channels_of_png(std::FILE* file) {
  Reading reading;
  if (!png_image_begin_read_from_stdio(&reading.info, file)) return 0;
  return reading.has_colour() ? 3 : 1;
}

void write_png(const std::filesystem::path& path, const Image& image) {
  const std::string bytes = storage::encode_png(image.width, image.height, image.channels, image.bytes.data());
  storage::replace_file(path, bytes);
}

}  // namespace irmae::data
