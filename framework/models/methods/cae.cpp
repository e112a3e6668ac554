// SPDX-License-Identifier: MIT
// Contractive autoencoder (Rifai et al., ICML 2011, equation 5): lambda x |J|^2, the squared Frobenius norm of the encoder's
// Jacobian at each image. The paper's reconstruction error is summed over an image's numbers and this program's is their
// mean, so the penalty is divided by their count as well: lambda keeps its meaning. The paper chooses it by validation; 0.1
// is usual. Exactly, |J|^2 takes n backward passes and n more through them; the default is Hutchinson's unbiased estimate
// with one random sign vector for each image, see jacobian.h. Unlike the paper's, the code here ends in no sigmoid, as
// in all networks of this program, and weights are not tied.
#include <ATen/core/grad_mode.h>

#include "framework/models/jacobian.h"
#include "framework/models/method.h"

namespace irmae::models::cae_method {
namespace {

class Cae final : public Method {
 public:
  explicit Cae(const manifest::Cell& cell)
      : Method(cell), coefficient_(cell.real("model.penalty")), probes_(cell.integer("model.probes")) {}

  Loss loss(Autoencoder& model, const torch::Tensor& images, const Samples& samples) const override {
    const bool differentiable = torch::GradMode::is_enabled();
    const torch::AutoGradMode enabled(true);  // the penalty is a gradient, also where none is asked for
    const torch::Tensor seen = images.detach().clone().requires_grad_(true);
    const torch::Tensor codes = model.encode(seen);
    const torch::Tensor decoded = model.decode(codes);
    const torch::Tensor objective =
        reconstruction_loss(decoded, images) +
        coefficient_ / static_cast<double>(elements(images)) * squared_jacobian(codes, seen, probes_, samples, differentiable);
    return whole_loss(model, differentiable ? objective : objective.detach(), codes, decoded, images, samples);
  }

  bool second_derivatives() const override { return true; }

 private:
  double coefficient_;
  std::int64_t probes_;
};

const RegisterMethod registered{method_kind<Cae>(
    "cae", "contractive autoencoder: penalty on the encoder's Jacobian",
    {{.path = "model.penalty", .fallback = 0.1, .help = "coefficient of the Jacobian's squared norm", .least = 0},
     {.path = "model.probes",
      .fallback = std::int64_t{1},
      .help = "random directions by which the Jacobian's norm is estimated; 0: exactly, as many passes as latents",
      .least = 0,
      .most = 4096}})};

}  // namespace
}  // namespace irmae::models::cae_method
