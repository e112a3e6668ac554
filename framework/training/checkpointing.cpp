// SPDX-License-Identifier: MIT
// The trainer's state as a checkpoint and back. Random numbers are functions of (seed, index): none of their state is kept.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>

#include "framework/manifest/cell.h"
#include "framework/tensors.h"
#include "framework/training/equal_parameters.h"
#include "framework/training/steps_of_epoch.h"
#include "framework/training/trainer.h"
#include "storage/cell_paths.h"
#include "storage/error.h"

namespace irmae::training {

namespace {

/// Null where it has none of this name.
const storage::NamedArray* find(const storage::CheckpointRecord& record, const std::string& name) {
  for (const storage::NamedArray& array : record.tensors)
    if (array.name == name) return &array;
  return nullptr;
}

/// "train.bucket_mib is 25 in the checkpoint and 1 here", for every parameter below `prefix` that differs.
std::string differences(const storage::Identity& theirs, const manifest::Cell& ours, const std::string& prefix = "") {
  std::vector<std::string> found;
  std::map<std::string, storage::Scalar> there(theirs.parameters.begin(), theirs.parameters.end());
  for (const auto& [path, value] : ours.parameters) {
    if (!path.starts_with(prefix)) continue;
    const auto other = there.find(path);
    if (other == there.end())
      found.push_back(fmt::format("{} is not in the checkpoint and {} here", path, manifest::to_toml(value)));
    else if (other->second != value)
      found.push_back(fmt::format("{} is {} in the checkpoint and {} here", path, manifest::to_toml(other->second),
                                  manifest::to_toml(value)));
  }
  if (found.empty()) return "no parameter differs: it was written by another version of this program";
  return fmt::format("{}", fmt::join(found, ", "));
}

std::string bucket_differences(const storage::Identity& theirs, const manifest::Cell& ours) {
  std::string found;
  for (const char* path : {"train.bucket_mib", "train.first_bucket_mib"}) {
    const std::string one = differences(theirs, ours, path);
    if (one.starts_with(path)) found += (found.empty() ? "" : ", ") + one;
  }
  return found.empty() ? differences(theirs, ours, "train.bucket_mib") : found;
}

/// A checkpoint of another cell, or one whose gradients were summed in another order, is not gone on with.
void check_fits(const storage::CheckpointRecord& record, const manifest::Cell& cell, const std::string& plan) {
  if (record.identity.id != cell.id())
    throw Error(fmt::format("the checkpoint belongs to another cell ({}, this one is {}): {}; move it away to start anew",
                            storage::short_id(record.identity.id), storage::short_id(cell.id()),
                            differences(record.identity, cell)));
  if (record.bucket_plan != plan)
    throw Error(
        fmt::format("the checkpoint has another bucket plan ({:.8}, this run has {:.8}): {}; use the same values, or "
                    "move the checkpoint away to start anew",
                    record.bucket_plan, plan, bucket_differences(record.identity, cell)));
}

/// What is wrong with the counters of a file that anyone may have written: training goes on from them, and reads what they
/// count. steps: of an epoch. Empty: nothing.
std::string wrong_counters(const storage::CheckpointRecord& record, std::int64_t epochs, std::int64_t steps) {
  const auto within = [](std::int64_t count, double most) { return count >= 0 && static_cast<double>(count) <= most; };
  // No more updates than steps were taken. Fewer there may be: the optimiser counts up to 2^24.
  const double taken = static_cast<double>(record.epoch) * static_cast<double>(steps) + static_cast<double>(record.step);
  if (!within(record.epoch, static_cast<double>(epochs)) || !within(record.step, static_cast<double>(steps)) ||
      !within(record.updates, taken) || record.world_size < 1 || std::ssize(record.history) != record.epoch)
    return fmt::format(
        "the checkpoint's counters do not fit together (epoch {} of {}, step {} of {}, {} updates, {} ranks, {} "
        "recorded epochs): it is damaged",
        record.epoch, epochs, record.step, steps, record.updates, record.world_size, record.history.size());
  if (record.epoch_sums.size() != 2 * static_cast<std::size_t>(record.world_size))
    return "the checkpoint's sums do not fit its number of ranks: it is damaged";
  return "";
}

}  // namespace

storage::CheckpointRecord Trainer::checkpoint() {
  const distributed::FlatParameters& parameters = *model_.trained_parameters();
  check_equal_parameters(parameters, communicator_, "before a checkpoint");
  const torch::Tensor sums = communicator_.gather_rows(
      torch::tensor({{sums_.objective, sums_.reconstruction}}, torch::kFloat64), "gathering of the epoch's sums");
  storage::CheckpointRecord record;
  if (!communicator_.root()) return record;
  record.identity = cell_.identity();
  record.world_size = communicator_.size();
  record.epoch = epoch_;
  record.step = step_;
  record.updates = update_->optimizer().updates();
  record.bucket_plan = parameters.plan().hash();
  record.epoch_sums.assign(sums.data_ptr<double>(), sums.data_ptr<double>() + sums.numel());
  record.epoch_seconds = epoch_seconds_;
  record.history = history_;
  // Put in order on the host: a GPU may have no memory left for another copy.
  for (const auto& [name, flat] : checkpointed())
    record.tensors.push_back(to_array(name, parameters.in_index_order(flat.to(torch::kCPU))));
  return record;
}

std::array<std::pair<const char*, torch::Tensor>, 3> Trainer::checkpointed() {
  const Adam& optimizer = update_->optimizer();
  return {{{"values", model_.trained_parameters()->values()},
           {"first_moment", optimizer.first_moment()},
           {"second_moment", optimizer.second_moment()}}};
}

std::string Trainer::why_damaged(const storage::CheckpointRecord& record) {
  if (record.identity.id != cell_.id() || record.bucket_plan != model_.trained_parameters()->plan().hash()) return "";
  std::string wrong =
      wrong_counters(record, cell_.integer("train.epochs"), steps_of_epoch(cell_, dataset_.size(data::Split::train)));
  if (!wrong.empty()) return wrong;
  for (const auto& [name, target] : checkpointed()) {
    const storage::NamedArray* array = find(record, name);
    if (!array) return fmt::format("the checkpoint has no array '{}': it is damaged", name);
    if (target.sizes() != array->shape || target.scalar_type() != scalar_type_of(*array))
      return fmt::format("the checkpoint's array '{}' has another size or type than this model's: it is damaged", name);
  }
  return "";
}

void Trainer::restore(const storage::CheckpointRecord* record) {
  const distributed::FlatParameters& parameters = *model_.trained_parameters();
  std::array<std::int64_t, 4> counters{};
  communicator_.on_root(
      [&] {
        check_fits(*record, cell_, parameters.plan().hash());
        if (const std::string wrong = why_damaged(*record); !wrong.empty()) throw Error(wrong);
        for (const auto& [name, target] : checkpointed()) parameters.from_index_order(to_tensor(*find(*record, name)), target);
        counters = {record->epoch, record->step, record->updates, record->world_size};
        history_ = record->history;
        epoch_seconds_ = record->epoch_seconds;
      },
      "reading of the checkpoint");
  communicator_.broadcast(counters, "broadcast of the checkpoint's counters");
  const auto [epoch, step, updates, ranks] = counters;
  epoch_ = epoch;
  step_ = step;
  update_->optimizer().set_updates(updates);
  const torch::Tensor sums = torch::zeros({ranks, 2}, torch::kFloat64);
  if (communicator_.root()) std::copy(record->epoch_sums.begin(), record->epoch_sums.end(), sums.data_ptr<double>());
  communicator_.broadcast(sums, "broadcast of the epoch's sums");
  // The same number of ranks: each goes on with its own sum, bit for bit. Another number: rank 0 takes what there is.
  if (ranks == communicator_.size())
    sums_ = {sums[communicator_.rank()][0].item<double>(), sums[communicator_.rank()][1].item<double>()};
  else
    sums_ = communicator_.root() ? Sums{sums.sum(0)[0].item<double>(), sums.sum(0)[1].item<double>()} : Sums{};
  if (!update_->common())  // it has them already
    for (const auto& [name, tensor] : checkpointed()) communicator_.broadcast(tensor, "broadcast of the checkpoint's values");
  check_equal_parameters(parameters, communicator_, "after the checkpoint was read");
}

}  // namespace irmae::training
