// SPDX-License-Identifier: MIT
// Training steps on a GPU, many at a time without a word between host and device: the networks of the paper are so small that
// a GPU would wait for the host most of the time. The samples and the noise of a block of steps are made ready on the device;
// each step takes its rows by a counter that lies on the device too, and leaves its loss there. So every step is one and the
// same sequence of operations, data to optimiser, all-reduce included, which is recorded once and then only repeated. While
// the device works on a block, the host makes the next one ready.
#pragma once

#include <torch/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "framework/data/dataset.h"
#include "framework/kernels/device.h"
#include "framework/manifest/cell.h"
#include "framework/models/method.h"
#include "framework/share.h"
#include "framework/training/parameter_update.h"
#include "framework/training/place.h"

namespace irmae::training {

class StepBlocks {
 public:
  /// What a step works with; all of it outlives this object.
  struct Parts {
    const manifest::Cell& cell;
    const data::Dataset& dataset;
    distributed::Communicator& communicator;
    models::Autoencoder& model;
    const models::Method& method;
    ParameterUpdate& update;
  };

  /// Makes ready to take the steps of these parts in blocks. add: the sum over all ranks, as in models::Samples.
  StepBlocks(Parts parts, Place place, std::function<torch::Tensor(const torch::Tensor&)> add);
  ~StepBlocks();

  /// The most steps of a block where the largest share of a batch that any rank has is so many samples.
  static std::int64_t most_steps(std::int64_t share);

  /// Does a forward and backward pass on this rank's share of a batch, beside a second block of images, without any other rank
  /// and without a trace in what is trained: too little memory (is_full_memory) throws here, where the ranks can still agree on
  /// it, rather than in a step.
  void rehearse();

  /// How many steps of an epoch of so many samples are taken as one block from `step` on. 0: the next one cannot be, as its
  /// batch is not full, or too small for every rank to have a part.
  std::int64_t count(std::int64_t step, std::int64_t samples) const;

  /// Takes the steps of the block that begins with `step`, as many as count() says. order: the epoch's samples. Gives this
  /// rank's sums over its samples of each step, float64 [count, 2]: objective and reconstruction error. Returns when the device
  /// has finished.
  torch::Tensor run(const std::vector<std::int64_t>& order, std::int64_t epoch, std::int64_t step);

  /// Why steps are not recorded though they could have been, said once, after a block; else empty.
  std::string note() { return std::exchange(note_, {}); }

 private:
  struct Block {
    std::int64_t epoch = -1, step = -1, count = 0;
    bool operator==(const Block&) const = default;
  };

  torch::Tensor images_of(const std::vector<std::int64_t>& order, Block block) const;
  torch::Tensor counters_of(Block block, std::int64_t samples) const;
  torch::Tensor noise(std::int64_t width);
  torch::Tensor take_images() const;
  void note_losses(const torch::Tensor& objective, const torch::Tensor& reconstruction);
  models::Loss loss_of(const torch::Tensor& images, const models::Samples& samples) const;
  void step();
  void step_to_record();
  void check_room_beside(std::optional<std::size_t> before) const;
  void record_or_note();

  Parts parts_;
  Place place_;
  std::int64_t batch_;
  Share mine_;         ///< of a full batch
  std::int64_t most_;  ///< steps in a block
  models::Samples samples_;
  torch::ScalarType precision_;

  torch::Tensor images_;                         ///< [most x share, ...], see channels_last_
  bool channels_last_;                           ///< their channels lie last: [most x share, height, width, channels]
  torch::Tensor counters_;                       ///< int64 [most x share]: the samples' places in the stream of noise
  std::map<std::int64_t, torch::Tensor> noise_;  ///< by width: [most x share, width]
  torch::Tensor offsets_;                        ///< int64 [share]: 0, 1, ...
  torch::Tensor row_, number_;                   ///< int64 [1]: the step's first row, its place in the block
  torch::Tensor numbers_;                        ///< int64 [most, 1]: 0, 1, ...
  torch::Tensor losses_, seen_losses_;           ///< float64 [most, 2] on the device and on the host

  Block next_;
  torch::Tensor next_images_, next_counters_;
  std::int64_t warm_ = 0;              ///< steps by the host's word before a recording; less than zero after one that failed
  std::int64_t update_ = 0;            ///< number of the next one of them, for messages
  const kernels::DeviceKernels* own_;  ///< null where there are none
  torch::Tensor seed_;                 ///< the gradient of a step's objective
  std::unique_ptr<distributed::Recording> recording_;
  int failed_recordings_ = 0;
  std::string note_;
};

}  // namespace irmae::training
