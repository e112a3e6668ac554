// SPDX-License-Identifier: MIT
// One pass over all that an update reads and writes: the memory's speed is the limit. Included as tiles.inl is.

template <class T>
void adam(const AdamRule& rule, T* __restrict values, T* __restrict gradients, T* __restrict first, T* __restrict second,
          Range elements) {
  const auto update = static_cast<double>(rule.update);
  const double correction1 = 1 - std::pow(rule.beta1, update), correction2 = 1 - std::pow(rule.beta2, update);
  const T size = static_cast<T>(rule.rate / correction1), scale = static_cast<T>(1 / std::sqrt(correction2)),
          epsilon = static_cast<T>(rule.epsilon);
  const T keep = static_cast<T>(rule.decoupled ? 1 - rule.rate * rule.decay : 1),
          pull = static_cast<T>(rule.decoupled ? 0 : rule.decay);
  const T old1 = static_cast<T>(rule.beta1), new1 = static_cast<T>(1 - rule.beta1), old2 = static_cast<T>(rule.beta2),
          new2 = static_cast<T>(1 - rule.beta2);
  for (std::int64_t i = elements.first; i < elements.last; ++i) {
    const T gradient = gradients[i] + pull * values[i];
    first[i] = old1 * first[i] + new1 * gradient;
    second[i] = old2 * second[i] + new2 * gradient * gradient;
    values[i] = keep * values[i] - size * first[i] / (std::sqrt(second[i]) * scale + epsilon);
    gradients[i] = 0;
  }
}
