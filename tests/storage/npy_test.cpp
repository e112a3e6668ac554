// SPDX-License-Identifier: MIT
// Oracle: NumPy writes what is read here, and reads what is written here. What needs none is tested without it, too.
#include "storage/formats/npy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "storage/error.h"
#include "storage/system/files.h"
#include "tests/contains.h"
#include "tests/message_of.h"
#include "tests/python.h"
#include "tests/temporary_folder.h"

namespace irmae::storage {
namespace {

class Npy : public testing::Test {
 protected:
  /// A file of version 1 with this header and so many bytes behind it.
  void write_raw(std::string header, std::size_t bytes) const {
    header += '\n';
    std::string file = "\x93NUMPY";
    file += {'\1', '\0', static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
    file += header + std::string(bytes, '\0');
    replace_file(path(), file);
  }

  /// Empty where it is read.
  std::string why_not() const {
    return tests::message_of([&] { read_npy(path()); });
  }

  std::filesystem::path path() const { return folder / "some array.npy"; }

  tests::TemporaryFolder folder;
};

class NpyOfNumpy : public Npy {
 protected:
  void SetUp() override {
    if (!tests::python_has("numpy")) GTEST_SKIP() << "Python has no numpy";
  }

  /// Runs Python in which `path` is the file's name.
  void python(const std::string& code) const {
    std::ofstream(folder / "code.py") << "import numpy as np\npath = '" << path().string() << "'\n" << code << "\n";
    const tests::Result result = tests::run(std::string(IRMAE_PYTHON) + " " + (folder / "code.py").string());
    ASSERT_EQ(result.status, 0) << result.output;
  }

  NamedArray read(const std::string& expression) const {
    python("np.save(path, " + expression + ")");
    return read_npy(path());
  }
};

template <class T>
const std::vector<T>& values(const NamedArray& array) {
  return std::get<std::vector<T>>(array.values);
}

TEST_F(NpyOfNumpy, ReadsPlainTypesAsTheyAreAndWidensTheOthers) {
  using I = std::int64_t;
  EXPECT_EQ(values<float>(read("np.array([0.1, -2], 'f4')")), (std::vector<float>{0.1F, -2}));
  EXPECT_EQ(values<double>(read("np.array([0.1, -2], 'f8')")), (std::vector<double>{0.1, -2}));
  EXPECT_EQ(values<I>(read("np.array([2**62, -3], 'i8')")), (std::vector<I>{I{1} << 62, -3}));
  EXPECT_EQ(values<std::uint8_t>(read("np.array([255, 3], 'u1')")), (std::vector<std::uint8_t>{255, 3}));
  EXPECT_EQ(values<I>(read("np.array([-128, 3], 'i1')")), (std::vector<I>{-128, 3}));
  EXPECT_EQ(values<I>(read("np.array([-30000, 3], 'i2')")), (std::vector<I>{-30000, 3}));
  EXPECT_EQ(values<I>(read("np.array([-2**31, 3], 'i4')")), (std::vector<I>{-(I{1} << 31), 3}));
  EXPECT_EQ(values<I>(read("np.array([65535, 3], 'u2')")), (std::vector<I>{65535, 3}));
  EXPECT_EQ(values<I>(read("np.array([2**32 - 1, 3], 'u4')")), (std::vector<I>{(I{1} << 32) - 1, 3}));
  EXPECT_EQ(values<I>(read("np.array([2**63 - 1, 3], 'u8')")), (std::vector<I>{std::numeric_limits<I>::max(), 3}));
  EXPECT_EQ(values<float>(read("np.array([True, False])")), (std::vector<float>{1, 0}));
  const std::vector<float> halves = values<float>(read("np.array([0.1, -65504, 2**-24, np.inf, -0.0], 'f2')"));
  EXPECT_EQ(halves[0], 0.0999755859375F);
  EXPECT_EQ(halves[1], -65504);
  EXPECT_EQ(halves[2], 0x1p-24F);
  EXPECT_EQ(halves[3], std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::signbit(halves[4]));
}

TEST_F(NpyOfNumpy, GivesCOrderWhateverTheByteOrderAndTheOrderOfTheAxes) {
  const NamedArray plain = read("np.arange(24, dtype='<f4').reshape(2, 3, 4)");
  EXPECT_EQ(plain.name, "some array");
  EXPECT_EQ(plain.shape, (std::vector<std::int64_t>{2, 3, 4}));
  for (const char* other :
       {"np.arange(24, dtype='>f4').reshape(2, 3, 4)", "np.asfortranarray(np.arange(24, dtype='<f4').reshape(2, 3, 4))",
        "np.asfortranarray(np.arange(24, dtype='>f4').reshape(2, 3, 4))"}) {
    const NamedArray array = read(other);
    EXPECT_EQ(array.shape, plain.shape) << other;
    EXPECT_EQ(array.values, plain.values) << other;
  }
  EXPECT_EQ(values<std::int64_t>(read("np.array([1, 2**40], '>u8')")), (std::vector<std::int64_t>{1, std::int64_t{1} << 40}));
}

TEST_F(NpyOfNumpy, ReadsScalarsEmptyArraysAndTheLaterVersions) {
  EXPECT_TRUE(read("np.array(3.5)").shape.empty());
  EXPECT_EQ(read("np.zeros((0, 5))").shape, (std::vector<std::int64_t>{0, 5}));
  for (const char* version : {"(2, 0)", "(3, 0)"}) {
    python(std::string("np.lib.format.write_array(open(path, 'wb'), np.array([1.0, 2.0]), ") + version + ")");
    EXPECT_EQ(values<double>(read_npy(path())), (std::vector<double>{1, 2})) << version;
  }
}

TEST_F(NpyOfNumpy, IsReadByNumpy) {
  write_npy(path(), {"a", {2, 3}, std::vector<float>{1, 2, 3, 4, 5, 0.1F}});
  python(
      "a = np.load(path)\nassert a.dtype == 'f4' and a.shape == (2, 3) and a.flags.c_contiguous\n"
      "assert (a == np.array([[1, 2, 3], [4, 5, 0.1]], 'f4')).all()");
  write_npy(path(), {"a", {2}, std::vector<double>{0.1, 2}});
  python("a = np.load(path)\nassert a.dtype == 'f8' and a.tolist() == [0.1, 2]");
  write_npy(path(), {"a", {1, 1, 1, 2}, std::vector<std::uint8_t>{0, 255}});
  python("a = np.load(path)\nassert a.dtype == 'u1' and a.shape == (1, 1, 1, 2) and a.ravel().tolist() == [0, 255]");
  write_npy(path(), {"a", {}, std::vector<std::int64_t>{-7}});
  python("a = np.load(path)\nassert a.dtype == 'i8' and a.shape == () and a == -7");
  write_npy(path(), {"a", {0, 4}, std::vector<float>{}});
  python(
      "a = np.load(path)\nassert a.dtype == 'f4' and a.shape == (0, 4)\n"
      "import os\nassert os.path.getsize(path) % 64 == 0");
}

TEST_F(NpyOfNumpy, NamesTheTypesThatItCannotRead) {
  python("np.save(path, np.array([{}, []], dtype=object), allow_pickle=True)");
  EXPECT_CONTAINS(why_not(), "Python objects");
  EXPECT_CONTAINS(why_not(),
                  "save them with .astype('float32'), or save labels as numpy.unique(labels, return_inverse=True)[1]");
  for (const char* texts : {"np.array(['b', 'a'])", "np.array([b'b', b'a'])"}) {
    python(std::string("np.save(path, ") + texts + ")");
    EXPECT_CONTAINS(why_not(), "only plain numbers: save labels as numpy.unique(labels, return_inverse=True)[1]") << texts;
  }
  for (const char* array : {"np.array(['text'])", "np.array([1j])", "np.array(['2020-01-01'], 'M8[D]')"}) {
    python(std::string("np.save(path, ") + array + ")");
    EXPECT_CONTAINS(why_not(), "only plain numbers") << array;
  }
  python("np.save(path, np.zeros(3, dtype=[('x', 'f4'), ('y', 'f4')]))");
  EXPECT_CONTAINS(why_not(), "several fields");
  python("np.save(path, np.array([2**63], 'u8'))");
  EXPECT_CONTAINS(why_not(), "9223372036854775808 does not fit");
}

TEST_F(Npy, NamesAFileThatIsNone) {
  EXPECT_CONTAINS(why_not(), "some array.npy: cannot be read");
  std::ofstream(path()) << "PK\3\4 an archive";
  EXPECT_CONTAINS(why_not(), "is not a .npy file");
  std::ofstream(path()) << "";
  EXPECT_CONTAINS(why_not(), "is not a .npy file");
}

TEST_F(Npy, AFileThatIsCutShortAnywhereIsRefused) {
  write_npy(path(), {"a", {10}, std::vector<double>(10, 0.1)});
  const std::string whole = read_text(path());
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    replace_file(path(), whole.substr(0, bytes));
    EXPECT_NE(why_not(), "") << bytes;
  }
  replace_file(path(), whole.substr(0, whole.size() - 1));
  EXPECT_CONTAINS(why_not(), "cut short: 79 of 80 bytes");
}

TEST_F(Npy, AHeaderIsNotTrusted) {
  const auto header = [](const std::string& descr, const std::string& shape) {
    return "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }";
  };
  write_raw(header("<f4", "(2,)"), 8);
  EXPECT_EQ(why_not(), "");
  for (const char* shape : {"(4000000000000,)", "(4294967296, 4294967296)", "(3037000500, 3037000500, 4)",
                            "(0, 9223372036854775800)", "(99999999999999999999999,)", "(-1,)", "(2", "2", "(a,)", "(,)", ""}) {
    write_raw(header("<f4", shape), 8);
    EXPECT_NE(why_not(), "") << shape;
  }
  for (const char* descr : {"", "<", "< f", "<f", "<f3", "<f16", "?f4", "<f44", "f4"}) {
    write_raw(header(descr, "(2,)"), 64);
    EXPECT_NE(why_not(), "") << descr;
  }
  for (const char* text : {"", "{", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': 1, 'shape': (2,)}",
                           "{'descr: 1}", "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': 1}"}) {
    write_raw(text, 64);
    EXPECT_NE(why_not(), "") << text;
  }
}

}  // namespace
}  // namespace irmae::storage
