// SPDX-License-Identifier: MIT
// What gnuplot reads.
#pragma once

#include <filesystem>
#include <string>

#include "analysis/drawing/figure.h"
#include "analysis/drawing/figure_page.h"

namespace irmae::analysis {

/// Name and options of gnuplot's terminal that draws the page to a file with this ending: .svg, .png or .pdf.
std::string terminal_for(const std::string& ending, const Page& page);

/// Commands that draw a panel's curves, with its data, which are named by the panel's `number`. `ending`: of the file that is
/// drawn, .svg, .png or .pdf.
std::string script_for_curves(const Panel& panel, const Page& page, std::size_t number, const std::string& ending);

/// Commands that draw a panel's picture, at the top of a place for the tallest picture of `row` and below room for its highest
/// title. `bytes`: a file with the picture's, since gnuplot reads binary data from files only.
std::string script_for_raster(const Panel& panel, const Page& page, std::size_t row, const std::filesystem::path& bytes);

}  // namespace irmae::analysis
