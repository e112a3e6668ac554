// SPDX-License-Identifier: MIT
#include "framework/data/pictures/image_file.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>
#include <system_error>

#include "framework/data/pictures/codecs.h"
#include "storage/error.h"
#include "storage/system/files.h"

namespace irmae::data {

namespace {

/// As many as Pillow opens: half a GiB of three channels.
constexpr std::int64_t kMostPixels = 178'956'970;
/// Of a file: more than so many pixels take with four channels of 16 bits.
constexpr std::uintmax_t kMostBytes = std::uintmax_t{1} << 31;

/// What a file of such a name must not be: reading a pipe waits for a writer, and a device may never end.
bool is_device_or_pipe(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_other(std::filesystem::status(path, error));
}

}  // namespace

std::string too_many_pixels(std::int64_t width, std::int64_t height) {
  if (height == 0 || width <= kMostPixels / height) return "";
  return fmt::format("{} x {} pixels are more than the {} million that are read: make it smaller", width, height,
                     kMostPixels / 1'000'000);
}

Image read_image(const std::filesystem::path& path) {
  if (is_device_or_pipe(path)) throw Error(fmt::format("{}: a device or a pipe, not a file", path.string()));
  std::error_code unknown;  // named when it is read
  if (const std::uintmax_t size = std::filesystem::file_size(path, unknown); !unknown && size > kMostBytes)
    throw Error(fmt::format("{}: larger than 2 GiB", path.string()));
  const std::string file = storage::read_text(path);
  Image image;
  std::string reason;
  if (file.starts_with("\xFF\xD8\xFF"))
    reason = decode_jpeg(file, image);
  else if (file.starts_with("\x89PNG"))
    reason = decode_png(file, image);
  else
    reason = "neither a JPEG nor a PNG file";
  if (!reason.empty()) throw Error(fmt::format("{}: {}", path.string(), reason));
  return image;
}

std::int64_t stored_channels(const std::filesystem::path& path) {
  if (is_device_or_pipe(path)) return 0;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (!file) return 0;
  const int first = std::getc(file.get());
  std::rewind(file.get());
  return first == 0xFF ? channels_of_jpeg(file.get()) : channels_of_png(file.get());
}

}  // namespace irmae::data
