// SPDX-License-Identifier: MIT
// What tables, figures and the report call the data that runs are of.
#pragma once

#include <vector>

#include "analysis/run_set.h"

namespace irmae::analysis {

/// Sets each run's data_name: the kind, and of a user's own data, which data.folder or data.file names, the folder's or the
/// file's name too, "images:pets" or "array:codes". Sets that would share a name have their whole paths, and datasets of one
/// HDF5 file their own as well. Where runs of the same parameters of the data had other samples (another folder in IRMAE_DATA,
/// a file that was changed), those that most runs had keep the name, and others have the start of their samples' SHA-256 behind
/// it, "mnist:8d2296cd".
void name_data_sets(std::vector<Run>& runs);

}  // namespace irmae::analysis
