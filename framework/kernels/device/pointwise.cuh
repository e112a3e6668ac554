// SPDX-License-Identifier: MIT
// Convolutions of 1 x 1 to one to four channels, and their gradients: to read the map once is all the time that they take. Maps
// are [places, channels] of float32, channels a multiple of 4 and at most kPointwiseChannels.

/// Where the weight has this channel of an output.
__device__ inline int place_of_weight(const Pointwise& job, int outputs, int output, int channel) {
  return job.transposed ? channel * outputs + output : output * job.channels + channel;
}

__device__ inline void add_four(float4& sum, float4 v) { sum.x += v.x, sum.y += v.y, sum.z += v.z, sum.w += v.w; }
__device__ inline void add_product(float4& sum, float factor, float4 v) {
  sum.x += factor * v.x, sum.y += factor * v.y, sum.z += factor * v.z, sum.w += factor * v.w;
}

/// Eight neighbouring threads share a place, 128 bytes of it at a time.
template <int Outputs>
__device__ inline void pointwise(const Pointwise& job) {
  constexpr int kLanes = 8, kPlaces = 2, kRows = kThreads / kLanes;
  __shared__ float4 weights[Outputs * kPointwiseChannels / 4];  // [outputs, channels]
  const int fours = job.channels / 4, lane = threadIdx.x % kLanes, row = threadIdx.x / kLanes;
  for (int i = threadIdx.x; i < Outputs * job.channels; i += kThreads)
    ((float*)weights)[i] = job.weight[place_of_weight(job, Outputs, i / job.channels, i % job.channels)];
  __syncthreads();
  // Threads without a place of their own go along: warps add up as a whole.
  for (long long first = (long long)blockIdx.x * kRows * kPlaces; first < job.places;
       first += (long long)gridDim.x * kRows * kPlaces) {
    float sums[kPlaces][Outputs] = {};
    long long place[kPlaces];
    const float4* from[kPlaces];
#pragma unroll
    for (int p = 0; p < kPlaces; ++p) {
      place[p] = first + p * kRows + row;
      from[p] = (const float4*)job.map + (place[p] < job.places ? place[p] : job.places - 1) * fours;
    }
#pragma unroll 2
    for (int four = lane; four < fours; four += kLanes) {
      float4 x[kPlaces];
#pragma unroll
      for (int p = 0; p < kPlaces; ++p) x[p] = from[p][four];
#pragma unroll
      for (int output = 0; output < Outputs; ++output) {
        const float4 w = weights[output * fours + four];
#pragma unroll
        for (int p = 0; p < kPlaces; ++p) sums[p][output] += x[p].x * w.x + x[p].y * w.y + x[p].z * w.z + x[p].w * w.w;
      }
    }
#pragma unroll
    for (int p = 0; p < kPlaces; ++p)
#pragma unroll
      for (int output = 0; output < Outputs; ++output) {
        float sum = sums[p][output];
#pragma unroll
        for (int half = kLanes / 2; half > 0; half /= 2) sum += __shfl_xor_sync(~0u, sum, half);
        if (lane == 4 * p + output && place[p] < job.places)
          job.result[place[p] * Outputs + output] = job.bias ? sum + job.bias[output] : sum;
      }
  }
}

/// Each thread has four channels of its own, of every so many places. The sums of the blocks are added up by the last ones to
/// come: in groups, and then those of the groups, always in one order.
template <int Outputs>
__device__ inline void pointwise_gradients(const Pointwise& job) {
  constexpr int kGroup = 32;
  __shared__ float4 sums[Outputs + 1][kThreads];  // of the weight's gradient by outputs, of the bias's
  __shared__ int last;
  const int fours = job.channels / 4, rows = kThreads / fours;
  const int four = threadIdx.x % fours, row = threadIdx.x / fours;
  const float4 zero = make_float4(0, 0, 0, 0);
  float4 weight[Outputs], of_weight[Outputs];
  float of_bias[4] = {};
#pragma unroll
  for (int output = 0; output < Outputs; ++output) {
    const auto w = [&](int channel) { return job.weight[place_of_weight(job, Outputs, output, 4 * four + channel)]; };
    weight[output] = make_float4(w(0), w(1), w(2), w(3));
    of_weight[output] = zero;
  }
  if (row < rows)
    for (long long first = (long long)blockIdx.x * kAtOnce * rows + row; first < job.places;
         first += (long long)gridDim.x * kAtOnce * rows) {
      float4 x[kAtOnce];
      float gradient[kAtOnce][Outputs];
#pragma unroll
      for (int p = 0; p < kAtOnce; ++p) {
        const long long place = first + p * rows;
        const bool there = place < job.places;
        x[p] = there ? ((const float4*)job.map)[place * fours + four] : zero;
#pragma unroll
        for (int output = 0; output < Outputs; ++output)
          gradient[p][output] = there ? job.gradient[place * Outputs + output] : 0;
      }
#pragma unroll
      for (int p = 0; p < kAtOnce; ++p) {
        float4 of_map = zero;
#pragma unroll
        for (int output = 0; output < Outputs; ++output) {
          const float g = gradient[p][output];
          add_product(of_map, g, weight[output]);
          add_product(of_weight[output], g, x[p]);
          of_bias[output] += g;
        }
        if (job.after_relu)
          of_map = make_float4(x[p].x > 0 ? of_map.x : 0, x[p].y > 0 ? of_map.y : 0, x[p].z > 0 ? of_map.z : 0,
                               x[p].w > 0 ? of_map.w : 0);
        const long long place = first + p * rows;
        if (job.of_map && place < job.places) ((float4*)job.of_map)[place * fours + four] = of_map;
      }
    }
  if (!job.of_weight && !job.of_bias) return;

#pragma unroll
  for (int output = 0; output < Outputs; ++output) sums[output][threadIdx.x] = of_weight[output];
  sums[Outputs][threadIdx.x] = make_float4(of_bias[0], of_bias[1], of_bias[2], of_bias[3]);
  __syncthreads();
  const int size = Outputs * fours + 1;  // of a block's part: the bias comes last
  float4* const parts = (float4*)job.parts;
  for (int i = threadIdx.x; i < size; i += kThreads) {
    const float4* const from = sums[i / fours] + i % fours;
    float4 sum = from[0];
    for (int r = 1; r < rows; ++r) add_four(sum, from[r * fours]);
    parts[(long long)blockIdx.x * size + i] = sum;
  }
  const auto sum_of = [&](int i, int first, int step, int count) {
    float4 sum = zero;
#pragma unroll 8
    for (int p = 0; p < count; ++p) add_four(sum, __ldcg(parts + (long long)(first + p * step) * size + i));
    return sum;
  };
  const int blocks = gridDim.x, groups = (blocks + kGroup - 1) / kGroup, group = blockIdx.x / kGroup;
  const int in_group = blocks - group * kGroup < kGroup ? blocks - group * kGroup : kGroup;
  if (!last_of(job.counters + group, in_group, last)) return;
  for (int i = threadIdx.x; i < size; i += kThreads)
    parts[(long long)group * kGroup * size + i] = sum_of(i, group * kGroup, 1, in_group);
  if (!last_of(job.counters + groups, groups, last)) return;
  for (int i = threadIdx.x; i < size; i += kThreads) {
    const float4 sum = sum_of(i, 0, kGroup, groups);
    const float numbers[4] = {sum.x, sum.y, sum.z, sum.w};
    const int output = i / fours;
    if (output < Outputs && job.of_weight)
#pragma unroll
      for (int n = 0; n < 4; ++n) job.of_weight[place_of_weight(job, Outputs, output, i % fours * 4 + n)] = numbers[n];
    if (output == Outputs && job.of_bias)
#pragma unroll
      for (int n = 0; n < Outputs; ++n) job.of_bias[n] = numbers[n];
  }
}

#define IRMAE_POINTWISE(OUTPUTS)                                                                                      \
  IRMAE_ENTRY void __launch_bounds__(kThreads) pointwise_##OUTPUTS(const __grid_constant__ Pointwise job) {           \
    pointwise<OUTPUTS>(job);                                                                                          \
  }                                                                                                                   \
  IRMAE_ENTRY void __launch_bounds__(kThreads) pointwise_gradients_##OUTPUTS(const __grid_constant__ Pointwise job) { \
    pointwise_gradients<OUTPUTS>(job);                                                                                \
  }
IRMAE_POINTWISE(1)
IRMAE_POINTWISE(2)
IRMAE_POINTWISE(3)
IRMAE_POINTWISE(4)
