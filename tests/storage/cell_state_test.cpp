// SPDX-License-Identifier: MIT
#include "storage/cell_state.h"

#include <gtest/gtest.h>

#include <fstream>
#include <utility>

#include "storage/error.h"
#include "storage/system/files.h"
#include "tests/contains.h"
#include "tests/message_of.h"
#include "tests/temporary_folder.h"

namespace irmae::storage {
namespace {

using tests::TemporaryFolder;

CellState example() {
  CellState state;
  state.phase = CellPhase::running;
  state.epoch = 7;
  state.epochs = 18;
  state.step = 3;
  state.steps = 1600;
  state.samples_per_second = 1234.5;
  state.seconds_left = 0.25;
  state.seconds_since_step = 1.5;
  state.ranks = 4;
  state.host = "node-17";
  state.process = 4711;
  state.process_space = "2f7a pid:[4026531836]";
  state.job = "123_4";
  state.updated = 1'700'000'000;
  state.error = "";
  state.wall_seconds = 4096.5;
  state.deaths = 2;
  return state;
}

TEST(CellState, IsReadAsItWasWritten) {
  const TemporaryFolder folder;
  write_state(folder.string(), example());
  const auto read = read_state(folder.string());

  ASSERT_TRUE(read);
  EXPECT_EQ(read->phase, CellPhase::running);
  EXPECT_EQ(read->epoch, 7);
  EXPECT_EQ(read->epochs, 18);
  EXPECT_EQ(read->step, 3);
  EXPECT_EQ(read->steps, 1600);
  EXPECT_DOUBLE_EQ(read->samples_per_second, 1234.5);
  EXPECT_DOUBLE_EQ(read->seconds_left, 0.25);
  EXPECT_DOUBLE_EQ(read->seconds_since_step, 1.5);
  EXPECT_EQ(read->ranks, 4);
  EXPECT_EQ(read->host, "node-17");
  EXPECT_EQ(read->process, 4711);
  EXPECT_EQ(read->process_space, "2f7a pid:[4026531836]");
  EXPECT_EQ(read->job, "123_4");
  EXPECT_EQ(read->updated, 1'700'000'000);
  EXPECT_EQ(read->error, "");
  EXPECT_DOUBLE_EQ(read->wall_seconds, 4096.5);
  EXPECT_EQ(read->deaths, 2);
}

TEST(CellState, HasAWordForEachPhase) {
  const TemporaryFolder folder;
  CellState state = example();
  const std::pair<CellPhase, const char*> words[] = {{CellPhase::running, "running"},
                                                     {CellPhase::stopped, "stopped"},
                                                     {CellPhase::failed, "failed"},
                                                     {CellPhase::complete, "complete"}};
  for (const auto& [phase, word] : words) {
    state.phase = phase;
    write_state(folder.string(), state);
    EXPECT_CONTAINS(read_text(folder / "state.toml"), std::string("\nstate = \"") + word + "\"\n");
    const auto read = read_state(folder.string());
    ASSERT_TRUE(read) << word;
    EXPECT_EQ(read->phase, phase) << word;
  }
}

TEST(CellState, KeepsTheFirstLineOfAnyErrorMessage) {
  const TemporaryFolder folder;
  CellState state = example();
  state.phase = CellPhase::failed;
  const auto kept = [&](const std::string& error) {
    state.error = error;
    write_state(folder.string(), state);
    const auto read = read_state(folder.string());
    return read ? read->error : "<cannot be read>";
  };

  EXPECT_EQ(kept("one\ntwo"), "one");
  EXPECT_EQ(kept("a \"quoted\" C:\\path = ['x'] # no comment"), "a \"quoted\" C:\\path = ['x'] # no comment");
  EXPECT_EQ(kept("/data/\xC3\xA9t\xC3\xA9"), "/data/\xC3\xA9t\xC3\xA9");
  EXPECT_EQ(kept("/data/\xE9t\xE9 \xED\xA0\x80 \xF8"), "/data/?t? ??? ?") << "no UTF-8";
  EXPECT_EQ(kept("tab\tbell\a"), "tab bell ");
  EXPECT_EQ(kept(std::string(5000, 'x')).size(), 1000U);
}

TEST(CellState, ThatIsDamagedReadsAsNothing) {
  const TemporaryFolder folder;
  EXPECT_FALSE(read_state(folder.string())) << "no file";
  write_state(folder.string(), example());
  const std::string whole = read_text(folder / "state.toml");
  for (const std::string& text :
       {std::string(), whole.substr(0, 120), std::string("state = 3\n"), std::string("state = 'idle'\n"),
        std::string("\0\xFF\x01 binary", 10), std::string(100, '['), std::string(200'000, '#')}) {
    std::ofstream(folder / "state.toml", std::ios::binary) << text;
    EXPECT_FALSE(read_state(folder.string())) << text.substr(0, 200);
  }
  std::filesystem::remove(folder / "state.toml");
  std::filesystem::create_directory(folder / "state.toml");
  EXPECT_FALSE(read_state(folder.string())) << "a folder";
}

TEST(CellState, WithValuesOfAnotherKindTakesTheOthers) {
  const TemporaryFolder folder;
  std::ofstream(folder / "state.toml") << "state = 'running'\nepoch = 'x'\nsamples_per_second = nan\nhost = 7\nprocess = 12\n"
                                          "job = \"\\u001B[2J\"\n";
  const auto read = read_state(folder.string());

  ASSERT_TRUE(read);
  EXPECT_EQ(read->epoch, 0);
  EXPECT_EQ(read->samples_per_second, 0);
  EXPECT_EQ(read->host, "");
  EXPECT_EQ(read->process, 12);
  EXPECT_EQ(read->job, " [2J") << "nothing that a terminal would obey";
}

TEST(CellState, ThatCannotBeWrittenIsAnErrorWithThePlace) {
  const TemporaryFolder folder;

  EXPECT_CONTAINS(tests::message_of([&] { write_state(folder / "absent", example()); }), "state.toml");
}

}  // namespace
}  // namespace irmae::storage
