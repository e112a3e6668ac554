// SPDX-License-Identifier: MIT
// The program as users call it: ranks, stopping and going on, bad input.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/contains.h"
#include "tests/csv.h"
#include "tests/gnuplot.h"
#include "tests/mpi_environment.h"
#include "tests/python.h"
#include "tests/temporary_folder.h"

namespace irmae {
namespace {

using tests::mpirun;
using tests::run;

class Program : public ::testing::Test {
 protected:
  void SetUp() override {
    tests::set_mpi_environment();
    std::signal(SIGHUP, SIG_DFL);  // where these tests are run under nohup, programs would inherit that
    // 70 = 2 x 32 + 6: the last batch does not divide by the ranks.
    std::ofstream(folder / "tiny.toml") << "[data]\ntrain_size = 70\nvalidation_size = 50\n[train]\nepochs = 3\n"
                                           "learning_rate = 1e-3\nthreads = 1\n[model]\nmethod = 'irmae'\n";
  }

  std::string train(const std::string& output, const std::string& more = "") const {
    return irmae + " run " + (folder / "tiny.toml").string() + " " + more + " -o " + (folder / output).string();
  }
  std::string table(const std::string& output, const std::string& kind = "ranks") {
    return tests::csv_table(kind, folder / output);
  }
  std::string read(const std::string& name) const {
    std::stringstream text;
    text << std::ifstream(folder / name).rdbuf();
    return text.str();
  }
  static std::vector<double> losses(const std::string& csv) {
    return tests::last_numbers(csv, {"train_loss", "validation_loss"});
  }

  tests::TemporaryFolder folder;
  const std::string irmae = IRMAE_BINARY_DIR "/irmae";
};

TEST_F(Program, GivesTheSameResultOnAnyNumberOfRanks) {
  ASSERT_EQ(run(train("r1")).status, 0);
  const auto one = losses(table("r1", "losses"));
  const auto rank_of_one = tests::last_numbers(table("r1"), {"entropy_rank"});
  for (const int ranks : {2, 3, 4}) {
    const std::string output = "r" + std::to_string(ranks);
    const auto result = run(mpirun(ranks) + train(output));
    ASSERT_EQ(result.status, 0) << result.output;
    const auto many = losses(table(output, "losses"));
    for (std::size_t i = 0; i < one.size(); ++i) EXPECT_NEAR(many[i], one[i], 1e-4 * one[i]) << ranks << " ranks";
    EXPECT_NEAR(tests::last_numbers(table(output), {"entropy_rank"})[0], rank_of_one[0], 0.05 * rank_of_one[0])
        << ranks << " ranks";
  }
}

/// Does `mode` in rank `rank` when it comes to `place` for the `count`th time.
std::string fault(const std::string& place, const std::string& mode, int rank, int count) {
  return "IRMAE_FAULT=" + place + ":" + mode + ":" + std::to_string(rank) + ":" + std::to_string(count) + " ";
}

TEST_F(Program, StoppedAndStartedAgainGivesTheSameBits) {
  ASSERT_EQ(run(mpirun(2) + train("whole")).status, 0);
  for (const char* signal : {"usr1", "term", "int", "hup"}) {
    // Step 5 is in the middle of the second epoch. One rank alone gets the signal, both stop at that step.
    const auto stopped = run(fault("step", signal, 1, 5) + mpirun(2) + train(signal));
    EXPECT_EQ(stopped.status, 75) << signal << stopped.output;
    EXPECT_CONTAINS(stopped.output, "the same command goes on");
    const auto again = run(mpirun(2) + train(signal));
    EXPECT_EQ(again.status, 0) << again.output;

    EXPECT_EQ(table(signal, "losses"), table("whole", "losses"));
    EXPECT_EQ(table(signal), table("whole"));
  }
}

TEST_F(Program, TwoThreadsGiveTheSameBitsTwiceAlsoResumedAndTheLossesOfOne) {
  const std::string two = "train.threads=2";
  ASSERT_EQ(run(train("one")).status, 0);
  ASSERT_EQ(run(train("two", two)).status, 0);
  ASSERT_EQ(run(train("twice", two)).status, 0);
  EXPECT_EQ(run(fault("step", "usr1", 0, 5) + train("resumed", two)).status, 75);
  ASSERT_EQ(run(train("resumed", two)).status, 0);

  for (const char* again : {"twice", "resumed"}) {
    EXPECT_EQ(table(again, "losses"), table("two", "losses")) << again;
    EXPECT_EQ(table(again), table("two")) << again;
  }
  const auto one = losses(table("one", "losses")), many = losses(table("two", "losses"));
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_NEAR(many[i], one[i], 1e-5 * one[i]);
}

TEST_F(Program, AHangupStopsItUnlessItIsIgnoredFromTheStart) {
  const std::string hangup = fault("step", "hup", 0, 5);
  const auto stopped = run(hangup + train("out"));
  const auto ignored = run("trap '' HUP; " + hangup + train("ignored"));

  EXPECT_EQ(stopped.status, 75) << stopped.output;
  EXPECT_EQ(ignored.status, 0) << ignored.output;
}

TEST_F(Program, AContactSheetIsAPng) {
  const auto wrong = run(irmae + " data shapes -n 4 -o " + (folder / "s.jpg").string());
  EXPECT_EQ(wrong.status, 2);
  EXPECT_CONTAINS(wrong.output, "its ending must be .png");
}

TEST_F(Program, AContactSheetHasTheFirstSamplesAndTheTextIsTrueOfThem) {
  if (!tests::python_has("numpy PIL")) GTEST_SKIP() << "Python has no Pillow";
  const auto four = run("cd " + folder.string() + " && " + irmae + " data shapes -n 4 -o s.png");
  ASSERT_EQ(four.status, 0) << four.output;
  EXPECT_CONTAINS(four.output, "s.png: the first 4 of train\n");
  for (const char* line : {"sample      3 x 32 x 32\n", "training    50000 samples; of the first 10000:\n",
                           "validation  10000 samples\n"})  // the paper's numbers
    EXPECT_CONTAINS(four.output, line);
  const auto all = run("cd " + folder.string() + " && " + irmae +
                       " data shapes data.train_size=70 data.validation_size=50 -n 1000 -o all.png | tee all.txt");
  ASSERT_EQ(all.status, 0) << all.output;

  const auto looked = run("cd " + folder.string() + " && " + IRMAE_PYTHON +
                          " " IRMAE_SOURCE_DIR "/tests/launchers/check_contact_sheet.py s.png all.png all.txt");
  EXPECT_EQ(looked.status, 0) << looked.output;
}

TEST_F(Program, DoctorSumsOverAllRanksAndReportsOnce) {
  const auto count = [](const std::string& text, const std::string& part) {
    int found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
  };
  const auto two = run("IRMAE_DATA=/nonexistent IRMAE_CACHE=/somewhere " + mpirun(2) + irmae + " doctor");
  std::filesystem::create_symlink("loop", folder / "loop");  // cannot be looked at, by root either
  std::filesystem::create_directory(folder / "bin");
  tests::write_program(folder / "bin/gnuplot", "#!/bin/sh\necho 'a library is missing' >&2; exit 127\n");
  const auto alone = run("IRMAE_DATA= IRMAE_MODELS=" + (folder / "loop").string() + " PATH=" + (folder / "bin").string() +
                         ":$PATH " + irmae + " doctor");

  EXPECT_EQ(two.status, 0) << two.output;
  EXPECT_EQ(alone.status, 0) << alone.output;
  for (const std::string name : {"irmae", "LibTorch", "MPI", "HDF5", "GPU", "cores", "threads", "kernels", "all-reduce",
                                 "gnuplot", "cache", "IRMAE_DATA", "IRMAE_MODELS"}) {
    const std::string line = "\n" + name + std::string(13 - name.size(), ' ');
    EXPECT_EQ(count("\n" + two.output, line), 1) << name << " in\n" << two.output;
    EXPECT_EQ(count("\n" + alone.output, line), 1) << name << " in\n" << alone.output;
  }
  EXPECT_EQ(count(two.output, "all-reduce   2 ranks, 5.8 MB in "), 1) << two.output;
  EXPECT_EQ(count(alone.output, "all-reduce   1 rank, 5.8 MB in "), 1) << alone.output;
  for (const auto* result : {&two, &alone}) {
    EXPECT_GE(count(result->output, " ms, right\n"), 1) << result->output;  // and one of NCCL where there are GPUs
    EXPECT_EQ(count(result->output, "WRONG"), 0) << result->output;
  }
  EXPECT_EQ(count(two.output, "started without mpirun"), 0) << two.output;
  EXPECT_EQ(count(alone.output, "started without mpirun: one rank\n"), 1) << alone.output;
  EXPECT_EQ(count(two.output, "cache        /somewhere\n"), 1) << two.output;
  EXPECT_EQ(count(two.output, "IRMAE_DATA   /nonexistent: there is no such folder\n"), 1) << two.output;
  EXPECT_EQ(count(alone.output, "IRMAE_DATA   not set\n"), 1) << alone.output;
  EXPECT_EQ(count(alone.output, "IRMAE_MODELS " + (folder / "loop").string() + ": Too many levels of symbolic links\n"), 1)
      << alone.output;
  EXPECT_EQ(count(alone.output, "gnuplot      does not start, and plot and report need it: a library is missing\n"), 1)
      << alone.output;
}

TEST_F(Program, DoctorTellsWhatOneRankFailedBy) {
  const auto result = run(fault("\"doctor's all-reduce\"", "throw", 1, 1) + mpirun(2) + irmae + " doctor");

  EXPECT_EQ(result.status, 1) << result.output;
  EXPECT_CONTAINS(result.output, "irmae: rank 1, start: fault asked for by IRMAE_FAULT at doctor's all-reduce");
}

/// Whoever counts what a study cost reads the provenance of its runs.
TEST_F(Program, AResumedRunCountsItsSessionsAndTheTimeOfAllOfThem) {
  if (!tests::python_has("h5py")) GTEST_SKIP() << "Python has no h5py";
  const auto seconds = [start = std::chrono::steady_clock::now()] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  struct Numbers {
    double sessions = 0, wall = 0, cpu = 0;
  };
  const auto numbers = [&](const std::string& file, const std::string& group) {
    const auto result = run("cd " + folder.string() + "/out/tiny/*/ && " IRMAE_PYTHON " -c \"import h5py; a = h5py.File('" +
                            file + "')['" + group + "'].attrs; print(a['sessions'], a['wall_seconds'], a['cpu_seconds'])\"");
    EXPECT_EQ(result.status, 0) << result.output;
    Numbers found;
    std::istringstream(result.output) >> found.sessions >> found.wall >> found.cpu;
    return found;
  };
  // The first session stands still for two seconds in one of its last steps: its share is the larger one of either time.
  const std::string train_long = train("out", "train.epochs=20");
  const auto stopped = run(fault("step", "hang", 0, 57) + train_long +
                           " & p=$!; until grep -q 'State:.[TZ]' /proc/$p/status; do sleep 0.05; done; "
                           "sleep 2; kill -USR1 $p; kill -CONT $p; wait $p");
  ASSERT_EQ(stopped.status, 75) << stopped.output;
  const Numbers first = numbers("checkpoint.h5", "state");
  EXPECT_EQ(first.sessions, 1);
  EXPECT_GE(first.wall, 2);
  EXPECT_LE(first.wall, seconds());
  ASSERT_EQ(run(train_long).status, 0);

  const Numbers both = numbers("run.h5", "provenance");
  EXPECT_EQ(both.sessions, 2);
  EXPECT_GT(both.wall, first.wall);
  EXPECT_LE(both.wall, seconds());
  EXPECT_GT(both.cpu, first.cpu);
  const auto told = run("sed -n 's/^wall_seconds = //p' " + folder.string() + "/out/tiny/*/state.toml");
  EXPECT_GT(std::strtod(told.output.c_str(), nullptr), first.wall) << told.output;
  EXPECT_LE(std::strtod(told.output.c_str(), nullptr), seconds()) << told.output;
}

TEST_F(Program, GoingOnWithOtherKernelsIsSaid) {
  ASSERT_EQ(run(fault("step", "usr1", 0, 5) + train("out")).status, 75);
  const auto same = run(fault("step", "usr1", 0, 2) + train("out"));
  EXPECT_EQ(same.status, 75);
  EXPECT_LACKS(same.output, "goes on; its bits");
  const auto other = run("IRMAE_KERNELS=libtorch " + train("out"));

  EXPECT_EQ(other.status, 0);
  EXPECT_CONTAINS(other.output, "goes on; its bits may differ from those of an undisturbed run: kernels ");
  EXPECT_CONTAINS(other.output, " before, libtorch now");
}

TEST_F(Program, ACompleteCellKeepsNoCheckpointThatARunHadNoTimeToRemove) {
  ASSERT_EQ(run(train("out")).status, 0);
  const std::string cell = folder.string() + "/out/tiny/*/";
  ASSERT_EQ(run("cd " + cell + " && touch checkpoint.h5 checkpoint.previous.h5").status, 0);

  const auto again = run(train("out"));
  EXPECT_EQ(again.status, 0) << again.output;
  EXPECT_CONTAINS(again.output, "(0 trained now)");
  EXPECT_LACKS(run("ls " + cell).output, "checkpoint");
}

TEST_F(Program, GoesOnWithTheSameDataOnly) {
  const std::string vectors = (folder / "v.npy").string();
  const auto write = [&](const std::string& numbers) {
    const auto made = run(IRMAE_PYTHON " -c \"import numpy as n; n.save('" + vectors + "', " + numbers + ")\"");
    ASSERT_EQ(made.status, 0) << made.output;
  };
  std::ofstream(folder / "array.toml") << "[data]\nname = 'array'\nfile = '" << vectors
                                       << "'\n[train]\nepochs = 3\nthreads = 1\n[model]\nlatent = 3\n";
  const std::string train = irmae + " run " + (folder / "array.toml").string() + " -o " + (folder / "out").string();
  const std::string first = "n.arange(400.).reshape(80, 5) % 7";
  write(first);
  ASSERT_EQ(run(fault("step", "usr1", 0, 5) + train).status, 75);

  write("n.arange(400.).reshape(80, 5) % 11");
  const auto numbers = run(train);
  write("n.arange(480.).reshape(80, 6) % 7");
  const auto width = run(train);
  write(first);
  const auto whole = run(train);
  write("n.arange(400.).reshape(80, 5) % 11");
  const auto complete = run(train);

  const std::string other = "was trained on other data so far: \"v.npy: 80 samples, SHA-256 ";
  EXPECT_EQ(numbers.status, 1);
  EXPECT_CONTAINS(numbers.output, other);
  EXPECT_EQ(width.status, 1);
  EXPECT_CONTAINS(width.output, "\" of 5, and here are \"v.npy: 80 samples");
  EXPECT_EQ(whole.status, 0) << whole.output;
  EXPECT_CONTAINS(complete.output, "complete cell is not trained again, though data set array was \"v.npy: 80 samples");
  const auto log = run("cat " + (folder / "out").string() + "/*/*/log.txt");
  EXPECT_CONTAINS(log.output, "failed: ");
  EXPECT_CONTAINS(log.output, other);
}

TEST_F(Program, RanksThatReadOtherSamplesDoNotTrainOnAMixture) {
  // As hosts of which one has an older copy.
  const auto made =
      run("cd " + folder.string() +
          " && mkdir r0 r1 && " IRMAE_PYTHON
          " -c \"import numpy as n\nfor r in 0, 1: n.save('r%d/v.npy' % r, n.arange(400.).reshape(80, 5) % (7 + r))\"");
  ASSERT_EQ(made.status, 0) << made.output;
  std::ofstream(folder / "array.toml") << "[data]\nname = 'array'\nfile = 'v.npy'\n[train]\nepochs = 1\nthreads = 1\n"
                                          "[model]\nlatent = 3\n[[cell]]\nname = 'vectors'\n[[cell]]\nname = 'shapes'\n"
                                          "data.name = 'shapes'\ndata.train_size = 32\ndata.validation_size = 8\n";
  const auto trained = run(mpirun(2) + "bash -c 'cd " + folder.string() + "/r$OMPI_COMM_WORLD_RANK && exec " + irmae +
                           " run ../array.toml -o " + (folder / "out").string() + "'");

  EXPECT_EQ(trained.status, 1);
  EXPECT_CONTAINS(
      trained.output,
      "data set array: rank 1 reads other samples than rank 0: every host needs the same files, under the same path or "
      "IRMAE_DATA\n");
  EXPECT_CONTAINS(trained.output, "1 of 2 cells complete");
  EXPECT_CONTAINS(trained.output, "failed: vectors (why stands above)");
}

TEST_F(Program, AnAbsentFeatureNetworkIsSaidBeforeTheTraining) {
  const auto absent = run(train("out", "evaluate.features=nothere.pt"));

  EXPECT_EQ(absent.status, 0) << absent.output;
  EXPECT_CONTAINS(absent.output, "feature network nothere.pt is not there");
  EXPECT_CONTAINS(absent.output, "1 cell will have no Frechet distance until irmae evaluate measures it");
  EXPECT_LACKS(run(train("other")).output, "feature network") << "nobody asked for one";
}

TEST_F(Program, AKilledRankLosesNothing) {
  ASSERT_EQ(run(mpirun(2) + train("whole")).status, 0);
  const std::string parts = train("parts", "train.checkpoint_seconds=0");
  const auto killed = run(fault("step", "kill", 1, 6) + mpirun(2) + parts);
  EXPECT_NE(killed.status, 0);
  EXPECT_CONTAINS(killed.output, "rank 1");
  const auto again = run(mpirun(2) + parts);
  EXPECT_EQ(again.status, 0) << again.output;

  EXPECT_EQ(table("parts", "losses"), table("whole", "losses"));
}

TEST_F(Program, ATaskOfAShellThatSrunStartedIsNoRank) {
  const std::string shell = "SLURM_STEP_NUM_TASKS=1 PMIX_RANK=0 PMI_SIZE=1 ";  // of which the shell has the one place
  const auto alone = run(shell + train("alone"));
  EXPECT_EQ(alone.status, 0) << alone.output;
  const auto ranks = run(shell + mpirun(2) + train("ranks"));
  EXPECT_EQ(ranks.status, 0) << ranks.output;
  EXPECT_CONTAINS(run("cat " + (folder / "ranks").string() + "/*/*/log.txt").output, ": 2 ranks on cpu");
}

TEST_F(Program, ARankThatHangsEndsTheRunWithTheStepAndTheBucket) {
  const auto hung = run(fault("step", "hang", 1, 5) + mpirun(2) + train("out", "train.timeout_seconds=2"));

  EXPECT_EQ(hung.status, 75) << hung.output;
  EXPECT_CONTAINS(hung.output, "rank 0, step 5: all-reduce of bucket 0 in step 5 did not end within 2 s");
}

TEST_F(Program, AnErrorInOneRankNamesTheRank) {
  const auto result = run(fault("step", "throw", 1, 5) + mpirun(2) + train("out"));

  EXPECT_NE(result.status, 0);
  EXPECT_CONTAINS(result.output, "irmae: rank 1, step 5: cell irmae: fault asked for");
}

TEST_F(Program, FewValidationSamplesAreSaidBeforeTheTraining) {
  const std::string output = run(train("out")).output,
                    said = "irmae: 1 cell has few validation samples for the spectrum (irmae: 50 for model.latent = 32)";
  EXPECT_CONTAINS(output, said);
  EXPECT_LT(output.find(said), output.find("epoch 1"));
  EXPECT_CONTAINS(run("cat " + (folder / "out").string() + "/tiny/irmae-*/log.txt").output,
                  "warning: " + said.substr(said.find(':') + 2));
  EXPECT_LACKS(run(train("other", "model.latent=25")).output, "few validation samples");
}

TEST_F(Program, ACompleteCellIsNotTrainedAgain) {
  ASSERT_EQ(run(train("out")).status, 0);
  const auto again = run(train("out"));

  EXPECT_EQ(again.status, 0);
  EXPECT_CONTAINS(again.output, "complete before");
  EXPECT_CONTAINS(again.output, "(0 trained now)");
}

TEST_F(Program, TheFolderOfOneCellIsToldApartFromThatOfThePlan) {
  ASSERT_EQ(run(train("out")).status, 0);
  const auto result = run("cd " + folder.string() + " && " + irmae + " run out/tiny/irmae-*");

  EXPECT_EQ(result.status, 2);
  EXPECT_CONTAINS(result.output, ": no plan of runs there; it is one folder up: out/tiny");
}

TEST_F(Program, ANotFiniteLossIsOneClearLine) {
  const auto result = run(mpirun(2) + train("out", "train.learning_rate=1e30"));

  EXPECT_EQ(result.status, 1);
  EXPECT_CONTAINS(result.output, "the loss became");
  EXPECT_CONTAINS(result.output, "lower train.learning_rate");

  // The only step's own loss is sound: what it made of the parameters shows after the epoch.
  const auto later = run(mpirun(2) + train("later", "train.learning_rate=1e30 data.train_size=32"));
  EXPECT_EQ(later.status, 1);
  EXPECT_CONTAINS(later.output, "the validation loss became nan after epoch 1: lower train.learning_rate");
}

/// What the only line of the program's own on this cell says; empty where there is none, or are several.
std::string line_on(const std::string& cell, const std::string& output) {
  const std::string start = "irmae: cell " + cell + ": ";
  const std::size_t at = output.find(start);
  if (at == std::string::npos || output.find(start, at + 1) != std::string::npos) return {};
  const std::size_t from = at + start.size();
  return output.substr(from, output.find('\n', from) - from);
}

/// As on a GPU that is too small, up to the device's name.
TEST_F(Program, ACellWithTooLittleMemoryIsOneLineAndTheOthersGoOn) {
  const std::string three = train("out", "train.seed=[1,2,3]");
  const auto result = run(fault("step", "out-of-memory", 0, 2) + three);

  EXPECT_EQ(result.status, 1) << result.output;
  const std::string line =
      "the memory of CPU is too small for a batch of 32 on 1 rank: train.batch=16 would fit, or more ranks "
      "with a GPU each";
  EXPECT_EQ(line_on("irmae-seed1", result.output), line) << result.output;
  EXPECT_CONTAINS(result.output, "2 of 3 cells complete (2 trained now)");
  EXPECT_CONTAINS(result.output, "irmae: failed: irmae-seed1 (why stands above)\n");
  EXPECT_LACKS(result.output, "no memory is left");
  EXPECT_CONTAINS(run("cat " + (folder / "out").string() + "/tiny/irmae-seed1-*/log.txt").output, "failed: ");
  EXPECT_CONTAINS(run("cat " + (folder / "out").string() + "/tiny/irmae-seed1-*/log.txt").output, line);
  const auto again = run(three);
  EXPECT_EQ(again.status, 0) << again.output;
  EXPECT_CONTAINS(again.output, "3 of 3 cells complete (1 trained now)");
}

/// Another batch is not tried there: it would take the memory of the cells beside it.
TEST_F(Program, ACellWithTooLittleMemoryBesideOthersIsToldHowToHaveIt) {
  const auto result = run(fault("step", "out-of-memory", 0, 2) + train("out", "train.seed=[1,2,3] --cells-per-gpu 3"));

  EXPECT_EQ(result.status, 1) << result.output;
  EXPECT_CONTAINS(result.output,
                  "the memory of CPU is too small for a batch of 32 on 1 rank: a smaller train.batch, or fewer cells at once "
                  "(--cells-per-gpu 1 names a batch that fits)\n");
  EXPECT_CONTAINS(result.output, "2 of 3 cells complete (2 trained now)");
}

TEST_F(Program, ACellWithTooLittleMemoryForItsEvaluationsIsMeasuredLater) {
  const auto result = run(fault("evaluation", "out-of-memory", 0, 1) + train("out"));
  EXPECT_EQ(result.status, 1) << result.output;
  EXPECT_CONTAINS(line_on("irmae", result.output), "the GPU's memory is too small for the evaluations; the model is trained");
  EXPECT_LACKS(result.output, "would fit");

  const auto again = run(fault("step", "throw", 0, 1) + train("out"));
  EXPECT_EQ(again.status, 0) << "no step is taken again\n" << again.output;
}

TEST_F(Program, WrongUseEndsWithTwo) {
  EXPECT_EQ(run(irmae + " tabel x").status, 2);
  EXPECT_EQ(run(irmae + " table ranks").status, 2);
  EXPECT_EQ(run(irmae + " table ranks --columns entropy " + folder.string()).status, 2);
  EXPECT_EQ(run(train("out", "train.epoch=3")).status, 2);
  EXPECT_EQ(run(train("out", "train.loss=bce")).status, 2);
  EXPECT_CONTAINS(run(irmae + " tabel x").output, "did you mean table?");
  EXPECT_CONTAINS(run(irmae + " table ranks").output, "; irmae table --help explains\n");
}

TEST_F(Program, ListsItsCommandsInTheOrderOfTheirUse) {
  const std::string help = run(irmae + " --help").output;
  std::size_t place = 0;
  for (const char* command : {"data", "plan", "run", "submit", "status", "evaluate", "table", "plot", "report", "export",
                              "encode", "decode", "sample", "doctor"}) {
    place = help.find(std::string("\n  ") + command + " ", place);
    ASSERT_NE(place, std::string::npos) << command << help;
  }
  EXPECT_LACKS(run(irmae + " report --help").output, "COMMAND") << "what is said of all commands is not said of each";
}

TEST_F(Program, UnknownKernelsAreOneLineWithThoseThatThereAre) {
  const auto result = run("IRMAE_KERNELS=mmx " + mpirun(2) + train("out"));

  EXPECT_EQ(result.status, 2);
  EXPECT_TRUE(result.output.starts_with("irmae: IRMAE_KERNELS is 'mmx': this machine has ")) << result.output;
  EXPECT_EQ(result.output.find("IRMAE_KERNELS", 10), std::string::npos) << result.output;
}

TEST_F(Program, EveryKernelTrainsToTheSameLosses) {
  const auto losses_of = [&](const std::string& kernels) {
    const auto result = run("IRMAE_KERNELS=" + kernels + " " + train("with-" + kernels));
    EXPECT_EQ(result.status, 0) << result.output;
    return losses(table("with-" + kernels, "losses"));
  };
  const auto expected = losses_of("libtorch");
  for (const char* kernels : {"generic", ""}) {
    const auto found = losses_of(kernels);
    for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-4 * expected[i]) << kernels;
  }
}

TEST_F(Program, AFolderThatCannotBeWrittenIsNamed) {
  std::ofstream(folder / "file") << "x";
  const auto result = run(train("file"));

  EXPECT_EQ(result.status, 1);
  EXPECT_CONTAINS(result.output, "cannot make folder");
}

TEST_F(Program, AFolderThatCannotBeReadIsNamed) {
  for (const char* folder_name : {"absent", "file"}) {
    std::ofstream(folder / "file") << "x";
    const auto result = run(irmae + " table ranks " + (folder / folder_name).string());
    EXPECT_NE(result.status, 0);
    EXPECT_CONTAINS(result.output, folder_name);
  }
}

TEST_F(Program, ADamagedRunFileIsNamedAndTheOthersAreShown) {
  ASSERT_EQ(run(train("out", "train.seed=[1,2]")).status, 0);
  run("f=$(ls " + folder.string() + "/out/tiny/*seed1*/run.h5); head -c 1000 $f > $f.cut; mv $f.cut $f");
  const auto result = run(irmae + " table ranks " + (folder / "out").string());

  EXPECT_EQ(result.status, 1);
  EXPECT_CONTAINS(result.output, "run.h5");
  EXPECT_CONTAINS(result.output, "irmae-seed2");
}

TEST_F(Program, SaysInTheTablesFileWhatItLacksAndWhy) {
  ASSERT_EQ(run(train("out")).status, 0);
  const auto result =
      run(irmae + " table classification --format md " + (folder / "out").string() + " -o " + (folder / "t.md").string());
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.output, "");
  std::stringstream text;
  text << std::ifstream(folder / "t.md").rdbuf();

  EXPECT_CONTAINS(text.str(), "\n- left out: irmae: the data has attributes in place of classes\n");
}

TEST_F(Program, TablesHaveTheColumnsThatAreNamedInTheirOrder) {
  ASSERT_EQ(run(train("out", "train.seed=[1,2]")).status, 0);
  const auto printed = [&](const std::string& words) {
    const auto result = run(irmae + " table " + words + " " + (folder / "out").string());
    EXPECT_EQ(result.status, 0) << result.output;
    return result.output;
  };
  const std::string csv = printed("ranks --mean --format csv --columns n,entropy_rank");
  const std::string reasons = printed("classification --columns cell,missing");

  EXPECT_TRUE(csv.starts_with("n,entropy_rank,entropy_rank_sd\r\n2,")) << csv;
  EXPECT_TRUE(printed("ranks --columns seed,cell").starts_with("seed  cell\n   1  irmae-seed1\n"));
  EXPECT_CONTAINS(printed("ranks --mean --columns entropy_rank,n"), "  2/2\n");
  EXPECT_CONTAINS(printed("ranks --columns cell,id"), " id\n") << "though names tell the runs apart";
  EXPECT_CONTAINS(reasons, "irmae-seed2  the data has attributes in place of classes\n");
  EXPECT_LACKS(reasons, "left out") << "the column says it";
}

TEST_F(Program, TablesAndPlotsTakeTheCellsAndDataThatAreNamed) {
  const std::string both = "train.epochs=1 'model.method=[\"irmae\",\"vae\"]' --only ";
  ASSERT_EQ(run(train("a", both + "'irmae*,vae*'")).status + run(train("b", both + "'vae*' model.latent=16")).status, 0);
  const auto on = [&](const std::string& words) { return run("cd " + folder.string() + " && " + irmae + " " + words); };
  const auto rows = [](const tests::Result& csv) {
    EXPECT_EQ(csv.status, 0) << csv.output;
    return std::count(csv.output.begin(), csv.output.end(), '\n') - 1;
  };

  EXPECT_EQ(rows(on("table losses a b --format csv")), 3);
  const auto named = on("table losses a b --format csv --only 'vae*'");
  EXPECT_EQ(rows(named), 2);
  EXPECT_LACKS(named.output, "irmae");
  EXPECT_EQ(rows(on("table losses a b --format csv --data shapes")), 3);
  for (const char* words : {"table losses a b --data mnist", "plot spectrum a b --data mnist -o none.svg"}) {
    const auto other = on(words);
    EXPECT_EQ(other.status, 2) << words;
    EXPECT_CONTAINS(other.output, "--data: no run there is of 'mnist', but of shapes") << words;
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "none.svg"));
  SKIP_WITHOUT_GNUPLOT();
  ASSERT_EQ(on("plot spectrum a --data shapes -o all.svg").status + on("plot spectrum a --only 'vae*' -o vae.svg").status, 0);
  const std::string all = read("all.svg"), vae = read("vae.svg");
  EXPECT_CONTAINS(all, ">VAE");
  EXPECT_CONTAINS(all, ">IRMAE");
  EXPECT_CONTAINS(vae, ">VAE");
  EXPECT_LACKS(vae, "IRMAE");
}

/// Scripts read these by their names.
TEST_F(Program, TheTableOfRanksAsJsonHasTheKeysThatScriptsRead) {
  ASSERT_EQ(run(train("out", "train.epochs=1 train.seed=7 model.linear_layers=3")).status, 0);
  const auto read = run(irmae + " table ranks --format json " + (folder / "out").string() + " | " IRMAE_PYTHON +
                        " -c 'import json, sys; row, = json.load(sys.stdin); "
                        "print({*\"cell method linear_layers seed entropy_rank participation_ratio count_1e-2 count_1e-3 "
                        "variance_99\".split()} - row.keys(), row[\"method\"], row[\"linear_layers\"], row[\"seed\"])'");

  EXPECT_EQ(read.output, "set() irmae 3 7\n");
}

TEST_F(Program, DrawsFiguresAndAPage) {
  ASSERT_EQ(run(train("out", "train.seed=[1,2]")).status, 0);
  for (const char* file : {"s.svg", "s.png", "s.pdf"}) {
    const auto result = run(irmae + " plot spectrum " + (folder / "out").string() + " -o " + (folder / file).string());
    EXPECT_EQ(result.status, 0) << result.output;
    EXPECT_GT(std::filesystem::file_size(folder / file), 2000U);
  }
  const std::string column = (folder / "column.svg").string();
  ASSERT_EQ(run(irmae + " plot spectrum " + (folder / "out").string() + " --columns 1 -o " + column).status, 0);
  EXPECT_CONTAINS(read("column.svg"), " width=\"520\" height=") << "one panel wide, not two";

  const auto result = run(irmae + " report " + (folder / "out").string() + " -o " + (folder / "r.html").string());
  EXPECT_EQ(result.status, 0) << result.output;
  std::stringstream page;
  page << std::ifstream(folder / "r.html").rdbuf();
  EXPECT_CONTAINS(page.str(), "src=\"data:image/svg+xml");
  EXPECT_LACKS(page.str(), "src=\"http");
}

TEST_F(Program, TheExampleOfTheDocumentationWorks) {
  if (!tests::python_has("h5py xarray")) GTEST_SKIP() << "Python has no xarray";
  ASSERT_EQ(run(train("out")).status, 0);
  const auto result =
      run("cd " + folder.string() +
          "/out/tiny/* && sed -n '/^```python/,/^```/p' " IRMAE_SOURCE_DIR "/docs/files.md | grep -v '^```' | " IRMAE_PYTHON);

  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_CONTAINS(result.output, "irmae\n('index', 'component') (50, 32)");
}

/// Those of evaluations too, each of which names its own.
TEST_F(Program, EveryDatasetOfARunIsLabelled) {
  if (!tests::python_has("h5py")) GTEST_SKIP() << "Python has no h5py";
  const auto trained = run(train("out", "train.epochs=1 model.method=vae model.latent=8 evaluate.samples=4"));
  ASSERT_EQ(trained.status, 0) << trained.output;
  const auto looked = run(std::string(IRMAE_PYTHON) + " " IRMAE_SOURCE_DIR "/tests/storage/check_labels.py " + folder.string() +
                          "/out/tiny/*/run.h5 evaluation/pca evaluation/samples evaluation/vae latents/train metrics "
                          "spectrum/history weights");

  EXPECT_EQ(looked.status, 0) << looked.output;
}

TEST_F(Program, TheStoredSpectraAreNumpysOfTheStoredLatentsAndMatrices) {
  if (!tests::python_has("h5py numpy")) GTEST_SKIP() << "Python has no h5py";
  ASSERT_EQ(run(mpirun(2) + train("out", "train.epochs=5 evaluate.spectrum_every=2 model.linear_layers=3")).status, 0);
  // Every second epoch, and the last one whatever its number.
  const auto result = run(std::string(IRMAE_PYTHON) + " " IRMAE_SOURCE_DIR "/tests/launchers/check_spectrum.py " +
                          folder.string() + "/out/tiny/*/run.h5 '" + table("out") + "' 2,4,5");

  EXPECT_EQ(result.status, 0) << result.output;
}

TEST_F(Program, WaitingThreadsAreToldToSleepSoonUnlessTheUserSaysOtherwise) {
  // A trainer that only shows what it was started with.
  std::filesystem::copy_file(irmae, folder / "irmae");
  tests::write_program(folder / "irmae-train", "#!/bin/sh\necho spin: $GOMP_SPINCOUNT\n");
  const auto started = [&](const std::string& setting) {
    return run(setting + " " + (folder / "irmae").string() + " doctor").output;
  };

  EXPECT_EQ(started(""), "spin: 10000\n");
  EXPECT_EQ(started("GOMP_SPINCOUNT=7"), "spin: 7\n");
  EXPECT_EQ(started("OMP_WAIT_POLICY=active"), "spin:\n");
}

}  // namespace
}  // namespace irmae
