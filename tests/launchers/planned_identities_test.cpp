// SPDX-License-Identifier: MIT
#include "launchers/status/planned_identities.h"

#include "tests/launchers/status_folder.h"

namespace irmae::launchers {
namespace {

using tests::Status;

TEST_F(Status, OfAPlanHasEachCellsOwnParametersOverThoseThatAllShare) {
  write_plan("[model]\nlatent = 8\nmethod = 'ae'\n[train]\nseed = 1\n\n[[cell]]\nname = 'a'\nid = '" + id_of('1') +
             "'\ntrain.epochs = 3\n\n[[cell]]\nname = 'b'\nid = '" + id_of('2') +
             "'\nscale = 'small'\ntrain.epochs = 5\ntrain.seed = 2\n");

  const std::vector<storage::Identity> cells = identities_in_plan(folder / "out/grid");
  ASSERT_EQ(cells.size(), 2U);
  EXPECT_EQ(cells[0].cell, "a");
  EXPECT_EQ(cells[0].id, id_of('1'));
  EXPECT_EQ(cells[0].manifest, "grid");
  EXPECT_EQ(cells[0].scale, "");
  const auto parameters = [](std::int64_t epochs, std::int64_t seed) {
    return storage::Attributes{
        {"model.latent", std::int64_t{8}}, {"model.method", std::string("ae")}, {"train.epochs", epochs}, {"train.seed", seed}};
  };
  EXPECT_EQ(cells[0].parameters, parameters(3, 1));
  EXPECT_EQ(cells[1].cell, "b");
  EXPECT_EQ(cells[1].scale, "small");
  EXPECT_EQ(cells[1].parameters, parameters(5, 2));
}

TEST_F(Status, OfNoPlanHasNoParameters) {
  EXPECT_TRUE(identities_in_plan(folder / "out/grid").empty()) << "there is none";
  write_plan("[[cell]\nname = 'a'\n");
  EXPECT_TRUE(identities_in_plan(folder / "out/grid").empty()) << "no TOML";
  write_plan("[train]\nseed = 1\n[[cell]]\nname = 'a'\n");
  EXPECT_TRUE(identities_in_plan(folder / "out/grid").empty()) << "a manifest";
}

}  // namespace
}  // namespace irmae::launchers
