// SPDX-License-Identifier: MIT
// Methods beyond the paper's: losses against their formulas written out here, gradients against finite differences, and
// terms of a whole batch against the same batch shared by several ranks.
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/ops/linalg_eigvalsh.h>
#include <ATen/ops/linalg_matrix_rank.h>
#include <ATen/ops/linalg_svd.h>
#include <ATen/ops/linalg_svdvals.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include <barrier>
#include <map>
#include <thread>

#include "framework/data/dataset.h"
#include "framework/models/method.h"
#include "framework/models/spectral_norm.h"
#include "storage/error.h"
#include "tests/cell_of.h"
#include "tests/models/every_method.h"

namespace irmae {
namespace {

using torch::Tensor;

manifest::Cell cell_with(const std::string& method, std::vector<std::string> overrides = {}) {
  overrides.insert(overrides.begin(), {"model.method=" + method, "model.latent=4", "train.precision=float64"});
  return tests::cell_of(overrides);
}

/// Images that differ from each other, float64 [count, 3, 32, 32].
Tensor some_images(std::int64_t count) {
  return data::normal_noise(7, data::Stream::validation, 0, count, 3 * 32 * 32)
      .view({count, 3, 32, 32})
      .mul(0.3)
      .add(0.5)
      .to(torch::kFloat64);
}

struct Made {
  std::unique_ptr<models::Method> method;
  std::shared_ptr<models::Autoencoder> model;
};

Made make(const manifest::Cell& cell) {
  auto method = models::make_method(cell);
  auto model = method->make_model({3, 32, 32});
  return {std::move(method), std::move(model)};
}

double reconstruction(const Tensor& decoded, const Tensor& images) {
  return (decoded - images).square().mean().item<double>() * static_cast<double>(images.size(0));
}

TEST(IrmaeWd, TakesThePapersRegularisationAndDepth) {
  const manifest::Cell cell = cell_with("irmae-wd");

  EXPECT_EQ(cell.text("train.optimizer"), "adam") << "the decay is a term of the objective";
  EXPECT_EQ(cell.real("train.weight_decay"), 1e-6);
  EXPECT_EQ(make(cell).model->stack()->matrices().size(), 4U);
  EXPECT_EQ(cell_with("irmae").real("train.weight_decay"), 0);
}

TEST(Lorae, HasOneMatrixOnEveryDataSet) {
  for (const char* data : {"shapes", "mnist", "celeba"})
    EXPECT_EQ(cell_with("lorae", {std::string("data.name=") + data}).integer("model.linear_layers"), 1) << data;
}

TEST(Lorae, AddsTheSumOfTheMatrixSingularValuesOnceABatch) {
  const auto [method, model] = make(cell_with("lorae", {"model.penalty=0.5"}));
  const Tensor images = some_images(3), w = model->stack()->matrices().at(0);
  const double nuclear = at::linalg_eigvalsh(w.t().mm(w).detach()).clamp_min(0).sqrt().sum().item<double>();
  const double expected = reconstruction(model->decode(model->encode(images)), images) + 3 * 0.5 * nuclear;

  EXPECT_EQ(model->stack()->matrices().size(), 1U);
  EXPECT_NEAR(method->loss(*model, images, {}).objective.item<double>(), expected, 1e-9);
}

TEST(LeastVolume, AddsTheGeometricMeanOfTheStandardDeviations) {
  const auto [method, model] = make(cell_with("least-volume", {"model.penalty=0.5", "model.eta=0.25"}));
  const Tensor images = some_images(5), z = model->encode(images);
  double product = 1;
  for (std::int64_t i = 0; i < 4; ++i) product *= z.select(1, i).std(/*unbiased=*/true).item<double>() + 0.25;
  const double expected = reconstruction(model->decode(z), images) + 5 * 0.5 * std::pow(product, 1.0 / 4);

  EXPECT_NEAR(method->loss(*model, images, {}).objective.item<double>(), expected, 1e-9);
}

TEST(LeastVolume, OfOneSampleHasAFiniteGradient) {
  const auto [method, model] = make(cell_with("least-volume"));
  method->loss(*model, some_images(1), {}).objective.backward();

  for (const Tensor& parameter : model->parameters()) EXPECT_TRUE(parameter.grad().isfinite().all().item<bool>());
}

/// The layers as a matrix, [outputs, inputs], without bias.
Tensor as_matrix(torch::nn::Sequential layers, std::vector<std::int64_t> shape) {
  const torch::NoGradGuard no_grad;
  const std::int64_t inputs = c10::multiply_integers(shape);
  shape.insert(shape.begin(), inputs);
  const Tensor bias = layers->forward(torch::zeros(shape, torch::kFloat64)).view({inputs, -1});
  return (layers->forward(torch::eye(inputs, torch::kFloat64).view(shape)).view({inputs, -1}) - bias).t();
}

TEST(SpectralNorm, DividesALayerByTheNormOfItsLinearMap) {
  torch::manual_seed(3);
  const auto deconv = [](int stride) {
    return torch::nn::Sequential(
        torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(5, 4, 4).stride(stride).padding(1)));
  };
  std::vector<std::pair<torch::nn::Sequential, std::vector<std::int64_t>>> cases = {
      {deconv(1), {5, 4, 4}}, {deconv(2), {5, 4, 4}}, {torch::nn::Sequential(torch::nn::Linear(12, 9)), {12}}};
  for (auto& [plain, shape] : cases) {
    plain->to(torch::kFloat64);
    const Tensor weight = plain->named_parameters()["0.weight"].data();
    weight.mul_(3).add_(0.2);  // one direction that stands out, as in trained layers
    const auto normalised = models::spectrally_normalised(plain);
    const Tensor before = as_matrix(plain, shape), after = as_matrix(normalised, shape);
    const double norm = at::linalg_svdvals(before)[0].item<double>(), left = at::linalg_svdvals(after)[0].item<double>();

    EXPECT_GT(norm, 1.5) << "the test has nothing to normalise";
    EXPECT_GE(left, 1 - 1e-9) << "the norm found is a lower bound";
    EXPECT_LE(left, 1.02);
    EXPECT_TRUE(torch::allclose(after, before * (left / norm)));
    EXPECT_TRUE(normalised->named_parameters().contains("0.weight"));
  }
}

TEST(SpectralNorm, RefusesALayerThatItDoesNotKnow) {
  EXPECT_THROW(models::spectrally_normalised(torch::nn::Sequential(torch::nn::Conv2d(1, 1, 1))), Error);
}

TEST(Rrae, DecodesTheTruncatedSingularValueDecompositionOfTheBatch) {
  const auto [method, model] = make(cell_with("rrae", {"model.rank_max=2"}));
  const Tensor images = some_images(6), y = model->features(images).detach();
  const auto [u, s, vh] = at::linalg_svd(y, /*full_matrices=*/false);
  const Tensor truncated = u.narrow(1, 0, 2).mm(torch::diag(s.narrow(0, 0, 2))).mm(vh.narrow(0, 0, 2));
  const models::Loss loss = method->loss(*model, images, {});

  EXPECT_TRUE(torch::allclose(loss.codes, truncated, 1e-6, 1e-9));
  EXPECT_NEAR(loss.objective.item<double>(), reconstruction(model->decode(truncated), images), 1e-9);
}

TEST(Rrae, IsAPlainAutoencoderWhereTheRankIsNoLess) {
  const auto [method, model] = make(cell_with("rrae"));
  const Tensor images = some_images(6);

  EXPECT_NEAR(method->loss(*model, images, {}).objective.item<double>(),
              reconstruction(model->decode(model->features(images)), images), 1e-9);
}

TEST(Rrae, IsMeasuredWithTheLeadingDirectionsOfTrainingCodes) {
  const auto [method, model] = make(cell_with("rrae", {"model.rank_max=2"}));
  const torch::NoGradGuard no_grad;
  const Tensor images = some_images(9);
  const auto first = images.narrow(0, 0, 4), second = images.narrow(0, 4, 5);
  method->prepare(*model, [&](const auto& statistic) { return statistic(first) + statistic(second); });
  model->eval();
  const auto vh = std::get<2>(at::linalg_svd(model->features(images), /*full_matrices=*/false)).narrow(0, 0, 2);
  const Tensor other = some_images(12).narrow(0, 9, 3), expected = model->features(other).mm(vh.t()).mm(vh);

  EXPECT_TRUE(torch::allclose(method->codes(*model, other), expected, 1e-6, 1e-9));
  EXPECT_TRUE(torch::allclose(method->loss(*model, other, {}).codes, expected, 1e-6, 1e-9));
  EXPECT_EQ(at::linalg_matrix_rank(model->named_parameters()["stack.W1"]).item<std::int64_t>(), 2);
}

TEST(Rae, PenalisesTheCodeAndTheDecodersGradient) {
  const auto [method, model] = make(cell_with("rae", {"model.code_penalty=0.5", "model.decoder_coefficient=1000"}));
  const Tensor images = some_images(3);
  const models::Samples samples{.seed = 5, .first = 20};
  double jacobian = 0;
  const torch::NoGradGuard no_grad;
  const Tensor z = model->encode(images);
  const Tensor signs = data::normal_noise(5, data::Stream::train_noise, 20, 3, 3 * 32 * 32).sign().view({3, 3, 32, 32});
  for (std::int64_t i = 0; i < 4; ++i) {  // v^T dD/dz_i by central differences
    Tensor step = torch::zeros_like(z);
    step.select(1, i).fill_(1e-7);
    const Tensor slope = (model->decode(z + step) - model->decode(z - step)) / 2e-7;
    jacobian += (slope * signs).sum({1, 2, 3}).square().sum().item<double>();
  }
  const double expected =
      reconstruction(model->decode(z), images) + 0.5 * z.square().sum().item<double>() / 4 + 1000 * jacobian;

  EXPECT_GT(1000 * jacobian, 0.1);
  EXPECT_NEAR(method->loss(*model, images, samples).objective.item<double>(), expected, 1e-5 * expected);
}

TEST(Rae, PenalisesTheDecodersWeightsOnceABatch) {
  const auto [method, model] =
      make(cell_with("rae", {"model.code_penalty=0", "model.decoder_penalty=weights", "model.decoder_coefficient=0.25"}));
  const Tensor images = some_images(3);
  double weights = 0;
  for (const auto& parameter : model->named_parameters())
    if (parameter.key().find("decoder") == 0) weights += parameter.value().square().sum().item<double>();

  EXPECT_NEAR(method->loss(*model, images, {}).objective.item<double>(),
              reconstruction(model->decode(model->encode(images)), images) + 3 * 0.25 * weights, 1e-9);
}

/// |d encoder / d image|^2 of each image, summed: row by row.
double encoder_jacobian(models::Autoencoder& model, const Tensor& images) {
  double sum = 0;
  for (std::int64_t k = 0; k < images.size(0); ++k)
    for (std::int64_t i = 0; i < 4; ++i) {
      const Tensor one = images.narrow(0, k, 1).clone().requires_grad_(true);
      sum += torch::autograd::grad({model.encode(one)[0][i]}, {one})[0].square().sum().item<double>();
    }
  return sum;
}

TEST(Cae, PenalisesTheEncodersJacobian) {
  const auto [method, model] = make(cell_with("cae", {"model.penalty=50", "model.probes=0"}));
  const Tensor images = some_images(3);
  const double jacobian = encoder_jacobian(*model, images);
  const double expected = reconstruction(model->decode(model->encode(images)), images) + 50 * jacobian / 3072;

  EXPECT_GT(50 * jacobian / 3072, 1e-6);
  EXPECT_NEAR(method->loss(*model, images, {}).objective.item<double>(), expected, 1e-9);
}

TEST(Cae, EstimatesTheJacobianWithoutBias) {
  const auto [method, model] = make(cell_with("cae", {"model.penalty=1e6", "model.probes=60"}));
  const Tensor images = some_images(3);
  const double plain = reconstruction(model->decode(model->encode(images)), images);
  const double estimate = (method->loss(*model, images, {}).objective.item<double>() - plain) * 3072 / 1e6;
  const double exact = encoder_jacobian(*model, images);

  EXPECT_NEAR(estimate, exact, 0.2 * exact);
}

TEST(Vae, MinimisesTheCrossEntropyOfDrawnCodesAndTheirDivergenceFromThePrior) {
  const auto [method, model] = make(cell_with("vae", {"model.beta=0.25"}));
  for (const char* parameter : {"encoder.8.weight", "decoder.1.weight"}) model->named_parameters()[parameter].data().mul_(20);
  const Tensor images = some_images(3).sigmoid().contiguous();
  const Tensor noise = torch::linspace(-1.5, 2, 12, torch::kFloat64).view({3, 4});

  const Tensor outputs = model->encode(images).detach();
  Tensor codes = torch::zeros({3, 4}, torch::kFloat64);
  double divergence = 0;  // from the prior, of all samples
  for (int i = 0; i < 3; ++i)
    for (int k = 0; k < 4; ++k) {
      const auto mean = outputs[i][k].item<double>(), log_variance = outputs[i][4 + k].item<double>();
      divergence -= 0.5 * (1 + log_variance - mean * mean - std::exp(log_variance));
      codes[i][k] = mean + std::exp(log_variance / 2) * noise[i][k].item<double>();
    }
  const Tensor decoded = model->decode(codes).detach().contiguous();
  const double *x = images.data_ptr<double>(), *p = decoded.data_ptr<double>();
  double entropy = 0;
  for (std::int64_t i = 0; i < images.numel(); ++i) entropy -= x[i] * std::log(p[i]) + (1 - x[i]) * std::log1p(-p[i]);
  // Means over an image's elements and over latents, and the divergence without its 1/2, as the authors' code has them.
  const double expected = entropy / (3 * 32 * 32) + 0.25 * 2 * divergence / 4;

  EXPECT_GT(divergence, 1e-3);
  const models::Samples given{.ready = [&](std::int64_t) { return noise; }};
  EXPECT_NEAR(method->loss(*model, images, given).objective.item<double>(), expected, 1e-9);
}

TEST(Vae, IsMeasuredByTheReconstructionsOfItsMeans) {
  const auto [method, model] = make(cell_with("vae"));
  const Tensor images = some_images(3).sigmoid();
  const Tensor mean = model->encode(images).chunk(2, 1)[0];

  model->eval();
  const models::Loss measured = method->loss(*model, images, {.seed = 5, .first = 20});

  EXPECT_NEAR(measured.reconstruction.item<double>(), reconstruction(model->decode(mean), images), 1e-12);
  EXPECT_TRUE(torch::equal(measured.images, model->decode(mean)));
  model->train();
  const models::Loss trained = method->loss(*model, images, {.seed = 5, .first = 20});
  EXPECT_FALSE(torch::equal(trained.images, measured.images)) << "training draws codes";
  EXPECT_EQ(trained.objective.item<double>(), measured.objective.item<double>()) << "the bound is of drawn codes always";
}

TEST(Vae, HasAPriorAndAPosteriorWhoseMeansAreTheCodes) {
  const auto [method, model] = make(cell_with("vae"));
  const Tensor images = some_images(3), outputs = model->encode(images);
  const models::PosteriorOf posterior_of = method->posterior();
  ASSERT_TRUE(posterior_of);
  const auto [mean, log_variance] = posterior_of(*model, images);

  EXPECT_TRUE(torch::equal(mean, outputs.narrow(1, 0, 4)));
  EXPECT_TRUE(torch::equal(log_variance, outputs.narrow(1, 4, 4)));
  EXPECT_TRUE(torch::equal(mean, method->codes(*model, images)));
  EXPECT_TRUE(method->has_prior());
}

TEST(Methods, WithAPosteriorHaveAPriorAndThoseWhoseCodesAreFreePointsHaveNeither) {
  for (const std::string& name : tests::every_method()) {
    const auto method = models::make_method(cell_with(name));
    EXPECT_TRUE(method->has_prior() || !method->posterior()) << name << ": no evidence bound without a prior";
  }
  for (const char* name : {"ae", "cae", "dae", "irmae", "irmae-fixed", "irmae-nonlinear", "irmae-shared", "irmae-wd", "l1",
                           "l2", "least-volume", "lorae", "rae", "rrae"}) {
    const auto method = models::make_method(cell_with(name));
    EXPECT_FALSE(method->has_prior()) << name;
    EXPECT_FALSE(method->posterior()) << name;
  }
}

TEST(Dae, ReconstructsTheCleanImageFromANoisyOne) {
  const auto [method, model] = make(cell_with("dae", {"model.noise=0.5"}));
  const Tensor images = some_images(3);
  const Tensor noise = data::normal_noise(5, data::Stream::train_noise, 20, 3, 3 * 32 * 32).view({3, 3, 32, 32});
  const Tensor noisy = model->decode(model->encode(images + 0.5 * noise));

  EXPECT_NEAR(method->loss(*model, images, {.seed = 5, .first = 20}).objective.item<double>(), reconstruction(noisy, images),
              1e-9);
  model->eval();
  const models::Loss measured = method->loss(*model, images, {.seed = 5, .first = 20});
  EXPECT_NEAR(measured.objective.item<double>(), reconstruction(noisy, images), 1e-9);
  EXPECT_TRUE(torch::allclose(measured.codes, model->encode(images))) << "codes are of clean images";
}

/// Settings by which every term of a method's objective counts beside the reconstruction, where the defaults leave it too small
/// to be seen; of a method that has several forms, those of each.
const std::map<std::string, std::vector<std::vector<std::string>>> kSettings = {
    {"cae", {{"model.penalty=100"}}},
    {"dae", {{"model.noise=0.5"}}},
    {"l1", {{"model.penalty=0.5"}}},
    {"l2", {{"model.penalty=0.5"}}},
    {"least-volume", {{"model.penalty=0.5", "model.eta=0.01"}}},
    {"lorae", {{"model.penalty=0.5"}}},
    {"rae",
     {{"model.code_penalty=0.5", "model.decoder_coefficient=1e-3"},
      {"model.decoder_penalty=weights", "model.decoder_coefficient=0.01"}}},
    {"rrae", {{"model.rank_max=2"}}}};

struct Variant {
  std::string name;
  manifest::Cell cell;
};

/// Every method with its kSettings; one that has none there as it is by default.
std::vector<Variant> every_variant() {
  std::vector<Variant> all;
  for (const auto& [name, forms] : kSettings)
    for (const auto& settings : forms) all.push_back({name, cell_with(name, settings)});
  for (const std::string& name : tests::every_method())
    if (!kSettings.contains(name)) all.push_back({name, cell_with(name)});
  return all;
}

/// As the cell's loss takes them: a cross-entropy is of values in 0..1.
Tensor images_for(const manifest::Cell& cell, std::int64_t count) {
  const Tensor images = some_images(count);
  return cell.text("train.loss") == "bce" ? images.clamp(0, 1) : images;
}

TEST(Methods, HaveTheGradientsOfTheirObjectives) {
  for (const auto& [name, cell] : every_variant()) {
    const auto [method, model] = make(cell);
    const Tensor images = images_for(cell, 4);
    // Codes and their effect as large as trained ones: every way by which the objective depends on them then shows.
    for (const char* parameter : {"encoder.8.weight", "decoder.1.weight"}) model->named_parameters()[parameter].data().mul_(20);
    method->loss(*model, images, {}).objective.backward();
    for (const char* parameter : {"encoder.8.weight", "encoder.0.bias", "decoder.1.bias"}) {
      const Tensor value = model->named_parameters()[parameter], before = value.detach().clone();
      const Tensor direction =
          data::normal_noise(9, data::Stream::train_noise, 0, 1, value.numel()).view(value.sizes()).to(torch::kFloat64);
      const auto at = [&](double x) {
        value.data().copy_(before + x * direction);
        return method->loss(*model, images, {}).objective.item<double>();
      };
      const double step = 1e-7, slope = (at(step) - at(-step)) / (2 * step);
      value.data().copy_(before);

      EXPECT_NEAR((value.grad() * direction).sum().item<double>(), slope, 1e-4 * std::abs(slope) + 1e-7)
          << name << " " << parameter;
    }
  }
}

/// As the layers of a training step in bfloat16 multiply.
class Autocast {
 public:
  Autocast() {
    at::autocast::set_autocast_dtype(at::kCPU, torch::kBFloat16);
    at::autocast::set_autocast_enabled(at::kCPU, true);
  }
  ~Autocast() { at::autocast::set_autocast_enabled(at::kCPU, false); }
};

TEST(Methods, ComputeTheirLossesInFloat32UnderAutocast) {
  const Tensor images = some_images(6).clamp(0, 1).to(torch::kFloat32);
  std::vector<std::vector<std::string>> variants = {{"ae", "train.loss=bce", "model.output=sigmoid"}};
  for (const std::string& name : tests::every_method()) variants.push_back({name});
  for (std::vector<std::string> variant : variants) {
    const std::string name = variant.front();
    variant.erase(variant.begin());
    variant.emplace_back("train.precision=float32");
    const auto [method, model] = make(cell_with(name, variant));
    model->second_derivatives(true);  // LibTorch's layers, which autocast is for
    const double wanted = method->loss(*model, images, {}).objective.item<double>();

    const models::Loss loss = [&, method = method.get(), model = model.get()] {
      const Autocast bfloat16;
      return method->loss(*model, images, {});
    }();
    loss.objective.backward();

    EXPECT_NE(loss.objective.item<double>(), wanted) << name << ": layers multiply in bfloat16";
    EXPECT_NEAR(loss.objective.item<double>(), wanted, 0.02 * wanted) << name;
    for (const Tensor& result : {loss.objective, loss.codes, loss.images})
      EXPECT_EQ(result.scalar_type(), torch::kFloat32) << name;
    for (const auto& parameter : model->named_parameters()) {
      if (!parameter.value().requires_grad()) continue;
      EXPECT_EQ(parameter.value().grad().scalar_type(), torch::kFloat32) << name << " " << parameter.key();
      EXPECT_TRUE(parameter.value().grad().isfinite().all().item<bool>()) << name << " " << parameter.key();
    }
  }
}

TEST(Methods, AreMeasuredWithoutGradients) {
  const torch::NoGradGuard no_grad;
  for (const auto& [name, cell] : every_variant()) {
    const auto [method, model] = make(cell);
    model->eval();
    const models::Loss loss = method->loss(*model, images_for(cell, 2), {});
    EXPECT_TRUE(std::isfinite(loss.objective.item<double>())) << name;
    EXPECT_FALSE(loss.objective.requires_grad()) << name;
  }
}

/// The objective and its gradients when the images are shared out in these counts, each on a thread with a model of its own.
std::pair<double, std::vector<Tensor>> on_ranks(const manifest::Cell& cell, const Tensor& images,
                                                const std::vector<std::int64_t>& counts) {
  std::vector<Made> made;
  for (std::size_t rank = 0; rank < counts.size(); ++rank) made.push_back(make(cell));
  std::barrier all(static_cast<std::ptrdiff_t>(counts.size()));
  std::vector<Tensor> given(counts.size());
  std::vector<double> objectives(counts.size(), 0);
  std::vector<std::thread> threads;
  for (std::size_t rank = 0; rank < counts.size(); ++rank)
    threads.emplace_back([&, rank] {
      at::set_num_threads(1);
      std::int64_t first = 0;
      for (std::size_t before = 0; before < rank; ++before) first += counts[before];
      const auto add = [&, rank](const Tensor& own) {
        given[rank] = own.detach().clone();
        all.arrive_and_wait();
        Tensor sum = given[0].clone();
        for (std::size_t other = 1; other < given.size(); ++other) sum += given[other];
        all.arrive_and_wait();
        return sum;
      };
      const models::Samples samples{.seed = 5, .first = first, .count = counts[rank], .global = images.size(0), .add = add};
      const Made& mine = made[rank];
      const Tensor part = images.narrow(0, first, counts[rank]);
      if (counts[rank] == 0) {
        const torch::NoGradGuard no_grad;
        if (mine.method->whole_batch()) mine.method->loss(*mine.model, part, samples);
        return;
      }
      const models::Loss loss = mine.method->loss(*mine.model, part, samples);
      objectives[rank] = loss.objective.item<double>();
      loss.objective.backward();
    });
  for (std::thread& thread : threads) thread.join();
  std::pair<double, std::vector<Tensor>> result;
  for (const double objective : objectives) result.first += objective;
  for (std::size_t rank = 0; rank < counts.size(); ++rank) {
    if (counts[rank] == 0) continue;
    std::vector<Tensor> gradients;
    for (const Tensor& parameter : made[rank].model->parameters())
      if (parameter.requires_grad()) gradients.push_back(parameter.grad());
    if (result.second.empty()) {
      result.second = gradients;
      continue;
    }
    for (std::size_t i = 0; i < gradients.size(); ++i) result.second[i] = result.second[i] + gradients[i];
  }
  return result;
}

TEST(Methods, GiveEqualObjectivesAndGradientsHoweverABatchIsSharedOut) {
  for (const auto& [name, cell] : every_variant()) {
    const Tensor images = images_for(cell, 5);
    const auto whole = on_ranks(cell, images, {5});
    const std::vector<std::vector<std::int64_t>> shares = {{2, 0, 3}, {1, 1, 1, 2}};
    for (const auto& counts : shares) {
      const auto shared = on_ranks(cell, images, counts);
      EXPECT_NEAR(shared.first, whole.first, 1e-9 * std::abs(whole.first)) << name;
      for (std::size_t i = 0; i < whole.second.size(); ++i)
        EXPECT_TRUE(torch::allclose(shared.second[i], whole.second[i], 1e-7, 1e-10))
            << name << " parameter " << i << " on " << counts.size() << " ranks";
    }
  }
}

}  // namespace
}  // namespace irmae
