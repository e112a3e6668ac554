// SPDX-License-Identifier: MIT
// Tables of means over seeds, for people and for machines.
#include "analysis/table_formats.h"

#include <gtest/gtest.h>

#include <cmath>

namespace irmae::analysis {
namespace {

Table some_means() {
  const std::int64_t one = 1, two = 2;
  return {{"configuration", "error", "error_sd", "train_loss", "train_loss_sd", "n", "of"},
          {{"AE", 4.1234, 0.0432, 1.234e-5, 4.2e-7, two, two}, {"VAE n=64", 12.5, {}, {}, {}, one, two}}};
}

TEST(TableOfMeans, HasOneColumnForAMeanAndItsDeviationInTextAndMarkdown) {
  EXPECT_EQ(render(some_means(), Format::text),
            "configuration        error         train_loss    n\n"
            "AE             4.12 ± 0.04  (1.23 ± 0.04)e-05  2/2\n"
            "VAE n=64              12.5                  -  1/2\n");
  EXPECT_EQ(render(some_means(), Format::markdown),
            "| configuration | error | train_loss | n |\n|---|---|---|---|\n"
            "| AE | 4.12 ± 0.04 | (1.23 ± 0.04)e-05 | 2/2 |\n| VAE n=64 | 12.5 | - | 1/2 |\n");
}

TEST(TableOfMeans, IsMathematicsInLatex) {
  EXPECT_EQ(render(some_means(), Format::latex),
            "\\begin{tabular}{llll}\n\\toprule\nconfiguration & error & train\\_loss & n \\\\\n\\midrule\n"
            "AE & $4.12 \\pm 0.04$ & $(1.23 \\pm 0.04) \\times 10^{-5}$ & 2/2 \\\\\n"
            "VAE n=64 & 12.5 & - & 1/2 \\\\\n\\bottomrule\n\\end{tabular}\n");
}

TEST(TableOfMeans, KeepsEveryColumnAndDigitForMachines) {
  EXPECT_EQ(render(some_means(), Format::csv),
            "configuration,error,error_sd,train_loss,train_loss_sd,n,of\r\n"
            "AE,4.1234,0.0432,1.234e-05,4.2e-07,2,2\r\nVAE n=64,12.5,,,,1,2\r\n");
  EXPECT_EQ(render(some_means(), Format::json),
            "[\n {\"configuration\": \"AE\", \"error\": 4.1234, \"error_sd\": 0.0432, \"train_loss\": 1.234e-05, "
            "\"train_loss_sd\": 4.2e-07, \"n\": 2, \"of\": 2},\n"
            " {\"configuration\": \"VAE n=64\", \"error\": 12.5, \"error_sd\": null, \"train_loss\": null, "
            "\"train_loss_sd\": null, \"n\": 1, \"of\": 2}\n]\n");
}

TEST(Table, ShowsDeviationsWithoutTheirMeansAndStartedRunsWithoutTheirResultsByThemselves) {
  const Table table{{"error_sd", "of"}, {{0.0432, std::int64_t{2}}}};

  EXPECT_EQ(render(table, Format::text), "error_sd  of\n  0.0432   2\n");
}

TEST(Value, HasFourDigitsForPeopleEveryOneForMachinesAndAWordOfItsReadersWhereItIsMissing) {
  EXPECT_EQ(short_text(0.123456), "0.1235");
  EXPECT_EQ(exact_text(0.123456), "0.123456");
  for (const Value& exact : {Value(std::int64_t{123'456}), Value(std::string("123456"))}) {
    EXPECT_EQ(short_text(exact), "123456");
    EXPECT_EQ(exact_text(exact), "123456");
  }
  for (const Value& missing : {Value(), Value(std::nan("")), Value(HUGE_VAL)}) {
    EXPECT_EQ(short_text(missing), "-");
    EXPECT_EQ(short_text(missing, "unknown"), "unknown");
    EXPECT_EQ(exact_text(missing), "");
  }
}

TEST(Table, AlignsCharactersNotBytes) {
  const Table table{{"cell", "epoch"}, {{"éééé", std::int64_t{1}}, {"abc", std::int64_t{2}}}};

  EXPECT_EQ(render(table, Format::text), "cell  epoch\néééé      1\nabc       2\n");
}

}  // namespace
}  // namespace irmae::analysis
