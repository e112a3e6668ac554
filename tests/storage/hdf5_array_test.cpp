// SPDX-License-Identifier: MIT
// One dataset of a user's own HDF5 file, and what is said where the name is not one's.
#include "storage/formats/hdf5_array.h"

#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "storage/hdf5/writer.h"
#include "tests/contains.h"
#include "tests/message_of.h"
#include "tests/python.h"
#include "tests/temporary_folder.h"

namespace irmae::storage {
namespace {

class Hdf5Array : public testing::Test {
 protected:
  void SetUp() override {
    hdf5::Writer file;
    for (const char* name : {"x", "y"}) {
      hdf5::Group group = file.group("/g");
      group.dataset({name, {}, std::vector<double>{7}}, {}, name, "1");
    }
    file.group("/words").text("t", "three words here", "a text");
    file.group("/empty");
    for (int i = 0; i < 30; ++i) file.group("/many/" + std::to_string(100 + i));
    file.commit(path());
  }
  std::string why_not(const std::string& dataset) const {
    return tests::message_of([&] { read_hdf5_array(path(), dataset); });
  }
  std::filesystem::path path() const { return folder / "a.h5"; }
  /// Runs lines of Python in the folder.
  void python(const std::string& code) const {
    std::ofstream(folder / "code.py") << "import h5py, numpy\n" + code;
    const auto made = tests::run("cd " + folder.string() + " && " IRMAE_PYTHON " code.py");
    ASSERT_EQ(made.status, 0) << made.output;
  }

  tests::TemporaryFolder folder;
};

TEST_F(Hdf5Array, IsReadByItsPathWithOrWithoutTheFirstSlash) {
  for (const char* dataset : {"g/x", "/g/x"})
    EXPECT_EQ(std::get<std::vector<double>>(read_hdf5_array(path(), dataset).values), std::vector<double>{7});
}

TEST_F(Hdf5Array, ThatIsAGroupIsSaidToBeOneWithWhatIsInIt) {
  EXPECT_EQ(why_not("g"), path().string() + ": /g is a group and no dataset; in it are /g/x, /g/y");
  EXPECT_CONTAINS(why_not("/"), "/ is a group and no dataset; in it are /empty, /g, /many, /words");
  EXPECT_CONTAINS(why_not("empty"), "/empty is a group and no dataset; it is empty");
  EXPECT_CONTAINS(why_not("many"), "/many/119, ... (30 in all)");
  EXPECT_CONTAINS(why_not("absent"), "has no dataset /absent; at its top are /empty, /g, /many, /words");
}

TEST_F(Hdf5Array, WithNumbersThatStandForMissingOnesIsRefusedWhereAllAreWanted) {
  if (!tests::python_has("h5py")) GTEST_SKIP() << "Python has no h5py";
  python(
      "f = h5py.File('gaps.h5', 'w')\n"
      "f['real'] = numpy.arange(6, dtype='f4').reshape(3, 2)\n"
      "f['real'][2, 1] = 9.96921e36\n"
      "f['real'].attrs.create('_FillValue', [9.96921e36], dtype='f4')\n"  // an array of one, as netCDF writes it
      "f['whole'] = numpy.array([[1, 2], [-32768, 4]], dtype='i2')\n"
      "f['whole'].attrs['missing_value'] = numpy.int16(-32768)\n"
      "f['none'] = numpy.ones((2, 2))\n"
      "f['none'].attrs['_FillValue'] = 7.\n"
      "f['odd'] = numpy.ones((2, 2))\n"
      "f['odd'].attrs['_FillValue'] = [1., 2.]\n"
      "f['bytes'] = numpy.zeros((2, 2), dtype='u1')\n"
      "f['bytes'].attrs['_FillValue'] = numpy.uint8(0)\n");
  const std::filesystem::path gaps = folder / "gaps.h5";
  const auto wrong = [&](const char* dataset) { return tests::message_of([&] { read_hdf5_array(gaps, dataset, true); }); };

  EXPECT_CONTAINS(wrong("real"), ": /real has 9.969");
  EXPECT_CONTAINS(wrong("real"), "which stands for missing values (_FillValue): the first is in sample 2");
  EXPECT_CONTAINS(wrong("whole"),
                  "/whole has -32768, which stands for missing values (missing_value): the first is in sample 1");
  for (const char* dataset : {"none", "odd", "bytes"}) EXPECT_NO_THROW(read_hdf5_array(gaps, dataset, true)) << dataset;
  EXPECT_NO_THROW(read_hdf5_array(gaps, "real")) << "labels may be missing";
}

TEST_F(Hdf5Array, ThatUnpacksToAHundredTimesItsBytesOrAGibibyteIsRead) {
  if (!tests::python_has("h5py")) GTEST_SKIP() << "Python has no h5py";
  python(
      "f = h5py.File('packed.h5', 'w')\n"
      "f.create_dataset('x', shape=(2500, 256, 256), dtype='u1', chunks=(50, 256, 256), compression='gzip')\n"
      "for i in range(0, 2500, 50): f['x'][i:i + 50] = 1\n");

  EXPECT_EQ(read_hdf5_array(folder / "packed.h5", "x").shape, (std::vector<std::int64_t>{2500, 256, 256}))
      << "164 MB of bytes, 1.3 GB if they were numbers of 8 bytes";
}

TEST_F(Hdf5Array, ThatHoldsTextIsSaidToHoldIt) {
  EXPECT_EQ(why_not("words/t"), path().string() +
                                    ": /words/t holds text: wanted are numbers, such as labels by "
                                    "numpy.unique(labels, return_inverse=True)[1]");
}

TEST_F(Hdf5Array, OfAVersionOfHdf5ThatIsNotKnownIsToldWithTheWayOut) {
  if (!tests::python_has("h5py")) GTEST_SKIP() << "Python has no h5py";
  python(R"(
import re
h5py.File('a.h5', 'w')['x'] = [float(i) for i in range(7)]
b = bytearray(open('a.h5', 'rb').read())
layouts = list(re.finditer(rb'\x03\x01.{8}' + (56).to_bytes(8, 'little'), b, re.S))  # version 3, contiguous, at, bytes
assert len(layouts) == 1
b[layouts[0].start()] = 99
open('a.h5', 'wb').write(b)
)");

  EXPECT_CONTAINS(why_not("x"),
                  "a.h5: /x: the file is damaged, or a newer version of HDF5 wrote it than reads it here: save it");
}

TEST_F(Hdf5Array, WithoutValuesOfItsOwnIsToldSo) {
  if (!tests::python_has("h5py")) GTEST_SKIP() << "Python has no h5py";
  python(
      "h5py.File('other.h5', 'w')['x'] = [1., 2., 3., 4.]\n"
      "f = h5py.File('a.h5', 'w')\n"
      "layout = h5py.VirtualLayout((4,), 'f8')\n"
      "layout[:] = h5py.VirtualSource('other.h5', 'x', (4,))\n"
      "f.create_virtual_dataset('virtual', layout)\n"
      "f.create_dataset('raw', (4,), 'f8', external=[('raw.bin', 0, 32)])[:] = 1\n"
      "f['elsewhere'] = h5py.ExternalLink('other.h5', '/x')\n"
      "f['nothing'] = h5py.SoftLink('/absent')\n"
      "f['empty'] = h5py.Empty('f8')\n"
      "f.create_dataset('never', (4,), 'f8')\n"
      "f.create_dataset('chunked', (4,), 'f8', chunks=True)\n"
      "f['none'] = [0.] * 0\n"
      "f['real'] = [1., 2.]\n"
      "f['also'] = h5py.SoftLink('/real')\n"
      "f.close()\n");
  const std::string copy = ": copy the values into a dataset of their own in this file";

  for (const char* name : {"virtual", "raw"})
    EXPECT_EQ(why_not(name), path().string() + ": /" + name + " has its values in other files" + copy);
  EXPECT_EQ(why_not("elsewhere"), path().string() + ": /elsewhere is a link to another file" + copy);
  EXPECT_EQ(why_not("nothing"), path().string() + ": /nothing is a link to nothing");
  EXPECT_EQ(why_not("empty"), path().string() + ": /empty is empty: it has no shape and holds no values");
  for (const char* name : {"never", "chunked"})
    EXPECT_EQ(why_not(name), path().string() + ": /" + name + " was never written: it holds no values");
  for (const char* name : {"none", "real", "also"}) EXPECT_EQ(why_not(name), "") << name;
}

TEST_F(Hdf5Array, ThatWasWrittenInPartIsToldSo) {
  if (!tests::python_has("h5py")) GTEST_SKIP() << "Python has no h5py";
  python(
      "f = h5py.File('a.h5', 'w')\n"
      "for name, shape, packed in [('half', (100, 6), None), ('packed', (100, 6), 'gzip')]:\n"
      "  f.create_dataset(name, shape, 'f8', chunks=(10, 6), compression=packed)[:50] = 1\n"
      "for name, packed in [('whole', None), ('zeros', 'gzip')]:\n"
      "  f.create_dataset(name, (95, 6), 'f8', chunks=(10, 4), compression=packed)[:] = 0\n"
      "f.create_dataset('more', (20, 6), 'f8', chunks=(10, 6), maxshape=(None, 6))[:] = 1\n"
      "f.close()\n");

  for (const char* name : {"half", "packed"})
    EXPECT_CONTAINS(why_not(name), path().string() + ": /" + name + " was written in part: 5 of its 10 chunks hold no values");
  for (const char* name : {"whole", "zeros", "more"}) EXPECT_EQ(why_not(name), "") << name;
}

TEST_F(Hdf5Array, OfANumberThatNoInt64HoldsIsRefused) {
  if (!tests::python_has("h5py")) GTEST_SKIP() << "Python has no h5py";
  python(
      "f = h5py.File('a.h5', 'w')\n"
      "f['large'] = numpy.array([1, 2**63, 2], '>u8')\n"
      "f['most'] = numpy.array([0, 2**63 - 1], 'u8')\n"
      "f.close()\n");

  EXPECT_EQ(why_not("large"), path().string() + ": /large: the value 9223372036854775808 does not fit 64 bits with a sign");
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(read_hdf5_array(path(), "most").values),
            (std::vector<std::int64_t>{0, std::numeric_limits<std::int64_t>::max()}));
}

TEST_F(Hdf5Array, InManySmallChunksIsReadSomeAtATime) {
  if (!tests::python_has("h5py")) GTEST_SKIP() << "Python has no h5py";
  // More chunks than are read at once along the first axis, along the second, and in all; shapes that they do not divide.
  python(
      "f = h5py.File('a.h5', 'w')\n"
      "for i, (shape, chunks) in enumerate([((3001,), (2,)), ((31, 73), (2, 1)), ((5, 1, 2099), (1, 1, 1)), ((3, 40, 41), (1, 1, "
      "1))]):\n"
      "  f.create_dataset(str(i), data=numpy.arange(numpy.prod(shape), dtype='f8').reshape(shape), chunks=chunks)\n"
      "f.close()\n");

  for (const auto& [name, count] : {std::pair{"0", 3001}, {"1", 31 * 73}, {"2", 5 * 2099}, {"3", 3 * 40 * 41}}) {
    std::vector<double> wanted(static_cast<std::size_t>(count));
    std::iota(wanted.begin(), wanted.end(), 0.0);
    EXPECT_EQ(std::get<std::vector<double>>(read_hdf5_array(path(), name).values), wanted) << name;
  }
}

TEST_F(Hdf5Array, InTooManyChunksIsRefusedBeforeTheyAreRead) {
  if (!tests::python_has("h5py")) GTEST_SKIP() << "Python has no h5py";
  python(
      "f = h5py.File('a.h5', 'w')\n"
      "f.create_dataset('x', (1000001,), 'u1', chunks=(1,))[0] = 7\n"
      "f.close()\n");

  EXPECT_CONTAINS(why_not("x"), path().string() + ": /x is stored in 1000001 chunks, and at most 1000000 are read");
}

}  // namespace
}  // namespace irmae::storage
