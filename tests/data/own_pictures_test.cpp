// SPDX-License-Identifier: MIT
// Folders of pictures as users have them: which are taken for which, what a table may say, which colours and classes they have.
#include <gtest/gtest.h>

#include <fstream>

#include "framework/data/dataset.h"
#include "framework/data/pictures/image_file.h"
#include "framework/data/pictures/picture_files.h"
#include "tests/contains.h"
#include "tests/data/helpers.h"
#include "tests/message_of.h"

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
  void write_sized(const std::string& file, std::int64_t width, std::int64_t height) const {
    fs::create_directories((folder / file).parent_path());
    write_png(folder / file, {width, height, 3, std::vector<std::uint8_t>(static_cast<std::size_t>(3 * width * height))});
  }
  std::string table(const std::string& text) const {
    std::ofstream(folder / "t.csv") << text;
    return "data.labels=" + (folder / "t.csv").string();
  }
  manifest::Cell cell(const std::string& place, const std::string& more = "data.size=0") const {
    return cell_of({"data.name=images", "data.folder=" + (folder / place).string(), "data.validation_share=0.5", more});
  }
  std::string why_not(const std::string& place, const std::string& more = "data.size=0") const {
    return tests::why_not_opened(cell(place, more));
  }

  tests::TemporaryFolder folder;
};

/// The first byte of each training sample.
std::vector<std::int64_t> training_colours(const Dataset& set) {
  const torch::Tensor images = set.batch(Split::train, consecutive(0, set.size(Split::train))).images;
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

TEST_F(OwnPictures, ATableMayHaveBlanksAndCapitalsInItsHeading) {
  for (int i = 0; i < 4; ++i) write(fmt::format("p/{}.png", i), static_cast<std::uint8_t>(i));
  for (const char* heading : {"file, label, split", "File,Label,SPLIT"}) {
    const std::string text =
        fmt::format("{}\n0.png, a, train\n1.png, b, train\n2.png, a, validation\n3.png, b, validation\n", heading);
    const auto set = open(cell("p", table(text)));

    EXPECT_EQ(set->facts().classes, 2) << heading;
    EXPECT_EQ(set->size(Split::train), 2) << heading;
  }
}

TEST_F(OwnPictures, WhatIsWrongInATableIsNamedWithItsLine) {
  for (int i = 0; i < 4; ++i) write(fmt::format("p/{}.png", i), static_cast<std::uint8_t>(i));
  const auto with = [&](const std::string& text) { return why_not("p", table(text)); };
  const auto expect = [&](const std::string& text, const std::string& wanted) { EXPECT_CONTAINS(with(text), wanted); };

  expect("name;label\n0.png;1\n", "t.csv: has no column file, but \"name;label\"");
  expect("file,label,Label\n0.png,1,1\n", "has the column label twice");
  expect("file,label\n0.png,1\n,1\n", "t.csv:3: the field file is empty");
  expect("file,split\n0.png,train\n1.png,test\n", "t.csv:3: split \"test\" is not one of");
  expect("file,split\n0.png,train\n1.png,validation\n./0.png,validation\n",
         "t.csv:4: ./0.png stands in line 2 too, so that it is in train and in validation");
  expect("file\n0.png\n1.png\n0.png\n", "t.csv:4: 0.png stands in line 2 too, so that a split by chance");
  EXPECT_EQ(with("file,split\n0.png,train\n0.png,train\n1.png,validation\n2.png,validation\n3.png,unused\n3.png,train\n"), "")
      << "copies in one split leak nothing";
}

TEST_F(OwnPictures, OfATableAreToldApartByTheirFilesAndNotByTheirNames) {
  for (int i = 0; i < 4; ++i) write(fmt::format("p/{}.png", i), static_cast<std::uint8_t>(i));
  fs::create_symlink("0.png", folder / "p/link.png");
  fs::create_symlink(".", folder / "p/here");
  const auto twice = [&](const std::string& name) {
    return why_not("p", table("file,split\n0.png,train\n1.png,validation\n2.png,validation\n" + name + ",validation\n"));
  };

  for (const std::string& name : {std::string("../p/0.png"), (folder / "p/0.png").string(), std::string("link.png"),
                                  std::string("here/0.png"), std::string("here/here/link.png")})
    EXPECT_CONTAINS(twice(name), "t.csv:5: " + name + " stands in line 2 too, so that it is in train and in validation");
  EXPECT_EQ(twice("here/../p/3.png"), "");
}

TEST_F(OwnPictures, WhereATableSaysTheSplitsNoShareIsAdvised) {
  for (int i = 0; i < 4; ++i) write(fmt::format("p/{}.png", i), static_cast<std::uint8_t>(i));
  const std::string none = why_not("p", table("file,split\n0.png,train\n1.png,train\n")),
                    one = why_not("p", table("file,split\n0.png,train\n1.png,train\n2.png,validation\n"));

  EXPECT_CONTAINS(none, "t.csv: split is train in 2 rows and validation in 0 rows; at least");
  EXPECT_CONTAINS(one, "t.csv: split is train in 2 rows and validation in 1 row; at least");
  EXPECT_LACKS(none + one, "validation_share");
}

TEST_F(OwnPictures, OfColoursStaySoThoughTheFirstOneIsGrey) {
  write("p/0.png", 7, 1);
  for (int i = 1; i < 4; ++i) write(fmt::format("p/{}.png", i), 20);
  for (int i = 0; i < 4; ++i) write(fmt::format("grey/{}.png", i), 20, 1);

  EXPECT_EQ(open(cell("p"))->shape(), (std::vector<std::int64_t>{3, 4, 4}));
  EXPECT_EQ(open(cell("p", "data.channels=1"))->shape(), (std::vector<std::int64_t>{1, 4, 4}));
  EXPECT_EQ(open(cell("grey"))->shape(), (std::vector<std::int64_t>{1, 4, 4}));
}

TEST_F(OwnPictures, TheNamesOfTheirClassesAreKnown) {
  for (int i = 0; i < 4; ++i) write(fmt::format("p/{}.png", i), static_cast<std::uint8_t>(i));
  const auto set = open(cell("p", table("file,label\n0.png,dog\n1.png,\"a\n cat\"\n2.png,dog\n3.png,\n")));

  EXPECT_EQ(set->facts().class_names, (std::vector<std::string>{"a\n cat", "dog"}));
  EXPECT_TRUE(open(cell("p"))->facts().class_names.empty());
}

TEST_F(OwnPictures, ThatAreBrokenAreListedInTheOrderOfTheirPaths) {
  std::string rows = "file,split\n", wanted = "8 of 8 files cannot be used; remove or mend them:";
  fs::create_directories(folder / "p");
  for (int i = 0; i < 8; ++i) {
    const fs::path file = folder / "p" / fmt::format("{}.png", i);
    if (i != 5) std::ofstream(file) << "nothing";
    rows += fmt::format("{}.png,{}\n", i, i % 3 == 0 ? "validation" : "train");
    wanted += "\n  " + file.string() + (i == 5 ? ": there is no such file" : ": neither a JPEG nor a PNG file");
  }

  EXPECT_CONTAINS(why_not("p", table(rows)), wanted);
}

TEST_F(OwnPictures, OfSeveralSizesAreOneLineWithTheKeyThatHelps) {
  write_sized("p/0.png", 4, 4);
  for (int i = 1; i < 9; ++i) write_sized(fmt::format("p/{}.png", i), 8, 6 + i % 2);

  EXPECT_EQ(why_not("p"), fmt::format("data set images: the pictures differ in size ({0}/0.png has 4 x 4 pixels, {0}/1.png has "
                                      "8 x 7 pixels): set data.size, to which the largest square of each is brought, or that "
                                      "of data.crop",
                                      (folder / "p").string()));
  EXPECT_EQ(why_not("p", "data.size=4"), "");

  const std::string small = why_not("p", "data.crop=5");
  EXPECT_CONTAINS(small, "some pictures are smaller than data.crop = 5 (" + (folder / "p/0.png").string() +
                             " has 4 x 4 pixels): lower data.crop, or set data.size in its place");
  EXPECT_LACKS(small, "\n");
}

TEST_F(OwnPictures, OfSeveralSizesAreListedWithThoseThatAreBroken) {
  write_sized("p/0.png", 4, 4);
  write_sized("p/1.png", 8, 8);
  std::ofstream(folder / "p/2.png") << "nothing";

  const std::string text = why_not("p");
  EXPECT_CONTAINS(text, "2 of 3 files cannot be used");
  EXPECT_CONTAINS(text, "1.png: 8 x 8 pixels of 3 channels, but 4 x 4 of 3 are wanted");
}

TEST_F(OwnPictures, OfTypesThatCannotBeReadAreCountedAndNamed) {
  for (int i = 0; i < 6; ++i) write(fmt::format("p/{}.png", i), static_cast<std::uint8_t>(i));
  const std::string before = open(cell("p"))->facts().description;
  EXPECT_TRUE(open(cell("p"))->facts().remarks.empty());
  for (const char* name : {"p/a.webp", "p/b.WEBP", "p/c.bmp", "p/notes.txt"}) std::ofstream(folder / name) << "x";
  fs::create_directories(folder / "q");
  std::ofstream(folder / "q/a.tif") << "x";

  EXPECT_EQ(open(cell("p"))->facts().remarks, std::vector<std::string>{"3 pictures of other types are left out (.bmp, .webp)"});
  EXPECT_EQ(open(cell("p"))->facts().description, before) << "it says what the samples are, which are the same";
  EXPECT_EQ(why_not("q"), "data set images: " + (folder / "q").string() +
                              ": no .jpg, .jpeg or .png file there, but 1 picture of other types (.tif): save them as PNG");
}

TEST_F(OwnPictures, ThatAreHiddenAreLeftOutAndCountedButTakenWhereATableNamesThem) {
  for (const char* name : {"p/1.png", "p/2.png", "p/a/3.png", "p/a/4.png"}) write(name, 20);
  for (const char* name : {"p/.1.png", "p/.thumbnails/1.png", "p/.thumbnails/2.png", "p/a/.ipynb_checkpoints/3.png", ".q/1.png",
                           ".q/2.png", ".q/3.png", ".q/4.png", "r/.1.png"})
    write(name, 120);
  std::ofstream(folder / "p/._2.png") << "what a Mac keeps of another file";
  std::ofstream(folder / "p/.DS_Store") << "no picture";
  const auto set = open(cell("p"));

  EXPECT_EQ(training_colours(*set), std::vector<std::int64_t>(2, 20));
  EXPECT_EQ(set->size(Split::validation), 2);
  EXPECT_EQ(set->facts().remarks,
            std::vector<std::string>{"4 names with a dot in front are left out (" + (folder / "p/.1.png").string() + ", ...)"});
  EXPECT_EQ(open(cell(".q"))->size(Split::train), 2) << "the folder that was asked for may be hidden";
  EXPECT_CONTAINS(why_not("r"), "r: no .jpg, .jpeg or .png file there, names with a dot in front left out");
  EXPECT_EQ(
      training_colours(*open(cell("p", table("file,split\n.1.png,train\n1.png,validation\n.thumbnails/2.png,validation\n")))),
      std::vector<std::int64_t>{120});
}

TEST_F(OwnPictures, OfATableInAnotherCharacterSetThatIsSaid) {
  for (int i = 0; i < 3; ++i) write(fmt::format("p/{}.png", i), 20);
  write("p/\u00fc.png", 20);
  write("p/\xfc.png", 20);  // a name that is no UTF-8, as some folders have them
  const std::string rows = "\n0.png\n1.png\n2.png\n";

  EXPECT_EQ(why_not("p", table("file\n\xe4.png" + rows)),
            "data set images: " + (folder / "t.csv").string() +
                ": the table is not UTF-8, so that a file that it names is not found: save it as UTF-8");
  EXPECT_EQ(why_not("p", table("file\n\u00fc.png" + rows)), "");
  EXPECT_EQ(why_not("p", table("file\n\xfc.png" + rows)), "");
  EXPECT_CONTAINS(why_not("p", table("file\n\u00e4.png" + rows)), "\u00e4.png: there is no such file");
}

TEST_F(OwnPictures, OfLabelsInAnotherCharacterSetThatIsSaid) {
  for (int i = 0; i < 3; ++i) write(fmt::format("p/{}.png", i), 20);
  const std::string rows = "\n1.png,a\n2.png,a\n";

  EXPECT_EQ(why_not("p", table("file,label\n0.png,K\xe4tzchen" + rows)),
            "data set images: " + (folder / "t.csv").string() +
                ": the table is not UTF-8, so that a label in it cannot be read: save it as UTF-8");
  EXPECT_EQ(why_not("p", table("file,label\n0.png,K\u00e4tzchen" + rows)), "");
}

/// Below the folder of the pictures.
std::vector<std::string> names_of(const FoundPictures& found, const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::path& file : found.files) names.push_back(file.lexically_relative(folder).string());
  return names;
}

TEST_F(OwnPictures, ThatLinksNameASecondTimeAreTakenOnceUnderTheirFirstName) {
  for (const char* name : {"p/cats/1.png", "p/cats/2.png", "p/dogs/1.png", "p/dogs/9.png"}) write(name, 7);
  const std::vector<std::string> plain = {"cats/1.png", "cats/2.png", "dogs/1.png", "dogs/9.png"};
  const auto names = [&] { return names_of(pictures_below(folder / "p"), folder / "p"); };
  EXPECT_EQ(names(), plain);
  EXPECT_TRUE(open(cell("p"))->facts().remarks.empty());

  fs::create_symlink("cats", folder / "p/same");
  fs::create_symlink("../cats/2.png", folder / "p/dogs/3.png");
  EXPECT_EQ(names(), plain);
  EXPECT_EQ(open(cell("p"))->facts().remarks,
            std::vector<std::string>{"2 names are left out, since links lead to the same pictures (" +
                                     (folder / "p/dogs/3.png").string() + ", ...)"});

  fs::remove(folder / "p/same");
  fs::remove(folder / "p/dogs/3.png");
  fs::create_symlink("cats", folder / "p/all");
  fs::create_symlink("dogs/9.png", folder / "p/best.png");
  EXPECT_EQ(names(), (std::vector<std::string>{"all/1.png", "all/2.png", "best.png", "dogs/1.png"}));
}

TEST_F(OwnPictures, InFoldersThatLinkToEachOtherAreTakenOnce) {
  for (const char* name : {"p/cats/1.png", "p/dogs/1.png", "elsewhere/1.png"}) write(name, 7);
  fs::create_symlink("../dogs", folder / "p/cats/z");
  fs::create_symlink("../cats", folder / "p/dogs/z");
  fs::create_symlink("../elsewhere", folder / "p/more");
  fs::create_symlink("../p", folder / "elsewhere/back");

  EXPECT_EQ(names_of(pictures_below(folder / "p"), folder / "p"),
            (std::vector<std::string>{"cats/1.png", "cats/z/1.png", "more/1.png"}));
}

TEST_F(OwnPictures, OfAFolderThatCannotBeListedAreAnErrorThatNamesIt) {
  fs::create_symlink("p", folder / "p");  // leads to itself: closed to root too
  EXPECT_CONTAINS(tests::message_of<UnreadableFile>([&] { pictures_below(folder / "p"); }),
                  "cannot read " + (folder / "p").string() + ": ");
}

TEST_F(OwnPictures, ColumnsOfATableThatAreNotUsedAreNamed) {
  for (int i = 0; i < 6; ++i) write(fmt::format("p/{}.png", i), static_cast<std::uint8_t>(i));
  const auto remarks = [&](const std::string& heading) {
    std::string text = heading;
    for (int i = 0; i < 6; ++i) text += fmt::format("\n{}.png,1,2", i);
    return open(cell("p", table(text)))->facts().remarks;
  };

  EXPECT_EQ(remarks("file,age,lable"), std::vector<std::string>{"columns of " + (folder / "t.csv").string() +
                                                                " that are not used: lable (did you mean label?), age"});
  EXPECT_EQ(remarks("File,Label,labels"),
            std::vector<std::string>{"columns of " + (folder / "t.csv").string() + " that are not used: labels"});
}

TEST_F(OwnPictures, ThatATableDoesNotNameAreCounted) {
  for (const char* name : {"p/1.png", "p/2.png", "p/3.png", "p/a/4.png", "p/a/5.png", "p/b.png", "p/.6.png"}) write(name, 20);
  const std::string start = "file,split\n1.png,train\n./2.png,validation\na/../3.png,validation\n";
  const auto remarks = [&](const std::string& more) { return open(cell("p", table(start + more)))->facts().remarks; };
  const std::string file = (folder / "t.csv").string(), first = (folder / "p/a/4.png").string();

  EXPECT_EQ(remarks("b.png,unused\n"),
            std::vector<std::string>{"2 pictures in the folder are not in " + file + " (" + first + ", ...)"});
  EXPECT_EQ(remarks("b.png,unused\na/5.png,train\n"),
            std::vector<std::string>{"1 picture in the folder is not in " + file + " (" + first + ")"});
  EXPECT_TRUE(remarks("b.png,unused\na/4.png,train\na/5.png,train\n").empty());
}

TEST_F(OwnPictures, ClassesWhoseLabelsAreNumbersAreInTheirOrder) {
  for (int i = 0; i < 4; ++i) write(fmt::format("p/{}.png", i), static_cast<std::uint8_t>(i));
  const auto names = [&](const std::string& last) {
    return open(cell("p", table("file,label\n0.png,10\n1.png,2\n2.png,-1.5\n3.png," + last + "\n")))->facts().class_names;
  };

  EXPECT_EQ(names("9"), (std::vector<std::string>{"-1.5", "2", "9", "10"}));
  EXPECT_EQ(names(""), (std::vector<std::string>{"-1.5", "2", "10"})) << "one has none";
  EXPECT_EQ(names("nine"), (std::vector<std::string>{"-1.5", "10", "2", "nine"})) << "texts";
  EXPECT_EQ(names("nan"), (std::vector<std::string>{"-1.5", "10", "2", "nan"})) << "no number to sort by";
}

}  // namespace
}  // namespace irmae::data::own_pictures
