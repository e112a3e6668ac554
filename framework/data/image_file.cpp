// SPDX-License-Identifier: MIT
#include "framework/data/image_file.h"

#include <fmt/format.h>

#include "framework/data/codecs.h"
#include "storage/error.h"
#include "storage/files.h"

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

}  // namespace irmae::data
