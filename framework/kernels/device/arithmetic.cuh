// SPDX-License-Identifier: MIT
// How float32 numbers are multiplied on a GPU. Sums are float32. No header of CUDA's is needed: the text is compiled when a
// program first meets a GPU, once for each arithmetic that it asks for.

/// float32: each number as the sum of two that TF32 has, of whose four products the three large ones count; about as exact as
/// float32 itself, on matrix units. See Ootomo and Yokota, "Recovering single precision accuracy from Tensor Cores", 2022.
enum class Arithmetic { float32, tf32 };
constexpr Arithmetic kArithmetic = (Arithmetic)IRMAE_ARITHMETIC;

/// A lane's part of an operand; rest: the second ones of float32.
template <int Numbers>
struct Fragment {
  unsigned numbers[Numbers], rest[Numbers];
};
