// SPDX-License-Identifier: MIT
// What a GPU's matrix units do (compute capability 8.0 or higher), and how numbers come to them. A warp multiplies a tile of 16
// rows and a depth of 8 with one of 8 columns; lane l = 4 g + t holds, of the first operand, numbers t and t + 4 of rows g and
// g + 8, of the second one those of column g, and of the result columns 2 t and 2 t + 1 of rows g and g + 8.

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

/// What to copy from global memory; not `there`: zeros, whatever the address is. To choose another address for those would cost
/// more instructions than their copy. It is a number, since it may lie outside of the map, where no pointer may be.
struct Source {
  unsigned long long address;
  bool there;
};

/// Copies 16 bytes, or 4, to shared memory, as many as the address is a multiple of. They are there when the thread has waited
/// for their group, and for other threads after the block's next meeting. See cp.async in the PTX ISA: with ignore-src, "the
/// data from the source location src should be ignored completely".
__device__ inline void copy_16(float* to, Source from) {
  const unsigned place = (unsigned)__cvta_generic_to_shared(to);
  asm volatile(
      "{ .reg .pred ignored; setp.eq.u32 ignored, %2, 0; cp.async.cg.shared.global [%0], [%1], 16, ignored; }" ::"r"(place),
      "l"(from.address), "r"((unsigned)from.there)
      : "memory");
}
__device__ inline void copy_4(float* to, Source from) {
  const unsigned place = (unsigned)__cvta_generic_to_shared(to);
  asm volatile(
      "{ .reg .pred ignored; setp.eq.u32 ignored, %2, 0; cp.async.ca.shared.global [%0], [%1], 4, ignored; }" ::"r"(place),
      "l"(from.address), "r"((unsigned)from.there)
      : "memory");
}
/// What was copied since the last call is a group.
__device__ inline void end_group() { asm volatile("cp.async.commit_group;" ::: "memory"); }
/// Until all groups but the last `Groups` ones are there.
template <int Groups>
__device__ inline void wait_for_all_but() {
  asm volatile("cp.async.wait_group %0;" ::"n"(Groups) : "memory");
}

/// From rows in shared memory that lie `step` floats apart, their depth from `corner` on: what a lane holds of 16 rows (Rows),
/// or of two times 8 columns, and a depth of 8.
template <bool Rows>
__device__ inline void load_matrices(const float* corner, int step, unsigned (&to)[4]) {
  // Four matrices of eight rows of 16 bytes; each lane says where one of these rows is.
  const int lane = threadIdx.x % 32, eighth = Rows ? lane / 8 % 2 : lane / 16, fourth = Rows ? lane / 16 : lane / 8 % 2;
  const unsigned place = (unsigned)__cvta_generic_to_shared(corner + (lane % 8 + eighth * 8) * step + fourth * 4);
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(place));
}

__device__ inline void multiply_tf32(float (&sums)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

/// sums += a b
__device__ inline void multiply_add(float (&sums)[4], const Fragment<4>& a, const Fragment<2>& b) {
  if constexpr (kArithmetic == Arithmetic::tf32) return multiply_tf32(sums, a.numbers, b.numbers);
  // Matrix units cut off what does not fit into a sum; its many terms are added outside of them, where sums are rounded.
  float part[4] = {0, 0, 0, 0};
  multiply_tf32(part, a.rest, b.numbers);
  multiply_tf32(part, a.numbers, b.rest);
  multiply_tf32(part, a.numbers, b.numbers);
  for (int i = 0; i < 4; ++i) sums[i] += part[i];
}
