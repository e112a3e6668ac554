// SPDX-License-Identifier: MIT
// Oracle: a reader in Python that follows the format's description.
#include "storage/formats/safetensors.h"

#include <gtest/gtest.h>

#include <fstream>
#include <stdexcept>

#include "storage/error.h"
#include "tests/python.h"
#include "tests/temporary_folder.h"

namespace irmae::storage {
namespace {

TEST(Safetensors, AreReadByTheirDescription) {
  if (!tests::python_has("numpy")) GTEST_SKIP() << "Python has no numpy";
  const tests::TemporaryFolder folder;
  write_safetensors(folder / "m.safetensors",
                    {{"bytes", {3}, std::vector<std::uint8_t>{1, 2, 255}},
                     {"a.weight", {2, 2}, std::vector<float>{1, 2, 3, 0.5F}},
                     {"wide", {1}, std::vector<double>{0.1}},
                     {"scalar", {}, std::vector<std::int64_t>{-7}},
                     {"empty", {0, 4}, std::vector<float>{}}},
                    {{"quote", "a \"b\" \\ \n é"}});
  std::ofstream(folder / "read.py") << R"(
import json, sys
import numpy as np
data = open(sys.argv[1], 'rb').read()
length = int.from_bytes(data[:8], 'little')
assert length % 8 == 0 and data[8:9] == b'{'
header = json.loads(data[8:8 + length])
assert header.pop('__metadata__') == {'quote': 'a "b" \\ \n é'}
types = {'F32': '<f4', 'F64': '<f8', 'I64': '<i8', 'U8': 'u1'}
values, end = {}, 0
for name, e in header.items():
    a, b = e['data_offsets']
    assert a == end and a % np.dtype(types[e['dtype']]).itemsize == 0
    end = b
    values[name] = np.frombuffer(data[8 + length + a:8 + length + b], types[e['dtype']]).reshape(e['shape'])
assert 8 + length + end == len(data)
assert values['bytes'].tolist() == [1, 2, 255] and values['a.weight'].tolist() == [[1, 2], [3, 0.5]]
assert values['wide'].tolist() == [0.1] and values['scalar'] == -7 and values['empty'].shape == (0, 4)
)";
  const tests::Result result =
      tests::run(std::string(IRMAE_PYTHON) + " " + (folder / "read.py").string() + " " + (folder / "m.safetensors").string());
  EXPECT_EQ(result.status, 0) << result.output;
}

TEST(Safetensors, RefuseEqualNamesAndFoldersThatAreNotThere) {
  const tests::TemporaryFolder folder;
  const NamedArray array{"a", {1}, std::vector<float>{1}};
  EXPECT_THROW(write_safetensors(folder / "m.safetensors", {array, array}, {}), std::logic_error);
  EXPECT_THROW(write_safetensors(folder / "absent" / "m.safetensors", {array}, {}), Error);
  EXPECT_FALSE(std::filesystem::exists(folder / "m.safetensors"));
}

}  // namespace
}  // namespace irmae::storage
