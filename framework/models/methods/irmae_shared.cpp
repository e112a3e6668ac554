// SPDX-License-Identifier: MIT
// Ablation of figure 11: one matrix stands in all l places.
#include "framework/models/method.h"

namespace irmae::models::irmae_shared_method {
namespace {

class IrmaeShared final : public Method {
 public:
  using Method::Method;

 protected:
  std::optional<StackSpec> stack() const override { return stack_of(cell_, {.shared = true}); }
};

const RegisterMethod registered{
    method_kind<IrmaeShared>("irmae-shared", "ablation: one matrix in all l places", stack_keys()).labelled("IRMAE shared")};

}  // namespace
}  // namespace irmae::models::irmae_shared_method
