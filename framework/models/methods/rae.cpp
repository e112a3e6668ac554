// SPDX-License-Identifier: MIT
// Regularised autoencoder (Ghosh et al., ICLR 2020, arXiv 1903.12436, equations 9 to 11): reconstruction + beta x the code's
// mean square + lambda x a penalty on the decoder, either on its gradient, |d D(z) / d z|^2, or on its weights, |theta|^2. A
// density is fitted to the codes afterwards. The constants are their code's for MNIST, beta 1e-4 and lambda 0.5e-7 for the
// gradient, which is the default; with the weights theirs is 1e-7. So is the mean over the code's numbers, where the paper has
// half their sum. Not theirs: the gradient is the paper's, the squared Frobenius norm of the decoder's Jacobian, where their
// code has the mean over the latents of the squared gradient of sum_i D_i(z)^2, so that one lambda means different things; the
// weights are all of the decoder's, not those of three layers. The norm is Hutchinson's estimate with one random sign vector
// for each image, see jacobian.h: exactly it takes one backward pass for each number of an image.
#include <ATen/core/grad_mode.h>

#include "framework/models/jacobian.h"
#include "framework/models/method.h"

namespace irmae::models::rae_method {
namespace {

class Rae final : public Method {
 public:
  explicit Rae(const manifest::Cell& cell)
      : Method(cell),
        code_(cell.real("model.code_penalty")),
        decoder_(cell.real("model.decoder_coefficient")),
        gradient_(cell.text("model.decoder_penalty") == "gradient") {}

  Loss loss(Autoencoder& model, const torch::Tensor& images, const Samples& samples) const override {
    if (!gradient_) return Method::loss(model, images, samples);
    const bool differentiable = torch::GradMode::is_enabled();
    const torch::AutoGradMode enabled(true);  // the penalty is a gradient, also where none is asked for
    const torch::Tensor codes = model.encode(images);
    const torch::Tensor decoded = model.decode(codes);
    const torch::Tensor objective = reconstruction_loss(decoded, images) + penalty(codes) +
                                    decoder_ * squared_jacobian(decoded, codes, 1, samples, differentiable);
    return whole_loss(model, differentiable ? objective : objective.detach(), codes, decoded, images, samples);
  }

  bool second_derivatives() const override { return gradient_; }

  torch::Tensor batch_penalty(const Autoencoder& model, const torch::Tensor&, const Samples&) const override {
    if (gradient_) return {};
    torch::Tensor sum;
    for (const auto& parameter : model.named_parameters()) {
      if (parameter.key().rfind("decoder.", 0) != 0) continue;
      const torch::Tensor square = parameter.value().square().sum();
      sum = sum.defined() ? sum + square : square;
    }
    return decoder_ * sum;
  }

 protected:
  torch::Tensor penalty(const torch::Tensor& codes) const override { return code_ * codes.square().mean(1).sum(); }

 private:
  double code_, decoder_;
  bool gradient_;
};

const RegisterMethod registered{method_kind<Rae>(
    "rae", "regularised autoencoder: L2 penalty on the code, and one on the decoder",
    {{.path = "model.code_penalty", .fallback = 1e-4, .help = "beta, of the mean square of the code's numbers", .least = 0},
     {.path = "model.decoder_penalty",
      .fallback = std::string("gradient"),
      .help = "what of the decoder is penalised",
      .choices = {"gradient", "weights"}},
     {.path = "model.decoder_coefficient",
      .fallback = 0.5e-7,
      .help = "lambda, of the decoder's penalty; the authors have 1e-7 for the weights",
      .least = 0}})};

}  // namespace
}  // namespace irmae::models::rae_method
