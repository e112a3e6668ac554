// SPDX-License-Identifier: MIT
// Least Volume (Chen and Fuge, ICLR 2024, arXiv 2404.17773, section 2): lambda x (prod_i (sigma_i + eta))^(1/n), the
// geometric mean of the standard deviations of the code's components over the batch, and a Lipschitz decoder, without which
// the codes could shrink at no cost. sigma_i is of the whole batch (divisor count - 1), however many ranks share it; the
// validation loss has that of all validation codes. The authors' eta 1, and the lambda 1e-3 that they have for MNIST (1e-4 is
// their default). Not theirs: the loss and the decoder are the other methods' (mean squared error, tanh, batch 32), where their
// image experiments have binary cross-entropy, a sigmoid, a batch of 100 and Adam's betas 0.9 and 0.99.
#include "framework/models/method.h"
#include "framework/models/spectral_norm.h"

namespace irmae::models::least_volume_method {
namespace {

class LeastVolume final : public Method {
 public:
  explicit LeastVolume(const manifest::Cell& cell)
      : Method(cell), coefficient_(cell.real("model.penalty")), eta_(cell.real("model.eta")) {}

  torch::Tensor batch_penalty(const Autoencoder&, const torch::Tensor& codes, const Samples& samples) const override {
    const torch::Tensor z = codes.to(torch::kFloat64);
    const std::int64_t count = samples.whole(codes.size(0));
    // The mean needs no gradient: deviations from it sum to zero, so that its part in the variance's is none.
    const torch::Tensor mean = samples.total(z.detach().sum(0)) / static_cast<double>(count);
    const torch::Tensor variance =
        samples.total((z - mean).square().sum(0)) / static_cast<double>(std::max<std::int64_t>(count - 1, 1));
    // A root's slope at zero is infinite: a component without variance has no gradient instead.
    const torch::Tensor deviation = variance.clamp_min(1e-24).sqrt();
    return (coefficient_ * (deviation + eta_).log().mean().exp()).to(codes.scalar_type());
  }

  bool whole_batch() const override { return true; }

 protected:
  Network adapted(Network network) const override {
    network.decoder = spectrally_normalised(network.decoder);
    return network;
  }

 private:
  double coefficient_, eta_;
};

const RegisterMethod registered{
    method_kind<LeastVolume>(
        "least-volume", "penalty on the volume of the codes, with a Lipschitz decoder",
        {{.path = "model.penalty", .fallback = 1e-3, .help = "coefficient of the codes' volume", .least = 0},
         {.path = "model.eta", .fallback = 1.0, .help = "added to each standard deviation", .least = 0}})
        .labelled("Least Volume")};

}  // namespace
}  // namespace irmae::models::least_volume_method
