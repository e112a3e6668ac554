// SPDX-License-Identifier: MIT
#include "launchers/slurm/submission.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "framework/counted.h"
#include "launchers/slurm/array_folders.h"
#include "launchers/slurm/commands.h"
#include "launchers/slurm/quoting.h"
#include "launchers/slurm/slurm_queue.h"
#include "storage/error.h"
#include "storage/system/files.h"
#include "storage/text/toml_entries.h"

namespace irmae::slurm {

namespace fs = std::filesystem;

namespace {

constexpr const char* kScript = "job.sh";
constexpr const char* kCells = "cells";

/// The ids in an array's file of cells, by task. Empty where there is none.
std::vector<std::string> ids_of(const fs::path& cells) {
  if (!storage::is_there(cells)) return {};
  std::istringstream file(storage::read_text(cells));
  std::vector<std::string> ids;
  for (std::string line; std::getline(file, line);) ids.push_back(line.substr(line.find(' ') + 1));
  return ids;
}

std::size_t first_free_number(const fs::path& folder) {
  const auto taken = array_folders(folder);
  return taken.empty() ? 1 : taken.rbegin()->first + 1;
}

void add_records(const fs::path& file, JobRecords& records) {
  try {
    for (const storage::TomlEntry& task : storage::read_entries(file, "task", {"cell", "job"})) {
      if (task[0].empty() || task[1].empty()) throw Error("a task without cell or job");
      records[task[0]] = task[1];
    }
  } catch (const std::exception& error) {
    throw Error(
        fmt::format("{}: {}; without it irmae submit cannot tell which cells are queued: see squeue, and remove the "
                    "file once none is",
                    file.string(), error.what()));
  }
}

/// The newest task of each cell, by the records of every array in `folder` (DIR/<manifest>/slurm). Throws Error for a file that
/// cannot be understood.
JobRecords read_records(const fs::path& folder) {
  JobRecords records;
  for (const fs::path& file : record_files(folder)) add_records(file, records);
  return records;
}

/// Whether Slurm runs a task of this state, or may still run it (again) by itself.
bool is_active(const std::string& state) { return stage_of(state) != Job::Stage::ended; }

}  // namespace

Queued queued_cells(const fs::path& folder, const std::string& manifest) {
  std::map<std::string, std::string> cell_of;  // by task
  for (const auto& [cell, job] : read_records(folder)) cell_of[job] = cell;

  Queued queued;
  std::set<std::string> jobs;
  std::map<std::string, std::vector<std::string>> arrays;  // ids by script; empty: not one of this folder
  for (const auto& [task, entry] : queue(job_name(manifest))) {
    if (!is_active(entry.state)) continue;
    std::string cell;
    if (const auto known = cell_of.find(task); known != cell_of.end()) cell = known->second;
    const auto [array, unseen] = arrays.try_emplace(entry.script);
    const fs::path place = fs::path(entry.script).parent_path();
    std::error_code elsewhere;
    if (unseen && fs::equivalent(place.parent_path(), folder, elsewhere)) array->second = ids_of(place / kCells);
    if (const auto index = task_index(task); cell.empty() && index && *index < array->second.size())
      cell = array->second[*index];
    if (cell.empty()) continue;
    queued.cells[cell] = task;
    jobs.insert(task.substr(0, task.find('_')));
  }
  queued.jobs.assign(jobs.begin(), jobs.end());
  return queued;
}

std::vector<std::string> left_behind(const Queued& queued, const std::set<std::string>& cells) {
  struct Tasks {
    std::vector<std::size_t> left;
    std::size_t all = 0;
  };
  std::map<std::string, Tasks> jobs;
  for (const auto& [cell, task] : queued.cells) {
    Tasks& tasks = jobs[task.substr(0, task.find('_'))];
    ++tasks.all;
    if (!cells.contains(cell)) tasks.left.push_back(task_index(task).value_or(0));
  }
  std::vector<std::string> lines;
  for (auto& [job, tasks] : jobs) {
    if (tasks.left.empty()) continue;
    std::ranges::sort(tasks.left);
    const std::string which =
        tasks.left.size() == tasks.all ? job : shell_word(fmt::format("{}_[{}]", job, fmt::join(tasks.left, ",")));
    lines.push_back(
        fmt::format("job {}: {} of cells that this plan does not have, queued or running; if no longer wanted: scancel {}", job,
                    counted(tasks.left.size(), "task"), which));
  }
  return lines;
}

std::string queued_report(const fs::path& script, const std::string& manifest) {
  for (const auto& [job, entry] : queue(report_name(manifest))) {
    std::error_code elsewhere;
    if (is_active(entry.state) && fs::equivalent(entry.script, script, elsewhere)) return job;
  }
  return "";
}

std::vector<Array> arrays_of(const manifest::Plan& plan, const JobOptions& options, const JobPlace& place,
                             std::size_t largest) {
  std::map<int, std::vector<manifest::Cell>> by_ranks;
  for (const manifest::Cell& cell : plan.cells) {
    const auto own = static_cast<int>(cell.integer("train.ranks"));
    by_ranks[own > 0 ? own : options.resources.ranks].push_back(cell);
  }
  std::vector<Array> arrays;
  std::size_t number = first_free_number(place.folder);
  for (const auto& [ranks, cells] : by_ranks)
    for (std::size_t start = 0; start < cells.size(); start += largest, ++number) {
      const auto first = cells.begin() + static_cast<std::ptrdiff_t>(start);
      const std::size_t tasks = std::min(largest, cells.size() - start);
      Array array{place, {plan.name, plan.scale, {first, first + static_cast<std::ptrdiff_t>(tasks)}}, ranks, {}};
      array.place.folder /= std::to_string(number);
      JobOptions own = options;
      own.resources.ranks = ranks;
      array.script = array_script(own, array.place, tasks);
      arrays.push_back(std::move(array));
    }
  return arrays;
}

void write_array(const Array& array) {
  storage::make_folder(array.place.folder);
  std::string cells;
  for (const manifest::Cell& cell : array.plan.cells) cells += fmt::format("{} {}\n", cell.name, cell.id());
  storage::replace_file(array.place.folder / kCells, cells);
  storage::replace_file(array.place.folder / kScript, array.script.text);
}

std::string submit_array(const Array& array) {
  const std::string job = submit(array.place.folder / kScript, array.script.options);
  JobRecords records;
  for (std::size_t task = 0; task < array.plan.cells.size(); ++task)
    records[array.plan.cells[task].id()] = fmt::format("{}_{}", job, task);
  std::string text = "# Written by irmae submit: the Slurm task that each cell was last given to.\n";
  for (const auto& [cell, task] : records) text += fmt::format("\n[[task]]\ncell = \"{}\"\njob = \"{}\"\n", cell, task);
  // One file an array, as an array is recorded before the next one is submitted: one of all would be written again for each.
  storage::replace_file(array.place.folder / kRecords, text);
  return job;
}

}  // namespace irmae::slurm
