// SPDX-License-Identifier: MIT
// By libpng's simplified interface, which chooses each row's filter.
#include "storage/formats/png.h"

#include <fmt/format.h>
#include <png.h>

#include "storage/error.h"

namespace irmae::storage {

std::string encode_png(std::int64_t width, std::int64_t height, std::int64_t channels, const std::uint8_t* pixels) {
  png_image info{};
  info.version = PNG_IMAGE_VERSION;
  info.width = static_cast<png_uint_32>(width);
  info.height = static_cast<png_uint_32>(height);
  info.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(info);  // libpng tells the true size only by packing everything twice
  std::string bytes(size, '\0');
  if (!png_image_write_to_memory(&info, bytes.data(), &size, 0, pixels, 0, nullptr))
    throw Error(fmt::format("a picture of {} x {} pixels cannot be encoded as PNG: {}", width, height, info.message));
  bytes.resize(size);
  bytes.shrink_to_fit();
  return bytes;
}

}  // namespace irmae::storage
