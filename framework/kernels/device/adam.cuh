// SPDX-License-Identifier: MIT
// The rule of framework/kernels/adam.inl on a GPU; the number of the update is read there.

IRMAE_ENTRY void __launch_bounds__(kThreads) adam(Adam rule) {
  __shared__ float shared[2];
  if (threadIdx.x == 0) {
    const double update = *rule.updates;
    shared[0] = (float)(rule.rate / (1 - pow(rule.beta1, update)));
    shared[1] = (float)(1 / sqrt(1 - pow(rule.beta2, update)));
  }
  __syncthreads();
  const float size = shared[0], scale = shared[1], epsilon = (float)rule.epsilon;
  const float keep = rule.decoupled ? (float)(1 - rule.rate * rule.decay) : 1.0f,
              pull = rule.decoupled ? 0.0f : (float)rule.decay;
  const float old1 = (float)rule.beta1, new1 = (float)(1 - rule.beta1), old2 = (float)rule.beta2,
              new2 = (float)(1 - rule.beta2);
  const auto one = [&](float& value, float gradient, float& first, float& second) {
    gradient += pull * value;
    first = old1 * first + new1 * gradient;
    second = old2 * second + new2 * gradient * gradient;
    value = keep * value - size * first / (sqrtf(second) * scale + epsilon);
  };
  const long long stride = (long long)gridDim.x * kThreads, index = (long long)blockIdx.x * kThreads + threadIdx.x;
  for (long long i = index; i < rule.count / 4; i += stride) {
    float4 value = ((float4*)rule.values)[i], first = ((float4*)rule.first)[i], second = ((float4*)rule.second)[i];
    const float4 gradient = ((const float4*)rule.gradients)[i];
    one(value.x, gradient.x, first.x, second.x);
    one(value.y, gradient.y, first.y, second.y);
    one(value.z, gradient.z, first.z, second.z);
    one(value.w, gradient.w, first.w, second.w);
    ((float4*)rule.values)[i] = value, ((float4*)rule.first)[i] = first, ((float4*)rule.second)[i] = second;
  }
  for (long long i = rule.count / 4 * 4 + index; i < rule.count; i += stride)
    one(rule.values[i], rule.gradients[i], rule.first[i], rule.second[i]);
}
