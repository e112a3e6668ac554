// SPDX-License-Identifier: MIT
// irmae evaluate DIR...: measures complete cells, alone or under mpirun, and puts the results into their run.h5.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>

#include "framework/counted.h"
#include "framework/distributed/mpi_communicator.h"
#include "framework/distributed/stop_request.h"
#include "framework/kernels/functions.h"
#include "framework/training/runs/evaluate_run.h"
#include "framework/training/runs/trained_model.h"
#include "launchers/cell_evaluations.h"
#include "launchers/data_sets.h"
#include "launchers/exit_status.h"
#include "launchers/ranks/all_ranks.h"
#include "launchers/ranks/device.h"
#include "launchers/trainer_body.h"
#include "launchers/unmeasured.h"
#include "storage/cell_paths.h"
#include "storage/run_file.h"
#include "storage/system/files.h"
#include "storage/system/folder_lock.h"
#include "storage/system/system_failure.h"

namespace irmae::launchers {

namespace fs = std::filesystem;

namespace {

struct EvaluateOptions {
  std::vector<std::string> folders, only;
  bool again = false;
};

/// Every rank looks for itself, and all must see the same. Collective.
Survey agreed_survey(const EvaluateOptions& options, distributed::Communicator& ranks) {
  Survey mine;
  std::string mistake;
  Failure kind = Failure::work;
  try {
    kernels::instruction_set();  // a wrong IRMAE_KERNELS is told here, and not once for each cell
    mine = survey(options.folders, options.only, options.again ? Measure::everything : Measure::what_lacks);
  } catch (const Error& error) {
    mistake = error.what();
    kind = kind_of(error);
  }
  std::string text = mistake;
  for (const Unmeasured& cell : mine.open)
    text += fmt::format("{} {} {}\n", cell.file.string(), cell.cell.id(), fmt::join(cell.names, " "));
  if (const int other = ranks.first_different(text, "agreement on the cells to be measured"); other >= 0)
    throw distributed::SharedError(
        fmt::format("rank {} finds other runs or feature networks than rank 0: all hosts must see the same folders", other));
  if (!mistake.empty()) throw distributed::SharedError(mistake, kind);
  return mine;
}

/// What a cell's measurement came to; rank 0's.
struct Measured {
  std::vector<storage::Evaluation> news;  ///< for its file
  std::vector<std::string> problems;
};

/// Of `results`, what the run does not know yet. What was measured once is not given up for a reason why it could not be now,
/// unless it is outdated and what it means now will never come.
Measured compare(std::vector<storage::Evaluation> results, const std::set<std::string>& begun, const Unmeasured& cell) {
  const storage::RunFile run(cell.file);
  const std::vector<std::string> known = run.evaluations();
  const std::set<std::string> with_file = needing_files(cell.cell, training::shape_of(run, cell.file));
  const std::set<std::string> old = outdated(cell.cell, run);
  Measured measured;
  for (storage::Evaluation& result : results) {
    const storage::Scalar* const missing = result.note("missing");
    const bool is_known = std::find(known.begin(), known.end(), result.name) != known.end();
    // Without a file of its own it is missing for good, which is a result like any other.
    if (missing && begun.contains(result.name) && with_file.contains(result.name))
      measured.problems.push_back(fmt::format("{}: {}: {}", cell.folder().string(), result.name, storage::text_of(*missing)));
    const bool is_replaced = old.contains(result.name) && !with_file.contains(result.name);
    if (missing && is_known && !is_replaced) {
      const auto notes = run.notes_of(result.name);
      const storage::Scalar* const before = storage::find_value(notes, "missing");
      if (!before || *before == *missing) continue;
    }
    measured.news.push_back(std::move(result));
  }
  return measured;
}

/// A run is measured where it is.
constexpr const char* kWayOut = "ask whoever owns the runs for the right to write there, or measure a copy of them";

/// Measures the cell and writes its file, under its lock. Collective; rank 0 gets what it came to. Throws StoppedEarly.
Measured measure_locked(const Unmeasured& cell, const EvaluateOptions& options, const data::Dataset& dataset,
                        const Device& device, distributed::Communicator& ranks) {
  std::optional<storage::FolderLock> lock;  // rank 0's
  bool done = false;
  ranks.on_root(
      [&] {
        storage::with_way_out(kWayOut, [&] { lock.emplace(cell.folder()); });
        storage::remove_leftovers(cell.folder());
        // Another process may have measured it since.
        const storage::RunFile run(cell.file);
        done = !options.again && unmeasured(cell.cell, training::shape_of(run, cell.file), run).empty();
      },
      "opening of the cell's folder");
  if (ranks.any(done, "agreement whether there is anything to measure")) return {};

  std::set<std::string> begun;
  const auto evaluate = evaluate_some(cell.cell, cell.names, [&](const std::string& name) { begun.insert(name); });
  std::vector<storage::Evaluation> results =
      training::evaluate_run({cell.cell, dataset, cell.file, device.place, evaluate}, ranks);
  Measured measured;
  ranks.on_root(
      [&] {
        measured = compare(std::move(results), begun, cell);
        if (measured.news.empty()) return;
        storage::with_way_out(kWayOut, [&] { storage::replace_evaluations(cell.file, measured.news); });
        std::ofstream log(cell.folder() / storage::kLogFile, std::ios::app);
        for (const storage::Evaluation& evaluation : measured.news)
          log << fmt::format("evaluated {} after the run: {} on {}\n", evaluation.name, counted(ranks.size(), "rank"),
                             device.name);
      },
      "writing of the run file");
  return measured;
}

/// As one cell's training has its ranks, threads and device. Collective.
Measured measure(const Unmeasured& cell, const EvaluateOptions& options, const DataSets& data,
                 const std::vector<GpuShare>& gpus, distributed::MpiSession* session) {
  const auto cpu = all_ranks(session, std::chrono::seconds(cell.cell.integer("train.timeout_seconds")));
  Device device;
  return end_where_alone(session, [&] {
    set_threads(cell.cell, session, 1);
    device = choose_device(cell.cell, *cpu, gpus);
    return measure_locked(cell, options, *data.of(cell.cell), device, device.communicator_or(*cpu));
  });
}

/// One after the other; a cell that fails leaves the others alone. Collective. Returns the exit status as this rank knows it,
/// and in `done` the number of cells without a problem.
int measure_all(const Survey& survey, const EvaluateOptions& options, const DataSets& data, const std::vector<GpuShare>& gpus,
                distributed::MpiSession* session, std::size_t& done) {
  const bool root = !session || session->rank() == 0;
  int status = 0;
  const auto failed = [&](const std::string& line, Failure kind = Failure::work) {
    if (root) report(line);
    status = std::max(status, status_of(kind));
  };
  std::size_t number = 0;
  for (const Unmeasured& cell : survey.open) {
    ++number;
    const std::string name = cell.folder().string();
    if (!data.of(cell.cell)) {
      failed(fmt::format("{}: {}", name, data.why_not(cell.cell)));
      continue;
    }
    try {
      const Measured measured = measure(cell, options, data, gpus, session);
      for (const std::string& problem : measured.problems) failed(problem);
      if (measured.problems.empty()) ++done;
      std::vector<std::string> news;
      for (const storage::Evaluation& evaluation : measured.news)
        if (!evaluation.note("missing")) news.push_back(evaluation.name);
      if (!root) continue;
      fmt::print("[{}/{}] {}  {}\n", number, survey.open.size(), name,
                 news.empty() ? "nothing new" : fmt::format("measured: {}", fmt::join(news, ", ")));
      std::fflush(stdout);
    } catch (const distributed::StoppedEarly&) {
      if (root)
        fmt::print("stopped early; {}\n", options.again ? "the cells that are named above are measured, the others as they were"
                                                        : "the same command goes on where it stopped");
      return kTryAgain;
    } catch (const std::exception& error) {
      failed(fmt::format("{}: {}", name, message_of(error)), kind_of(error));
    }
  }
  return status;
}

void print_summary(const Survey& survey, std::size_t done) {
  const std::size_t lacking = survey.open.size() + survey.waiting;
  if (lacking == 0 && survey.complete > 0)
    fmt::print("{}: no evaluation is lacking\n", counted(survey.complete, "complete cell"));
  if (lacking > 0) fmt::print("{} of {} measured, {} complete before\n", done, counted(lacking, "cell"), survey.complete);
  if (survey.unfinished > 0)
    fmt::print("{} not finished: irmae run goes on with {}\n", survey.unfinished, survey.unfinished == 1 ? "it" : "them");
}

int evaluate_runs(const EvaluateOptions& options, distributed::MpiSession* session) {
  distributed::catch_stop_signals();
  // Pictures may take long to decode: the other ranks wait for rank 0.
  const auto world = all_ranks(session, std::chrono::hours(24));
  const Survey survey = agreed_survey(options, *world);
  std::vector<const manifest::Cell*> cells;
  for (const Unmeasured& cell : survey.open) cells.push_back(&cell.cell);
  const std::vector<GpuShare> gpus = gpus_for(cells, session);
  const DataSets data(cells, *world, DataSets::Purpose::measuring);
  std::size_t done = 0;
  int status = measure_all(survey, options, data, gpus, session, done);
  if (world->root()) {
    for (const std::string& problem : survey.problems) report(problem);
    if (!survey.problems.empty()) status = std::max(status, 1);
    print_summary(survey, done);
  }
  std::int64_t shared = status;
  world->broadcast({&shared, 1}, "outcome of the measurements");
  return static_cast<int>(shared);
}

void add_evaluate(Command command) {
  auto options = std::make_shared<EvaluateOptions>();
  command.footer(
      "A cell lacks an evaluation when its feature network was not there (set IRMAE_MODELS to its folder), or when this\n"
      "program has learnt it since, or measures something else by its name since. It is measured on the cell's own model and\n"
      "latents; the data must be those that the cell was trained on. Numbers are those of the training's end, bit for bit on as\n"
      "many ranks and a like machine.");
  command.option("folders", options->folders, "folders with runs below them, or run.h5 files").required();
  command.only(options->only);
  command.flag("--again", options->again, "all evaluations anew, also those that the cells have");
  command.runs(
      [options] { return with_all_ranks([&](distributed::MpiSession* session) { return evaluate_runs(*options, session); }); });
}

const RegisterTrainerBody evaluate_body{{"evaluate", add_evaluate}};

}  // namespace

}  // namespace irmae::launchers
