// SPDX-License-Identifier: MIT
#include "framework/data/idx.h"
#include "storage/error.h"
#include "tests/fuzz/targets.h"

namespace irmae::tests::fuzz {

void idx(Bytes input) {
  const std::filesystem::path path = scratch_file("idx", input);
  for (const int axes : {1, 3}) {
    try {
      const data::Idx found = data::read_idx(path.parent_path(), "idx", axes);
      std::int64_t count = 1;
      for (const std::int64_t size : found.shape) count *= size;
      if (static_cast<int>(found.shape.size()) != axes || static_cast<std::int64_t>(found.bytes.size()) != count)
        broken("an IDX file's sizes and bytes differ");
    } catch (const Error&) {
    }
  }
}

}  // namespace irmae::tests::fuzz
