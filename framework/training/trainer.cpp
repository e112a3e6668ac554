// SPDX-License-Identifier: MIT
// What a trainer is made of beside its model: the update of parameters, blocks of steps. Its steps are in stepping.cpp, its
// state as a checkpoint in checkpointing.cpp.
#include "framework/training/trainer.h"

#include "framework/device_failure.h"
#include "framework/training/device_memory.h"
#include "framework/training/lost_device.h"

namespace irmae::training {

Trainer::Trainer(const manifest::Cell& cell, const data::Dataset& dataset, distributed::Communicator& communicator, Place place)
    : cell_(cell), dataset_(dataset), communicator_(communicator), model_(cell, dataset, communicator, place) {
  end_where_lost(model_.device(), communicator_.world_rank(), [&] {
    make_update(place);
    // Blocks are of full batches: where there is none, they would be memory for nothing.
    if (place.in_blocks && dataset.size(data::Split::train) >= cell.integer("train.batch")) make_blocks(std::move(place));
  });
}

void Trainer::make_update(const Place& place) {
  const ParameterUpdate::Model model{model_.autoencoder(), model_.trained_parameters(), model_.device_kernels()};
  update_ = std::make_unique<ParameterUpdate>(cell_, communicator_, model, ParameterUpdate::best_storage(model, communicator_),
                                              place.beside);
}

void Trainer::make_blocks(Place place) {
  bool is_short = false;
  try {
    blocks_ = std::make_unique<StepBlocks>(
        StepBlocks::Parts{cell_, dataset_, communicator_, model_.autoencoder(), model_.method(), *update_}, std::move(place),
        model_.sum_over_ranks("sum over a step's batch"));
    // A rank that fails in a step leaves the others in a collective, which only the end of the program ends.
    if (communicator_.size() > 1) blocks_->rehearse();
  } catch (const std::exception& error) {
    if (!is_full_memory(error)) throw;
    // Asked here, since end_where_lost does not see MemoryIsShort, which is no std::exception.
    end_if_lost(model_.device(), error, communicator_.world_rank());
    is_short = true;
  }
  if (communicator_.any(is_short, "agreement whether a step fits into memory")) throw MemoryIsShort();
}

}  // namespace irmae::training
