// SPDX-License-Identifier: MIT
// How long a data-parallel training step takes on R ranks: operations, a ring all-reduce of the gradients by buckets that
// overlaps the backward pass, and what no number of ranks divides. Formulas and their limits: docs/scaling.md.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace irmae::scaling {

/// A link between ranks, on which a message of b bytes takes latency + b / bandwidth.
struct Link {
  double latency = 0;                                          ///< seconds
  double bandwidth = std::numeric_limits<double>::infinity();  ///< bytes/s, each direction
};

/// Seconds of an all-reduce in a ring of R ranks: 2 (R - 1) messages of bytes / R each, one after the other, for reduce-scatter
/// and then all-gather.
double ring_all_reduce(double bytes, int ranks, const Link& link);

/// One all-reduce of a step.
struct ModelledBucket {
  double bytes = 0;
  double ready = 1;  ///< share of the backward pass after which its last gradient exists
};

/// What one model computes in a step.
struct Workload {
  std::int64_t batch = 1;                 ///< global
  double flops = 0;                       ///< of one sample: forward and backward
  double update_bytes = 0;                ///< memory traffic of the optimiser's update, on every rank
  std::vector<ModelledBucket> buckets{};  ///< in the order in which they are sent
};

/// One rank and its links.
struct Machine {
  double flops = 1;     ///< FLOP/s of a rank in forward and backward
  double overhead = 0;  ///< seconds of a step that do not shrink with the share: launches, optimiser's calls, framework
  double memory = std::numeric_limits<double>::infinity();  ///< bytes/s for the update
  int ranks_per_node = 1;
  Link inside{}, between{};  ///< links of ranks on one node, and of nodes

  /// The slowest link of a ring of so many ranks.
  const Link& link(int ranks) const { return ranks <= ranks_per_node ? inside : between; }
};

struct Step {
  double compute = 0;        ///< forward, backward and the overhead
  double communication = 0;  ///< of all buckets together
  double exposed = 0;        ///< the part of it that nothing hides
  double update = 0;

  double seconds() const { return compute + exposed + update; }
};

/// The time of a step on so many ranks. The largest share counts: batch / ranks, rounded up. Ranks beyond the batch have
/// nothing to do.
Step step(const Workload& workload, const Machine& machine, int ranks);

/// The number of ranks, at most `most` and the batch, with the shortest step; the fewest among equals.
int fastest_ranks(const Workload& workload, const Machine& machine, int most);

/// The most ranks, at most `most` and the batch, whose speed-up is at least `efficiency` x ranks.
int efficient_ranks(const Workload& workload, const Machine& machine, int most, double efficiency);

}  // namespace irmae::scaling
