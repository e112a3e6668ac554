// SPDX-License-Identifier: MIT
// What cannot be read, be it damaged, newer, closed or hostile: said with its name and the way out, and hides nothing else.
#include <gtest/gtest.h>

#include "storage/hdf5/writer.h"
#include "tests/launchers/status_folder.h"

namespace irmae::launchers {
namespace {

namespace fs = std::filesystem;
using tests::run;
using tests::Status;

TEST_F(Status, OfADamagedStateFileIsAProblemWithAName) {
  const fs::path a = cell("a", '1'), b = cell("b", '2');
  std::ofstream(a / "state.toml") << "state = 'runn";
  std::ofstream(a / "checkpoint.h5") << "x";
  storage::write_state(b, running());
  const auto result = run(irmae + " status " + out());

  EXPECT_EQ(result.status, 1);
  EXPECT_CONTAINS(result.output, "a-11111111/state.toml: cannot be read");
  EXPECT_CONTAINS(result.output, "2 cells: 1 running, 1 stopped");
}

TEST_F(Status, ReadsAStateFileAgainThatCouldNotBeReadOnce) {
  const fs::path a = cell("a", '1');
  storage::write_state(a, running());
  std::ofstream(a / "checkpoint.h5") << "x";
  const auto result = run("IRMAE_FAULT=read-state:throw " + irmae + " status " + out());

  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_CONTAINS(result.output, "1 cell: 1 running");
}

/// What nobody can look at, root neither: a link that leads to itself.
void close_to_everybody(const fs::path& file) { fs::create_symlink(file.filename(), file); }

TEST_F(Status, OfACellThatCannotBeLookedAtIsUnreadableAndTheOthersAreShown) {
  close_to_everybody(cell("a", '1') / "run.h5");
  close_to_everybody(folder / "out" / "grid" / "c-33333333");
  storage::write_state(cell("b", '2'), running());
  write_plan("[[cell]]\nname = 'c'\nid = '" + id_of('3') + "'\n");
  const auto result = run(irmae + " status " + out());

  EXPECT_EQ(result.status, 1);
  EXPECT_CONTAINS(result.output, "3 cells: 1 running, 2 unreadable");
  for (const char* name : {"a-11111111", "c-33333333"})
    EXPECT_CONTAINS(result.output,
                    "irmae: cannot read " + out() + "/grid/" + name + "/run.h5: Too many levels of symbolic links");
}

TEST_F(Status, OfARunFileThatIsNewerOrCutOrClosedIsSaidByPlanAndByRunWithTheWayOut) {
  const std::string plan = irmae + " plan " + (folder / "grid.toml").string() + " -o " + out() + " 'train.seed=[1,2,3]'";
  const std::string training_of_three = training("'train.seed=[1,2,3]'");
  const std::string planned = run(plan + " --format json").output;
  std::vector<fs::path> files;
  for (std::size_t at = planned.find("\"id\": \""); at != std::string::npos; at = planned.find("\"id\": \"", at + 1)) {
    const std::string name = "a-seed" + std::to_string(files.size() + 1);
    files.push_back(folder / "out" / "grid" / (name + "-" + planned.substr(at + 7, 8)) / "run.h5");
    fs::create_directories(files.back().parent_path());
  }
  ASSERT_EQ(files.size(), 3U) << planned;
  storage::hdf5::Writer newer;
  newer.root().attribute("schema_version", std::int64_t{99});
  newer.root().attribute("kind", std::string("run"));
  newer.commit(files[0]);
  fs::copy_file(files[0], files[1]);
  fs::resize_file(files[1], fs::file_size(files[1]) / 2);
  close_to_everybody(files[2]);

  const auto states = run(plan);
  for (const char* state : {"  a-seed1  newer  ", "  a-seed2  damaged  ", "  a-seed3  unreadable  "})
    EXPECT_CONTAINS(states.output, state);
  const auto trained = run(training_of_three);
  EXPECT_EQ(trained.status, 1);
  EXPECT_CONTAINS(trained.output, "reads up to 1): update irmae");
  EXPECT_LACKS(trained.output, "update irmae; move it away");
  EXPECT_CONTAINS(trained.output, "move it away to train this cell again");
  EXPECT_CONTAINS(trained.output, "cannot read " + files[2].string());
  const auto table = run(irmae + " table ranks " + out());
  EXPECT_EQ(table.status, 1);
  EXPECT_CONTAINS(table.output, "update irmae\n");
  EXPECT_CONTAINS(table.output, files[1].string());
  EXPECT_CONTAINS(table.output, "; move it away and run the cell again\n");
  EXPECT_CONTAINS(table.output, "cannot read " + files[2].string());
}

TEST_F(Status, OfADamagedOrHostilePlanIsAProblemThatHidesNoFolder) {
  storage::write_state(cell("a", '1'), running());
  for (const std::string& plan : {std::string("[[cell]\nname"), "[[cell]]\nname = '../../x'\nid = '" + id_of('2') + "'\n",
                                  std::string("[[cell]]\nname = 'b'\nid = '22'\n")}) {
    write_plan(plan);
    const auto result = run(irmae + " status " + out());
    EXPECT_EQ(result.status, 1) << plan;
    EXPECT_CONTAINS(result.output, "grid.toml");
    EXPECT_CONTAINS(result.output, "1 cell: 1 running");
  }
}

}  // namespace
}  // namespace irmae::launchers
