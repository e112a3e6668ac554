// SPDX-License-Identifier: MIT
// The format is numpy.lib.format's (NEP 1): "\x93NUMPY", two bytes of version, the header's length, a header that is the
// text of a Python dictionary with the keys descr, fortran_order and shape, then the values. Nothing in a file is trusted:
// its sizes are compared with the file's before memory is asked for.
#include "storage/formats/npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <string_view>

#include "storage/error.h"
#include "storage/system/files.h"

namespace irmae::storage {

static_assert(std::endian::native == std::endian::little, "the values are copied as they lie in memory");

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kLongestHeader = 1 << 20;

[[noreturn]] void refuse(const fs::path& path, const std::string& what) {
  throw Error(fmt::format("{}: {}", path.string(), what));
}

struct Header {
  char kind = 0;         ///< NumPy's letter: f, i, u or b
  std::size_t size = 0;  ///< bytes of one value
  bool swapped = false;  ///< big endian
  bool fortran = false;
  std::vector<std::int64_t> shape;
};

/// Reads the dictionary's text. Only what numpy.save writes is understood: strings, True, False and tuples of integers.
class HeaderText {
 public:
  HeaderText(std::string_view text, const fs::path& path) : rest_(text), path_(path) {}

  Header read() {
    Header header;
    bool descr = false, order = false, shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string key = string();
      expect(':');
      if (key == "descr") {
        set_type(header);
        descr = true;
      } else if (key == "fortran_order") {
        header.fortran = truth();
        order = true;
      } else if (key == "shape") {
        header.shape = integers();
        shape = true;
      } else {
        damaged();
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    if (!descr || !order || !shape) damaged();
    return header;
  }

 private:
  [[noreturn]] void damaged() const { refuse(path_, "its header is not one that NumPy writes: the file is damaged"); }

  void skip() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\n' || rest_.front() == '\t')) rest_.remove_prefix(1);
  }
  bool accept(char wanted) {
    skip();
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char wanted) {
    if (!accept(wanted)) damaged();
  }

  std::string string() {
    skip();
    const char quote = rest_.empty() ? 0 : rest_.front();
    if (quote != '\'' && quote != '"') damaged();
    const std::size_t end = rest_.find(quote, 1);
    if (end == std::string_view::npos) damaged();
    const std::string text(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return text;
  }

  bool truth() {
    skip();
    for (const bool value : {true, false}) {
      const std::string_view word = value ? "True" : "False";
      if (!rest_.starts_with(word)) continue;
      rest_.remove_prefix(word.size());
      return value;
    }
    damaged();
  }

  std::vector<std::int64_t> integers() {
    std::vector<std::int64_t> values;
    expect('(');
    while (!accept(')')) {
      skip();
      std::int64_t value = 0;
      std::size_t digits = 0;
      for (; digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9'; ++digits) {
        if (value > (std::numeric_limits<std::int64_t>::max() - 9) / 10) damaged();
        value = 10 * value + (rest_[digits] - '0');
      }
      if (digits == 0) damaged();
      rest_.remove_prefix(digits);
      accept('L');  // as Python 2 wrote it
      values.push_back(value);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return values;
  }

  void set_type(Header& header) {
    skip();
    if (!rest_.empty() && rest_.front() == '[')
      refuse(path_, "records of several fields are not read, only plain numbers: save one field, array['FIELD']");
    const std::string descr = string();
    constexpr std::string_view kPlain[] = {"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"};
    const bool plain = !descr.empty() && std::find(std::begin(kPlain), std::end(kPlain), descr.substr(1)) != std::end(kPlain);
    if (!plain || std::string_view("<>|=").find(descr.front()) == std::string_view::npos) {
      const bool objects = descr.find('O') != std::string::npos, text = descr.find_first_of("SU") != std::string::npos;
      std::string advice = text ? "" : "save them with .astype('float32')";
      if (objects) advice += ", or ";
      if (objects || text) advice += "save labels as numpy.unique(labels, return_inverse=True)[1]";
      refuse(path_, fmt::format("values of NumPy's type '{}'{} are not read, only plain numbers: {}", descr,
                                objects ? " (Python objects)" : "", advice));
    }
    header.kind = descr[1];
    header.size = static_cast<std::size_t>(descr[2] - '0');
    header.swapped = descr.front() == '>';
  }

  std::string_view rest_;
  const fs::path& path_;
};

std::uint64_t bytes_of_shape(const Header& header, const fs::path& path) {
  // A zero may not hide a product that overflows wherever it is multiplied in another order.
  std::uint64_t count = 1, spread = 1;
  for (const std::int64_t size : header.shape) {
    count *= static_cast<std::uint64_t>(size);
    if (__builtin_mul_overflow(spread, static_cast<std::uint64_t>(std::max<std::int64_t>(size, 1)), &spread) ||
        spread > (std::uint64_t{1} << 59))
      refuse(path, fmt::format("its header names {} values: the file is damaged", fmt::join(header.shape, " x ")));
  }
  return count * header.size;
}

float from_half(std::uint16_t half) {
  const int exponent = (half >> 10) & 0x1f, fraction = half & 0x3ff;
  float value = 0;
  if (exponent == 0)
    value = std::ldexp(static_cast<float>(fraction), -24);
  else if (exponent < 31)
    value = std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
  else
    value = fraction == 0 ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
  return half & 0x8000 ? -value : value;
}

/// Reads `count` values that lie as `Raw` and converts each.
template <class Raw, class Value, class Convert>
std::vector<Value> read_values(std::istream& file, std::size_t count, bool swapped, const fs::path& path, Convert convert) {
  std::vector<Value> values(count);
  std::vector<Raw> part(std::min<std::size_t>(count, 1 << 16));
  for (std::size_t done = 0; done < count;) {
    const std::size_t now = std::min(part.size(), count - done);
    if (!file.read(reinterpret_cast<char*>(part.data()), static_cast<std::streamsize>(now * sizeof(Raw))))
      refuse(path, "cut short: it cannot be read to its end");
    for (std::size_t i = 0; i < now; ++i) {
      if (swapped) {
        char* const bytes = reinterpret_cast<char*>(&part[i]);
        std::reverse(bytes, bytes + sizeof(Raw));
      }
      values[done + i] = convert(part[i]);
    }
    done += now;
  }
  return values;
}

/// From the order in which the first index runs fastest to the one in which the last does.
template <class Value>
std::vector<Value> to_c_order(const std::vector<Value>& values, const std::vector<std::int64_t>& shape) {
  std::vector<Value> result(values.size());
  std::vector<std::int64_t> index(shape.size(), 0);
  std::vector<std::size_t> stride(shape.size(), 1);
  for (std::size_t axis = 1; axis < shape.size(); ++axis)
    stride[axis] = stride[axis - 1] * static_cast<std::size_t>(shape[axis - 1]);
  std::size_t from = 0;
  for (Value& value : result) {
    value = values[from];
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      from += stride[axis];
      if (++index[axis] < shape[axis]) break;
      from -= stride[axis] * static_cast<std::size_t>(shape[axis]);
      index[axis] = 0;
    }
  }
  return result;
}

decltype(NamedArray::values) read_body(std::istream& file, const Header& header, std::size_t count, const fs::path& path) {
  const bool swapped = header.swapped;
  const auto as_is = [](auto value) { return value; };
  const auto widen = [](auto value) { return static_cast<std::int64_t>(value); };
  const auto read = [&]<class Raw, class Value>(Raw, Value, auto convert) {
    return read_values<Raw, Value>(file, count, swapped, path, convert);
  };
  switch (header.kind) {
    case 'f':
      if (header.size == 2) return read(std::uint16_t{}, float{}, from_half);
      if (header.size == 4) return read(float{}, float{}, as_is);
      return read(double{}, double{}, as_is);
    case 'b':
      return read(std::uint8_t{}, float{},
                  [](std::uint8_t value) { return value != 0 ? 1.0F : 0.0F; });  // bytes would be 0..255
    case 'u':
      if (header.size == 1) return read(std::uint8_t{}, std::uint8_t{}, as_is);
      if (header.size == 2) return read(std::uint16_t{}, std::int64_t{}, widen);
      if (header.size == 4) return read(std::uint32_t{}, std::int64_t{}, widen);
      return read(std::uint64_t{}, std::int64_t{}, [&](std::uint64_t value) {
        if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
          refuse(path, fmt::format("the value {} does not fit 64 bits with a sign", value));
        return static_cast<std::int64_t>(value);
      });
    default:
      if (header.size == 1) return read(std::int8_t{}, std::int64_t{}, widen);
      if (header.size == 2) return read(std::int16_t{}, std::int64_t{}, widen);
      if (header.size == 4) return read(std::int32_t{}, std::int64_t{}, widen);
      return read(std::int64_t{}, std::int64_t{}, as_is);
  }
}

const char* descr_of(const NamedArray& array) {
  constexpr const char* kNames[] = {"<f4", "<f8", "<i8", "|u1"};
  return kNames[array.values.index()];
}

}  // namespace

NamedArray read_npy(const fs::path& path) {
  std::error_code error;
  const std::uintmax_t file_bytes = fs::file_size(path, error);
  if (error) refuse(path, fmt::format("cannot be read: {}", error.message()));
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) refuse(path, fmt::format("cannot be read: {}", std::strerror(errno ? errno : EIO)));

  unsigned char start[12] = {};
  file.read(reinterpret_cast<char*>(start), 8);
  if (file.gcount() < 6 || std::memcmp(start, kMagic.data(), kMagic.size()) != 0)
    refuse(path, "is not a .npy file; numpy.save(FILE, array) writes one");
  const int version = start[6];
  if (file && (version < 1 || version > 3))
    refuse(path, fmt::format("is of .npy version {}, and versions 1 to 3 are read", version));
  const std::size_t width = version == 1 ? 2 : 4;
  file.read(reinterpret_cast<char*>(start) + 8, static_cast<std::streamsize>(width));
  std::size_t length = 0;
  for (std::size_t byte = width; byte-- > 0;) length = length << 8 | start[8 + byte];
  const std::uintmax_t values_at = 8 + width + length;
  if (!file || values_at > file_bytes) refuse(path, "cut short: it ends within its header");
  if (length > kLongestHeader) refuse(path, "its header is not one that NumPy writes: the file is damaged");
  std::string text(length, '\0');
  if (!file.read(text.data(), static_cast<std::streamsize>(length))) refuse(path, "cut short: it ends within its header");

  Header header = HeaderText(text, path).read();
  const std::uint64_t bytes = bytes_of_shape(header, path);
  if (bytes > file_bytes - values_at)
    refuse(path, fmt::format("cut short: {} of {} bytes of values are there", file_bytes - values_at, bytes));
  NamedArray array{path.stem().string(), header.shape, read_body(file, header, bytes / header.size, path)};
  if (header.fortran && header.shape.size() > 1)
    std::visit([&](auto& values) { values = to_c_order(values, header.shape); }, array.values);
  return array;
}

void write_npy(const fs::path& path, const NamedArray& array) {
  std::string shape;
  for (const std::int64_t size : array.shape) shape += fmt::format("{}, ", size);
  if (array.shape.size() > 1) shape.resize(shape.size() - 2);
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", descr_of(array), shape);
  // Spaces up to a multiple of 64 bytes, so that the values are aligned; the length does not fit 16 bits for absurd ranks.
  const std::size_t before = kMagic.size() + 4;
  header.append(63 - (before + header.size()) % 64, ' ');
  header += '\n';
  if (header.size() > 0xffff) refuse(path, fmt::format("an array of {} dimensions is not written", array.shape.size()));
  std::string file(kMagic);
  file += {'\1', '\0', static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  file += header;
  file += bytes_of(array);
  replace_file(path, file);
}

}  // namespace irmae::storage
