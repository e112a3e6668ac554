// SPDX-License-Identifier: MIT
// The convolutions of strided.h for one instruction set. Included once for each, in an unnamed namespace, by a file that is
// compiled for it and defines kVectorBytes and kRows (rows of a tile).

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

/// A vector of this number. Less zero and not plus zero, which would be an addition: -0 + 0 is not -0.
template <class T>
[[gnu::always_inline]] inline Vector<T> everywhere(T number) {
  return number - Vector<T>{};
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
[[gnu::always_inline]] inline Vector<T> finished(Vector<T> value, const Epilogue<T>& finish, std::int64_t channel,
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

/// One tile, R rows by C vectors: sum[r] += sum over the elements of row r, each times its row of `right`, `columns` apart.
template <class T, int R, int C>
[[gnu::always_inline]] inline void tile(const T* const (&rows)[R], const Runs& runs, const T* right, std::int64_t columns,
                                        Vector<T> (&sum)[R][C]) {
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
        const Vector<T> value = everywhere(end[r][k]);
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

/// work(channel, C) for C vectors of channels at a time: two, and one where there is no second. C is a constant.
template <class T, class Work>
[[gnu::always_inline]] inline void in_columns(Range channels, const Work& work) {
  std::int64_t channel = channels.first;
  for (; channel + 2 * lanes<T> <= channels.last; channel += 2 * lanes<T>) work(channel, std::integral_constant<int, 2>());
  for (; channel < channels.last; channel += lanes<T>) work(channel, std::integral_constant<int, 1>());
}

/// work(row, R) for R rows at a time, as many as a tile has while there are so many. A third of a tile may have too few sums to
/// keep a core busy (AVX2: 4, where it needs 8), so that four thirds are taken as twice two. R is a constant.
template <class Work>
[[gnu::always_inline]] inline void in_rows(Range rows, const Work& work) {
  constexpr int third = kRows / 3;
  std::int64_t row = rows.first;
  const auto take = [&](auto count) {
    work(row, count);
    row += count;
  };
  while (rows.last - row >= kRows && (rows.last - row) / third != 4) take(std::integral_constant<int, kRows>());
  while (rows.last - row >= 2 * third) take(std::integral_constant<int, 2 * third>());
  while (rows.last - row >= third) take(std::integral_constant<int, third>());
  while (row < rows.last) take(std::integral_constant<int, 1>());
}

/// A product comes whole, or in parts one after the other: its first, which sets the result, others, which add to it, and its
/// last, which finishes it. The sums go on where they were, so that the bits are those of the whole.
struct Stage {
  bool first = true, last = true;
};

/// Columns `part` of a product; `right` begins with the first of them.
template <class T, int C>
void columns_of_product(const T* left, const Runs& runs, const T* right, std::int64_t columns, const Epilogue<T>& finish,
                        T* result, const Places& places, Range part, Stage stage = {}) {
  for (std::int64_t column = part.first; column < part.last; column += C * lanes<T>, right += C * lanes<T>) {
    Walk from = places.walk(places.from), to = places.walk(places.to);
    for (std::int64_t rest = places.count(); rest > 0; rest -= kRows) {
      std::int64_t offsets[kRows], targets[kRows];
      next(from, rest, offsets);
      next(to, rest, targets);
      const T* starts[kRows];
      for (int r = 0; r < kRows; ++r) starts[r] = left + offsets[r];
      Vector<T> sum[kRows][C] = {};
      if (!stage.first)
        for (int r = 0; r < kRows; ++r)
          for (int c = 0; c < C; ++c) sum[r][c] = load(result + targets[r] + column + c * lanes<T>);
      tile<T, kRows, C>(starts, runs, right, columns, sum);
#pragma GCC unroll 16
      for (int r = 0; r < kRows; ++r) {
        if (r >= rest) break;
        const std::int64_t target = targets[r] + column;
        for (int c = 0; c < C; ++c) {
          const std::int64_t place = target + c * lanes<T>;
          store(result + place, stage.last ? finished(sum[r][c], finish, column + c * lanes<T>, place) : sum[r][c]);
        }
      }
    }
  }
}

/// Room for weights or maps in another order, see scratch.h.
template <class T>
T* scratch(std::int64_t elements) {
  return static_cast<T*>(scratch_bytes(static_cast<std::size_t>(elements) * sizeof(T)));
}

/// Weights from which on their rows lie so far apart that few of a tile's columns stay in the cache.
constexpr std::int64_t kManyWeights = 1 << 18;
/// Places from which on it pays to bring weights together first.
constexpr std::int64_t kManyPlaces = 256;
/// Weights that stay in the second-level cache.
constexpr std::int64_t kFewWeights = 1 << 17;

template <class T, int C>
void down_channels(const Pair& pair, const T* fine, const T* weight, const Epilogue<T>& finish, T* coarse, Range samples,
                   Range channels) {
  const Map from = pair.fine(), to = pair.coarse();
  const Places places{to.height,
                      to.width,
                      samples,
                      {0, 2 * from.channels, 2 * from.row(), from.image()},
                      {offset(to, 0, 1, 1), to.channels, to.row(), to.image()}};
  const std::int64_t side = 4 * from.channels;  // rows of the weights that belong to one kernel row
  if (pair.weights() < kManyWeights || places.count() < kManyPlaces) {
    columns_of_product<T, C>(fine, {4, side, from.row()}, weight + channels.first, to.channels, finish, coarse, places,
                             channels);
    return;
  }
  constexpr std::int64_t columns = C * lanes<T>;
  const int kernel_rows = 4 * side * columns <= kFewWeights ? 4 : 2 * side * columns <= kFewWeights ? 2 : 1;  // at once
  T* const packed = scratch<T>(kernel_rows * side * columns);
  for (std::int64_t channel = channels.first; channel < channels.last; channel += columns)
    for (int row = 0; row < 4; row += kernel_rows) {
      const T* source = weight + row * side * to.channels + channel;
      for (std::int64_t k = 0; k < kernel_rows * side; ++k)
        std::copy_n(source + k * to.channels, columns, packed + k * columns);
      columns_of_product<T, C>(fine + row * from.row(), {kernel_rows, side, from.row()}, packed, columns, finish, coarse,
                               places, {channel, channel + columns}, {row == 0, row + kernel_rows == 4});
    }
}

template <class T>
void down_directly(const Pair& pair, const T* fine, const T* weight, const Epilogue<T>& finish, T* coarse, const Part& part) {
  const std::int64_t wide = part.channels.last - (part.channels.last - part.channels.first) % (2 * lanes<T>);
  down_channels<T, 2>(pair, fine, weight, finish, coarse, part.samples, {part.channels.first, wide});
  down_channels<T, 1>(pair, fine, weight, finish, coarse, part.samples, {wide, part.channels.last});
}

/// Blocks 0, 2, 4 .. (or 1, 3, 5 ..) of two vectors in turn: a's 0, b's 0, a's 2, b's 2 ..
template <class T, int Block, bool Odd, std::size_t... I>
[[gnu::always_inline]] inline Vector<T> blocks_in_turn(Vector<T> a, Vector<T> b, std::index_sequence<I...>) {
  return __builtin_shufflevector(a, b, ((I & ~std::size_t(Block)) + (Odd ? Block : 0) + (I & Block ? sizeof...(I) : 0))...);
}

/// Transposes squares of 2 x 2 blocks, and then each of their blocks. Called with half a vector first.
template <class T, int Block>
[[gnu::always_inline]] inline void transpose_blocks(Vector<T> (&rows)[lanes<T>]) {
  constexpr auto all = std::make_index_sequence<lanes<T>>();
#pragma GCC unroll 16
  for (int i = 0; i < lanes<T>; ++i) {
    if (i & Block) continue;
    const Vector<T> upper = rows[i], lower = rows[i + Block];
    rows[i] = blocks_in_turn<T, Block, false>(upper, lower, all);
    rows[i + Block] = blocks_in_turn<T, Block, true>(upper, lower, all);
  }
  if constexpr (Block > 1) transpose_blocks<T, Block / 2>(rows);
}

/// to[i][j] = from[j][i] of a square as wide as a vector.
template <class T>
[[gnu::always_inline]] inline void transpose(const T* from, std::int64_t from_row, T* to, std::int64_t to_row) {
  constexpr int n = lanes<T>;
  Vector<T> rows[n];
#pragma GCC unroll 16
  for (int i = 0; i < n; ++i) rows[i] = load(from + i * from_row);
  transpose_blocks<T, n / 2>(rows);
#pragma GCC unroll 16
  for (int i = 0; i < n; ++i) store(to + i * to_row, rows[i]);
}

/// The kernel's row that leads from coarse row y + p + d - 1 to fine row 2 y + p; columns likewise.
inline int kernel_row(int p, int d) { return 3 - p - 2 * d; }

/// Few fine channels, as images have, would leave most of a vector without work. So the product is of coarse places with all
/// 16 places of the kernel at once, and what falls on one fine place is added afterwards. Blocks of places that are two apart
/// lie side by side in the fine map, so a kernel row has two lines, of even and of odd places, and a fine row is the sum of
/// four.
template <class T, int Channels>
void up_to_few(const Pair& pair, const T* coarse, const T* weight, const Epilogue<T>& finish, T* fine, Range samples) {
  constexpr std::int64_t columns = 16 * Channels, block = 4 * Channels;  // all places of the kernel, those of one of its rows
  constexpr int C = columns % (3 * lanes<T>) == 0 ? 3 : columns % (2 * lanes<T>) == 0 ? 2 : 1;
  constexpr int R = C == 3 ? kRows * 2 / 3 : kRows;
  const Map from = pair.coarse(), to = pair.fine();
  const std::int64_t row = 2 * from.width * Channels, line = row + 2 * Channels;  // with what falls on the border
  T* const packed = scratch<T>(from.channels * columns + 16 * line + row);        // [coarse channels, columns]
  T* const lines = packed + from.channels * columns;                              // [2 coarse rows, 4 kernel rows, 2, line]
  T* const bias = lines + 16 * line;                                              // [row]
  for (std::int64_t c = 0; c < from.channels; c += lanes<T>)
    for (std::int64_t i = 0; i < columns; i += lanes<T>)
      transpose(weight + i * from.channels + c, from.channels, packed + c * columns + i, columns);
  for (std::int64_t i = 0; i < row; ++i) bias[i] = finish.bias ? finish.bias[i % Channels] : T(0);
  const Epilogue<T> in_row{bias, finish.relu, finish.positive};

  const auto multiply = [&](std::int64_t sample, std::int64_t y, T* into) {
    for (std::int64_t x = 0; x < from.width; x += R) {
      const T* starts[R];
      for (int r = 0; r < R; ++r) starts[r] = coarse + offset(from, sample, y + 1, std::min(x + r, from.width - 1) + 1);
      alignas(kCacheLine) T sums[R][columns];
      for (std::int64_t column = 0; column < columns; column += C * lanes<T>) {
        Vector<T> sum[R][C] = {};
        tile<T, R, C>(starts, {1, from.channels, 0}, packed + column, columns, sum);
        for (int r = 0; r < R; ++r)
          for (int c = 0; c < C; ++c) store(&sums[r][column + c * lanes<T>], sum[r][c]);
      }
      for (int r = 0; r < R && x + r < from.width; ++r)
        for (int ky = 0; ky < 4; ++ky)
          std::copy_n(&sums[r][ky * block], block, into + (2 * ky + (x + r) % 2) * line + 2 * (x + r) * Channels);
    }
  };
  // The lines begin one place left of the map.
  const auto add = [&](std::int64_t sample, std::int64_t y, const T* above, const T* below) {
    const T *even = above + Channels, *odd = even + line, *even_below = below + Channels, *odd_below = even_below + line;
    T* const out = fine + offset(to, sample, y + 1, 1);
    std::int64_t i = 0;
    for (; i + lanes<T> <= row; i += lanes<T>)
      store(out + i, finished<T>((load(even + i) + load(odd + i)) + (load(even_below + i) + load(odd_below + i)), in_row, i,
                                 out - fine + i));
    for (; i < row; ++i) {
      T value = (even[i] + odd[i]) + (even_below[i] + odd_below[i]) + bias[i];
      if (finish.relu && value < 0) value = 0;
      if (finish.positive && finish.positive[out - fine + i] <= 0) value = 0;
      out[i] = value;
    }
  };
  for (std::int64_t sample = samples.first; sample < samples.last; ++sample) {
    std::fill_n(lines, 16 * line, T(0));
    for (std::int64_t y = 0; y <= from.height; ++y) {
      T* const here = lines + y % 2 * 8 * line;
      const T* const before = lines + (y + 1) % 2 * 8 * line;
      if (y < from.height)
        multiply(sample, y, here);
      else
        std::fill_n(here, 8 * line, T(0));
      if (y > 0) add(sample, 2 * y - 1, before + 4 * line, here);
      if (y < from.height) add(sample, 2 * y, before + 6 * line, here + 2 * line);
    }
  }
}

/// Four products, one for each place (py, px) below a coarse one, of 2 x 2 coarse places each. The weights of C vectors of fine
/// channels are brought into the order [2, 2, coarse channels, fine channels] right before they are used, so that they are
/// still in the cache.
template <class T, int C>
void up_channels(const Pair& pair, const T* coarse, const T* weight, const Epilogue<T>& finish, T* fine, const Part& part) {
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
        columns_of_product<T, C>(coarse, {2, 2 * from.channels, from.row()}, packed, columns, finish, fine,
                                 {from.height,
                                  from.width,
                                  part.samples,
                                  {offset(from, 0, py, px), from.channels, from.row(), from.image()},
                                  {offset(to, 0, py + 1, px + 1), 2 * to.channels, 2 * to.row(), to.image()}},
                                 {channel, channel + columns});
      }
}

template <class T>
void up_directly(const Pair& pair, const T* coarse, const T* weight, const Epilogue<T>& finish, T* fine, const Part& part) {
  switch (pair.fine_channels) {
    case 1:
      return up_to_few<T, 1>(pair, coarse, weight, finish, fine, part.samples);
    case 2:
      return up_to_few<T, 2>(pair, coarse, weight, finish, fine, part.samples);
    case 3:
      return up_to_few<T, 3>(pair, coarse, weight, finish, fine, part.samples);
    case 4:
      return up_to_few<T, 4>(pair, coarse, weight, finish, fine, part.samples);
  }
  const std::int64_t wide = part.channels.last - (part.channels.last - part.channels.first) % (2 * lanes<T>);
  up_channels<T, 2>(pair, coarse, weight, finish, fine, {part.samples, {part.channels.first, wide}});
  up_channels<T, 1>(pair, coarse, weight, finish, fine, {part.samples, {wide, part.channels.last}});
}

/// One side of a weight gradient: the element of its first place, and how far the next ones are.
template <class T>
struct Side {
  const T* first;
  std::int64_t place;
  std::int64_t line, image;  ///< more than that behind a line's last place, behind a sample's last line
};

/// R rows by C vectors of a weight gradient: the sum over all places of the coarse map `places`, each its R elements of `left`
/// times its C vectors of `right`. Added to what is in result, rows `columns` apart, or set. Not inlined: the compiler then has
/// all registers for the sums and the walk.
template <class T, int R, int C, bool Add = true>
[[gnu::noinline]] void gradient_tile(const Map& places, const Side<T>& left, const Side<T>& right, T* result) {
  const std::int64_t width = places.width, height = places.height, columns = places.channels;
  const std::int64_t left_place = left.place, right_place = right.place;
  Vector<T> sum[R][C] = {};
  if (Add)
    for (int r = 0; r < R; ++r)
      for (int c = 0; c < C; ++c) __builtin_prefetch(result + r * columns + c * lanes<T>, 1);
  const T *a = left.first, *b = right.first;
  for (std::int64_t sample = 0; sample < places.batch; ++sample, a += left.image, b += right.image)
    for (std::int64_t y = 0; y < height; ++y, a += left.line, b += right.line)
      for (std::int64_t x = 0; x < width; ++x, a += left_place, b += right_place) {
        Vector<T> values[C];
        for (int c = 0; c < C; ++c) values[c] = load(b + c * lanes<T>);
#pragma GCC unroll 16
        for (int r = 0; r < R; ++r) {
          const Vector<T> value = everywhere(a[r]);
          for (int c = 0; c < C; ++c) sum[r][c] += value * values[c];
        }
      }
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r)
    for (int c = 0; c < C; ++c) {
      T* place = result + r * columns + c * lanes<T>;
      store(place, Add ? load(place) + sum[r][c] : sum[r][c]);
    }
}

/// `count` elements of each place, one place behind the other.
template <class T>
[[gnu::always_inline]] inline Side<T> packed(const Map& places, const Side<T>& side, std::int64_t count, T* target) {
  const Side<T> result{target, count, 0, 0};
  const T* from = side.first;
  for (std::int64_t sample = 0; sample < places.batch; ++sample, from += side.image)
    for (std::int64_t y = 0; y < places.height; ++y, from += side.line)
      for (std::int64_t x = 0; x < places.width; ++x, from += side.place, target += count) std::copy_n(from, count, target);
  return result;
}

/// These columns of R rows. `room`: null, or where the columns of all places are (pack_columns), with room for R rows behind
/// them.
template <class T, int R>
void gradient_rows(const Map& places, Side<T> left, const Side<T>& right, T* room, T* result, Range part) {
  const std::int64_t count = places.batch * places.height * places.width;
  Map walked = places;
  if (room) {
    left = packed<T>(places, left, R, room + count * places.channels);
    walked = {1, 1, count, places.channels};
  }
  const auto columns = [&](std::int64_t column, std::int64_t width) -> Side<T> {
    if (room) return {room + column * count, width, 0, 0};
    return {right.first + column, right.place, right.line, right.image};
  };
  in_columns<T>(part, [&](std::int64_t column, auto vectors) {
    gradient_tile<T, R, vectors>(walked, left, columns(column, vectors * lanes<T>), result + column);
  });
}

/// The right side of a weight gradient in blocks of as many columns as a tile has: the block of a column begins at that column
/// times the number of places.
template <class T>
void pack_columns(const Map& places, const Side<T>& right, T* room) {
  const std::int64_t count = places.batch * places.height * places.width;
  in_columns<T>({0, places.channels}, [&](std::int64_t column, auto vectors) {
    packed<T>(places, {right.first + column, right.place, right.line, right.image}, vectors * lanes<T>, room + column * count);
  });
}

/// Rows and columns of a weight gradient. `fine`: the first sample of `places`.
template <class T>
void gradient_part(const Pair& pair, const Map& places, const T* fine, const Side<T>& right, T* room, T* gradient, Range rows,
                   Range columns) {
  const Map from = pair.fine();
  const std::int64_t side = 4 * from.channels;  // rows that lie side by side in the fine map: those of one kernel row
  for (std::int64_t first = rows.first, last; first < rows.last; first = last) {
    last = std::min(rows.last, (first / side + 1) * side);
    in_rows({first, last}, [&](std::int64_t row, auto count) {
      const Side<T> left{fine + row / side * from.row() + row % side, 2 * from.channels,
                         2 * from.row() - 2 * places.width * from.channels, from.image() - places.height * 2 * from.row()};
      gradient_rows<T, count>(places, left, right, room, gradient + row * places.channels, columns);
    });
  }
}

/// Places of the coarse map that a weight gradient goes through at once: their samples stay in the second-level cache, where
/// each tile reads them.
constexpr std::int64_t kPlacesAtOnce = 256;

template <class T>
void weight_gradient_directly(const Pair& pair, const T* fine, const T* coarse, T* gradient, Range rows) {
  const Map from = pair.fine(), to = pair.coarse();
  const std::int64_t samples = std::max<std::int64_t>(kPlacesAtOnce / (to.height * to.width), 1);
  for (std::int64_t sample = 0; sample < to.batch; sample += samples) {
    Map places = to;
    places.batch = std::min(samples, to.batch - sample);
    const T* const first = fine + sample * from.image();
    const Side<T> right{coarse + offset(to, sample, 1, 1), to.channels, to.row() - to.width * to.channels,
                        to.image() - to.height * to.row()};
    if (pair.weights() >= kManyWeights) {
      // Many channels lie far apart, so both sides are brought together: the right one here, behind it the rows of the left one
      // that are in turn, for all columns.
      T* const room = scratch<T>(places.batch * to.height * to.width * (to.channels + kRows));
      pack_columns(places, right, room);
      gradient_part<T>(pair, places, first, right, room, gradient, rows, {0, to.channels});
    } else {
      // The columns of a tile stay in the first-level cache for all rows.
      constexpr std::int64_t columns = 2 * lanes<T>;
      for (std::int64_t column = 0; column < to.channels; column += columns)
        gradient_part<T>(pair, places, first, right, nullptr, gradient, rows,
                         {column, std::min(column + columns, to.channels)});
    }
  }
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
