// SPDX-License-Identifier: MIT
// The data sets, on real files where IRMAE_DATA names them and on small ones made here.
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <numeric>
#include <set>

#include "framework/data/dataset.h"
#include "framework/data/pictures/image_file.h"
#include "framework/models/method.h"
#include "storage/error.h"
#include "storage/formats/hdf5_array.h"
#include "tests/contains.h"
#include "tests/data/helpers.h"
#include "tests/message_of.h"
#include "tests/python.h"

namespace irmae::data {
namespace {

namespace fs = std::filesystem;
using tests::cell_of;
using tests::why_not;

torch::Tensor bytes(const torch::Tensor& images) { return (images * 255).round().to(torch::kUInt8); }

fs::path real_data() {
  const char* root = std::getenv("IRMAE_DATA");
  return root ? fs::path(root) : fs::path();
}

class Sets : public ::testing::Test {
 protected:
  void SetUp() override { setenv("IRMAE_CACHE", (folder / "cache").c_str(), 1); }

  /// CelebA's layout with this list of partitions, and a black picture for each file that it names.
  static void write_celeba(const fs::path& place, const std::string& list, std::int64_t width = 178,
                           std::int64_t height = 218) {
    fs::create_directories(place / "img_align_celeba");
    std::ofstream(place / "list_eval_partition.txt") << list;
    std::istringstream lines(list);
    for (std::string name, partition; lines >> name >> partition;)
      write_png(place / "img_align_celeba" / name,
                {width, height, 3, std::vector<std::uint8_t>(static_cast<std::size_t>(3 * width * height))});
  }

  /// Four IDX files of `count` images of 2 x 2 with labels 0, 1, 2, ...
  void write_mnist(const fs::path& place, int count = 3) const {
    fs::create_directories(place);
    for (const std::string part : {"train", "t10k"}) {
      std::string images{0, 0, 8, 3, 0, 0, 0, static_cast<char>(count), 0, 0, 0, 2, 0, 0, 0, 2};
      std::string labels{0, 0, 8, 1, 0, 0, 0, static_cast<char>(count)};
      for (int i = 0; i < count; ++i) {
        images += std::string(4, static_cast<char>(40 * i));
        labels += static_cast<char>(i);
      }
      std::ofstream(place / (part + "-images-idx3-ubyte")) << images;
      std::ofstream(place / (part + "-labels-idx1-ubyte")) << labels;
    }
  }
  std::string mnist_of(const fs::path& place) const {
    return why_not({"data.name=mnist", "data.root=" + place.string(), "data.size=4"});
  }
  void write_pictures(int count, std::int64_t side = 8) const {
    fs::create_directories(folder / "pictures" / "sub");
    for (int i = 0; i < count; ++i) {
      const Image image{side, side, 3,
                        std::vector<std::uint8_t>(static_cast<std::size_t>(3 * side * side), static_cast<std::uint8_t>(i))};
      write_png(folder / "pictures" / (i % 2 ? "sub" : ".") / ("p" + std::to_string(i) + ".png"), image);
    }
  }
  std::string pictures() const { return "data.folder=" + (folder / "pictures").string(); }

  tests::TemporaryFolder folder;
};

TEST_F(Sets, MnistIsResizedAsPillowDoesAndKeepsItsLabels) {
  if (!fs::exists(real_data() / "mnist")) GTEST_SKIP() << "IRMAE_DATA names no folder with mnist/";
  const auto set = open(cell_of({"data.name=mnist"}));

  EXPECT_EQ(set->size(Split::train), 60'000);
  EXPECT_EQ(set->size(Split::validation), 10'000);
  EXPECT_EQ(set->shape(), (std::vector<std::int64_t>{1, 32, 32}));
  EXPECT_EQ(set->facts().classes, 10);
  const Batch first = set->batch(Split::validation, {0, 1, 2, 3});
  EXPECT_TRUE(torch::equal(first.labels, torch::tensor({7, 2, 1, 0}, torch::kInt64)));
  const fs::path oracle = real_data().parent_path() / "oracles" / "mnist_t10k_first16_resize32.npy";
  if (!fs::exists(oracle)) GTEST_SKIP() << "the sizes are right; no oracle of the pixels beside IRMAE_DATA";
  const torch::Tensor wanted = tests::bytes_of_npy(oracle);
  EXPECT_TRUE(torch::equal(
      bytes(set->batch(Split::validation, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}).images).squeeze(1), wanted));
}

TEST_F(Sets, CelebaIsCroppedAndResizedAsPillowDoes) {
  if (!fs::exists(real_data() / "celeba-half")) GTEST_SKIP() << "IRMAE_DATA names no folder with celeba-half/";
  const auto set = open(cell_of({"data.name=celeba", "data.train_size=16", "data.validation_size=4", "data.shuffle=false"}));
  const fs::path wanted = folder / "wanted.npy",
                 oracle = real_data().parent_path() / "oracles/celeba_half_first16_crop74_resize64.npy";
  const auto made = tests::run(std::string(IRMAE_PYTHON) + " " IRMAE_SOURCE_DIR "/tests/data/pillow.py " +
                               (real_data() / "celeba-half/img_align_celeba").string() + " 16 74 64 " + wanted.string());

  EXPECT_EQ(set->facts().attribute_names.size(), 40U);
  EXPECT_EQ(set->facts().attribute_names[20], "Male");
  EXPECT_EQ(set->attributes(Split::train, {0}).sum().item<std::int64_t>(), 13) << "of 000001.jpg";
  // The first sixteen files of the list are all for training.
  const torch::Tensor images = bytes(set->batch(Split::train, consecutive(0, 16)).images);
  if (fs::exists(oracle)) {
    EXPECT_TRUE(torch::equal(images, tests::bytes_of_npy(oracle).permute({0, 3, 1, 2})));
  }
  if (!tests::python_has("PIL numpy")) GTEST_SKIP() << "Python has no Pillow or numpy";
  ASSERT_EQ(made.status, 0) << made.output;
  EXPECT_TRUE(torch::equal(images, tests::bytes_of_npy(wanted).permute({0, 3, 1, 2})));
}

TEST_F(Sets, CelebaAtFullSizeNeedsNoOtherManifest) {
  const fs::path root = real_data() / "celeba-full-samples",
                 oracle = real_data().parent_path() / "oracles/celeba_full_first16_crop148_resize64.npy";
  if (!fs::exists(root) || !fs::exists(oracle)) GTEST_SKIP() << "the samples at full size are not there";
  fs::create_directories(folder / "celeba");
  fs::create_directory_symlink(root / "img_align_celeba", folder / "celeba" / "img_align_celeba");
  std::ofstream list(folder / "celeba" / "list_eval_partition.txt");
  for (int i = 1; i <= 20; ++i) list << "0000" << (i < 10 ? "0" : "") << i << ".jpg " << (i <= 16 ? 0 : 1) << "\n";
  list.close();
  const auto set = open(cell_of({"data.name=celeba", "data.root=" + folder.string()}));
  std::vector<std::int64_t> all(16);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i);

  EXPECT_TRUE(torch::equal(bytes(set->batch(Split::train, all).images), tests::bytes_of_npy(oracle).permute({0, 3, 1, 2})));
  EXPECT_TRUE(set->facts().attribute_names.empty()) << "there is no list of attributes";
}

TEST_F(Sets, IdxFilesAreReadPlainAndCompressed) {
  write_mnist(folder / "mnist");
  const auto plain = open(cell_of({"data.name=mnist", "data.root=" + folder.string(), "data.size=4"}));
  tests::run("gzip " + (folder / "mnist").string() + "/*");
  const auto packed = open(cell_of({"data.name=mnist", "data.root=" + folder.string(), "data.size=4"}));

  EXPECT_TRUE(torch::equal(plain->batch(Split::train, {0, 1, 2}).images, packed->batch(Split::train, {0, 1, 2}).images));
  EXPECT_NEAR(packed->batch(Split::train, {2}).images.max().item<double>(), 80.0 / 255, 1e-6);
}

TEST_F(Sets, ACompressedIdxFileWithoutTheWholeOfItsCheckSumIsCutShort) {
  for (const std::uintmax_t lacking : {4U, 8U}) {
    const fs::path place = folder / std::to_string(lacking), file = place / "train-images-idx3-ubyte.gz";
    write_mnist(place);
    tests::run("gzip " + place.string() + "/*");
    EXPECT_EQ(mnist_of(place), "");
    fs::resize_file(file, fs::file_size(file) - lacking);

    EXPECT_CONTAINS(mnist_of(place), "train-images-idx3-ubyte.gz: the file is cut short") << lacking;
  }
}

TEST_F(Sets, WrongIdxFilesAreNamedWithTheReason) {
  EXPECT_CONTAINS(mnist_of(folder / "absent"), "train-images-idx3-ubyte is in none of");
  const auto damage = [&](const std::string& name, auto change) {
    write_mnist(folder / "m");
    const fs::path file = folder / "m" / name;
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    change(file, stream);
    stream.close();
    const std::string text = mnist_of(folder / "m");
    EXPECT_CONTAINS(text, name);
    return text;
  };
  const auto put = [](std::ios::off_type at, std::ios::seekdir from, char byte) {
    return [=](const fs::path&, std::fstream& stream) {
      stream.seekp(at, from);
      stream.put(byte);
    };
  };
  const auto cut = [](const fs::path& path, std::fstream&) { fs::resize_file(path, 20); };
  const std::string images = "train-images-idx3-ubyte", labels = "train-labels-idx1-ubyte",
                    test_labels = "t10k-labels-idx1-ubyte";
  EXPECT_CONTAINS(damage(images, put(3, std::ios::beg, 1)), "magic number");
  EXPECT_CONTAINS(damage(images, cut), "cut short");
  EXPECT_CONTAINS(damage(test_labels, put(0, std::ios::end, 1)), "more bytes");
  EXPECT_CONTAINS(damage(test_labels, put(7, std::ios::beg, 2)), "more bytes");
  EXPECT_CONTAINS(damage(labels, put(9, std::ios::beg, 11)), "label 11");
}

TEST_F(Sets, AFolderOfPicturesIsSplitTheSameForEverySeed) {
  write_pictures(20);
  const auto one = open(cell_of({"data.name=images", pictures(), "data.size=4"}));
  const auto other = open(cell_of({"data.name=images", pictures(), "data.size=4", "train.seed=9"}));
  EXPECT_CONTAINS(why_not({"data.name=images", pictures(), "data.size=4", "data.channels=2"}), "1 (grey) or 3 (colours)");

  EXPECT_EQ(one->size(Split::train), 18);
  EXPECT_EQ(one->shape(), (std::vector<std::int64_t>{3, 4, 4}));
  EXPECT_TRUE(torch::equal(one->batch(Split::validation, {0, 1}).images, other->batch(Split::validation, {0, 1}).images));
  EXPECT_NE(one->epoch_order(0), other->epoch_order(0));
  EXPECT_NE(one->epoch_order(0), one->epoch_order(1));
}

TEST_F(Sets, ALinkToItsOwnFolderIsNotFollowedAndOneToNothingIsNamed) {
  write_pictures(6);
  fs::create_symlink(".", folder / "pictures/loop");
  fs::create_symlink("..", folder / "pictures/sub/up");
  const auto open_pictures = [&] { return open(cell_of({"data.name=images", pictures(), "data.validation_share=0.4"})); };
  const auto set = open_pictures();
  fs::create_symlink("absent.png", folder / "pictures/nothing.png");

  EXPECT_EQ(set->size(Split::train) + set->size(Split::validation), 6);
  EXPECT_CONTAINS(why_not({"data.name=images", pictures()}), "nothing.png: there is no such file");
}

/// Which number each sample holds, in the set's own order; all values of a sample hold its one number.
std::vector<std::int64_t> numbers_of(const torch::Tensor& samples, double factor) {
  const torch::Tensor rows = (samples.flatten(1) * factor).round().to(torch::kInt64);
  EXPECT_TRUE((rows == rows.narrow(1, 0, 1)).all().item<bool>()) << "a sample is made of two";
  const torch::Tensor first = rows.select(1, 0).contiguous();
  return {first.data_ptr<std::int64_t>(), first.data_ptr<std::int64_t>() + first.numel()};
}

/// Sample i of the files, 0 <= i < count, is one in training or one in validation. factor: from a sample's values to i.
void expect_each_once(const Dataset& set, std::int64_t count, double factor) {
  const auto train = numbers_of(set.batch(Split::train, consecutive(0, set.size(Split::train))).images, factor),
             validation = numbers_of(set.batch(Split::validation, consecutive(0, set.size(Split::validation))).images, factor);
  std::vector<std::int64_t> all = train;
  all.insert(all.end(), validation.begin(), validation.end());
  std::sort(all.begin(), all.end());

  EXPECT_EQ(all, consecutive(0, count)) << "one is there twice, or missing";
  EXPECT_FALSE(std::is_sorted(train.begin(), train.end())) << "not drawn by chance";
}

/// Every epoch uses each training sample once.
void expect_permutations(const Dataset& set) {
  std::set<std::vector<std::int64_t>> orders;
  for (const std::int64_t epoch : {0, 1, 2, 99}) {
    std::vector<std::int64_t> order = set.epoch_order(epoch);
    orders.insert(order);
    std::sort(order.begin(), order.end());
    EXPECT_EQ(order, consecutive(0, set.size(Split::train))) << "epoch " << epoch;
  }
  EXPECT_EQ(orders.size(), 4U) << "two epochs have one order";
}

TEST_F(Sets, EveryRowOfAnArrayIsInTrainingOrInValidationAndOnceInAnEpoch) {
  std::vector<float> values(257 * 3);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i / 3);
  storage::write_npy(folder / "v.npy", {.name = "v", .shape = {257, 3}, .values = values});
  for (const char* share : {"0.1", "0.25", "0.9"}) {
    const auto set = open(cell_of({"data.name=array", "data.scaling=none", "data.file=" + (folder / "v.npy").string(),
                                   std::string("data.validation_share=") + share}));

    EXPECT_EQ(set->size(Split::validation), std::llround(257 * std::stod(share)));
    expect_each_once(*set, 257, 1);
    expect_permutations(*set);
  }
}

TEST_F(Sets, EveryPictureIsInTrainingOrInValidationAndOnceInAnEpoch) {
  write_pictures(60);
  const auto set = open(cell_of({"data.name=images", pictures(), "data.validation_share=0.3"}));

  EXPECT_EQ(set->size(Split::validation), 18);
  expect_each_once(*set, 60, 255);
  expect_permutations(*set);
}

/// Of all samples of a split.
storage::Sources sources_of(const Dataset& set, Split split) { return set.sources(split, consecutive(0, set.size(split))); }

TEST_F(Sets, EverySampleOfAnArraySaysItsRow) {
  std::vector<float> values(50 * 3);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i / 3);
  storage::write_npy(folder / "v.npy", {.name = "v", .shape = {50, 3}, .values = values});
  for (const char* size : {"data.train_size=0", "data.train_size=7"}) {
    const auto set = open(cell_of({"data.name=array", "data.scaling=none", "data.file=" + (folder / "v.npy").string(),
                                   "data.validation_share=0.4", size}));

    for (const Split split : {Split::train, Split::validation})
      EXPECT_EQ(sources_of(*set, split),
                storage::Sources(numbers_of(set->batch(split, consecutive(0, set->size(split))).images, 1)))
          << size;
    EXPECT_EQ(set->sources(Split::train, {4, 2}), storage::Sources(numbers_of(set->batch(Split::train, {4, 2}).images, 1)));
  }
}

TEST_F(Sets, EveryPictureSaysItsFileBelowTheFolder) {
  write_pictures(30);
  std::ofstream(folder / "t.csv") << "file,split\np4.png,train\n./sub/p1.png,train\np2.png,validation\np6.png,validation\n";
  const auto set = open(cell_of({"data.name=images", pictures(), "data.validation_share=0.3", "data.train_size=20"}));
  const auto table = open(cell_of({"data.name=images", pictures(), "data.labels=" + (folder / "t.csv").string()}));

  for (const Split split : {Split::train, Split::validation}) {
    std::vector<std::string> files;
    for (const std::int64_t i : numbers_of(set->batch(split, consecutive(0, set->size(split))).images, 255))
      files.push_back((i % 2 ? "sub/p" : "p") + std::to_string(i) + ".png");
    EXPECT_EQ(sources_of(*set, split), storage::Sources(files));
  }
  for (const std::int64_t i : {0, 1})
    EXPECT_EQ(table->sources(Split::train, {i}),
              storage::Sources(std::vector<std::string>{
                  numbers_of(table->batch(Split::train, {i}).images, 255)[0] == 4 ? "p4.png" : "./sub/p1.png"}))
        << "as the table has it";
}

TEST_F(Sets, SamplesOfMnistSayTheirRowsThoseOfCelebaTheirFilesAndMadeOnesNothing) {
  write_mnist(folder / "mnist", 4);
  write_celeba(folder / "celeba", "1.png 1\n2.png 0\n3.png 0\n4.png 1\n");
  const std::string root = "data.root=" + folder.string();
  const auto mnist = open(cell_of({"data.name=mnist", root, "data.size=4", "data.train_size=3"}));
  const auto celeba = open(cell_of({"data.name=celeba", root, "data.train_size=1"}));
  const auto shapes = open(cell_of({"data.name=shapes"}));

  EXPECT_EQ(sources_of(*mnist, Split::train), storage::Sources(consecutive(0, 3)));
  EXPECT_EQ(mnist->sources(Split::validation, {3, 1}), storage::Sources(std::vector<std::int64_t>{3, 1}));
  EXPECT_EQ(sources_of(*celeba, Split::train), storage::Sources(std::vector<std::string>{"2.png"}));
  EXPECT_EQ(sources_of(*celeba, Split::validation), storage::Sources(std::vector<std::string>{"1.png", "4.png"}));
  EXPECT_EQ(shapes->sources(Split::train, {0, 1}), storage::Sources());
}

TEST_F(Sets, WithoutShufflingEveryEpochHasTheFilesOrder) {
  write_pictures(20);
  const auto set = open(cell_of({"data.name=images", pictures(), "data.shuffle=false"}));

  for (const std::int64_t epoch : {0, 1, 7}) EXPECT_EQ(set->epoch_order(epoch), consecutive(0, 18));
}

TEST_F(Sets, ATableWhoseQuoteIsNotClosedIsAnErrorWithItsLine) {
  write_pictures(6);
  std::ofstream(folder / "t.csv") << "file,label\np0.png,\"cat\nsub/p1.png,dog\n";

  EXPECT_CONTAINS(why_not({"data.name=images", pictures(), "data.labels=" + (folder / "t.csv").string()}),
                  "a quote is not closed");
}

TEST_F(Sets, ATableGivesPicturesLabelsAndParts) {
  write_pictures(6);
  std::ofstream(folder / "t.csv") << "file,label,split\np0.png,cat,train\nsub/p1.png,dog,train\np2.png,cat,validation\n"
                                     "sub/p3.png,dog,validation\np4.png,,unused\n";
  const auto set = open(cell_of({"data.name=images", pictures(), "data.labels=" + (folder / "t.csv").string()}));

  EXPECT_EQ(set->size(Split::train), 2);
  EXPECT_EQ(set->facts().classes, 2);
  EXPECT_TRUE(
      torch::equal(std::get<0>(set->batch(Split::validation, {0, 1}).labels.sort()), torch::tensor({0, 1}, torch::kInt64)));
}

/// Evaluations take the first so many training samples.
TEST_F(Sets, TheFirstSamplesStandForAllThoughFilesAndRowsLieSortedByClass) {
  storage::write_npy(folder / "v.npy", {"v", {400, 2}, std::vector<float>(800, 0.5F)});
  std::vector<std::int64_t> classes(400);
  for (std::size_t i = 0; i < classes.size(); ++i) classes[i] = static_cast<std::int64_t>(i / 100);
  storage::write_npy(folder / "l.npy", {"l", {400}, classes});
  const auto rows = open(cell_of({"data.name=array", "data.scaling=none", "data.file=" + (folder / "v.npy").string(),
                                  "data.labels=" + (folder / "l.npy").string()}));
  write_pictures(40);
  std::ofstream table(folder / "t.csv");
  table << "file,label,split\n";
  for (int i = 0; i < 40; ++i)
    table << (i % 2 ? "sub/p" : "p") << i << ".png," << i / 10 << "," << (i % 10 == 9 ? "validation" : "train") << "\n";
  table.close();
  const auto files = open(cell_of({"data.name=images", pictures(), "data.labels=" + (folder / "t.csv").string()}));

  for (const auto& set : {rows.get(), files.get()}) {
    const torch::Tensor first = set->batch(Split::train, data::consecutive(0, set->size(Split::train) / 4)).labels;
    EXPECT_EQ(std::get<0>(torch::_unique(first)).numel(), 4) << first;
  }
}

TEST_F(Sets, AllBrokenPicturesAreListedTogether) {
  write_pictures(8);
  std::ofstream(folder / "pictures/p0.png") << "nothing";  // the first one, which tells how large all are
  std::ofstream(folder / "pictures/sub/p5.png") << "\x89PNG but not much";
  write_png(folder / "pictures/p6.png", {4, 4, 3, std::vector<std::uint8_t>(48)});
  std::ofstream(folder / "t.csv") << "file,split\np0.png,train\nsub/p1.png,train\np2.png,train\nabsent.png,train\n"
                                     "sub/p3.png,validation\np4.png,validation\nsub/p5.png,validation\n"
                                     "p6.png,validation\n";
  const std::string text = why_not({"data.name=images", pictures(), "data.labels=" + (folder / "t.csv").string()});

  EXPECT_CONTAINS(text, "4 of 8 files cannot be used");
  for (const char* line : {"p0.png: neither a JPEG nor a PNG file", "absent.png: there is no such file",
                           "sub/p5.png: ", "p6.png: 4 x 4 pixels of 3 channels, but 8 x 8 of 3 are wanted"})
    EXPECT_CONTAINS(text, line);
  for (const auto& entry : fs::directory_iterator(folder / "cache/images"))
    EXPECT_EQ(entry.path().extension(), ".lock") << entry.path() << ": no split is whole";
}

TEST_F(Sets, OfVeryManyBrokenPicturesTheWholeListIsInAFile) {
  fs::create_directories(folder / "pictures");
  for (int i = 1000; i < 1120; ++i) std::ofstream(folder / "pictures" / (std::to_string(i) + ".png")) << "nothing";
  const std::string text = why_not({"data.name=images", pictures()}),
                    list = (folder / "cache/images/images-broken.txt").string();

  EXPECT_CONTAINS(text, "120 of 120 files cannot be used");
  EXPECT_CONTAINS(text, "... and 20 more; all of them are in " + list);
  std::set<std::string> lines;
  std::ifstream file(list);
  for (std::string line; std::getline(file, line);) lines.insert(line);
  EXPECT_EQ(lines.size(), 120U);
  EXPECT_EQ(lines.count((folder / "pictures/1119.png").string() + ": neither a JPEG nor a PNG file"), 1U);
}

/// The mean colour of all samples, training ones first, in whole bytes.
std::vector<std::int64_t> bytes_of(const Dataset& set) {
  const torch::Tensor all = torch::cat({set.batch(Split::train, consecutive(0, set.size(Split::train))).images,
                                        set.batch(Split::validation, consecutive(0, set.size(Split::validation))).images});
  const torch::Tensor means = (all.flatten(1).mean(1) * 255).round().to(torch::kInt64);
  return {means.data_ptr<std::int64_t>(), means.data_ptr<std::int64_t>() + means.numel()};
}

/// Decoded pictures are kept from one opening to the next.
TEST_F(Sets, PicturesKeptFromBeforeAreNotTakenForAnotherCrop) {
  fs::create_directories(folder / "pictures");
  for (int i = 0; i < 10; ++i) {  // 100 on a frame of 1 pixel, 200 within
    Image image{4, 4, 3, std::vector<std::uint8_t>(48, 100)};
    for (const std::size_t pixel : {5, 6, 9, 10})
      for (std::size_t channel = 0; channel < 3; ++channel) image.bytes[3 * pixel + channel] = 200;
    write_png(folder / "pictures" / (std::to_string(i) + ".png"), image);
  }
  const auto opened = [&](const std::string& crop) {
    return bytes_of(*open(cell_of({"data.name=images", pictures(), "data.size=2", "data.validation_share=0.2", crop})));
  };

  // Of one size, so that nothing but the crop tells them apart; each twice, of which the second time is from the cache.
  for (int time = 0; time < 2; ++time) {
    EXPECT_EQ(opened("data.crop=2"), std::vector<std::int64_t>(10, 200));
    for (const std::int64_t byte : opened("data.crop=4")) EXPECT_LT(byte, 190) << "the frame is in it";
  }
}

TEST_F(Sets, APictureThatIsWrittenAnewIsReadAnewThoughOthersAreKept) {
  write_pictures(10);
  const auto opened = [&] { return bytes_of(*open(cell_of({"data.name=images", pictures(), "data.validation_share=0.2"}))); };
  const std::vector<std::int64_t> before = opened();
  ASSERT_EQ(opened(), before);

  // Another colour in a file of the same length: only its time tells.
  const fs::path file = folder / "pictures/p4.png", other = folder / "other.png";
  std::uint8_t colour = 100;
  do {
    ASSERT_LT(++colour, 255) << "no colour is packed into as many bytes";
    write_png(other, {8, 8, 3, std::vector<std::uint8_t>(192, colour)});
  } while (fs::file_size(other) != fs::file_size(file));
  fs::copy_file(other, file, fs::copy_options::overwrite_existing);
  std::vector<std::int64_t> wanted = before;
  std::replace(wanted.begin(), wanted.end(), std::int64_t{4}, std::int64_t{colour});

  EXPECT_EQ(opened(), wanted);
  EXPECT_NE(wanted, before);
}

TEST_F(Sets, CelebaOfAnotherResolutionSaysItsFolderAndTheCropInItsPixels) {
  write_celeba(folder / "celeba-half", "1.jpg 0\n2.jpg 1\n3.jpg 1\n", 89, 109);
  const manifest::Cell cell = cell_of({"data.name=celeba", "data.root=" + folder.string(), "data.crop=74"});
  const std::string said = "celeba-half: 1 + 2 images of 89 x 109 pixels, crop 37";

  EXPECT_EQ(open(cell)->facts().description, said);
  EXPECT_EQ(look_at(cell), said);
  fs::remove_all(folder / "celeba-half");
  EXPECT_EQ(look_at(cell), std::nullopt);
}

TEST_F(Sets, MnistAndCelebaSayHowManyImagesAreUsed) {
  write_mnist(folder / "mnist", 5);
  write_celeba(folder / "celeba", "0.png 0\n1.png 0\n2.png 0\n3.png 0\n4.png 0\n5.png 1\n6.png 1\n7.png 1\n8.png 1\n9.png 1\n");
  const auto said = [&](const std::string& name, const std::string& train, const std::string& validation) {
    return open(cell_of({"data.name=" + name, "data.root=" + folder.string(), "data.size=4", "data.train_size=" + train,
                         "data.validation_size=" + validation}))
        ->facts()
        .description;
  };

  EXPECT_EQ(said("mnist", "0", "0"), "5 + 5 images");
  EXPECT_EQ(said("mnist", "3", "2"), "3 + 2 images");
  EXPECT_EQ(said("celeba", "3", "2"), "celeba: 3 + 2 images of 178 x 218 pixels, crop 148");
}

TEST_F(Sets, WhatIsHeldOutIsCalledAsTheDataSetCallsIt) {
  write_mnist(folder / "mnist", 4);
  write_celeba(folder / "celeba", "0.png 0\n1.png 1\n2.png 1\n3.png 2\n4.png 2\n");
  const std::string root = "data.root=" + folder.string();

  EXPECT_EQ(open(cell_of({"data.name=mnist", root, "data.size=4"}))->facts().held_out, "test");
  EXPECT_EQ(open(cell_of({"data.name=celeba", root}))->facts().held_out, "validation");
  EXPECT_EQ(open(cell_of({"data.name=celeba", root, "data.held_out=test"}))->facts().held_out, "test");
  EXPECT_EQ(open(cell_of({"data.name=shapes"}))->facts().held_out, "validation");
}

TEST_F(Sets, ADigestIsOfTheSamplesAndNotOfTheirOrderOrPlace) {
  const auto digest = [&](const std::string& name, const std::string& values, const std::string& seed = "1") {
    storage::write_npy(folder / name, {"v", {10, 2}, std::vector<float>(20, values == "ones" ? 1.F : 2.F)});
    return open(cell_of({"data.name=array", "data.file=" + (folder / name).string(), "data.validation_share=0.2",
                         "train.seed=" + seed}))
        ->digest();
  };
  write_mnist(folder.string(), 10);
  const std::string mnist =
      open(cell_of({"data.name=mnist", "data.root=" + folder.string(), "data.size=2", "data.train_size=5"}))->digest();

  EXPECT_EQ(digest("a.npy", "ones").size(), 64U);
  EXPECT_EQ(digest("a.npy", "ones"), digest("b.npy", "ones", "2"));
  EXPECT_NE(digest("a.npy", "ones"), digest("a.npy", "twos"));
  storage::write_npy(folder / "labels.npy", {"l", {10}, std::vector<std::int64_t>(10, 1)});
  const std::string labelled = open(cell_of({"data.name=array", "data.file=" + (folder / "a.npy").string(),
                                             "data.validation_share=0.2", "data.labels=" + (folder / "labels.npy").string()}))
                                   ->digest();
  EXPECT_EQ(labelled.size(), 64U);
  EXPECT_NE(labelled, digest("a.npy", "twos")) << "labels are part of it";
  EXPECT_EQ(mnist.size(), 64U);
  EXPECT_NE(mnist,
            open(cell_of({"data.name=mnist", "data.root=" + folder.string(), "data.size=2", "data.train_size=6"}))->digest());
  EXPECT_EQ(open(cell_of({"data.name=shapes"}))->digest(), "") << "its cell says all of them";
}

TEST_F(Sets, AnotherSeedHasTheSameSamplesInItsOwnOrder) {
  write_mnist(folder.string(), 10);
  const auto overrides = [&](const std::string& seed) {
    return std::vector<std::string>{"data.name=mnist", "data.root=" + folder.string(), "data.size=2", "train.seed=" + seed};
  };
  const auto first = open(cell_of(overrides("1"))), anew = open(cell_of(overrides("2")));

  const auto second = first->with_seed(2);

  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->epoch_order(3), anew->epoch_order(3));
  EXPECT_NE(second->epoch_order(3), first->epoch_order(3));
  EXPECT_TRUE(torch::equal(second->batch(Split::train, {5, 7}).images, anew->batch(Split::train, {5, 7}).images));
  EXPECT_EQ(second->facts().description, anew->facts().description);
  EXPECT_EQ(open(cell_of({"data.name=shapes"}))->with_seed(2), nullptr) << "every seed draws its own samples";
}

TEST_F(Sets, ArraysOfImagesAndVectorsAreRead) {
  std::vector<float> values(40 * 5);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 17) * 3 + 100;
  storage::write_npy(folder / "v.npy", {"v", {40, 5}, values});
  std::vector<std::uint8_t> pixels(10 * 6 * 7 * 3, 255);
  storage::write_npy(folder / "i.npy", {"i", {10, 6, 7, 3}, pixels});
  const auto vectors = open(cell_of({"data.name=array", "data.file=" + (folder / "v.npy").string()}));
  const auto images =
      open(cell_of({"data.name=array", "data.file=" + (folder / "i.npy").string(), "data.validation_share=0.2"}));

  EXPECT_EQ(vectors->shape(), std::vector<std::int64_t>{5});
  EXPECT_EQ(vectors->size(Split::train), 36);
  EXPECT_LT(vectors->batch(Split::train, {0, 1, 2, 3}).images.abs().max().item<double>(), 5) << "mean 0, variance 1";
  EXPECT_EQ(images->shape(), (std::vector<std::int64_t>{3, 6, 7})) << "channels first";
  EXPECT_EQ(images->batch(Split::train, {0}).images.min().item<double>(), 1);
  EXPECT_CONTAINS(why_not({"data.name=array", "data.file=" + (folder / "i.npy").string(), "data.scaling=range"}),
                  "these images are bytes");
  EXPECT_CONTAINS(why_not({"data.name=array", "data.file=/absent.npy"}), "there is no such file");
}

TEST_F(Sets, NumbersThatADecoderCannotGiveAreRefusedForItsCellWhicheverCellOpenedThem) {
  std::vector<float> values(40);
  std::iota(values.begin(), values.end(), 0.0F);
  storage::write_npy(folder / "v.npy", {.name = "v", .shape = {20, 2}, .values = values});
  const auto cell = [&](std::vector<std::string> more) {
    more.insert(more.end(), {"data.name=array", "data.file=" + (folder / "v.npy").string()});
    return cell_of(more);
  };
  const manifest::Cell any = cell({"model.method=irmae"}), bounded = cell({"model.method=vae"}),
                       symmetric = cell({"model.output=tanh"}), scaled = cell({"model.method=vae", "data.scaling=range"});
  const auto why_not = [](const Dataset& set, const manifest::Cell& one) {
    return tests::message_of<UsageError>([&] { set.check_fits(one); });
  };

  for (const manifest::Cell& opener : {any, bounded, symmetric}) {
    const std::shared_ptr<const Dataset> set = open(opener);
    for (const auto& same : {set, set->with_seed(7)}) {
      EXPECT_EQ(why_not(*same, any), "");
      EXPECT_EQ(why_not(*same, bounded), "cell vae: model.output = \"sigmoid\" gives values in 0..1, and " +
                                             (folder / "v.npy").string() +
                                             " has others: set data.scaling=range, or model.output=none with train.loss=mse");
      EXPECT_CONTAINS(why_not(*same, symmetric), "gives values in -1..1");
    }
  }
  EXPECT_EQ(why_not(*open(scaled), scaled), "");
}

TEST_F(Sets, WhereTheChannelsStandIsAskedForWhenTheLastAxisIsTheShortest) {
  const auto shape = [&](std::vector<std::int64_t> sizes, const std::string& more = "data.channels=auto") {
    storage::write_npy(folder / "c.npy", {"c", sizes, std::vector<std::uint8_t>(20 * 5 * 8 * 8)});
    const std::vector<std::string> cell{"data.name=array", "data.file=" + (folder / "c.npy").string(), more};
    const std::string why = why_not(cell);
    return why.empty() ? fmt::format("{}", fmt::join(open(cell_of(cell))->shape(), " ")) : why;
  };

  EXPECT_EQ(shape({20, 5, 8, 8}), "5 8 8");
  EXPECT_CONTAINS(shape({20, 8, 8, 5}), "set data.channels to first or last");
  EXPECT_EQ(shape({20, 8, 8, 5}, "data.channels=last"), "5 8 8");
  EXPECT_EQ(shape({20, 8, 8, 5}, "data.channels=first"), "8 8 5");
}

TEST_F(Sets, LabelsThatAreNoWholeNumbersAreNamed) {
  storage::write_npy(folder / "v.npy", {.name = "v", .shape = {4, 2}, .values = std::vector<float>{0, 1, 2, 3, 4, 5, 6, 8}});
  const auto with = [&](const std::vector<double>& labels) {
    storage::write_npy(folder / "l.npy", {.name = "l", .shape = {4}, .values = labels});
    return why_not({"data.name=array", "data.file=" + (folder / "v.npy").string(), "data.validation_share=0.5",
                    "data.labels=" + (folder / "l.npy").string()});
  };

  EXPECT_EQ(with({0, -1, 2, 7}), "");
  EXPECT_CONTAINS(with({0, 1, 0.5, 1}), "label 2 is 0.5: wanted are whole numbers");
  EXPECT_CONTAINS(with({0, 1, 1, std::nan("")}), "label 3 is nan");
  EXPECT_CONTAINS(with({-2, 1, 1, 1}), "label 0 is -2");
}

TEST_F(Sets, AnArrayIsSplitAsItsUserSays) {
  std::vector<float> values(40 * 3);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i / 3);
  storage::write_npy(folder / "v.npy", {.name = "v", .shape = {40, 3}, .values = values});
  std::vector<std::int64_t> splits(40), held_out;
  for (std::int64_t i = 0; i < 40; ++i)
    if (i % 4 == 1 || i > 33) held_out.push_back(i), splits[static_cast<std::size_t>(i)] = 1;
  storage::write_npy(folder / "s.npy", {.name = "s", .shape = {40}, .values = splits});
  storage::write_hdf5_array(folder / "s.h5", "numbers", {{"split", {40}, splits}, {"sample"}, "splits", "1"}, {});
  const std::vector<std::string> common = {"data.name=array", "data.scaling=none", "data.file=" + (folder / "v.npy").string()};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.end(), common.begin(), common.end());
    return cell_of(more);
  };

  for (const char* file : {"s.npy", "s.h5"}) {
    const auto set = open(with({"data.split=" + (folder / file).string(), "data.validation_share=0.9"}));
    std::vector<std::int64_t> rows =
        numbers_of(set->batch(Split::validation, consecutive(0, set->size(Split::validation))).images, 1);
    EXPECT_EQ(set->sources(Split::validation, consecutive(0, std::ssize(rows))), storage::Sources(rows));
    std::sort(rows.begin(), rows.end());
    EXPECT_EQ(rows, held_out) << file;
    expect_each_once(*set, 40, 1);
  }
  const auto split = open(with({"data.split=" + (folder / "s.npy").string()}));
  splits[0] = 1;
  storage::write_npy(folder / "t.npy", {.name = "t", .shape = {40}, .values = splits});
  EXPECT_NE(split->digest(), open(with({}))->digest());
  EXPECT_NE(split->digest(), open(with({"data.split=" + (folder / "t.npy").string()}))->digest())
      << "other samples are measured";
  EXPECT_EQ(with({"data.split_dataset=split"}).id(), with({}).id());
  EXPECT_NE(with({"data.split=s.npy"}).id(), with({}).id());
}

TEST_F(Sets, WhatIsWrongWithASplitIsNamed) {
  storage::write_npy(folder / "v.npy", {.name = "v", .shape = {4, 2}, .values = std::vector<float>{0, 1, 2, 3, 4, 5, 6, 8}});
  const std::string file = (folder / "s.npy").string();
  const auto with = [&](const std::vector<double>& splits) {
    storage::write_npy(file, {.name = "s", .shape = {std::ssize(splits)}, .values = splits});
    return why_not({"data.name=array", "data.file=" + (folder / "v.npy").string(), "data.split=" + file});
  };

  EXPECT_EQ(with({0, 1, 0, 1}), "");
  EXPECT_EQ(with({0, 1, 2, 1}), "data set array: " + file + ": split 2 is 2: wanted are 0 for training and 1 for validation");
  EXPECT_CONTAINS(with({0, 1, 1, -1}), "split 3 is -1: wanted are 0");
  EXPECT_CONTAINS(with({0, 0.5, 1, 1}), "split 1 is 0.5: wanted are 0");
  EXPECT_EQ(with({0, 1, 1}), "data set array: " + file + ": splits have shape 3, wanted 4");
  EXPECT_EQ(with({0, 0, 1, 0}),
            "data set array: " + file +
                ": split is 0 (training) for 3 samples and 1 (validation) for 1 sample; at least 1 and 2 are "
                "needed");
  EXPECT_CONTAINS(with({1, 1, 1, 1}), "0 (training) for 0 samples and 1 (validation) for 4 samples");
}

TEST_F(Sets, WhereARelativePathWasLookedForIsSaid) {
  const std::string here = " (looked for in " + fs::current_path().string() + ", where irmae was started)";

  EXPECT_EQ(why_not({"data.name=array", "data.file=absent.npy"}), "data set array: absent.npy: there is no such file" + here);
  EXPECT_EQ(why_not({"data.name=images", "data.folder=absent"}), "data set images: absent: there is no such folder" + here);
  EXPECT_EQ(why_not({"data.name=images", "data.folder=.", "data.labels=absent.csv"}),
            "data set images: absent.csv: there is no such file" + here);
  EXPECT_CONTAINS(why_not({"data.name=mnist", "data.root=absent"}), " is in none of absent/mnist, absent" + here + "; set ");
  EXPECT_LACKS(why_not({"data.name=array", "data.file=/absent.npy"}), "looked for");
}

TEST_F(Sets, FilesThatAreHdf5ByAnotherEndingAreReadAndOthersToldTheWayToNumpy) {
  for (const char* name : {"d.h5ad", "d.nc"}) {
    const fs::path file = folder / name;
    storage::write_hdf5_array(file, "numbers",
                              {{"X", {4, 2}, std::vector<double>{0, 1, 2, 3, 5, 4, 6, 8}}, {"sample", "value"}, "x", "1"}, {});
    EXPECT_EQ(open(cell_of({"data.name=array", "data.file=" + file.string(), "data.dataset=X", "data.validation_share=0.5"}))
                  ->shape(),
              std::vector<std::int64_t>{2})
        << name;
  }
  const std::string place = (folder / "t").string();
  const auto refused = [&](const std::string& ending) {
    std::ofstream(place + ending) << "a,b\n1,2\n";
    return why_not({"data.name=array", "data.file=" + place + ending});
  };
  const std::string wanted = ": the ending must be .npy, .h5, .hdf5, .h5ad or .nc",
                    made = "; numpy.save(\"" + place + ".npy\", ";

  EXPECT_EQ(refused(".csv"), "data set array: " + place + ".csv" + wanted + made + "numpy.loadtxt(\"" + place +
                                 ".csv\", delimiter=\",\", skiprows=1, usecols=range(N))) makes one");
  EXPECT_EQ(refused(".npz"),
            "data set array: " + place + ".npz" + wanted + made + "numpy.load(\"" + place + ".npz\")[\"NAME\"]) makes one");
  EXPECT_EQ(refused(".xyz"), "data set array: " + place + ".xyz" + wanted);
}

TEST_F(Sets, AFileWithItsDatasetBehindAColonIsToldTheTwoKeys) {
  const std::string file = (folder / "d.h5").string();
  storage::write_hdf5_array(file, "numbers", {{"x", {4, 2}, std::vector<double>(8, 0.5)}, {"sample", "value"}, "x", "1"}, {});

  EXPECT_EQ(why_not({"data.name=array", "data.file=" + file + ":g/x"}),
            "data set array: " + file + ":g/x: there is no such file; write data.file=" + file + " data.dataset=g/x");
  for (const std::string key : {"data.labels", "data.split"})
    EXPECT_CONTAINS(why_not({"data.name=array", "data.file=" + file, "data.dataset=x", key + "=" + file + ":l"}),
                    "; write " + key + "=" + file + " " + key + "_dataset=l");
  EXPECT_LACKS(why_not({"data.name=array", "data.file=" + (folder / "absent.h5").string() + ":x"}), "; write");
}

TEST_F(Sets, ADatasetThatNothingWouldBeReadFromIsRefusedWithTheKeyThatIsMissing) {
  const std::string file = (folder / "d.h5").string(), plain = (folder / "v.npy").string();
  const auto refused = [&](const std::vector<std::string>& overrides) {
    std::vector<std::string> all = {"data.name=array"};
    all.insert(all.end(), overrides.begin(), overrides.end());
    return tests::message_of<UsageError>([&] { check(cell_of(all)); });
  };

  EXPECT_CONTAINS(refused({"data.file=" + file, "data.split_dataset=donor"}),
                  ": data set array: data.split_dataset = \"donor\" without a file that it lies in: set data.split=" + file);
  EXPECT_CONTAINS(refused({"data.file=" + plain, "data.labels_dataset=donor"}), " lies in: set data.labels=FILE.h5");
  EXPECT_CONTAINS(refused({"data.file=" + plain, "data.dataset=x"}),
                  ": data.dataset = \"x\", and data.file = \"" + plain + "\" has no datasets: leave data.dataset out");
  EXPECT_CONTAINS(refused({"data.file=" + file, "data.labels=" + plain, "data.labels_dataset=x"}),
                  "leave data.labels_dataset out");
  EXPECT_EQ(refused({"data.file=" + file, "data.dataset=x", "data.split=" + file, "data.split_dataset=donor"}), "");
  EXPECT_EQ(refused({"data.file=" + plain, "data.dataset=data", "data.labels_dataset=labels"}), "") << "as by default";
}

TEST_F(Sets, ACellOfAnOlderPlanIsOpenedThoughItsDatasetKeyWouldBeRefusedNow) {
  storage::write_npy(folder / "v.npy",
                     {.name = "v", .shape = {20, 1}, .values = std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
                                                                                  0, 1, 2, 3, 4, 5, 6, 7, 8, 9}});
  const auto set = open(cell_of({"data.name=array", "data.file=" + (folder / "v.npy").string(), "data.labels_dataset=type"}));

  EXPECT_EQ(set->size(Split::train) + set->size(Split::validation), 20);
}

TEST_F(Sets, LabelsWithGapsAreAsManyClassesAsThereAreLabels) {
  storage::write_npy(folder / "v.npy", {.name = "v", .shape = {6, 2}, .values = std::vector<float>(12, 0.5F)});
  const auto with = [&](const std::vector<std::int64_t>& labels) {
    storage::write_npy(folder / "l.npy", {.name = "l", .shape = {6}, .values = labels});
    return open(cell_of({"data.name=array", "data.scaling=none", "data.file=" + (folder / "v.npy").string(),
                         "data.validation_share=0.5", "data.labels=" + (folder / "l.npy").string()}));
  };
  const auto labels = [](const Dataset& set) {
    return std::get<0>(
        torch::cat({set.batch(Split::train, {0, 1, 2}).labels, set.batch(Split::validation, {0, 1, 2}).labels}).sort());
  };
  const auto plain = with({0, 1, 2, 2, -1, 0}), gaps = with({900'000, 7, 7, 0, -1, 900'000});

  EXPECT_EQ(plain->facts().classes, 3);
  EXPECT_TRUE(plain->facts().class_names.empty()) << "they are the numbers";
  EXPECT_TRUE(torch::equal(labels(*plain), torch::tensor({-1, 0, 0, 1, 2, 2}, torch::kInt64)));
  EXPECT_EQ(gaps->facts().classes, 3);
  EXPECT_EQ(gaps->facts().class_names, (std::vector<std::string>{"0", "7", "900000"}));
  EXPECT_TRUE(torch::equal(labels(*gaps), torch::tensor({-1, 0, 1, 1, 2, 2}, torch::kInt64)));
  EXPECT_EQ(with({-1, -1, -1, -1, -1, -1})->facts().classes, 0);
}

TEST_F(Sets, CelebaNamesAPictureThatTheListOfAttributesLacks) {
  fs::create_directories(folder / "celeba" / "img_align_celeba");
  std::ofstream(folder / "celeba" / "list_eval_partition.txt") << "1.jpg 0\n2.jpg 0\n3.jpg 1\n4.jpg 1\n";
  std::ofstream(folder / "celeba" / "list_attr_celeba.txt") << "3\nMale Young\n1.jpg 1 -1\n3.jpg 1 1\n4.jpg 1 1\n";

  EXPECT_CONTAINS(why_not({"data.name=celeba", "data.root=" + folder.string()}), "list_attr_celeba.txt has no line for 2.jpg");
}

TEST_F(Sets, CelebaTakesEachPictureOnceAndWholeNumbersAlone) {
  fs::create_directories(folder / "celeba" / "img_align_celeba");
  const std::string sound = "1.jpg 0\n2.jpg 1\n3.jpg 1\n";
  const auto with = [&](const std::string& list, const std::string& values) {
    std::ofstream(folder / "celeba" / "list_eval_partition.txt") << list;
    std::ofstream(folder / "celeba" / "list_attr_celeba.txt") << "3\nMale Young\n1.jpg " << values << "\n";
    return why_not({"data.name=celeba", "data.root=" + folder.string()});
  };

  EXPECT_CONTAINS(with(sound + "1.jpg 1\n", "1 1"), "list_eval_partition.txt:4: 1.jpg stands in an earlier line too");
  for (const char* partition : {"0.7", "1x", "3", "-1", ""})
    EXPECT_CONTAINS(with(sound + "4.jpg " + partition + "\n", "1 1"),
                    "list_eval_partition.txt:4: wanted a file's name and 0, 1 or 2");
  for (const std::string value : {"0", "7", "1.5"})
    EXPECT_CONTAINS(with(sound, "-1 " + value), "list_attr_celeba.txt:3: attributes are 1 or -1, and " + value + " is neither");
}

TEST_F(Sets, CelebaReadsAListWithAByteOrderMark) {
  const std::string list = "1.png 0\n2.png 1\n3.png 1\n";
  write_celeba(folder / "celeba", list);
  std::ofstream(folder / "celeba" / "list_eval_partition.txt") << "\xEF\xBB\xBF" << list;

  EXPECT_EQ(open(cell_of({"data.name=celeba", "data.root=" + folder.string(), "data.size=4"}))->size(Split::train), 1);
}

TEST_F(Sets, ANumberOfAnArrayThatIsNotFiniteIsNamedWithItsPlace) {
  const std::string file = (folder / "v.npy").string();
  const auto with = [&](std::vector<std::int64_t> shape, std::size_t place, double number, std::size_t more = 0) {
    std::vector<double> values(24, 0.5);
    values[place] = number;
    if (more > 0) values[more] = number;
    storage::write_npy(file, {.name = "v", .shape = std::move(shape), .values = values});
    return why_not({"data.name=array", "data.file=" + file, "data.channels=first", "data.validation_share=0.5"});
  };

  EXPECT_EQ(with({8, 3}, 17, std::nan("")), "data set array: " + file +
                                                ": sample 5, value 2 (counted from 0) is nan (1 of 24 values is not finite): "
                                                "leave such samples out, or fill them in");
  EXPECT_CONTAINS(with({8, 3}, 4, -INFINITY, 7), "sample 1, value 1 (counted from 0) is -inf (2 of 24 values are not finite)");
  EXPECT_CONTAINS(with({2, 2, 2, 3}, 23, INFINITY), "sample 1, channel 1, row 1, column 2 (counted from 0) is inf (1 of 24");
}

TEST_F(Sets, AnArrayThatHoldsNoSamplesIsToldWithItsShape) {
  const std::string file = (folder / "v.npy").string();
  const auto of_shape = [&](std::vector<std::int64_t> shape) {
    const auto count = static_cast<std::size_t>(storage::elements_of(shape));
    storage::write_npy(file, {.name = "v", .shape = std::move(shape), .values = std::vector<float>(count)});
    return why_not({"data.name=array", "data.file=" + file});
  };

  EXPECT_EQ(of_shape({0, 12}), "data set array: " + file + ": shape 0 x 12: holds no samples");
  EXPECT_EQ(of_shape({3, 0}), "data set array: " + file + ": shape 3 x 0: holds no values");
  EXPECT_EQ(of_shape({}), "data set array: " + file + " is a single number: wanted are samples x values, or samples of images");
  EXPECT_EQ(of_shape({7}), "data set array: " + file + ": shape 7 is neither samples x values nor samples of images");
}

TEST_F(Sets, ADatasetThatIsNoArrayOfSamplesIsNamedWithTheKeyThatChoosesIt) {
  const fs::path path = folder / "d.h5";
  storage::write_hdf5_array(path, "numbers", {{"flat", {2}, std::vector<double>{3, 4}}, {"value"}, "two numbers", "1"}, {});
  const auto with = [&](const std::string& dataset) {
    return why_not({"data.name=array", "data.file=" + path.string(), "data.dataset=" + dataset});
  };

  EXPECT_CONTAINS(with("flat"), path.string() + ": dataset flat: shape 2 is neither samples x values");
  const std::string none = with("data");
  EXPECT_CONTAINS(none, "has no dataset /data; at its top are ");
  EXPECT_CONTAINS(none, "; name one: data.dataset=PATH");
}

TEST_F(Sets, WhoseSamplesAreAllEqualAreTold) {
  const auto all_equal = [&](const std::vector<float>& values, const std::string& scaling) {
    storage::write_npy(folder / "v.npy", {.name = "v", .shape = {10, 2}, .values = values});
    return open(cell_of({"data.name=array", "data.file=" + (folder / "v.npy").string(), "data.validation_share=0.2",
                         "data.scaling=" + scaling}))
        ->all_equal();
  };
  std::vector<float> rows;
  for (int i = 0; i < 10; ++i) rows.insert(rows.end(), {0.1F, 0.7F});

  for (const char* scaling : {"standard", "none"}) EXPECT_TRUE(all_equal(rows, scaling)) << scaling;
  for (const std::size_t place : {0U, 7U, 19U}) {
    std::vector<float> other = rows;
    other[place] = 0.2F;
    for (const char* scaling : {"standard", "none"}) EXPECT_FALSE(all_equal(other, scaling)) << scaling << " " << place;
  }
  EXPECT_FALSE(open(cell_of({"data.name=shapes"}))->all_equal());
}

TEST(Networks, HaveThePapersNumberOfParametersOnMnistAndCeleba) {
  const auto parameters = [](const std::vector<std::string>& overrides, const models::Shape& shape) {
    std::int64_t count = 0;
    for (const auto& one : models::make_method(cell_of(overrides))->make_model(shape)->parameters()) count += one.numel();
    return count;
  };
  EXPECT_EQ(parameters({"data.name=mnist", "model.method=ae"}, {1, 32, 32}), 2'041'057);
  EXPECT_EQ(parameters({"data.name=mnist", "model.method=irmae"}, {1, 32, 32}), 2'172'129);
  EXPECT_EQ(parameters({"data.name=mnist", "model.method=vae"}, {1, 32, 32}), 2'172'257);
  EXPECT_EQ(parameters({"data.name=celeba", "model.method=ae"}, {3, 64, 64}), 64'038'531);
  EXPECT_EQ(parameters({"data.name=celeba", "model.method=irmae"}, {3, 64, 64}), 65'087'107);
  EXPECT_EQ(parameters({"data.name=celeba", "model.method=vae"}, {3, 64, 64}), 72'427'651);
}

TEST(Networks, OfAnyImageSizeGiveTheImageBack) {
  for (const models::Shape& shape : std::vector<models::Shape>{{1, 28, 28}, {3, 109, 89}, {3, 5, 64}, {1, 3, 3}, {2, 1, 9}}) {
    const auto model = models::make_method(cell_of({"data.name=images", "model.width=4", "model.latent=7"}))->make_model(shape);
    std::vector<std::int64_t> batch{2};
    batch.insert(batch.end(), shape.begin(), shape.end());
    const torch::Tensor codes = model->encode(torch::rand(batch));

    EXPECT_EQ(codes.sizes().vec(), (std::vector<std::int64_t>{2, 7}));
    EXPECT_EQ(model->decode(codes).sizes().vec(), batch);
  }
  const auto mlp = models::make_method(cell_of({"data.name=array", "model.latent=3"}))->make_model({11});
  EXPECT_EQ(mlp->decode(mlp->encode(torch::rand({2, 11}))).sizes().vec(), (std::vector<std::int64_t>{2, 11}));
}

TEST(Networks, ThatDoNotFitTheDataAreNamedWithTheWayOut) {
  const manifest::Cell cell = cell_of({"data.name=mnist", "model.network=celeba"});

  EXPECT_CONTAINS(tests::message_of<UsageError>([&] { models::check_network(cell, {1, 32, 32}); }), "set model.network");
}

}  // namespace
}  // namespace irmae::data
