// SPDX-License-Identifier: MIT
// A trained model as files for other programs, checked against the original before they are put in place.
#pragma once

#include <filesystem>
#include <string>

#include "framework/training/runs/trained_model.h"

namespace irmae::training {

/// Largest difference that is let through, as a share of the largest value.
inline constexpr double kExportTolerance = 1e-5;

struct Exported {
  std::filesystem::path safetensors, torchscript;
  std::string folding;          ///< what became of the linear layers
  std::string samples;          ///< on what both were compared, "16 validation images"
  double code_difference = 0;   ///< largest difference of a code, as a share of the largest code
  double image_difference = 0;  ///< the same of the reconstructions
};

/// Writes model.safetensors and model.pt into `folder`, which is made where it is not there. model.pt is loaded again and
/// compared with the original; throws Error, and leaves neither file, where they differ by more than kExportTolerance.
Exported export_model(const TrainedModel& trained, const std::filesystem::path& folder);

}  // namespace irmae::training
