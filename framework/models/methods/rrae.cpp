// SPDX-License-Identifier: MIT
// Rank reduction autoencoder (Mounayer et al., arXiv 2405.13980, the "strong" form): the decoder sees the batch's matrix of
// codes Y [count, n] cut to its k largest singular values, Y P with P = V V^T of the k leading right singular vectors. Once
// trained, P is fixed by training codes; it then stands as the one matrix of the linear stack.
//
// V are eigenvectors of Y^T Y, a sum over samples, so ranks share a batch by one sum of n x n. The loss depends on each code
// in two ways, through its own row of Y P, which autograd sees, and through P. For the second, first-order perturbation of
// the projection gives, with G = sum over the batch of y^T dL/d(y P), leading v_i and remaining w_j with eigenvalues l_i, m_j:
//   dL/dY = Y (M + M^T),   M = sum_ij v_i w_j^T (v_i^T (G + G^T) w_j) / (l_i - m_j)
// It costs one more backward pass through the decoder, and no division by gaps inside the kept or the dropped part, on
// which P does not depend.
#include <ATen/ops/linalg_eigh.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>

#include "framework/models/method.h"
#include "framework/models/without_autocast.h"

namespace irmae::models::rrae_method {
namespace {

/// Gaps below this share of the largest eigenvalue leave P undetermined: no gradient goes through it there.
constexpr double kLeastGap = 1e-10;

struct Basis {
  torch::Tensor kept, dropped;                ///< float64 [n, k], [n, n - k], orthonormal columns
  torch::Tensor kept_values, dropped_values;  ///< their eigenvalues
};

Basis basis_of(const torch::Tensor& second_moment, std::int64_t rank) {
  const auto [values, vectors] = at::linalg_eigh(second_moment);  // ascending
  const std::int64_t rest = values.size(0) - rank;
  return {vectors.narrow(1, rest, rank), vectors.narrow(1, 0, rest), values.narrow(0, rest, rank), values.narrow(0, 0, rest)};
}

class Rrae final : public Method {
 public:
  explicit Rrae(const manifest::Cell& cell)
      : Method(cell), rank_(std::min(cell.integer("model.rank_max"), cell.integer("model.latent"))) {}

  Loss loss(Autoencoder& model, const torch::Tensor& images, const Samples& samples) const override {
    if (!model.is_training()) return Method::loss(model, images, samples);
    const torch::Tensor all = model.features(images);
    const torch::Tensor known = all.detach().to(torch::kFloat64);
    const Basis basis = basis_of(samples.total(known.t().mm(known)), std::min(rank_, samples.whole(images.size(0))));
    const torch::Tensor codes = [&] {
      const WithoutAutocast precise;  // what is dropped is to be nothing
      return all.mm(basis.kept.mm(basis.kept.t()).to(all.scalar_type()));
    }();
    const torch::Tensor decoded = model.decode(codes);
    torch::Tensor objective = reconstruction_loss(decoded, images);
    if (basis.dropped.size(1) > 0) {
      const torch::Tensor term = (all * through_basis(objective, codes, known, basis, samples).to(all.scalar_type())).sum();
      objective = objective + term - term.detach();
    }
    return whole_loss(model, objective, codes, decoded, images, samples);
  }

  bool whole_batch() const override { return true; }
  const char* seen_by_host() const override { return "whether eigenvectors of the codes were found"; }

  void prepare(Autoencoder& model, const SumOverTraining& sum) const override {
    const Basis basis = basis_of(sum([&](const torch::Tensor& images) {
                                   const torch::Tensor codes = model.features(images).to(torch::kFloat64);
                                   return codes.t().mm(codes);
                                 }),
                                 rank_);
    model.stack()->matrices().front().copy_(basis.kept.mm(basis.kept.t()));
  }

 protected:
  std::optional<StackSpec> stack() const override {
    return StackSpec{
        .latent = cell_.integer("model.latent"), .layers = 1, .initialisation = "identity", .options = {.fixed = true}};
  }

 private:
  /// Gradient of the batch's objective with respect to the codes here, through the projection: [count, n], a constant.
  static torch::Tensor through_basis(const torch::Tensor& objective, const torch::Tensor& codes, const torch::Tensor& known,
                                     const Basis& basis, const Samples& samples) {
    torch::Tensor gradient = torch::zeros_like(known);
    if (objective.requires_grad())
      gradient = torch::autograd::grad({objective}, {codes}, {}, /*retain_graph=*/true)[0].to(torch::kFloat64);
    const torch::NoGradGuard no_grad;
    const torch::Tensor of_projection = samples.total(known.t().mm(gradient));
    const torch::Tensor gaps = basis.kept_values.unsqueeze(1) - basis.dropped_values.unsqueeze(0);
    const torch::Tensor mixed = basis.kept.t().mm(of_projection + of_projection.t()).mm(basis.dropped);
    const torch::Tensor slopes = torch::where(gaps > kLeastGap * basis.kept_values[-1], mixed / gaps, torch::zeros_like(gaps));
    const torch::Tensor half = basis.kept.mm(slopes).mm(basis.dropped.t());
    return known.mm(half + half.t());
  }

  std::int64_t rank_;
};

/// A batch of codes has no more singular values than samples or components: all would be kept in training, and `prepare`
/// would then cut the codes to directions of which the decoder never saw the difference.
std::string why_not(const manifest::Cell& cell) {
  const std::int64_t rank = cell.integer("model.rank_max"), batch = cell.integer("train.batch"),
                     latent = cell.integer("model.latent");
  if (rank < std::min(batch, latent)) return "";
  return fmt::format(
      "model.rank_max = {} cuts nothing off the codes of train.batch = {} samples with model.latent = {}: set model.rank_max "
      "below {}",
      rank, batch, latent, std::min(batch, latent));
}

const RegisterMethod registered{method_kind<Rrae>("rrae", "rank reduction autoencoder: truncated SVD of the batch's codes",
                                                  {{.path = "model.rank_max",
                                                    .fallback = std::int64_t{16},
                                                    .help = "k, the rank that is kept: less than train.batch and model.latent",
                                                    .least = 1,
                                                    .most = 65536}})
                                    .refused_by(why_not)};

}  // namespace
}  // namespace irmae::models::rrae_method
