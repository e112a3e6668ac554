// SPDX-License-Identifier: MIT
// The convolutions of strided.h for one instruction set. Included once for each, in an unnamed namespace, by a file that is compiled
// for it and defines kVectorBytes, kRows (rows of a tile of a map) and kTransposedRows (of a weight gradient).

template <class T>
struct Simd {
  typedef T Vector __attribute__((vector_size(kVectorBytes), aligned(alignof(T)), may_alias));
};
template <class T>
using Vector = typename Simd<T>::Vector;
template <class T>
constexpr std::int64_t lanes = kVectorBytes / sizeof(T);

template <class T>
[[gnu::always_inline]] inline Vector<T> load(const T* from) {
  return *reinterpret_cast<const Vector<T>*>(from);
}
template <class T>
[[gnu::always_inline]] inline void store(T* to, Vector<T> value) {
  *reinterpret_cast<Vector<T>*>(to) = value;
}

/// Where the places of a map are that a product visits: offset = first + sample image + y line + x place.
struct Strides {
  std::int64_t first, place, line, image;
};

/// Goes through height x width places of each sample, rows first. Without divisions, which would cost as much as a tenth of
/// the arithmetic.
class Walk {
 public:
  Walk(const Strides& strides, std::int64_t height, std::int64_t width, std::int64_t sample)
      : strides_(strides), height_(height), width_(width), offset_(strides.first + sample * strides.image) {}

  std::int64_t offset() const { return offset_; }
  void step() {
    offset_ += strides_.place;
    if (++x_ < width_) return;
    x_ = 0;
    offset_ += strides_.line - width_ * strides_.place;
    if (++y_ < height_) return;
    y_ = 0;
    offset_ += strides_.image - height_ * strides_.line;
  }

 private:
  Strides strides_;
  std::int64_t height_, width_, x_ = 0, y_ = 0, offset_;
};

/// The offset of an element of a map, with its border, in place (y, x).
inline std::int64_t offset(const Map& map, std::int64_t sample, std::int64_t y, std::int64_t x) {
  return sample * map.image() + y * map.row() + x * map.channels;
}

template <class T>
[[gnu::always_inline]] inline Vector<T> finished(Vector<T> value, const Finish<T>& finish, std::int64_t channel,
                                                 std::int64_t place) {
  constexpr Vector<T> zero{};
  if (finish.bias) value += load(finish.bias + channel);
  // Asked in such a way that what is not a number stays so, for the trainer to see.
  if (finish.relu) value = value < zero ? zero : value;
  if (finish.positive) value = load(finish.positive + place) <= zero ? zero : value;
  return value;
}

/// A row of a product's left side: `count` runs of `length` elements, `stride` apart, behind the row's place.
struct Runs {
  std::int64_t count, length, stride;
};

/// One tile, R rows by C vectors: sum[r] = sum over the elements of row r, each times its row of `right`, `columns` apart.
template <class T, int R, int C>
[[gnu::always_inline]] inline void tile(const T* const (&rows)[R], const Runs& runs, const T* right, std::int64_t columns,
                                        Vector<T> (&sum)[R][C]) {
  for (auto& row : sum)
    for (auto& vector : row) vector = Vector<T>{};
  for (std::int64_t run = 0; run < runs.count; ++run) {
    // Counted up to zero from each row's end: one index serves all rows, and no register holds a bound.
    const T* end[R];
    for (int r = 0; r < R; ++r) end[r] = rows[r] + run * runs.stride + runs.length;
    for (std::int64_t k = -runs.length; k != 0; ++k, right += columns) {
      Vector<T> weights[C];
      for (int c = 0; c < C; ++c) __builtin_prefetch(right + 16 * columns + c * lanes<T>);
      for (int c = 0; c < C; ++c) weights[c] = load(right + c * lanes<T>);
#pragma GCC unroll 16
      for (int r = 0; r < R; ++r) {
        const Vector<T> value = Vector<T>{} + end[r][k];
        for (int c = 0; c < C; ++c) sum[r][c] += value * weights[c];
      }
    }
  }
}

/// A product whose rows are places of maps of `samples`, height x width each: read from left, written to result.
struct Places {
  std::int64_t height, width;
  Range samples;
  Strides from, to;

  std::int64_t count() const { return (samples.last - samples.first) * height * width; }
  Walk walk(const Strides& strides) const { return {strides, height, width, samples.first}; }
};

/// The next R places of a walk of which `left` places are left; the last one again where there are no more.
template <int R>
[[gnu::always_inline]] inline void next(Walk& walk, std::int64_t left, std::int64_t (&offsets)[R]) {
  for (int r = 0; r < R; ++r) {
    offsets[r] = r < left ? walk.offset() : offsets[r ? r - 1 : 0];
    walk.step();
  }
}

/// Columns `part` of a product.
template <class T, int C>
void columns_of_product(const T* left, const Runs& runs, const T* right, std::int64_t columns, const Finish<T>& finish,
                        T* result, const Places& places, Range part) {
  for (std::int64_t column = part.first; column < part.last; column += C * lanes<T>) {
    Walk from = places.walk(places.from), to = places.walk(places.to);
    for (std::int64_t rest = places.count(); rest > 0; rest -= kRows) {
      std::int64_t offsets[kRows], targets[kRows];
      next(from, rest, offsets);
      next(to, rest, targets);
      const T* starts[kRows];
      for (int r = 0; r < kRows; ++r) starts[r] = left + offsets[r];
      Vector<T> sum[kRows][C];
      tile<T, kRows, C>(starts, runs, right + column, columns, sum);
#pragma GCC unroll 16
      for (int r = 0; r < kRows; ++r) {
        if (r >= rest) break;
        const std::int64_t target = targets[r] + column;
        for (int c = 0; c < C; ++c)
          store(result + target + c * lanes<T>,
                finished(sum[r][c], finish, column + c * lanes<T>, target + c * lanes<T>));
      }
    }
  }
}

template <class T>
void product(const T* left, const Runs& runs, const T* right, std::int64_t columns, const Finish<T>& finish, T* result,
             const Places& places, Range part) {
  const std::int64_t wide = part.last - (part.last - part.first) % (2 * lanes<T>);
  columns_of_product<T, 2>(left, runs, right, columns, finish, result, places, {part.first, wide});
  columns_of_product<T, 1>(left, runs, right, columns, finish, result, places, {wide, part.last});
}

template <class T>
void down(const Pair& pair, const T* fine, const T* weight, const Finish<T>& finish, T* coarse, const Part& part) {
  const Map from = pair.fine(), to = pair.coarse();
  product<T>(fine, {4, 4 * from.channels, from.row()}, weight, to.channels, finish, coarse,
             {to.height, to.width, part.samples, {0, 2 * from.channels, 2 * from.row(), from.image()},
              {offset(to, 0, 1, 1), to.channels, to.row(), to.image()}},
             part.channels);
}

template <class T, std::size_t... I>
[[gnu::always_inline]] inline Vector<T> lower_halves(Vector<T> a, Vector<T> b, std::index_sequence<I...>) {
  return __builtin_shufflevector(a, b, (I / 2 + I % 2 * sizeof...(I))...);
}
template <class T, std::size_t... I>
[[gnu::always_inline]] inline Vector<T> upper_halves(Vector<T> a, Vector<T> b, std::index_sequence<I...>) {
  return __builtin_shufflevector(a, b, (I / 2 + I % 2 * sizeof...(I) + sizeof...(I) / 2)...);
}

/// to[i][j] = from[j][i] of a square as wide as a vector.
template <class T>
[[gnu::always_inline]] inline void transpose(const T* from, std::int64_t from_row, T* to, std::int64_t to_row) {
  constexpr int n = lanes<T>;
  constexpr auto all = std::make_index_sequence<n>();
  Vector<T> rows[n];
#pragma GCC unroll 16
  for (int i = 0; i < n; ++i) rows[i] = load(from + i * from_row);
  // Each round interleaves the first half of the rows with the second.
#pragma GCC unroll 4
  for (int round = 1; round < n; round *= 2) {
    Vector<T> next[n];
#pragma GCC unroll 8
    for (int i = 0; i < n / 2; ++i) {
      next[2 * i] = lower_halves<T>(rows[i], rows[i + n / 2], all);
      next[2 * i + 1] = upper_halves<T>(rows[i], rows[i + n / 2], all);
    }
#pragma GCC unroll 16
    for (int i = 0; i < n; ++i) rows[i] = next[i];
  }
#pragma GCC unroll 16
  for (int i = 0; i < n; ++i) store(to + i * to_row, rows[i]);
}

/// Room for weights in another order, on each thread.
template <class T>
T* scratch(std::int64_t elements) {
  static thread_local std::vector<T> room;
  if (room.size() < static_cast<std::size_t>(elements)) room.resize(static_cast<std::size_t>(elements));
  return room.data();
}

/// The kernel's row that leads from coarse row y + p + d - 1 to fine row 2 y + p; columns likewise.
inline int kernel_row(int p, int d) { return 3 - p - 2 * d; }

/// Few fine channels, as images have: all four places below a coarse one share a tile, of 3 x 3 coarse places.
template <class T>
void up_to_few(const Pair& pair, const T* coarse, const T* weight, const Finish<T>& finish, T* fine, const Part& part) {
  constexpr int R = 8, C = lanes<T> >= 16 ? 1 : 2;  // half as many sums: eight rows keep the arithmetic busy
  const Map from = pair.coarse(), to = pair.fine();
  const std::int64_t width = 2 * to.channels;
  // [3, 3, coarse channels, (py, px, fine channel)], the last 16 wide.
  T* const packed = scratch<T>(9 * from.channels * 16);
  std::fill_n(packed, 9 * from.channels * 16, T(0));
  for (int i = 0; i < 16; ++i) {
    const int py = i / 8, px = i / 4 % 2, dy = i / 2 % 2, dx = i % 2;
    const T* source = weight + (kernel_row(py, dy) * 4 + kernel_row(px, dx)) * to.channels * from.channels;
    T* target = packed + ((py + dy) * 3 + px + dx) * from.channels * 16 + (2 * py + px) * to.channels;
    for (std::int64_t c = 0; c < from.channels; ++c)
      for (std::int64_t f = 0; f < to.channels; ++f) target[c * 16 + f] = source[f * from.channels + c];
  }
  T bias[16] = {};
  for (std::int64_t i = 0; finish.bias && i < 4 * to.channels; ++i) bias[i] = finish.bias[i % to.channels];
  const Finish<T> in_tile{bias, finish.relu, nullptr};
  const Runs runs{3, 3 * from.channels, from.row()};
  const Places places{from.height, from.width, part.samples, {0, from.channels, from.row(), from.image()},
                      {offset(to, 0, 1, 1), 2 * to.channels, 2 * to.row(), to.image()}};
  Walk read = places.walk(places.from), written = places.walk(places.to);
  for (std::int64_t rest = places.count(); rest > 0; rest -= R) {
    std::int64_t offsets[R], targets[R];
    next(read, rest, offsets);
    next(written, rest, targets);
    const T* starts[R];
    for (int r = 0; r < R; ++r) starts[r] = coarse + offsets[r];
    T sums[R][16];
    for (std::int64_t column = 0; column < 16; column += C * lanes<T>) {
      Vector<T> sum[R][C];
      tile<T, R, C>(starts, runs, packed + column, 16, sum);
      for (int r = 0; r < R; ++r)
        for (int c = 0; c < C; ++c)
          store(&sums[r][column + c * lanes<T>], finished(sum[r][c], in_tile, column + c * lanes<T>, 0));
    }
    for (int r = 0; r < R && r < rest; ++r)
      for (int py = 0; py < 2; ++py) {
        // Both places of a row lie side by side, in the tile as in the map.
        T* const place = fine + targets[r] + py * to.row();
        const T* const values = &sums[r][py * width];
        for (std::int64_t i = 0; i < width; ++i) place[i] = values[i];
        if (!finish.positive) continue;
        for (std::int64_t i = 0; i < width; ++i)
          if (finish.positive[place - fine + i] <= 0) place[i] = 0;
      }
  }
}

/// Four products, one for each place (py, px) below a coarse one, of 2 x 2 coarse places each. The weights of C vectors of fine
/// channels are brought into the order [2, 2, coarse channels, fine channels] right before they are used, so that they are
/// still in the cache.
template <class T, int C>
void up_channels(const Pair& pair, const T* coarse, const T* weight, const Finish<T>& finish, T* fine, const Part& part) {
  constexpr std::int64_t columns = C * lanes<T>;
  const Map from = pair.coarse(), to = pair.fine();
  T* const packed = scratch<T>(4 * from.channels * columns);
  for (std::int64_t channel = part.channels.first; channel < part.channels.last; channel += columns)
    for (int py = 0; py < 2; ++py)
      for (int px = 0; px < 2; ++px) {
        for (int i = 0; i < 4; ++i) {
          const int row = kernel_row(py, i / 2), column = kernel_row(px, i % 2);
          const T* source = weight + ((row * 4 + column) * to.channels + channel) * from.channels;
          T* target = packed + i * from.channels * columns;
          for (std::int64_t c = 0; c < from.channels; c += lanes<T>)
            for (std::int64_t f = 0; f < columns; f += lanes<T>)
              transpose(source + f * from.channels + c, from.channels, target + c * columns + f, columns);
        }
        // The weights' columns are counted from `channel` here, those of all else from 0.
        columns_of_product<T, C>(coarse, {2, 2 * from.channels, from.row()}, packed - channel, columns, finish, fine,
                                 {from.height, from.width, part.samples,
                                  {offset(from, 0, py, px), from.channels, from.row(), from.image()},
                                  {offset(to, 0, py + 1, px + 1), 2 * to.channels, 2 * to.row(), to.image()}},
                                 {channel, channel + columns});
      }
}

template <class T>
void up(const Pair& pair, const T* coarse, const T* weight, const Finish<T>& finish, T* fine, const Part& part) {
  if (pair.few()) return up_to_few(pair, coarse, weight, finish, fine, part);
  const std::int64_t wide = part.channels.last - (part.channels.last - part.channels.first) % (2 * lanes<T>);
  up_channels<T, 2>(pair, coarse, weight, finish, fine, {part.samples, {part.channels.first, wide}});
  up_channels<T, 1>(pair, coarse, weight, finish, fine, {part.samples, {wide, part.channels.last}});
}

/// R rows by C vectors of a weight gradient: result += the sum over all places of the coarse map, each its R elements of the
/// fine map, the first of which is at left[offset(...)], times its C vectors at right.
template <class T, int R, int C>
[[gnu::always_inline]] inline void gradient_tile(const Map& from, const Map& to, const T* left, const T* right, T* result) {
  Vector<T> sum[R][C] = {};
  const std::int64_t line_left = 2 * from.row() - 2 * to.width * from.channels, image_left = from.image() - to.height * 2 * from.row();
  const std::int64_t line_right = to.row() - to.width * to.channels, image_right = to.image() - to.height * to.row();
  for (int r = 0; r < R; ++r)
    for (int c = 0; c < C; ++c) __builtin_prefetch(result + r * to.channels + c * lanes<T>, 1);
  const T* a = left;
  const T* b = right + to.row() + to.channels;
  for (std::int64_t sample = 0; sample < to.batch; ++sample, a += image_left, b += image_right)
    for (std::int64_t y = 0; y < to.height; ++y, a += line_left, b += line_right)
      for (std::int64_t x = 0; x < to.width; ++x, a += 2 * from.channels, b += to.channels) {
        Vector<T> values[C];
        for (int c = 0; c < C; ++c) values[c] = load(b + c * lanes<T>);
#pragma GCC unroll 16
        for (int r = 0; r < R; ++r) {
          const Vector<T> value = Vector<T>{} + a[r];
          for (int c = 0; c < C; ++c) sum[r][c] += value * values[c];
        }
      }
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r)
    for (int c = 0; c < C; ++c) {
      T* place = result + r * to.channels + c * lanes<T>;
      store(place, load(place) + sum[r][c]);
    }
}

template <class T, int C>
void gradient_columns(const Pair& pair, const T* fine, const T* coarse, T* gradient, Range rows, Range part) {
  const Map from = pair.fine(), to = pair.coarse();
  const std::int64_t side = 4 * from.channels;  // rows that lie side by side in the fine map: those of one kernel row
  for (std::int64_t column = part.first; column < part.last; column += C * lanes<T>)
    for (std::int64_t row = rows.first; row < rows.last;) {
      const std::int64_t rest = std::min(rows.last, (row / side + 1) * side) - row;
      const T* left = fine + row / side * from.row() + row % side;
      T* result = gradient + row * to.channels + column;
      if (rest >= kTransposedRows) {
        gradient_tile<T, kTransposedRows, C>(from, to, left, coarse + column, result);
        row += kTransposedRows;
      } else if (rest >= 4) {
        gradient_tile<T, 4, C>(from, to, left, coarse + column, result);
        row += 4;
      } else {
        gradient_tile<T, 1, C>(from, to, left, coarse + column, result);
        row += 1;
      }
    }
}

template <class T>
void weight_gradient(const Pair& pair, const T* fine, const T* coarse, T* gradient, Range rows) {
  const std::int64_t columns = pair.coarse_channels, wide = columns - columns % (2 * lanes<T>);
  gradient_columns<T, 2>(pair, fine, coarse, gradient, rows, {0, wide});
  if (wide < columns) gradient_columns<T, 1>(pair, fine, coarse, gradient, rows, {wide, columns});
}

template <class T, int C>
void add_columns(const Map& map, const T* values, T* sums, Range channels) {
  for (std::int64_t channel = channels.first; channel < channels.last; channel += C * lanes<T>)
    for (std::int64_t sample = 0; sample < map.batch; ++sample) {
      Vector<T> sum[C] = {};  // of one sample: long sums lose digits
      for (std::int64_t y = 1; y <= map.height; ++y) {
        const T* place = values + offset(map, sample, y, 1) + channel;
        for (std::int64_t x = 0; x < map.width; ++x, place += map.channels)
          for (int c = 0; c < C; ++c) sum[c] += load(place + c * lanes<T>);
      }
      for (int c = 0; c < C; ++c) {
        T* total = sums + channel + c * lanes<T>;
        store(total, load(total) + sum[c]);
      }
    }
}

template <class T>
void add_places(const Map& map, const T* values, T* sums, Range channels) {
  const std::int64_t count = channels.last - channels.first, wide = channels.last - count % (4 * lanes<T>),
                     narrow = channels.last - count % lanes<T>;
  add_columns<T, 4>(map, values, sums, {channels.first, wide});
  add_columns<T, 1>(map, values, sums, {wide, narrow});
  for (std::int64_t channel = narrow; channel < channels.last; ++channel)
    for (std::int64_t sample = 0; sample < map.batch; ++sample) {
      T sum = 0;
      for (std::int64_t y = 1; y <= map.height; ++y)
        for (std::int64_t x = 1; x <= map.width; ++x) sum += values[offset(map, sample, y, x) + channel];
      sums[channel] += sum;
    }
}
