// SPDX-License-Identifier: MIT
// What the parameters of all methods, data sets and networks may be: in a manifest, and in a run.h5, which is refused before
// a model is made of other values.
#include "framework/models/cell_schema.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <variant>

#include "framework/manifest/stored_cell.h"
#include "framework/models/precision.h"
#include "tests/cell_of.h"
#include "tests/message_of.h"

namespace irmae::models {
namespace {

/// What is said of a run whose file has this value.
std::string why_not(const std::string& path, storage::Scalar value) {
  const manifest::Schema all = cell_schema();
  storage::Identity identity = tests::cell_of({"data.name=mnist", "model.method=irmae"}).identity();
  for (auto& [name, stored] : identity.parameters)
    if (name == path) stored = std::move(value);
  return tests::message_of([&] { manifest::cell_of(identity, all, "run.h5"); });
}

TEST(CellSchema, ReadsTheCellThatWasTrained) {
  const manifest::Cell cell = tests::cell_of({"data.name=mnist", "model.method=irmae"});

  const manifest::Cell read = manifest::cell_of(cell.identity(), cell_schema(), "run.h5");

  EXPECT_EQ(read.parameters, cell.parameters);
  EXPECT_EQ(read.id(), cell.id());
}

TEST(CellSchema, RefusesAStoredValueThatNoManifestMayHaveWithThePlace) {
  const std::string way = ": another version of this program wrote it, or it is damaged";

  EXPECT_EQ(why_not("model.linear_layers", std::int64_t{1'000'000'000'000}),
            "run.h5: model.linear_layers: must be from 0 to 1000, not 1000000000000" + way);
  EXPECT_EQ(why_not("data.size", std::int64_t{0}), "run.h5: data.size: must be from 1 to 4096, not 0" + way);
  EXPECT_EQ(why_not("model.latent", std::int64_t{-3}), "run.h5: model.latent: must be from 1 to 65536, not -3" + way);
  EXPECT_EQ(why_not("model.latent", 8.0), "run.h5: model.latent: must be an integer, not 8.0" + way);
  EXPECT_EQ(why_not("model.output", std::string("relu")),
            "run.h5: model.output: must be one of tanh, sigmoid, none, not \"relu\"" + way);
}

TEST(CellSchema, AllowsThePrecisionsThatTheProgramKnowsAndNoOthers) {
  const manifest::Cell cell = tests::cell_of({"data.name=mnist"});
  const auto precision = [&](const std::string& word) { return precision_of(cell.with("train.precision", word)); };
  const std::vector<manifest::Key> keys = cell_schema().base;
  const auto key = std::ranges::find(keys, "train.precision", &manifest::Key::path);
  ASSERT_NE(key, keys.end());

  std::vector<Precision> allowed;
  for (const std::string& word : key->choices) allowed.push_back(precision(word));
  std::ranges::sort(allowed);
  EXPECT_EQ(allowed, (std::vector{Precision::float32, Precision::float64, Precision::tf32, Precision::bf16}));
  EXPECT_THROW(precision("float16"), std::logic_error);
}

/// Counts, sizes and seeds are multiplied and added up: such a number must not leave 64 bits, nor an allocation the memory.
TEST(CellSchema, EveryWholeNumberHasASmallestAndALargestValue) {
  const manifest::Schema all = cell_schema();
  const auto look = [](const std::vector<manifest::Key>& keys) {
    for (const manifest::Key& key : keys)
      if (std::holds_alternative<std::int64_t>(key.fallback)) {
        EXPECT_GE(key.least, 0) << key.path;
        EXPECT_LE(key.most, 1e15) << key.path;
      }
  };
  look(all.base);
  for (const manifest::Choice& choice : all.choices) look(choice.keys);
}

}  // namespace
}  // namespace irmae::models
