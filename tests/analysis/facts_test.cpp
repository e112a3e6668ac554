// SPDX-License-Identifier: MIT
// What the report says of the runs in its captions.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "analysis/report/selection.h"
#include "tests/contains.h"

namespace irmae::analysis {
namespace {

TEST(Facts, AreInTheSingularWhereThereIsOne) {
  const auto facts_of = [](std::int64_t number, std::int64_t seeds) {
    std::vector<analysis::Run> runs(static_cast<std::size_t>(seeds));
    for (std::int64_t seed = 1; seed <= seeds; ++seed)
      runs[static_cast<std::size_t>(seed - 1)].identity.parameters = {{"data.name", std::string("array")},
                                                                      {"data.train_size", number},
                                                                      {"model.latent", number},
                                                                      {"train.epochs", number},
                                                                      {"train.seed", seed}};
    return report_page::facts(runs);
  };

  EXPECT_EQ(facts_of(1, 1), "array: scale none, 1 training sample, 1 epoch, 1 latent, seed 1");
  EXPECT_EQ(facts_of(3, 2), "array: scale none, 3 training samples, 3 epochs, 3 latents, seeds 1, 2");
}

TEST(Facts, HaveTheLearningRates) {
  std::vector<analysis::Run> runs(2);
  const auto facts_with = [&](double first, double second) {
    for (std::size_t i = 0; i < 2; ++i)
      runs[i].identity.parameters = {{"data.name", std::string("array")},
                                     {"model.latent", std::int64_t{3}},
                                     {"train.batch", std::int64_t{32}},
                                     {"train.learning_rate", i == 0 ? first : second},
                                     {"train.seed", std::int64_t{1}}};
    return report_page::facts(runs);
  };

  EXPECT_EQ(facts_with(1e-3, 1e-3), "array: scale none, 32 a batch, learning rate 0.001, 3 latents, seed 1");
  EXPECT_EQ(facts_with(1e-3, 1e-4), "array: scale none, 32 a batch, learning rates 0.0001, 0.001, 3 latents, seed 1");
}

TEST(Facts, SayWhatTheFilesOfADataSetWere) {
  analysis::Run faces, shapes;
  faces.identity.parameters = {{"data.name", std::string("celeba")}, {"data.train_size", std::int64_t{0}}};
  faces.provenance = {{"data", std::string("celeba-half: 500 + 100 images of 89 x 109 pixels, crop 74")}};
  shapes.identity.parameters = {{"data.name", std::string("shapes")}};
  shapes.provenance = {{"data", std::string("synthetic")}};
  const std::string text = report_page::facts({faces, shapes});

  EXPECT_EQ(text.find("celeba (celeba-half: 500 + 100 images of 89 x 109 pixels, crop 74): scale none, all training samples"),
            0U)
      << text;
  EXPECT_CONTAINS(text, "shapes: scale none");
}

}  // namespace
}  // namespace irmae::analysis
