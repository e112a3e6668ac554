// SPDX-License-Identifier: MIT
// Who made a run, with what and where: kept in run.h5, never part of a cell's identity.
#pragma once

#include <string>

#include "framework/data/dataset.h"
#include "framework/distributed/communicator.h"
#include "framework/manifest/cell.h"
#include "storage/record.h"

namespace irmae::training {

using Notes = storage::Attributes;

/// The provenance of a run by this process: the method's name for people; irmae's version, git commit and compiler; versions of
/// libraries; host, processor, device, ranks, threads, kernels and all-reduce; when it was started.
Notes provenance(const manifest::Cell& cell, const distributed::Communicator& communicator, const std::string& device,
                 const std::string& kernels, const std::string& mpi);

/// What differs between the provenance before and now that may change the last digits of a run that goes on: "libtorch 2.10.0
/// before, 2.11.0 now". Empty: nothing.
std::string what_differs(const Notes& before, const Notes& now);

/// The data set as provenance: what it is, its samples' shape, its classes' names, its digest.
Notes data_provenance(const data::Dataset& dataset);

/// Checks that a run that goes on has the data that it had before. Throws Error where it has others, and nothing where notes of
/// earlier versions do not say. `otherwise`: what can be done instead of bringing the data back, for the message.
void check_same_data(const Notes& before, const Notes& now, const std::string& otherwise);

/// User and system time of this process so far, seconds.
double cpu_seconds();

}  // namespace irmae::training
