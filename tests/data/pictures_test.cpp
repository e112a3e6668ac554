// SPDX-License-Identifier: MIT
// Decoding and resizing against Pillow, byte for byte, and what damaged files are called.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "framework/data/pictures/image_file.h"
#include "framework/data/pictures/orientation.h"
#include "framework/data/pictures/resize.h"
#include "framework/data/table_file.h"
#include "storage/error.h"
#include "tests/contains.h"
#include "tests/data/helpers.h"
#include "tests/message_of.h"
#include "tests/python.h"

namespace irmae::data {
namespace {

using namespace std::string_literals;
using tests::bytes_of_npy;
using tests::run;

torch::Tensor tensor_of(const Image& image) {
  const torch::Tensor all = torch::tensor(image.bytes, torch::kUInt8);
  return image.channels == 1 ? all.view({image.height, image.width}) : all.view({image.height, image.width, image.channels});
}

class Pillow : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto made = run(std::string(IRMAE_PYTHON) + " " IRMAE_SOURCE_DIR "/tests/data/pillow.py " + folder.string());
    if (!tests::python_has("PIL numpy")) GTEST_SKIP() << "Python has no Pillow or numpy";
    ASSERT_EQ(made.status, 0) << made.output;
  }
  Image read(const char* name) const { return read_image(folder / name); }

  tests::TemporaryFolder folder;
};

TEST_F(Pillow, DecodesTheSameBytes) {
  for (const char* name : {"noise.png", "noise.jpg", "inks.jpg"})
    EXPECT_TRUE(torch::equal(tensor_of(read(name)), bytes_of_npy(folder / (std::string(name) + ".npy")))) << name;
  EXPECT_TRUE(torch::equal(tensor_of(read("palette.png")), bytes_of_npy(folder / "palette.npy")));
  EXPECT_TRUE(torch::equal(tensor_of(read("alpha.png")), bytes_of_npy(folder / "noise.png.npy"))) << "opaque alpha";
  EXPECT_EQ(read("grey.png").channels, 1);
}

TEST_F(Pillow, LaysWhatIsTransparentOnBlackAsItsAlphaCompositeDoes) {
  for (const char* name : {"some.png", "some-grey.png", "some-palette.png", "some-colour.png"})
    EXPECT_TRUE(torch::equal(tensor_of(read(name)), bytes_of_npy(folder / (std::string(name) + ".npy")))) << name;
}

TEST_F(Pillow, TurnsPicturesUprightAsTheSameOrientationSays) {
  for (const char* name :
       {"held1.jpg", "held2.jpg", "held3.jpg", "held4.jpg", "held5.jpg", "held6.jpg", "held7.jpg", "held8.jpg"})
    EXPECT_TRUE(torch::equal(tensor_of(read(name)), bytes_of_npy(folder / (std::string(name) + ".npy")))) << name;
}

/// A segment of a JPEG file.
std::string segment(char kind, const std::string& bytes) {
  const std::size_t length = bytes.size() + 2;
  return std::string{'\xFF', kind, static_cast<char>(length >> 8), static_cast<char>(length & 255)} + bytes;
}

const std::string kStart = "\xFF\xD8", kLow = "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"s,
                  kHigh = "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0"s;

TEST(Orientation, IsThatOfTheFirstExifSegmentBeforeThePixels) {
  const std::string other = segment('\xE0', "JFIF"), low = segment('\xE1', kLow), high = segment('\xE1', kHigh),
                    not_exif = segment('\xE1', "http://ns.adobe.com/xap/1.0/"), pixels = segment('\xDA', "");
  std::string upright = kLow;
  upright[24] = 1;

  EXPECT_EQ(orientation_of_jpeg(kStart + low), 6);
  EXPECT_EQ(orientation_of_jpeg(kStart + other + not_exif + "\xFF" + high + pixels), 6);
  EXPECT_EQ(orientation_of_jpeg(kStart + segment('\xE1', upright) + low), 1);
  EXPECT_EQ(orientation_of_jpeg(kStart + pixels + low), 1);
  EXPECT_EQ(orientation_of_jpeg(kStart + "xx" + low), 1) << "no segment begins there";
}

TEST(Orientation, OfASegmentThatIsCutShortOrDamagedIsUpright) {
  const auto of = [](const std::string& exif) { return orientation_of_jpeg(kStart + segment('\xE1', exif)); };
  ASSERT_EQ(of(kHigh), 6);
  for (std::size_t bytes = 0; bytes < kLow.size(); ++bytes) {
    EXPECT_EQ(of(kLow.substr(0, bytes)), 1) << bytes;
    EXPECT_EQ(of(kHigh.substr(0, bytes)), 1) << bytes;
  }
  EXPECT_EQ(orientation_of_jpeg((kStart + segment('\xE1', kLow)).substr(0, 20)), 1) << "its file ends before it";
  std::string other = kLow;
  other[24] = 9;
  EXPECT_EQ(of(other), 1) << "no orientation has this number";
  other = kLow;
  other.replace(10, 4, "\xFF\xFF\xFF\xFF");
  EXPECT_EQ(of(other), 1) << "its directory lies behind its end";
}

TEST_F(Pillow, ResizesToTheSameBytes) {
  const Image noise = read("noise.png");

  EXPECT_TRUE(torch::equal(tensor_of(resize(centre_crop(noise, 48, 48), 17, 17)), bytes_of_npy(folder / "smaller.npy")));
  EXPECT_TRUE(torch::equal(tensor_of(resize(centre_crop(noise, 31, 31), 64, 64)), bytes_of_npy(folder / "larger.npy")));
  EXPECT_TRUE(torch::equal(tensor_of(resize(noise, 40, 90)), bytes_of_npy(folder / "oblong.npy")));
  EXPECT_TRUE(torch::equal(tensor_of(resize(read("grey.png"), 32, 32)), bytes_of_npy(folder / "grey32.npy")));
  EXPECT_TRUE(torch::equal(tensor_of(with_channels(noise, 1)), bytes_of_npy(folder / "luma.npy")));
}

TEST_F(Pillow, TheHeadOfAFileTellsItsChannelsAsDecodingDoes) {
  for (const char* name : {"noise.png", "noise.jpg", "grey.png", "grey.jpg", "inks.jpg", "palette.png", "alpha.png", "some.png",
                           "some-grey.png", "some-palette.png"})
    EXPECT_EQ(stored_channels(folder / name), read(name).channels) << name;
  std::filesystem::resize_file(folder / "noise.jpg", 30);
  std::filesystem::resize_file(folder / "noise.png", 20);
  for (const char* name : {"noise.jpg", "noise.png", "noise.jpg.npy", "absent.png"})
    EXPECT_EQ(stored_channels(folder / name), 0) << name;
}

TEST_F(Pillow, WritesPngThatReadsBack) {
  const Image noise = read("noise.png");
  write_png(folder / "again.png", noise);

  EXPECT_EQ(read("again.png").bytes, noise.bytes);
}

TEST_F(Pillow, DamagedFilesAreNamedWithTheReason) {
  for (const char* name : {"noise.png", "noise.jpg"}) {
    std::filesystem::resize_file(folder / name, std::filesystem::file_size(folder / name) / 2);
    EXPECT_CONTAINS(tests::message_of([&] { read(name); }), name);
  }
  std::ofstream(folder / "text.png") << "no picture";
  EXPECT_THROW(read("text.png"), Error);
  EXPECT_THROW(read("absent.png"), Error);
}

TEST(PictureFile, ThatStatesMorePixelsThanMemoryShouldHoldIsRefusedByItsHead) {
  const tests::TemporaryFolder folder;
  const auto why_not = [&](const std::string& bytes) {
    std::ofstream(folder / "a", std::ios::binary) << bytes;
    return tests::message_of([&] { read_image(folder / "a"); });
  };
  const std::string png =  // up to its first pixels: 50000 x 50000 of one bit
      "\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\xC3\x50\0\0\xC3\x50\x01\0\0\0\0\x63\xD4\0\x67\0\0\0\x0AIDAT"s;

  EXPECT_CONTAINS(
      why_not(kStart + segment('\xC0', "\x08\xFF\xDC\xFF\xDC\x01\x01\x11\0"s) + segment('\xDA', "\x01\x01\0\0\x3F\0"s)),
      "a: 65500 x 65500 pixels are more than the 178 million that are read");
  EXPECT_CONTAINS(why_not(png), "a: 50000 x 50000 pixels are more than the 178 million that are read");
}

TEST(PictureFile, ThatIsADeviceOrAPipeIsNotOpened) {
  const tests::TemporaryFolder folder;
  ASSERT_EQ(mkfifo((folder / "pipe.png").c_str(), 0600), 0);
  std::filesystem::create_symlink("/dev/zero", folder / "zero.png");

  for (const char* name : {"pipe.png", "zero.png"}) {
    EXPECT_CONTAINS(tests::message_of([&] { read_image(folder / name); }), std::string(name) + ": a device or a pipe");
    EXPECT_EQ(stored_channels(folder / name), 0) << name;
  }
}

TEST(TableFile, ReadsQuotesAndNamesTheLineThatIsWrong) {
  const tests::TemporaryFolder folder;
  std::ofstream(folder / "a.csv") << "file,label\r\n\"a,1.png\",\"he said \"\"no\"\"\"\r\nb.png,x\r\n";
  const TableFile table = read_table(folder / "a.csv");

  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_EQ(table.rows[0], (std::vector<std::string>{"a,1.png", "he said \"no\""}));
  EXPECT_EQ(table.column("label"), 1);
  EXPECT_EQ(table.column("split"), -1);
  std::ofstream(folder / "b.csv") << "file,label\na.png,1\nb.png\n";
  EXPECT_CONTAINS(tests::message_of([&] { read_table(folder / "b.csv"); }), "b.csv:3");
}

TEST(TableFile, MayEndItsLinesAsOldMacintoshesDo) {
  const tests::TemporaryFolder folder;
  std::ofstream(folder / "a.csv", std::ios::binary) << "file,label\r\"a\r1.png\",cat\r\rb.png,dog\r";
  const TableFile table = read_table(folder / "a.csv");

  EXPECT_EQ(table.rows, (std::vector<std::vector<std::string>>{{"a\r1.png", "cat"}, {"b.png", "dog"}}));
  EXPECT_EQ(table.lines, (std::vector<std::size_t>{2, 5}));
}

/// Oracle: what Python encodes.
TEST(TableFile, OfTwoBytesACharacterIsRefusedInOneLine) {
  if (!tests::python_has("codecs")) GTEST_SKIP() << "no Python";
  const tests::TemporaryFolder folder;
  for (const char* encoding : {"utf-16", "utf-16-le", "utf-16-be"}) {
    const tests::Result made = run(std::string(IRMAE_PYTHON) + " -c \"open('" + (folder / "a.csv").string() +
                                   "', 'wb').write('file,label\\r\\na.png,cat\\r\\n'.encode('" + encoding + "'))\"");
    ASSERT_EQ(made.status, 0) << made.output;
    EXPECT_EQ(tests::message_of([&] { read_table(folder / "a.csv"); }),
              (folder / "a.csv").string() + ": is not UTF-8: save it as CSV UTF-8")
        << encoding;
  }
  std::ofstream(folder / "a.csv", std::ios::binary) << "\xFE\xFF";
  EXPECT_CONTAINS(tests::message_of([&] { read_table(folder / "a.csv"); }), "is not UTF-8");
}

TEST(TableFile, HasNoBlanksAroundFieldsButThoseInQuotesAndNamesOfColumnsInEitherCase) {
  const tests::TemporaryFolder folder;
  std::ofstream(folder / "a.csv") << "file, Label ,LABEL2\n\n a b.png\t, \" x \" ,\" \"\n,,\n";
  const TableFile table = read_table(folder / "a.csv");

  EXPECT_EQ(table.columns, (std::vector<std::string>{"file", "Label", "LABEL2"}));
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_EQ(table.rows[0], (std::vector<std::string>{"a b.png", " x ", " "}));
  EXPECT_EQ(table.rows[1], (std::vector<std::string>{"", "", ""}));
  EXPECT_EQ(table.lines, (std::vector<std::size_t>{3, 4}));
  EXPECT_EQ(table.column("label"), 1);
  EXPECT_EQ(table.column("label2"), 2);
  std::ofstream(folder / "b.csv") << "file,label,Label\n";
  EXPECT_THROW(read_table(folder / "b.csv").column("label"), Error);
}

}  // namespace
}  // namespace irmae::data
