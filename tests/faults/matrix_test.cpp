// SPDX-License-Identifier: MIT
// The kill matrix: every mode of failure in every phase of a run. In each the run ends within a bounded time with a message
// that says where, leaves no process and no file that does not open, and the same command again gives the same final
// numbers as a run that nothing disturbed; on one host, and over two. The whole matrix is printed at the end; a hole in it is a
// failed test.
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <fstream>
#include <optional>
#include <regex>

#include "storage/system/files.h"
#include "tests/faults/cell.h"
#include "tests/faults/live_run.h"
#include "tests/faults/matrix.h"
#include "tests/faults/small_disk.h"
#include "tests/faults/two_hosts.h"
#include "tests/mpi_environment.h"

namespace irmae::tests {
namespace {

namespace fs = std::filesystem;

/// Where a run can be when something happens to it.
struct Phase {
  const char* name;
  const char* place;  ///< IRMAE_FAULT's
  int count;
  bool every_rank;           ///< false: only rank 0 comes there
  const char* words;         ///< how messages call it, a regular expression
  int checkpoints, metrics;  ///< files that are there then
};

const Phase kPhases[] = {
    {"SetUp", "set-up", 1, true, "set-up", 0, 0},
    {"FirstStep", "step", 1, true, "step 1", 0, 0},
    {"MidEpoch", "step", 5, true, "step 5", 1, 1},
    {"AllReduce", "all-reduce of bucket 0 in step 5", 1, true, "step 5", 1, 1},
    {"CheckpointWrite", "write-checkpoint", 5, false, "writing of the checkpoint", 1, 1},
    {"MetricsFlush", "write-metrics", 2, false, "writing of the metrics", 1, 1},
    {"FinalRename", "rename-run", 1, false, "writing of the run file", 1, 1},
    {"Evaluation", "evaluation", 1, true, "evaluation", 1, 1},
};

enum class Mode {
  kill_rank,
  kill_root,
  kill_launcher,
  stop_rank,
  stop_root,
  term_rank,
  term_launcher,
  disk_full,
  read_only,
  exception,
  cut_checkpoint,
  cut_metrics
};

const std::pair<Mode, const char*> kModes[] = {
    {Mode::kill_rank, "SigkillOfARank"},      {Mode::kill_root, "SigkillOfRank0"},     {Mode::kill_launcher, "SigkillOfMpirun"},
    {Mode::stop_rank, "SigstopOfARank"},      {Mode::stop_root, "SigstopOfRank0"},     {Mode::term_rank, "SigtermOfARank"},
    {Mode::term_launcher, "SigtermOfMpirun"}, {Mode::disk_full, "DiskFull"},           {Mode::read_only, "ReadOnlyFolder"},
    {Mode::exception, "Exception"},           {Mode::cut_checkpoint, "CutCheckpoint"}, {Mode::cut_metrics, "CutMetrics"},
};

/// Seconds from a fault to the end of the last process.
double longest_end = 0;

/// Of the whole, in the end.
class Printed : public ::testing::Environment {
 public:
  void TearDown() override {
    std::string all;
    for (const bool two_hosts : {false, true}) {
      if (matrix(two_hosts).empty()) continue;
      std::vector<std::string> rows, columns;
      for (const auto& [mode, name] : kModes) rows.emplace_back(name);
      if (two_hosts) rows.emplace_back("LinkCut");
      for (const Phase& phase : kPhases) columns.emplace_back(phase.name);
      all +=
          std::string(two_hosts ? "Over two hosts" : "On one host") + "\n\n" + matrix(two_hosts).markdown(rows, columns) + "\n";
    }
    if (all.empty()) return;
    std::printf("\n%slongest time from a fault to the end of the last process: %.1f s\n", all.c_str(), longest_end);
    if (const char* path = std::getenv("IRMAE_FAULT_TABLE")) std::ofstream(path) << all;
  }
};

const auto* const kPrinted = ::testing::AddGlobalTestEnvironment(new Printed);

std::string escaped(const std::string& text) {
  return std::regex_replace(text, std::regex(R"([.^$|()\[\]{}*+?\\])"), R"(\$&)");
}

void cut(const fs::path& file) {
  std::error_code ignored;
  fs::resize_file(file, fs::file_size(file, ignored) / 2, ignored);
}

/// The third: over two hosts.
using Case = std::tuple<Phase, std::pair<Mode, const char*>, bool>;

class KillMatrix : public ::testing::TestWithParam<Case> {
 protected:
  KillMatrix() : phase_(std::get<0>(GetParam())), mode_(std::get<1>(GetParam()).first), two_hosts_(std::get<2>(GetParam())) {}

  void SetUp() override {
    if (reason_ = not_applicable(); !reason_.empty()) GTEST_SKIP() << reason_;
    if (two_hosts_) hosts_.emplace();
  }

  void TearDown() override {
    std::string& result = matrix(two_hosts_).at(std::get<1>(GetParam()).second, phase_.name);
    if (IsSkipped())
      result = "n/a: " + reason_;
    else if (HasFailure())
      result = "WRONG: " + (wrong_.empty() ? "an error of the test" : wrong_);
    else
      result = good_;
  }

  void hole(const std::string& what) {
    wrong_ += (wrong_.empty() ? "" : "; ") + what;
    ADD_FAILURE() << what;
  }

  /// Why this case cannot be; empty when it can.
  std::string not_applicable() const {
    if (mode_ == Mode::cut_checkpoint && phase_.checkpoints == 0) return "there is no checkpoint yet";
    if (mode_ == Mode::cut_metrics && phase_.metrics == 0) return "there is no metrics file yet";
    if ((mode_ == Mode::disk_full || mode_ == Mode::read_only) && !SmallDisk::obstacle().empty()) return SmallDisk::obstacle();
    return two_hosts_ ? TwoHosts::obstacle() : "";
  }

  /// Of the cell on two ranks.
  std::string command(const fs::path& output, const std::string& more = "") const {
    return (hosts_ ? hosts_->mpirun_with_keepalive() : mpirun(2)) + small_cell().train(output, more);
  }

  /// Whether the run may become complete, with status 0, in spite of the fault: in the final rename, where all is written and
  /// nothing is left to be stopped. SigtermOfMpirun is not among these: mpirun's own status after that signal is 1, whatever
  /// its ranks do, so that 0 would be of a signal that did nothing.
  bool may_end_well() const {
    return std::string(phase_.name) == "FinalRename" && (mode_ == Mode::term_rank || mode_ == Mode::disk_full);
  }

  /// mpirun's status; nothing where it depends on what mpirun or the kernel comes to first. 75: the same command goes on. Other
  /// failures are 1, so that a batch system does not start again what fails again.
  std::optional<int> status_wanted() const {
    switch (mode_) {
      case Mode::stop_rank:
      case Mode::stop_root:
      case Mode::term_rank:
        return 75;
      case Mode::disk_full:
      case Mode::read_only:
      case Mode::exception:
        return 1;
      default:
        return std::nullopt;
    }
  }

  /// The rank that comes to the place and stops there; the fault is then done from outside, and it is continued.
  int paused_rank() const {
    if (!phase_.every_rank) return 0;
    switch (mode_) {
      case Mode::kill_root:
      case Mode::stop_root:
      case Mode::disk_full:
      case Mode::read_only:
        return 0;
      default:
        return 1;
    }
  }

  void do_fault(LiveRun& run, SmallDisk& disk, pid_t paused) {
    const auto to_rank = [&](int rank, int signal) {
      if (const auto process = run.rank(rank)) kill(*process, signal);
    };
    bool goes_on = true;
    switch (mode_) {
      case Mode::kill_rank:
        to_rank(1, SIGKILL);
        break;
      case Mode::kill_root:
        to_rank(0, SIGKILL);
        break;
      case Mode::kill_launcher:
        kill(run.launcher(), SIGKILL);
        break;
      case Mode::stop_rank:
        to_rank(1, SIGSTOP);
        goes_on = !phase_.every_rank;
        break;
      case Mode::stop_root:
        goes_on = false;
        break;
      case Mode::term_rank:
        to_rank(1, SIGTERM);
        break;
      case Mode::term_launcher:
        kill(run.launcher(), SIGTERM);
        break;
      case Mode::disk_full:
        disk.fill();
        break;
      case Mode::read_only:
        hosts_ ? TwoHosts::make_read_only(paused, disk.path()) : disk.make_read_only();
        break;
      case Mode::cut_checkpoint:
      case Mode::cut_metrics:
        run.kill_all();
        break;
      case Mode::exception:
        break;
    }
    if (goes_on) kill(paused, SIGCONT);
  }

  /// What the output has to say, as regular expressions.
  std::vector<std::string> words() const {
    const std::string in = std::string("[^:]*") + phase_.words + "[^:]*: ";
    const std::string killed = ".*exited on signal 9";
    switch (mode_) {
      case Mode::kill_rank:
        // Rank 0 may have left the phase, in which it alone was, before it met the dead rank.
        return {"rank 1" + killed, "irmae: rank 0, " + (phase_.every_rank ? in : "[^:]+: ") + "told to stop while it waits"};
      case Mode::kill_root:
        return {"rank 0" + killed, "irmae: rank 1, " + in + "told to stop while it waits for "};
      case Mode::stop_rank:
        return {"irmae: rank 0, " + (phase_.every_rank ? in : "[^:]+: ") + ".* did not end within 5 s"};
      case Mode::stop_root:
        return {"irmae: rank 1, " + in + ".* did not end within 5 s"};
      case Mode::term_rank:
        if (may_end_well()) return {"1 trained now"};
        return {"stopped in step [0-9]+ by a signal to rank 1, checkpoint written|stopped by a signal in the evaluation"};
      case Mode::term_launcher:
        // mpirun wakes its ranks at once and hands the signal on up to a second later. By then they may be anywhere: this small
        // cell needs about a second for all of its steps, so that from any phase it may have come to its end. Whether ranks
        // obey the signal, SigtermOfARank shows.
        return {
            "irmae: rank [01], .*: told to stop|stopped in step [0-9]+ by a signal|by a signal (before|in) the evaluation|"
            "1 trained now"};
      case Mode::disk_full:
        if (may_end_well()) return {"1 trained now"};
        return {"irmae: rank 0, writing of [^:]*: cannot write /.*: No space left on device; free some space"};
      case Mode::read_only:
        return {"irmae: rank 0, writing of [^:]*: cannot [a-z]+ /.*: Read-only file system; choose a folder"};
      case Mode::exception:
        return {"irmae: rank " + std::to_string(paused_rank()) + ", " + in +
                "(cell irmae: )?fault asked for by IRMAE_FAULT at " + escaped(phase_.place)};
      default:
        return {};
    }
  }

  /// What the same command says when it goes on.
  std::string words_again(const fs::path& folder) const {
    switch (mode_) {
      case Mode::kill_launcher:
        // mpirun's ranks also lose the terminal that it gave them. Those that hear of it first stop with a checkpoint.
        if (const fs::path log = folder / "log.txt";
            fs::exists(log) && storage::read_text(log).find("by a signal") != std::string::npos)
          return "1 trained now";
        return "ended without releasing its lock|complete before";
      case Mode::cut_checkpoint:
        return "warning: .*checkpoint.h5: .*the checkpoint before it is tried";
      default:
        return "";
    }
  }

  Phase phase_;
  Mode mode_;
  bool two_hosts_;
  std::optional<TwoHosts> hosts_;
  std::string good_ = "ok", wrong_, reason_;
};

TEST_P(KillMatrix, EndsInTimeAndGoesOn) {
  const SmallCell& cell = small_cell();
  const std::string& undisturbed = cell.undisturbed();
  SmallDisk disk(
      cell.place("disk-" + std::string(phase_.name) + std::get<1>(GetParam()).second + (two_hosts_ ? "-hosts" : "")));
  const bool hangs = mode_ == Mode::stop_rank || mode_ == Mode::stop_root;
  const int rank = paused_rank();
  const std::string fault = std::string(phase_.place) + (mode_ == Mode::exception ? ":throw:" : ":hang:") +
                            std::to_string(rank) + ":" + std::to_string(phase_.count);

  std::string output, left;
  std::optional<int> status;
  {
    LiveRun run(command(disk.path(), hangs ? "train.timeout_seconds=5" : ""), fault, cell.place("output"));
    if (mode_ != Mode::exception) {
      const auto paused = run.wait_stopped(rank, kLimit);
      if (!paused) return hole("the run never came to " + std::string(phase_.place) + ": " + run.output());
      do_fault(run, disk, *paused);
    }
    const auto start = std::chrono::steady_clock::now();
    status = run.wait(kLimit);
    const bool gone = run.gone(kLimit);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    longest_end = std::max(longest_end, seconds);
    RecordProperty("seconds", std::to_string(seconds));
    if (!status) hole("mpirun does not end");
    if (!gone) hole("processes stay behind: " + run.left());
    output = run.output();
  }
  SCOPED_TRACE(output);
  if (status == 0 && !may_end_well()) hole("exit status 0, as if nothing had happened");
  if (const auto wanted = status_wanted(); wanted && status && status != 0 && status != wanted)
    hole("exit status " + std::to_string(*status) + " instead of " + std::to_string(*wanted));
  for (const std::string& expected : words())
    if (!std::regex_search(output, std::regex(expected))) hole("no message like '" + expected + "'");
  const fs::path folder = SmallCell::folder(disk.path());
  if (const std::string damaged = damaged_files(folder); !damaged.empty()) hole("files do not open: " + damaged);
  if (status == 0) good_ = "ok (ends)";

  disk.make_writable();
  disk.free();
  if (mode_ == Mode::cut_checkpoint) cut(folder / "checkpoint.h5");
  if (mode_ == Mode::cut_metrics) {
    cut(folder / "metrics.h5");
    const Result table = run(IRMAE_BINARY_DIR "/irmae table losses " + disk.path().string());
    if (table.output.find("metrics.h5") == std::string::npos) hole("no table names the damaged file: " + table.output);
  }
  const std::string expected_again = words_again(folder);
  const Result again = run("timeout -k 5 100 " + command(disk.path()));
  SCOPED_TRACE("again: " + again.output);
  if (again.status != 0) hole("the same command again ends with " + std::to_string(again.status));
  if (!std::regex_search(again.output, std::regex(expected_again))) hole("again: no message like " + expected_again);
  if (SmallCell::tables(disk.path()) != undisturbed) hole("the final numbers differ from those of an undisturbed run");
  if (const std::string files = leftovers(folder); !files.empty()) hole("files stay behind: " + files);
  if (const std::string damaged = damaged_files(folder); !damaged.empty()) hole("again: files do not open: " + damaged);
}

std::string name_of(const ::testing::TestParamInfo<Case>& one) {
  return std::string(std::get<0>(one.param).name) + "_" + std::get<1>(one.param).second;
}

INSTANTIATE_TEST_SUITE_P(OneHost, KillMatrix,
                         ::testing::Combine(::testing::ValuesIn(kPhases), ::testing::ValuesIn(kModes),
                                            ::testing::Values(false)),
                         name_of);
INSTANTIATE_TEST_SUITE_P(TwoHosts, KillMatrix,
                         ::testing::Combine(::testing::ValuesIn(kPhases), ::testing::ValuesIn(kModes), ::testing::Values(true)),
                         name_of);

}  // namespace

ResultTable& matrix(bool two_hosts) {
  static ResultTable tables[] = {ResultTable("mode"), ResultTable("mode")};
  return tables[two_hosts ? 1 : 0];
}

}  // namespace irmae::tests
