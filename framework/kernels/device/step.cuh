// SPDX-License-Identifier: MIT
// Small things that each step needs, each one operation instead of several.

/// to [elements] = the elements of `from` that begin at row *row of this size
IRMAE_ENTRY void __launch_bounds__(kThreads)
    take_rows(const float* from, const long long* row, long long size, float* to, long long elements) {
  const long long stride = (long long)gridDim.x * kThreads, index = (long long)blockIdx.x * kThreads + threadIdx.x;
  const float* const first = from + *row * size;
  for (long long i = index; i < elements; i += stride) to[i] = first[i];
}

/// losses [.., 2]: the step's two losses at place *number; then number and row go on.
IRMAE_ENTRY void keep_losses(const float* objective, const float* reconstruction, double* losses, long long* number,
                             long long* row, long long rows) {
  if (threadIdx.x != 0) return;
  losses[2 * *number] = *objective;
  losses[2 * *number + 1] = *reconstruction;
  ++*number;
  *row += rows;
}

/// result = scale x the sum of squared differences; parts: [blocks]
IRMAE_ENTRY void __launch_bounds__(kThreads) squared_error(const float* a, const float* b, long long elements, float scale,
                                                           float* result, float* parts, unsigned* counter) {
  __shared__ float sums[kThreads];
  __shared__ int last;
  const long long stride = (long long)gridDim.x * kThreads;
  float sum = 0;
  for (long long i = (long long)blockIdx.x * kThreads + threadIdx.x; i < elements; i += stride)
    sum += (a[i] - b[i]) * (a[i] - b[i]);
  const auto in_block = [&](float mine) {
    sums[threadIdx.x] = mine;
    for (int half = kThreads / 2; half > 0; half /= 2) {
      __syncthreads();
      if ((int)threadIdx.x < half) sums[threadIdx.x] += sums[threadIdx.x + half];
    }
    __syncthreads();
    const float all = sums[0];
    __syncthreads();
    return all;
  };
  const float mine = in_block(sum);
  if (threadIdx.x == 0) parts[blockIdx.x] = mine;
  if (!last_of(counter, (int)gridDim.x, last)) return;
  float of_all = 0;
  for (int i = threadIdx.x; i < (int)gridDim.x; i += kThreads) of_all += __ldcg(parts + i);
  const float all = in_block(of_all);
  if (threadIdx.x == 0) *result = scale * all;
}

/// gradient of squared_error by a, where the result's is *of_result
IRMAE_ENTRY void __launch_bounds__(kThreads) squared_error_gradient(const float* a, const float* b, long long elements,
                                                                    float scale, const float* of_result, float* gradient) {
  const long long stride = (long long)gridDim.x * kThreads;
  const float factor = 2 * scale * *of_result;
  for (long long i = (long long)blockIdx.x * kThreads + threadIdx.x; i < elements; i += stride)
    gradient[i] = factor * (a[i] - b[i]);
}
