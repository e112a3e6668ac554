// SPDX-License-Identifier: MIT
// How a cell that is not complete stands: state.toml in its folder, replaced every few seconds while it is trained, so that
// others (irmae status, a person) can tell a running cell from a dead one.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace irmae::storage {

/// What a cell does, or how its last session ended. stopped: by a signal, with a checkpoint.
enum class CellPhase { running, stopped, failed, complete };

/// A running cell renews its state this often.
inline constexpr std::chrono::seconds kBeat{5};

/// One whose state is older is dead. Six misses in a row: a file server under load delays some, and the clocks of two hosts
/// differ by seconds.
inline constexpr std::chrono::seconds kFresh{30};
static_assert(kFresh > 4 * kBeat);

/// One cell as its rank 0 last said it.
struct CellState {
  CellPhase phase = CellPhase::running;
  std::int64_t epoch = 0;         ///< finished epochs
  std::int64_t epochs = 0;        ///< wanted epochs
  std::int64_t step = 0;          ///< finished steps of the current epoch
  std::int64_t steps = 0;         ///< steps in an epoch
  double samples_per_second = 0;  ///< of all ranks, in this session
  double seconds_left = 0;        ///< of training
  double seconds_since_step = 0;  ///< since the last finished step, or this session's start
  std::int64_t ranks = 1;
  std::string host;           ///< of rank 0
  std::int64_t process = 0;   ///< rank 0's
  std::string process_space;  ///< where its number means that process; empty: the system does not tell
  std::string job;            ///< SLURM's "<array>_<task>" or "<job>"; empty outside Slurm
  std::int64_t updated = 0;   ///< seconds since 1970
  std::string error;          ///< why it failed, first line
  double wall_seconds = 0;    ///< of a complete cell, in all its sessions; 0 before
  std::int64_t deaths = 0;    ///< starts in a row before this one that ended without a word
};

/// Replaces `folder`/state.toml by this state. Throws Error naming the file and the reason.
void write_state(const std::filesystem::path& folder, const CellState& state);

/// The state that `folder`/state.toml holds; nothing where there is none, or one that cannot be read or names no phase that is
/// known here.
std::optional<CellState> read_state(const std::filesystem::path& folder);

/// Whether the process that said so, if the cell is running, is known to have ended. It is asked for only where its number
/// means that process: on this host, in this process_space().
bool is_gone(const CellState& state, const std::string& host, const std::string& process_space);

}  // namespace irmae::storage
