// SPDX-License-Identifier: MIT
// Ablation of figure 11: one matrix stands in all l places.
#include "framework/models/method.h"

namespace irmae::models::irmae_shared_method {
namespace {

class IrmaeShared final : public Method {
 public:
  using Method::Method;

 protected:
  std::shared_ptr<LinearStack> make_linear_stack() const override { return make_stack(cell_, {.shared = true}); }
};

const RegisterMethod registered{
    method_kind<IrmaeShared>("irmae-shared", "ablation: one matrix in all l places", stack_keys()).labelled("IRMAE shared")};

}  // namespace
}  // namespace irmae::models::irmae_shared_method
