// SPDX-License-Identifier: MIT
// What comes after the convolutions of a general library: the bias and the ReLU, in one pass over a map [places, channels] of
// float32 or bfloat16, and their gradients in another. Channels are a multiple of 4.

struct Bfloat16 {
  unsigned short bits;
};

__device__ inline float4 four_at(const float* from) { return *(const float4*)from; }
__device__ inline float4 four_at(const Bfloat16* from) {
  const uint2 v = *(const uint2*)from;
  return make_float4(float_of(v.x << 16), float_of(v.x & 0xffff0000u), float_of(v.y << 16), float_of(v.y & 0xffff0000u));
}
__device__ inline void put_four(float* to, float4 v) { *(float4*)to = v; }
__device__ inline void put_four(Bfloat16* to, float4 v) {
  const auto rounded = [](float value) {  // to even
    const unsigned bits = bits_of(value);
    return value != value ? 0x7fc0u : (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
  };
  *(uint2*)to = {rounded(v.x) | rounded(v.y) << 16, rounded(v.z) | rounded(v.w) << 16};
}

template <class T>
__device__ inline void add_bias(const T* values, const float* bias, T* result, long long elements, int channels, int relu) {
  const long long stride = (long long)gridDim.x * kThreads;
  for (long long i = (long long)blockIdx.x * kThreads + threadIdx.x; i < elements / 4; i += stride) {
    float4 v = four_at(values + 4 * i);
    const float4 b = four_at(bias + 4 * i % channels);
    const auto one = [&](float value, float of_channel) {
      value += of_channel;
      return relu && value < 0 ? 0.0f : value;
    };
    put_four(result + 4 * i, make_float4(one(v.x, b.x), one(v.y, b.y), one(v.z, b.z), one(v.w, b.w)));
  }
}

/// passed = gradient where the result is positive (null: no ReLU, and nothing to pass), of_bias [channels] = its sums over the
/// places; parts [blocks, channels]
template <class T>
__device__ inline void bias_gradient(const T* gradient, const T* result, T* passed, float* of_bias, long long places,
                                     int channels, float* parts, unsigned* counter) {
  __shared__ float4 sums[kThreads];
  __shared__ int last;
  const int fours = channels / 4, across = fours < kThreads ? fours : kThreads, rows = kThreads / across;
  const int lane = threadIdx.x % across, row = threadIdx.x / across;
  for (int first = 0; first < fours; first += across) {
    float4 sum = make_float4(0, 0, 0, 0);
    const bool mine = row < rows && first + lane < fours;
    const long long stride = (long long)gridDim.x * rows;
    const auto add = [&](long long place, float4 g, float4 y) {
      if (result) {
        g = make_float4(y.x > 0 ? g.x : 0, y.y > 0 ? g.y : 0, y.z > 0 ? g.z : 0, y.w > 0 ? g.w : 0);
        put_four(passed + place * channels + 4 * (first + lane), g);
      }
      sum.x += g.x, sum.y += g.y, sum.z += g.z, sum.w += g.w;
    };
    const auto at = [&](const T* map, long long place) { return four_at(map + place * channels + 4 * (first + lane)); };
    const auto result_at = [&](long long place) { return result ? at(result, place) : make_float4(0, 0, 0, 0); };
    if (mine) {
      long long place = (long long)blockIdx.x * rows + row;
      for (; place + (kAtOnce - 1) * stride < places; place += kAtOnce * stride) {
        float4 g[kAtOnce], y[kAtOnce];
#pragma unroll
        for (int i = 0; i < kAtOnce; ++i) g[i] = at(gradient, place + i * stride), y[i] = result_at(place + i * stride);
#pragma unroll
        for (int i = 0; i < kAtOnce; ++i) add(place + i * stride, g[i], y[i]);
      }
      for (; place < places; place += stride) add(place, at(gradient, place), result_at(place));
    }
    __syncthreads();
    sums[threadIdx.x] = sum;
    __syncthreads();
    if (row == 0 && mine) {
      for (int i = 1; i < rows; ++i) {
        const float4 other = sums[i * across + lane];
        sum.x += other.x, sum.y += other.y, sum.z += other.z, sum.w += other.w;
      }
      put_four(parts + (long long)blockIdx.x * channels + 4 * (first + lane), sum);
    }
  }
  if (!last_of(counter, (int)gridDim.x, last)) return;
  for (int i = threadIdx.x; i < channels; i += kThreads) {
    float sum = 0;
    for (int block = 0; block < (int)gridDim.x; ++block) sum += __ldcg(parts + (long long)block * channels + i);
    of_bias[i] = sum;
  }
}

#define IRMAE_BIAS(NAME, T)                                                                                               \
  IRMAE_ENTRY void __launch_bounds__(kThreads)                                                                            \
      bias_##NAME(const T* values, const float* bias, T* result, long long elements, int channels, int relu) {            \
    add_bias(values, bias, result, elements, channels, relu);                                                             \
  }                                                                                                                       \
  IRMAE_ENTRY void __launch_bounds__(kThreads)                                                                            \
      bias_gradient_##NAME(const T* gradient, const T* result, T* passed, float* of_bias, long long places, int channels, \
                           float* parts, unsigned* counter) {                                                             \
    bias_gradient(gradient, result, passed, of_bias, places, channels, parts, counter);                                   \
  }
IRMAE_BIAS(float32, float)
IRMAE_BIAS(bfloat16, Bfloat16)
