// SPDX-License-Identifier: MIT
// What the commands encode, decode and sample leave: arrays, pictures, or one sheet of pictures, by the output's ending.
#pragma once

#include <torch/types.h>

#include <string>

#include "framework/training/runs/trained_model.h"

namespace irmae::launchers {

/// Checks where images are to go: to .npy, .h5, .hdf5, .png (one sheet) or no ending (a folder of PNG files). To be called
/// before any work: throws UsageError for other endings, for pictures of vectors, and where it would replace a run's file or
/// add to other pictures.
void check_image_output(const training::TrainedModel& trained, const std::string& name);
/// Checks where codes are to go: to .npy, .h5 or .hdf5. To be called before any work: throws UsageError for other endings, for
/// a folder, and where it would replace a run's file.
void check_code_output(const std::string& name);

/// Writes images [count, ...] to an output that check_image_output() allows. Arrays hold numbers on the scale of the
/// data set's own; pictures are rounded to bytes, what lies beyond black and white is clipped. Throws as that does, and Error
/// where a number is not finite.
void write_images(const training::TrainedModel& trained, const torch::Tensor& images, const std::string& name);
/// Writes pictures, uint8 [count, 1 or 3, height, width], side by side in one PNG about as wide as it is high.
void write_sheet(const torch::Tensor& bytes, const std::string& name);
/// Writes codes [count, latent] to an output that check_code_output() allows. Throws Error where a number is not finite.
void write_codes(const training::TrainedModel& trained, const torch::Tensor& codes, const std::string& name);

}  // namespace irmae::launchers
