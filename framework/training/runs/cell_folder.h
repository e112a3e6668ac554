// SPDX-License-Identifier: MIT
// A cell's folder while its cell is trained: its lock, its log, how it stands, its checkpoints.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>

#include "framework/manifest/cell.h"
#include "framework/training/runs/heartbeat.h"
#include "framework/training/runs/progress.h"
#include "storage/record.h"
#include "storage/system/folder_lock.h"

namespace irmae::training {

/// A cell's folder, held by its lock. Used on rank 0 only.
class CellFolder {
 public:
  /// Makes the folder, takes its lock and removes what a session that died has left half-written. Throws BusyError where
  /// another process trains the cell now, Error where the folder cannot be written.
  explicit CellFolder(const std::filesystem::path& path);

  std::filesystem::path run() const;
  std::filesystem::path metrics() const;

  /// Adds a line to log.txt. A line that cannot be written, as on a full disk, ends nothing.
  void log(const std::string& line);
  /// What a user should know about the folder's lock, such as that the owner before died; mostly empty.
  const std::string& lock_note() const { return lock_->note(); }

  /// From here on the folder tells that its cell is trained, until `state` ends. `train_size` in samples.
  void tell_state(const manifest::Cell& cell, std::int64_t train_size, int ranks);
  /// The state that the folder tells of. To be called after tell_state() only.
  Heartbeat& state() { return *heartbeat_; }
  /// Leaves the last word of a cell that failed. Leaves the folder alone where another process has taken it over.
  void failed(const std::string& error);

  /// What is wrong with a checkpoint that can be read; empty: nothing.
  using WhyDamaged = std::function<std::string(const storage::CheckpointRecord&)>;
  /// The newest checkpoint that can be read and is not damaged; nothing where there is none. A damaged one is named and put
  /// aside, and the one before it is taken. Throws MaybeSound, and what why_damaged throws.
  std::optional<storage::CheckpointRecord> newest_checkpoint(Progress& progress, const WhyDamaged& why_damaged);
  /// Replaces the newest checkpoint by this one. Throws Error; the checkpoint before is then still there.
  void write_checkpoint(const storage::CheckpointRecord& record);
  /// Removes all checkpoints, also those that were put aside.
  void remove_checkpoints();

 private:
  std::filesystem::path checkpoint() const;
  std::filesystem::path previous_checkpoint() const;

  std::filesystem::path path_;
  std::optional<storage::FolderLock> lock_;
  std::optional<Heartbeat> heartbeat_;  // after the lock: it ends first
  std::ofstream log_;
};

/// Removes from the folder of a complete cell the checkpoints of a run that ended before it could. Leaves the folder alone
/// where another process has it, and where it cannot be written. Throws nothing.
void remove_forgotten_checkpoints(const std::filesystem::path& folder);

/// Leaves in `folder` that the cell has failed before its training could begin. Tells on standard error where that cannot be
/// left there, and leaves the folder alone where another process trains the cell now, on whatever host. Throws nothing.
void note_failure(const manifest::Cell& cell, const std::filesystem::path& folder, const std::string& error);

/// The process that opens a cell's folder for all ranks that train it.
struct Leader {
  std::int64_t process = 0;
  std::string host;
};

/// Leaves in `folder` that the cell has failed on this rank alone, while the `leader` of its ranks may have the folder open for
/// it: both end now. Leaves the folder alone where a process other than the leader trains the cell now. `place`: the rank and
/// its phase. Throws nothing.
void note_failed_rank(const std::filesystem::path& folder, const Leader& leader, const std::string& place,
                      const std::string& error);

}  // namespace irmae::training
