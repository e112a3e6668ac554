// SPDX-License-Identifier: MIT
// IRMAE-WD (Zeng et al., arXiv 2305.01090, section 2): IRMAE with weight decay, which sharpens the drop of the spectrum
// until its rank reads as the dimension of the data's manifold. Theirs: four matrices, AdamW, decay 1e-6.
#include "framework/models/method.h"

namespace irmae::models {
namespace {

class IrmaeWd final : public Method {
 public:
  using Method::Method;

 protected:
  std::shared_ptr<LinearStack> make_linear_stack() const override { return make_stack(cell_, {}); }
};

const RegisterMethod registered{method_kind<IrmaeWd>("irmae-wd", "IRMAE with decoupled weight decay", stack_keys(),
                                                     {{"model.linear_layers", std::int64_t{4}},
                                                      {"train.optimizer", std::string("adamw")},
                                                      {"train.weight_decay", 1e-6}})};

}  // namespace
}  // namespace irmae::models
