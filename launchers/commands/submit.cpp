// SPDX-License-Identifier: MIT
// irmae submit: the plan of irmae run as Slurm job arrays, one task per cell.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "framework/counted.h"
#include "framework/manifest/manifest.h"
#include "framework/manifest/name_patterns.h"
#include "framework/training/runs/check_cell.h"
#include "framework/training/runs/complete_cells.h"
#include "launchers/full_schema.h"
#include "launchers/plan/frozen_plan.h"
#include "launchers/slurm/commands.h"
#include "launchers/slurm/job_time.h"
#include "launchers/slurm/submission.h"
#include "launchers/status/grid_state.h"
#include "launchers/trainer_body.h"
#include "storage/error.h"
#include "storage/system/files.h"
#include "storage/system/program_folder.h"
#include "storage/system/tell.h"
#include "storage/text/shell_word.h"

namespace irmae::launchers {

namespace fs = std::filesystem;

namespace {

/// Slurm's own default, for --print where there is no Slurm to ask.
constexpr std::size_t kUsualArraySize = 1001;

struct SubmitOptions {
  std::string manifest, output = "out", prologue;
  std::vector<std::string> only;
  std::vector<std::string> words;  ///< key=value, and what follows "--" for sbatch
  std::string unused;              ///< see add_submit
  slurm::JobOptions job;
  bool print = false, after = false;
  int array_size = 0;  ///< most tasks of an array; 0: as many as the cluster allows

  std::size_t largest_array(std::size_t allowed) const {
    return array_size > 0 ? std::min(allowed, static_cast<std::size_t>(array_size)) : allowed;
  }
};

/// What stands after "--" begins with an option; key=value never does.
std::vector<std::string> take_sbatch_options(std::vector<std::string>& words) {
  const auto first = std::find_if(words.begin(), words.end(), [](const std::string& word) { return word.starts_with('-'); });
  std::vector<std::string> options(first, words.end());
  words.erase(first, words.end());
  return options;
}

/// What the manifest says: all of its cells, and of those the chosen ones.
struct Chosen {
  std::set<std::string> all;  ///< ids
  manifest::Plan plan;
};

Chosen checked_plan(const SubmitOptions& options) {
  if (fs::is_directory(options.manifest))
    throw UsageError(fmt::format("{}: a folder, not a manifest; irmae submit {}/NAME/NAME.toml takes the plan that lies in it",
                                 options.manifest, storage::shell_path(options.manifest)));
  manifest::Plan plan = manifest::load(options.manifest, options.words, full_schema());
  std::set<std::string> all;
  for (const manifest::Cell& cell : plan.cells) all.insert(cell.id());
  std::erase_if(plan.cells, [&](const manifest::Cell& cell) { return !manifest::matches_any(cell.name, options.only); });
  if (plan.cells.empty()) throw manifest::none_matches(options.only);
  for (const manifest::Cell& cell : plan.cells) training::check_cell(cell);
  return {std::move(all), std::move(plan)};
}

slurm::JobPlace place_of(const SubmitOptions& options, const std::string& manifest) {
  std::error_code error;
  const fs::path start = fs::current_path(error);
  const fs::path named = start / options.output;
  // What ".." leads to behind a link only the file system knows, which irmae run -o asks. Other names stay as they are.
  fs::path output;
  if (std::ranges::find(named, "..") != named.end()) output = fs::weakly_canonical(named, error);
  if (output.empty()) output = named.lexically_normal();
  if (!output.has_filename()) output = output.parent_path();  // "out/"
  return {manifest, storage::program_folder() / "irmae", start, output, output / manifest / "slurm"};
}

/// The cells that are neither complete nor queued, nor in training by another run.
struct Open {
  manifest::Plan plan;
  std::size_t complete = 0, queued = 0;
  std::vector<std::string> running{};  ///< names

  std::size_t all() const { return plan.cells.size() + complete + queued + running.size(); }
};

Open open_cells(const manifest::Plan& plan, const fs::path& folder, const slurm::Queued& queued) {
  Open open{{plan.name, plan.scale, {}}};
  const std::vector<bool> complete = training::complete_among(plan.cells, folder);
  std::vector<fs::path> folders;  // of the cells of open.plan
  for (std::size_t i = 0; i < plan.cells.size(); ++i) {
    const manifest::Cell& cell = plan.cells[i];
    if (complete[i])
      ++open.complete;
    else if (queued.cells.contains(cell.id()))
      ++open.queued;
    else
      open.plan.cells.push_back(cell), folders.push_back(folder / cell.folder());
  }
  const std::vector<bool> running = running_among(folders);
  std::vector<manifest::Cell> idle;
  for (std::size_t i = 0; i < folders.size(); ++i)
    if (manifest::Cell& cell = open.plan.cells[i]; running[i])
      open.running.push_back(cell.name);  // its task would find it in use, and requeue itself again and again
    else
      idle.push_back(std::move(cell));
  open.plan.cells = std::move(idle);
  return open;
}

std::string left_out(const Open& open) {
  if (open.all() == open.plan.cells.size()) return "";
  const std::string others = open.running.empty() ? ""
                                                  : fmt::format(", {} in training by another run ({})", open.running.size(),
                                                                fmt::join(open.running, ", "));
  return fmt::format("; left out: {} complete, {} queued or running{}", open.complete, open.queued, others);
}

/// What cannot stand in a script is refused before anything is made.
void check_scripts(const SubmitOptions& options, const slurm::JobPlace& place) {
  slurm::array_script(options.job, place, 1);
  if (options.after) slurm::report_script(options.job, place, {});
}

int print_scripts(const manifest::Plan& plan, const SubmitOptions& options, const slurm::JobPlace& place) {
  slurm::Queued queued;
  std::size_t largest = kUsualArraySize;
  try {
    largest = slurm::max_array_size();
    queued = slurm::queued_cells(place.folder, plan.name);
  } catch (const UsageError&) {
    // no Slurm here
  } catch (const Error& error) {
    storage::tell("irmae: {}; shown as if no cell were queued\n", error.what());
  }
  const Open open = open_cells(plan, place.output / plan.name, queued);
  const auto arrays = slurm::arrays_of(open.plan, options.job, place, options.largest_array(largest));
  for (const slurm::Array& array : arrays) fmt::print("{}", array.script.text);
  if (options.after) fmt::print("{}", slurm::report_script(options.job, place, {"JOBS-OF-THE-ARRAYS"}).text);
  storage::tell("irmae: {} in {}{}; nothing was written or submitted\n", counted(open.plan.cells.size(), "cell"),
                counted(arrays.size(), "job array"), left_out(open));
  return 0;
}

/// A job that waits for all arrays, those of before too. Where nothing new was submitted, one that is queued will do.
void submit_report(const SubmitOptions& options, const slurm::JobPlace& place, std::vector<std::string> jobs,
                   bool something_new) {
  const fs::path file = place.folder / "report.sh";
  const std::string queued = something_new ? "" : slurm::queued_report(file, place.manifest);
  if (!queued.empty()) {
    fmt::print("job {}: report and table are queued already; nothing new was submitted, so no other job is\n", queued);
    return;
  }
  const slurm::Script script = slurm::report_script(options.job, place, jobs);
  storage::replace_file(file, script.text);
  fmt::print("job {}: report and table after the arrays ({})\n", slurm::submit(file, script.options), file.string());
}

int submit_arrays(const Chosen& chosen, const SubmitOptions& options, const slurm::JobPlace& place) {
  slurm::check_clusters();
  const manifest::Plan& plan = chosen.plan;
  const std::size_t largest = options.largest_array(slurm::max_array_size());
  storage::make_folder(place.folder);
  const storage::FileLock lock(place.folder / "lock");  // two at once would both find the same cells free
  const slurm::Queued queued = slurm::queued_cells(place.folder, plan.name);
  const Open open = open_cells(plan, place.output / plan.name, queued);
  const auto arrays = slurm::arrays_of(open.plan, options.job, place, largest);

  freeze_plan(place.output / plan.name, plan);
  std::vector<std::string> jobs = queued.jobs;
  for (const slurm::Array& array : arrays) {
    slurm::write_array(array);
    freeze_plan(array.place.folder / array.plan.name, array.plan);
    jobs.push_back(slurm::submit_array(array));
    fmt::print("job {}: {}, {} each ({})\n", jobs.back(), counted(array.plan.cells.size(), "cell"),
               counted(array.ranks, "rank"), (array.place.folder / "job.sh").string());
    std::fflush(stdout);  // said even when the next one fails
  }
  fmt::print("{} of {} submitted{}\n", open.plan.cells.size(), counted(open.all(), "cell"), left_out(open));
  for (const std::string& line : slurm::left_behind(queued, chosen.all)) fmt::print("{}\n", line);
  if (options.after) submit_report(options, place, std::move(jobs), !arrays.empty());
  fmt::print("irmae status {} shows how it goes\n", storage::shell_path(options.output));
  return 0;
}

int submit(SubmitOptions options) {
  options.job.resources.more = take_sbatch_options(options.words);
  slurm::check_time(options.job.resources.time, options.job.signal_seconds);
  if (!options.prologue.empty()) options.job.prologue = storage::read_text(options.prologue);
  const Chosen chosen = checked_plan(options);
  const slurm::JobPlace place = place_of(options, chosen.plan.name);
  check_scripts(options, place);
  return options.print ? print_scripts(chosen.plan, options, place) : submit_arrays(chosen, options, place);
}

void add_submit(Command command) {
  auto options = std::make_shared<SubmitOptions>();
  slurm::JobOptions& job = options->job;
  slurm::Resources& resources = job.resources;
  command.footer("What follows -- goes to sbatch: irmae submit m.toml train.epochs=9 --time 4:00:00 -- --constraint=skylake");
  command.option("manifest", options->manifest, "manifest (TOML)").required();
  command.option("overrides", options->words, "dotted.path=value, for every cell");
  // Never filled, since the one before takes all; without an open positional CLI11 takes no "--".
  command.option("sbatch", options->unused).hidden();
  command.option("-o,--output", options->output, "folder for the runs").with_default_shown();
  command.only(options->only);
  command.flag("--print", options->print, "print the batch scripts and stop; needs no Slurm, writes nothing");
  const Option after = command.flag("--after", options->after, "also submit a job that writes the report once all have ended");
  command.option("--after-partition", job.report_partition, "partition of that job, where not the one of --partition")
      .needs(after);

  command.option("--ntasks,--ranks", resources.ranks, "MPI ranks of each cell that does not say train.ranks")
      .between(1, 1'000'000)
      .with_default_shown();
  command.option("--partition", resources.partition, "partition of the cluster; this and the next ones as sbatch has them");
  command.option("--time", resources.time, "time limit; a cell that needs longer goes on in the next start of its task");
  command.option("--nodes", resources.nodes, "nodes of each cell, such as 2");
  command.option("--cpus-per-task", resources.cpus_per_task, "cores of each rank");
  command.option(
      "--gpus-per-task", resources.gpus_per_task,
      "GPUs of each rank, which with srun may see no others; with mpirun or --gres ranks see all GPUs of their host");
  command.option("--gres", resources.gres, "devices of each node, such as gpu:4");
  command.option("--mem", resources.memory, "memory of each node, such as 8G");
  command.option("--account", resources.account, "account that is charged");
  command.option("--qos", resources.qos, "quality of service");

  command.option("--array-limit", job.array_limit, "tasks of an array that run at a time; 0: no limit")
      .between(0, 10'000'000)
      .with_default_shown();
  command.option("--array-size", options->array_size, "most tasks of one array; 0: as many as the cluster allows")
      .between(0, 10'000'000)
      .with_default_shown();
  command.option("--signal-seconds", job.signal_seconds, "a task is asked to stop so long before its time limit")
      .between(1, 65'535)
      .with_default_shown();
  command.option("--requeue-limit", job.requeue_limit, "starts of a task after its first")
      .between(0, 1'000'000)
      .with_default_shown();
  command.option("--launcher", job.launcher, "mpirun or srun (with --mpi=pmix)")
      .one_of({"mpirun", "srun"})
      .with_default_shown();
  command.option("--prologue", options->prologue, "file put into the scripts as it is, such as module loads");
  command.runs([options] { return submit(*options); });
}

const RegisterTrainerBody submit_body{{"submit", add_submit}};

}  // namespace

}  // namespace irmae::launchers
