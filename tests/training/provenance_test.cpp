// SPDX-License-Identifier: MIT
// What a run keeps of its data set.
#include "framework/training/runs/provenance.h"

#include <gtest/gtest.h>

#include <utility>

namespace irmae::training {
namespace {

/// Two samples of one number, with classes of these names.
class NamedClasses final : public data::Dataset {
 public:
  explicit NamedClasses(std::vector<std::string> names) : names_(std::move(names)) {}

  std::vector<std::int64_t> shape() const override { return {1}; }
  std::int64_t size(data::Split /*split*/) const override { return 2; }
  std::vector<std::string> class_names() const override { return names_; }
  std::vector<std::int64_t> epoch_order(std::int64_t /*epoch*/) const override { return {0, 1}; }
  data::Batch batch(data::Split /*split*/, const std::vector<std::int64_t>& indices) const override {
    const auto count = static_cast<std::int64_t>(indices.size());
    return {torch::zeros({count, 1}), torch::zeros({count}, torch::kInt64)};
  }

 private:
  std::vector<std::string> names_;
};

TEST(DataProvenance, KeepsTheNamesOfTheClassesOneALine) {
  const Notes notes = data_provenance(NamedClasses({"a\n cat", "dog"}));

  const storage::Scalar* names = storage::find_value(notes, "class_names");
  ASSERT_NE(names, nullptr);
  EXPECT_EQ(storage::text_of(*names), "a  cat\ndog");
  EXPECT_EQ(storage::find_value(data_provenance(NamedClasses({})), "class_names"), nullptr);
}

}  // namespace
}  // namespace irmae::training
