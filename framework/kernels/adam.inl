// SPDX-License-Identifier: MIT
// One pass over all that an update reads and writes: the memory's speed is the limit. Included as tiles.inl is.

template <class T>
void adam(const AdamRule& rule, T* __restrict values, std::span<T* const> gradients, T* __restrict first, T* __restrict second,
          Range elements) {
  const auto number = static_cast<double>(rule.update);
  const double correction1 = 1 - std::pow(rule.beta1, number), correction2 = 1 - std::pow(rule.beta2, number);
  const T size = static_cast<T>(rule.rate / correction1), scale = static_cast<T>(1 / std::sqrt(correction2)),
          epsilon = static_cast<T>(rule.epsilon);
  const T keep = static_cast<T>(rule.decoupled ? 1 - rule.rate * rule.decay : 1),
          pull = static_cast<T>(rule.decoupled ? 0 : rule.decay);
  const T old1 = static_cast<T>(rule.beta1), new1 = static_cast<T>(1 - rule.beta1), old2 = static_cast<T>(rule.beta2),
          new2 = static_cast<T>(1 - rule.beta2);
  const auto update = [=](T* __restrict value, T* __restrict sum, T* __restrict mean, T* __restrict square,
                          std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
      const T gradient = sum[i] + pull * value[i];
      mean[i] = old1 * mean[i] + new1 * gradient;
      square[i] = old2 * square[i] + new2 * gradient * gradient;
      value[i] = keep * value[i] - size * mean[i] / (std::sqrt(square[i]) * scale + epsilon);
      sum[i] = 0;
    }
  };
  if (gradients.size() == 1)
    return update(values + elements.first, gradients[0] + elements.first, first + elements.first, second + elements.first,
                  elements.last - elements.first);
  constexpr std::int64_t kBlock = 1024;  // sums that stay in the first-level cache
  for (std::int64_t i = elements.first; i < elements.last; i += kBlock) {
    const std::int64_t count = std::min(kBlock, elements.last - i);
    T sums[kBlock];
    for (std::int64_t k = 0; k < count; ++k) sums[k] = std::exchange(gradients[0][i + k], T{0});
    for (T* const more : gradients.subspan(1))
      for (std::int64_t k = 0; k < count; ++k) sums[k] += std::exchange(more[i + k], T{0});
    update(values + i, sums, first + i, second + i, count);
  }
}
