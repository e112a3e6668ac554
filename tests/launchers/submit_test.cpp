// SPDX-License-Identifier: MIT
// irmae submit without a Slurm: what it prints and writes, and how it speaks with sbatch, squeue and scontrol, which
// are scripts here that note their arguments. tests/cluster has the real ones.
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "storage/cell_state.h"
#include "storage/system/folder_lock.h"
#include "tests/contains.h"
#include "tests/temporary_folder.h"

namespace irmae {
namespace {

namespace fs = std::filesystem;
using tests::run;

class Submit : public ::testing::Test {
 protected:
  void SetUp() override {
    // Four cells: m-seed1 ... m-seed4 by the manifest's method.
    write("m.toml",
          "[data]\ntrain_size = 32\nvalidation_size = 8\n[train]\nepochs = 1\nthreads = 1\n"
          "[grid]\n'train.seed' = [1, 2, 3, 4]\n");
    fs::create_directory(folder / "bin");
    fs::create_directory(folder / "tools");
    for (const char* tool : {"cat", "tee", "touch"})
      fs::create_symlink(run(std::string("command -v ") + tool + " | tr -d '\\n'").output, folder / "tools" / tool);
  }
  void write(const std::string& name, const std::string& text) const { std::ofstream(folder / name) << text; }
  std::string read(const fs::path& name) const {
    std::stringstream text;
    text << std::ifstream(name.is_absolute() ? name : folder / name.string()).rdbuf();
    return text.str();
  }
  /// A program on PATH that notes its arguments, one a line, in NAME.calls, then runs `body`.
  void fake(const std::string& name, const std::string& body) const {
    tests::write_program(folder / ("bin/" + name),
                         "#!/bin/bash\nprintf '%s\\n' \"$@\" >>'" + folder.string() + "/" + name + ".calls'\n" + body + "\n");
  }
  /// A cluster with this MaxArraySize that gives the ids 101, 102 ... and has `queue` in mind.
  void fake_slurm(int largest, const std::string& queue = "") const {
    fake("scontrol", "echo 'MaxArraySize            = " + std::to_string(largest) + "'");
    fake("squeue", "cat <<'END'\n" + queue + "\nEND");
    fake("sbatch", "cd '" + folder.string() + "'; n=$(cat n 2>/dev/null || echo 100); echo $((n + 1)) | tee n");
  }
  /// irmae submit in the folder. PATH has the fakes and what they need, but no other Slurm.
  tests::Result submit(const std::string& arguments) const {
    return run("cd " + folder.string() + " && PATH=" + folder.string() + "/bin:" + folder.string() + "/tools " + irmae +
               " submit " + arguments);
  }
  /// The third task of the array that was submitted first, as Slurm starts it; with `more` variables.
  tests::Result run_task(const std::string& more = "") const {
    return run("cd " + folder.string() + " && PATH=" + folder.string() + "/bin:$PATH " + more +
               " SLURM_JOB_ID=9 SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=2 timeout 60 bash out/m/slurm/1/job.sh");
  }
  /// Only what --print says on standard output.
  std::string script(const std::string& arguments) const {
    run("{ cd " + folder.string() + " && PATH=" + folder.string() + "/bin:" + folder.string() + "/tools " + irmae +
        " submit --print " + arguments + " >printed; }");
    return read("printed");
  }
  static std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t place = 0; (place = text.find(part, place)) != std::string::npos; ++place) ++found;
    return found;
  }

  tests::TemporaryFolder folder;
  const std::string irmae = IRMAE_BINARY_DIR "/irmae";
};

TEST_F(Submit, PrintsAScriptThatBashTakesAndWritesNothing) {
  const std::string command =
      "m.toml -o out --partition p --time 1:00:00 --ntasks 4 --nodes 2 --cpus-per-task 3 --gres gpu:4 "
      "--array-limit 2 --account a --qos q --mem 8G --signal-seconds 90 --requeue-limit 7";
  const std::string text = script(command);

  for (const char* line : {"#!/bin/bash\n", "#SBATCH --job-name=irmae-m\n", "#SBATCH --array=0-3%2\n",
                           "#SBATCH --partition=p\n", "#SBATCH --time=1:00:00\n", "#SBATCH --ntasks=4\n", "#SBATCH --nodes=2\n",
                           "#SBATCH --cpus-per-task=3\n", "#SBATCH --gres=gpu:4\n", "#SBATCH --account=a\n",
                           "#SBATCH --qos=q\n", "#SBATCH --mem=8G\n", "#SBATCH --signal=B:USR1@90\n", "#SBATCH --requeue\n",
                           "#SBATCH --open-mode=append\n", "requeue_limit=7\n", "launch=(mpirun --bind-to none -n 4)\n"})
    EXPECT_EQ(count(text, line), 1U) << line << text;
  EXPECT_EQ(count(text, "@DIRECTIVES@") + count(text, "@IRMAE@"), 0U);
  EXPECT_EQ(script(command), text) << "the same every time";
  EXPECT_EQ(run("bash -n " + (folder / "printed").string()).output, "");
  EXPECT_FALSE(fs::exists(folder / "out"));
}

TEST_F(Submit, TakesAFolderBehindALinkForTheOneThatRunTakes) {
  fs::create_directories(folder / "elsewhere/deep");
  fs::create_directory_symlink("elsewhere/deep", folder / "link");
  const std::string up = script("m.toml -o link/../out"), below = script("m.toml -o link/out/");

  EXPECT_CONTAINS(up, (fs::canonical(folder.string()) / "elsewhere/out/m/slurm").string());
  EXPECT_CONTAINS(below, (fs::canonical(folder.string()) / "link/out/m/slurm").string());
}

/// The command and the lines of its script that docs/cluster.md shows, "..." between them.
TEST_F(Submit, PrintsTheScriptThatItsPageShows) {
  fs::create_symlink(IRMAE_SOURCE_DIR "/experiments", folder / "experiments");
  const std::string page = read(IRMAE_SOURCE_DIR "/docs/cluster.md"), fence = "\n```\n", command = fence + "irmae submit ";
  // The block of code that begins with a script's first line, and the last one before it that begins with the command.
  const std::size_t lines = page.find(fence + "#SBATCH ");
  ASSERT_NE(lines, std::string::npos);
  const std::size_t words = page.rfind(command, lines);
  ASSERT_NE(words, std::string::npos);
  const auto block = [&](std::size_t from) { return page.substr(from, page.find(fence, from) - from); };
  const std::string arguments = block(words + command.size()), text = script(arguments);

  std::istringstream shown(block(lines + fence.size()));
  std::size_t at = 0;
  for (std::string line; std::getline(shown, line);) {
    if (line == "...") continue;
    const std::size_t found = text.find("\n" + line + "\n", at);
    ASSERT_NE(found, std::string::npos) << line << " is not, or not there, in what this prints: " << arguments << "\n" << text;
    at = found + 1;
  }
  EXPECT_GT(at, 0U);
}

TEST_F(Submit, SaysThatItPrintsWithoutKnowingTheQueue) {
  fake_slurm(1001);
  fake("squeue", "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1");
  const auto result = submit("m.toml --print");

  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_CONTAINS(result.output, "Unable to contact slurm controller; shown as if no cell were queued");
}

TEST_F(Submit, GivesAStepOfSrunTheProcessorsOfItsTasks) {
  const std::string text = script("m.toml --launcher srun --ntasks 4 --cpus-per-task 8");

  EXPECT_EQ(count(text, "launch=(srun --mpi=pmix --kill-on-bad-exit=1 --ntasks=4 --cpus-per-task=8)\n"), 1U) << text;
}

TEST_F(Submit, GivesCellsWithRanksOfTheirOwnArraysOfTheirOwn) {
  write("m.toml",
        "[data]\ntrain_size = 32\nvalidation_size = 8\n[[cell]]\nname = 'small'\ngrid.train.seed = [1, 2]\n"
        "[[cell]]\nname = 'large'\ntrain.seed = 3\ntrain.ranks = 8\n");
  fake_slurm(1001);
  const auto result = submit("m.toml --ntasks 2");

  EXPECT_EQ(count(result.output, "job 101: 2 cells, 2 ranks each"), 1U) << result.output;
  EXPECT_EQ(count(result.output, "job 102: 1 cell, 8 ranks each"), 1U) << result.output;
  const std::string large = read("out/m/slurm/2/job.sh");
  EXPECT_EQ(count(large, "#SBATCH --ntasks=8\n") + count(large, "launch=(mpirun --bind-to none -n 8)\n"), 2U) << large;
  EXPECT_EQ(read("out/m/slurm/2/cells").substr(0, 6), "large ");
}

TEST_F(Submit, GivesTheReportJobMemoryButNoGpusAndNoOptionsForNodesThatTrain) {
  const std::string text = script("m.toml --after --partition gpu --gres gpu:4 --mem 8G -- --exclusive");
  const std::size_t start = text.find("--job-name=irmae-m-report");
  ASSERT_NE(start, std::string::npos) << text;
  const std::string arrays = text.substr(0, start), report = text.substr(start);

  EXPECT_EQ(count(arrays, "#SBATCH --gres=gpu:4\n") + count(arrays, "#SBATCH --exclusive\n"), 2U) << arrays;
  EXPECT_EQ(count(report, "#SBATCH --mem=8G\n") + count(report, "#SBATCH --partition=gpu\n"), 2U) << report;
  EXPECT_EQ(count(report, "gpu:4") + count(report, "--exclusive"), 0U) << report;
}

TEST_F(Submit, GivesTheReportJobAPartitionOfItsOwn) {
  const std::string text = script("m.toml --after --partition gpu --after-partition cpu");
  const std::size_t start = text.find("--job-name=irmae-m-report");
  ASSERT_NE(start, std::string::npos) << text;

  EXPECT_EQ(count(text.substr(0, start), "#SBATCH --partition=gpu\n"), 1U) << text;
  EXPECT_EQ(count(text.substr(start), "#SBATCH --partition=cpu\n"), 1U) << text;
  EXPECT_EQ(count(text, "#SBATCH --partition="), 2U) << text;
  EXPECT_NE(submit("m.toml --print --after-partition cpu").status, 0) << "there is no such job without --after";
}

TEST_F(Submit, LetsArraysDependOnAnotherJobAndTheReportOnTheArraysAlone) {
  fake_slurm(1001);
  const auto result = submit("m.toml --after -- --dependency=afterok:1 --nodelist=n1");
  ASSERT_EQ(result.status, 0) << result.output;

  EXPECT_CONTAINS(read("out/m/slurm/1/job.sh"), "--dependency=afterok:1");
  const std::string report = read("out/m/slurm/report.sh");
  const std::size_t own = report.find("--dependency=afterany:101\n"), others = report.find("--dependency=afterok:1");
  ASSERT_NE(own, std::string::npos) << report;
  EXPECT_TRUE(others == std::string::npos || others < own) << "Slurm takes the last of two\n" << report;
}

TEST_F(Submit, ItsScriptsPassShellcheck) {
  if (run("command -v shellcheck").status != 0) GTEST_SKIP() << "there is no shellcheck";
  script("m.toml --time 10");
  EXPECT_EQ(run("shellcheck " + (folder / "printed").string()).output, "");
  fake_slurm(1001);
  ASSERT_EQ(submit("m.toml --after").status, 0);
  EXPECT_EQ(run("shellcheck " + (folder / "out/m/slurm/report.sh").string()).output, "");
}

TEST_F(Submit, WhatTheUserNamesStaysOneWordInTheScript) {
  const std::string unkind = "a b'c\"d$(touch pwned)`touch pwned`;&|*";
  write("out.name", unkind);
  const std::string text = script("m.toml -o \"$(cat out.name)\" --partition 'x\" --wrap=y' -- --comment 'a b'");
  EXPECT_CONTAINS(text, "#SBATCH --partition=\"x\\\" --wrap=y\"\n");
  EXPECT_CONTAINS(text, "#SBATCH --comment \"a b\"\n");

  // Run as task 2 with fakes: the program gets the folder as it is, and nothing in it is executed.
  fake_slurm(1001);
  ASSERT_EQ(submit("m.toml -o \"$(cat out.name)\"").status, 0);
  fake("mpirun", "");
  const fs::path job = folder / unkind / "m" / "slurm" / "1" / "job.sh";
  write("job.name", job.string());
  const auto ran = run("cd " + folder.string() + " && PATH=" + folder.string() +
                       "/bin:$PATH SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=2 bash \"$(cat job.name)\"");
  EXPECT_EQ(ran.status, 0) << ran.output;
  const std::string place = (folder / unkind).string();
  EXPECT_EQ(read("mpirun.calls"), "--bind-to\nnone\n-n\n1\n" IRMAE_BINARY_DIR "/irmae\nrun\n" + place +
                                      "/m/slurm/1/m/m.toml\n-o\n" + place + "\n--only\nae-seed3\n");
  EXPECT_FALSE(fs::exists(folder / "pwned"));
  EXPECT_TRUE(read("sbatch.calls").ends_with("\n" + job.string() + "\n")) << read("sbatch.calls");
}

/// A command line is above the variables of sbatch's environment, which are above the lines of a script.
TEST_F(Submit, GivesSbatchTheOptionsOfTheScriptOnItsCommandLineToo) {
  fake_slurm(1001);
  fake("sbatch", "printf '%s' \"${SBATCH_ERROR-}${SBATCH_ARRAY_INX-}${SBATCH_WAIT-}${SBATCH_EXPORT-}\" >'" + folder.string() +
                     "/variables'; echo 101");
  write("prologue", "#SBATCH --exclusive\n");
  const auto result =
      run("export SBATCH_ERROR=e SBATCH_ARRAY_INX=1-9 SBATCH_WAIT=1 SBATCH_EXPORT=some; cd " + folder.string() +
          " && PATH=" + folder.string() + "/bin:" + folder.string() + "/tools " + irmae +
          R"( submit m.toml --partition 'x" --wrap=y\' --time 9 --prologue prologue -- --comment 'a b' -C sky)");
  ASSERT_EQ(result.status, 0) << result.output;

  const std::string array = fs::canonical(folder.string()).string() + "/out/m/slurm/1";
  EXPECT_EQ(read("sbatch.calls"),
            "--parsable\n--job-name=irmae-m\n--array=0-3\n--partition=x\" --wrap=y\\\n--time=9\n--ntasks=1\n"
            "--signal=B:USR1@120\n--requeue\n--open-mode=append\n--output=" +
                array + "/%a.out\n--chdir=" + fs::canonical(folder.string()).string() + "\n--comment\na b\n-C\nsky\n" + array +
                "/job.sh\n");
  EXPECT_EQ(read("variables"), "some") << "what no option of the script says is left to the user";
}

TEST_F(Submit, LeavesOutWhatDescribesTheJobInWhichItIsStarted) {
  fake_slurm(1001);
  fake("sbatch",
       "printf '%s' \"${SLURM_JOB_ID-}${SLURM_CONF-}${SLURM_MEM_PER_CPU-}\" >'" + folder.string() + "/variables'; echo 101");
  const auto variables = [&](const std::string& more) {
    const auto result = run("unset SLURM_JOB_ID; export SLURM_CONF=c SLURM_MEM_PER_CPU=m " + more + "; cd " + folder.string() +
                            " && PATH=" + folder.string() + "/bin:" + folder.string() + "/tools " + irmae +
                            " submit m.toml -o \"out$SLURM_JOB_ID\"");
    EXPECT_EQ(result.status, 0) << result.output;
    return read("variables");
  };

  EXPECT_EQ(variables("SLURM_JOB_ID=9"), "c");
  EXPECT_EQ(variables(""), "cm") << "outside of a job they are the user's own";
}

TEST_F(Submit, TellsOverridesFromOptionsForSbatch) {
  for (const char* arguments :
       {"m.toml train.epochs=2 --ntasks 2 -- --constraint a=b", "m.toml --ntasks 2 train.epochs=2 -- --constraint a=b",
        "--ntasks 2 m.toml train.epochs=2 -- --constraint a=b"}) {
    const std::string text = script(arguments);
    EXPECT_EQ(count(text, "#SBATCH --constraint a=b\n"), 1U) << arguments << text;
    EXPECT_EQ(count(text, "epochs"), 0U) << arguments;
  }
}

TEST_F(Submit, RefusesWhatCannotStandInABatchScript) {
  for (const auto& [arguments, says] : {std::pair{"-o 'a\\b'", "backslash"},
                                        {"--partition \"$(printf 'a\\nb')\"", "--partition: a line break"},
                                        {"-o \"$(printf 'a\\nb')\"", "a line break"},
                                        {"--ntasks 0", "--ntasks"},
                                        {"--launcher ssh", "--launcher"},
                                        {"--prologue absent", "absent"},
                                        {"train.epoch=3", "train.epochs"},
                                        {"-- --constraint=a --job-name=paper", "irmae sets --job-name itself"},
                                        {"-- -n8", "irmae sets -n itself"},
                                        {"-- --job-n=x", "-- --job-n=x: irmae sets --job-name itself"},
                                        {"-- --no-req", "irmae sets --no-requeue itself"},
                                        {"-- --clusters=b", "set SLURM_CLUSTERS instead"},
                                        {"-- -Mb", "set SLURM_CLUSTERS instead"},
                                        {"--only nothing", "no cell's name matches"}}) {
    const auto result = submit(std::string("m.toml --print ") + arguments);
    EXPECT_NE(result.status, 0) << arguments;
    EXPECT_CONTAINS(result.output, says) << arguments;
    EXPECT_LACKS(result.output, "#!/bin/bash") << arguments;
  }
}

TEST_F(Submit, LeavesNothingBehindWhereItIsRefused) {
  fake_slurm(1001);
  const std::string before = run("ls -A " + folder.string()).output;
  for (const char* arguments : {"-o \"$(printf 'a\\nb')\"", "-o \"$(printf 'a\\tb')\"", "-o 'a\\b'", "-- --array=1"}) {
    EXPECT_EQ(submit(std::string("m.toml ") + arguments).status, 2) << arguments;
    EXPECT_EQ(run("ls -A " + folder.string()).output, before) << arguments;
  }
}

TEST_F(Submit, RefusesToSubmitWhereSqueueIsNotAsked) {
  fake_slurm(1001);
  setenv("SBATCH_CLUSTERS", "b", 1);
  const auto result = submit("m.toml");
  unsetenv("SBATCH_CLUSTERS");

  EXPECT_EQ(result.status, 2) << result.output;
  EXPECT_CONTAINS(result.output, "SBATCH_CLUSTERS is set");
  EXPECT_FALSE(fs::exists(folder / "out"));
}

TEST_F(Submit, AsksForAllJobsWhateverTheUserIsUsedToSee) {
  fake_slurm(1001);
  ASSERT_EQ(submit("m.toml").status, 0);
  // Tasks in a hidden partition, as squeue shows them: with -a, and where no variable asks for less.
  fake("squeue",
       "[[ \" $* \" == *' -a '* && ! ${SQUEUE_PARTITION:-} ]] || exit 0\nfor n in 0 1 2 3; do echo \"101_$n|PENDING|x\"; done");
  setenv("SQUEUE_PARTITION", "main", 1);
  const auto again = submit("m.toml"),
             status = run("cd " + folder.string() + " && PATH=" + folder.string() + "/bin:$PATH " + irmae + " status out");
  fs::remove(folder / "scontrol.calls");
  fake("squeue", "[[ \" $* \" == *' -a '* && ! ${SQUEUE_PARTITION:-} ]] && echo COMPLETING");
  fake("mpirun", "exit 75");
  const auto ended = run_task();
  unsetenv("SQUEUE_PARTITION");

  EXPECT_CONTAINS(again.output, "left out: 0 complete, 4 queued or running");
  EXPECT_CONTAINS(status.output, "4 cells: 4 queued");
  EXPECT_EQ(read("scontrol.calls"), "") << "the task is being cancelled\n" << ended.output;
}

TEST_F(Submit, RefusesATimeLimitThatLeavesNoTimeToTrainOrIsNone) {
  fake_slurm(1001);
  const auto too_short = submit("m.toml --time 2"), none = submit("m.toml --time 1d --print");
  EXPECT_EQ(too_short.status, 2);
  EXPECT_EQ(too_short.output,
            "irmae: --time 2 is 2 min 00 s, and a task is asked to stop 2 min 00 s before that (--signal-seconds), which may "
            "come 30 s earlier: no time is left to train; take a --time of more than 2 min 30 s, or fewer --signal-seconds\n");
  EXPECT_EQ(none.status, 2);
  EXPECT_CONTAINS(none.output, "irmae: --time '1d' is no time limit: minutes, minutes:seconds, hours:minutes:seconds, ");
  EXPECT_EQ(read("sbatch.calls"), "");
  EXPECT_FALSE(fs::exists(folder / "out"));
}

TEST_F(Submit, PutsAPrologueIntoTheScriptAsItIs) {
  write("prologue", "module load 'x y'  # @IRMAE@ \\\n  $HOME\nlaunch+=(--mca btl self)\n");
  EXPECT_CONTAINS(script("m.toml --prologue prologue"), "\n" + read("prologue") + "# ---- end of the prologue ----\nset +eu")
      << "what the prologue sets for itself is not for the rest";
}

TEST_F(Submit, ExplainsEachOptionAndShowsNoArgumentThatCannotBeGiven) {
  const auto help = submit("--help");

  EXPECT_CONTAINS(help.output, "submit [OPTIONS] manifest [overrides...]\n");
  std::istringstream lines(help.output);
  std::size_t options = 0;
  for (std::string line, next; std::getline(lines, line);) {
    const std::size_t start = line.find_first_not_of(' ');
    if (start == std::string::npos || start == 0 || line[start] != '-') continue;
    ++options;
    // The text stands in a column of its own, or on the next line.
    line.erase(line.find_last_not_of(' ') + 1);
    const bool explained =
        line.find("  ", start) != std::string::npos || (std::getline(lines, next) && next.starts_with("    "));
    EXPECT_TRUE(explained) << line;
  }
  EXPECT_GT(options, 15U) << help.output;
}

TEST_F(Submit, SaysWhatIsMissingWhereThereIsNoSlurm) {
  const auto result = submit("m.toml");
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.output,
            "irmae: there is no program scontrol in PATH: irmae submit needs Slurm's commands; --print shows the "
            "batch script without them\n");
  EXPECT_FALSE(fs::exists(folder / "out"));
}

TEST_F(Submit, WritesAndRecordsWhatItSubmits) {
  fake_slurm(1001);
  const auto result = submit("m.toml --ntasks 2");
  ASSERT_EQ(result.status, 0) << result.output;

  EXPECT_CONTAINS(result.output, "job 101: 4 cells, 2 ranks each");
  EXPECT_CONTAINS(result.output, "irmae status out");
  const std::string cells = read("out/m/slurm/1/cells"), records = read("out/m/slurm/1/jobs.toml");
  std::istringstream lines(cells);
  std::size_t task = 0;
  for (std::string name, id; lines >> name >> id; ++task) {
    EXPECT_EQ(name, "ae-seed" + std::to_string(task + 1));
    EXPECT_CONTAINS(records, "[[task]]\ncell = \"" + id + "\"\njob = \"101_" + std::to_string(task) + "\"\n");
  }
  EXPECT_EQ(task, 4U);
  // The frozen plan has the same cells, whatever becomes of the original.
  write("m.toml", "");
  const std::string plan = run(irmae + " plan " + (folder / "out/m/slurm/1/m/m.toml").string()).output;
  std::istringstream again(cells);
  for (std::string name, id; again >> name >> id;) EXPECT_CONTAINS(plan, id.substr(0, 8) + "  " + name);
  EXPECT_CONTAINS(plan, "4 cells");
}

TEST_F(Submit, NamesAFolderSoThatTheNextCommandTakesItForOne) {
  fake_slurm(1001);
  const auto dash = submit("m.toml --only ae-seed1 --output=-dash"), space = submit("m.toml --only ae-seed1 -o 'a b'");

  EXPECT_CONTAINS(dash.output, "\nirmae status ./-dash shows how it goes\n");
  EXPECT_CONTAINS(space.output, "\nirmae status 'a b' shows how it goes\n");
  fs::create_directory(folder / "-empty");
  const std::string hint = "irmae status ./-empty shows what has started";
  const auto table = run("cd " + folder.string() + " && " + irmae + " table ranks -- -empty");
  EXPECT_CONTAINS(table.output, hint);
  const auto evaluated = run("cd " + folder.string() + " && " + irmae + " evaluate -- -empty");
  EXPECT_CONTAINS(evaluated.output, hint);
}

TEST_F(Submit, PlansOnlyWhatIsSubmitted) {
  fake_slurm(1001);
  ASSERT_EQ(submit("m.toml --only ae-seed1").status, 0);

  EXPECT_EQ(count(read("out/m/m.toml"), "[[cell]]"), 1U) << read("out/m/m.toml");
}

TEST_F(Submit, SplitsAtTheClustersArraySize) {
  fake_slurm(3);
  const auto result = submit("m.toml --array-limit 9");
  ASSERT_EQ(result.status, 0) << result.output;

  EXPECT_CONTAINS(read("out/m/slurm/1/job.sh"), "#SBATCH --array=0-2%9\n") << "the highest index is 2";
  EXPECT_CONTAINS(read("out/m/slurm/2/job.sh"), "#SBATCH --array=0-0%9\n");
  EXPECT_EQ(count(read("out/m/slurm/1/jobs.toml"), "job = \"101_"), 3U);
  EXPECT_EQ(count(read("out/m/slurm/2/jobs.toml"), "job = \"102_0\""), 1U);
  EXPECT_EQ(read("out/m/slurm/2/cells").substr(0, 9), "ae-seed4 ");
}

TEST_F(Submit, SplitsAtTheArraySizeThatIsAskedForAndAtTheClustersLimitOfTasks) {
  fake_slurm(1001);
  fake("scontrol",
       "echo 'MaxArraySize            = 1001'\necho 'MaxJobCount             = 10000'\n"
       "echo 'SchedulerParameters     = bf_continue,max_array_tasks=3,bf_window=9'");
  const auto sizes = [&](const std::string& more) {
    std::string found;
    std::istringstream lines(script("m.toml " + more));
    const std::string start = "#SBATCH --array=0-";
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with(start)) found += line.substr(start.size()) + " ";
    return found;
  };

  EXPECT_EQ(sizes(""), "2 0 ");
  EXPECT_EQ(sizes("--array-size 2"), "1 1 ");
  EXPECT_EQ(sizes("--array-size 9"), "2 0 ") << "more than the cluster takes";
}

TEST_F(Submit, LeavesOutWhatIsQueuedAndTakesWhatHasEnded) {
  fake_slurm(1001);
  ASSERT_EQ(submit("m.toml").status, 0);
  fake_slurm(1001, "101_0|PENDING|x\n101_1|COMPLETING|x\n101_2|FAILED|x\n101_3|TIMEOUT|x");
  const auto again = submit("m.toml --after");
  ASSERT_EQ(again.status, 0) << again.output;

  EXPECT_CONTAINS(again.output, "2 of 4 cells submitted; left out: 0 complete, 2 queued or running");
  const std::string cells = read("out/m/slurm/2/cells");
  EXPECT_EQ(count(cells, "ae-seed3 ") + count(cells, "ae-seed4 "), 2U) << cells;
  EXPECT_EQ(count(cells, "\n"), 2U);
  EXPECT_CONTAINS(read("out/m/slurm/report.sh"), "--dependency=afterany:101:102\n")
      << "the report waits for the queued ones too";
}

TEST_F(Submit, NamesTasksOfCellsThatLeftThePlanAndWhatCancelsThem) {
  fake_slurm(1001);
  ASSERT_EQ(submit("m.toml").status, 0);
  fake_slurm(1001, "101_0|PENDING|x\n101_1|RUNNING|x\n101_2|PENDING|x\n101_3|FAILED|x");
  const std::string manifest = read("m.toml");
  EXPECT_LACKS(submit("m.toml --only ae-seed4").output, "does not have") << "a choice of cells is no change of the plan";
  write("m.toml", manifest.substr(0, manifest.find("[grid]")) + "[grid]\n'train.seed' = [2, 4]\n");
  EXPECT_CONTAINS(
      submit("m.toml").output,
      "\njob 101: 2 tasks of cells that this plan does not have, queued or running; if no longer wanted: scancel '101_[0,2]'\n");
  write("m.toml", manifest.substr(0, manifest.find("[grid]")) + "[grid]\n'train.seed' = [4]\n");
  EXPECT_CONTAINS(
      submit("m.toml").output,
      "\njob 101: 3 tasks of cells that this plan does not have, queued or running; if no longer wanted: scancel 101\n");
}

TEST_F(Submit, QueuesTheReportOnceUnlessThereIsSomethingNewToWaitFor) {
  fake_slurm(1001);
  ASSERT_EQ(submit("m.toml --only ae-seed1,ae-seed2 --after").status, 0);
  EXPECT_EQ(count(read("sbatch.calls"), "/report.sh\n"), 1U);
  const std::string report = (folder / "out/m/slurm/report.sh").string();
  const auto queue_is = [&](const std::string& state_of_report, const std::string& script) {
    fake("squeue", "case \" $* \" in\n*' irmae-m-report '*) echo '102|" + state_of_report + "|" + script +
                       "' ;;\n*) echo '101_0|PENDING|x'; echo '101_1|RUNNING|x' ;;\nesac");
  };

  queue_is("PENDING", report);
  const auto again = submit("m.toml --only ae-seed1,ae-seed2 --after");
  EXPECT_EQ(again.status, 0) << again.output;
  EXPECT_CONTAINS(again.output, "job 102: report and table are queued already");
  EXPECT_EQ(count(read("sbatch.calls"), "/report.sh\n"), 1U);

  queue_is("COMPLETED", report);
  EXPECT_EQ(submit("m.toml --only ae-seed1,ae-seed2 --after").status, 0);
  EXPECT_EQ(count(read("sbatch.calls"), "/report.sh\n"), 2U) << "the one of before is over";
  queue_is("PENDING", "/elsewhere/m/slurm/report.sh");
  EXPECT_EQ(submit("m.toml --only ae-seed1,ae-seed2 --after").status, 0);
  EXPECT_EQ(count(read("sbatch.calls"), "/report.sh\n"), 3U) << "of another folder";
  queue_is("PENDING", report);
  EXPECT_EQ(submit("m.toml --after").status, 0);
  EXPECT_EQ(count(read("sbatch.calls"), "/report.sh\n"), 4U) << "two cells are new";
}

TEST_F(Submit, FindsQueuedCellsByTheScriptWhereTheRecordIsMissing) {
  fake_slurm(1001);
  ASSERT_EQ(submit("m.toml").status, 0);
  fs::remove(folder / "out/m/slurm/1/jobs.toml");
  // The second task's folder is another one of the same name.
  fake_slurm(1001,
             "101_0|PENDING|" + (folder / "out/m/slurm/1/job.sh").string() + "\n55_1|PENDING|/elsewhere/m/slurm/1/job.sh");
  EXPECT_CONTAINS(submit("m.toml").output, "3 of 4 cells submitted; left out: 0 complete, 1 queued");
}

TEST_F(Submit, LeavesOutCompleteCells) {
  ASSERT_EQ(run("cd " + folder.string() + " && " + irmae + " run m.toml --only ae-seed2").status, 0);
  const std::string text = script("m.toml");
  EXPECT_CONTAINS(text, "#SBATCH --array=0-2\n");
  fake_slurm(1001);
  ASSERT_EQ(submit("m.toml").status, 0);
  EXPECT_LACKS(read("out/m/slurm/1/cells"), "ae-seed2");
}

TEST_F(Submit, LeavesOutAndNamesACellThatAnotherRunTrains) {
  fake_slurm(1001);
  ASSERT_EQ(submit("m.toml").status, 0);
  std::istringstream cells(read("out/m/slurm/1/cells"));
  std::string name, id;
  cells >> name >> id >> name >> id;  // the second one
  const fs::path cell = folder / "out/m" / (name + "-" + id.substr(0, 8));
  fs::create_directory(cell);
  write("out/m/" + cell.filename().string() + "/lock", "x");
  storage::CellState state;
  state.phase = storage::CellPhase::running;
  state.host = "elsewhere";
  state.updated = std::time(nullptr) + 3600;  // not silent within this test, however slow the machine is
  storage::write_state(cell, state);

  EXPECT_CONTAINS(
      submit("m.toml").output,
      "3 of 4 cells submitted; left out: 0 complete, 0 queued or running, 1 in training by another run (ae-seed2)\n");
  EXPECT_LACKS(read("out/m/slurm/2/cells"), "ae-seed2");
  state.phase = storage::CellPhase::stopped;
  storage::write_state(cell, state);
  EXPECT_CONTAINS(submit("m.toml").output, "4 of 4 cells submitted\n");
}

TEST_F(Submit, WhatItsJobsNeverBeganIsTakenByRetry) {
  fake_slurm(1001);
  ASSERT_EQ(submit("m.toml").status, 0);
  fake_slurm(1001, "101_0|FAILED|n1\n101_1|TIMEOUT|n1\n101_2|NODE_FAIL|n1\n101_3|PENDING|n1");
  const auto retried =
      run("cd " + folder.string() + " && PATH=" + folder.string() + "/bin:$PATH " + irmae + " run out --retry failed,dead -q");

  EXPECT_EQ(retried.status, 0) << retried.output;
  EXPECT_CONTAINS(retried.output, "3 cells to be tried again");
}

TEST_F(Submit, SaysSlurmsReasonAndWhatWasSubmittedBefore) {
  fake_slurm(3);
  fake("sbatch", "cd '" + folder.string() +
                     "'; if [[ -e once ]]; then printf 'sbatch: error: %s\\n' ---- 'Job violates limits' ---- >&2; exit 1; fi\n"
                     "touch once; echo 'sbatch: no account was given' >&2; echo 101");
  const auto result = submit("m.toml");
  EXPECT_EQ(result.status, 1);
  EXPECT_CONTAINS(result.output, "job 101: 3 cells");
  EXPECT_TRUE(result.output.starts_with("sbatch: no account was given\n")) << "of a job that is taken\n" << result.output;
  EXPECT_TRUE(
      result.output.ends_with("sbatch: error: ----\nsbatch: error: Job violates limits\nsbatch: error: ----\n"
                              "irmae: sbatch failed with exit status 1: its reason stands above\n"))
      << result.output;
  EXPECT_EQ(count(read("out/m/slurm/1/jobs.toml"), "[[task]]"), 3U) << "what was submitted is recorded";
}

/// What a task does for each exit status of its launcher, by a fake scontrol's calls.
TEST_F(Submit, TheScriptRequeuesWhatMayGoOnAndNothingElse) {
  fake_slurm(1001);
  ASSERT_EQ(submit("m.toml --requeue-limit 2").status, 0);
  const auto task = [&](int status, const std::string& more = "") {
    fs::remove(folder / "scontrol.calls");
    fake("mpirun", "exit " + std::to_string(status));
    const auto ran = run_task(more);
    EXPECT_EQ(ran.status, status) << ran.output;
    return read("scontrol.calls");
  };
  fake("sinfo", "echo idle");
  for (const int status : {0, 1, 2, 137, 138, 143}) EXPECT_EQ(task(status), "") << status;
  for (const int status : {75, 205}) EXPECT_EQ(task(status), "requeue\n7_2\n") << status;
  EXPECT_EQ(task(75, "SLURM_RESTART_COUNT=1"), "requeue\n7_2\n");
  EXPECT_EQ(task(75, "SLURM_RESTART_COUNT=2"), "") << "the limit";
  // The third cell's folder.
  const std::string cell = run("sed -n 3p " + (folder / "out/m/slurm/1/cells").string() + " | tr -d '\\n'").output;
  const fs::path place = folder / "out/m" / (cell.substr(0, cell.find(' ')) + "-" + cell.substr(cell.find(' ') + 1, 8));
  fs::create_directories(place);
  {
    const storage::FolderLock taken(place);
    EXPECT_EQ(task(75), "requeue\n7_2\nupdate\nJobId=7_2\nStartTime=now+900\n") << "another run has the cell";
    EXPECT_EQ(task(75, "SLURM_RESTART_COUNT=2"), "") << "the limit";
  }
  EXPECT_EQ(task(75), "requeue\n7_2\n") << "a lock that nobody holds";
  fake("sinfo", "echo idle; echo 'down*'");
  EXPECT_EQ(task(137), "requeue\n7_2\n") << "killed with its node";
  EXPECT_EQ(task(143), "requeue\n7_2\n") << "ended with its node";
  fake("sinfo", "echo idle");
  fake("squeue", "[[ \" $* \" != *' 7_2 -O PreemptTime '* ]] || echo 2026-12-01T04:52:59");
  for (const int status : {1, 143}) EXPECT_EQ(task(status), "requeue\n7_2\n") << "preempted";
  EXPECT_EQ(task(2), "");
  fake("squeue", "[[ $* != *PreemptTime* ]] || echo N/A");
  EXPECT_EQ(task(1), "");
  // As Slurm answers for an array whose tasks are all being cancelled, by the task or by the array's number.
  fake("squeue", "[[ \" $* \" == *' 7_2 '* ]] || echo COMPLETING; echo COMPLETING");
  EXPECT_EQ(task(75), "") << "cancelled";
}

TEST_F(Submit, TheScriptsRanksGetTheProloguesVariablesWhateverTheJobWasGiven) {
  fake_slurm(1001);
  write("prologue", "export MADE_BY_PROLOGUE=yes\n");
  ASSERT_EQ(submit("m.toml --prologue prologue").status, 0);
  // As srun does, which has every rank begin with the variables that this one names, or with none.
  fake("mpirun", "echo \"ranks: ${SLURM_EXPORT_ENV-$MADE_BY_PROLOGUE}\"");

  EXPECT_CONTAINS(run_task("SLURM_EXPORT_ENV=NONE").output, "ranks: yes\n");
}

TEST_F(Submit, ThePrologueMayUseTheNamesOfTheScripts) {
  fake_slurm(1001);
  write("prologue", "for cells in 1 2; do :; done\nirmae=a output=b folder=c plan=d requeue_limit=0 taken_pause=0\n");
  ASSERT_EQ(submit("m.toml --after --prologue prologue").status, 0);
  fake("mpirun", "exit 75");
  fs::remove(folder / "scontrol.calls");
  const auto ran = run_task(), report = run("bash " + (folder / "out/m/slurm/report.sh").string());

  const std::string place = (folder / "out").string();
  EXPECT_EQ(read("mpirun.calls"), "--bind-to\nnone\n-n\n1\n" IRMAE_BINARY_DIR "/irmae\nrun\n" + place +
                                      "/m/slurm/1/m/m.toml\n-o\n" + place + "\n--only\nae-seed3\n")
      << ran.output;
  EXPECT_EQ(read("scontrol.calls"), "requeue\n7_2\n") << ran.output;
  EXPECT_CONTAINS(report.output, "irmae: " + place + ": no run there has finished an epoch");
}

TEST_F(Submit, TheScriptGivesMpirunTheGpusOfAllRanksOfANode) {
  fake_slurm(1001);
  ASSERT_EQ(submit("m.toml").status, 0);
  for (const char* launcher : {"mpirun", "srun"}) fake(launcher, "echo \"arguments: ${OMPI_MCA_plm_slurm_args-none}\"");
  const std::string with_gpus = "SLURM_GPUS_ON_NODE=4 SLURM_GPUS_PER_TASK=1";

  EXPECT_CONTAINS(run_task(with_gpus).output, "arguments: --gpus-per-node=4\n");
  EXPECT_CONTAINS(run_task(with_gpus + " OMPI_MCA_plm_slurm_args=--overlap").output,
                  "arguments: --overlap --gpus-per-node=4\n");
  EXPECT_CONTAINS(run_task("SLURM_GPUS_ON_NODE=4").output, "arguments: none\n") << "of --gres";
  fs::remove_all(folder / "out");
  ASSERT_EQ(submit("m.toml --launcher srun").status, 0);
  EXPECT_CONTAINS(run_task(with_gpus).output, "arguments: none\n");
  fs::remove_all(folder / "out");
  write("prologue", "export OMPI_MCA_plm_slurm_args=--overlap\n");
  ASSERT_EQ(submit("m.toml --prologue prologue").status, 0);
  EXPECT_CONTAINS(run_task(with_gpus).output, "arguments: --overlap --gpus-per-node=4\n") << "the site's own stays";
}

TEST_F(Submit, TheScriptAsksTheClusterThatItRunsOn) {
  fake_slurm(1001);
  ASSERT_EQ(submit("m.toml").status, 0);
  fake("mpirun", "exit 75");
  fake("scontrol", "printf '%s' \"${SLURM_CLUSTERS-none}\" >'" + folder.string() + "/clusters'");
  run_task("SLURM_CLUSTERS=b");

  EXPECT_EQ(read("clusters"), "none");
}

TEST_F(Submit, TheScriptAsksAgainWhereTheControllerIsAway) {
  fake_slurm(1001);
  ASSERT_EQ(submit("m.toml").status, 0);
  fake("mpirun", "exit 75");
  fake("sleep", "");
  fake("squeue", "[[ ! -e '" + folder.string() + "/cancelled' ]] || echo COMPLETING");
  /// What is slept between calls of a scontrol that does this.
  const auto pauses = [&](const std::string& scontrol) {
    for (const char* calls : {"scontrol.calls", "sleep.calls"}) fs::remove(folder / calls);
    fake("scontrol", scontrol);
    const auto ran = run_task();
    EXPECT_EQ(ran.status, 75) << ran.output;
    return read("sleep.calls");
  };
  const std::string calls = "$(wc -l <'" + folder.string() + "/scontrol.calls')";

  EXPECT_EQ(pauses("((" + calls + " > 4))"), "2\n5\n") << "the third time it is there";
  EXPECT_EQ(read("scontrol.calls"), "requeue\n7_2\nrequeue\n7_2\nrequeue\n7_2\n");
  EXPECT_EQ(pauses("exit 1"), "2\n5\n10\n10\n0\n") << "not for ever";
  EXPECT_EQ(pauses("touch '" + folder.string() + "/cancelled'; exit 1"), "2\n") << "cancelled in the meantime";
}

TEST_F(Submit, TheScriptHandsTheSignalOnAndKeepsTheLaunchersStatus) {
  fake_slurm(1001);
  ASSERT_EQ(submit("m.toml").status, 0);
  // A launcher that signals its script twice, waits for the signal handed on, and takes a while to stop.
  fake("mpirun",
       "trap 'echo handed on; got=yes' USR1\nkill -USR1 $PPID; kill -USR1 $PPID\n"
       "until [[ ${got:-} ]]; do sleep 0.05; done; sleep 0.3; exit 75");
  const auto ran = run_task();
  EXPECT_EQ(ran.status, 75) << ran.output;
  EXPECT_CONTAINS(ran.output, "handed on");
  EXPECT_CONTAINS(read("scontrol.calls"), "requeue\n7_2\n") << ran.output;
}

TEST_F(Submit, TheScriptRequeuesWhatItsOwnSignalEndedBeforeItCouldStop) {
  fake_slurm(1001);
  ASSERT_EQ(submit("m.toml").status, 0);
  const auto task = [&](const std::string& launcher, int status) {
    fs::remove(folder / "scontrol.calls");
    fake("mpirun", launcher);
    const auto ran = run_task();
    EXPECT_EQ(ran.status, status) << ran.output;
    return ran.output + read("scontrol.calls");
  };
  // The script gets the signal while this launcher does not catch it yet, and is killed by what is handed on.
  const std::string killed = task("kill -USR1 $PPID; exec sleep 60", 138);
  EXPECT_CONTAINS(killed, "asked to stop, it ended with 138; requeueing task 7_2\n");
  EXPECT_CONTAINS(killed, "requeue\n7_2\n");
  // It ends with a status of its own.
  const auto ends_with = [](const std::string& status) {
    return "trap 'exit " + status + "' USR1; kill -USR1 $PPID; while true; do sleep 0.05; done";
  };
  const std::string ended = task(ends_with("244"), 244);
  EXPECT_CONTAINS(ended, "asked to stop, it ended with 244; requeueing task 7_2\n");
  EXPECT_CONTAINS(ended, "requeue\n7_2\n");
  EXPECT_EQ(task(ends_with("1"), 1).find("requeue"), std::string::npos) << "a cell that failed";
}

TEST_F(Submit, TheScriptSaysAgainWhatALauncherLosesThatIsStarting) {
  fake_slurm(1001);
  ASSERT_EQ(submit("m.toml").status, 0);
  fake("sleep", "exec /bin/sleep 0.1");
  fake("mpirun",
       "trap '' USR1; kill -USR1 $PPID; /bin/sleep 0.5; trap 'echo heard; exit 75' USR1; while true; do sleep 0.1; done");
  const auto ran = run_task();
  EXPECT_EQ(ran.status, 75) << ran.output;
  EXPECT_CONTAINS(ran.output, "heard");
  EXPECT_CONTAINS(read("sleep.calls"), "5\n");
}

TEST_F(Submit, TheScriptStartsNothingThatItWasAskedToStopBefore) {
  fake_slurm(1001);
  for (const char* signal : {"USR1", "TERM"}) {
    fs::remove_all(folder / "out");
    write("prologue", std::string("kill -") + signal + " $$\n");
    ASSERT_EQ(submit("m.toml --prologue prologue").status, 0);
    fs::remove(folder / "scontrol.calls");
    fake("mpirun", "");
    const auto ran = run_task();

    EXPECT_EQ(ran.status, 75) << ran.output;
    EXPECT_CONTAINS(ran.output, "stopped before it began; requeueing task 7_2");
    EXPECT_EQ(read("mpirun.calls"), "");
    EXPECT_EQ(read("scontrol.calls"), "requeue\n7_2\n");
  }
}

}  // namespace
}  // namespace irmae
