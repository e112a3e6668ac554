// SPDX-License-Identifier: MIT
// Which of the real parameters make a cell's id. One too few, and a cell is taken for another that was trained before; one too
// many, and what is finished is trained again after a move to another machine.
#include <gtest/gtest.h>

#include <set>

#include "framework/models/cell_schema.h"
#include "tests/cell_of.h"

namespace irmae::models {
namespace {

using tests::cell_of;

/// How a cell is run and where its data lie. Written out here: a new parameter is one of these only on purpose.
const std::set<std::string> kOutside = {
    "data.root",     "train.bucket_mib",       "train.channels_last",  "train.checkpoint_seconds",
    "train.device",  "train.deterministic",    "train.ranks",          "train.recorded",
    "train.threads", "train.first_bucket_mib", "train.timeout_seconds"};

TEST(Identity, LeavesOutHowACellIsRunAndWhereItsDataLieAndNothingElse) {
  const manifest::Schema all = cell_schema();
  std::set<std::string> outside;
  std::size_t keys = 0;
  const auto look = [&](const std::vector<manifest::Key>& some) {
    for (const manifest::Key& key : some) {
      if (!key.identity) outside.insert(key.path);
      EXPECT_EQ(key.identity, !kOutside.contains(key.path)) << key.path;
      ++keys;
    }
  };
  look(all.base);
  for (const manifest::Choice& choice : all.choices) look(choice.keys);

  EXPECT_EQ(outside, kOutside);
  EXPECT_GT(keys, 2 * kOutside.size()) << "no schema to speak of";
}

/// Another value of the same type, allowed or not.
storage::Scalar other_than(const storage::Scalar& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return !*flag;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer + 1;
  if (const auto* real = std::get_if<double>(&value)) return *real * 2 + 1e-9;  // parameters such as train.epsilon are small
  return std::get<std::string>(value) + "x";
}

TEST(Identity, ChangesWithEveryOtherParameterOfEveryDataSetNetworkAndMethod) {
  const manifest::Schema all = cell_schema();
  std::set<std::string> seen;
  for (const manifest::Choice& choice : all.choices) {
    const manifest::Cell cell = cell_of({choice.selector + "=" + choice.name});
    for (const auto& [path, value] : cell.parameters) {
      manifest::Cell changed = cell.with(path, other_than(value));
      changed.seal(all);

      EXPECT_EQ(changed.id() == cell.id(), kOutside.contains(path)) << path << " of " << choice.name;
      seen.insert(path);
    }
  }
  for (const std::string& path : kOutside) EXPECT_TRUE(seen.contains(path)) << path;
  for (const char* path : {"train.learning_rate", "train.seed", "data.crop", "model.beta", "model.linear_layers"})
    EXPECT_TRUE(seen.contains(path)) << path;
}

TEST(Identity, StaysWhereAKeyIsAddedThatHasTheValueOfBeforeAndChangesWithAnotherValue) {
  manifest::Schema added = cell_schema();
  const std::string before = cell_of({}).id();
  const auto id_with = [&](bool value) {
    manifest::Cell cell = cell_of({}).with("train.added", value);
    cell.seal(added);
    return cell.id();
  };
  added.base.push_back({.path = "train.added", .fallback = false, .help = "", .newer = true});

  EXPECT_EQ(id_with(false), before);
  EXPECT_NE(id_with(true), before);
  added.base.back().newer = false;
  EXPECT_NE(id_with(false), before) << "any other new key makes other cells";
}

TEST(Identity, IsTheSameOnAnotherMachineAndAnotherWithOtherSettings) {
  const auto id = [](const std::string& setting) { return cell_of({"data.name=mnist", "model.method=irmae", setting}).id(); };
  const std::string plain = id("train.seed=1");

  EXPECT_EQ(plain.size(), 64U);
  for (const char* setting :
       {"data.root=/elsewhere", "train.bucket_mib=1", "train.channels_last=true", "train.checkpoint_seconds=7",
        "train.device=cpu", "train.deterministic=false", "train.ranks=4", "train.recorded=false", "train.threads=3",
        "train.first_bucket_mib=2", "train.timeout_seconds=5", "train.learning_rate=1e-4", "model.linear_layers=8"})
    EXPECT_EQ(id(setting), plain) << setting;  // the last two are the defaults
  std::set<std::string> others = {plain};
  for (const char* setting : {"train.learning_rate=2e-4", "train.seed=2", "train.batch=64", "train.epochs=99",
                              "train.precision=float64", "model.latent=64", "model.linear_layers=4", "model.initial_scale=3",
                              "data.train_size=1000", "data.shuffle=false", "evaluate.images=4"})
    EXPECT_TRUE(others.insert(id(setting)).second) << setting;
}

}  // namespace
}  // namespace irmae::models
