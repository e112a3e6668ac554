// SPDX-License-Identifier: MIT
// One program a target (IRMAE_FUZZ_TARGET), driven by libFuzzer: built with -DIRMAE_FUZZ=ON and clang.
#include "tests/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  irmae::tests::fuzz::IRMAE_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
