// SPDX-License-Identifier: MIT
// What a trainer is made of: the gradients' place, the optimiser, blocks of steps. Its steps are in stepping.cpp, its state
// as a checkpoint in checkpointing.cpp.
#include "framework/training/trainer.h"

#include <algorithm>

#include "framework/device_failure.h"
#include "framework/distributed/share.h"
#include "framework/kernels/device.h"
#include "framework/training/arithmetic.h"
#include "framework/training/device_memory.h"
#include "framework/training/lost_device.h"

namespace irmae::training {

Trainer::Trainer(const manifest::Cell& cell, const data::Dataset& dataset, distributed::Communicator& communicator, Place place)
    : cell_(cell), dataset_(dataset), communicator_(communicator), model_(cell, dataset, communicator, place) {
  end_where_lost(model_.device(), communicator_.world_rank(), [&] {
    make_reducer();
    make_optimizer(place);
    if (place.in_blocks) make_blocks(std::move(place));
  });
}

void Trainer::make_reducer() {
  const bool own = model_.device_kernels();
  reducer_ = std::make_unique<distributed::Reducer>(model_.trained_parameters(), communicator_, own);
  model_.autoencoder().gradients_in_place(true);
  if (!own) return;
  model_.autoencoder().gradient_places([this](const torch::Tensor& parameter) { return reducer_->place_of(parameter); });
  const kernels::DeviceKernels* const kernels = kernels::device_kernels(arithmetic_of(cell_));
  reducer_->gradients_arrive_by([kernels] { kernels->join(); }, [kernels] { kernels->forget(); });
}

void Trainer::make_optimizer(const Place& place) {
  const std::int64_t elements = reducer_->plan().elements;
  common_ = communicator_.make_common(3 * elements, reducer_->values().options());
  if (!common_) {
    optimizer_ = std::make_unique<Adam>(cell_, reducer_->values(), reducer_->gradients());
    if (!optimizer_->own_on_device()) return;
    // The project's own layers make the gradients of all parameters together, at the end.
    if (!model_.device_kernels() && place.beside && optimizer_->follow(*reducer_, place.beside())) return;
    if (reducer_->leave_gradients()) optimizer_->take_gradients_from([this] { return reducer_->take_gradients(); });
    return;
  }
  // One copy of values and moments for all ranks of the host, of which each updates a part: less work, and all of it stays
  // in the processor's cache. The next update waits for the gradients of every rank, so none reads values that change.
  const torch::NoGradGuard no_grad;
  const torch::Tensor values = common_->tensor().narrow(0, 0, elements);
  if (communicator_.root()) values.copy_(reducer_->values());
  common_->meet("sharing of the parameters");
  model_.trained_parameters()->move_values_to(values);
  constexpr std::int64_t kUnit = 4096;  // elements: no page belongs to two ranks
  const distributed::Share pages =
      distributed::share_of((elements + kUnit - 1) / kUnit, communicator_.rank(), communicator_.size());
  optimizer_ = std::make_unique<Adam>(
      cell_, values, reducer_->gradients(),
      Together{common_->tensor().narrow(0, elements, elements),
               common_->tensor().narrow(0, 2 * elements, elements),
               {std::min(pages.first * kUnit, elements), std::min((pages.first + pages.count) * kUnit, elements)},
               [this] { common_->meet("meeting of the ranks after an update"); }});
}

void Trainer::make_blocks(Place place) {
  bool is_short = false;
  try {
    blocks_ = std::make_unique<StepBlocks>(
        StepBlocks::Parts{cell_, dataset_, communicator_, model_.autoencoder(), model_.method(), *reducer_, *optimizer_},
        std::move(place), model_.sum_over_ranks("sum over a step's batch"));
    // A rank that fails in a step leaves the others in a collective, which only the end of the program ends.
    if (communicator_.size() > 1) blocks_->rehearse();
  } catch (const std::exception& error) {
    if (!is_full_memory(error)) throw;
    is_short = true;
  }
  if (communicator_.any(is_short, "agreement whether a step fits into memory")) throw MemoryIsShort();
}

}  // namespace irmae::training
