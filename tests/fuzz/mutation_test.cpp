// SPDX-License-Identifier: MIT
// A short run of each fuzz target, with the same inputs every time. IRMAE_FUZZ_INPUTS=n tries n of each target instead, from
// the IRMAE_FUZZ_FIRSTth on.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "storage/error.h"
#include "storage/run_file.h"
#include "storage/seal.h"
#include "storage/system/files.h"
#include "tests/fuzz/mutate.h"
#include "tests/fuzz/small_files.h"
#include "tests/fuzz/targets.h"

namespace irmae::tests::fuzz {
namespace {

namespace fs = std::filesystem;

using Corpus = std::vector<std::string>;

void add_folder(const fs::path& folder, Corpus& corpus) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) corpus.push_back(storage::read_text(file));
}

std::uint64_t variable(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value ? std::strtoull(value, nullptr, 10) : otherwise;
}

/// For who has to make a failure again: which input it was, whatever it has done to the process.
volatile std::uint64_t current_input = 0;

void tell_input(int signal) {
  char text[64];
  const int length =
      std::snprintf(text, sizeof text, "fuzz: at IRMAE_FUZZ_FIRST=%llu\n", static_cast<unsigned long long>(current_input));
  if (write(STDERR_FILENO, text, static_cast<std::size_t>(length)) < 0) std::_Exit(1);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

/// The corpus as it is, then `count` inputs made of it; fewer under a sanitizer, which makes each some thirty times as long.
void drive(void (*target)(Bytes), const Corpus& corpus, const Corpus& words, std::uint64_t count) {
  ASSERT_FALSE(corpus.empty());
  for (const int signal : {SIGSEGV, SIGABRT, SIGALRM, SIGBUS, SIGFPE}) std::signal(signal, tell_input);
  for (const std::string& input : corpus) target(input);
  const std::uint64_t first = variable("IRMAE_FUZZ_FIRST", 0);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  count /= 30;
#endif
  count = variable("IRMAE_FUZZ_INPUTS", count);
  for (std::uint64_t i = first; i < first + count; ++i) {
    current_input = i;
    alarm(60);  // far more than any input takes: one that hangs is named
    target(mutated(corpus, words, i));
  }
  alarm(0);
  for (const int signal : {SIGSEGV, SIGABRT, SIGALRM, SIGBUS, SIGFPE}) std::signal(signal, SIG_DFL);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they keep what was freed
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  EXPECT_LT(used.ru_maxrss, 512 * 1024) << "an input took memory without bound";  // kilobytes
#endif
}

TEST(Fuzz, ManifestsAreTakenOrRefused) {
  Corpus corpus;
  add_folder(IRMAE_SOURCE_DIR "/tests/fuzz/corpus/manifest", corpus);
  add_folder(IRMAE_SOURCE_DIR "/experiments", corpus);
  drive(manifest, corpus,
        {"\x1e",
         "include = ['other.toml']\n",
         "[grid]\n",
         "[[cell]]\n",
         "name = ",
         "model.method = 'vae'\n",
         "train.seed",
         "\"",
         "'''",
         "[",
         "{",
         "= nan",
         "-9223372036854775808",
         "1e400",
         "..",
         "\xc3\xa9",
         "\xff",
         "$(",
         "\\u0000",
         "a.a.a.a.a.a.a.a.a.a.a.a."},
        30'000);
}

TEST(Fuzz, ArraysAndTablesAreTakenOrRefused) {
  Corpus corpus;
  add_folder(IRMAE_SOURCE_DIR "/tests/fuzz/corpus/plain_files", corpus);
  drive(plain_files, corpus, {"'shape': (", "9223372036854775807", "(0, ", "True", ">f2", "\"", ",", "\n"}, 50'000);
}

TEST(Fuzz, IdxFilesAreTakenOrRefused) {
  Corpus corpus;
  add_folder(IRMAE_SOURCE_DIR "/tests/fuzz/corpus/idx", corpus);
  drive(idx, corpus, {std::string("\0\0\x08\x03", 4), "\xff\xff\xff\xff", std::string(4, '\0'), "\x1f\x8b\x08"}, 25'000);
}

TEST(Fuzz, StatesPlansAndJobListsAreTakenOrRefused) {
  Corpus corpus;
  add_folder(IRMAE_SOURCE_DIR "/tests/fuzz/corpus/grid_files", corpus);
  drive(grid_files, corpus,
        {"\x1e", "[[cell]]\n", "[[task]]\n", "[cell.train]\n", "cell = ", "\"", "'", "'''", "\\", "\r\n", "9223372036854775808",
         "-1", "nan", "1e400", "#", "= ", "state = \"complete\"\n", "\xff", "\x1b[2J"},
        30'000);
}

TEST(Fuzz, RunFilesOfAnyContentAreTakenOrRefused) {
  drive(run_content, {std::string(200, '\x05'), mutated({std::string(400, 'a')}, {}, 1), std::string(60, '\x01')}, {}, 1'000);
}

/// Whatever stands before a seal that is not its own. Without one HDF5 would have the file, and does not survive all of them.
void changed_run_file(Bytes input) {
  static const std::string seal = storage::seal_of("");
  const std::string path = scratch_file("run.h5", std::string(input) + "\n" + seal);
  try {
    storage::RunFile file(path);
  } catch (const Error& error) {
    if (std::string_view(error.what()).find("damaged") != std::string_view::npos) return;
  }
  broken("a changed file was taken");
}

TEST(Fuzz, RunFilesThatWereChangedAreRefused) {
  drive(changed_run_file, {small_run(), small_metrics(), small_checkpoint(), small_array_file()}, {}, 5'000);
}

/// As another program leaves them: a copy of the process reads each first.
TEST(Fuzz, RunFilesOfAnyBytesWithoutASealAreTakenOrRefused) {
  Corpus corpus;
  for (const std::string& file : {small_run(), small_metrics(), small_checkpoint(), small_array_file()})
    corpus.push_back(file.substr(0, file.size() - storage::kSealLength));
  drive(run_file, corpus, {}, 60);
}

TEST(Fuzz, EveryAccessorReadsTheSoundFiles) {
  for (const std::string& file : {small_run(), small_metrics(), small_checkpoint(), small_array_file()}) run_file(file);
  EXPECT_EQ(storage::RunFile(scratch_file("run.h5", small_run())).evaluation("fid").arrays.size(), 1U);
}

}  // namespace
}  // namespace irmae::tests::fuzz
