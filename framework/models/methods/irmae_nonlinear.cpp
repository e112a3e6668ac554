// SPDX-License-Identifier: MIT
// Ablation of figure 10: a ReLU after each matrix makes the stack an ordinary deeper network.
#include "framework/models/method.h"

namespace irmae::models::irmae_nonlinear_method {
namespace {

class IrmaeNonlinear final : public Method {
 public:
  using Method::Method;

 protected:
  std::shared_ptr<LinearStack> make_linear_stack() const override { return make_stack(cell_, {.nonlinear = true}); }
};

const RegisterMethod registered{
    method_kind<IrmaeNonlinear>("irmae-nonlinear", "ablation: a ReLU after each matrix", stack_keys())
        .labelled("IRMAE nonlinear")};

}  // namespace
}  // namespace irmae::models::irmae_nonlinear_method
