// SPDX-License-Identifier: MIT
#include "analysis/png.h"

#include <zlib.h>

#include <cstdlib>

#include "storage/error.h"

namespace irmae::analysis {

namespace {

constexpr std::size_t kPixel = 3;

void append_word(std::string& out, std::uint32_t word) {
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(word >> shift & 0xFF);
}

void append_chunk(std::string& out, const std::string& type, const std::string& data) {
  append_word(out, static_cast<std::uint32_t>(data.size()));
  const std::string body = type + data;
  out += body;
  append_word(
      out, static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()))));
}

/// Section 9.4: whichever of left, above and upper left is nearest to left + above - upper left.
int paeth(int left, int above, int upper_left) {
  const int guess = left + above - upper_left;
  const int a = std::abs(guess - left), b = std::abs(guess - above), c = std::abs(guess - upper_left);
  return a <= b && a <= c ? left : b <= c ? above : upper_left;
}

/// Each row as its difference from the Paeth prediction: what deflate compresses well.
std::string filtered(const Raster& raster) {
  constexpr char kPaeth = 4;
  const auto width = kPixel * static_cast<std::size_t>(raster.width);
  std::string out;
  out.reserve(static_cast<std::size_t>(raster.height) * (width + 1));
  for (std::size_t y = 0; y < static_cast<std::size_t>(raster.height); ++y) {
    const std::uint8_t* row = raster.rgb.data() + y * width;
    const std::uint8_t* before = y > 0 ? row - width : nullptr;
    out += kPaeth;
    for (std::size_t i = 0; i < width; ++i) {
      const int left = i >= kPixel ? row[i - kPixel] : 0, above = before ? before[i] : 0;
      const int upper_left = before && i >= kPixel ? before[i - kPixel] : 0;
      out += static_cast<char>(row[i] - paeth(left, above, upper_left));
    }
  }
  return out;
}

}  // namespace

std::string png(const Raster& raster) {
  const std::string rows = filtered(raster);
  uLongf size = compressBound(static_cast<uLong>(rows.size()));
  std::string packed(size, '\0');
  if (compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(rows.data()),
                static_cast<uLong>(rows.size()), Z_BEST_COMPRESSION) != Z_OK)
    throw Error("a picture cannot be compressed: there is not enough memory");
  packed.resize(size);
  std::string header;
  append_word(header, static_cast<std::uint32_t>(raster.width));
  append_word(header, static_cast<std::uint32_t>(raster.height));
  header += std::string{8, 2, 0, 0, 0};  // bits, RGB, deflate, adaptive filters, not interlaced
  std::string out("\x89PNG\r\n\x1a\n");
  append_chunk(out, "IHDR", header);
  append_chunk(out, "IDAT", packed);
  append_chunk(out, "IEND", "");
  return out;
}

}  // namespace irmae::analysis
