// SPDX-License-Identifier: MIT
// What gnuplot reads.
#pragma once

#include <filesystem>
#include <string>

#include "analysis/figure.h"
#include "analysis/figure_page.h"

namespace irmae::analysis {

/// `ending`: .svg, .png or .pdf.
std::string terminal_for(const std::string& ending, const Page& page);

/// Curves, the panel's data included; `number`: the panel's, for the data's names. `ending`: as above.
std::string script_for_curves(const Panel& panel, const Page& page, std::size_t number, const std::string& ending);

/// At the top of a place of its row's tallest picture, below room for its row's highest title. `bytes`: the file with the
/// picture's, since gnuplot reads binary data from files only.
std::string script_for_raster(const Panel& panel, const Page& page, std::size_t row, const std::filesystem::path& bytes);

}  // namespace irmae::analysis
