// SPDX-License-Identifier: MIT
// PNG by libpng's simplified interface; storage encodes it.
#include <png.h>

#include "framework/data/pictures/codecs.h"
#include "storage/formats/png.h"
#include "storage/system/files.h"

namespace irmae::data {

namespace {

bool has_colour(const png_image& info) { return (info.format & PNG_FORMAT_FLAG_COLOR) != 0; }

}  // namespace

std::string decode_png(const std::string& file, Image& image) {
  png_image info{};
  info.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_memory(&info, file.data(), file.size())) return info.message;
  info.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;  // 16 bits are finer steps of the same scale, not linear light
  const bool colour = has_colour(info);
  info.format = colour ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  image = {info.width, info.height, colour ? 3 : 1, {}};
  image.bytes.resize(PNG_IMAGE_SIZE(info));
  const png_color black{0, 0, 0};
  if (!png_image_finish_read(&info, &black, image.bytes.data(), 0, nullptr)) {
    const std::string reason = info.message;
    png_image_free(&info);
    return reason;
  }
  return "";
}

std::int64_t channels_of_png(std::FILE* file) {
  png_image info{};
  info.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_stdio(&info, file)) return 0;
  const bool colour = has_colour(info);
  png_image_free(&info);
  return colour ? 3 : 1;
}

void write_png(const std::filesystem::path& path, const Image& image) {
  const std::string bytes = storage::encode_png(image.width, image.height, image.channels, image.bytes.data());
  storage::replace_file(path, bytes.data(), bytes.size());
}

}  // namespace irmae::data
