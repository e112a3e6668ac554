// SPDX-License-Identifier: MIT
// L1 baseline of figure 2: coefficient x mean |z|. The paper states no coefficient; 1e-2 is what others used: sweep it.
#include "framework/models/method.h"

namespace irmae::models::l1_method {
namespace {

class L1 final : public Method {
 public:
  explicit L1(const manifest::Cell& cell) : Method(cell), coefficient_(cell.real("model.penalty")) {}

 protected:
  torch::Tensor penalty(const torch::Tensor& codes) const override { return coefficient_ * codes.abs().mean(1).sum(); }

 private:
  double coefficient_;
};

const RegisterMethod registered{
    method_kind<L1>("l1", "autoencoder with an L1 penalty on the code",
                    {{.path = "model.penalty", .fallback = 1e-2, .help = "coefficient of the code's penalty", .least = 0}})};

}  // namespace
}  // namespace irmae::models::l1_method
