// SPDX-License-Identifier: MIT
// Matrix products of which the operands are not matrices in memory: a block of 256 threads makes one tile of the result, and a
// Problem says what element (m, k) of the first operand and (k, n) of the second one is.

/// Along which index four neighbours of an operand are next to each other in memory.
enum class Along { depth, side };

/// Where a thread reads its part of one operand's tile, of Side x kDepth, four neighbours at a time, and where they go in
/// shared memory: (side, d) to side * kSideStep + d * kDepthStep, so that the lanes of a warp meet in no bank.
template <int Side, Along along>
struct Reader {
  static constexpr int kUnits = Side * kDepth / 4, kEach = (kUnits + kThreads - 1) / kThreads;
  static constexpr int kSideStep = along == Along::depth ? kDepth + 4 : 1, kDepthStep = along == Along::depth ? 1 : Side + 8;

  static __device__ int unit(int each) { return (int)threadIdx.x + each * kThreads; }
  static __device__ bool mine(int each) { return kUnits >= kThreads || unit(each) < kUnits; }
  static __device__ int side(int each) {
    return along == Along::depth ? unit(each) / (kDepth / 4) : unit(each) % (Side / 4) * 4;
  }
  static __device__ int depth(int each) {
    return along == Along::depth ? unit(each) % (kDepth / 4) * 4 : unit(each) / (Side / 4);
  }
  static __device__ float* place(float* tile, int each) { return tile + side(each) * kSideStep + depth(each) * kDepthStep; }
  static __device__ float at(const float* tile, int side, int depth) { return tile[side * kSideStep + depth * kDepthStep]; }

  /// Of a lane: 4 numbers of rows, or 2 of columns, from (side, depth) on.
  template <int Numbers>
  static __device__ Fragment<Numbers> fragment(const float* tile, int side, int depth) {
    const int g = threadIdx.x % 32 / 4, t = threadIdx.x % 4;
    Fragment<Numbers> result;
#pragma unroll
    for (int i = 0; i < Numbers; ++i) {
      const float number =
          Numbers == 4 ? at(tile, side + g + i % 2 * 8, depth + t + i / 2 * 4) : at(tile, side + g, depth + t + i * 4);
      if constexpr (kArithmetic == Arithmetic::tf32) {
        result.numbers[i] = rounded_to_tf32(number);
      } else {
        result.numbers[i] = (bits_of(number) + 0x1000u) & 0xffffe000u;
        result.rest[i] = bits_of(number - float_of(result.numbers[i]));
      }
    }
    return result;
  }
};

/// The sizes of a tile, and how many of a block's eight warps lie along its rows.
template <int M, int N, int WarpsAlongM>
struct Shape {
  static constexpr int kM = M, kN = N;
  static constexpr int kWarpM = M / WarpsAlongM, kWarpN = N / (kThreads / 32 / WarpsAlongM);
  static constexpr int kI = kWarpM / 16, kJ = kWarpN / 8;
  static_assert(kWarpM % 16 == 0 && kWarpN % 8 == 0, "a tile for eight warps");
};

template <class S>
struct Tiles {
  float a[kStages][S::kM * (kDepth + 4)], b[kStages][S::kN * (kDepth + 4)];
  int last_to_come;
};

/// One tile of a result, and the part of its sums that a block makes: k in [first, last). Where there are several parts, each
/// goes to `parts`, and the last block to come adds them in their order: `counter` is zero before and after. No result depends
/// on chance.
struct Share {
  int row, column, first, last;
  int tile, part, number_of_parts;
  float* parts;
  unsigned* counter;
};

/// True for the last of `blocks` blocks that come here: it sees all that the others have written. The counter is zero before
/// and after. `shared` is in shared memory.
__device__ inline bool last_of(unsigned* counter, int blocks, int& shared) {
  __threadfence();
  __syncthreads();
  if (threadIdx.x == 0) shared = atomicAdd(counter, 1u) == blocks - 1;
  __syncthreads();
  const bool last = shared;
  if (last && threadIdx.x == 0) *counter = 0;
  __threadfence();
  return last;
}

/// A Problem has
/// - Along kA, kB
/// - PlaceA begin_a(m): what is known of a row
/// - const float* a(place, m, k, last): where four neighbours along kA are; null: zeros
/// - PlaceB begin_b(n), const float* b(place, k, n, last): likewise, along kB
/// - const float* anywhere(): an address that may be read
/// - bool kScattered: a() is where one element is, and not four
/// - bool there(m, n): whether the result has such an element
/// - void put(m, n, float2): it and its neighbour along n
/// - int kSums, void sum(i, float): 1: also the sum of each row of the first operand, 2: of each column of the second one
/// True for the block that has put the tile.
template <class S, class Problem>
__device__ bool multiply(Tiles<S>& tiles, Problem& problem, const Share& share) {
  constexpr int BM = S::kM, BN = S::kN, kI = S::kI, kJ = S::kJ;
  const int row = share.row, column = share.column, first = share.first, last = share.last;
  using A = Reader<BM, Problem::kA>;
  using B = Reader<BN, Problem::kB>;
  const int warp = threadIdx.x / 32, g = threadIdx.x % 32 / 4, t = threadIdx.x % 4;
  const int warp_m = warp % (BM / S::kWarpM) * S::kWarpM, warp_n = warp / (BM / S::kWarpM) * S::kWarpN;
  const auto m_of = [&](int i, int half) { return row + warp_m + i * 16 + half * 8 + g; };
  const auto n_of = [&](int j) { return column + warp_n + j * 8 + 2 * t; };

  typename Problem::PlaceA place_a[A::kEach];
  typename Problem::PlaceB place_b[B::kEach];
  for (int i = 0; i < A::kEach; ++i)
    if (A::mine(i)) place_a[i] = problem.begin_a(row + A::side(i));
  for (int i = 0; i < B::kEach; ++i)
    if (B::mine(i)) place_b[i] = problem.begin_b(column + B::side(i));

  const float* const anywhere = problem.anywhere();
  const auto fetch = [&](int stage, int k) {
#pragma unroll
    for (int i = 0; i < A::kEach; ++i) {
      if (!A::mine(i)) continue;
      float* const to = A::place(tiles.a[stage], i);
      if constexpr (Problem::kScattered) {
        constexpr bool kDeep = Problem::kA == Along::depth;
#pragma unroll
        for (int j = 0; j < 4; ++j)
          copy_4(to + j, problem.a(place_a[i], row + A::side(i) + (kDeep ? 0 : j), k + A::depth(i) + (kDeep ? j : 0), last),
                 anywhere);
      } else {
        copy_16(to, problem.a(place_a[i], row + A::side(i), k + A::depth(i), last), anywhere);
      }
    }
#pragma unroll
    for (int i = 0; i < B::kEach; ++i)
      if (B::mine(i))
        copy_16(B::place(tiles.b[stage], i), problem.b(place_b[i], k + B::depth(i), column + B::side(i), last), anywhere);
  };

  float sums[kI][kJ][4];
#pragma unroll
  for (int i = 0; i < kI; ++i)
#pragma unroll
    for (int j = 0; j < kJ; ++j) sums[i][j][0] = sums[i][j][1] = sums[i][j][2] = sums[i][j][3] = 0;
  float side_sum = 0;

  for (int i = 0; i < kStages - 1; ++i) {
    if (first + i * kDepth < last) fetch(i, first + i * kDepth);
    end_group();
  }
  int stage = 0;
  for (int k = first; k < last; k += kDepth, stage = (stage + 1) % kStages) {
    wait_for_all_but<kStages - 2>();
    __syncthreads();
    // Into what all threads have just left.
    if (const int next = k + (kStages - 1) * kDepth; next < last) fetch((stage + kStages - 1) % kStages, next);
    end_group();
    const float* const a_now = tiles.a[stage];
    const float* const b_now = tiles.b[stage];
#pragma unroll
    for (int depth = 0; depth < kDepth; depth += 8) {
      Fragment<4> a[kI];
      Fragment<2> b[kJ];
#pragma unroll
      for (int i = 0; i < kI; ++i) a[i] = A::template fragment<4>(a_now, warp_m + i * 16, depth);
#pragma unroll
      for (int j = 0; j < kJ; ++j) b[j] = B::template fragment<2>(b_now, warp_n + j * 8, depth);
#pragma unroll
      for (int i = 0; i < kI; ++i)
#pragma unroll
        for (int j = 0; j < kJ; ++j) multiply_add(sums[i][j], a[i], b[j]);
    }
    if (Problem::kSums == 1 && column == 0 && threadIdx.x < BM)
      for (int d = 0; d < kDepth; ++d) side_sum += A::at(a_now, threadIdx.x, d);
    if (Problem::kSums == 2 && row == 0 && threadIdx.x < BN)
      for (int d = 0; d < kDepth; ++d) side_sum += B::at(b_now, threadIdx.x, d);
  }
  __syncthreads();

  if (share.number_of_parts > 1) {
    // Each thread writes what it alone reads: neighbours in a block are neighbours there.
    constexpr int kSide = BM > BN ? BM : BN, kPart = BM * BN + kSide;
    float* const mine = share.parts + (long long)share.tile * share.number_of_parts * kPart;
    float* const part = mine + share.part * kPart;
    const auto place = [&](int i, int j) { return ((i * kJ + j) * kThreads + (int)threadIdx.x) * 4; };
#pragma unroll
    for (int i = 0; i < kI; ++i)
#pragma unroll
      for (int j = 0; j < kJ; ++j)
        if (problem.there(m_of(i, 0), n_of(j)))
          *(float4*)(part + place(i, j)) = make_float4(sums[i][j][0], sums[i][j][1], sums[i][j][2], sums[i][j][3]);
    if (Problem::kSums && threadIdx.x < kSide) part[BM * BN + threadIdx.x] = side_sum;
    if (!last_of(share.counter + share.tile, share.number_of_parts, tiles.last_to_come)) return false;
#pragma unroll
    for (int i = 0; i < kI; ++i)
#pragma unroll
      for (int j = 0; j < kJ; ++j) sums[i][j][0] = sums[i][j][1] = sums[i][j][2] = sums[i][j][3] = 0;
    side_sum = 0;
#pragma unroll 2
    for (int p = 0; p < share.number_of_parts; ++p) {
      const float* const from = mine + p * kPart;
#pragma unroll
      for (int i = 0; i < kI; ++i)
#pragma unroll
        for (int j = 0; j < kJ; ++j) {
          if (!problem.there(m_of(i, 0), n_of(j))) continue;
          const float4 v = __ldcg((const float4*)(from + place(i, j)));
          sums[i][j][0] += v.x, sums[i][j][1] += v.y, sums[i][j][2] += v.z, sums[i][j][3] += v.w;
        }
      if (Problem::kSums && threadIdx.x < kSide) side_sum += __ldcg(from + BM * BN + threadIdx.x);
    }
  }

#pragma unroll
  for (int i = 0; i < kI; ++i)
#pragma unroll
    for (int j = 0; j < kJ; ++j)
#pragma unroll
      for (int half = 0; half < 2; ++half)
        if (problem.there(m_of(i, half), n_of(j)))
          problem.put(m_of(i, half), n_of(j), make_float2(sums[i][j][2 * half], sums[i][j][2 * half + 1]));
  if (Problem::kSums == 1 && column == 0 && threadIdx.x < BM) problem.sum(row + threadIdx.x, side_sum);
  if (Problem::kSums == 2 && row == 0 && threadIdx.x < BN) problem.sum(column + threadIdx.x, side_sum);
  return true;
}
