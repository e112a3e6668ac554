// SPDX-License-Identifier: MIT
// Matrix products of which the operands are not matrices in memory: a block of 256 threads makes one tile of the result, and a
// Problem says what element (m, k) of the first operand and (k, n) of the second one is.

constexpr int kThreads = 256;
constexpr int kWords = 16;                  // of depth, at a time
constexpr int kDepth = kWords * kPerWord;   // of k

/// A word's numbers, of which v holds one each.
__device__ inline unsigned word_of(float first, float second) {
  if constexpr (kArithmetic == Arithmetic::float32) return bits_of(first);
  if constexpr (kArithmetic == Arithmetic::tf32) return rounded_to_tf32(first);
  return pair_of_bfloat16(first, second);
}

/// The sum of a word's numbers.
__device__ inline float sum_of(unsigned word) {
  if constexpr (kPerWord == 1) return float_of(word);
  return float_of(word << 16) + float_of(word & 0xffff0000u);
}

/// Along which index four neighbours of an operand are next to each other in memory.
enum class Along { depth, side };

/// Where a thread reads its part of one operand's tile, of Side x kDepth, four words at a time, and where they go in shared memory:
/// word (side, w) to side * kSideStep + w * kWordStep, so that the lanes of a warp meet in no bank.
template <int Side, Along along>
struct Reader {
  static constexpr int kUnits = Side * kWords / 4, kEach = (kUnits + kThreads - 1) / kThreads;
  static constexpr int kSideStep = along == Along::depth ? kWords + 4 : 1, kWordStep = along == Along::depth ? 1 : Side + 8;

  static __device__ int unit(int each) { return (int)threadIdx.x + each * kThreads; }
  static __device__ bool mine(int each) { return kUnits >= kThreads || unit(each) < kUnits; }
  static __device__ int side(int each) { return along == Along::depth ? unit(each) / (kWords / 4) : unit(each) % (Side / 4) * 4; }
  static __device__ int word(int each) { return along == Along::depth ? unit(each) % (kWords / 4) * 4 : unit(each) / (Side / 4); }
  /// k of the first number of vector i of a unit
  static __device__ int depth(int each, int i) { return word(each) * kPerWord + (along == Along::depth ? 4 * i : i); }

  static __device__ void keep(unsigned* tile, int each, const float4 (&v)[kPerWord]) {
    const float4 &a = v[0], &b = v[kPerWord - 1];
    uint4 words;
    if constexpr (kPerWord == 1 || along == Along::side)
      words = {word_of(a.x, b.x), word_of(a.y, b.y), word_of(a.z, b.z), word_of(a.w, b.w)};
    else
      words = {word_of(a.x, a.y), word_of(a.z, a.w), word_of(b.x, b.y), word_of(b.z, b.w)};
    *(uint4*)(tile + side(each) * kSideStep + word(each) * kWordStep) = words;
  }
  static __device__ unsigned at(const unsigned* tile, int side, int word) { return tile[side * kSideStep + word * kWordStep]; }

  /// Rows (or columns) side + g of a lane, and the eight words from `word` on.
  template <int Words>
  static __device__ Fragment<Words> fragment(const unsigned* tile, int side, int word) {
    const int g = threadIdx.x % 32 / 4, t = threadIdx.x % 4;
    Fragment<Words> result;
#pragma unroll
    for (int i = 0; i < Words; ++i)
      result.words[i] = Words == 4 ? at(tile, side + g + i % 2 * 8, word + t + i / 2 * 4) : at(tile, side + g, word + t + i * 4);
    if constexpr (kArithmetic == Arithmetic::float32) {
#pragma unroll
      for (int i = 0; i < Words; ++i) {
        const unsigned whole = result.words[i];
        result.words[i] = (whole + 0x1000u) & 0xffffe000u;
        result.rest[i] = bits_of(float_of(whole) - float_of(result.words[i]));
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

/// A block's shared memory: two tiles of each operand, one to work with and one to come.
template <class S>
struct Tiles {
  unsigned a[2][S::kM * (kWords + 4)], b[2][S::kN * (kWords + 4)];
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
///   bool there(m, n): whether the result has such an element; void put(m, n, float2): it and its neighbour along n
///   int kSums; void sum(i, float): 1: also the sum of each row of the first operand, 2: of each column of the second one
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
  float4 next_a[A::kEach][kPerWord], next_b[B::kEach][kPerWord];
  for (int i = 0; i < A::kEach; ++i)
    if (A::mine(i)) place_a[i] = problem.begin_a(row + A::side(i));
  for (int i = 0; i < B::kEach; ++i)
    if (B::mine(i)) place_b[i] = problem.begin_b(column + B::side(i));

  const auto fetch = [&](int k) {
#pragma unroll
    for (int i = 0; i < A::kEach; ++i)
#pragma unroll
      for (int j = 0; j < kPerWord; ++j)
        if (A::mine(i)) next_a[i][j] = problem.a(place_a[i], row + A::side(i), k + A::depth(i, j), last);
#pragma unroll
    for (int i = 0; i < B::kEach; ++i)
#pragma unroll
      for (int j = 0; j < kPerWord; ++j)
        if (B::mine(i)) next_b[i][j] = problem.b(place_b[i], k + B::depth(i, j), column + B::side(i), last);
  };
  const auto keep = [&](int buffer) {
#pragma unroll
    for (int i = 0; i < A::kEach; ++i)
      if (A::mine(i)) A::keep(tiles.a[buffer], i, next_a[i]);
#pragma unroll
    for (int i = 0; i < B::kEach; ++i)
      if (B::mine(i)) B::keep(tiles.b[buffer], i, next_b[i]);
  };

  float sums[kI][kJ][4];
#pragma unroll
  for (int i = 0; i < kI; ++i)
#pragma unroll
    for (int j = 0; j < kJ; ++j) sums[i][j][0] = sums[i][j][1] = sums[i][j][2] = sums[i][j][3] = 0;
  float side_sum = 0;

  fetch(first);
  keep(0);
  __syncthreads();
  int buffer = 0;
  for (int k = first; k < last; k += kDepth, buffer ^= 1) {
    const bool more = k + kDepth < last;
    if (more) fetch(k + kDepth);
    const unsigned* const a_now = tiles.a[buffer];
    const unsigned* const b_now = tiles.b[buffer];
#pragma unroll
    for (int word = 0; word < kWords; word += 8) {
      Fragment<4> a[kI];
      Fragment<2> b[kJ];
#pragma unroll
      for (int i = 0; i < kI; ++i) a[i] = A::template fragment<4>(a_now, warp_m + i * 16, word);
#pragma unroll
      for (int j = 0; j < kJ; ++j) b[j] = B::template fragment<2>(b_now, warp_n + j * 8, word);
#pragma unroll
      for (int i = 0; i < kI; ++i)
#pragma unroll
        for (int j = 0; j < kJ; ++j) multiply_add(sums[i][j], a[i], b[j]);
    }
    if (Problem::kSums == 1 && column == 0 && threadIdx.x < BM)
      for (int w = 0; w < kWords; ++w) side_sum += sum_of(A::at(a_now, threadIdx.x, w));
    if (Problem::kSums == 2 && row == 0 && threadIdx.x < BN)
      for (int w = 0; w < kWords; ++w) side_sum += sum_of(B::at(b_now, threadIdx.x, w));
    if (more) keep(buffer ^ 1);
    __syncthreads();
  }

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
