// SPDX-License-Identifier: MIT
// The rule of framework/kernels/adam.inl on a GPU; the number of the update is read there.

IRMAE_ENTRY void __launch_bounds__(kThreads) adam(const __grid_constant__ Adam rule) {
  __shared__ float shared[2];
  if (threadIdx.x % 32 == 0 && threadIdx.x < 64) {  // a warp each
    const bool first = threadIdx.x == 0;
    const double grown = 1 - pow(first ? rule.beta1 : rule.beta2, (double)*rule.updates);
    shared[first ? 0 : 1] = (float)(first ? rule.rate / grown : 1 / sqrt(grown));
  }
  __syncthreads();
  const float size = shared[0], scale = shared[1], epsilon = (float)rule.epsilon;
  const float keep = rule.decoupled ? (float)(1 - rule.rate * rule.decay) : 1.0f,
              pull = rule.decoupled ? 0.0f : (float)rule.decay;
  const float old1 = (float)rule.beta1, new1 = (float)(1 - rule.beta1), old2 = (float)rule.beta2,
              new2 = (float)(1 - rule.beta2);
  // What is fused is said, and not left to the compiler: four elements at once and one alone must be rounded alike, or results
  // would depend on where a piece ends.
  const auto one = [&](float& value, float gradient, float& first, float& second) {
    gradient = fmaf(pull, value, gradient);
    first = fmaf(old1, first, new1 * gradient);
    second = fmaf(old2, second, new2 * gradient * gradient);
    value = __fmul_rn(keep, value) - size * first / fmaf(sqrtf(second), scale, epsilon);
  };
  int number = 0;
  while (number + 1 < rule.pieces && blockIdx.x >= rule.piece[number + 1].part) ++number;
  const Gradients& piece = rule.piece[number];
  const long long begin = (blockIdx.x - piece.part) * kUpdated + 4 * threadIdx.x, place = piece.first + begin;
  const float* const from = piece.at + begin;
  float *const values = rule.values + place, *const firsts = rule.first + place, *const seconds = rule.second + place;
  if (begin + 4 <= piece.count) {
    float4 value = *(float4*)values, first = *(float4*)firsts, second = *(float4*)seconds;
    const float4 gradient = *(const float4*)from;
    one(value.x, gradient.x, first.x, second.x);
    one(value.y, gradient.y, first.y, second.y);
    one(value.z, gradient.z, first.z, second.z);
    one(value.w, gradient.w, first.w, second.w);
    *(float4*)values = value, *(float4*)firsts = first, *(float4*)seconds = second;
  } else {
#pragma unroll 1
    for (int i = 0; begin + i < piece.count; ++i) one(values[i], from[i], firsts[i], seconds[i]);
  }
}
