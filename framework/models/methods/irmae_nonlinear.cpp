// SPDX-License-Identifier: MIT
// Ablation of figure 10: a ReLU after each matrix makes the stack an ordinary deeper network.
#include "framework/models/method.h"

namespace irmae::models::irmae_nonlinear_method {
namespace {

class IrmaeNonlinear final : public Method {
 public:
  using Method::Method;

 protected:
  std::optional<StackSpec> stack() const override { return stack_of(cell_, {.nonlinear = true}); }
};

const RegisterMethod registered{
    method_kind<IrmaeNonlinear>("irmae-nonlinear", "ablation: a ReLU after each matrix", stack_keys())
        .labelled("IRMAE nonlinear")};

}  // namespace
}  // namespace irmae::models::irmae_nonlinear_method
