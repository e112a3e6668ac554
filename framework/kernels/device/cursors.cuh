// SPDX-License-Identifier: MIT
// Where the operands of a product are, one stride of their depth after the other: what would be calculated anew for each
// element is carried on instead.

/// Of element `index` of an array, or of one outside that it would have there.
__device__ inline unsigned long long address_of(const float* array, long long index) {
  return (unsigned long long)array + sizeof(float) * (unsigned long long)index;
}

/// So many elements behind `from`, where those are there too.
__device__ inline Source further(Source from, int elements, bool there) {
  return {from.address + sizeof(float) * (unsigned long long)elements, from.there && there};
}

/// Four neighbours in memory, a whole number of strides apart.
struct Straight {
  unsigned long long address, step;
  int k, last;
  __device__ void start(Source from, int each, int first, int end) {
    address = from.address, step = sizeof(float) * kStride * (unsigned long long)each;
    k = from.there ? first : end, last = end;
  }
  __device__ Source next() {
    const Source now{address, k < last};
    address += step, k += kStride;
    return now;
  }
};

/// Of a row-major matrix with so many columns: from (k, column) on down the rows.
__device__ inline Straight down_rows(const float* matrix, int columns, int column, int k, int last) {
  Straight from;
  from.start({address_of(matrix, (long long)k * columns + column), column < columns}, columns, k, last);
  return from;
}

/// Place p of the coarse map. Where that is not there, neither is any of its neighbours: its row is far outside.
struct Coarse {
  int sample, y, x;
  bool there;
};

__device__ inline Coarse coarse_of(const Strided& job, int p) {
  const int row = p / job.width, sample = row / job.height;
  const bool there = p < job.batch * job.height * job.width;
  constexpr int kOutside = -4;  // further than a kernel reaches
  return {sample, there ? row - sample * job.height : kOutside, p - row * job.width, there};
}

/// Where the channels are of the place (y, x) of a sample's map; outside they are not there.
__device__ inline Source in_map(const float* map, int height, int width, int channels, int sample, int y, int x) {
  return {address_of(map, (long long)((sample * height + y) * width + x) * channels),
          (unsigned)y < (unsigned)height && (unsigned)x < (unsigned)width};
}

/// For element (kernel's place, channel) of the patch of the fine map that belongs to a place of the coarse one: where it is.
__device__ inline Source fine_at(const Strided& job, Coarse place, int kernel) {
  return in_map(job.fine, 2 * job.height, 2 * job.width, job.fine_channels, place.sample, 2 * place.y - 1 + kernel / 4,
                2 * place.x - 1 + kernel % 4);
}

/// Four neighbours of channels, one stride after the other through the channels of one tap and then on to the next tap. A Tap
/// says where the first channel of a tap is, also beyond the last one.
template <class Tap>
struct ByTap {
  const Strided* job;
  Tap at;
  Source from;  // the tap's first channel
  int tap, channel, channels, k, last;
  __device__ void start(const Strided& of, const Tap& taps, int of_tap, int first, int end) {
    job = &of, at = taps, channels = of_tap, k = first, last = end;
    tap = first / channels, channel = first - tap * channels;
    from = at(*job, tap);
  }
  __device__ Source next() {
    const Source now = further(from, channel, k < last);
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
  __device__ Source next(int j) {
    const int tap = k + j, kernel = tap / job->fine_channels;
    if (j == 3) k += kStride;
    return further(fine_at(*job, place, kernel), tap - kernel * job->fine_channels, tap < last);
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
    job = &of, place = coarse_of(of, first), k = first;
    last = tap < 16 * of.fine_channels ? end : first;  // a multiple of 4: all of a patch's elements or none
#pragma unroll
    for (int j = 0; j < Each; ++j)
      kernel[j] = (tap + j) / of.fine_channels, channel[j] = tap + j - kernel[j] * of.fine_channels;
  }
  __device__ Source here(int j) const { return further(fine_at(*job, place, kernel[j]), channel[j], k < last); }
  __device__ void on() {
    k += kStride;
    place.x += job->stride_columns, place.y += job->stride_rows, place.sample += job->stride_samples;
    if (place.x >= job->width) place.x -= job->width, ++place.y;
    if (place.y >= job->height) place.y -= job->height, ++place.sample;
  }
  __device__ Source next(int j) {
    const Source now = here(j);
    if (j == Each - 1) on();
    return now;
  }
  __device__ Source next() { return next(0); }
};
