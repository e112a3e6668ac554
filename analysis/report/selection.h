// SPDX-License-Identifier: MIT
// Which runs stand for which experiment of the paper. They are told apart by data, method and parameters alone: one manifest
// may hold all of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/run_set.h"

namespace irmae::analysis::report_page {

/// A method at one depth of its linear stack; layers 0: the paper's depth for the data set, or what there is.
struct Wanted {
  std::string method;
  std::int64_t layers = 0;
  std::string name{};  ///< as the paper has it; empty: from the method
};

/// A method as the paper writes it: "AE", "IRMAE", "IRMAE l=4".
std::string name_of(const Wanted& wanted);

/// The latent size that stands for a data set: the paper's where there are runs with it, else the most frequent one, the
/// largest of several; 0: no run.
std::int64_t main_latent(const std::vector<Run>& runs, const std::string& data);

/// All seeds of the configuration that stands for `wanted`, for each scale: the one whose parameters differ least from the
/// method's usual ones on the data set. What tells it from the others of this size is `named` in its labels. latent 0: the
/// main one. Empty: no run.
std::vector<Run> main_runs(const std::vector<Run>& runs, const std::string& data, const Wanted& wanted,
                           std::int64_t latent = 0);

inline void append(std::vector<Run>& all, const std::vector<Run>& more) { all.insert(all.end(), more.begin(), more.end()); }

/// Values of model.latent among a data set's runs of a method, sorted.
std::vector<std::int64_t> latents_of(const std::vector<Run>& runs, const std::string& data, const std::string& method);
/// Values of model.linear_layers among a data set's runs of a method, sorted.
std::vector<std::int64_t> depths_of(const std::vector<Run>& runs, const std::string& data, const std::string& method);

/// What these runs are, one entry a data set: "shapes: scale tiny, 512 training samples, 256 validation samples, 3 epochs, 32 a
/// batch, learning rate 0.001, 32 latents, seeds 1, 2".
std::string facts(const std::vector<Run>& runs);

/// What one data set's runs are, without its name: "celeba-half: 500 + 100 images; scale tiny, ...".
std::string facts_of_one(const std::vector<Run>& runs);

/// What is left out: "mnist, AE, VAE: n = 128 (not 32, 64); mnist, IRMAE: l = 8 (not 2, 4)": latent sizes and depths of each
/// chosen method that only other runs of it on its data set have. Empty: none.
std::string left_out(const std::vector<Run>& chosen, const std::vector<Run>& runs);

/// Finished runs of those that were started, by configuration: "AE 3/3, IRMAE l=2 2/3".
std::string counts(const std::vector<Run>& runs);

}  // namespace irmae::analysis::report_page
