// SPDX-License-Identifier: MIT
// JPEG by libjpeg-turbo with its default, accurate transform: what Pillow decodes to, byte for byte, and then upright.
#include <cstdio>  // jpeglib.h takes FILE from it

#include <jerror.h>
#include <jpeglib.h>

#include <csetjmp>
#include <string>
#include <utility>

#include "framework/data/pictures/codecs.h"
#include "framework/data/pictures/orientation.h"

namespace irmae::data {

namespace {

/// libjpeg leaves by longjmp; what it has to say is kept in the handler.
struct Failure {
  jpeg_error_mgr base{};
  std::jmp_buf leave{};
  char text[JMSG_LENGTH_MAX] = {};
};

void leave(j_common_ptr info) {
  auto* failure = reinterpret_cast<Failure*>(info->err);
  info->err->format_message(info, failure->text);
  std::longjmp(failure->leave, 1);
}

/// libjpeg fills what is missing of a damaged file with grey and only warns: here a warning is a failure, except for bytes
/// between markers, which cameras leave and nobody misses.
void message(j_common_ptr info, int level) {
  if (level < 0 && info->err->msg_code != JWRN_EXTRANEOUS_DATA) leave(info);
}

/// Owns what libjpeg has for one file.
class Decoder {
 public:
  Decoder() {
    info_.err = jpeg_std_error(&failure_.base);
    failure_.base.error_exit = leave;
    failure_.base.emit_message = message;
  }
  ~Decoder() { jpeg_destroy_decompress(&info_); }
  Decoder(const Decoder&) = delete;

  /// False, with a reason, where libjpeg left. Nothing that has a destructor may be made in `work`, which is left behind then.
  template <class Work>
  bool succeeds(const Work& work) {
    if (setjmp(failure_.leave)) return false;
    work(info_);
    return true;
  }
  std::string reason() const { return failure_.text; }
  const jpeg_decompress_struct& info() const { return info_; }

 private:
  jpeg_decompress_struct info_{};
  Failure failure_{};
};

J_COLOR_SPACE wanted_of(J_COLOR_SPACE stored) {
  if (stored == JCS_CMYK || stored == JCS_YCCK) return JCS_CMYK;
  return stored == JCS_GRAYSCALE ? JCS_GRAYSCALE : JCS_RGB;
}

/// Each ink takes its share of what black leaves of white. 255 is no ink (so Adobe stores them, and so Pillow takes all of
/// them): each byte is the share of light that its ink leaves.
void inks_to_rgb(Image& image) {
  const auto pixels = static_cast<std::size_t>(image.width * image.height);
  for (std::size_t i = 0; i < pixels; ++i) {
    const std::uint8_t black = image.bytes[4 * i + 3];
    for (std::size_t c = 0; c < 3; ++c) image.bytes[3 * i + c] = product(image.bytes[4 * i + c], black);
  }
  image.channels = 3;
  image.bytes.resize(3 * pixels);
}

}  // namespace

std::string decode_jpeg(const std::string& file, Image& image) {
  Decoder decoder;
  const bool known = decoder.succeeds([&](jpeg_decompress_struct& info) {
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(file.data()), file.size());
    jpeg_read_header(&info, TRUE);
  });
  if (!known) return decoder.reason();
  if (std::string reason = too_many_pixels(decoder.info().image_width, decoder.info().image_height); !reason.empty())
    return reason;
  const bool started = decoder.succeeds([](jpeg_decompress_struct& info) {
    info.out_color_space = wanted_of(info.jpeg_color_space);
    jpeg_start_decompress(&info);
  });
  if (!started) return decoder.reason();
  image.width = decoder.info().output_width;
  image.height = decoder.info().output_height;
  image.channels = decoder.info().output_components;
  image.bytes.resize(static_cast<std::size_t>(image.width * image.height * image.channels));
  const bool read = decoder.succeeds([&](jpeg_decompress_struct& info) {
    while (info.output_scanline < info.output_height) {
      JSAMPROW row = image.bytes.data() +
                     static_cast<std::size_t>(info.output_scanline) * static_cast<std::size_t>(image.width * image.channels);
      jpeg_read_scanlines(&info, &row, 1);
    }
    jpeg_finish_decompress(&info);
  });
  if (!read) return decoder.reason();
  if (image.channels == 4) inks_to_rgb(image);
  image = upright(std::move(image), orientation_of_jpeg(file));
  return "";
}

std::int64_t channels_of_jpeg(std::FILE* file) {
  Decoder decoder;
  const bool read = decoder.succeeds([&](jpeg_decompress_struct& info) {
    jpeg_create_decompress(&info);
    jpeg_stdio_src(&info, file);
    jpeg_read_header(&info, TRUE);
  });
  return !read ? 0 : decoder.info().num_components == 1 ? 1 : 3;
}

}  // namespace irmae::data
