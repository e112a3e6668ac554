// SPDX-License-Identifier: MIT
// What a GPU's matrix units do (compute capability 8.0 or higher), and how numbers are given to them. A warp multiplies a tile
// of 16 rows and 8 words of depth with one of 8 words and 8 columns; lane l = 4 g + t holds, of the first operand, the words t and
// t + 4 of rows g and g + 8, of the second one those of column g, and of the result columns 2 t and 2 t + 1 of rows g and g + 8.

#define IRMAE_ENTRY extern "C" __global__

/// A block's shared memory, whose size is given when a kernel is started.
extern __shared__ __align__(16) unsigned char block_memory[];

__device__ inline unsigned bits_of(float value) { return __float_as_uint(value); }
__device__ inline float float_of(unsigned bits) { return __uint_as_float(bits); }

/// To the nearest number that TF32 has.
__device__ inline unsigned rounded_to_tf32(float value) {
  unsigned bits;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(value));
  return bits;
}

/// Two of bfloat16 in a word, the first one in its lower half.
__device__ inline unsigned pair_of_bfloat16(float first, float second) {
  unsigned bits;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(bits) : "f"(second), "f"(first));
  return bits;
}

#define IRMAE_MMA(KIND)                                                                                                      \
  asm("mma.sync.aligned." KIND " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"                            \
      : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])                                                           \
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]))

__device__ inline void multiply_tf32(float (&sums)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  IRMAE_MMA("m16n8k8.row.col.f32.tf32.tf32.f32");
}

/// sums += a b
__device__ inline void multiply_add(float (&sums)[4], const Fragment<4>& a, const Fragment<2>& b) {
  if constexpr (kArithmetic == Arithmetic::float32) {
    // Matrix units cut off what does not fit into a sum; its many terms are added outside of them, where sums are rounded.
    float part[4] = {0, 0, 0, 0};
    multiply_tf32(part, a.rest, b.words);
    multiply_tf32(part, a.words, b.rest);
    multiply_tf32(part, a.words, b.words);
    for (int i = 0; i < 4; ++i) sums[i] += part[i];
  } else if constexpr (kArithmetic == Arithmetic::tf32) {
    multiply_tf32(sums, a.words, b.words);
  } else {
    const auto multiply_bfloat16 = [&](const unsigned (&a)[4], const unsigned (&b)[2]) {
      IRMAE_MMA("m16n8k16.row.col.f32.bf16.bf16.f32");
    };
    multiply_bfloat16(a.words, b.words);
  }
}
