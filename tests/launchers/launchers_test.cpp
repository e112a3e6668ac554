// SPDX-License-Identifier: MIT
// launchers/quickstart as a user starts and stops it, in a copy of the clone whose set-up, build and mpirun are stand-ins.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "tests/contains.h"
#include "tests/temporary_folder.h"

namespace irmae {
namespace {

namespace fs = std::filesystem;
using tests::run;

class Launchers : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::copy(IRMAE_SOURCE_DIR "/launchers", folder / "launchers", fs::copy_options::recursive);
    std::ofstream(folder / "launchers/lib/common.sh", std::ios::app)
        << "prepare_machine() { :; }\nconfigure() { :; }\ncompile() { :; }\n";
    fs::create_directory(folder / "bin");
    ASSERT_EQ(run("mkfifo " + (folder / "never").string()).status, 0);
    // It tells which signal came. It speaks once the launcher waits for it: before that a signal would find no training.
    tests::write_program(folder / "bin/mpirun",
                         "#!/bin/bash\n[[ $1 != --version ]] || exit 0\n"
                         "trap 'exit 75' USR1\ntrap 'exit 1' INT TERM HUP\n"
                         "until [[ $(</proc/$PPID/stat) == *') S '* ]]; do :; done\n"
                         "echo \"trains: $*\"\nread -r <>'" +
                             (folder / "never").string() + "'\n");
  }

  /// Started as a terminal starts it: a shell's background job would ignore SIGINT. Given this signal once it trains.
  tests::Result stopped_by(int signal) const {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) return {-1, "no pipe"};
    const pid_t launcher = fork();
    if (launcher == 0) {
      for (const int one : {SIGINT, SIGTERM, SIGHUP}) std::signal(one, SIG_DFL);
      dup2(ends[1], 1), dup2(ends[1], 2);
      close(ends[0]), close(ends[1]);
      setenv("PATH", ((folder / "bin").string() + ":" + std::getenv("PATH")).c_str(), 1);
      const std::string quickstart = (folder / "launchers/quickstart").string(), output = (folder / "out").string();
      execlp("bash", "bash", quickstart.c_str(), "-n", "2", "-o", output.c_str(), nullptr);
      std::_Exit(127);
    }
    close(ends[1]);
    tests::Result result{-1, {}};
    const auto read_more = [&] {
      std::array<char, 4096> buffer;
      const ssize_t count = read(ends[0], buffer.data(), buffer.size());
      if (count > 0) result.output.append(buffer.data(), static_cast<std::size_t>(count));
      return count > 0;
    };
    while (result.output.find("trains: ") == std::string::npos && read_more()) continue;
    kill(launcher, signal);
    int status = 0;
    waitpid(launcher, &status, 0);
    result.status = tests::exit_status_of(status);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    while (read_more()) continue;
    close(ends[0]);
    return result;
  }

  tests::TemporaryFolder folder;
};

/// Whatever the signal: mpirun gets SIGUSR1, which it hands to its ranks, and they end with a checkpoint.
TEST_F(Launchers, StopWithTheStatusOfWhatTheyRan) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const tests::Result result = stopped_by(signal);

    EXPECT_EQ(result.status, 75) << strsignal(signal) << "\n" << result.output;
    EXPECT_CONTAINS(result.output, "trains: -n 2 ");
    EXPECT_CONTAINS(result.output, "/experiments/quickstart.toml -o ");
    EXPECT_CONTAINS(result.output, "quickstart: stopped; the same command goes on from here");
  }
}

TEST_F(Launchers, RefuseWhatTheyDoNotKnowBeforeTheyBegin) {
  const std::string quickstart = "bash " + (folder / "launchers/quickstart").string() + " ";
  for (const auto& [arguments, says] : {std::pair{"-n 0", "'0' is not a number of ranks or jobs"},
                                        {"-j 2x", "'2x' is not a number of ranks or jobs"},
                                        {"-j", "-j needs a value; --help explains"},
                                        {"--preset", "--preset needs a value; --help explains"},
                                        {"--fast", "'--fast' is not an option; --help lists them"}}) {
    const tests::Result result = run(quickstart + arguments);
    EXPECT_EQ(result.status, 2) << arguments;
    EXPECT_CONTAINS(result.output, says) << arguments;
  }
  EXPECT_FALSE(fs::exists(folder / "build"));
  EXPECT_EQ(run(quickstart + "--help").status, 0);
}

}  // namespace
}  // namespace irmae
