// SPDX-License-Identifier: MIT
#include "framework/training/parameter_update.h"

#include <algorithm>

#include "framework/kernels/device.h"
#include "framework/share.h"
#include "framework/training/arithmetic.h"

namespace irmae::training {

using distributed::GradientStorage;

namespace {

/// Moves the parameters' values to memory that the ranks share, with room for the two moments after them: one copy for all
/// ranks of the host, of which each updates a part: less work, and all of it stays in the processor's cache. Null, and nothing
/// is moved, where they cannot have it. Collective.
std::unique_ptr<distributed::Common> share_values(distributed::Communicator& communicator,
                                                  distributed::FlatParameters& parameters) {
  const std::int64_t elements = parameters.plan().elements;
  auto common = communicator.make_common(3 * elements, parameters.values().options());
  if (!common) return nullptr;
  const torch::NoGradGuard no_grad;
  const torch::Tensor values = common->tensor().narrow(0, 0, elements);
  if (communicator.root()) values.copy_(parameters.values());
  common->meet("sharing of the parameters");
  parameters.move_values_to(values);
  return common;
}

}  // namespace

GradientStorage ParameterUpdate::best_storage(const Model& model, const distributed::Communicator& communicator) {
  const torch::Tensor& values = model.trained->values();
  if (values.is_cpu() && !model.device_kernels) return GradientStorage::in_buffer;
  return communicator.size() == 1 && Adam::own_kernels(values) ? GradientStorage::left : GradientStorage::gathered;
}

ParameterUpdate::ParameterUpdate(const manifest::Cell& cell, distributed::Communicator& communicator, const Model& model,
                                 GradientStorage storage,
                                 const std::function<std::unique_ptr<distributed::SideStream>()>& beside)
    : storage_(storage),
      gradients_(model.trained, communicator),
      common_(share_values(communicator, *model.trained)),
      optimizer_(make_optimizer(cell, communicator)),
      // The project's own layers make the gradients of all parameters together, at the end.
      overlapped_(storage == GradientStorage::left && beside && !model.device_kernels
                      ? std::make_unique<OverlappedUpdate>(optimizer_, beside())
                      : nullptr),
      reducer_(gradients_, communicator, reducer_options(cell, model)) {
  model.autoencoder.gradients_in_place(true);
  if (model.device_kernels)
    model.autoencoder.use_bucket_views([this](const torch::Tensor& parameter) { return gradients_.bucket_view(parameter); });
}

Adam ParameterUpdate::make_optimizer(const manifest::Cell& cell, const distributed::Communicator& communicator) {
  if (!common_) return Adam(cell, values(), gradients_.flat());
  // The next update waits for the gradients of every rank, so none reads values that change.
  const std::int64_t elements = gradients_.plan().elements;
  constexpr std::int64_t kUnit = 4096;  // elements: no page belongs to two ranks
  const Share pages = communicator.share((elements + kUnit - 1) / kUnit);
  return Adam(cell, values(), gradients_.flat(),
              Together{common_->tensor().narrow(0, elements, elements),
                       common_->tensor().narrow(0, 2 * elements, elements),
                       {std::min(pages.first * kUnit, elements), std::min((pages.first + pages.count) * kUnit, elements)},
                       [this] { common_->meet("meeting of the ranks after an update"); }});
}

distributed::ReducerOptions ParameterUpdate::reducer_options(const manifest::Cell& cell, const Model& model) {
  if (overlapped_) return overlapped_->reducer_options();
  distributed::ReducerOptions options{.storage = storage_};
  if (model.device_kernels) {
    const kernels::DeviceKernels* const kernels = kernels::device_kernels(arithmetic_of(cell));
    options.deferred = {.join = [kernels] { kernels->join(); }, .discard = [kernels] { kernels->forget(); }};
  }
  return options;
}

void ParameterUpdate::apply() {
  if (overlapped_) return overlapped_->end();
  if (storage_ == GradientStorage::left) {
    optimizer_.begin_update();
    return optimizer_.update_part(gradients_.take());
  }
  optimizer_.step();
  if (optimizer_.leaves_gradients_zero()) gradients_.known_zero();
}

}  // namespace irmae::training
