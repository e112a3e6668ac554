// SPDX-License-Identifier: MIT
#include "framework/cost/cost_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "framework/cost/threads.h"
#include "framework/distributed/gpu.h"
#include "framework/models/network.h"
#include "storage/error.h"
#include "storage/system/processor_name.h"

namespace irmae::cost {

namespace {

std::string batch_key(const manifest::Cell& cell, const models::Shape& shape) {
  return fmt::format("{} batch {} {} ", fmt::join(shape, "x"), cell.integer("train.batch"), cell.text("train.precision"));
}

Alike alike_of(const manifest::Cell& cell, const models::Shape& shape) {
  const std::string batch = batch_key(cell, shape);
  return {.model = batch + cell.text_of({"model."}),
          .network = batch + cell.text_of(models::network_parameters(cell)),
          .kind = shape.size() == 1 ? "vectors" : "images"};
}

std::string evaluation_key(const manifest::Cell& cell) {
  std::vector<std::string> paths = models::network_parameters(cell);
  paths.insert(paths.end(), {"data.", "evaluate."});
  return cell.text_of(paths);
}

/// CUDA itself, which takes seconds to start, is not asked.
bool on_gpu(const manifest::Cell& cell) {
  const std::string& device = cell.text("train.device");
  if (device != "auto") return device == "cuda";
  if (distributed::gpus_are_hidden()) return false;
  std::error_code error;
  return std::filesystem::exists("/dev/nvidiactl", error);
}

Work work_of(const Layers& layers, const data::Extent& extent, double epochs) {
  return {.flops_per_sample = training_flops(layers),
          .forward_flops = forward_flops(layers),
          .parameters = parameters(layers),
          .training_samples = static_cast<double>(extent.train) * epochs,
          .validation_samples = static_cast<double>(extent.validation) * epochs};
}

double epochs_of(const manifest::Cell& cell) { return static_cast<double>(cell.integer("train.epochs")); }

}  // namespace

CostModel::CostModel(const std::filesystem::path& output, const manifest::Schema& schema, int cores)
    : cores_(std::max(cores, 1)) {
  const std::vector<FinishedRun> runs = finished_runs(output, schema);
  const std::string here = storage::processor_name();
  const auto like_here = [&](const FinishedRun& run) { return run.processor == here; };
  // Runs of other machines count only where there are none of this one's kind.
  const bool any_here = std::any_of(runs.begin(), runs.end(), like_here);
  std::map<std::string, std::vector<double>> evaluations;
  for (const FinishedRun& run : runs) {
    finished_[run.folder.string()] = run.id;
    if (any_here && !like_here(run)) continue;
    try {
      learn(run, evaluations);
    } catch (const std::exception&) {
      continue;  // of another version: not only Error, but also what a missing parameter or LibTorch throws
    }
  }
  for (auto& [what, seconds] : evaluations) evaluations_[what] = median(std::move(seconds));
}

void CostModel::learn(const FinishedRun& run, std::map<std::string, std::vector<double>>& evaluations) {
  const double epochs = epochs_of(run.cell);
  data::Extent extent{run.shape, static_cast<std::int64_t>(run.samples / epochs + 0.5), 0};
  if (const auto whole = data::extent_of(run.cell))
    extent.validation = whole->validation;
  else
    extents_[data::samples_key(run.cell)] = extent;
  const Work work = work_of(layers_of(run.cell, run.shape), extent, epochs);
  const bool gpu = run.device != "cpu";
  const double rate = work.flops_per_sample * run.samples / run.train_seconds;
  (gpu ? gpu_ : cpu_)
      .add({.alike = alike_of(run.cell, run.shape),
            .ranks = run.ranks,
            .workers = std::int64_t{run.ranks} * (gpu ? 1 : run.threads),
            .flops_per_second = rate});
  const double validation = work.validation_samples * work.forward_flops / rate;
  evaluations[evaluation_key(run.cell)].push_back(std::max(0.0, run.wall_seconds - run.train_seconds - validation));
}

bool CostModel::has_read(const manifest::Cell& cell, const std::filesystem::path& folder) const {
  const auto found = finished_.find(folder.string());
  return found != finished_.end() && found->second == cell.id();
}

void CostModel::know(const manifest::Cell& cell, data::Extent extent) { extents_[data::samples_key(cell)] = std::move(extent); }

std::optional<data::Extent> CostModel::extent_of(const manifest::Cell& cell) const {
  const auto found = extents_.find(data::samples_key(cell));
  if (found != extents_.end()) return found->second;
  return data::extent_of(cell);
}

std::optional<Work> CostModel::work(const manifest::Cell& cell) const {
  const auto extent = extent_of(cell);
  if (!extent) return {};
  return work_of(layers_of(cell, extent->shape), *extent, epochs_of(cell));
}

Rate CostModel::rate(const manifest::Cell& cell, const models::Shape& shape, int ranks) const {
  const Alike alike = alike_of(cell, shape);
  if (on_gpu(cell)) return gpu_.of(alike, ranks, ranks);
  // More threads than cores are not faster.
  const int threads = std::min(threads_of(cell, shape, std::max(1, cores_ / ranks)), cores_);
  return cpu_.of(alike, ranks, std::min<std::int64_t>(std::int64_t{ranks} * threads, cores_));
}

Estimate CostModel::estimate(const manifest::Cell& cell, int ranks) const {
  const auto extent = extent_of(cell);
  if (!extent) return {};
  Work work;
  try {
    work = work_of(layers_of(cell, extent->shape), *extent, epochs_of(cell));
  } catch (const UsageError&) {
    return {};  // said when the cell is run
  }
  const Rate rate = this->rate(cell, extent->shape, std::max(ranks, 1));
  Estimate estimate{.training = work.flops() / rate.flops_per_second,
                    .validation = work.validation_samples * work.forward_flops / rate.flops_per_second,
                    .evaluations = 0,
                    .basis = rate.basis,
                    .parameters = work.parameters};
  const auto measured = evaluations_.find(evaluation_key(cell));
  if (measured != evaluations_.end()) {
    estimate.evaluations = measured->second;
    estimate.evaluations_known = true;
  }
  return estimate;
}

double CostModel::expected_seconds(const manifest::Cell& cell, int ranks) const {
  const Estimate found = estimate(cell, ranks);
  return found.basis == Basis::unknown ? std::numeric_limits<double>::infinity() : found.seconds();
}

}  // namespace irmae::cost
