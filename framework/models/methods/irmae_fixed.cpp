// SPDX-License-Identifier: MIT
// Ablation of figure 9: the matrices stay at their initial values, so that only the architecture is left of the idea.
#include "framework/models/method.h"

namespace irmae::models::irmae_fixed_method {
namespace {

class IrmaeFixed final : public Method {
 public:
  using Method::Method;

 protected:
  std::optional<StackSpec> stack() const override { return stack_of(cell_, {.fixed = true}); }
};

const RegisterMethod registered{
    method_kind<IrmaeFixed>("irmae-fixed", "ablation: the matrices stay at their initial values", stack_keys())
        .labelled("IRMAE fixed")};

}  // namespace
}  // namespace irmae::models::irmae_fixed_method
