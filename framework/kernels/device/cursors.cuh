// SPDX-License-Identifier: MIT
// Where the operands of a product are, one stride of their depth after the other: what would be calculated anew for each
// element is carried on instead.

/// Four neighbours in memory, a whole number of strides apart: null where there are none.
struct Straight {
  const float* from;
  long long step;
  int k, last;
  __device__ void start(const float* at, long long each, int first, int end) {
    from = at, step = each * kStride, k = at ? first : end, last = end;
  }
  __device__ const float* next() {
    const float* const now = k < last ? from : nullptr;
    from += step, k += kStride;
    return now;
  }
};

/// Of a row-major matrix with so many columns: from (k, column) on down the rows.
__device__ inline Straight down_rows(const float* matrix, int columns, int column, int k, int last) {
  Straight from;
  from.start(column < columns ? matrix + (long long)k * columns + column : nullptr, columns, k, last);
  return from;
}

/// Place p of the coarse map.
struct Coarse {
  int sample, y, x;
  bool there;
};

__device__ inline Coarse coarse_of(const Strided& job, int p) {
  const int row = p / job.width, sample = row / job.height;
  return {sample, row - sample * job.height, p - row * job.width, p < job.batch * job.height * job.width};
}

/// Where the channels are of the place (y, x) of a sample's map; null outside.
__device__ inline const float* in_map(const float* map, int height, int width, int channels, int sample, int y, int x) {
  if ((unsigned)y >= (unsigned)height || (unsigned)x >= (unsigned)width) return nullptr;
  return map + (long long)((sample * height + y) * width + x) * channels;
}

/// For element (kernel's place, channel) of the patch of the fine map that belongs to a place of the coarse one: where it is.
__device__ inline const float* fine_at(const Strided& job, Coarse place, int kernel) {
  return in_map(job.fine, 2 * job.height, 2 * job.width, job.fine_channels, place.sample, 2 * place.y - 1 + kernel / 4,
                2 * place.x - 1 + kernel % 4);
}

/// Four neighbours of channels, one stride after the other through the channels of one tap and then on to the next tap. A Tap
/// says where the first channel of a tap is; null: zeros.
template <class Tap>
struct ByTap {
  const Strided* job;
  Tap at;
  const float* from;  // the tap's first channel
  int tap, channel, channels, k, last;
  __device__ void start(const Strided& of, const Tap& taps, int of_tap, int first, int end) {
    job = &of, at = taps, channels = of_tap, k = first, last = end;
    tap = first / channels, channel = first - tap * channels;
    from = first < end ? at(*job, tap) : nullptr;
  }
  __device__ const float* next() {
    const float* const now = k < last && from ? from + channel : nullptr;
    k += kStride, channel += kStride;
    if (channel >= channels) {
      do channel -= channels, ++tap;
      while (channel >= channels);
      if (k < last) from = at(*job, tap);
    }
    return now;
  }
};

/// The first few taps of an image of few channels: each of four neighbours by itself.
struct FewAlongTaps {
  const Strided* job;
  Coarse place;
  int k, last;
  __device__ const float* next(int j) {
    const int tap = k + j, kernel = tap / job->fine_channels;
    if (j == 3) k += kStride;
    const float* const at = place.there && tap < last ? fine_at(*job, place, kernel) : nullptr;
    return at ? at + (tap - kernel * job->fine_channels) : nullptr;
  }
};

/// From one place of the coarse map to the one that is kStride further: where the patch's element `tap` is there, with its
/// neighbours behind it (Each: 1), or each of four by itself (4).
template <int Each>
struct ByPlace {
  const Strided* job;
  Coarse place;
  int k, last;
  int kernel[Each], channel[Each];
  __device__ void start(const Strided& of, int tap, int first, int end) {
    job = &of, place = coarse_of(of, first), k = first, last = end;
#pragma unroll
    for (int j = 0; j < Each; ++j) {
      kernel[j] = (tap + j) / of.fine_channels, channel[j] = tap + j - kernel[j] * of.fine_channels;
      if (tap + j >= 16 * of.fine_channels) kernel[j] = -1;
    }
  }
  __device__ const float* here(int j) const {
    const float* const at = k < last && kernel[j] >= 0 ? fine_at(*job, place, kernel[j]) : nullptr;
    return at ? at + channel[j] : nullptr;
  }
  __device__ void on() {
    k += kStride;
    place.x += job->stride_columns, place.y += job->stride_rows, place.sample += job->stride_samples;
    if (place.x >= job->width) place.x -= job->width, ++place.y;
    if (place.y >= job->height) place.y -= job->height, ++place.sample;
  }
  __device__ const float* next(int j) {
    const float* const now = here(j);
    if (j == Each - 1) on();
    return now;
  }
  __device__ const float* next() { return next(0); }
};
