// SPDX-License-Identifier: MIT
#include "framework/training/equal_parameters.h"

#include <fmt/format.h>

#include "storage/system/sha256.h"

namespace irmae::training {

void check_equal_parameters(const distributed::Reducer& reducer, distributed::Communicator& communicator,
                            const std::string& when) {
  const torch::Tensor values = reducer.values().to(torch::kCPU);
  const auto first_different = [&](const torch::Tensor& part) {
    storage::Sha256 hash;
    hash.update(part.data_ptr(), part.nbytes());
    return communicator.first_different(hash.hex(), "comparison of the parameters");
  };
  if (first_different(values) < 0) return;
  for (const distributed::Slot& slot : reducer.plan().slots)
    if (const int other = first_different(values.narrow(0, slot.first, slot.count)); other >= 0)
      throw distributed::SharedError(
          fmt::format("parameter {} of rank {} differs from rank {}'s {}: different libraries or processors? Start again on "
                      "equal machines; the last checkpoint is untouched",
                      slot.name, communicator.world_rank(other), communicator.world_rank(0), when));
}

}  // namespace irmae::training
