// SPDX-License-Identifier: MIT
// Which commit a build says it is of: commit.cmake in small repositories.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/temporary_folder.h"

namespace irmae {
namespace {

namespace fs = std::filesystem;
using tests::run;

class Commit : public ::testing::Test {
 protected:
  void SetUp() override {
    if (run("git --version").status != 0) GTEST_SKIP() << "there is no git";
    forget_variables();
    write("project/framework/kept.cpp", "one\n");
    write("project/.gitattributes", read(IRMAE_SOURCE_DIR "/.gitattributes"));
    write("project/.git_archival.txt", "node: $Format:%H$\n");
    git("project", "init -q --template=");
    git("project", "add .");
    git("project", "commit -q -m first");
    head = run("git -C " + (folder / "project").string() + " rev-parse --short=12 HEAD").output.substr(0, 12);
  }
  void TearDown() override { forget_variables(); }
  /// Git's own, which a hook sets.
  static void forget_variables() {
    for (const char* name : {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"}) unsetenv(name);
  }
  void write(const std::string& file, const std::string& text) const {
    fs::create_directories((folder / file).parent_path());
    std::ofstream(folder / file) << text;
  }
  static std::string read(const fs::path& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  void git(const std::string& where, const std::string& arguments) const {
    const auto result = run("env GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 git -C " + (folder / where).string() +
                            " -c user.name=irmae -c user.email=irmae@localhost " + arguments);
    ASSERT_EQ(result.status, 0) << result.output;
  }
  /// What a build of the folder `source` says, with a program as git.
  std::string said(const std::string& source, const std::string& program = "git") const {
    write("template", "@IRMAE_GIT_COMMIT@");
    const auto result = run(IRMAE_CMAKE " -D SOURCE=" + (folder / source).string() + " -D GIT=" + program +
                            " -D TEMPLATE=" + (folder / "template").string() + " -D OUTPUT=" + (folder / "said").string() +
                            " -P " IRMAE_SOURCE_DIR "/framework/training/runs/commit.cmake");
    EXPECT_EQ(result.status, 0) << result.output;
    std::string answer;
    std::getline(std::ifstream(folder / "said"), answer);
    return answer;
  }

  tests::TemporaryFolder folder;
  std::string head;
};

TEST_F(Commit, IsThatOfCleanSources) {
  EXPECT_EQ(said("project"), head);

  write("project/docs/notes.md", "not part of a program\n");
  EXPECT_EQ(said("project"), head);
}

TEST_F(Commit, IsDirtyWhereAFileIsChangedOrNotAddedYet) {
  write("project/framework/methods/next.cpp", "two\n");
  EXPECT_EQ(said("project"), head + "-dirty");

  fs::remove(folder / "project/framework/methods/next.cpp");
  EXPECT_EQ(said("project"), head);

  write("project/framework/kept.cpp", "three\n");
  EXPECT_EQ(said("project"), head + "-dirty");
}

TEST_F(Commit, IsALinkedWorktreesOwn) {
  git("project", "worktree add -q ../linked");
  write("project/framework/kept.cpp", "changed in the other one\n");
  EXPECT_EQ(said("linked"), head);

  write("linked/framework/kept.cpp", "two\n");
  git("linked", "commit -q -a -m second");
  const std::string second = said("linked");
  EXPECT_EQ(second.size(), 12u) << second;
  EXPECT_NE(second, head);
}

TEST_F(Commit, IsThatOfTheArchive) {
  fs::create_directory(folder / "unpacked");
  git("project", "archive -o ../archive.tar HEAD");
  ASSERT_EQ(run("tar -xf " + (folder / "archive.tar").string() + " -C " + (folder / "unpacked").string()).status, 0);

  EXPECT_EQ(said("unpacked"), head + "-archive");
  EXPECT_EQ(said("unpacked", "GIT-NOTFOUND"), head + "-archive");
}

TEST_F(Commit, IsUnknownWithoutGitOrARepositoryOfItsOwn) {
  EXPECT_EQ(said("project", "GIT-NOTFOUND"), "unknown");

  write("project/copy/framework/kept.cpp", "a copy within another repository\n");
  EXPECT_EQ(said("project/copy"), "unknown");
  fs::create_directory(folder / "project/copy/.git");
  EXPECT_EQ(said("project/copy"), "unknown");
}

TEST_F(Commit, IsNotThatOfAHooksRepository) {
  git("project", "worktree add -q ../linked");
  write("project/framework/kept.cpp", "changed\n");
  setenv("GIT_DIR", (folder / "project/.git").c_str(), 1);
  setenv("GIT_WORK_TREE", (folder / "project").c_str(), 1);
  setenv("GIT_INDEX_FILE", (folder / "none").c_str(), 1);

  EXPECT_EQ(said("linked"), head);
}

TEST_F(Commit, LeavesAnEqualAnswerAlone) {
  said("project");
  const auto before = fs::last_write_time(folder / "said") - std::chrono::hours(1);
  fs::last_write_time(folder / "said", before);

  said("project");

  EXPECT_EQ(fs::last_write_time(folder / "said"), before);
}

}  // namespace
}  // namespace irmae
