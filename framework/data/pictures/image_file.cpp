// SPDX-License-Identifier: MIT
#include "framework/data/pictures/image_file.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "framework/data/pictures/codecs.h"
#include "storage/error.h"
#include "storage/system/files.h"

namespace irmae::data {

Image read_image(const std::filesystem::path& path) {
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
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (!file) return 0;
  const int first = std::getc(file.get());
  std::rewind(file.get());
  return first == 0xFF ? channels_of_jpeg(file.get()) : channels_of_png(file.get());
}

}  // namespace irmae::data
