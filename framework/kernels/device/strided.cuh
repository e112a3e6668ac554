// SPDX-License-Identifier: MIT
// The convolution of framework/kernels/strided.h on a GPU. Maps are [batch, height, width, channels] without a border, weights
// [4, 4, fine channels, coarse channels]; float32.

/// What comes after a sum: see kernels::Epilogue.
__device__ inline float finished(float value, const float* bias, int channel, int relu, const float* positive,
                                 long long place) {
  if (bias) value += bias[channel];
  if (relu && value < 0) value = 0;
  if (positive && !(positive[place] > 0)) value = 0;
  return value;
}

/// Two neighbours of a map along its channels, of which there is an even number.
__device__ inline void put_in_map(const Strided& job, long long place, int channel, float2 v) {
  const auto value = [&](float one, int i) { return finished(one, job.bias, channel + i, job.relu, job.positive, place + i); };
  *(float2*)(job.result + place) = make_float2(value(v.x, 0), value(v.y, 1));
}

template <bool First, class T, class U>
struct Choice {
  using Type = T;
};
template <class T, class U>
struct Choice<false, T, U> {
  using Type = U;
};
template <bool First, class T, class U>
using Either = typename Choice<First, T, U>::Type;

/// coarse [places, coarse channels] = patches [places, 16 fine channels] x weight
template <bool Vector>
struct Down {
  static constexpr Along kA = Along::depth, kB = Along::side;
  static constexpr int kSums = 0;
  static constexpr bool kScattered = !Vector;
  struct Tap {
    Coarse place;
    __device__ Source operator()(const Strided& job, int kernel) const { return fine_at(job, place, kernel); }
  };
  using A = Either<Vector, ByTap<Tap>, FewAlongTaps>;
  using B = Straight;
  const Strided& job;
  __device__ A a(int m, int k, int last) {
    A from;
    if constexpr (Vector)
      from.start(job, {coarse_of(job, m)}, job.fine_channels, k, last);
    else
      from = {&job, coarse_of(job, m), k, last};
    return from;
  }
  __device__ B b(int n, int k, int last) { return down_rows(job.weight, job.coarse_channels, n, k, last); }
  __device__ bool there(int m, int n) { return m < job.batch * job.height * job.width && n < job.coarse_channels; }
  __device__ void put(int m, int n, float2 v) { put_in_map(job, (long long)m * job.coarse_channels + n, n, v); }
  __device__ void sum(int, float) {}
};

/// The places of the fine map in one of four classes, by whether row and column are odd: each has two of the kernel's rows and
/// two of its columns. fine [places, fine channels] = neighbours [places, 4 coarse channels] x weight of those rows and columns
struct Up {
  static constexpr Along kA = Along::depth, kB = Along::depth;
  static constexpr int kSums = 0;
  static constexpr bool kScattered = false;
  struct Neighbour {
    Coarse place;
    int odd_y, odd_x;
    __device__ Source operator()(const Strided& job, int tap) const {
      return in_map(job.coarse, job.height, job.width, job.coarse_channels, place.sample, place.y + odd_y - (tap >> 1),
                    place.x + odd_x - (tap & 1));
    }
  };
  struct Weight {
    int channel, odd_y, odd_x;
    __device__ Source operator()(const Strided& job, int tap) const {
      const int kernel = (1 - odd_y + 2 * (tap >> 1)) * 4 + 1 - odd_x + 2 * (tap & 1);
      return {address_of(job.weight, (long long)(kernel * job.fine_channels + channel) * job.coarse_channels),
              channel < job.fine_channels};
    }
  };
  using A = ByTap<Neighbour>;
  using B = ByTap<Weight>;
  const Strided& job;
  int odd_y, odd_x;
  __device__ A a(int m, int k, int last) {
    A from;
    from.start(job, {coarse_of(job, m), odd_y, odd_x}, job.coarse_channels, k, last);
    return from;
  }
  __device__ B b(int n, int k, int last) {
    B from;
    from.start(job, {n, odd_y, odd_x}, job.coarse_channels, k, last);
    return from;
  }
  __device__ bool there(int m, int n) { return m < job.batch * job.height * job.width && n < job.fine_channels; }
  __device__ void put(int m, int n, float2 v) {
    const Coarse place = coarse_of(job, m);
    const int high = 2 * job.height, wide = 2 * job.width;
    put_in_map(job,
               ((long long)(place.sample * high + 2 * place.y + odd_y) * wide + 2 * place.x + odd_x) * job.fine_channels + n, n,
               v);
  }
  __device__ void sum(int, float) {}
};

/// gradient of weight [16 fine channels, coarse channels] = patches^T x coarse; Side: see kSums of multiply()
template <bool Vector, int Side>
struct WeightGradient {
  static constexpr Along kA = Along::side, kB = Along::side;
  static constexpr int kSums = Side;
  static constexpr bool kScattered = !Vector;
  using A = ByPlace<Vector ? 1 : 4>;
  using B = Straight;
  const Strided& job;
  __device__ A a(int m, int k, int last) {
    A from;
    from.start(job, m, k, last);
    return from;
  }
  __device__ B b(int n, int k, int last) { return down_rows(job.coarse, job.coarse_channels, n, k, last); }
  __device__ bool there(int m, int n) { return m < 16 * job.fine_channels && n < job.coarse_channels; }
  __device__ void put(int m, int n, float2 v) { *(float2*)(job.result + (long long)m * job.coarse_channels + n) = v; }
  __device__ void sum(int i, float value) {
    const int count = Side == 1 ? 16 * job.fine_channels : job.coarse_channels;
    if (job.sums && i < count) job.sums[i] = value;
  }
};

/// A block's place in a grid of its own: [across x by x parts and classes].
struct Place {
  int x, y, z, across, by;
};

__device__ inline Place place_in_grid() {
  return {(int)blockIdx.x, (int)blockIdx.y, (int)blockIdx.z, (int)gridDim.x, (int)gridDim.y};
}

template <class S, class Problem>
__device__ inline bool run(Tiles<S>& tiles, const Strided& job, Problem problem, Place place, int kind, int kinds, int depth) {
  const int part = place.z / kinds, first = part * job.chunk, end = first + job.chunk;
  return multiply<S>(tiles, problem,
                     {place.x * S::kM, place.y * S::kN, first, end < depth ? end : depth,
                      (kind * place.by + place.y) * place.across + place.x, part, job.splits, job.parts, job.counters});
}

template <class S, bool Vector>
__device__ inline void down(Tiles<S>& tiles, const Strided& job) {
  run(tiles, job, Down<Vector>{job}, place_in_grid(), 0, 1, 16 * job.fine_channels);
}

template <class S>
__device__ inline void up(Tiles<S>& tiles, const Strided& job) {
  const int odd = blockIdx.z % 4;
  run(tiles, job, Up{job, odd / 2, odd % 2}, place_in_grid(), odd, 4, 4 * job.coarse_channels);
}

template <class S, bool Vector, int Side>
__device__ inline void weight_gradient(Tiles<S>& tiles, const Strided& job, Place place) {
  const bool put = run(tiles, job, WeightGradient<Vector, Side>{job}, place, 0, 1, job.batch * job.height * job.width);
  // The kernel's four inner places together see each of the fine map's places once: the last tile with their sums adds them up.
  if (Side != 1 || !job.folded || !put || place.y != 0) return;
  if (!last_of(job.counters + place.across * place.by, place.across, tiles.last_to_come)) return;
  const int channels = job.fine_channels;
  for (int i = threadIdx.x; i < channels; i += kThreads)
    job.folded[i] = __ldcg(job.sums + 5 * channels + i) + __ldcg(job.sums + 6 * channels + i) +
                    __ldcg(job.sums + 9 * channels + i) + __ldcg(job.sums + 10 * channels + i);
}

// As in framework/kernels/device_plan.cpp.
using Slim = Shape<128, 32, 4, 2>;
using Small = Shape<64, 64, 2, 2>;
using Large = Shape<128, 128, 2, 1>;
using Huge = Shape<256, 128, 4, 1>;

#define IRMAE_KERNEL(NAME, SHAPE, BLOCKS, ...)                             \
  IRMAE_ENTRY void __launch_bounds__(kThreads, BLOCKS) NAME(Strided job) { \
    auto& tiles = *(Tiles<SHAPE>*)block_memory;                            \
    __VA_ARGS__;                                                           \
  }
/// BLOCKS: that a processor should hold at once.
#define IRMAE_MANY_CHANNELS(TILE, SHAPE, BLOCKS)                                                                  \
  IRMAE_KERNEL(down_##TILE, SHAPE, BLOCKS, down<SHAPE, true>(tiles, job))                                         \
  IRMAE_KERNEL(up_##TILE, SHAPE, BLOCKS, up<SHAPE>(tiles, job))                                                   \
  IRMAE_KERNEL(gradient_fine_##TILE, SHAPE, BLOCKS, weight_gradient<SHAPE, true, 1>(tiles, job, place_in_grid())) \
  IRMAE_KERNEL(gradient_coarse_##TILE, SHAPE, BLOCKS, weight_gradient<SHAPE, true, 2>(tiles, job, place_in_grid()))
#define IRMAE_FEW_CHANNELS(TILE, SHAPE, BLOCKS)                                                                        \
  IRMAE_KERNEL(down_few_##TILE, SHAPE, BLOCKS, down<SHAPE, false>(tiles, job))                                         \
  IRMAE_KERNEL(gradient_fine_few_##TILE, SHAPE, BLOCKS, weight_gradient<SHAPE, false, 1>(tiles, job, place_in_grid())) \
  IRMAE_KERNEL(gradient_coarse_few_##TILE, SHAPE, BLOCKS, weight_gradient<SHAPE, false, 2>(tiles, job, place_in_grid()))
IRMAE_MANY_CHANNELS(slim, Slim, 2)
IRMAE_FEW_CHANNELS(slim, Slim, 2)
IRMAE_MANY_CHANNELS(small, Small, 2)
IRMAE_FEW_CHANNELS(small, Small, 2)
IRMAE_MANY_CHANNELS(large, Large, 2)
IRMAE_FEW_CHANNELS(large, Large, 2)
IRMAE_KERNEL(down_huge, Huge, 1, down<Huge, true>(tiles, job))
IRMAE_KERNEL(up_huge, Huge, 1, up<Huge>(tiles, job))

/// `up` to a map of one, two or three channels: a thread for each place, of which a tile would hold mostly nothing.
IRMAE_ENTRY void __launch_bounds__(kThreads) up_few(Strided job) {
  constexpr int kFew = 3, kChunk = 128;  // channels of the fine map, and of the coarse one at a time
  alignas(16) __shared__ float weight[4 * kFew * kChunk];
  const int odd_y = blockIdx.z / 2, odd_x = blockIdx.z % 2, channels = job.fine_channels, depth = job.coarse_channels;
  const Coarse place = coarse_of(job, (int)(blockIdx.x * kThreads + threadIdx.x));
  float sums[kFew] = {0, 0, 0};
  for (int first = 0; first < depth; first += kChunk) {
    const int width = depth - first < kChunk ? depth - first : kChunk;
    __syncthreads();
    for (int i = threadIdx.x; i < 4 * channels * width; i += kThreads) {
      const int line = i / width, tap = line / channels, f = line - tap * channels;
      const int ky = 1 - odd_y + 2 * (tap >> 1), kx = 1 - odd_x + 2 * (tap & 1);
      weight[(tap * kFew + f) * kChunk + i - line * width] =
          job.weight[((long long)(ky * 4 + kx) * channels + f) * depth + first + i - line * width];
    }
    __syncthreads();
    for (int tap = 0; tap < 4; ++tap) {
      const int y = place.y + odd_y - (tap >> 1), x = place.x + odd_x - (tap & 1);
      if (!place.there || (unsigned)y >= (unsigned)job.height || (unsigned)x >= (unsigned)job.width) continue;
      const float* const from = job.coarse + ((long long)(place.sample * job.height + y) * job.width + x) * depth + first;
#pragma unroll 4
      for (int c = 0; c < width; c += 4) {
        const float4 v = *(const float4*)(from + c);
#pragma unroll
        for (int f = 0; f < kFew; ++f) {
          if (f >= channels) continue;
          const float4 w = *(const float4*)(weight + (tap * kFew + f) * kChunk + c);
          sums[f] += v.x * w.x + v.y * w.y + v.z * w.z + v.w * w.w;
        }
      }
    }
  }
  if (!place.there) return;
  const long long to =
      ((long long)(place.sample * 2 * job.height + 2 * place.y + odd_y) * 2 * job.width + 2 * place.x + odd_x) * channels;
  for (int f = 0; f < channels; ++f) job.result[to + f] = finished(sums[f], job.bias, f, job.relu, job.positive, to + f);
}
