// SPDX-License-Identifier: MIT
// Matrix products of which the operands are not matrices in memory: a block of 256 threads makes one tile of the result, and a
// Problem says what element (m, k) of the first operand and (k, n) of the second one is. Compiled when a program first meets a
// GPU; no header of CUDA's is needed.

constexpr int kThreads = 256;
constexpr int kDepth = 16;  // of k, at a time

/// Along which index four neighbours of an operand are next to each other in memory.
enum class Along { depth, side };

/// Where a thread reads its vectors of four of one operand's tile [side][kDepth], and where they go in shared memory,
/// [kDepth][Side + 4].
template <int Side, Along along>
struct Reader {
  static constexpr int kVectors = Side * kDepth / 4, kEach = (kVectors + kThreads - 1) / kThreads, kRow = Side + 4;

  static __device__ bool mine(int each) { return kVectors >= kThreads || (int)threadIdx.x + each * kThreads < kVectors; }
  static __device__ int side(int each) {
    const int vector = threadIdx.x + each * kThreads;
    return along == Along::depth ? vector / (kDepth / 4) : vector % (Side / 4) * 4;
  }
  static __device__ int depth(int each) {
    const int vector = threadIdx.x + each * kThreads;
    return along == Along::depth ? vector % (kDepth / 4) * 4 : vector / (Side / 4);
  }
  static __device__ void keep(float* tile, int each, float4 v) {
    if (along == Along::depth) {
      float* to = tile + depth(each) * kRow + side(each);
      to[0] = v.x, to[kRow] = v.y, to[2 * kRow] = v.z, to[3 * kRow] = v.w;
    } else {
      *(float4*)(tile + depth(each) * kRow + side(each)) = v;
    }
  }
};

/// A block's shared memory: two tiles of each operand, one to work with and one to come.
template <int BM, int BN>
struct Tiles {
  float a[2][kDepth * (BM + 4)], b[2][kDepth * (BN + 4)];
  int last_to_come;
};

/// One tile of a result, and the part of its sums that a block makes: k in [first, last). Where there are several parts, each goes
/// to `parts`, and the last block to come adds them in their order: `counter` is zero before and after. No result depends on chance.
struct Share {
  int row, column, first, last;
  int tile, part, number_of_parts;
  float* parts;
  unsigned* counter;
};

/// True for the last of `blocks` blocks that come here: it sees all that the others have written. The counter is zero before and
/// after. `shared` is in shared memory.
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

/// Problem:
///   Along kA, kB
///   PlaceA begin_a(m): what is known of a row; float4 a(place, m, k, last): four elements along kA; zeros outside
///   PlaceB begin_b(n); float4 b(place, k, n, last): likewise, along kB
///   bool there(m, n): whether the result has such an element; void put(m, n, float4): it and its three neighbours along n
///   int kSums; void sum(i, float): 1: also the sum of each row of the first operand, 2: of each column of the second one
/// True for the block that has put the tile.
template <int BM, int BN, int TM, int TN, class Problem>
__device__ bool multiply(Tiles<BM, BN>& tiles, Problem& problem, const Share& share) {
  const int row = share.row, column = share.column, first = share.first, last = share.last;
  using A = Reader<BM, Problem::kA>;
  using B = Reader<BN, Problem::kB>;
  static_assert(BM / TM * (BN / TN) == kThreads && TM % 4 == 0 && TN % 4 == 0, "a tile for 256 threads");
  const int tx = threadIdx.x % (BN / TN), ty = threadIdx.x / (BN / TN);
  const auto m_of = [&](int i) { return row + i / 4 * (BM / (TM / 4)) + ty * 4 + i % 4; };
  const auto n_of = [&](int j) { return column + j / 4 * (BN / (TN / 4)) + tx * 4; };

  typename Problem::PlaceA place_a[A::kEach];
  typename Problem::PlaceB place_b[B::kEach];
  float4 next_a[A::kEach], next_b[B::kEach];
  for (int i = 0; i < A::kEach; ++i)
    if (A::mine(i)) place_a[i] = problem.begin_a(row + A::side(i));
  for (int i = 0; i < B::kEach; ++i)
    if (B::mine(i)) place_b[i] = problem.begin_b(column + B::side(i));

  const auto fetch = [&](int k) {
#pragma unroll
    for (int i = 0; i < A::kEach; ++i)
      if (A::mine(i)) next_a[i] = problem.a(place_a[i], row + A::side(i), k + A::depth(i), last);
#pragma unroll
    for (int i = 0; i < B::kEach; ++i)
      if (B::mine(i)) next_b[i] = problem.b(place_b[i], k + B::depth(i), column + B::side(i), last);
  };
  const auto keep = [&](int buffer) {
#pragma unroll
    for (int i = 0; i < A::kEach; ++i)
      if (A::mine(i)) A::keep(tiles.a[buffer], i, next_a[i]);
#pragma unroll
    for (int i = 0; i < B::kEach; ++i)
      if (B::mine(i)) B::keep(tiles.b[buffer], i, next_b[i]);
  };

  float sums[TM][TN];
#pragma unroll
  for (int i = 0; i < TM; ++i)
#pragma unroll
    for (int j = 0; j < TN; ++j) sums[i][j] = 0;
  float side_sum = 0;

  fetch(first);
  keep(0);
  __syncthreads();
  int buffer = 0;
  for (int k = first; k < last; k += kDepth, buffer ^= 1) {
    const bool more = k + kDepth < last;
    if (more) fetch(k + kDepth);
    const float* const a_now = tiles.a[buffer];
    const float* const b_now = tiles.b[buffer];
#pragma unroll
    for (int d = 0; d < kDepth; ++d) {
      float a[TM], b[TN];
#pragma unroll
      for (int i = 0; i < TM; i += 4) {
        const float4 v = *(const float4*)(a_now + d * A::kRow + i / 4 * (BM / (TM / 4)) + ty * 4);
        a[i] = v.x, a[i + 1] = v.y, a[i + 2] = v.z, a[i + 3] = v.w;
      }
#pragma unroll
      for (int j = 0; j < TN; j += 4) {
        const float4 v = *(const float4*)(b_now + d * B::kRow + j / 4 * (BN / (TN / 4)) + tx * 4);
        b[j] = v.x, b[j + 1] = v.y, b[j + 2] = v.z, b[j + 3] = v.w;
      }
#pragma unroll
      for (int i = 0; i < TM; ++i)
#pragma unroll
        for (int j = 0; j < TN; ++j) sums[i][j] += a[i] * b[j];
    }
    if (Problem::kSums == 1 && column == 0 && threadIdx.x < BM)
      for (int d = 0; d < kDepth; ++d) side_sum += a_now[d * A::kRow + threadIdx.x];
    if (Problem::kSums == 2 && row == 0 && threadIdx.x < BN)
      for (int d = 0; d < kDepth; ++d) side_sum += b_now[d * B::kRow + threadIdx.x];
    if (more) keep(buffer ^ 1);
    __syncthreads();
  }

  if (share.number_of_parts > 1) {
    // Each thread writes what it alone reads: neighbours in a block are neighbours there.
    constexpr int kSide = BM > BN ? BM : BN, kPart = BM * BN + kSide;
    float* const mine = share.parts + (long long)share.tile * share.number_of_parts * kPart;
    float* const part = mine + share.part * kPart;
#pragma unroll
    for (int i = 0; i < TM; ++i)
#pragma unroll
      for (int j = 0; j < TN; j += 4)
        if (problem.there(m_of(i), n_of(j))) *(float4*)(part + ((i * TN + j) / 4 * kThreads + threadIdx.x) * 4) =
              make_float4(sums[i][j], sums[i][j + 1], sums[i][j + 2], sums[i][j + 3]);
    if (Problem::kSums && threadIdx.x < kSide) part[BM * BN + threadIdx.x] = side_sum;
    if (!last_of(share.counter + share.tile, share.number_of_parts, tiles.last_to_come)) return false;
#pragma unroll
    for (int i = 0; i < TM; ++i)
#pragma unroll
      for (int j = 0; j < TN; ++j) sums[i][j] = 0;
    side_sum = 0;
#pragma unroll 2
    for (int p = 0; p < share.number_of_parts; ++p) {
      const float* const from = mine + p * kPart;
#pragma unroll
      for (int i = 0; i < TM; ++i)
#pragma unroll
        for (int j = 0; j < TN; j += 4) {
          if (!problem.there(m_of(i), n_of(j))) continue;
          const float4 v = __ldcg((const float4*)(from + ((i * TN + j) / 4 * kThreads + threadIdx.x) * 4));
          sums[i][j] += v.x, sums[i][j + 1] += v.y, sums[i][j + 2] += v.z, sums[i][j + 3] += v.w;
        }
      if (Problem::kSums && threadIdx.x < kSide) side_sum += __ldcg(from + BM * BN + threadIdx.x);
    }
  }

#pragma unroll
  for (int i = 0; i < TM; ++i)
#pragma unroll
    for (int j = 0; j < TN; j += 4)
      if (problem.there(m_of(i), n_of(j)))
        problem.put(m_of(i), n_of(j), make_float4(sums[i][j], sums[i][j + 1], sums[i][j + 2], sums[i][j + 3]));
  if (Problem::kSums == 1 && column == 0 && threadIdx.x < BM) problem.sum(row + threadIdx.x, side_sum);
  if (Problem::kSums == 2 && row == 0 && threadIdx.x < BN) problem.sum(column + threadIdx.x, side_sum);
  return true;
}
