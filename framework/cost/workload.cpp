// SPDX-License-Identifier: MIT
#include "framework/cost/workload.h"

#include <map>

#include "framework/distributed/reducer/bucket_plan.h"
#include "framework/models/precision.h"
#include "framework/training/bucket_caps.h"

namespace irmae::cost {

namespace {

/// Parameter, gradient and two moments are read, all but the gradient written; the gradient is set to zero before.
constexpr double kUpdateAccesses = 8;

}  // namespace

scaling::Workload workload_of(const manifest::Cell& cell, const Layers& layers) {
  const auto element = static_cast<std::int64_t>(c10::elementSize(models::storage_precision(cell)));
  std::vector<std::pair<std::string, std::int64_t>> parameters;
  std::map<std::string, double> ready;  // by parameter
  double before = 0;                    // of the layers in front of the one that is looked at
  const double all = multiply_adds(layers);
  for (const Layer& layer : layers) {
    for (const auto& parameter : layer.parameters) {
      parameters.push_back(parameter);
      ready[parameter.first] = all > 0 ? (all - before) / all : 1;
    }
    before += layer.multiply_adds;
  }
  const distributed::BucketPlan plan = distributed::plan_buckets(parameters, element, training::bucket_caps(cell));

  scaling::Workload work{.batch = cell.integer("train.batch"),
                         .flops = training_flops(layers),
                         .update_bytes = kUpdateAccesses * static_cast<double>(plan.elements * element)};
  for (const distributed::Bucket& bucket : plan.buckets)
    work.buckets.push_back({static_cast<double>(bucket.count * element), 0});
  for (const distributed::Slot& slot : plan.slots) {
    double& last = work.buckets[static_cast<std::size_t>(slot.bucket)].ready;
    last = std::max(last, ready[slot.name]);
  }
  return work;
}

}  // namespace irmae::cost
