// SPDX-License-Identifier: MIT
// Folders of pictures as users have them: which are taken for which, what a table may say, which colours and classes they have.
#include <gtest/gtest.h>

#include <fstream>

#include "framework/data/dataset.h"
#include "framework/data/image_file.h"
#include "storage/error.h"
#include "tests/data/helpers.h"

namespace irmae::data::own_pictures {
namespace {

namespace fs = std::filesystem;
using tests::cell_of;

class OwnPictures : public ::testing::Test {
 protected:
  void SetUp() override { setenv("IRMAE_CACHE", (folder / "cache").c_str(), 1); }

  /// 4 x 4 pixels of one colour, last written at the time that all of them have.
  void write(const std::string& file, std::uint8_t colour, std::int64_t channels = 3) const {
    const fs::path path = folder / file;
    fs::create_directories(path.parent_path());
    write_png(path, {4, 4, channels, std::vector<std::uint8_t>(static_cast<std::size_t>(16 * channels), colour)});
    fs::last_write_time(path, fs::file_time_type(std::chrono::hours(24)));
  }
  std::string table(const std::string& text) const {
    std::ofstream(folder / "t.csv") << text;
    return "data.labels=" + (folder / "t.csv").string();
  }
  manifest::Cell cell(const std::string& place, const std::string& more = "data.size=0") const {
    return cell_of({"data.name=images", "data.folder=" + (folder / place).string(), "data.validation_share=0.5", more});
  }
  /// Text of what opening throws.
  std::string why_not(const std::string& place, const std::string& more = "data.size=0") const {
    try {
      open(cell(place, more));
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  tests::TemporaryFolder folder;
};

/// The first byte of each training sample.
std::vector<std::int64_t> training_colours(const Dataset& set) {
  const torch::Tensor images = set.train(consecutive(0, set.train_size())).images;
  const torch::Tensor first = (images.flatten(1).select(1, 0) * 255).round().to(torch::kInt64).contiguous();
  return {first.data_ptr<std::int64_t>(), first.data_ptr<std::int64_t>() + first.numel()};
}

TEST_F(OwnPictures, OfTwoFoldersWithEqualNamesSizesAndTimesAreToldApartInTheCache) {
  for (int i = 0; i < 6; ++i) {
    write(fmt::format("a/{}.png", i), 20);
    write(fmt::format("b/{}.png", i), 120);
  }
  ASSERT_EQ(fs::file_size(folder / "a/0.png"), fs::file_size(folder / "b/0.png"));

  EXPECT_EQ(training_colours(*open(cell("a"))), std::vector<std::int64_t>(3, 20));
  EXPECT_EQ(training_colours(*open(cell("b"))), std::vector<std::int64_t>(3, 120));
}

TEST_F(OwnPictures, OfSubfoldersWithEqualNamesSizesAndTimesAreToldApartInTheCache) {
  std::string first = "file,split\n", second = first;
  for (int i = 0; i < 3; ++i) {
    write(fmt::format("p/a/{}.png", i), 20);
    write(fmt::format("p/b/{}.png", i), 120);
    first += fmt::format("a/{0}.png,train\nb/{0}.png,validation\n", i);
    second += fmt::format("b/{0}.png,train\na/{0}.png,validation\n", i);
  }

  EXPECT_EQ(training_colours(*open(cell("p", table(first)))), std::vector<std::int64_t>(3, 20));
  EXPECT_EQ(training_colours(*open(cell("p", table(second)))), std::vector<std::int64_t>(3, 120));
}

}  // namespace
}  // namespace irmae::data::own_pictures
