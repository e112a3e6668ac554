// SPDX-License-Identifier: MIT
// irmae run: trains the cells of a manifest one after the other, each data-parallel on all ranks.
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <fnmatch.h>

#include <filesystem>
#include <optional>

#include "framework/distributed/gpu.h"
#include "framework/distributed/mpi_communicator.h"
#include "framework/distributed/phase.h"
#include "framework/distributed/stop_request.h"
#include "framework/manifest/manifest.h"
#include "framework/training/run_cell.h"
#include "framework/usable_cores.h"
#include "launchers/data_sets.h"
#include "launchers/evaluate.h"
#include "launchers/exit_status.h"
#include "launchers/schema.h"
#include "launchers/trainer_commands.h"

namespace irmae::launchers {

namespace fs = std::filesystem;

namespace {

struct Options {
  std::string manifest;
  std::vector<std::string> overrides;
  std::string output = "out";
  std::string only = "*";
  bool quiet = false;
};

void set_threads(const manifest::Cell& cell, const distributed::Communicator& communicator, int cores) {
  auto threads = static_cast<int>(cell.integer("train.threads"));
  // Ranks bound to cores of their own see only those; ranks that share a mask share its cores.
  if (threads == 0) threads = cores > 1 ? std::max(1, cores / communicator.local_size()) : 1;
  at::set_num_threads(threads);
}

struct Device {
  torch::Device device = torch::kCPU;
  std::string name = "cpu";
  std::unique_ptr<distributed::Communicator> communicator;  ///< NCCL's, on a GPU with several ranks
};

/// Each rank's device. The GPU of a rank is its local rank; a rank without one is refused.
Device choose_device(const manifest::Cell& cell, distributed::Communicator& host) {
  const std::string& wanted = cell.text("train.device");
  if (wanted == "cpu") return {};
  std::string reason;
  const distributed::GpuPlugin* gpu = distributed::load_gpu_plugin(&reason);
  const int count = gpu ? gpu->device_count() : 0;
  if (count == 0) {
    if (wanted == "auto") return {};
    throw UsageError("train.device = \"cuda\", but there is no GPU to use: " +
                     (reason.empty() ? std::string("the driver reports none") : reason));
  }
  if (host.local_size() > count)
    throw UsageError(fmt::format("{} ranks on a host with {} GPU{}: start at most one rank for each GPU, or set "
                                 "train.device=cpu",
                                 host.local_size(), count, count == 1 ? "" : "s"));
  const int index = host.local_rank();
  gpu->select_device(index);
  Device chosen{torch::Device(torch::kCUDA, static_cast<c10::DeviceIndex>(index)), gpu->device_name(index), nullptr};
  if (host.size() > 1)
    chosen.communicator = gpu->make_nccl(host, index, std::chrono::seconds(cell.integer("train.timeout_seconds")));
  return chosen;
}

manifest::Plan selected(const Options& options) {
  manifest::Plan plan = manifest::load(options.manifest, options.overrides, full_schema());
  std::erase_if(plan.cells, [&](const manifest::Cell& cell) {
    return fnmatch(options.only.c_str(), cell.name.c_str(), 0) != 0;
  });
  if (plan.cells.empty()) throw UsageError("no cell's name matches --only '" + options.only + "'; irmae plan lists them");
  for (const manifest::Cell& cell : plan.cells) training::check_cell(cell);
  return plan;
}

/// Cells that are still to be trained: what is complete needs no data. Collective.
std::vector<const manifest::Cell*> unfinished(const manifest::Plan& plan, const fs::path& folder, distributed::Communicator& ranks) {
  torch::Tensor open = torch::ones({static_cast<std::int64_t>(plan.cells.size())}, torch::kInt64);
  if (ranks.root())
    for (std::size_t i = 0; i < plan.cells.size(); ++i) {
      try {
        if (training::is_complete(plan.cells[i], folder / plan.cells[i].folder())) open[static_cast<std::int64_t>(i)] = 0;
      } catch (const Error&) {
        continue;  // said when its turn comes
      }
    }
  ranks.broadcast(open, "list of the cells to be trained");
  std::vector<const manifest::Cell*> cells;
  for (std::size_t i = 0; i < plan.cells.size(); ++i)
    if (open[static_cast<std::int64_t>(i)].item<std::int64_t>() != 0) cells.push_back(&plan.cells[i]);
  return cells;
}

/// The end of a rank whose error the others do not know of.
[[noreturn]] void end_all_ranks(const std::exception& error, int rank) {
  fmt::print(stderr, "irmae: {}: {}\n", distributed::place_of(rank), error.what());
  distributed::MpiSession::abort(dynamic_cast<const UsageError*>(&error) ? 2 : 1);
}

/// What became of the cells.
struct Tally {
  std::size_t trained = 0, complete = 0;
  std::vector<std::string> failures;
  bool stopped = false;
};

Tally run_cells(const manifest::Plan& plan, const Options& options, distributed::MpiSession* session) {
  const int cores = usable_cores();
  const fs::path place = fs::path(options.output) / plan.name;
  const auto ranks = [&](std::chrono::seconds limit) { return session ? session->world(limit) : distributed::make_single(); };
  // Pictures may take long to decode: the other ranks wait for rank 0.
  const auto first = ranks(std::chrono::hours(24));
  const std::vector<const manifest::Cell*> open = unfinished(plan, place, *first);
  const DataSets data(open, *first);
  double samples = 0;
  const auto samples_of = [&](const manifest::Cell& cell) {
    const auto set = data.of(cell);
    return set ? static_cast<double>(set->train_size()) * static_cast<double>(cell.integer("train.epochs")) : 0.0;
  };
  for (const manifest::Cell* cell : open) samples += samples_of(*cell);
  if (first->root())
    for (const std::string& line : data.absent()) fmt::print(stderr, "irmae: {}\n", line);

  training::Progress progress(plan.cells.size(), samples, options.quiet);
  Tally tally;
  auto next = open.begin();
  for (const manifest::Cell& cell : plan.cells) {
    if (next == open.end() || *next != &cell) {
      ++tally.complete;
      if (first->root()) progress.skip(cell, 0);
      continue;
    }
    ++next;
    const auto dataset = data.of(cell);
    if (!dataset) {
      if (first->root()) progress.leave_out(cell, "its data set is not there");
      tally.failures.push_back(cell.name);
      continue;
    }
    const auto host = ranks(std::chrono::seconds(cell.integer("train.timeout_seconds")));
    set_threads(cell, *host, cores);
    try {
      Device device = choose_device(cell, *host);
      distributed::Communicator& communicator = device.communicator ? *device.communicator : *host;
      const training::CellJob job{
          cell, *dataset, place / cell.folder(), device.device,
          training::provenance(communicator, device.name, session ? session->library() : "none"), progress,
          evaluate_after(cell, progress)};
      switch (training::run_cell(job, communicator)) {
        case training::Outcome::trained:
          ++tally.trained;
          break;
        case training::Outcome::complete_before:
          ++tally.complete;
          progress.skip(cell, samples_of(cell));
          break;
        case training::Outcome::stopped:
          tally.stopped = true;
          return tally;
      }
    } catch (const distributed::SharedError& error) {
      if (error.usage()) throw;
      if (host->root()) report(error);
      tally.failures.push_back(cell.name);
    } catch (const std::exception& error) {
      // Here and not further out: the end of `host` would wait for collectives in which the others no longer take part.
      if (host->size() > 1) end_all_ranks(error, host->rank());
      throw;
    }
  }
  return tally;
}

int summary(const Tally& tally, const manifest::Plan& plan, const Options& options) {
  const std::string place = (fs::path(options.output) / plan.name).string();
  if (tally.stopped) {
    fmt::print("stopped early; the same command goes on where it stopped\n");
    return kStoppedEarly;
  }
  fmt::print("{} of {} cells complete ({} trained now) in {}\n", tally.trained + tally.complete, plan.cells.size(),
             tally.trained, place);
  if (tally.failures.empty()) return 0;
  fmt::print(stderr, "irmae: failed: {}\n", fmt::join(tally.failures, ", "));
  return 1;
}

int run(const Options& options) {
  // Before anything of LibTorch asks for CUDA.
  distributed::load_gpu_plugin();
  std::optional<distributed::MpiSession> session;
  if (distributed::MpiSession::launched()) session.emplace();
  distributed::catch_stop_signals();
  const bool root = !session || session->rank() == 0;
  const bool alone = !session || session->size() == 1;
  int status = 1;
  try {
    // Every rank reads the manifest: a mistake in it is found by all, and told by one.
    manifest::Plan plan;
    try {
      plan = selected(options);
    } catch (const UsageError& error) {
      if (root) report(error);
      return 2;
    }
    const Tally tally = run_cells(plan, options, session ? &*session : nullptr);
    status = root ? summary(tally, plan, options) : tally.stopped ? kStoppedEarly : tally.failures.empty() ? 0 : 1;
  } catch (const distributed::SharedError& error) {
    if (root) report(error);
    status = error.usage() ? 2 : 1;
  } catch (const std::exception& error) {
    if (alone) throw;
    end_all_ranks(error, session->rank());
  }
  return status;
}

}  // namespace

void add_run(CLI::App& program, int& status) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      program.add_subcommand("run", "Train the cells of a manifest, alone or under mpirun -n N irmae run ...");
  command->add_option("manifest", options->manifest, "manifest (TOML)")->required();
  command->add_option("overrides", options->overrides, "dotted.path=value, for every cell");
  command->add_option("-o,--output", options->output, "folder for the runs")->capture_default_str();
  command->add_option("--only", options->only, "train only cells whose names match this pattern (*, ?)")
      ->capture_default_str();
  command->add_flag("-q,--quiet", options->quiet, "no progress");
  command->callback([options, &status] { status = run(*options); });
}

}  // namespace irmae::launchers
