// SPDX-License-Identifier: MIT
// irmae status: every state made really, by a training that ends that way, or by the files that it would leave.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

#include "launchers/status/grid_state.h"
#include "launchers/status/status_text.h"
#include "launchers/status/toml_entries.h"
#include "launchers/status/watch.h"
#include "storage/cell_state.h"
#include "storage/error.h"
#include "storage/hdf5/writer.h"
#include "tests/contains.h"
#include "tests/python.h"
#include "tests/temporary_folder.h"

namespace irmae::launchers {
namespace {

namespace fs = std::filesystem;
using storage::CellPhase;
using tests::run;

std::string id_of(char digit) { return std::string(64, digit); }

std::string this_host() { return Observation().host; }

class Status : public ::testing::Test {
 protected:
  void SetUp() override {
    setenv("OMP_NUM_THREADS", "1", 1);
    for (const char* name : {"SLURM_JOB_ID", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID"}) unsetenv(name);
    path_before_ = std::getenv("PATH");
  }
  void TearDown() override { setenv("PATH", path_before_.c_str(), 1); }

  std::string out() const { return folder / "out"; }
  /// The folder of a cell "a" with the id 1111..., and so on.
  fs::path cell(const std::string& name, char digit) const {
    const fs::path path = folder / "out" / "grid" / (name + "-" + std::string(8, digit));
    fs::create_directories(path);
    std::ofstream(path / "lock") << "x";
    return path;
  }
  /// A state that says that this process trains.
  static storage::CellState running() {
    storage::CellState state;
    state.phase = CellPhase::running;
    state.epoch = 7, state.epochs = 18, state.step = 5, state.steps = 10;
    state.samples_per_second = 1234, state.seconds_left = 90;
    state.host = this_host();
    state.process = getpid();
    state.updated = std::time(nullptr);
    return state;
  }
  void write_plan(const std::string& cells) const {
    fs::create_directories(folder / "out" / "grid");
    std::ofstream(folder / "out" / "grid" / "grid.toml") << cells;
  }
  /// A squeue that does `script`, before any other on the PATH.
  void fake_squeue(const std::string& script) const {
    fs::create_directories(folder / "bin");
    std::ofstream(folder / "bin" / "squeue") << "#!/bin/sh\n" << script << "\n";
    fs::permissions(folder / "bin" / "squeue", fs::perms::owner_all);
    setenv("PATH", ((folder / "bin").string() + ":" + path_before_).c_str(), 1);
  }
  void write_tasks(const std::string& tasks) const {
    fs::create_directories(folder / "out" / "grid" / "slurm");
    std::ofstream(folder / "out" / "grid" / "slurm" / "jobs.toml") << tasks;
  }
  /// The records of a job array: the cells with these digits, which are in the plan, too, are its tasks.
  fs::path write_array(int number, const std::string& job, const std::string& digits) const {
    const fs::path array = folder / "out" / "grid" / "slurm" / std::to_string(number);
    fs::create_directories(array);
    std::ofstream records(array / "jobs.toml");
    for (std::size_t task = 0; task < digits.size(); ++task)
      records << "[[task]]\ncell = \"" << id_of(digits[task]) << "\"\njob = \"" << job << "_" << task << "\"\n";
    return array;
  }
  void write_plan_of(const std::string& digits) const {
    std::string cells;
    for (const char digit : digits) cells += std::string("[[cell]]\nname = 'cell") + digit + "'\nid = '" + id_of(digit) + "'\n";
    write_plan(cells);
  }

  /// The one cell of this name.
  CellStatus status_of(const std::string& name) const {
    for (const CellStatus& found : grid_status(out()))
      if (found.cell == name) return found;
    ADD_FAILURE() << "no cell " << name;
    return {};
  }
  std::string state_of(const std::string& name) const { return name_of(status_of(name).state); }

  std::string training(const std::string& more = "") const {
    std::ofstream(folder / "grid.toml") << "[data]\ntrain_size = 70\nvalidation_size = 50\n[train]\nepochs = 3\n"
                                           "learning_rate = 1e-3\nthreads = 1\n[[cell]]\nname = 'a'\n";
    return irmae + " run " + (folder / "grid.toml").string() + " " + more + " -o " + out();
  }

  tests::TemporaryFolder folder;
  const std::string irmae = IRMAE_BINARY_DIR "/irmae";

 private:
  std::string path_before_;
};

TEST(TomlEntries, AreScannedAsTheyAreParsedOrLeftToTheParser) {
  const std::vector<std::string> wanted = {"name", "id", "train.epochs"};
  const auto scanned = [&](const std::string& text) { return scan_entries(text, "cell", wanted); };
  const auto parsed = [&](const std::string& text) { return parse_entries(text, "test", "cell", wanted); };
  for (const char* text :
       {"", "title = \"x\"\n[data]\nname = \"no\"\n", "[[cell]]\nname = 'a'\nid=\"1f\"\ntrain.epochs = 7\r\n",
        "[[cell]]\nname = \"a\"\nmodel.name = \"b\"\n[cell.train]\nepochs = 3\nid = 'no'\n[cell.data]\nepochs = 4\n",
        "[[cell]]\n[[cell]]\n  name =\"z\"  \n\n# id = 'x'\n[model]\nname = 'no'\n",
        "[[cell]]\ntrain.learning_rate = 1e-3\ntrain.resume = true\ndata.file = '/a b/c#d.npy'"}) {
    ASSERT_TRUE(scanned(text)) << text;
    EXPECT_EQ(*scanned(text), parsed(text)) << text;
  }
  for (const char* text : {"[[cell]]\nname = \"a\\n\"\n", "[[cell]]\nname = \"\"\"\nname = 'b'\n\"\"\"\n",
                           "[[cell]]\nname = 'a' # it\n", "[[cell]]\ntrain = {epochs = 3}\n", "[[cell]]\n\"name\" = 'a'\n",
                           "cell = [\n{name = 'a'}]\n", "[[cell]]\ntrain.epochs = 1_000\n", "[[\"cell\"]]\nname = 'x'\n"}) {
    EXPECT_FALSE(scanned(text)) << text;
    EXPECT_NO_THROW(parsed(text)) << text;
  }
}

TEST_F(Status, OfATrainedCellIsDone) {
  ASSERT_EQ(run(training()).status, 0);
  const CellStatus cell = status_of("a");

  EXPECT_EQ(name_of(cell.state), "done");
  EXPECT_EQ(cell.epoch, 3);
  EXPECT_EQ(cell.epochs, 3);
  EXPECT_GT(cell.samples_per_second.value_or(0), 0);
  EXPECT_EQ(cell.manifest, "grid");
  EXPECT_EQ(cell.node, this_host());
  EXPECT_GT(cell.seconds_whole, 0) << "what the others may take";
}

TEST_F(Status, OfATrainingThatHangsIsRunningUntilItIsKilledThenDead) {
  const std::string command = training("train.checkpoint_seconds=0");
  const pid_t child = fork();
  if (child == 0) {
    // It stops itself in the middle of the second epoch, and stays there.
    setenv("IRMAE_FAULT", "step:hang:0:5", 1);
    setenv("SLURM_ARRAY_JOB_ID", "123", 1);
    setenv("SLURM_ARRAY_TASK_ID", "4", 1);
    execl("/bin/sh", "sh", "-c", ("exec " + command + " >/dev/null 2>&1").c_str(), nullptr);
    std::_Exit(127);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, WUNTRACED), child);
  ASSERT_TRUE(WIFSTOPPED(status));

  const CellStatus alive = status_of("a");
  EXPECT_EQ(name_of(alive.state), "running") << alive.error;
  EXPECT_EQ(alive.epochs, 3);
  EXPECT_EQ(alive.job, "123_4");

  kill(child, SIGKILL);
  // Not yet reaped: a zombie is as dead as one that has vanished.
  siginfo_t info;
  waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
  EXPECT_EQ(state_of("a"), "dead");
  waitpid(child, &status, 0);
  const CellStatus gone = status_of("a");
  EXPECT_EQ(name_of(gone.state), "dead");
  EXPECT_EQ(gone.error, "process " + std::to_string(child) + " is gone");

  ASSERT_EQ(run(command).status, 0);
  EXPECT_EQ(state_of("a"), "done");
}

TEST_F(Status, OfATrainingThatASignalEndsIsStopped) {
  ASSERT_EQ(run("IRMAE_FAULT=step:usr1:0:5 " + training()).status, 75);
  const CellStatus cell = status_of("a");

  EXPECT_EQ(name_of(cell.state), "stopped");
  EXPECT_EQ(cell.epoch, 1);
  EXPECT_EQ(cell.epochs, 3);
}

TEST_F(Status, OfATrainingWithAnErrorIsFailedWithItsLine) {
  ASSERT_EQ(run(training("train.learning_rate=1e30")).status, 1);
  const CellStatus cell = status_of("a");

  EXPECT_EQ(name_of(cell.state), "failed");
  EXPECT_CONTAINS(cell.error, "cell a: the loss became");
  const auto text = run(irmae + " status " + out());
  EXPECT_EQ(text.status, 0);
  EXPECT_CONTAINS(text.output, "the loss became");
}

TEST_F(Status, OfATrainingThatIsRefusedLeavesTheStateOfTheOneThatRuns) {
  const std::string command = training();
  const pid_t child = fork();
  if (child == 0) {
    setenv("IRMAE_FAULT", "step:hang:0:5", 1);
    execl("/bin/sh", "sh", "-c", ("exec " + command + " >/dev/null 2>&1").c_str(), nullptr);
    std::_Exit(127);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, WUNTRACED), child);
  ASSERT_TRUE(WIFSTOPPED(status));

  const auto second = run(command);
  EXPECT_CONTAINS(second.output, "in use by");
  EXPECT_EQ(state_of("a"), "running");
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
}

TEST_F(Status, OfACellThatSaysNothingForLongIsDead) {
  storage::CellState state = running();
  state.updated -= 1000;
  storage::write_state(cell("a", '1'), state);
  state.updated += 980;  // four missed heartbeats
  storage::write_state(cell("b", '2'), state);
  state.host = "elsewhere";
  state.process = 1'000'000'000;  // not to be looked for here
  storage::write_state(cell("c", '3'), state);

  EXPECT_EQ(state_of("a"), "dead");
  EXPECT_CONTAINS(status_of("a").error, "no sign of life for 16 min");
  EXPECT_EQ(state_of("b"), "running");
  EXPECT_EQ(state_of("c"), "running");
}

TEST_F(Status, OfACellOfThePlanWithoutAFolderIsWaiting) {
  storage::write_state(cell("a", '1'), running());
  write_plan("title = 'x'\n[[cell]]\nname = 'b'\nid = '" + id_of('2') + "'\ntrain.epochs = 40\n[[cell]]\nname = 'a'\nid = '" +
             id_of('1') + "'\n[cell.train]\nepochs = 18\n");
  cell("old", '3');
  const auto cells = grid_status(out());

  ASSERT_EQ(cells.size(), 3U);
  EXPECT_EQ(cells[0].cell, "b") << "the plan's order";
  EXPECT_EQ(name_of(cells[0].state), "waiting");
  EXPECT_EQ(cells[0].id, id_of('2'));
  EXPECT_EQ(cells[0].epochs, 40);
  EXPECT_EQ(name_of(cells[1].state), "running");
  EXPECT_EQ(cells[1].id, id_of('1'));
  EXPECT_EQ(cells[2].cell, "old") << "in a folder, though not in the plan";
  EXPECT_EQ(name_of(cells[2].state), "waiting");
}

TEST_F(Status, FindsTheSameCellsFromTheOutputTheManifestAndTheCell) {
  const fs::path folder_of_a = cell("a", '1');
  storage::write_state(folder_of_a, running());
  fs::create_directories(folder / "out" / "mnist-20240101");  // a manifest's name, not a cell's
  std::ofstream(folder / "out" / "mnist-20240101" / "mnist-20240101.toml")
      << "[[cell]]\nname = 'm'\nid = '" << id_of('5') << "'\n";

  for (const fs::path& path : {folder / "out" / "grid", folder / "out" / "grid" / "", folder_of_a}) {
    const auto cells = grid_status(path);
    ASSERT_EQ(cells.size(), 1U) << path;
    EXPECT_EQ(cells[0].cell, "a");
    EXPECT_EQ(cells[0].manifest, "grid");
  }
  const auto cells = grid_status(out());
  ASSERT_EQ(cells.size(), 2U);
  EXPECT_EQ(cells[1].manifest, "mnist-20240101");
}

TEST_F(Status, OfACellWhoseJobWaitsInSlurmIsQueued) {
  write_plan("[[cell]]\nname = 'a'\nid = '" + id_of('1') + "'\n[[cell]]\nname = 'b'\nid = '" + id_of('2') +
             "'\n[[cell]]\nname = 'c'\nid = '" + id_of('3') + "'\n[[cell]]\nname = 'd'\nid = '" + id_of('4') + "'\n");
  storage::CellState stopped = running();
  stopped.phase = CellPhase::stopped;
  stopped.job = "77_2";
  storage::write_state(cell("b", '2'), stopped);
  write_tasks("[[task]]\ncell = '" + id_of('1') + "'\njob = '77_1'\n[[task]]\ncell = '" + id_of('2') +
              "'\njob = '77_2'\n[[task]]\ncell = '" + id_of('3') + "'\njob = '77_3'\n[[task]]\ncell = '" + id_of('4') +
              "'\njob = '77_4'\n");
  fake_squeue(
      "echo '77_1|PENDING|'; echo '77_2|REQUEUED|'\n"
      "echo '77_3|COMPLETED|n1'; echo '77_4|RUNNING|n2'; echo 'nonsense'");

  EXPECT_EQ(state_of("a"), "queued");
  EXPECT_EQ(status_of("a").job, "77_1");
  EXPECT_EQ(state_of("b"), "queued") << "stopped, and in the queue again";
  EXPECT_EQ(state_of("c"), "failed") << "its job is over, and did not begin it";
  EXPECT_EQ(state_of("d"), "queued") << "its job is about to begin it";
  EXPECT_EQ(status_of("d").node, "n2");
}

TEST_F(Status, OfACellWhoseJobEndedBeforeItBeganIsFailedOrDeadAndSaysWhereToLook) {
  write_plan_of("1234567");
  const fs::path array = write_array(1, "101", "1234567");
  for (const char* output : {"0.out", "1.out", "2.out"}) std::ofstream(array / output) << "x";
  fake_squeue(
      "echo '101_0|FAILED|n1'; echo '101_1|TIMEOUT|n2'; echo '101_2|OUT_OF_MEMORY|n1'; echo '101_3|CANCELLED|'\n"
      "echo '101_4|NODE_FAIL|n1'; echo '101_5|PENDING|'; echo '101_6|REQUEUED|'");
  const auto cells = grid_status(out());
  const std::string place = fs::canonical(array).string();

  ASSERT_EQ(cells.size(), 7U);
  std::vector<std::string> states, jobs;
  for (const CellStatus& found : cells) states.push_back(name_of(found.state)), jobs.push_back(found.job);
  EXPECT_EQ(states, (std::vector<std::string>{"failed", "failed", "failed", "dead", "dead", "queued", "queued"}));
  EXPECT_EQ(jobs[0], "101_0");
  EXPECT_EQ(cells[0].error, "Slurm job 101_0 ended as FAILED: see " + place + "/0.out");
  EXPECT_EQ(cells[2].error, "Slurm job 101_2 ended as OUT_OF_MEMORY: see " + place + "/2.out");
  EXPECT_EQ(cells[3].error, "Slurm job 101_3 ended as CANCELLED") << "it has printed nothing";
  EXPECT_EQ(cells[5].error, "");

  const auto shown = run("cd " + (folder / "out").string() + " && " + irmae + " status .");
  EXPECT_CONTAINS(shown.output, "Slurm job 101_0 ended as FAILED: see grid/slurm/1/0.out");
  EXPECT_CONTAINS(shown.output, "7 cells: 2 dead, 3 failed, 2 queued");
}

TEST_F(Status, OfACellThatNeverBeganIsThatOfItsNewestJob) {
  write_plan_of("123");
  write_array(2, "102", "123");
  write_array(9, "109", "1");
  const fs::path newest = write_array(10, "110", "2");
  std::ofstream(newest / "0.out") << "x";
  fake_squeue(
      "for task in 102_0 102_1 102_2; do echo \"$task|CANCELLED|\"; done\n"
      "echo '109_0|PENDING|'; echo '110_0|FAILED|n1'");

  EXPECT_EQ(state_of("cell1"), "queued") << "submitted again";
  EXPECT_EQ(status_of("cell2").error, "Slurm job 110_0 ended as FAILED: see " + fs::canonical(newest).string() + "/0.out");
  EXPECT_EQ(status_of("cell3").error, "Slurm job 102_2 ended as CANCELLED");
}

TEST_F(Status, OfACellThatNeverBeganAndWhoseJobSlurmHasForgottenIsDead) {
  write_plan_of("1");
  const fs::path array = write_array(1, "101", "1");
  fake_squeue("");
  EXPECT_EQ(state_of("cell1"), "waiting") << "the queue may have been asked before it was submitted";

  fs::last_write_time(array / "jobs.toml", fs::file_time_type::clock::now() - std::chrono::minutes(10));
  EXPECT_EQ(state_of("cell1"), "dead");
  EXPECT_EQ(status_of("cell1").error, "Slurm job 101_0 is gone");
  fake_squeue("exit 1");
  EXPECT_EQ(state_of("cell1"), "waiting") << "nothing is known";
}

TEST_F(Status, OfACellWhoseRunFileWasMovedAwayIsWaitingWhateverBecameOfItsJob) {
  write_plan("[[cell]]\nname = 'a'\nid = '" + id_of('1') + "'\n");
  storage::CellState state = running();
  state.phase = CellPhase::complete;
  state.job = "101_0";
  storage::write_state(cell("a", '1'), state);
  write_array(1, "101", "1");
  fake_squeue("echo '101_0|COMPLETED|n1'");

  EXPECT_EQ(state_of("a"), "waiting");
}

TEST_F(Status, OfACellWhoseSlurmJobIsGoneIsDead) {
  storage::CellState state = running();
  state.job = "77_1";
  storage::write_state(cell("a", '1'), state);
  state.job = "77_2";
  storage::write_state(cell("b", '2'), state);
  state.job = "77_3";
  state.updated -= 15;
  storage::write_state(cell("c", '3'), state);
  state.job = "";
  storage::write_state(cell("d", '4'), state);
  fake_squeue("echo '77_1|CANCELLED|n1'; echo '77_2|RUNNING|n1'");

  EXPECT_EQ(state_of("a"), "dead");
  EXPECT_EQ(status_of("a").error, "Slurm job 77_1 ended as CANCELLED");
  EXPECT_EQ(state_of("b"), "running");
  EXPECT_EQ(state_of("c"), "dead");
  EXPECT_EQ(status_of("c").error, "Slurm job 77_3 is gone");
  EXPECT_EQ(state_of("d"), "running") << "of no job";
}

TEST_F(Status, WorksWithASqueueThatFailsOrHangs) {
  storage::CellState state = running();
  state.job = "77_1";
  storage::write_state(cell("a", '1'), state);
  for (const char* script : {"echo 'slurm_load_jobs error' >&2; exit 1", "sleep 1000"}) {
    fake_squeue(script);
    const auto text = run("timeout 60 " + irmae + " status " + out());
    EXPECT_EQ(text.status, 0) << text.output;
    EXPECT_CONTAINS(text.output, "1 cell: 1 running");
    EXPECT_CONTAINS(text.output, "irmae: squeue ") << "says so";
  }
}

TEST_F(Status, DoesNotAskSqueueForNothing) {
  fake_squeue("touch " + (folder / "asked").string());
  storage::write_state(cell("a", '1'), running());
  EXPECT_EQ(state_of("a"), "running");

  EXPECT_FALSE(fs::exists(folder / "asked"));
}

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

TEST_F(Status, IsRefusedInOneClearLine) {
  const auto says = [&](const std::string& arguments, int status, const std::string& text) {
    const auto result = run(irmae + " status " + arguments);
    EXPECT_EQ(result.status, status) << result.output;
    EXPECT_CONTAINS(result.output, text);
    EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 1) << result.output;
  };
  fs::create_directories(out());
  says((folder / "absent").string(), 1, "absent: there is no such folder");
  says(out(), 1, "no cells there");
  says(out() + " --state runing", 2, "did you mean running?");
  says(out() + " --format yaml", 2, "--format: 'yaml' is not one of");
  says(out() + " --watch --format json", 2, "--watch shows text");
}

TEST(Output, ThatCannotBeWrittenIsSaidInOneLineUnlessWhoeverReadItIsGone) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  const tests::TemporaryFolder folder;
  fs::create_directories(folder / "a-11111111");
  std::ofstream(folder / "a-11111111" / "lock") << "x";
  std::ofstream(folder / "m.toml") << "[train]\nepochs = 1\n";
  const std::string irmae = IRMAE_BINARY_DIR "/irmae ", fifo = (folder / "fifo").string();
  for (const std::string& arguments :
       {std::string("--version"), "status " + folder.string(), "plan " + (folder / "m.toml").string()}) {
    const auto full = run("( " + irmae + arguments + " >/dev/full )");
    EXPECT_EQ(full.status, 1) << arguments;
    EXPECT_EQ(full.output, "irmae: standard output cannot be written: No space left on device; send it elsewhere\n");
    // A pipe whose reader has closed it.
    const auto gone = run("( mkfifo " + fifo + "; exec 3<>" + fifo + " 4>" + fifo + " 3<&-; rm " + fifo + "; " + irmae +
                          arguments + " >&4 )");
    EXPECT_EQ(gone.status, 1) << arguments;
    EXPECT_EQ(gone.output, "") << arguments;
  }
}

TEST_F(Status, AsJsonIsOneArrayWithEveryKey) {
  if (!tests::python_has("json")) GTEST_SKIP() << "no Python";
  storage::CellState state = running();
  storage::write_state(cell("a", '1'), state);
  state.phase = CellPhase::failed;
  state.error = "a \"quoted\" \\ error";
  storage::write_state(cell("b", '2'), state);
  cell("c", '3');
  std::ofstream(folder / "check.py")
      << "import json, sys\ncells = json.load(sys.stdin)\n"
         "assert [c['cell'] for c in cells] == ['a', 'b', 'c'], cells\n"
         "assert all(set(c) == set('cell id manifest state epoch epochs samples_per_second seconds_left node job error'"
         ".split()) for c in cells), cells\n"
         "a, b, c = cells\n"
         "assert (a['state'], a['epoch'], a['epochs'], a['samples_per_second'], a['seconds_left']) == "
         "('running', 7, 18, 1234, 90), a\n"
         "assert b['error'] == 'a \"quoted\" \\\\ error' and b['samples_per_second'] is None, b\n"
         "assert c['epoch'] is None and c['seconds_left'] is None and c['job'] == '', c\n";
  const auto checked =
      run(irmae + " status --format json " + out() + " | " + IRMAE_PYTHON + " " + (folder / "check.py").string());

  EXPECT_EQ(checked.status, 0) << checked.output;
}

TEST_F(Status, AsTextHasASummaryAndOnlyTheStatesThatAreAskedFor) {
  storage::CellState state = running();
  storage::write_state(cell("a", '1'), state);
  state.phase = CellPhase::failed;
  state.error = "it broke";
  storage::write_state(cell("b", '2'), state);
  const auto all = run(irmae + " status " + out());
  const auto failed = run(irmae + " status --state failed,dead " + out());

  EXPECT_CONTAINS(all.output, "grid      a     running  7/18   1234       1 min 30 s  ");
  EXPECT_LACKS(all.output, "job") << "a column without anything in it";
  EXPECT_CONTAINS(all.output, "2 cells: 1 running, 1 failed, about 1 min 30 s left");
  EXPECT_LACKS(failed.output, "1234");
  EXPECT_CONTAINS(failed.output, "it broke");
  EXPECT_CONTAINS(failed.output, "2 cells: 1 running, 1 failed");
}

TEST_F(Status, AsTextTellsCellsOfOneNameApart) {
  std::vector<CellStatus> cells(3);
  for (std::size_t i = 0; i < cells.size(); ++i)
    cells[i].cell = i == 0 ? "a" : "b", cells[i].id = std::to_string(i) + "2345678";

  EXPECT_CONTAINS(status_text(cells, {}), "22345678");
  cells.pop_back();
  EXPECT_LACKS(status_text(cells, {}), "12345678");
}

TEST_F(Status, CountsWhatWaitsIntoTheTimeLeft) {
  storage::CellState state = running();  // 7.5 of 18 epochs, 90 s left: a cell takes 154 s
  storage::write_state(cell("a", '1'), state);
  storage::write_state(cell("b", '2'), state);
  write_plan("[[cell]]\nname = 'c'\nid = '" + id_of('3') + "'\n[[cell]]\nname = 'd'\nid = '" + id_of('4') + "'\n");
  const auto left = seconds_left(grid_status(out()));

  ASSERT_TRUE(left);
  EXPECT_NEAR(*left, (2 * 90 + 2 * 90 * 18 / 10.5) / 2, 1e-6) << "two run side by side, two wait";
}

TEST_F(Status, WatchedEndsWhenEveryCellIsDone) {
  std::ofstream(cell("a", '1') / "run.h5") << "x";
  const auto result = run("timeout 60 " + irmae + " status --watch " + out());

  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_CONTAINS(result.output, "1 cell: 1 done");
}

TEST_F(Status, WatchedEndsWithOneWhenNothingGoesOnAndNotAllIsDone) {
  std::ofstream(cell("a", '1') / "run.h5") << "x";
  storage::CellState state = running();
  state.phase = CellPhase::failed;
  storage::write_state(cell("b", '2'), state);

  EXPECT_EQ(run("timeout 60 " + irmae + " status --watch " + out()).status, 1);
}

TEST_F(Status, WatchedEndsWithALineWhenCellsWaitAndNobodyBeginsThem) {
  using std::chrono::milliseconds;
  write_plan_of("12");
  std::ofstream(cell("cell1", '1') / "run.h5") << "x";
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const auto start = std::chrono::steady_clock::now();
  const int status = watch(out(), {}, {milliseconds(20), milliseconds(300)});
  const auto took = std::chrono::steady_clock::now() - start;
  const std::string shown = testing::internal::GetCapturedStdout(), said = testing::internal::GetCapturedStderr();

  EXPECT_EQ(status, 1);
  EXPECT_GE(took, milliseconds(300));
  EXPECT_CONTAINS(shown, "2 cells: 1 done, 1 waiting");
  EXPECT_EQ(said, "irmae: nothing has run or been queued for 0 s: irmae run or irmae submit begins what waits\n");
}

TEST_F(Status, WatchedGoesOnWhileACellRunsOrIsQueued) {
  using std::chrono::milliseconds;
  write_plan_of("12");
  write_array(1, "101", "1");
  fake_squeue("echo '101_0|PENDING|'");
  const fs::path second = cell("cell2", '2');
  storage::write_state(second, running());
  testing::internal::CaptureStdout();
  // Both are done a second later, long after the patience is over.
  std::thread others([&] {
    std::this_thread::sleep_for(milliseconds(1000));
    std::ofstream(second / "run.h5") << "x";
    std::ofstream(cell("cell1", '1') / "run.h5") << "x";
  });
  const int status = watch(out(), {}, {milliseconds(20), milliseconds(50)});
  others.join();
  const std::string shown = testing::internal::GetCapturedStdout();

  EXPECT_EQ(status, 0);
  EXPECT_CONTAINS(shown, "2 cells: 1 running, 1 queued");
}

TEST(StatusScreen, FitsTheTerminalAndShowsFirstWhatHappens) {
  GridStatus grid;
  for (int i = 0; i < 1000; ++i) {
    CellStatus& cell = grid.cells.emplace_back();
    cell.cell = "cell-" + std::to_string(i);
    cell.state = i == 999 ? CellProgress::running : i == 998 ? CellProgress::failed : CellProgress::done;
    cell.error = i == 998 ? std::string(300, 'e') : "";
  }
  const std::string screen = status_screen(grid, {}, {20, 60});

  EXPECT_TRUE(screen.starts_with("\033[H1000 cells: 998 done, 1 running, 1 failed\033[K\n")) << screen;
  EXPECT_LT(std::count(screen.begin(), screen.end(), '\n'), 20);
  EXPECT_LT(screen.find("cell-999"), screen.find("cell-998"));
  EXPECT_LT(screen.find("cell-998"), screen.find("cell-0"));
  EXPECT_CONTAINS(screen, "... and 986 more");
  std::istringstream lines(screen.substr(3));
  for (std::string line; std::getline(lines, line);) EXPECT_LT(line.substr(0, line.find('\033')).size(), 60U) << line;
}

TEST_F(Status, OfAGridWithManyCellsOpensNoMoreThanAFewFilesAtOnce) {
  constexpr int kCells = 300;
  for (int i = 0; i < kCells; ++i) {
    const fs::path path = folder / "out" / "grid" / ("c" + std::to_string(i) + "-11111111");
    fs::create_directories(path);
    storage::write_state(path, running());
  }
  rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit few{32, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &few);
  const auto cells = grid_status(out());
  setrlimit(RLIMIT_NOFILE, &before);

  EXPECT_EQ(cells.size(), std::size_t{kCells});
  EXPECT_TRUE(std::all_of(cells.begin(), cells.end(), [](const auto& cell) { return cell.state == CellProgress::running; }));
}

}  // namespace
}  // namespace irmae::launchers
