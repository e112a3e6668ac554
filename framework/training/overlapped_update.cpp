// SPDX-License-Identifier: MIT
#include "framework/training/overlapped_update.h"

#include <utility>

namespace irmae::training {

OverlappedUpdate::OverlappedUpdate(Adam& optimizer, std::unique_ptr<distributed::SideStream> beside)
    : optimizer_(optimizer), beside_(std::move(beside)) {}

distributed::ReducerOptions OverlappedUpdate::reducer_options() {
  return {.storage = distributed::GradientStorage::left,
          .deferred = {.join = [this] { join(); }, .discard = [this] { end(); }},
          .bucket_sink = [this](const std::vector<distributed::GradientBuffer::Piece>& gradients) { update(gradients); }};
}

void OverlappedUpdate::update(const std::vector<distributed::GradientBuffer::Piece>& gradients) {
  beside_->start([&] {
    if (!std::exchange(begun_, true)) optimizer_.begin_update();
    optimizer_.update_part(gradients);
  });
  for (const distributed::GradientBuffer::Piece& piece : gradients) read_.push_back(piece.gradient);
}

void OverlappedUpdate::join() {
  beside_->join();
  begun_ = false;
}

void OverlappedUpdate::end() {
  if (begun_) join();  // a step that failed: what it began uses the memory of others soon
  read_.clear();
}

}  // namespace irmae::training
