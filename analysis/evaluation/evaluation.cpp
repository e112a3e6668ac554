// SPDX-License-Identifier: MIT
#include "analysis/evaluation/evaluation.h"

#include "framework/data/in_batches.h"
#include "framework/tensors.h"

namespace irmae::evaluation {

torch::Tensor Context::encode(const torch::Tensor& images) const {
  return in_batches(images, [&](const torch::Tensor& part) {
    return method.codes(model, part.to(device, precision)).to(torch::kCPU, torch::kFloat64);
  });
}

torch::Tensor Context::decode(const torch::Tensor& codes) const {
  const data::Scaling& scaling = dataset.facts().scaling;
  return in_batches(codes,
                    [&](const torch::Tensor& part) { return to_bytes(model.decode(part.to(device, precision)), scaling); });
}

namespace {

constexpr const char* kVersion = "version";

}  // namespace

bool Kind::is_outdated(const manifest::Cell& cell, const storage::Attributes& notes) const {
  const auto* const number = std::get_if<std::int64_t>(storage::find_value(notes, kVersion));
  const std::int64_t measured = number ? *number : 1;
  if (storage::find_value(notes, "missing")) return measured < measures_more_from;
  return measured < (changed && !changed(cell) ? version - 1 : version);
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
    storage::Evaluation result;
    if (const std::string reason = kind.why_not ? kind.why_not(context) : ""; !reason.empty()) {
      result.notes.emplace_back("missing", reason);
    } else {
      started(kind.name);
      result = kind.run(context);
    }
    result.name = kind.name;
    result.notes.emplace_back(kVersion, kind.version);
    results.push_back(std::move(result));
  }
  return results;
}

storage::LabelledArray labelled(std::string name, const torch::Tensor& tensor, std::vector<std::string> dimensions,
                                std::string long_name, std::string units) {
  return {to_array(std::move(name), tensor), std::move(dimensions), std::move(long_name), std::move(units)};
}

}  // namespace irmae::evaluation
