// SPDX-License-Identifier: MIT
#include "framework/training/runs/cell_folder.h"

#include <fmt/format.h>

#include <ctime>
#include <exception>
#include <system_error>

#include "storage/cell_paths.h"
#include "storage/cell_state.h"
#include "storage/error.h"
#include "storage/run_file.h"
#include "storage/system/files.h"
#include "storage/system/host_name.h"
#include "storage/system/process_space.h"
#include "storage/system/tell.h"
#include "storage/text/utf8.h"

namespace irmae::training {

namespace fs = std::filesystem;

namespace {

/// Where a damaged one is put: each has a place of its own, so that the older does not push out the newer.
fs::path aside(const fs::path& checkpoint) { return checkpoint.string() + ".damaged"; }

/// What a run that trains the cell now says of it; nothing where there is none. Whoever trains nothing has to ask before it
/// takes the lock: where the file system keeps locks to one host, that would end a run on another.
std::optional<storage::CellState> running_in(const fs::path& path) {
  auto state = storage::read_state(path);
  const bool runs = state && state->phase == storage::CellPhase::running &&
                    std::time(nullptr) - state->updated <= storage::kFresh.count() &&
                    !storage::is_gone(*state, storage::host_name(), storage::process_space());
  if (!runs) state.reset();
  return state;
}

}  // namespace

CellFolder::CellFolder(const fs::path& path) : path_(path) {
  storage::make_folder(path);
  lock_.emplace(path);
  storage::remove_leftovers(path);
  log_.open(path / storage::kLogFile, std::ios::app);
}

fs::path CellFolder::run() const { return path_ / storage::kRunFile; }
fs::path CellFolder::metrics() const { return path_ / storage::kMetricsFile; }
fs::path CellFolder::checkpoint() const { return path_ / storage::kCheckpointFile; }
fs::path CellFolder::previous_checkpoint() const { return path_ / storage::kPreviousCheckpointFile; }

void CellFolder::tell_state(const manifest::Cell& cell, std::int64_t train_size, int ranks) {
  const Heartbeat::Work work{cell.integer("train.epochs"), train_size, cell.integer("train.batch")};
  heartbeat_.emplace(path_, work, ranks);
}

void CellFolder::log(const std::string& line) {
  log_.clear();  // what could not be written before must not keep out what follows
  log_ << storage::printable(line) << std::endl;
}

void CellFolder::failed(const std::string& error) {
  try {
    lock_->check();
  } catch (const Error&) {
    return;  // it was taken over: log.txt is the new owner's
  }
  log("failed: " + error);
  if (heartbeat_) heartbeat_->ends(storage::CellPhase::failed, error);
}

std::optional<storage::CheckpointRecord> CellFolder::newest_checkpoint(Progress& progress, const WhyDamaged& why_damaged) {
  std::optional<storage::CheckpointRecord> found;
  for (const fs::path& path : {checkpoint(), previous_checkpoint()}) {
    if (found || !fs::exists(path)) continue;
    std::string wrong;
    try {
      found = storage::read_checkpoint(path);
    } catch (const MaybeSound&) {
      throw;  // the user's to decide about
    } catch (const Error& error) {
      wrong = error.what();
    }
    if (found)
      if (const std::string why = why_damaged(*found); !why.empty()) wrong = fmt::format("{}: {}", path.string(), why);
    if (wrong.empty()) {
      // It is the newest now: the next one that is written must not push it out before it is whole.
      if (path != checkpoint()) fs::rename(path, checkpoint());
      continue;
    }
    found.reset();
    const bool another = path == checkpoint() && fs::exists(previous_checkpoint());
    const std::string line =
        fmt::format("{}; {}", wrong,
                    another ? "the checkpoint before it is tried"
                            : fmt::format("no other is there: this cell starts anew; the damaged one is kept as {}",
                                          aside(path).filename().string()));
    progress.say("warning: " + line);
    log(line);
    std::error_code ignored;
    fs::rename(path, aside(path), ignored);
  }
  return found;
}

void CellFolder::write_checkpoint(const storage::CheckpointRecord& record) {
  lock_->check();
  // The old one stays until the new one is whole: two names, each replaced in one step.
  if (fs::exists(checkpoint())) {
    const fs::path second = storage::temporary_beside(previous_checkpoint());
    std::error_code error;
    fs::remove(second, error);
    fs::create_hard_link(checkpoint(), second, error);
    if (error) fs::copy_file(checkpoint(), second, error);  // a file system without hard links
    if (!error) fs::rename(second, previous_checkpoint(), error);
    fs::remove(second, error);  // a run that ended right here left one file of two names, and renaming then does nothing
  }
  storage::write_checkpoint(checkpoint(), record);
}

void CellFolder::remove_checkpoints() {
  std::error_code ignored;
  // Sound ones last: as long as one is there, remove_forgotten_checkpoints() finds the folder.
  for (const fs::path& path : {checkpoint(), previous_checkpoint()}) fs::remove(aside(path), ignored);
  for (const fs::path& path : {checkpoint(), previous_checkpoint()}) fs::remove(path, ignored);
}

void remove_forgotten_checkpoints(const fs::path& path) {
  if (!storage::has_checkpoint(path)) return;
  try {
    CellFolder(path).remove_checkpoints();
  } catch (const std::exception&) {
    return;  // another process has the cell, or nothing can be changed here
  }
}

void note_failure(const manifest::Cell& cell, const fs::path& path, const std::string& error) {
  try {
    if (const auto other = running_in(path)) {
      storage::tell(
          "irmae: {}: process {} on {} trains this cell, as state.toml says: this start's failure is not left there\n",
          path.string(), other->process, other->host);
      return;
    }
    CellFolder folder(path);
    folder.tell_state(cell, 0, 1);
    folder.failed(error);
  } catch (const std::exception& why) {
    storage::tell("irmae: {}\n", message_of(why));
  }
}

void note_failed_rank(const fs::path& path, const Leader& leader, const std::string& place, const std::string& error) {
  const std::string text = place + ": " + error;
  try {
    storage::make_folder(path);
    if (const auto runs = running_in(path); runs && (runs->process != leader.process || runs->host != leader.host)) return;
    std::ofstream(path / storage::kLogFile, std::ios::app) << storage::printable("failed: " + text) + "\n";
    storage::CellState state = storage::read_state(path).value_or(storage::CellState{});
    state.phase = storage::CellPhase::failed;
    state.error = text;
    state.process = leader.process;
    state.process_space.clear();  // of a failed cell's process nobody asks whether it lives
    state.host = leader.host;
    storage::write_state(path, state);
  } catch (const std::exception&) {
    return;  // the error itself is the one to be told
  }
}

}  // namespace irmae::training
