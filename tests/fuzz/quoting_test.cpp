// SPDX-License-Identifier: MIT
// Words of a batch script, as the shell itself reads them.
#include "launchers/slurm/quoting.h"

#include <gtest/gtest.h>

#include "tests/fuzz/mutate.h"
#include "tests/fuzz/targets.h"
#include "tests/temporary_folder.h"

namespace irmae::tests::fuzz {
namespace {

TEST(Quoting, GivesTheShellBackAnyWord) {
  std::vector<std::string> words{"",   "'", "''", "$(touch x)", "`id`", "a b",   "\\",       "\n",
                                 "-n", "*", "~",  "!!",         "#",    "{a,b}", "\xff\x80", "é"};
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    std::string word = mutated({"a'b\"c\\d $e", "x;y|z&>\n\t"}, {"'", "\\", "$(", "`", "\n", "\""}, i);
    std::erase(word, '\0');  // no word of a shell, nor of a file's name, has it
    words.push_back(std::move(word));
  }
  std::string expected;
  for (const std::string& word : words) expected += word + '\0';

  const Result shown = run("bash " + scratch_file("words.sh", "printf '%s\\0' " + slurm::shell_words(words) + "\n"));

  EXPECT_EQ(shown.status, 0);
  EXPECT_TRUE(shown.output == expected);
}

}  // namespace
}  // namespace irmae::tests::fuzz
