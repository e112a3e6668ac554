// SPDX-License-Identifier: MIT
// A team of ranks: asks rank 0 for a cell, trains it, and so on until none is left.
//
// Where ranks have several lanes, each lane counts as a rank: lane j of L on rank r has the number r L + j. A rank is a team of
// all its lanes at first, which trains cells as one, and then splits into teams of one lane.
#pragma once

#include <chrono>
#include <filesystem>
#include <vector>

#include "framework/distributed/mpi_communicator.h"
#include "framework/distributed/request_server.h"
#include "framework/manifest/manifest.h"
#include "launchers/data_sets.h"
#include "launchers/ranks/gpu_share.h"

namespace irmae::launchers {

/// What every rank knows of the grid.
struct GridShared {
  const manifest::Plan& plan;
  std::filesystem::path place;  ///< DIR/<manifest>
  const DataSets& data;
  const std::vector<GpuShare>& gpus;  ///< of all ranks, by their numbers
  distributed::MpiSession* session;   ///< null: one process without MPI
  distributed::RequestServer& server;
  int lanes = 1;      ///< cells that a rank may train at once, see lanes.h
  int own_lanes = 1;  ///< that this rank trains at once
};

/// Trains cells until none is left for this rank. Throws what a single rank cannot share with its team.
void work(const GridShared& grid);

/// The longest time limit of the plan's cells: between two cells ranks wait for each other no longer than in one, where a rank
/// may hang as well.
std::chrono::seconds patience(const manifest::Plan& plan);

}  // namespace irmae::launchers
