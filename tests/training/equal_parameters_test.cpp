// SPDX-License-Identifier: MIT
// A rank whose parameters are not the others': every rank is told which parameter of which rank.
#include "framework/training/equal_parameters.h"

#include <gtest/gtest.h>

#include "framework/training/cell_model.h"
#include "tests/cell_of.h"
#include "tests/contains.h"
#include "tests/distributed/session.h"
#include "tests/message_of.h"

namespace irmae::training {
namespace {

class EqualParameters : public ::testing::Test {
 protected:
  /// What the ranks are told when the last one's second parameter has `value` in one place.
  std::string told(float value) {
    const distributed::FlatParameters::Named named{{"first", torch::ones({20, 3}, torch::requires_grad())},
                                                   {"second", torch::ones({7}, torch::requires_grad())},
                                                   {"third", torch::ones({40}, torch::requires_grad())}};
    const distributed::FlatParameters parameters(named);
    const torch::NoGradGuard no_grad;
    if (world->rank() == last) named[1].second[3] = value;
    return tests::message_of<distributed::SharedError>([&] { check_equal_parameters(parameters, *world, "at the start"); });
  }

  std::unique_ptr<distributed::Communicator> world = tests::session->world(std::chrono::seconds(60));
  int last = world->size() - 1;
};

TEST_F(EqualParameters, AreTakenInSilence) { EXPECT_EQ(told(1), ""); }

TEST_F(EqualParameters, WhereOneDiffersByABitItAndItsRankAreNamedOnEveryRank) {
  if (last == 0) GTEST_SKIP() << "for several ranks";

  EXPECT_EQ(told(1.0000001F).find("parameter second of rank " + std::to_string(last) + " differs from rank 0's at the start"),
            0U);
}

TEST_F(EqualParameters, AreWantedOfAModelThatIsBuilt) {
  if (last == 0) GTEST_SKIP() << "for several ranks";
  const manifest::Cell cell = tests::cell_of({"model.method='ae'", "data.train_size=4", "data.validation_size=4",
                                              "train.seed=" + std::to_string(world->rank() == last ? 2 : 1)});
  const auto dataset = data::open(cell);
  const std::string told =
      tests::message_of<distributed::SharedError>([&] { const CellModel model(cell, *dataset, *world, {}); });

  EXPECT_CONTAINS(told, " of rank " + std::to_string(last) + " differs from rank 0's at the start");
}

}  // namespace
}  // namespace irmae::training
