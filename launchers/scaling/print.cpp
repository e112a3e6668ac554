// SPDX-License-Identifier: MIT
#include "launchers/scaling/print.h"

#include <fmt/format.h>

#include <algorithm>

#include "framework/counted.h"
#include "framework/duration.h"
#include "storage/cell_paths.h"

namespace irmae::launchers {

namespace {

int chosen_ranks(const std::vector<Predicted>& cells, const Cluster& cluster) {
  return cluster.ranks_per_cell > 0 ? cluster.ranks_per_cell : best_ranks_per_cell(cells, cluster);
}

std::string link_text(double bandwidth, double latency) {
  return fmt::format("{}, {}", bandwidth > 0 ? fmt::format("{:g} GB/s", bandwidth) : "any bandwidth",
                     latency > 0 ? fmt::format("{:g} us", latency) : "no latency");
}

std::string machine_text(const Cluster& cluster) {
  std::string text = fmt::format("{} ({} x {}); between nodes {}", counted(cluster.ranks(), "rank"), cluster.nodes,
                                 cluster.gpus_per_node, link_text(cluster.bandwidth, cluster.latency));
  if (cluster.node_bandwidth >= 0 || cluster.node_latency >= 0)
    text += fmt::format("; inside {}", link_text(cluster.node_bandwidth >= 0 ? cluster.node_bandwidth : cluster.bandwidth,
                                                 cluster.node_latency >= 0 ? cluster.node_latency : cluster.latency));
  if (cluster.overhead > 0) text += fmt::format("; {:g} us of each step are fixed", cluster.overhead);
  if (cluster.memory > 0) text += fmt::format("; memory {:g} GB/s", cluster.memory);
  return text;
}

std::string milliseconds(double seconds) { return fmt::format("{:.3g} ms", seconds * 1e3); }

/// One line for each network and batch, told by its cell with the most parameters.
void print_networks(const std::vector<Predicted>& cells) {
  struct Line {
    const Predicted* largest;
    int cells;
  };
  std::vector<Line> lines;
  for (const Predicted& cell : cells) {
    const auto same = std::find_if(lines.begin(), lines.end(), [&](const Line& line) {
      return line.largest->cell->text("model.network") == cell.cell->text("model.network") &&
             line.largest->workload.batch == cell.workload.batch;
    });
    if (same == lines.end()) {
      lines.push_back({&cell, 1});
      continue;
    }
    ++same->cells;
    if (cell.work.parameters > same->largest->work.parameters) same->largest = &cell;
  }
  fmt::print("{:<10} {:>5} {:>6} {:>11} {:>8} {:>11} {:>8} {:>11} {:>9} {:>11}\n", "network", "cells", "batch", "parameters",
             "MFLOP", "1 rank", "fastest", "its step", "speed-up", "half speed");
  for (const auto& [largest, count] : lines) {
    const Predicted& cell = *largest;
    const double alone = scaling::step(cell.workload, cell.machine, 1).seconds();
    const double best = scaling::step(cell.workload, cell.machine, cell.fastest).seconds();
    fmt::print("{:<10} {:>5} {:>6} {:>11} {:>8.0f} {:>11} {:>8} {:>11} {:>9.1f} {:>11}\n", cell.cell->text("model.network"),
               count, cell.workload.batch, cell.work.parameters, cell.workload.flops * 1e-6, milliseconds(alone), cell.fastest,
               milliseconds(best), alone / best, cell.efficient);
  }
}

/// The grid's time for numbers of ranks of a cell: the chosen one and powers of two.
void print_choices(const std::vector<Predicted>& cells, const Cluster& cluster, int chosen) {
  std::vector<int> choices{chosen};
  if (cluster.ranks_per_cell == 0)
    for (int ranks = 1; ranks <= std::min(cluster.ranks(), 64); ranks *= 2)
      if (ranks != chosen) choices.push_back(ranks);
  std::sort(choices.begin(), choices.end());
  fmt::print("\n{:>14}  {:>6}  {:>14}\n", "ranks per cell", "groups", "grid");
  for (const int ranks : choices)
    fmt::print("{:>14}  {:>6}  {:>14}{}\n", ranks, cluster.ranks() / ranks,
               rough_duration(schedule(cells, cluster, ranks).seconds),
               ranks == chosen && choices.size() > 1 ? "  <- shortest" : "");
}

}  // namespace

std::string rough_duration(double seconds) { return seconds < 10 ? fmt::format("{:.2g} s", seconds) : duration(seconds); }

void print_prediction(const std::vector<Predicted>& cells, const Cluster& cluster, const std::string& rates, bool each) {
  fmt::print("{}\n{}\n\n", machine_text(cluster), rates);
  if (cells.empty()) return;
  const int ranks = chosen_ranks(cells, cluster);
  const scaling::ListSchedule plan = schedule(cells, cluster, ranks);
  print_networks(cells);
  print_choices(cells, cluster, ranks);
  if (each) {
    fmt::print("\n{:>6}  {:>14}  {:>14}  {:>8}  {}\n", "group", "start", "takes", "fastest", "cell");
    for (std::size_t i = 0; i < cells.size(); ++i)
      fmt::print("{:>6}  {:>14}  {:>14}  {:>8}  {}\n", plan.cells[i].group, rough_duration(plan.cells[i].start),
                 rough_duration(cells[i].seconds(ranks)), cells[i].fastest, cells[i].cell->name);
  }
  double sum = 0;
  for (const Predicted& cell : cells) sum += cell.seconds(1);
  fmt::print("\n{}: {} on {} of {}, {:.0f} times as fast as one rank ({}); evaluations are not counted\n",
             counted(cells.size(), "cell"), rough_duration(plan.seconds), counted(cluster.ranks() / ranks, "group"), ranks,
             sum / plan.seconds, rough_duration(sum));
}

analysis::Table prediction_table(const std::vector<Predicted>& cells, const Cluster& cluster) {
  const int ranks = cells.empty() ? 1 : chosen_ranks(cells, cluster);
  const scaling::ListSchedule plan = schedule(cells, cluster, ranks);
  analysis::Table table;
  table.columns = {"cell",
                   "id",
                   "network",
                   "parameters",
                   "flops_per_sample",
                   "ranks",
                   "group",
                   "start_seconds",
                   "seconds",
                   "step_seconds",
                   "communication_seconds",
                   "exposed_seconds",
                   "fastest_ranks",
                   "half_speed_ranks"};
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Predicted& cell = cells[i];
    const scaling::Step step = scaling::step(cell.workload, cell.machine, ranks);
    table.rows.push_back({cell.cell->name, storage::short_id(cell.cell->id()), cell.cell->text("model.network"),
                          cell.work.parameters, cell.workload.flops, std::int64_t{ranks}, std::int64_t{plan.cells[i].group},
                          plan.cells[i].start, cell.seconds(ranks), step.seconds(), step.communication, step.exposed,
                          std::int64_t{cell.fastest}, std::int64_t{cell.efficient}});
  }
  return table;
}

}  // namespace irmae::launchers
