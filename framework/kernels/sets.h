// SPDX-License-Identifier: MIT
// The kernels of each instruction set that the program was built with. Nothing here says whether this processor has it.
#pragma once

#include "framework/kernels/functions.h"

namespace irmae::kernels {

extern const Functions<float> avx512_float;
extern const Functions<double> avx512_double;
extern const Functions<float> avx2_float;
extern const Functions<double> avx2_double;
extern const Functions<float> generic_float;
extern const Functions<double> generic_double;

}  // namespace irmae::kernels
