// SPDX-License-Identifier: MIT
// What became of every fault in every phase, in tables that are printed at the end of the program.
#pragma once

#include <algorithm>
#include <string>

#include "tests/faults/result_table.h"

namespace irmae::tests {

/// Where a run can be when something happens to it.
struct Phase {
  const char* name;
  const char* place;  ///< IRMAE_FAULT's
  int count;
  bool every_rank;           ///< false: only rank 0 comes there
  const char* words;         ///< how messages call it, a regular expression
  int checkpoints, metrics;  ///< files that are there then
};

inline constexpr Phase kPhases[] = {
    {"SetUp", "set-up", 1, true, "set-up", 0, 0},
    {"FirstStep", "step", 1, true, "step 1", 0, 0},
    {"MidEpoch", "step", 5, true, "step 5", 1, 1},
    {"AllReduce", "all-reduce of bucket 0 in step 5", 1, true, "step 5", 1, 1},
    {"CheckpointWrite", "write-checkpoint", 5, false, "writing of the checkpoint", 1, 1},
    {"MetricsFlush", "write-metrics", 2, false, "writing of the metrics", 1, 1},
    {"FinalRename", "rename-run", 1, false, "writing of the run file", 1, 1},
    {"Evaluation", "evaluation", 1, true, "evaluation", 1, 1},
};

/// On one host, and over two.
ResultTable& matrix(bool two_hosts);

/// The longest time from a fault to the end of the last process, seconds.
double& longest_end();

}  // namespace irmae::tests
