// SPDX-License-Identifier: MIT
// What a run keeps of its data set, and of what may change its last digits.
#include "framework/training/runs/provenance.h"

#include <gtest/gtest.h>

#include <utility>

namespace irmae::training {
namespace {

/// Two samples of one number, with classes of these names.
class NamedClasses final : public data::Dataset {
 public:
  explicit NamedClasses(std::vector<std::string> names) : facts_{.class_names = std::move(names)} {}

  std::vector<std::int64_t> shape() const override { return {1}; }
  std::int64_t size(data::Split /*split*/) const override { return 2; }
  const data::Facts& facts() const override { return facts_; }
  std::vector<std::int64_t> epoch_order(std::int64_t /*epoch*/) const override { return {0, 1}; }
  data::Batch batch(data::Split /*split*/, const std::vector<std::int64_t>& indices) const override {
    const auto count = static_cast<std::int64_t>(indices.size());
    return {torch::zeros({count, 1}), torch::zeros({count}, torch::kInt64)};
  }

 private:
  data::Facts facts_;
};

TEST(DataProvenance, KeepsTheNamesOfTheClassesOneALine) {
  const Notes notes = data_provenance(NamedClasses({"a\n cat", "dog"}));

  const storage::Scalar* names = storage::find_value(notes, "class_names");
  ASSERT_NE(names, nullptr);
  EXPECT_EQ(storage::text_of(*names), "a  cat\ndog");
  EXPECT_EQ(storage::find_value(data_provenance(NamedClasses({})), "class_names"), nullptr);
}

TEST(WhatDiffers, IsTheCompiler) {
  EXPECT_EQ(what_differs({{"compiler", std::string("GCC 12")}}, {{"compiler", std::string("GCC 13")}}),
            "compiler GCC 12 before, GCC 13 now");
  EXPECT_EQ(
      what_differs({{"version", std::string("1")}}, {{"version", std::string("1")}, {"compiler_flags", std::string("-O2")}}),
      "")
      << "a checkpoint of an earlier version does not say them";
}

TEST(WhatDiffers, IsInWhichOrderAsManyRanksAreSummed) {
  const auto of = [](std::int64_t ranks, const char* sum, const char* mpi) {
    return Notes{{"ranks", ranks}, {"all_reduce", std::string(sum)}, {"mpi", std::string(mpi)}};
  };
  EXPECT_EQ(what_differs(of(3, "shared memory", "MPI 1"), of(3, "shared memory", "MPI 1")), "");
  EXPECT_EQ(what_differs(of(3, "shared memory", "MPI 1"), of(3, "mpi", "MPI 1")), "all_reduce shared memory before, mpi now");
  EXPECT_EQ(what_differs(of(3, "mpi", "MPI 1"), of(3, "mpi", "MPI 2")), "mpi MPI 1 before, MPI 2 now");
  EXPECT_EQ(what_differs(of(1, "none", "none"), of(1, "mpi", "MPI 1")), "") << "one rank has nothing to sum";
  EXPECT_EQ(what_differs(of(2, "mpi", "MPI 1"), of(3, "shared memory", "MPI 2")), "") << "the start's line says how many";
}

}  // namespace
}  // namespace irmae::training
