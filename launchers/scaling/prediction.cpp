// SPDX-License-Identifier: MIT
#include "launchers/scaling/prediction.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/cost/workload.h"
#include "framework/counted.h"
#include "storage/error.h"

namespace irmae::launchers {

namespace {

scaling::Link link(double bandwidth, double latency) {
  scaling::Link link;
  if (bandwidth > 0) link.bandwidth = bandwidth * 1e9;
  if (latency > 0) link.latency = latency * 1e-6;
  return link;
}

scaling::Machine machine_of(const Cluster& cluster) {
  const auto given = [](double value, double otherwise) { return value >= 0 ? value : otherwise; };
  scaling::Machine machine{.overhead = cluster.overhead * 1e-6, .ranks_per_node = cluster.gpus_per_node};
  if (cluster.memory > 0) machine.memory = cluster.memory * 1e9;
  machine.between = link(cluster.bandwidth, cluster.latency);
  machine.inside = link(given(cluster.node_bandwidth, cluster.bandwidth), given(cluster.node_latency, cluster.latency));
  return machine;
}

/// FLOP/s of one rank in what is not overhead.
double flops_of_a_rank(const Predicted& cell, const Cluster& cluster, const cost::CostModel& costs) {
  if (cluster.flops > 0) return cluster.flops;
  const double batch_flops = cell.workload.flops * static_cast<double>(cell.workload.batch);
  double step = 0;
  if (cluster.rate > 0) {
    step = static_cast<double>(cell.workload.batch) / cluster.rate;
  } else {
    const double steps = cell.work.training_samples / static_cast<double>(cell.workload.batch);
    step = costs.estimate(*cell.cell, 1).training / steps;
  }
  if (step <= cell.machine.overhead)
    throw UsageError(fmt::format("cell {}: a step of {} takes {:.3g} us at this rate, no more than --overhead {:g}",
                                 cell.cell->name, counted(cell.workload.batch, "sample"), step * 1e6,
                                 cell.machine.overhead * 1e6));
  return batch_flops / (step - cell.machine.overhead);
}

}  // namespace

double Predicted::seconds(int ranks) const {
  const double epochs = static_cast<double>(cell->integer("train.epochs"));
  const double steps = std::ceil(work.training_samples / epochs / static_cast<double>(workload.batch)) * epochs;
  const double validation = work.validation_samples * work.forward_flops / machine.flops / ranks;
  return steps * scaling::step(workload, machine, ranks).seconds() + validation;
}

std::vector<Predicted> predict(const std::vector<const manifest::Cell*>& cells, const Cluster& cluster,
                               const cost::CostModel& costs) {
  if (cluster.ranks_per_cell > cluster.ranks())
    throw UsageError(fmt::format("--ranks-per-cell {}: the machine has {} x {} = {}", cluster.ranks_per_cell,
                                 counted(cluster.nodes, "node"), cluster.gpus_per_node, counted(cluster.ranks(), "rank")));
  if (cluster.rate > 0 && cluster.flops > 0) throw UsageError("--rate and --flops say the same: give one of them");
  std::vector<Predicted> found;
  for (const manifest::Cell* cell : cells) {
    const auto work = costs.work(*cell);
    if (!work) continue;
    Predicted one{
        .cell = cell, .work = *work, .workload = cost::workload_of(*cell, costs.layers(*cell)), .machine = machine_of(cluster)};
    if (cluster.rate > 0 && !found.empty() && found.front().cell->text("model.network") != cell->text("model.network"))
      throw UsageError(fmt::format(
          "--rate is the rate of one network, but cells {} and {} have networks {} and {}: give --flops",
          found.front().cell->name, cell->name, found.front().cell->text("model.network"), cell->text("model.network")));
    one.machine.flops = flops_of_a_rank(one, cluster, costs);
    one.fastest = scaling::fastest_ranks(one.workload, one.machine, cluster.ranks());
    one.efficient = scaling::efficient_ranks(one.workload, one.machine, cluster.ranks(), 0.5);
    found.push_back(std::move(one));
  }
  return found;
}

scaling::ListSchedule schedule(const std::vector<Predicted>& cells, const Cluster& cluster, int ranks) {
  std::vector<double> durations;
  for (const Predicted& cell : cells) durations.push_back(cell.seconds(ranks));
  return scaling::longest_first(durations, cluster.ranks() / ranks);
}

int best_ranks_per_cell(const std::vector<Predicted>& cells, const Cluster& cluster) {
  std::int64_t most = 1;
  for (const Predicted& cell : cells) most = std::max(most, cell.workload.batch);
  int best = 1;
  double least = schedule(cells, cluster, 1).seconds;
  const int node = cluster.gpus_per_node;
  for (int ranks = 2; ranks <= std::min<std::int64_t>(most, cluster.ranks()); ++ranks) {
    if (node % ranks != 0 && ranks % node != 0) continue;  // some group's ring would leave its node
    if (const double seconds = schedule(cells, cluster, ranks).seconds; seconds < least * (1 - 1e-9)) {
      best = ranks;
      least = seconds;
    }
  }
  return best;
}

}  // namespace irmae::launchers
