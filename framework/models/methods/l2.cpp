// SPDX-License-Identifier: MIT
// L2 baseline of figure 2: coefficient x mean z^2. The paper states no coefficient; 1e-2 is the L1 baseline's: sweep it.
#include "framework/models/method.h"

namespace irmae::models::l2_method {
namespace {

class L2 final : public Method {
 public:
  explicit L2(const manifest::Cell& cell) : Method(cell), coefficient_(cell.real("model.penalty")) {}

 protected:
  torch::Tensor penalty(const torch::Tensor& codes) const override { return coefficient_ * codes.square().mean(1).sum(); }

 private:
  double coefficient_;
};

const RegisterMethod registered{
    method_kind<L2>("l2", "autoencoder with an L2 penalty on the code",
                    {{.path = "model.penalty", .fallback = 1e-2, .help = "coefficient of the code's penalty", .least = 0}})};

}  // namespace
}  // namespace irmae::models::l2_method
