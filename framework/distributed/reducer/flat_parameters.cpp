// SPDX-License-Identifier: MIT
#include "framework/distributed/reducer/flat_parameters.h"

#include <stdexcept>

namespace irmae::distributed {

FlatParameters::FlatParameters(const Named& parameters, BucketCaps caps) {
  if (parameters.empty()) throw std::logic_error("a flat buffer needs parameters");
  std::vector<std::pair<std::string, std::int64_t>> sizes;
  for (const auto& [name, tensor] : parameters) sizes.emplace_back(name, tensor.numel());
  plan_ = plan_buckets(sizes, static_cast<std::int64_t>(parameters.front().second.element_size()), caps);

  const torch::NoGradGuard no_grad;
  values_ = torch::zeros({plan_.elements}, parameters.front().second.options().requires_grad(false));
  for (std::size_t i = 0; i < plan_.slots.size(); ++i) {
    torch::Tensor parameter = parameters[parameters.size() - 1 - i].second;
    if (!parameter.is_non_overlapping_and_dense()) parameter.set_data(parameter.contiguous());
    parameters_.push_back(parameter);
    const torch::Tensor value = part(values_, i);
    value.copy_(parameter);
    parameter.set_data(value);
  }
}

torch::Tensor FlatParameters::part(const torch::Tensor& flat, std::size_t slot) const {
  const torch::Tensor& parameter = parameters_[slot];
  return flat.narrow(0, plan_.slots[slot].first, plan_.slots[slot].count).as_strided(parameter.sizes(), parameter.strides());
}

void FlatParameters::move_values_to(const torch::Tensor& flat) {
  values_ = flat;
  for (std::size_t i = 0; i < parameters_.size(); ++i) parameters_[i].set_data(part(values_, i));
}

torch::Tensor FlatParameters::in_index_order(const torch::Tensor& flat) const {
  torch::Tensor ordered = torch::zeros_like(flat);
  for (std::size_t i = 0; i < plan_.slots.size(); ++i)
    ordered.narrow(0, plan_.slots[i].first, plan_.slots[i].count).view(parameters_[i].sizes()).copy_(part(flat, i));
  return ordered;
}

void FlatParameters::from_index_order(const torch::Tensor& ordered, const torch::Tensor& flat) const {
  for (std::size_t i = 0; i < plan_.slots.size(); ++i)
    part(flat, i).copy_(ordered.narrow(0, plan_.slots[i].first, plan_.slots[i].count).view(parameters_[i].sizes()));
}

}  // namespace irmae::distributed
