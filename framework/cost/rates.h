// SPDX-License-Identifier: MIT
// How fast models of one kind train, from runs that are finished. Pure numbers: the median of what was measured, of the most
// similar runs that there are.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace irmae::cost {

/// What makes the rate of one run tell something of another's, the most telling first.
struct Alike {
  std::string model;    ///< equal for runs of one model, batch and precision
  std::string network;  ///< equal for runs of one network, batch and precision, whatever the method
  std::string kind;     ///< of its layers: small products of vectors reach a small part of the rate of convolutions
  auto operator<=>(const Alike&) const = default;
};

/// One finished run.
struct Measured {
  Alike alike;
  int ranks = 1;
  std::int64_t workers = 1;     ///< threads of all ranks on processors; ranks on GPUs
  double flops_per_second = 0;  ///< of all ranks together, while they trained
};

/// What an estimate rests on, the best first. other_networks: of the same kind.
enum class Basis { same_model, same_network, other_networks, assumed, unknown };

struct Rate {
  double flops_per_second = 0;
  Basis basis = Basis::assumed;
};

class Rates {
 public:
  /// Rates without any run yet. `assumed`: FLOP/s of one worker where nothing was measured.
  explicit Rates(double assumed) : assumed_(assumed) {}
  void add(Measured run) {
    runs_.push_back(std::move(run));
    asked_.clear();
  }
  std::size_t size() const { return runs_.size(); }

  /// The rate at which a run like this trains on all its ranks together, FLOP/s. Among equally similar runs those on as many
  /// ranks and workers count alone; where there are none, the rate is taken to grow with the workers.
  Rate of(const Alike& run, int ranks, std::int64_t workers) const;

 private:
  Rate find(const Alike& run, int ranks, std::int64_t workers) const;

  double assumed_;
  std::vector<Measured> runs_;
  /// The rates that were asked for: a grid of thousands of cells asks thousands of times for a few models, among thousands of
  /// runs.
  mutable std::map<std::tuple<Alike, int, std::int64_t>, Rate> asked_;
};

/// The median of some values; 0 where there are none.
double median(std::vector<double> values);

}  // namespace irmae::cost
