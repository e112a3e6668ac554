// SPDX-License-Identifier: MIT
// LoRAE (Mazumder et al., arXiv 2310.16194, equation 3): one matrix W between encoder and decoder, and lambda x its nuclear
// norm, the sum of its singular values, in the loss. The paper's lambda lies between 1e-5 and 1e-3. The penalty is the
// parameters' own: it counts once for a batch, whatever its size.
#include <ATen/ops/linalg_svdvals.h>

#include "framework/models/method.h"

namespace irmae::models::lorae_method {
namespace {

class Lorae final : public Method {
 public:
  explicit Lorae(const manifest::Cell& cell) : Method(cell), coefficient_(cell.real("model.penalty")) {}

  torch::Tensor batch_penalty(const Autoencoder& model, const torch::Tensor&, const Samples&) const override {
    return coefficient_ * at::linalg_svdvals(model.stack()->matrices().front()).sum();
  }

  const char* seen_by_host() const override { return "whether the matrix's singular values were found"; }

 protected:
  std::optional<StackSpec> stack() const override { return stack_of(cell_, {}); }

 private:
  double coefficient_;
};

/// Those of a stack, of one matrix.
std::vector<manifest::Key> keys() {
  std::vector<manifest::Key> all = stack_keys();
  for (manifest::Key& key : all)
    if (key.path == "model.linear_layers") key.least = key.most = 1;
  all.push_back({.path = "model.penalty", .fallback = 1e-3, .help = "coefficient of the matrix's nuclear norm", .least = 0});
  return all;
}

const RegisterMethod registered{
    method_kind<Lorae>("lorae", "low-rank autoencoder: one matrix with a nuclear-norm penalty", keys(),
                       {{"model.linear_layers", std::int64_t{1}}})  // whatever the data set's number is
        .labelled("LoRAE")};

}  // namespace
}  // namespace irmae::models::lorae_method
