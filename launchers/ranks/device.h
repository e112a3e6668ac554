// SPDX-License-Identifier: MIT
// Where a rank computes: its threads, and its GPU where there is one for it.
#pragma once

#include <torch/types.h>

#include <memory>
#include <string>
#include <vector>

#include "framework/distributed/communicator.h"
#include "framework/distributed/gpu.h"
#include "framework/distributed/mpi_communicator.h"
#include "framework/manifest/cell.h"
#include "framework/models/layers/layer_spec.h"
#include "framework/training/place.h"
#include "launchers/ranks/gpu_share.h"

namespace irmae::launchers {

/// Sets how many threads this thread's training steps use, as cost::threads_of says, of the rank's part of the cores that it
/// may use: those are shared among the ranks of its host that are bound to the same ones, and among the cells that the rank
/// trains `at_once`. `shape`: of a sample. Null session: this process alone.
void set_threads(const manifest::Cell& cell, const models::Shape& shape, const distributed::MpiSession* session, int at_once);

/// Sets how many threads this thread's evaluations of the cell use, of the rank's part of the cores as for training.
void set_threads(const manifest::Cell& cell, const distributed::MpiSession* session, int at_once);

/// Has the project's own kernels for the current GPU made and used, as far as they can be. Returns Device::kernels. Throws as
/// GpuPlugin::own_kernels does.
std::string use_own_kernels(const distributed::GpuPlugin& gpu, int index, const std::vector<kernels::Arithmetic>& arithmetics);

struct Device {
  training::Place place{};
  std::string name = "cpu";
  std::string kernels{};  ///< an instruction set, or on a GPU "own", or "libtorch" with the reason
  std::unique_ptr<distributed::Communicator> communicator{};  ///< NCCL's, on a GPU with several ranks

  /// What the cell's ranks train it through: `cpu`, which they have anyway, where there is no NCCL's.
  distributed::Communicator& communicator_or(distributed::Communicator& cpu) const {
    return communicator ? *communicator : cpu;
  }
};

/// Whether the cell is trained on a GPU where there is one.
bool may_use_gpu(const manifest::Cell& cell);

/// The GPU of each rank of the program, by its number, for these cells, which are the same on every rank. Where none of them
/// may use one, no rank has one: CUDA, which takes seconds to start, is not even asked. Collective over all ranks of the
/// session (null: this process alone). Throws SharedError where a rank's GPU cannot be asked.
std::vector<GpuShare> gpus_for(const std::vector<const manifest::Cell*>& cells, distributed::MpiSession* session);

/// What a rank trains the cell on: of `gpus`, those of all ranks, its own. Ranks that train a cell together need one each;
/// ranks that train cells of their own may share them. Has the project's own kernels made for it, and checks that it has the
/// arithmetic that the cell asks for, which the training sets. `cpu`: the ranks that train the cell. Throws SharedError where
/// one of them has no device for it, Error where one alone cannot start NCCL; ends the process where its GPU is lost.
/// Collective.
Device choose_device(const manifest::Cell& cell, distributed::Communicator& cpu, const std::vector<GpuShare>& gpus);

}  // namespace irmae::launchers
