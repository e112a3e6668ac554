// SPDX-License-Identifier: MIT
// A communicator that hands all on to another one: for tests that change or watch one of its calls.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "framework/distributed/communicator.h"

namespace irmae::tests {

class ForwardingRanks : public distributed::Communicator {
 public:
  /// To one rank alone.
  ForwardingRanks() : owned_(distributed::make_single()), ranks_(*owned_) {}
  explicit ForwardingRanks(distributed::Communicator& ranks) : ranks_(ranks) {
    rank_ = ranks.rank(), size_ = ranks.size(), local_rank_ = ranks.local_rank(), local_size_ = ranks.local_size();
    world_rank_ = ranks.world_rank();
  }

  std::string name() const override { return ranks_.name(); }
  torch::Tensor make_buffer(std::int64_t elements, const torch::TensorOptions& options) override {
    return ranks_.make_buffer(elements, options);
  }
  std::unique_ptr<distributed::Common> make_common(std::int64_t elements, const torch::TensorOptions& options) override {
    return ranks_.make_common(elements, options);
  }
  std::shared_ptr<distributed::Work> all_reduce(const torch::Tensor& tensor, std::string what) override {
    return ranks_.all_reduce(tensor, std::move(what));
  }
  void broadcast(const torch::Tensor& tensor, std::string what) override { ranks_.broadcast(tensor, std::move(what)); }
  torch::Tensor gather_rows(const torch::Tensor& rows, std::string what) override {
    return ranks_.gather_rows(rows, std::move(what));
  }

 private:
  std::unique_ptr<distributed::Communicator> owned_;  ///< null: not this one's
  distributed::Communicator& ranks_;
};

}  // namespace irmae::tests
