// SPDX-License-Identifier: MIT
// Which GPU each rank gets, and how many small cells it trains there at once: for any hosts and launchers, without a GPU.
#include "launchers/ranks/gpu_share.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "storage/error.h"
#include "tests/cell_of.h"
#include "tests/message_of.h"

namespace irmae::launchers {
namespace {

using distributed::VisibleGpus;

std::vector<int> indices(const std::vector<GpuShare>& gpus) {
  std::vector<int> all;
  for (const GpuShare& gpu : gpus) all.push_back(gpu.none() ? -1 : gpu.index);
  return all;
}

std::vector<std::string> uuids(const std::vector<GpuShare>& gpus) {
  std::vector<std::string> all;
  for (const GpuShare& gpu : gpus) all.push_back(gpu.uuid);
  return all;
}

/// How many ranks have each rank's GPU.
std::vector<int> ranks(const std::vector<GpuShare>& gpus) {
  std::vector<int> all;
  for (const GpuShare& gpu : gpus) all.push_back(gpu.ranks);
  return all;
}

/// So many ranks that see the same GPUs.
std::vector<VisibleGpus> all_see(const VisibleGpus& gpus, std::size_t count) { return std::vector<VisibleGpus>(count, gpus); }

std::string refusal(const std::vector<GpuShare>& gpus) {
  return tests::message_of<UsageError>([&] { refuse_shared_gpus(gpus); });
}

using Ints = std::vector<int>;
using Texts = std::vector<std::string>;

TEST(AssignedGpus, AreTakenInTurnByRanksThatSeeThemAll) {
  const auto four = assign_gpus(all_see({"a", "b", "c", "d"}, 4));

  EXPECT_EQ(indices(four), (Ints{0, 1, 2, 3}));
  EXPECT_EQ(ranks(four), (Ints{1, 1, 1, 1}));
  EXPECT_FALSE(four[3].shared());
  EXPECT_EQ(refusal(four), "");
  EXPECT_EQ(indices(assign_gpus(all_see({"a", "b", "c"}, 2))), (Ints{0, 1})) << "more than are needed";
}

TEST(AssignedGpus, AreTheRanksOwnWhereEachSeesAnother) {
  const auto gpus = assign_gpus({{"a"}, {"b"}, {"c"}, {"d"}});

  EXPECT_EQ(indices(gpus), (Ints{0, 0, 0, 0}));
  EXPECT_EQ(uuids(gpus), (Texts{"a", "b", "c", "d"}));
  EXPECT_EQ(ranks(gpus), (Ints{1, 1, 1, 1}));
  EXPECT_EQ(refusal(gpus), "");
}

TEST(AssignedGpus, AreThoseOfItsPairWhereTwoRanksSeeThem) {
  const auto gpus = assign_gpus({{"a", "b"}, {"a", "b"}, {"c", "d"}, {"c", "d"}});

  EXPECT_EQ(indices(gpus), (Ints{0, 1, 0, 1}));
  EXPECT_EQ(uuids(gpus), (Texts{"a", "b", "c", "d"}));
  EXPECT_EQ(refusal(gpus), "");
}

TEST(AssignedGpus, AreSharedInTurnWhereThereAreMoreRanks) {
  const auto gpus = assign_gpus(all_see({"a", "b"}, 5));

  EXPECT_EQ(indices(gpus), (Ints{0, 1, 0, 1, 0}));
  EXPECT_EQ(ranks(gpus), (Ints{3, 2, 3, 2, 3}));
  EXPECT_TRUE(gpus[1].shared());
}

TEST(AssignedGpus, AreTakenInTurnInWhateverOrderARankSeesThem) {
  const auto two = assign_gpus({{"a", "b"}, {"b", "a"}});
  EXPECT_EQ(indices(two), (Ints{0, 0})) << "each its first one, which is another";
  EXPECT_EQ(uuids(two), (Texts{"a", "b"}));

  const auto three = assign_gpus({{"c", "a", "b"}, {"c", "b", "a"}, {"c", "b", "a"}});
  EXPECT_EQ(uuids(three), (Texts{"c", "b", "a"}));
  EXPECT_EQ(indices(three), (Ints{0, 1, 2}));
  EXPECT_EQ(refusal(three), "");
}

TEST(AssignedGpus, AreLeftToTheRankThatSeesNoOther) {
  const auto gpus = assign_gpus({{"a", "b", "c"}, {"a", "b"}, {"a"}});

  EXPECT_EQ(uuids(gpus), (Texts{"c", "b", "a"}));
  EXPECT_EQ(indices(gpus), (Ints{2, 1, 0}));
}

TEST(AssignedGpus, AreNoneOfARankThatSeesNone) {
  const auto gpus = assign_gpus({{"a"}, {}, {"a"}});

  EXPECT_TRUE(gpus[1].none());
  EXPECT_FALSE(gpus[1].shared());
  EXPECT_EQ(ranks(gpus), (Ints{2, 0, 2})) << "the others have it to themselves";
  EXPECT_EQ(refusal(assign_gpus({{"a"}, {}})), "") << "that they train on different devices is told elsewhere";
  EXPECT_EQ(refusal(assign_gpus({{}, {}})), "");
}

TEST(AssignedGpus, AreNotSharedByRanksThatTrainACellTogether) {
  const std::string rest = ": start at most one rank for each GPU of a host, or set train.device=cpu";

  EXPECT_EQ(refusal(assign_gpus(all_see({"a"}, 4))), "4 ranks that train a cell together have 1 GPU" + rest);
  EXPECT_EQ(refusal(assign_gpus({{"a"}, {"b"}, {"b"}})), "3 ranks that train a cell together have 2 GPUs" + rest);
}

/// As with two ranks a cell: each team has two different GPUs, which it shares with the other team.
TEST(AssignedGpus, MayBeSharedWithTheRanksOfAnotherCell) {
  const auto gpus = assign_gpus(all_see({"a", "b"}, 4));

  EXPECT_EQ(refusal({gpus.begin(), gpus.begin() + 2}), "");
  EXPECT_EQ(refusal({gpus.begin() + 2, gpus.end()}), "");
  EXPECT_TRUE(gpus[0].shared());
}

TEST(UsualLanes, AreEightOnAGpuAmongItsRanks) {
  constexpr int kMany = 1000;
  EXPECT_EQ(usual_lanes(1, kMany), 8);
  EXPECT_EQ(usual_lanes(2, kMany), 4);
  EXPECT_EQ(usual_lanes(3, kMany), 2);
  EXPECT_EQ(usual_lanes(100, kMany), 1);
}

TEST(UsualLanes, AreNoMoreThanTheRanksCells) {
  EXPECT_EQ(usual_lanes(1, 3), 3);
  EXPECT_EQ(usual_lanes(1, 1), 1);
}

/// At batch 32 the shapes' network needs 3 GFLOP a step.
TEST(SmallCells, AreThoseOfAStepBelow20Gflop) {
  const models::Shape shapes{3, 32, 32};
  const auto small = [&](const std::string& batch) { return is_small(tests::cell_of({"train.batch=" + batch}), shapes); };

  EXPECT_TRUE(small("32"));
  EXPECT_TRUE(small("128"));
  EXPECT_FALSE(small("1024")) << "the batch counts";
}

}  // namespace
}  // namespace irmae::launchers
