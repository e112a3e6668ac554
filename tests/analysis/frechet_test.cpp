// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "analysis/frechet/feature_network.h"
#include "analysis/frechet/statistics.h"
#include "framework/data/dataset.h"
#include "storage/error.h"
#include "tests/analysis/frechet_apart.h"
#include "tests/analysis/made_network.h"
#include "tests/analysis/raw_file.h"
#include "tests/cell_of.h"
#include "tests/contains.h"
#include "tests/message_of.h"
#include "tests/python.h"
#include "tests/temporary_folder.h"

namespace irmae::frechet {
namespace {

using torch::Tensor;

Statistics statistics_of(const Tensor& features) {
  Sums sums(features.size(1));
  sums.add(features);
  return sums.statistics();
}

/// float64 [count, width] with correlated columns of different sizes.
Tensor features(std::uint64_t seed, std::int64_t count, std::int64_t width) {
  const Tensor noise = data::normal_noise(seed, data::Stream::density_noise, 0, count, width).to(torch::kFloat64);
  const Tensor mix = data::normal_noise(seed, data::Stream::train_noise, 0, width, width).to(torch::kFloat64);
  return noise.mm(mix) * torch::linspace(0.1, 2, width, torch::kFloat64) + 0.1 * static_cast<double>(seed);
}

/// What scipy says, or NaN.
double of_scipy(const Tensor& a, const Tensor& b) {
  const tests::TemporaryFolder folder;
  tests::write_raw(folder / "a.bin", a);
  tests::write_raw(folder / "b.bin", b);
  const auto result =
      tests::run(IRMAE_PYTHON " " IRMAE_SOURCE_DIR "/tests/analysis/frechet_oracle.py " + (folder / "a.bin").string() + " " +
                 (folder / "b.bin").string() + " " + std::to_string(a.size(1)));
  EXPECT_EQ(result.status, 0) << result.output;
  return result.status == 0 ? std::stod(result.output) : std::numeric_limits<double>::quiet_NaN();
}

bool scipy() { return tests::python_has("scipy"); }

TEST(FrechetDistance, IsThatOfScipy) {
  if (!scipy()) GTEST_SKIP() << "Python has no scipy";
  const Tensor a = features(1, 500, 20), b = features(2, 300, 20);
  const double wanted = of_scipy(a, b);

  EXPECT_GT(wanted, 0.1);
  EXPECT_NEAR(distance(statistics_of(a), statistics_of(b)), wanted, 1e-6 * wanted);
  EXPECT_NEAR(distance(statistics_of(b), statistics_of(a)), wanted, 1e-6 * wanted);
}

TEST(FrechetDistance, OfASetToItselfIsNothing) {
  const Statistics full = statistics_of(features(1, 500, 20));
  const Statistics singular = statistics_of(features(1, 10, 20));  // fewer samples than features

  EXPECT_NEAR(distance(full, full), 0, 1e-6);
  EXPECT_NEAR(distance(singular, singular), 0, 1e-6);
}

TEST(FrechetDistance, OfShiftedSetsIsTheShiftsSquare) {
  const Tensor a = features(1, 500, 20);

  EXPECT_NEAR(distance(statistics_of(a), statistics_of(a + 0.5)), 20 * 0.25, 1e-5);
}

TEST(FrechetSums, OfPartsAreThoseOfTheWhole) {
  const Tensor all = features(1, 100, 5);
  Sums sums(5);
  sums.add(all.narrow(0, 0, 30));
  sums.add(all.narrow(0, 30, 70));
  const Tensor centred = all - all.mean(0);

  EXPECT_EQ(sums.statistics().count, 100);
  EXPECT_TRUE(torch::allclose(sums.statistics().mean, all.mean(0), 1e-9));
  EXPECT_TRUE(torch::allclose(sums.statistics().covariance, centred.t().mm(centred) / 99, 1e-9));
  EXPECT_THROW(statistics_of(all.narrow(0, 0, 1)), Error);
}

/// uint8 images in which neighbours are alike; `seed` changes what is in them.
Tensor pictures(std::uint64_t seed, std::int64_t count, std::int64_t channels) {
  const Tensor coarse = data::normal_noise(seed, data::Stream::train_noise, 0, count, channels * 64)
                            .view({count, channels, 8, 8})
                            .repeat_interleave(4, 2)
                            .repeat_interleave(4, 3);
  return (coarse * 40 + 100 + 10 * static_cast<double>(seed)).clamp(0, 255).to(torch::kUInt8);
}

class FeatureNetworks : public ::testing::TestWithParam<std::pair<std::string, int>> {};

TEST_P(FeatureNetworks, GiveDistancesThatAgreeWithScipy) {
  const auto [file, channels] = GetParam();
  const char* models = std::getenv("IRMAE_MODELS");
  if (!models) GTEST_SKIP() << "IRMAE_MODELS is not set";
  if (!std::filesystem::exists(std::filesystem::path(models) / file)) GTEST_SKIP() << "IRMAE_MODELS has no " << file;
  if (!scipy()) GTEST_SKIP() << "Python has no scipy";
  const FeatureNetwork network(file, {channels, 32, 32}, torch::kCPU);
  // Fewer images than the Inception's features: its covariances are singular, where a general root loses most digits.
  const std::int64_t count = network.width() > 100 ? 24 : 400;
  const Tensor a = network.features(pictures(1, count, channels)).to(torch::kFloat64);
  const Tensor b = network.features(pictures(2, count, channels)).to(torch::kFloat64);
  const double mine = distance(statistics_of(a), statistics_of(b));

  EXPECT_EQ(network.hash().size(), 64U);
  EXPECT_EQ(network.file(), file);
  EXPECT_EQ(a.size(1), network.width());
  EXPECT_GT(mine, 0);
  if (network.width() < 100) {
    const double wanted = of_scipy(a, b);
    EXPECT_NEAR(mine, wanted, 1e-6 * wanted);
  } else {
    const double wanted = tests::frechet_apart(a, b);
    EXPECT_NEAR(mine, wanted, 1e-6 * wanted);
  }
  EXPECT_NEAR(distance(statistics_of(a), statistics_of(a)), 0, 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Real, FeatureNetworks,
                         ::testing::Values(std::pair{std::string("lenet-mnist-features84.pt"), 1},
                                           std::pair{std::string("inception-2015-12-05-features768.pt"), 3}));

/// Features of images of a real data set: two halves of them are close, and a set is nothing from itself.
class RealImages : public ::testing::TestWithParam<std::tuple<std::string, std::string, std::string>> {};

TEST_P(RealImages, AreNothingFromThemselvesAndLittleFromOthersOfTheirKind) {
  const auto& [name, folder, file] = GetParam();
  const char *const models = std::getenv("IRMAE_MODELS"), *const data = std::getenv("IRMAE_DATA");
  if (!models || !std::filesystem::exists(std::filesystem::path(models) / file)) GTEST_SKIP() << "IRMAE_MODELS has no " << file;
  if (!data || !std::filesystem::exists(std::filesystem::path(data) / folder)) GTEST_SKIP() << "IRMAE_DATA has no " << folder;
  const auto set = data::open(tests::cell_of({"data.name='" + name + "'", "data.train_size=64", "data.validation_size=400"}));
  const FeatureNetwork network(file, set->shape(), torch::kCPU);
  const std::int64_t half = network.width() > 100 ? 12 : 200;
  const auto of = [&](std::int64_t first) {
    const Tensor images = set->batch(data::Split::validation, data::consecutive(first, half)).images;
    return network.features((images * 255).round().to(torch::kUInt8)).to(torch::kFloat64);
  };
  const std::int64_t scale = set->shape()[1] / 32;
  const Tensor noise = pictures(1, half, set->shape()[0]).repeat_interleave(scale, 2).repeat_interleave(scale, 3);
  const Tensor one = of(0), other = of(half), of_noise = network.features(noise).to(torch::kFloat64);

  const double between = distance(statistics_of(one), statistics_of(other));

  EXPECT_NEAR(distance(statistics_of(one), statistics_of(one)), 0, 1e-6);
  EXPECT_GT(between, 0);
  EXPECT_LT(between, 0.5 * distance(statistics_of(one), statistics_of(of_noise)));
}

INSTANTIATE_TEST_SUITE_P(Real, RealImages,
                         ::testing::Values(std::tuple{"mnist", "mnist", "lenet-mnist-features84.pt"},
                                           std::tuple{"celeba", "celeba-half", "inception-2015-12-05-features768.pt"}));

std::string why_not(const std::string& file) {
  return tests::message_of([&] { const FeatureNetwork network(file, {1, 32, 32}, torch::kCPU); });
}

TEST(FeatureNetwork, ThatIsNotThereIsNamedWithTheWayOut) {
  const std::string message = why_not("absent.pt");

  EXPECT_CONTAINS(message, "absent.pt is not there");
  EXPECT_CONTAINS(message, "IRMAE_MODELS");
}

TEST(FeatureNetwork, ThatIsThereAndCannotBeUsedIsToldFromOneThatIsAbsent) {
  const tests::TemporaryFolder folder;
  const std::string text = (folder / "text.pt").string();
  std::ofstream(text) << "not a network";

  EXPECT_EQ(why_no_network(text), "");
  EXPECT_CONTAINS(why_unusable(text, {1, 32, 32}), "feature network " + text + " cannot be used on the host: ");
  const char* models = std::getenv("IRMAE_MODELS");
  const std::string lenet = "lenet-mnist-features84.pt";
  if (!models || !std::filesystem::exists(std::filesystem::path(models) / lenet)) GTEST_SKIP() << "IRMAE_MODELS has no LeNet";
  EXPECT_EQ(why_unusable(lenet, {1, 32, 32}), "");
  EXPECT_CONTAINS(why_unusable(lenet, {5, 32, 32}), "does not take uint8 images of 5 x 32 x 32");
}

TEST(FeatureNetwork, MadeAsTheManualSaysTakesColourAndGrey) {
  if (!tests::python_has("torch typing_extensions")) GTEST_SKIP() << "Python has no PyTorch";
  const tests::TemporaryFolder folder;
  const tests::Result made = tests::run("cd " + folder.string() +
                                        " && sed -n '/^```python/,/^```/p' " IRMAE_SOURCE_DIR
                                        "/docs/manifests.md | grep -v '^```' > features.py && " IRMAE_PYTHON " features.py");
  ASSERT_EQ(made.status, 0) << made.output;
  const std::string file = (folder / "features.pt").string();
  const FeatureNetwork colour(file, {3, 32, 32}, torch::kCPU), grey(file, {1, 32, 32}, torch::kCPU);
  const Tensor images = pictures(1, 4, 1);

  EXPECT_EQ(grey.width(), 8);
  EXPECT_TRUE(torch::allclose(grey.features(images), colour.features(images.expand({-1, 3, -1, -1}).contiguous())));
}

TEST(FeatureNetwork, ThatGivesNoFeaturesOfEachImageIsToldBeforeItIsUsed) {
  const tests::TemporaryFolder folder;
  const std::string file = (folder / "made.pt").string();
  const std::pair<const char*, const char*> made[] = {
      {"images.flatten(1)[:2] * 0.5", "made.pt: gives 2 x 1024 for 3 images, not 3 x 1024"},
      {"images.flatten(1)[:, :0] * 0.5", "made.pt: gives 2 x 0 for 2 images, not 2 x features"},
      {"images.flatten() * 0.5", "made.pt: gives 2048 for 2 images, not 2 x features"},
      {"images.sum() * 0.5", "made.pt: gives a single number for 2 images"},
      {"images.flatten(1) / 0", "made.pt: gives features that are not finite"},
      {"images.flatten(1).repeat([1, 9]) * 0.5", "made.pt: gives 9216 features, more than the 8192"},
  };
  for (const auto& [code, wanted] : made) {
    // Of grey images alone, so that what it gives for three channels is not what is told.
    tests::write_network(file, std::string("assert images.size(1) == 1\n  return ") + code);
    EXPECT_CONTAINS(why_not(file), wanted);
  }
}

TEST(FeatureNetwork, ThatIsNoTorchScriptIsNamed) {
  const tests::TemporaryFolder folder;
  std::ofstream(folder / "text.pt") << "not a network";
  const std::string message = why_not((folder / "text.pt").string());

  EXPECT_CONTAINS(message, "text.pt: not a TorchScript file");
  EXPECT_LACKS(message, "\n") << "one line";
}

}  // namespace
}  // namespace irmae::frechet
