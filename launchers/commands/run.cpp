// SPDX-License-Identifier: MIT
// irmae run: trains the cells of a manifest, or goes on with those of a folder, alone or under mpirun.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include "framework/counted.h"
#include "framework/distributed/gpu.h"
#include "framework/distributed/mpi_communicator.h"
#include "framework/distributed/stop_request.h"
#include "framework/distributed/watchdog.h"
#include "framework/duration.h"
#include "framework/kernels/functions.h"
#include "framework/manifest/manifest.h"
#include "framework/manifest/name_patterns.h"
#include "framework/training/runs/check_cell.h"
#include "framework/training/runs/trained_model.h"
#include "launchers/exit_status.h"
#include "launchers/full_schema.h"
#include "launchers/grid/run_grid.h"
#include "launchers/plan/frozen_plan.h"
#include "launchers/ranks/all_ranks.h"
#include "launchers/status/grid_state.h"
#include "launchers/trainer_body.h"
#include "launchers/unmeasured.h"
#include "storage/cell_paths.h"
#include "storage/run_file.h"
#include "storage/system/fault.h"
#include "storage/system/files.h"
#include "storage/system/host_name.h"
#include "storage/text/shell_word.h"

namespace irmae::launchers {

namespace fs = std::filesystem;

namespace {

struct RunOptions {
  std::string manifest;
  std::vector<std::string> overrides;
  std::string output;  ///< empty: out, or the folder that is resumed
  std::vector<std::string> only, retry;
  int ranks_per_cell = 0, cells_per_gpu = 0;
  bool fail_fast = false;
  bool quiet = false;
};

/// A plan and the folder of its runs.
struct Job {
  manifest::Plan plan;
  fs::path place;
};

void select(manifest::Plan& plan, const RunOptions& options) {
  std::erase_if(plan.cells, [&](const manifest::Cell& cell) { return !manifest::matches_any(cell.name, options.only); });
}

/// What is to be run: the manifest's cells, or those of every plan that was frozen in a folder. `problems` gets a line for each
/// place where a plan may be that was not found.
std::vector<Job> jobs_of(const RunOptions& options, std::vector<std::string>& problems) {
  std::vector<Job> jobs;
  const auto add = [&](const fs::path& file, const std::optional<fs::path>& place) {
    manifest::Plan plan = manifest::load(file, options.overrides, full_schema());
    select(plan, options);
    const fs::path runs = place ? *place : fs::path(options.output.empty() ? "out" : options.output) / plan.name;
    for (const manifest::Cell& cell : plan.cells) training::check_cell(cell);
    if (!plan.cells.empty()) jobs.push_back({std::move(plan), runs});
  };
  const bool folder = fs::is_directory(options.manifest);
  if (!options.output.empty() && folder) throw UsageError(options.manifest + ": a folder of runs is resumed in place: drop -o");
  if (!options.retry.empty() && !folder)
    throw UsageError(options.manifest + ": --retry needs the folder of runs, such as irmae run out --retry failed,dead");
  if (folder) {
    FoundPlans plans = find_frozen_plans(options.manifest);
    problems = std::move(plans.problems);
    for (const fs::path& file : plans.files) add(file, file.parent_path());
  } else {
    add(options.manifest, std::nullopt);
  }
  if (jobs.empty() && folder)
    throw manifest::none_matches(options.only, "irmae status " + storage::shell_path(options.manifest));
  if (jobs.empty()) throw manifest::none_matches(options.only);
  return jobs;
}

/// Told apart: a manifest may differ from host to host.
std::string description_of(const std::vector<Job>& jobs) {
  std::string text;
  for (const Job& job : jobs) {
    text += job.place.string() + "\n";
    for (const manifest::Cell& cell : job.plan.cells) text += cell.name + " " + cell.id() + "\n";
  }
  return text;
}

/// For what is agreed on before the cells, and for rank 0's look at complete ones after them.
constexpr std::chrono::hours kAgreementLimit{1};

/// Every rank reads the manifest: a mistake in it is found by all, and told by one. Nothing after a mistake. `left_out`:
/// whether rank 0 could not look everywhere in a folder of runs. Collective.
std::optional<std::vector<Job>> agreed_jobs(const RunOptions& options, distributed::MpiSession* session, bool& left_out) {
  std::vector<Job> jobs;
  std::vector<std::string> problems;
  std::string mistake;
  try {
    kernels::instruction_set();  // a wrong IRMAE_KERNELS is told here, and not once for each cell
    jobs = jobs_of(options, problems);
  } catch (const UsageError& error) {
    mistake = error.what();
  }
  const bool wrong = !mistake.empty();
  const auto world = all_ranks(session, kAgreementLimit);
  const bool wrong_on_root = world->any(world->root() && wrong, "agreement on the manifest");
  const int other = world->first_different(wrong ? mistake : description_of(jobs), "agreement on the manifest");
  left_out = world->any(world->root() && !problems.empty(), "agreement on what is left out");
  if (world->root())
    for (const std::string& problem : problems) report(problem);
  if (!wrong && other < 0) return jobs;
  if (world->root() && wrong) report(mistake);
  if (world->rank() == other && !wrong_on_root)
    report(fmt::format("rank {} on {}: {}", other, storage::host_name(),
                       wrong ? mistake : options.manifest + " gives other cells here than on rank 0's host"));
  return std::nullopt;
}

/// Leaves the cells that stand as --retry says. Rank 0 looks, or ranks that look at different times would differ. Collective.
void keep_states(manifest::Plan& plan, const fs::path& place, const std::vector<std::string>& states,
                 distributed::MpiSession* session) {
  const auto world = all_ranks(session, kAgreementLimit);
  std::vector<std::int64_t> kept(plan.cells.size());
  world->on_root(
      [&] {
        std::set<std::string> wanted;
        for (const CellStatus& cell : read_grid(place).cells)
          if (std::find(states.begin(), states.end(), name_of(cell.state)) != states.end())
            wanted.insert(storage::short_id(cell.id));
        for (std::size_t i = 0; i < plan.cells.size(); ++i)
          kept[i] = wanted.contains(storage::short_id(plan.cells[i].id())) ? 1 : 0;
      },
      "look at the cells' states");
  world->broadcast(kept, "list of the cells to be tried again");
  std::vector<manifest::Cell> cells;
  for (std::size_t i = 0; i < plan.cells.size(); ++i)
    if (kept[i] != 0) cells.push_back(std::move(plan.cells[i]));
  plan.cells = std::move(cells);
}

/// A stop comes first: whoever starts again what was stopped early, or left to another run, finds the failures again, and all
/// other cells done.
int status_of(const Tally& tally) {
  if (tally.stopped || !tally.taken_elsewhere.empty()) return kTryAgain;
  if (tally.usage) return 2;
  return tally.failures.empty() ? 0 : 1;
}

void summarise(const Tally& tally, const Job& job, bool fail_fast) {
  fmt::print("{} of {} complete ({} trained now) in {}\n", tally.trained + tally.complete,
             counted(job.plan.cells.size(), "cell"), tally.trained, job.place.string());
  if (tally.teams > 1 && tally.trained > 0)
    fmt::print("{}; the ranks were without a cell for {:.1f} % of it\n", duration(tally.seconds), 100 * tally.idle);
  if (tally.stopped) fmt::print("stopped early; the same command goes on where it stopped\n");
  std::fflush(stdout);
  if (!tally.failures.empty() && job.plan.cells.size() > 1)
    report(fmt::format("failed: {} (why stands above)", fmt::join(tally.failures, ", ")));
  for (const Tally::TakenElsewhere& taken : tally.taken_elsewhere)
    report(job.plan.cells[taken.cell].name + ": " + taken.reason);
  if (!tally.taken_elsewhere.empty())
    report(fmt::format("{} left to another run: the same command again takes what that has not completed",
                       counted(tally.taken_elsewhere.size(), "cell")));
  if (fail_fast && !tally.failures.empty())
    report("stopped after the first failure (--fail-fast); without it the same command goes on with the other cells");
}

/// Complete cells without what a file from elsewhere is needed for, in one line, and those whose evaluations are outdated in
/// another. Only cells that may be such are looked at: of thousands of others none is opened.
void say_unmeasured(const Job& job) {
  std::set<std::string> names, old_names;
  std::size_t cells = 0, old_cells = 0;
  for (const manifest::Cell& cell : job.plan.cells) {
    if (needing_files(cell, {}).empty() && !has_changed_evaluations(cell)) continue;
    try {
      const fs::path file = job.place / cell.folder() / storage::kRunFile;
      if (!storage::is_there(file)) continue;
      const storage::RunFile run(file);
      const models::Shape shape = training::shape_of(run, file);
      const std::set<std::string> old = outdated(cell, run), with_file = needing_files(cell, shape);
      std::set<std::string> lacks = lacking(cell, shape, run);
      std::erase_if(lacks, [&](const std::string& name) { return !with_file.contains(name); });  // no file is awaited for those
      names.insert(lacks.begin(), lacks.end()), old_names.insert(old.begin(), old.end());
      cells += lacks.empty() ? 0 : 1, old_cells += old.empty() ? 0 : 1;
    } catch (const Error&) {
      continue;  // said where the file's results are read
    }
  }
  if (cells > 0)
    report(
        fmt::format("{} {} without an evaluation that {} for ({}): irmae evaluate {} measures it once its files "
                    "are there and can be used",
                    counted(cells, "complete cell"), cells == 1 ? "is" : "are", cells == 1 ? "it asks" : "they ask",
                    fmt::join(names, ", "), storage::shell_path(job.place.string())));
  if (old_cells > 0)
    report(fmt::format("{} {} evaluations that this version measures otherwise ({}): irmae evaluate {} measures them again",
                       counted(old_cells, "complete cell"), old_cells == 1 ? "has" : "have", fmt::join(old_names, ", "),
                       storage::shell_path(job.place.string())));
}

int run_jobs(std::vector<Job> jobs, const RunOptions& options, distributed::MpiSession* session) {
  int status = 0;
  const bool root = !session || session->rank() == 0;
  for (Job& job : jobs) {
    if (!options.retry.empty()) {
      keep_states(job.plan, job.place, options.retry, session);
      if (root) fmt::print("{}: {} to be tried again\n", job.place.string(), counted(job.plan.cells.size(), "cell"));
      if (job.plan.cells.empty()) continue;
    }
    const Tally tally = run_grid(
        job.plan, {job.place, options.ranks_per_cell, options.cells_per_gpu, options.fail_fast, options.quiet}, session);
    if (root) summarise(tally, job, options.fail_fast);
    const bool last = tally.stopped || (options.fail_fast && !tally.failures.empty());
    if (last) distributed::Watchdog::stop_is_obeyed();
    // Rank 0 may have thousands of files to open: the others wait for it, as MPI's own end does not for long.
    all_ranks(session, kAgreementLimit)
        ->on_root(
            [&] {
              storage::fault_point("look at complete cells");
              say_unmeasured(job);
            },
            "look at complete cells");
    const int own = status_of(tally);
    if (last) return own;
    status = std::max(status, own);
  }
  return status;
}

/// Nobody should wait days for a CPU that was to be a GPU.
void say_unusable_gpu(const std::vector<Job>& jobs) {
  const std::string reason = distributed::unusable_gpu();
  const auto would_use_it = [](const manifest::Cell& cell) { return cell.text("train.device") == "auto"; };
  if (!reason.empty() && std::any_of(jobs.begin(), jobs.end(), [&](const Job& job) {
        return std::any_of(job.plan.cells.begin(), job.plan.cells.end(), would_use_it);
      }))
    report(fmt::format(
        "trains on the CPU, though there is a GPU driver: {} (irmae doctor; train.device=cpu says that it is meant)", reason));
}

int run(const RunOptions& options, distributed::MpiSession* session) {
  distributed::catch_stop_signals();
  bool left_out = false;
  std::optional<std::vector<Job>> jobs = agreed_jobs(options, session, left_out);
  if (!jobs) return 2;
  if (!session || session->rank() == 0) say_unusable_gpu(*jobs);
  return std::max(run_jobs(std::move(*jobs), options, session), left_out ? 1 : 0);
}

void add_run(Command command) {
  auto options = std::make_shared<RunOptions>();
  command.footer("Example: mpirun -n 2 --bind-to none irmae run experiments/quickstart.toml train.epochs=5 -o out");
  command.option("manifest", options->manifest, "manifest (TOML), or a folder of runs to go on with").required();
  command.option("overrides", options->overrides, "dotted.path=value, for every cell");
  command.option("-o,--output", options->output, "folder for the runs; out where none is named");
  command.only(options->only, "train only");
  command
      .option("--retry", options->retry,
              "of a folder's cells only those in these states (irmae status has them), such as failed,dead")
      .separated_by(',')
      .one_of(progress_names());
  command
      .option("--ranks-per-cell", options->ranks_per_cell,
              "MPI ranks that train one cell together, so that several cells are trained at once; all by default")
      .above_zero();
  command
      .option(
          "--cells-per-gpu", options->cells_per_gpu,
          "single-rank cells that each rank trains at once on its GPU (or its cores); by default up to eight on a GPU where "
          "they are small, else one")
      .above_zero();
  command.flag("--fail-fast", options->fail_fast, "stop all when one cell fails; otherwise the others go on");
  command.flag("-q,--quiet", options->quiet, "no progress");
  command.runs([options] { return with_all_ranks([&](distributed::MpiSession* session) { return run(*options, session); }); });
}

const RegisterTrainerBody run_body{{"run", add_run}};

}  // namespace

}  // namespace irmae::launchers
