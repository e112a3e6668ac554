// SPDX-License-Identifier: MIT
// Small matrix products with what comes before and after them in a network; row-major, every width a multiple of 4.

struct Dense {
  int rows, columns, depth;
  int splits, chunk;
  const float *first, *second;  // see the kernels
  float* result;                // [rows, columns]
  float* sums;                  // of the first operand's rows, or null
  const float* bias;            // [channels], of column % channels, or null
  const float* positive;        // [rows, columns], or null
  int channels, relu;
  float* parts;
  unsigned* counters;
};

/// FirstAlong: the first operand is [rows, depth], or [depth, rows] (side); the second one [columns, depth], or [depth, columns].
template <Along FirstAlong, Along SecondAlong, int Sums>
struct Product {
  static constexpr Along kA = FirstAlong, kB = SecondAlong;
  static constexpr int kSums = Sums;
  using PlaceA = int;
  using PlaceB = int;
  const Dense& job;
  __device__ PlaceA begin_a(int m) { return m; }
  __device__ PlaceB begin_b(int n) { return n; }
  static __device__ float4 at(const float* matrix, long long line, int width, int place) {
    return *(const float4*)(matrix + line * width + place);
  }
  __device__ float4 a(PlaceA, int m, int k, int last) {
    if (m >= job.rows || k >= last) return make_float4(0, 0, 0, 0);
    return kA == Along::depth ? at(job.first, m, job.depth, k) : at(job.first, k, job.rows, m);
  }
  __device__ float4 b(PlaceB, int k, int n, int last) {
    if (n >= job.columns || k >= last) return make_float4(0, 0, 0, 0);
    return kB == Along::depth ? at(job.second, n, job.depth, k) : at(job.second, k, job.columns, n);
  }
  __device__ bool there(int m, int n) { return m < job.rows && n < job.columns; }
  __device__ void put(int m, int n, float4 v) {
    const long long place = (long long)m * job.columns + n;
    const auto value = [&](float one, int i) {
      return finished(one, job.bias, (n + i) % job.channels, job.relu, job.positive, place + i);
    };
    *(float4*)(job.result + place) = make_float4(value(v.x, 0), value(v.y, 1), value(v.z, 2), value(v.w, 3));
  }
  __device__ void sum(int m, float value) {
    if (job.sums && m < job.rows) job.sums[m] = value;
  }
};

template <Along FirstAlong, Along SecondAlong, int Sums>
__device__ inline void product(const Dense& job) {
  Product<FirstAlong, SecondAlong, Sums> problem{job};
  const int first = blockIdx.z * job.chunk, end = first + job.chunk;
  multiply<64, 64, 4, 4>(problem, {(int)blockIdx.x * 64, (int)blockIdx.y * 64, first, end < job.depth ? end : job.depth,
                                   (int)(blockIdx.y * gridDim.x + blockIdx.x), (int)blockIdx.z, job.splits, job.parts, job.counters});
}

/// first [rows, depth] x second [columns, depth]^T
extern "C" __global__ void __launch_bounds__(kThreads) dense_nt(Dense job) { product<Along::depth, Along::depth, 0>(job); }
/// first [rows, depth] x second [depth, columns]
extern "C" __global__ void __launch_bounds__(kThreads) dense_nn(Dense job) { product<Along::depth, Along::side, 0>(job); }
/// first [depth, rows]^T x second [depth, columns]; sums: of the first operand over its depth
extern "C" __global__ void __launch_bounds__(kThreads) dense_tn(Dense job) { product<Along::side, Along::side, 1>(job); }
