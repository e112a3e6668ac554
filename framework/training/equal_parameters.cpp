// SPDX-License-Identifier: MIT
#include "framework/training/equal_parameters.h"

#include <fmt/format.h>

#include "storage/system/sha256.h"

namespace irmae::training {

void check_equal_plans(const distributed::BucketPlan& plan, distributed::Communicator& communicator) {
  const int other = communicator.first_different(plan.hash(), "comparison of the bucket plans");
  if (other >= 0)
    throw distributed::SharedError(
        fmt::format("rank {} has another model or bucket plan than rank {}: start all ranks with one program and one manifest",
                    communicator.world_rank(other), communicator.world_rank(0)));
}

void check_equal_parameters(const distributed::FlatParameters& parameters, distributed::Communicator& communicator,
                            const std::string& when) {
  const torch::Tensor values = parameters.values().to(torch::kCPU);
  const auto first_different = [&](const torch::Tensor& part) {
    storage::Sha256 hash;
    hash.update(part.data_ptr(), part.nbytes());
    return communicator.first_different(hash.hex(), "comparison of the parameters");
  };
  if (first_different(values) < 0) return;
  for (const distributed::Slot& slot : parameters.plan().slots)
    if (const int other = first_different(values.narrow(0, slot.first, slot.count)); other >= 0)
      throw distributed::SharedError(
          fmt::format("parameter {} of rank {} differs from rank {}'s {}: different libraries or processors? Start again on "
                      "equal machines; the last checkpoint is untouched",
                      slot.name, communicator.world_rank(other), communicator.world_rank(0), when));
}

}  // namespace irmae::training
