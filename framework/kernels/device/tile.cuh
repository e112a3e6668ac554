// SPDX-License-Identifier: MIT
// A tile of a matrix product in shared memory: how big it is, how its operands come there, and what the lanes of a warp read of
// them.

/// Along which index four neighbours of an operand are next to each other in memory.
enum class Along { depth, side };

/// The numbers of a fragment, of those from `first` on.
template <int Numbers>
__device__ inline void take(Fragment<Numbers>& to, const unsigned (&bits)[4], int first) {
#pragma unroll
  for (int i = 0; i < Numbers; ++i) {
    const float number = float_of(bits[first + i]);
    if constexpr (kArithmetic == Arithmetic::tf32) {
      to.numbers[i] = rounded_to_tf32(number);
    } else {
      to.numbers[i] = (bits_of(number) + 0x1000u) & 0xffffe000u;
      to.rest[i] = bits_of(number - float_of(to.numbers[i]));
    }
  }
}

/// Where a thread puts its parts of one operand's tile, of Side x kDepth, four neighbours at a time, and where they lie in
/// shared memory: (side, d) at side * kSideStep + d * kDepthStep, so that the lanes of a warp meet in no bank. A thread has the
/// same places of each kStride of the depth.
template <int Side, Along along>
struct Reader {
  static constexpr int kUnits = Side * kStride / 4, kEach = (kUnits + kThreads - 1) / kThreads;
  static constexpr int kSideStep = along == Along::depth ? kDepth + 4 : 1, kDepthStep = along == Along::depth ? 1 : Side + 8;

  static __device__ int unit(int each) { return (int)threadIdx.x + each * kThreads; }
  static __device__ bool mine(int each) { return kUnits >= kThreads || unit(each) < kUnits; }
  static __device__ int side(int each) {
    return along == Along::depth ? unit(each) / (kStride / 4) : unit(each) % (Side / 4) * 4;
  }
  static __device__ int depth(int each) {
    return along == Along::depth ? unit(each) % (kStride / 4) * 4 : unit(each) / (Side / 4);
  }
  static __device__ float* place(float* tile, int each) { return tile + side(each) * kSideStep + depth(each) * kDepthStep; }
  static __device__ float at(const float* tile, int side, int depth) { return tile[side * kSideStep + depth * kDepthStep]; }

  /// A lane's numbers of 16 rows, or of two times 8 columns, and a depth of 8, from (side, depth) on.
  template <bool Rows>
  static __device__ void numbers(const float* tile, int side, int depth, unsigned (&to)[4]) {
    if constexpr (along == Along::depth) return load_matrices<Rows>(tile + side * kSideStep + depth, kSideStep, to);
    const int g = threadIdx.x % 32 / 4, t = threadIdx.x % 4;
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int eighth = Rows ? i % 2 : i / 2, fourth = Rows ? i / 2 : i % 2;
      to[i] = bits_of(at(tile, side + g + eighth * 8, depth + t + fourth * 4));
    }
  }
};

/// The sizes of a tile, and how a block's eight warps share it: along its rows, along its columns, and, as Slices, along its
/// depth.
template <int M, int N, int WarpsAlongM, int Slices>
struct Shape {
  static constexpr int kM = M, kN = N, kSlices = Slices, kWarps = kThreads / 32 / Slices;  // warps of a slice
  static constexpr int kWarpM = M / WarpsAlongM, kWarpN = N / (kWarps / WarpsAlongM);
  static constexpr int kI = kWarpM / 16, kJ = kWarpN / 8;
  static_assert(kWarpM % 16 == 0 && kWarpN % 16 == 0 && kDepth % (8 * Slices) == 0, "a tile for eight warps");
};

template <class S>
struct Tiles {
  float a[kStages][room_of(S::kM)], b[kStages][room_of(S::kN)];
  int last_to_come;
};
