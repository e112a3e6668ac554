// SPDX-License-Identifier: MIT
#include "framework/data/table_file.h"
#include "storage/error.h"
#include "storage/formats/npy.h"
#include "tests/fuzz/targets.h"

namespace irmae::tests::fuzz {

void plain_files(Bytes input) {
  try {
    const storage::NamedArray array = storage::read_npy(scratch_file("array.npy", input));
    std::size_t count = 1;
    for (const std::int64_t size : array.shape) count *= static_cast<std::size_t>(size);
    std::visit(
        [&](const auto& values) {
          if (values.size() != count) broken("an array's shape and values differ");
        },
        array.values);
  } catch (const Error&) {
  }
  try {
    const data::TableFile table = data::read_table(scratch_file("table.csv", input));
    for (const auto& row : table.rows)
      if (row.size() != table.columns.size()) broken("a row of another length");
  } catch (const Error&) {
  }
}

}  // namespace irmae::tests::fuzz
