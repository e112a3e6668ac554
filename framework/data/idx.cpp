// SPDX-License-Identifier: MIT
#include "framework/data/idx.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "framework/data/absent.h"

namespace irmae::data {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kMost = std::int64_t{1} << 40;

/// Reads plain files as well as compressed ones.
class Input {
 public:
  explicit Input(fs::path path) : path_(std::move(path)), file_(gzopen(path_.c_str(), "rb"), gzclose) {
    if (!file_) fail(std::strerror(errno));
    gzbuffer(file_.get(), 1 << 18);
  }

  [[noreturn]] void fail(const std::string& reason) const { throw Error(fmt::format("{}: {}", path_.string(), reason)); }

  void read(std::uint8_t* to, std::size_t bytes) {
    while (bytes > 0) {
      const int got = gzread(file_.get(), to, static_cast<unsigned>(std::min<std::size_t>(bytes, 1 << 30)));
      if (got < 0) fail(reason());
      if (got == 0) fail("the file is cut short");
      to += got;
      bytes -= static_cast<std::size_t>(got);
    }
  }

  /// Whether nothing follows. Without the check sum at its end a compressed file is cut short, which zlib tells of by its state
  /// alone.
  bool at_end() {
    std::uint8_t one;
    const int got = gzread(file_.get(), &one, 1);
    int code = Z_OK;
    gzerror(file_.get(), &code);
    if (got < 0 || (got == 0 && code != Z_OK)) fail(reason());
    return got == 0;
  }

 private:
  std::string reason() const {
    int code = 0;
    const char* text = gzerror(file_.get(), &code);
    return code == Z_BUF_ERROR ? "the file is cut short" : fmt::format("cannot be decompressed ({})", text);
  }

  fs::path path_;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
};

std::int64_t big_endian(const std::uint8_t* b) {
  return (std::int64_t{b[0]} << 24) | (std::int64_t{b[1]} << 16) | (std::int64_t{b[2]} << 8) | b[3];
}

}  // namespace

Idx read_idx(const fs::path& folder, const char* name, int axes) {
  fs::path path = folder / name;
  if (!fs::exists(path)) path += ".gz";
  if (!fs::exists(path))
    throw Absent(fmt::format("{}: neither this file nor {} is there", (folder / name).string(), path.filename().string()));
  Input input(path);
  std::uint8_t head[4];
  input.read(head, sizeof head);
  if (head[0] != 0 || head[1] != 0 || head[2] != 8 || head[3] != axes)
    input.fail(fmt::format("magic number {:02x}{:02x}{:02x}{:02x} instead of 000008{:02x}: not the IDX file that its name says",
                           head[0], head[1], head[2], head[3], axes));
  Idx idx;
  std::int64_t count = 1;
  for (int axis = 0; axis < axes; ++axis) {
    input.read(head, sizeof head);
    idx.shape.push_back(big_endian(head));
    if (idx.shape.back() == 0 || count > kMost / std::max<std::int64_t>(idx.shape.back(), 1))
      input.fail(fmt::format("size {} of axis {} is absurd: the file is damaged", idx.shape.back(), axis));
    count *= idx.shape.back();
  }
  // In parts, so that a damaged size does not take memory which the file cannot fill.
  constexpr std::int64_t kPart = std::int64_t{1} << 24;
  for (std::int64_t done = 0; done < count; done += kPart) {
    const std::int64_t part = std::min(kPart, count - done);
    idx.bytes.resize(static_cast<std::size_t>(done + part));
    input.read(idx.bytes.data() + done, static_cast<std::size_t>(part));
  }
  if (!input.at_end())
    input.fail(fmt::format("more bytes than its sizes {} say: the file is damaged", fmt::join(idx.shape, " x ")));
  return idx;
}

}  // namespace irmae::data
