// SPDX-License-Identifier: MIT
// Matrix products of which the operands are not matrices in memory: a block of 256 threads makes one tile of the result, and a
// Problem says what element (m, k) of the first operand and (k, n) of the second one is.

/// One tile of a result, and the part of its sums that a block makes: k in [first, last), first a multiple of kDepth. Where
/// there are several parts, each goes to `parts`, and the last block to come adds them in their order: `counter` is zero before
/// and after. No result depends on chance.
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

/// The sum of what all slices have, of half of a warp's tile: threads of two slices exchange what the other one goes on with.
template <class S>
__device__ inline void join_slices(Tiles<S>& tiles, const float (&sums)[S::kI][S::kJ][4],
                                   float (&joined)[S::kI][S::kJ / S::kSlices][4]) {
  constexpr int kI = S::kI, kJ = S::kJ / S::kSlices;
  if constexpr (S::kSlices == 1) {
#pragma unroll
    for (int i = 0; i < kI; ++i)
#pragma unroll
      for (int j = 0; j < kJ; ++j)
#pragma unroll
        for (int l = 0; l < 4; ++l) joined[i][j][l] = sums[i][j][l];
  } else {
    static_assert(S::kSlices == 2, "one other slice");
    const bool upper = threadIdx.x >= kThreads / 2;
    float4* const room = (float4*)&tiles;
    const auto place = [&](int i, int j, int thread) { return room + (i * kJ + j) * kThreads + thread; };
#pragma unroll
    for (int i = 0; i < kI; ++i)
#pragma unroll
      for (int j = 0; j < kJ; ++j) {
        float give[4];
#pragma unroll
        for (int l = 0; l < 4; ++l) {
          give[l] = upper ? sums[i][j][l] : sums[i][j + kJ][l];
          joined[i][j][l] = upper ? sums[i][j + kJ][l] : sums[i][j][l];
        }
        *place(i, j, threadIdx.x) = make_float4(give[0], give[1], give[2], give[3]);
      }
    __syncthreads();
    const int other = upper ? (int)threadIdx.x - kThreads / 2 : (int)threadIdx.x + kThreads / 2;
#pragma unroll
    for (int i = 0; i < kI; ++i)
#pragma unroll
      for (int j = 0; j < kJ; ++j) {
        const float4 got = *place(i, j, other);
        joined[i][j][0] += got.x, joined[i][j][1] += got.y, joined[i][j][2] += got.z, joined[i][j][3] += got.w;
      }
  }
}

/// A Problem has
/// - Along kA, kB
/// - A a(m, k, last): says one after the other where four neighbours along kA are, from depth k on, each kStride further:
///   next(), a Source
/// - B b(n, k, last): likewise, along kB
/// - bool kScattered: A says where each of the four is, next(j), and not only the first
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
  const int warp = threadIdx.x / 32 % S::kWarps, slice = threadIdx.x / 32 / S::kWarps;
  const int warp_m = warp % (BM / S::kWarpM) * S::kWarpM, warp_n = warp / (BM / S::kWarpM) * S::kWarpN;

  typename Problem::A from_a[A::kEach];
  typename Problem::B from_b[B::kEach];
#pragma unroll
  for (int i = 0; i < A::kEach; ++i)
    if (A::mine(i)) from_a[i] = problem.a(row + A::side(i), first + A::depth(i), last);
#pragma unroll
  for (int i = 0; i < B::kEach; ++i)
    if (B::mine(i)) from_b[i] = problem.b(column + B::side(i), first + B::depth(i), last);

  const auto fetch = [&](int stage) {
#pragma unroll
    for (int half = 0; half < kDepth / kStride; ++half) {
#pragma unroll
      for (int i = 0; i < A::kEach; ++i) {
        if (!A::mine(i)) continue;
        float* const to = A::place(tiles.a[stage], i) + half * kStride * A::kDepthStep;
        if constexpr (Problem::kScattered) {
#pragma unroll
          for (int j = 0; j < 4; ++j) copy_4(to + j, from_a[i].next(j));
        } else {
          copy_16(to, from_a[i].next());
        }
      }
#pragma unroll
      for (int i = 0; i < B::kEach; ++i)
        if (B::mine(i)) copy_16(B::place(tiles.b[stage], i) + half * kStride * B::kDepthStep, from_b[i].next());
    }
  };

  float sums[kI][kJ][4];
#pragma unroll
  for (int i = 0; i < kI; ++i)
#pragma unroll
    for (int j = 0; j < kJ; ++j) sums[i][j][0] = sums[i][j][1] = sums[i][j][2] = sums[i][j][3] = 0;
  // Sums of an operand: each thread has one side, and a part of the depth.
  constexpr int kSide = Problem::kSums == 1 ? BM : BN, kShares = kThreads / kSide > kDepth ? kDepth : kThreads / kSide;
  const int summed = threadIdx.x % kSide, summed_from = threadIdx.x / kSide * (kDepth / kShares);
  const bool sums_too = Problem::kSums && (Problem::kSums == 1 ? column : row) == 0 && threadIdx.x < kSide * kShares;
  float side_sum = 0;

#pragma unroll
  for (int i = 0; i < kStages - 1; ++i) {
    if (first + i * kDepth < last) fetch(i);
    end_group();
  }
  int stage = 0;
  for (int k = first; k < last; k += kDepth) {
    wait_for_all_but<kStages - 2>();
    __syncthreads();
    // Into what all threads have just left.
    if (k + (kStages - 1) * kDepth < last) fetch(stage == 0 ? kStages - 1 : stage - 1);
    end_group();
    const float* const a_now = tiles.a[stage];
    const float* const b_now = tiles.b[stage];
#pragma unroll
    for (int step = 0; step < kDepth / S::kSlices; step += 8) {
      const int depth = slice * (kDepth / S::kSlices) + step;
      Fragment<4> a[kI];
      Fragment<2> b[kJ];
#pragma unroll
      for (int i = 0; i < kI; ++i) {
        unsigned numbers[4];
        A::template numbers<true>(a_now, warp_m + i * 16, depth, numbers);
        take(a[i], numbers, 0);
      }
#pragma unroll
      for (int j = 0; j < kJ; j += 2) {
        unsigned numbers[4];
        B::template numbers<false>(b_now, warp_n + j * 8, depth, numbers);
        take(b[j], numbers, 0);
        take(b[j + 1], numbers, 2);
      }
#pragma unroll
      for (int i = 0; i < kI; ++i)
#pragma unroll
        for (int j = 0; j < kJ; ++j) multiply_add(sums[i][j], a[i], b[j]);
    }
    if (sums_too)
#pragma unroll
      for (int d = 0; d < kDepth / kShares; ++d)
        side_sum += Problem::kSums == 1 ? A::at(a_now, summed, summed_from + d) : B::at(b_now, summed, summed_from + d);
    stage = stage == kStages - 1 ? 0 : stage + 1;
  }
  __syncthreads();

  constexpr int kMyJ = kJ / S::kSlices;
  const int g = threadIdx.x % 32 / 4, t = threadIdx.x % 4;
  const auto m_of = [&](int i, int half) { return row + warp_m + i * 16 + half * 8 + g; };
  const auto n_of = [&](int j) { return column + warp_n + (slice * kMyJ + j) * 8 + 2 * t; };
  float mine[kI][kMyJ][4];
  join_slices<S>(tiles, sums, mine);
  if constexpr (Problem::kSums != 0) {
    __syncthreads();
    float* const room = (float*)&tiles;
    room[threadIdx.x] = side_sum;
    __syncthreads();
    if (threadIdx.x < kSide)
      for (int i = 1; i < kShares; ++i) side_sum += room[i * kSide + threadIdx.x];
  }

  if (share.number_of_parts > 1) {
    // Each thread writes what it alone reads: neighbours in a block are neighbours there.
    constexpr int kPart = BM * BN + (BM > BN ? BM : BN);
    float* const all = share.parts + (long long)share.tile * share.number_of_parts * kPart;
    const auto place = [&](int i, int j) { return ((i * kMyJ + j) * kThreads + (int)threadIdx.x) * 4; };
    float* const part = all + share.part * kPart;
#pragma unroll
    for (int i = 0; i < kI; ++i)
#pragma unroll
      for (int j = 0; j < kMyJ; ++j)
        if (problem.there(m_of(i, 0), n_of(j)))
          *(float4*)(part + place(i, j)) = make_float4(mine[i][j][0], mine[i][j][1], mine[i][j][2], mine[i][j][3]);
    if (Problem::kSums && threadIdx.x < kSide) part[BM * BN + threadIdx.x] = side_sum;
    if (!last_of(share.counter + share.tile, share.number_of_parts, tiles.last_to_come)) return false;
#pragma unroll
    for (int i = 0; i < kI; ++i)
#pragma unroll
      for (int j = 0; j < kMyJ; ++j) mine[i][j][0] = mine[i][j][1] = mine[i][j][2] = mine[i][j][3] = 0;
    side_sum = 0;
#pragma unroll 4
    for (int p = 0; p < share.number_of_parts; ++p) {
      const float* const from = all + p * kPart;
#pragma unroll
      for (int i = 0; i < kI; ++i)
#pragma unroll
        for (int j = 0; j < kMyJ; ++j) {
          if (!problem.there(m_of(i, 0), n_of(j))) continue;
          const float4 v = __ldcg((const float4*)(from + place(i, j)));
          mine[i][j][0] += v.x, mine[i][j][1] += v.y, mine[i][j][2] += v.z, mine[i][j][3] += v.w;
        }
      if (Problem::kSums && threadIdx.x < kSide) side_sum += __ldcg(from + BM * BN + threadIdx.x);
    }
  }

#pragma unroll
  for (int i = 0; i < kI; ++i)
#pragma unroll
    for (int j = 0; j < kMyJ; ++j)
#pragma unroll
      for (int half = 0; half < 2; ++half)
        if (problem.there(m_of(i, half), n_of(j)))
          problem.put(m_of(i, half), n_of(j), make_float2(mine[i][j][2 * half], mine[i][j][2 * half + 1]));
  if (Problem::kSums == 1 && column == 0 && threadIdx.x < BM) problem.sum(row + threadIdx.x, side_sum);
  if (Problem::kSums == 2 && row == 0 && threadIdx.x < BN) problem.sum(column + threadIdx.x, side_sum);
  return true;
}
