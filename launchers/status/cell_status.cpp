// SPDX-License-Identifier: MIT
#include "launchers/status/cell_status.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "framework/duration.h"
#include "launchers/status/grid_files.h"
#include "storage/cell_paths.h"
#include "storage/cell_state.h"
#include "storage/error.h"
#include "storage/system/files.h"
#include "storage/system/process_space.h"
#include "storage/text/words_of.h"

namespace irmae::launchers {

namespace fs = std::filesystem;
using storage::CellPhase;

namespace {

/// A running cell that has finished no step for longer may hang. Ranks that wait for one another wait as long by default
/// (train.timeout_seconds).
constexpr double kQuietSeconds = 600;

constexpr auto kStates = storage::words_of<CellProgress::unreadable>(
    {"done", "running", "dead", "stopped", "failed", "queued", "waiting", "unreadable"});

constexpr CellProgress kInTurn[] = {CellProgress::running, CellProgress::failed,     CellProgress::dead,
                                    CellProgress::stopped, CellProgress::unreadable, CellProgress::queued,
                                    CellProgress::waiting, CellProgress::done};
static_assert(std::size(kInTurn) == kStates.words.size());

/// False also where that cannot be told: a closed folder is found by storage::is_there before, and one file that fails later
/// must not end the status of all cells.
bool is_seen(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

void take_pace(CellStatus& cell, const storage::CellState& state) {
  if (state.samples_per_second <= 0) return;
  cell.samples_per_second = state.samples_per_second;
  if (cell.state != CellProgress::running) return;
  cell.seconds_left = std::max(state.seconds_left, 0.0);
  const auto all = static_cast<double>(state.epochs);
  const double part = static_cast<double>(state.step) / static_cast<double>(std::max<std::int64_t>(state.steps, 1));
  const double left = all - static_cast<double>(state.epoch) - part;
  if (left > 0) cell.seconds_whole = *cell.seconds_left * all / left;
}

}  // namespace

const std::vector<std::string>& progress_names() {
  static const std::vector<std::string> names(kStates.words.begin(), kStates.words.end());
  return names;
}

const std::string& name_of(CellProgress progress) { return progress_names()[static_cast<std::size_t>(progress)]; }

CellProgress progress_of(const std::string& name) {
  if (const auto state = kStates.from(name)) return *state;
  throw UsageError(fmt::format("state '{}': none of {}", name, fmt::join(progress_names(), ", ")));
}

int turn_of(CellProgress progress) { return static_cast<int>(std::ranges::find(kInTurn, progress) - std::begin(kInTurn)); }

bool is_cell_folder(const fs::path& folder) {
  if (!looks_like_cell(folder.filename().string())) return false;
  try {
    for (const char* file :
         {storage::kLockFile, storage::kRunFile, storage::kStateFile, storage::kMetricsFile, storage::kCheckpointFile})
      if (storage::is_there(folder / file)) return true;
  } catch (const UnreadableFile&) {
    return true;
  }
  return false;
}

CellStatus cell_status(const fs::path& folder, const std::string& manifest, const Observation& observation,
                       std::vector<std::string>& problems) {
  const std::string name = folder.filename().string();
  const storage::FolderName parts = storage::parse_cell_folder(name).value_or(storage::FolderName{name, {}});
  CellStatus cell;
  cell.cell = parts.name;
  cell.id = parts.short_id;
  cell.manifest = manifest;
  cell.folder = folder;
  try {
    storage::is_there(folder / storage::kRunFile);
  } catch (const UnreadableFile& unreadable) {
    cell.state = CellProgress::unreadable;
    cell.error = unreadable.what();
    problems.emplace_back(unreadable.what());
    return cell;
  }
  // The order matters: whoever is gone may have had a last word since, and "complete" is said after run.h5 is there.
  auto state = storage::read_state(folder);
  const bool gone = state && storage::is_gone(*state, observation.host, observation.process_space);
  if (gone) state = storage::read_state(folder);
  const bool done = is_seen(folder / storage::kRunFile);
  if (!state && is_seen(folder / storage::kStateFile))
    problems.push_back(
        fmt::format("{}: cannot be read; the next run of this cell replaces it", (folder / storage::kStateFile).string()));
  const auto says = state ? std::optional(state->phase) : std::nullopt;
  if (state) {
    cell.epoch = state->epoch;
    cell.epochs = state->epochs;
    cell.node = state->host;
    cell.job = state->job;
    cell.updated = state->updated;
    if (!cell.job.empty()) cell.jobs.push_back(cell.job);
  }
  if (done) {
    cell.state = CellProgress::done;
    cell.epoch = cell.epochs;
    if (says == CellPhase::complete && state->wall_seconds > 0) cell.seconds_whole = state->wall_seconds;
  } else if (says == CellPhase::running) {
    const std::int64_t silent = observation.now - state->updated;
    cell.state = gone || silent > storage::kFresh.count() ? CellProgress::dead : CellProgress::running;
    if (gone)
      cell.error = fmt::format("process {} is gone", state->process);
    else if (cell.state == CellProgress::dead)
      cell.error = fmt::format("no sign of life for {}", duration(static_cast<double>(silent)));
    else if (state->seconds_since_step > kQuietSeconds)
      cell.quiet = fmt::format("{} for {}", state->epoch < state->epochs ? "no step" : "in its evaluations",
                               duration(state->seconds_since_step));
  } else if (says == CellPhase::failed) {
    cell.state = CellProgress::failed;
    cell.error = state->error;
  } else if (says == CellPhase::stopped || storage::has_checkpoint(folder)) {
    cell.state = CellProgress::stopped;
  } else {
    cell.epoch.reset();  // "complete", but its run.h5 was moved away: all of it is to be done
  }
  if (state && (cell.state == CellProgress::done || cell.state == CellProgress::running)) take_pace(cell, *state);
  return cell;
}

}  // namespace irmae::launchers
