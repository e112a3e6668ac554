// SPDX-License-Identifier: MIT
// The smallest files that have every part.
#pragma once

#include <string>

namespace irmae::tests::fuzz {

const std::string& small_run();
const std::string& small_metrics();
const std::string& small_checkpoint();
const std::string& small_array_file();

}  // namespace irmae::tests::fuzz
