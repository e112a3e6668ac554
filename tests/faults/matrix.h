// SPDX-License-Identifier: MIT
// What became of every fault in every phase of a run, printed at the end of the program.
#pragma once

#include "tests/faults/result_table.h"

namespace irmae::tests {

/// On one host, and over two.
ResultTable& matrix(bool two_hosts);

}  // namespace irmae::tests
