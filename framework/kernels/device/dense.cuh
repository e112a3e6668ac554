// SPDX-License-Identifier: MIT
// Small matrix products with what comes before and after them in a network; row-major, every width a multiple of 4.

/// FirstAlong: the first operand is [rows, depth], or [depth, rows] (side); the second one [columns, depth], or [depth,
/// columns].
template <Along FirstAlong, Along SecondAlong, int Sums>
struct Product {
  static constexpr Along kA = FirstAlong, kB = SecondAlong;
  static constexpr int kSums = Sums;
  static constexpr bool kScattered = false;
  using A = Straight;
  using B = Straight;
  const Dense& job;
  __device__ A a(int m, int k, int last) { return begin<kA>(job.first, job.rows, m, k, last); }
  __device__ B b(int n, int k, int last) { return begin<kB>(job.second, job.columns, n, k, last); }
  template <Along along>
  __device__ Straight begin(const float* operand, int sides, int side, int k, int last) {
    if (along == Along::side) return down_rows(operand, sides, side, k, last);
    Straight from;
    from.start({address_of(operand, (long long)side * job.depth + k), side < sides}, 1, k, last);
    return from;
  }
  __device__ bool there(int m, int n) { return m < job.rows && n < job.columns; }
  __device__ void put(int m, int n, float2 v) {
    const long long place = (long long)m * job.columns + n;
    const auto value = [&](float one, int i) {
      return finished(one, job.bias, (n + i) % job.channels, job.relu, job.positive, place + i);
    };
    *(float2*)(job.result + place) = make_float2(value(v.x, 0), value(v.y, 1));
  }
  __device__ void sum(int m, float value) {
    if (job.sums && m < job.rows) job.sums[m] = value;
  }
};

template <Along FirstAlong, Along SecondAlong, int Sums>
__device__ inline void product(Tiles<Small>& tiles, const Dense& job, Place place) {
  Product<FirstAlong, SecondAlong, Sums> problem{job};
  const int first = place.z * job.chunk, end = first + job.chunk;
  multiply<Small>(tiles, problem,
                  {place.x * Small::kM, place.y * Small::kN, first, end < job.depth ? end : job.depth,
                   place.y * place.across + place.x, place.z, job.splits, job.parts, job.counters});
}

#define IRMAE_DENSE(NAME, FIRST, SECOND, SUMS)                                                      \
  IRMAE_ENTRY void __launch_bounds__(kThreads, 2) NAME(Dense job) {                                 \
    product<Along::FIRST, Along::SECOND, SUMS>(*(Tiles<Small>*)block_memory, job, place_in_grid()); \
  }
/// first [rows, depth] x second [columns, depth]^T
IRMAE_DENSE(dense_nt, depth, depth, 0)
/// first [rows, depth] x second [depth, columns]
IRMAE_DENSE(dense_nn, depth, side, 0)
/// first [depth, rows]^T x second [depth, columns]; sums: of the first operand over its depth
IRMAE_DENSE(dense_tn, side, side, 1)

/// The gradients of many parameters at once: nobody needs them before the step's end, and together they keep a GPU busy that
/// one of them would leave idle.
IRMAE_ENTRY void __launch_bounds__(kThreads, 2) gradients(const __grid_constant__ Tasks tasks) {
  auto& tiles = *(Tiles<Small>*)block_memory;
  int i = 0;
  while (i + 1 < tasks.count && (int)blockIdx.x >= tasks.task[i + 1].first) ++i;
  const Task& task = tasks.task[i];
  const int block = blockIdx.x - task.first, row = block / task.across;
  const Place place{block - row * task.across, row % task.by, row / task.by, task.across, task.by};
  switch (task.kind) {
    case kDense:
      return product<Along::side, Along::side, 1>(tiles, task.dense, place);
    case kOfFine:
      return weight_gradient<Small, true, 1>(tiles, task.strided, place);
    case kOfCoarse:
      return weight_gradient<Small, true, 2>(tiles, task.strided, place);
    case kFewOfFine:
      return weight_gradient<Small, false, 1>(tiles, task.strided, place);
    case kFewOfCoarse:
      return weight_gradient<Small, false, 2>(tiles, task.strided, place);
  }
}
