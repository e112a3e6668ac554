// SPDX-License-Identifier: MIT
// Where a cell is trained, and how its steps are given to the place.
#pragma once

#include <torch/types.h>

#include <functional>
#include <memory>

#include "framework/distributed/recording.h"
#include "framework/distributed/side_stream.h"

namespace irmae::training {

struct Place {
  torch::Device device = torch::kCPU;
  /// Whether steps are taken in blocks, without a word between host and device inside one (see StepBlocks): for GPUs.
  bool in_blocks = false;
  /// Makes what records a step, to be repeated; empty: each operation of each step is given by the host.
  std::function<std::unique_ptr<distributed::Recording>()> recording{};
  /// Makes the second stream on which parameters are updated while backward goes on; empty: they are updated after it.
  std::function<std::unique_ptr<distributed::SideStream>()> beside{};
  /// Gives the device back what is kept of memory that nobody uses; empty: nothing is kept.
  std::function<void()> give_back{};
  bool shared = false;  ///< others, threads or processes, train cells of their own on the device
  int capability = 0;   ///< of a GPU, its compute capability: 75 for 7.5; 0: not known
};

}  // namespace irmae::training
