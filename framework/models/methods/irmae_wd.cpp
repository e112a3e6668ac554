// SPDX-License-Identifier: MIT
// IRMAE-WD (Zeng et al., arXiv 2305.01090, section 2): IRMAE with L2 regularisation of all weights ("weight decay"), which
// sharpens the drop of the spectrum until its rank reads as the dimension of the data's manifold. Theirs: four matrices, 1e-6.
// The optimiser adds the term's gradient (train.weight_decay), so that training minimises their equation's objective; the
// losses that are stored and shown leave the term out. Adam divides that gradient too by the root of its second moment, so that
// weights with small gradients shrink almost at the full rate: after 150 steps on the shapes the mean |w| is 0.7 of irmae's.
// Not theirs: their code decouples the term (AdamW, learning rate 1e-3), which takes 1e-9 of a weight off in a step, less than
// float32 resolves. With train.optimizer = "adamw", at 1e-4 or 1e-3, this method's weights are those of irmae with as many
// matrices, bit for bit.
#include "framework/models/method.h"

namespace irmae::models::irmae_wd_method {
namespace {

class IrmaeWd final : public Method {
 public:
  using Method::Method;

 protected:
  std::optional<StackSpec> stack() const override { return stack_of(cell_, {}); }
};

const RegisterMethod registered{method_kind<IrmaeWd>("irmae-wd", "IRMAE with L2 regularisation of all weights", stack_keys(),
                                                     {{"model.linear_layers", std::int64_t{4}}, {"train.weight_decay", 1e-6}})};

}  // namespace
}  // namespace irmae::models::irmae_wd_method
