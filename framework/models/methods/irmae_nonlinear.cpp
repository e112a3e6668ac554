// SPDX-License-Identifier: MIT
// Ablation of figure 10: ReLUs make the stack an ordinary deeper network. The paper's words are "between matrices"; whether one
// follows the last matrix too, which makes the codes themselves non-negative, it does not say.
#include "framework/models/method.h"

namespace irmae::models::irmae_nonlinear_method {
namespace {

class IrmaeNonlinear final : public Method {
 public:
  using Method::Method;

 protected:
  std::optional<StackSpec> stack() const override {
    return stack_of(cell_, {.nonlinear = true, .code_relu = cell_.flag("model.code_relu")});
  }
};

std::vector<manifest::Key> keys() {
  std::vector<manifest::Key> all = stack_keys();
  all.push_back({.path = "model.code_relu",
                 .fallback = true,
                 .help = "a ReLU follows the last matrix, too, whose output is the code; false: only between matrices",
                 .newer = true});
  return all;
}

const RegisterMethod registered{
    method_kind<IrmaeNonlinear>("irmae-nonlinear", "ablation: a ReLU after each matrix", keys()).labelled("IRMAE nonlinear")};

}  // namespace
}  // namespace irmae::models::irmae_nonlinear_method
