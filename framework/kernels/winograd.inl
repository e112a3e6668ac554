// SPDX-License-Identifier: MIT
// The convolutions of strided.h with 9 multiplications where tiles.inl has 16 (Lavin and Gray, "Fast Algorithms for
// Convolutional Neural Networks", 2016, section 4: F(2 x 2, 2 x 2)). Included behind tiles.inl, whose products it uses.
//
// Every other row and column of a fine map, one of four phases, is convolved with 2 x 2 of the kernel's places at stride 1. In
// one dimension two neighbouring results of a kernel of two,
//   y0 = x0 w0 + x1 w1,   y1 = x1 w0 + x2 w1,
// are y0 = m0 + m1, y1 = m1 + m2 with the three products
//   m0 = (x0 - x1) w0,   m1 = x1 (w0 + w1),   m2 = (x2 - x1) w1;
// in two dimensions 2 x 2 results take 9. The sums over channels (and phases) are matrix products, one for each of the nine.
// The passes back are the same nine products with one side's transform transposed. All factors are 1 or -1, so that rounding
// is about that of the plain sum.
//
// In the fine map's matrices a row is a tile, a column a phase with a fine channel: 0 .. 4 x fine channels.

constexpr int kProducts = 9;

/// From one of nine matrices, written [9, rows, columns] below, to the next: its elements and a line of the cache. Without that
/// line the same element of all nine would often fall into one set of the first-level cache, which holds eight lines or little
/// more. Scratch begins with a line, and all sizes are whole vectors, so no vector lies across two.
template <class T>
constexpr std::int64_t matrix_stride(std::int64_t rows, std::int64_t columns) {
  return rows * columns + std::int64_t(kCacheLine / sizeof(T));
}
template <class T>
constexpr std::int64_t nine_matrices(std::int64_t rows, std::int64_t columns) {
  return kProducts * matrix_stride<T>(rows, columns);
}

/// The 2 x 2 results of each tile, or the tiles of 3 x 3 places of a phase that overlap by one place.
struct Tiles {
  std::int64_t height, width;  ///< of one sample

  explicit Tiles(const Pair& pair) : height(pair.height / 2), width(pair.width / 2) {}
  std::int64_t count() const { return height * width; }
  std::int64_t count(Range samples) const { return (samples.last - samples.first) * count(); }
};

/// Samples in blocks of at most this many tiles, or of one sample, all alike.
inline std::int64_t samples_at_once(const Tiles& tiles, std::int64_t samples, std::int64_t most) {
  const std::int64_t at_once = std::max<std::int64_t>(most / tiles.count(), 1);
  const std::int64_t blocks = std::max<std::int64_t>((samples + at_once - 1) / at_once, 1);
  return (samples + blocks - 1) / blocks;
}

/// m of 2 values, or of 2 weights: (a, a + b, b), in both dimensions. The k-th of the nine goes to to + k * stride.
template <class T>
[[gnu::always_inline]] inline void spread(const Vector<T> (&from)[2][2], T* to, std::int64_t stride) {
  const Vector<T> rows[3][2] = {
      {from[0][0], from[0][1]}, {from[0][0] + from[1][0], from[0][1] + from[1][1]}, {from[1][0], from[1][1]}};
  for (int i = 0; i < 3; ++i) {
    store(to + (3 * i) * stride, rows[i][0]);
    store(to + (3 * i + 1) * stride, rows[i][0] + rows[i][1]);
    store(to + (3 * i + 2) * stride, rows[i][1]);
  }
}

/// The transpose of spread: (m0 + m1, m1 + m2), in both dimensions.
template <class T>
[[gnu::always_inline]] inline void gather(const T* from, std::int64_t stride, Vector<T> (&to)[2][2]) {
  Vector<T> rows[3][2];
  for (int i = 0; i < 3; ++i) {
    const Vector<T> middle = load(from + (3 * i + 1) * stride);
    rows[i][0] = load(from + (3 * i) * stride) + middle;
    rows[i][1] = middle + load(from + (3 * i + 2) * stride);
  }
  for (int x = 0; x < 2; ++x) {
    to[0][x] = rows[0][x] + rows[1][x];
    to[1][x] = rows[1][x] + rows[2][x];
  }
}

/// These columns of the fine map's matrices, [9, tiles of the samples, columns]: (x0 - x1, x1, x2 - x1) in both dimensions.
template <class T>
void fine_tiles(const Pair& pair, const T* fine, Range samples, Range columns, T* matrices) {
  const Map map = pair.fine();
  const Tiles tiles(pair);
  const std::int64_t pitch = columns.last - columns.first;
  const std::int64_t stride = matrix_stride<T>(tiles.count(samples), pitch);
  for (std::int64_t sample = samples.first; sample < samples.last; ++sample)
    for (std::int64_t ty = 0; ty < tiles.height; ++ty)
      for (std::int64_t tx = 0; tx < tiles.width; ++tx, matrices += pitch)
        for (std::int64_t column = columns.first; column < columns.last;) {
          const std::int64_t phase = column / map.channels, channel = column % map.channels;
          const std::int64_t count = std::min(map.channels - channel, columns.last - column);
          const T* from = fine + offset(map, sample, 4 * ty + phase / 2, 4 * tx + phase % 2) + channel;
          T* to = matrices + (column - columns.first);
          for (std::int64_t i = 0; i < count; i += lanes<T>) {
            Vector<T> x[3][3];
            for (int j = 0; j < 3; ++j) {
              const T* place = from + i + 2 * j * map.channels;
              const Vector<T> middle = load(place + 2 * map.row());
              x[0][j] = load(place) - middle;
              x[1][j] = middle;
              x[2][j] = load(place + 4 * map.row()) - middle;
            }
            for (int k = 0; k < 3; ++k) {
              store(to + i + (3 * k) * stride, x[k][0] - x[k][1]);
              store(to + i + (3 * k + 1) * stride, x[k][1]);
              store(to + i + (3 * k + 2) * stride, x[k][2] - x[k][1]);
            }
          }
          column += count;
        }
}

/// These channels of the coarse map's matrices, [9, tiles of the samples, channels].
template <class T>
void coarse_tiles(const Pair& pair, const T* coarse, Range samples, Range channels, T* matrices) {
  const Map map = pair.coarse();
  const Tiles tiles(pair);
  const std::int64_t count = channels.last - channels.first;
  const std::int64_t stride = matrix_stride<T>(tiles.count(samples), count);
  for (std::int64_t sample = samples.first; sample < samples.last; ++sample)
    for (std::int64_t ty = 0; ty < tiles.height; ++ty)
      for (std::int64_t tx = 0; tx < tiles.width; ++tx, matrices += count) {
        const T* from = coarse + offset(map, sample, 2 * ty + 1, 2 * tx + 1) + channels.first;
        for (std::int64_t c = 0; c < count; c += lanes<T>) {
          const Vector<T> values[2][2] = {{load(from + c), load(from + c + map.channels)},
                                          {load(from + c + map.row()), load(from + c + map.row() + map.channels)}};
          spread<T>(values, matrices + c, stride);
        }
      }
}

/// Row (of its [4, 4, fine channels]) of the weight that a tile's column multiplies, for place (a, b) of 2 x 2.
inline std::int64_t weight_row(const Pair& pair, std::int64_t column, int a, int b) {
  const std::int64_t phase = column / pair.fine_channels, channel = column % pair.fine_channels;
  return ((2 * a + phase / 2) * 4 + 2 * b + phase % 2) * pair.fine_channels + channel;
}

/// result[rows, C vectors] = left[rows, depth] right[depth, C vectors].
template <class T, int R, int C>
[[gnu::noinline]] void rows_of_product(const T* left, std::int64_t depth, const T* right, T* result) {
  const T* starts[R];
  for (int r = 0; r < R; ++r) starts[r] = left + r * depth;
  Vector<T> sum[R][C] = {};
  tile<T, R, C>(starts, {1, depth, 0}, right, C * lanes<T>, sum);
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r)
    for (int c = 0; c < C; ++c) store(result + (r * C + c) * lanes<T>, sum[r][c]);
}

/// The nine products of matrices [9, rows, depth] with weights [9, depth, C vectors].
template <class T, int C>
void products(const T* matrices, std::int64_t rows, std::int64_t depth, const T* weights, T* result) {
  constexpr std::int64_t columns = C * lanes<T>;
  for (int k = 0; k < kProducts; ++k) {
    const T* const left = matrices + k * matrix_stride<T>(rows, depth);
    const T* const right = weights + k * matrix_stride<T>(depth, columns);
    T* const to = result + k * matrix_stride<T>(rows, columns);
    in_rows({0, rows}, [&](std::int64_t row, auto count) {
      rows_of_product<T, count, C>(left + row * depth, depth, right, to + row * columns);
    });
  }
}

/// Elements of a block of the maps' matrices that leave the second-level cache room for the weights, and the tiles from which
/// on bringing the weights together is little beside the products.
constexpr std::int64_t kElementsAtOnce = 1 << 17, kTilesAtOnce = 96;

/// A part of a map whose matrices have `depth` columns, in blocks of samples: of each, bring(samples, matrices), and then
/// multiply(samples, matrices, channel, C, room) for C vectors of the result's channels at a time. `room`: for the weights'
/// matrices, the products, and `more` vectors.
template <class T, class Bring, class Multiply>
void in_blocks(const Pair& pair, const Part& part, std::int64_t depth, std::int64_t more, const Bring& bring,
               const Multiply& multiply) {
  const Tiles tiles(pair);
  const std::int64_t most = std::max(kElementsAtOnce / (kProducts * depth), kTilesAtOnce),
                     at_once = samples_at_once(tiles, part.samples.last - part.samples.first, most);
  for (std::int64_t first = part.samples.first; first < part.samples.last; first += at_once) {
    const Range samples{first, std::min(first + at_once, part.samples.last)};
    const std::int64_t rows = tiles.count(samples);
    constexpr std::int64_t columns = 2 * lanes<T>;
    T* const matrices = scratch<T>(nine_matrices<T>(rows, depth) + nine_matrices<T>(depth, columns) +
                                   nine_matrices<T>(rows, columns) + more * lanes<T>);
    T* const room = matrices + nine_matrices<T>(rows, depth);
    bring(samples, matrices);
    in_columns<T>(part.channels,
                  [&](std::int64_t channel, auto vectors) { multiply(samples, matrices, channel, vectors, room); });
  }
}

/// C vectors of coarse channels of the samples whose fine map's matrices these are.
template <class T, int C>
void down_columns(const Pair& pair, const T* matrices, const T* weight, const Epilogue<T>& finish, T* coarse, Range samples,
                  std::int64_t channel, T* room) {
  constexpr std::int64_t columns = C * lanes<T>;
  const Map map = pair.coarse();
  const Tiles tiles(pair);
  const std::int64_t depth = 4 * pair.fine_channels, rows = tiles.count(samples);
  T *const weights = room, *result = room + nine_matrices<T>(depth, columns);
  for (std::int64_t k = 0; k < depth; ++k) {
    const T* from[2][2];
    for (int i = 0; i < 4; ++i) from[i / 2][i % 2] = weight + weight_row(pair, k, i / 2, i % 2) * map.channels + channel;
    for (int c = 0; c < columns; c += lanes<T>) {
      const Vector<T> values[2][2] = {{load(from[0][0] + c), load(from[0][1] + c)},
                                      {load(from[1][0] + c), load(from[1][1] + c)}};
      spread<T>(values, weights + k * columns + c, matrix_stride<T>(depth, columns));
    }
  }
  products<T, C>(matrices, rows, depth, weights, result);
  for (std::int64_t sample = samples.first; sample < samples.last; ++sample)
    for (std::int64_t ty = 0; ty < tiles.height; ++ty)
      for (std::int64_t tx = 0; tx < tiles.width; ++tx, result += columns)
        for (int c = 0; c < columns; c += lanes<T>) {
          Vector<T> values[2][2];
          gather<T>(result + c, matrix_stride<T>(rows, columns), values);
          for (int i = 0; i < 4; ++i) {
            const std::int64_t place = offset(map, sample, 2 * ty + 1 + i / 2, 2 * tx + 1 + i % 2) + channel + c;
            store(coarse + place, finished(values[i / 2][i % 2], finish, channel + c, place));
          }
        }
}

template <class T>
void down_by_tiles(const Pair& pair, const T* fine, const T* weight, const Epilogue<T>& finish, T* coarse, const Part& part) {
  const std::int64_t depth = 4 * pair.fine_channels;
  in_blocks<T>(
      pair, part, depth, 0,
      [&](Range samples, T* matrices) {
        fine_tiles(pair, fine, samples, {0, depth}, matrices);
      },
      [&](Range samples, const T* matrices, std::int64_t channel, auto vectors, T* room) {
        down_columns<T, vectors>(pair, matrices, weight, finish, coarse, samples, channel, room);
      });
}

/// Places of one phase in one sample, from the nine products of its tiles: the transpose of what fine_tiles does. In each
/// dimension place 2 t gets m0 of tile t and m2 of the tile before it, and place 2 t + 1 gets m1 - m0 - m2 of tile t. `lines`:
/// [3, tiles.width + 2, C vectors], zero in the first and last tile.
template <class T, int C>
void phase_places(const Pair& pair, const T* result, std::int64_t stride, std::int64_t sample, int py, int px,
                  std::int64_t channel, const Epilogue<T>& finish, T* fine, T* lines) {
  constexpr std::int64_t columns = C * lanes<T>;
  const Map map = pair.fine();
  const Tiles tiles(pair);
  const std::int64_t line = tiles.width * columns, pitch = line + 2 * columns;
  // Of the places 0 .. height of a phase the first or the last lies in the border.
  for (std::int64_t y = 1 - py; y <= pair.height - py; ++y) {
    for (int k = 0; k < 3; ++k) {
      const T *const m0 = result + k * stride + y / 2 * line, *const m1 = m0 + 3 * stride, *const m2 = m1 + 3 * stride;
      T* const to = lines + k * pitch + columns;
      const auto fill = [&](auto value) {
        for (std::int64_t i = 0; i < line; i += lanes<T>) store(to + i, value(i));
      };
      if (y % 2)
        fill([&](std::int64_t i) { return load(m1 + i) - load(m0 + i) - load(m2 + i); });
      else if (y == 0)
        fill([&](std::int64_t i) { return load(m0 + i); });
      else if (y == pair.height)
        fill([&](std::int64_t i) { return load(m2 - line + i); });
      else
        fill([&](std::int64_t i) { return load(m0 + i) + load(m2 - line + i); });
    }
    // Of the width / 2 + 1 even places one lies in the border, the first (px = 0) or the last.
    for (std::int64_t t = 0; t < tiles.width; ++t) {
      const std::int64_t even = t + 1 - px;
      for (int c = 0; c < C; ++c) {
        const auto put = [&](std::int64_t x, Vector<T> value) {
          const std::int64_t place = offset(map, sample, 2 * y + py, 2 * x + px) + channel + c * lanes<T>;
          store(fine + place, finished(value, finish, channel + c * lanes<T>, place));
        };
        const T *const m0 = lines + columns + c * lanes<T>, *const m1 = m0 + pitch, *const m2 = m1 + pitch;
        put(2 * even, load(m0 + even * columns) + load(m2 + (even - 1) * columns));
        put(2 * t + 1, load(m1 + t * columns) - load(m0 + t * columns) - load(m2 + t * columns));
      }
    }
  }
}

/// C vectors of fine channels of the samples whose coarse map's matrices these are.
template <class T, int C>
void up_columns(const Pair& pair, const T* matrices, const T* weight, const Epilogue<T>& finish, T* fine, Range samples,
                std::int64_t channel, T* room) {
  constexpr std::int64_t columns = C * lanes<T>;
  const Tiles tiles(pair);
  const std::int64_t depth = pair.coarse_channels, rows = tiles.count(samples);
  T *const weights = room, *const result = weights + nine_matrices<T>(depth, columns),
           *const lines = result + nine_matrices<T>(rows, columns);
  std::fill_n(lines, 3 * (tiles.width + 2) * columns, T(0));
  for (int py = 0; py < 2; ++py)
    for (int px = 0; px < 2; ++px) {
      const std::int64_t column = (2 * py + px) * pair.fine_channels + channel;
      for (std::int64_t k = 0; k < depth; k += lanes<T>)
        for (int c = 0; c < C; ++c) {
          alignas(kCacheLine) T squares[2][2][lanes<T> * lanes<T>];  // of weights, with rows of fine channels
          for (int i = 0; i < 4; ++i) {
            const T* const from = weight + weight_row(pair, column + c * lanes<T>, i / 2, i % 2) * depth + k;
            for (std::int64_t row = 0; row < lanes<T>; ++row) __builtin_prefetch(from + row * depth + 2 * lanes<T>);
            transpose(from, depth, squares[i / 2][i % 2], lanes<T>);
          }
          for (std::int64_t i = 0; i < lanes<T>; ++i) {
            const std::int64_t row = i * lanes<T>;
            const Vector<T> values[2][2] = {{load(squares[0][0] + row), load(squares[0][1] + row)},
                                            {load(squares[1][0] + row), load(squares[1][1] + row)}};
            spread<T>(values, weights + (k + i) * columns + c * lanes<T>, matrix_stride<T>(depth, columns));
          }
        }
      products<T, C>(matrices, rows, depth, weights, result);
      for (std::int64_t sample = samples.first; sample < samples.last; ++sample)
        phase_places<T, C>(pair, result + (sample - samples.first) * tiles.count() * columns, matrix_stride<T>(rows, columns),
                           sample, py, px, channel, finish, fine, lines);
    }
}

template <class T>
void up_by_tiles(const Pair& pair, const T* coarse, const T* weight, const Epilogue<T>& finish, T* fine, const Part& part) {
  in_blocks<T>(
      pair, part, pair.coarse_channels, 3 * (Tiles(pair).width + 2) * 2,
      [&](Range samples, T* matrices) {
        coarse_tiles(pair, coarse, samples, {0, pair.coarse_channels}, matrices);
      },
      [&](Range samples, const T* matrices, std::int64_t channel, auto vectors, T* room) {
        up_columns<T, vectors>(pair, matrices, weight, finish, fine, samples, channel, room);
      });
}

/// Adds to the gradient of these rows and C vectors of channels. `left`: the fine map's matrices, [9, tiles, rows]; `right`:
/// the coarse map's, [9, tiles, C vectors]; `sums`: room for the weight's, [9, rows, C vectors]. One of the nine after the
/// other, so that right's stays in the first-level cache for all rows.
template <class T, int C>
void gradient_columns(const Pair& pair, const T* left, const T* right, std::int64_t tiles, Range rows, std::int64_t channel,
                      T* sums, T* gradient) {
  constexpr std::int64_t columns = C * lanes<T>;
  const std::int64_t pitch = rows.last - rows.first;
  for (int k = 0; k < kProducts; ++k) {
    const T* const from = left + k * matrix_stride<T>(tiles, pitch);
    const T* const with = right + k * matrix_stride<T>(tiles, columns);
    T* const to = sums + k * matrix_stride<T>(pitch, columns);
    in_rows({0, pitch}, [&](std::int64_t row, auto count) {
      gradient_tile<T, count, C, false>({1, 1, tiles, columns}, {from + row, pitch, 0, 0}, {with, columns, 0, 0},
                                        to + row * columns);
    });
  }
  for (std::int64_t row = rows.first; row < rows.last; ++row, sums += columns) {
    T* to[2][2];
    for (int i = 0; i < 4; ++i)
      to[i / 2][i % 2] = gradient + weight_row(pair, row, i / 2, i % 2) * pair.coarse_channels + channel;
    for (int c = 0; c < columns; c += lanes<T>) {
      Vector<T> values[2][2];
      gather<T>(sums + c, matrix_stride<T>(pitch, columns), values);
      for (int i = 0; i < 4; ++i) {
        T* const place = to[i / 2][i % 2] + c;
        store(place, load(place) + values[i / 2][i % 2]);
      }
    }
  }
}

/// `rows`: of the fine map's matrices' columns.
template <class T>
void weight_gradient_by_tiles(const Pair& pair, const T* fine, const T* coarse, T* gradient, Range rows) {
  constexpr std::int64_t rows_at_once = 48, columns = 2 * lanes<T>;  // rows: a multiple of 16, as of all parts
  const Tiles geometry(pair);
  const std::int64_t at_once = samples_at_once(geometry, pair.batch, kTilesAtOnce);
  for (std::int64_t first = 0; first < pair.batch; first += at_once) {
    const Range samples{first, std::min(first + at_once, pair.batch)};
    const std::int64_t tiles = geometry.count(samples);
    const std::int64_t of_columns = nine_matrices<T>(tiles, columns),
                       of_channels = (pair.coarse_channels + columns - 1) / columns * of_columns,
                       of_rows = nine_matrices<T>(tiles, rows_at_once);
    T* const right = scratch<T>(of_channels + of_rows + nine_matrices<T>(rows_at_once, columns));
    T *const left = right + of_channels, *const sums = left + of_rows;
    // The coarse map's matrices of a tile's columns each, whose places then lie side by side.
    in_columns<T>({0, pair.coarse_channels}, [&](std::int64_t channel, auto vectors) {
      coarse_tiles(pair, coarse, samples, {channel, channel + vectors * lanes<T>}, right + channel / columns * of_columns);
    });
    for (std::int64_t block = rows.first; block < rows.last; block += rows_at_once) {
      const Range part{block, std::min(block + rows_at_once, rows.last)};
      fine_tiles(pair, fine, samples, part, left);
      in_columns<T>({0, pair.coarse_channels}, [&](std::int64_t channel, auto vectors) {
        gradient_columns<T, vectors>(pair, left, right + channel / columns * of_columns, tiles, part, channel, sums, gradient);
      });
    }
  }
}

template <class T>
void down(const Pair& pair, const T* fine, const T* weight, const Epilogue<T>& finish, T* coarse, const Part& part) {
  (pair.by_tiles() ? down_by_tiles<T> : down_directly<T>)(pair, fine, weight, finish, coarse, part);
}

template <class T>
void up(const Pair& pair, const T* coarse, const T* weight, const Epilogue<T>& finish, T* fine, const Part& part) {
  (pair.by_tiles() ? up_by_tiles<T> : up_directly<T>)(pair, coarse, weight, finish, fine, part);
}

template <class T>
void weight_gradient(const Pair& pair, const T* fine, const T* coarse, T* gradient, Range rows) {
  (pair.by_tiles() ? weight_gradient_by_tiles<T> : weight_gradient_directly<T>)(pair, fine, coarse, gradient, rows);
}
