// SPDX-License-Identifier: MIT
// Which columns a user gets for those that are named.
#include "analysis/chosen_columns.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "analysis/table.h"
#include "storage/error.h"
#include "tests/message_of.h"

namespace irmae::analysis {
namespace {

using Names = std::vector<std::string>;

const Names& known() {
  static const Names names{"configuration", "error", "error_sd", "scale", "n", "of"};
  return names;
}

Names for_machines(const Names& named) { return chosen_columns(named, known(), false); }
Names for_people(const Names& named) { return chosen_columns(named, known(), true); }

TEST(ChosenColumns, AreTheNamedOnesInTheirOrderEachOnce) {
  EXPECT_EQ(for_machines({"scale", "configuration", "scale"}), (Names{"scale", "configuration"}));
  EXPECT_EQ(for_machines({}), Names{});
}

TEST(ChosenColumns, HaveTheDeviationsOfMeansBehindThem) {
  EXPECT_EQ(for_machines({"error", "n"}), (Names{"error", "error_sd", "n"}));
  EXPECT_EQ(for_people({"error", "scale"}), (Names{"error", "error_sd", "scale"}));
  EXPECT_EQ(chosen_columns({"error"}, {"cell", "error"}, false), Names{"error"}) << "of a table without means";
}

TEST(ChosenColumns, HaveDeviationsWhereTheyAreNamedThemselves) {
  EXPECT_EQ(for_machines({"error_sd", "n", "error"}), (Names{"error_sd", "n", "error"}));
  EXPECT_EQ(for_machines({"error_sd"}), Names{"error_sd"});
}

TEST(ChosenColumns, HaveTheStartedRunsThatPeopleReadBesideThoseWithAResult) {
  EXPECT_EQ(for_people({"n", "scale"}), (Names{"n", "of", "scale"}));
}

TEST(ChosenColumns, ThatAreUnknownAreNamedWithAllAndTheNearest) {
  EXPECT_EQ(tests::message_of<UsageError>([] {
              for_machines({"error", "eror"});
            }),
            "--columns: 'eror' is not one of configuration, error, error_sd, scale, n, of; did you mean error?");
}

TEST(ChosenColumns, OfEveryKindOfTableMayBeAllThatItHas) {
  for (const TableKind& kind : table_kinds())
    for (const Names& columns : {kind.make({}).columns, mean_over_seeds(kind, {}).columns})
      EXPECT_EQ(chosen_columns(columns, columns, true), columns) << kind.name;
}

TEST(KeepColumns, LeavesTheseAloneInThisOrder) {
  Table table{{"a", "b", "c"}, {{"x", 0.5, std::int64_t{1}}, {"y", {}, std::int64_t{2}}}};
  keep_columns(table, {"c", "a"});

  EXPECT_EQ(table.columns, (Names{"c", "a"}));
  EXPECT_EQ(table.rows, (std::vector<std::vector<Value>>{{std::int64_t{1}, "x"}, {std::int64_t{2}, "y"}}));
  EXPECT_THROW(keep_columns(table, {"b"}), std::logic_error);
}

}  // namespace
}  // namespace irmae::analysis
