// SPDX-License-Identifier: MIT
#include "framework/scaling/step_model.h"

#include <algorithm>

namespace irmae::scaling {

namespace {

constexpr double kForward = 1.0 / 3;  ///< of forward and backward together

int most_ranks(const Workload& workload, int most) {
  return static_cast<int>(std::max<std::int64_t>(1, std::min<std::int64_t>(most, workload.batch)));
}

}  // namespace

double ring_all_reduce(double bytes, int ranks, const Link& link) {
  if (ranks < 2) return 0;
  return 2.0 * (ranks - 1) * (link.latency + bytes / ranks / link.bandwidth);
}

Step step(const Workload& workload, const Machine& machine, int ranks) {
  const double share = static_cast<double>((workload.batch + ranks - 1) / ranks);
  Step step;
  step.compute = machine.overhead + share * workload.flops / machine.flops;
  step.update = workload.update_bytes / machine.memory;
  double end = 0;
  for (const ModelledBucket& bucket : workload.buckets) {
    const double ready = step.compute * (kForward + (1 - kForward) * bucket.ready);
    const double taken = ring_all_reduce(bucket.bytes, ranks, machine.link(ranks));
    end = std::max(end, ready) + taken;  // one after the other, in their order
    step.communication += taken;
  }
  step.exposed = std::max(0.0, end - step.compute);
  return step;
}

int fastest_ranks(const Workload& workload, const Machine& machine, int most) {
  int best = 1;
  double least = step(workload, machine, 1).seconds();
  for (int ranks = 2; ranks <= most_ranks(workload, most); ++ranks)
    // Rounding must not make a rank more look worth its while.
    if (const double seconds = step(workload, machine, ranks).seconds(); seconds < least * (1 - 1e-9)) {
      best = ranks;
      least = seconds;
    }
  return best;
}

int efficient_ranks(const Workload& workload, const Machine& machine, int most, double efficiency) {
  const double alone = step(workload, machine, 1).seconds();
  int found = 1;
  for (int ranks = 2; ranks <= most_ranks(workload, most); ++ranks)
    if (alone / step(workload, machine, ranks).seconds() >= efficiency * ranks * (1 - 1e-9)) found = ranks;
  return found;
}

}  // namespace irmae::scaling
