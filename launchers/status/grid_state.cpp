// SPDX-License-Identifier: MIT
#include "launchers/status/grid_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "launchers/status/grid_files.h"
#include "storage/cell_paths.h"
#include "storage/error.h"
#include "storage/system/files.h"
#include "storage/text/shell_word.h"

namespace irmae::launchers {

namespace fs = std::filesystem;

namespace {

/// Slurm forgets a job minutes after its end, and may hide those of other users: two missed heartbeats decide then.
constexpr std::int64_t kFreshWithoutJobSeconds = 10;
/// irmae status --watch keeps an answer of the queue for up to a minute.
constexpr std::int64_t kOldestAnswerSeconds = 90;
/// Output folder, manifest, cell, and one to spare for folders of output folders.
constexpr int kDeepest = 3;

/// Walks through the folders.
class Collector {
 public:
  Collector(GridStatus& grid, const Observation& observation) : grid_(grid), observation_(observation) {}

  void visit(const fs::path& folder, int depth) {
    const std::string manifest = folder.filename().string();
    const std::vector<PlannedCell> plan = attempt(read_plan, folder);
    const std::vector<SlurmTask> tasks = attempt(read_tasks, folder);
    const std::size_t first = grid_.cells.size();
    std::unordered_set<std::string> planned;
    for (const PlannedCell& entry : plan) {
      if (!planned.insert(entry.folder()).second) continue;
      CellStatus& cell = add(folder / entry.folder(), manifest);
      cell.id = entry.id;
      if (entry.epochs) cell.epochs = entry.epochs;
      if (cell.state == CellProgress::done) cell.epoch = cell.epochs;
    }
    std::vector<fs::path> others;
    for (const fs::path& path : folders_in(folder)) {
      if (planned.contains(path.filename().string())) continue;
      if (is_cell_folder(path))
        add(path, manifest);
      else
        others.push_back(path);
    }
    note_tasks(tasks, first);
    if (depth < kDeepest)
      for (const fs::path& path : others) visit(path, depth + 1);
  }

  CellStatus& add(const fs::path& folder, const std::string& manifest) {
    return grid_.cells.emplace_back(cell_status(folder, manifest, observation_, grid_.problems));
  }

 private:
  template <class Read>
  auto attempt(const Read& read, const fs::path& folder) -> decltype(read(folder)) {
    try {
      return read(folder);
    } catch (const Error& error) {
      grid_.problems.emplace_back(error.what());
      return {};
    }
  }

  /// Sorted. Links are not followed: what they lead to is shown where it lies.
  std::vector<fs::path> folders_in(const fs::path& folder) {
    std::vector<fs::path> found;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
      const std::string name = entry->path().filename().string();
      std::error_code ignored;
      const bool of_jobs = name == "slurm" && !fs::exists(plan_file(entry->path()), ignored);  // and no manifest of that name
      if (name[0] != '.' && !of_jobs && !entry->is_symlink(ignored) && entry->is_directory(ignored))
        found.push_back(entry->path());
    }
    if (error) grid_.problems.push_back(fmt::format("cannot read {}: {}", folder.string(), error.message()));
    std::sort(found.begin(), found.end());
    return found;
  }

  /// Gives the cells from `first` on their Slurm jobs.
  void note_tasks(const std::vector<SlurmTask>& tasks, std::size_t first) {
    std::unordered_map<std::string, std::vector<const SlurmTask*>> by_id;
    for (const SlurmTask& task : tasks)
      if (!task.job.empty()) {
        by_id[task.cell].push_back(&task);
        by_id[storage::short_id(task.cell)].push_back(&task);
      }
    for (std::size_t i = first; i < grid_.cells.size(); ++i) {
      CellStatus& cell = grid_.cells[i];
      const auto found = by_id.find(cell.id);
      if (found == by_id.end()) continue;
      for (const SlurmTask* task : found->second) cell.jobs.push_back(task->job);
      cell.printed = found->second.back()->output;
      cell.submitted = found->second.back()->noted;
    }
  }

  GridStatus& grid_;
  const Observation& observation_;
};

/// `job`: as Slurm lists it; null where it does not any more.
std::string end_of(const std::string& name, const slurm::Job* job) {
  return job ? fmt::format("Slurm job {} ended as {}", name, job->state) : fmt::format("Slurm job {} is gone", name);
}

void check_running(CellStatus& cell, const slurm::JobQueue& queue, std::int64_t now) {
  if (cell.job.empty()) return;
  const auto job = queue.jobs.find(cell.job);
  const bool listed = job != queue.jobs.end(), ended = listed && job->second.stage == slurm::Job::Stage::ended;
  if (!ended && (listed || now - cell.updated <= kFreshWithoutJobSeconds)) return;
  cell.state = CellProgress::dead;
  cell.error = end_of(cell.job, ended ? &job->second : nullptr);
  cell.samples_per_second = cell.seconds_left = cell.seconds_whole = std::nullopt;
}

/// Slurm starts such a job by itself when its turn comes. Any other reason is shown: it may stay for ever.
bool waits_for_its_turn(const std::string& reason) {
  static const std::unordered_set<std::string> reasons = {"",           "None",      "Priority",         "Resources",
                                                          "Dependency", "BeginTime", "JobArrayTaskLimit"};
  return reasons.contains(reason);
}

void check_queued(CellStatus& cell, const slurm::JobQueue& queue) {
  for (auto name = cell.jobs.rbegin(); name != cell.jobs.rend(); ++name) {
    const auto job = queue.jobs.find(*name);
    if (job == queue.jobs.end() || job->second.stage == slurm::Job::Stage::ended) continue;
    // A job that runs is on its way to the cell, unless it is the one under which the cell has failed or died.
    const bool over = cell.state == CellProgress::failed || cell.state == CellProgress::dead;
    if (job->second.stage == slurm::Job::Stage::runs && over && *name == cell.job) continue;
    cell.state = CellProgress::queued;
    cell.job = *name;
    cell.node = job->second.node;
    cell.error.clear();
    if (job->second.stage == slurm::Job::Stage::waits && !waits_for_its_turn(job->second.reason))
      cell.held_by = job->second.reason;
    return;
  }
}

/// Such a job has not failed by itself: somebody or something took it away.
bool was_taken_away(const std::string& state) {
  static const std::unordered_set<std::string> states = {"BOOT_FAIL", "CANCELLED", "NODE_FAIL", "PREEMPTED", "REVOKED"};
  return states.contains(state);
}

/// ": see FILE", as it can be typed where this program was started.
std::string see_output(const fs::path& file) {
  std::error_code error;
  if (file.empty() || !fs::exists(file, error)) return "";  // cancelled before it began
  const fs::path here = file.lexically_relative(fs::current_path(error));
  return fmt::format(": see {}", storage::shell_path((here.empty() || *here.begin() == ".." ? file : here).string()));
}

/// A cell that says nothing of itself, not even by now, though its newest job, which is not queued, is over: it never began, as
/// when the prologue failed or the program did not start. What became of the job is all that is known.
void check_never_begun(CellStatus& cell, const slurm::JobQueue& queue, std::int64_t now) {
  std::error_code error;
  if (cell.state != CellProgress::waiting || fs::exists(cell.folder / storage::kStateFile, error)) return;
  const std::string& name = cell.jobs.back();
  const auto job = queue.jobs.find(name);
  const bool listed = job != queue.jobs.end();
  // Slurm forgets what has ended. Where it knows nothing of a job, this may be an answer from before it was submitted.
  if (!listed && (cell.submitted == 0 || now - cell.submitted <= kOldestAnswerSeconds)) return;
  cell.state = listed && !was_taken_away(job->second.state) ? CellProgress::failed : CellProgress::dead;
  cell.job = name;
  if (listed) cell.node = job->second.node;
  cell.error = end_of(name, listed ? &job->second : nullptr) + see_output(cell.printed);
}

}  // namespace

GridStatus read_grid(const fs::path& folder, const AskQueue& ask_queue) {
  std::error_code error;
  if (!storage::is_there(folder)) throw Error(fmt::format("{}: there is no such folder", folder.string()));
  const fs::path root = fs::canonical(folder, error);
  if (error || !fs::is_directory(root, error)) throw Error(fmt::format("{}: there is no such folder", folder.string()));
  GridStatus grid;
  const Observation observation;
  Collector collector(grid, observation);
  if (is_cell_folder(root))
    collector.add(root, root.parent_path().filename().string());
  else
    collector.visit(root, 0);

  const auto open = [](const CellStatus& cell) { return cell.state != CellProgress::done && !cell.jobs.empty(); };
  if (std::none_of(grid.cells.begin(), grid.cells.end(), open)) return grid;
  const slurm::JobQueue queue = ask_queue();
  if (!queue.problem.empty()) grid.notes.push_back(queue.problem);
  if (!queue.answered) return grid;
  for (CellStatus& cell : grid.cells) {
    if (!open(cell)) continue;
    if (cell.state == CellProgress::running) check_running(cell, queue, observation.now);
    if (cell.state != CellProgress::running) check_queued(cell, queue);
    check_never_begun(cell, queue, observation.now);
  }
  return grid;
}

std::vector<bool> running_among(const std::vector<fs::path>& folders) {
  const Observation observation;
  std::vector<std::string> ignored;  // problems, which irmae status tells
  std::vector<CellStatus> cells;
  for (const fs::path& folder : folders) cells.push_back(cell_status(folder, "", observation, ignored));
  const auto runs = [](const CellStatus& cell) { return cell.state == CellProgress::running; };
  if (std::ranges::any_of(cells, [&](const CellStatus& cell) { return runs(cell) && !cell.job.empty(); }))
    if (const slurm::JobQueue queue = slurm::ask_squeue(); queue.answered)
      for (CellStatus& cell : cells)
        if (runs(cell)) check_running(cell, queue, observation.now);
  std::vector<bool> running;
  for (const CellStatus& cell : cells) running.push_back(runs(cell));
  return running;
}

std::optional<double> seconds_left(const std::vector<CellStatus>& cells) {
  double whole = 0, known = 0, running = 0, unknown = 0, longest = 0, work = 0;
  for (const CellStatus& cell : cells) {
    if (cell.seconds_whole) whole += *cell.seconds_whole, ++known;
    if (cell.state == CellProgress::running) ++running;
    // Dead and failed cells do not go on by themselves.
    if (cell.state == CellProgress::running && cell.seconds_left)
      work += *cell.seconds_left, longest = std::max(longest, *cell.seconds_left);
    else if (cell.state == CellProgress::stopped || cell.state == CellProgress::queued || cell.state == CellProgress::waiting ||
             cell.state == CellProgress::running)
      ++unknown;
  }
  if (running == 0 || (unknown > 0 && known == 0)) return std::nullopt;
  if (unknown > 0) work += unknown * whole / known;
  return std::max(longest, work / running);
}

}  // namespace irmae::launchers
