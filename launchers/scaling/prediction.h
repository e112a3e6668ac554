// SPDX-License-Identifier: MIT
// The time of a grid on a machine that need not be here: the step model for each cell, list scheduling over groups of ranks.
#pragma once

#include <vector>

#include "framework/cost/cost_model.h"
#include "framework/manifest/cell.h"
#include "framework/scaling/schedule.h"
#include "framework/scaling/step_model.h"

namespace irmae::launchers {

/// The machine as it is described on the command line; numbers below zero were not given.
struct Cluster {
  int nodes = 1, gpus_per_node = 1;
  int ranks_per_cell = 0;      ///< 0: the number that ends the grid first
  double bandwidth = -1;       ///< GB/s between nodes, each direction
  double latency = -1;         ///< microseconds
  double node_bandwidth = -1;  ///< inside a node; as between nodes where it is not given
  double node_latency = -1;
  double rate = -1;     ///< samples/s of one rank
  double flops = -1;    ///< FLOP/s of one rank
  double overhead = 0;  ///< microseconds of each step that no share makes shorter
  double memory = -1;   ///< GB/s of a rank's memory; not given: updates cost nothing

  int ranks() const { return nodes * gpus_per_node; }
};

/// One cell that is still to be trained.
struct Predicted {
  const manifest::Cell* cell = nullptr;
  cost::Work work{};
  scaling::Workload workload{};
  scaling::Machine machine{};  ///< with the rate of this cell's network
  int fastest = 1;             ///< ranks with the shortest step, of those there are
  int efficient = 1;           ///< most ranks that still work at half of their speed or better

  /// Seconds that training and the passes over the validation samples take on so many ranks.
  double seconds(int ranks) const;
};

/// Predicts the steps of each cell on the cluster. Cells whose data set nobody knows the size of are left out. Throws
/// UsageError where the description of the cluster does not fit.
std::vector<Predicted> predict(const std::vector<const manifest::Cell*>& cells, const Cluster& cluster,
                               const cost::CostModel& costs);

/// When each cell starts, and when the last one ends, where groups of `ranks` ranks each train the cells, the longest first.
scaling::ListSchedule schedule(const std::vector<Predicted>& cells, const Cluster& cluster, int ranks);

/// The number of ranks for each cell with which the grid ends first, the fewest among equals, of those that divide a node or
/// fill nodes.
int best_ranks_per_cell(const std::vector<Predicted>& cells, const Cluster& cluster);

}  // namespace irmae::launchers
