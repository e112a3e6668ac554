// SPDX-License-Identifier: MIT
#include "analysis/evaluation/evaluation.h"

#include <algorithm>

#include "storage/error.h"

namespace irmae::evaluation {

namespace {

constexpr std::int64_t kBatch = 250;

template <class T>
std::vector<T> values_of(const torch::Tensor& tensor) {
  const torch::Tensor whole = tensor.contiguous();
  return {whole.data_ptr<T>(), whole.data_ptr<T>() + whole.numel()};
}

/// In batches, so that memory does not grow with the number of samples.
template <class Function>
torch::Tensor in_batches(const torch::Tensor& rows, Function function) {
  std::vector<torch::Tensor> parts;
  for (std::int64_t first = 0; first == 0 || first < rows.size(0); first += kBatch)
    parts.push_back(function(rows.narrow(0, first, std::min(kBatch, rows.size(0) - first))));
  return torch::cat(parts);
}

}  // namespace

distributed::Share Context::share(std::int64_t count) const { return distributed::share_of(count, ranks.rank(), ranks.size()); }

torch::Tensor Context::encode(const torch::Tensor& images) const {
  const torch::NoGradGuard no_grad;
  return in_batches(images, [&](const torch::Tensor& part) {
    return method.codes(model, part.to(device, precision)).to(torch::kCPU, torch::kFloat64);
  });
}

torch::Tensor Context::decode(const torch::Tensor& codes) const {
  const torch::NoGradGuard no_grad;
  const data::Scaling scaling = dataset.scaling();
  return in_batches(codes,
                    [&](const torch::Tensor& part) { return to_bytes(model.decode(part.to(device, precision)), scaling); });
}

const std::vector<Kind>& kinds() { return Registry<Kind>::all(); }

std::vector<manifest::Key> keys() {
  std::vector<manifest::Key> all;
  for (const Kind& kind : kinds()) all.insert(all.end(), kind.keys.begin(), kind.keys.end());
  return all;
}

std::set<std::string> names() {
  std::set<std::string> all;
  for (const Kind& kind : kinds()) all.insert(kind.name);
  return all;
}

std::vector<storage::Evaluation> evaluate(const Context& context, const std::set<std::string>& names,
                                          const std::function<void(const std::string&)>& started) {
  std::vector<storage::Evaluation> results;
  for (const Kind& kind : kinds()) {
    if (!names.contains(kind.name)) continue;
    if (const std::string reason = kind.why_not ? kind.why_not(context) : ""; !reason.empty()) {
      results.push_back({.name = kind.name, .notes = {{"missing", reason}}});
      continue;
    }
    started(kind.name);
    results.push_back(kind.run(context));
    results.back().name = kind.name;
  }
  return results;
}

storage::LabelledArray labelled(std::string name, const torch::Tensor& tensor, std::vector<std::string> dimensions,
                                std::string long_name, std::string units) {
  storage::LabelledArray result{
      {std::move(name), tensor.sizes().vec(), {}}, std::move(dimensions), std::move(long_name), std::move(units)};
  switch (tensor.scalar_type()) {
    case torch::kUInt8:
      result.array.values = values_of<std::uint8_t>(tensor);
      break;
    case torch::kInt64:
      result.array.values = values_of<std::int64_t>(tensor);
      break;
    case torch::kFloat32:
      result.array.values = values_of<float>(tensor);
      break;
    default:
      result.array.values = values_of<double>(tensor.to(torch::kFloat64));
  }
  return result;
}

}  // namespace irmae::evaluation
