// SPDX-License-Identifier: MIT
// One dataset of a user's own HDF5 file, and what is said where the name is not one's.
#include "storage/formats/hdf5_array.h"

#include <gtest/gtest.h>

#include "storage/hdf5/writer.h"
#include "tests/contains.h"
#include "tests/message_of.h"
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

TEST_F(Hdf5Array, ThatHoldsTextIsSaidToHoldIt) {
  EXPECT_EQ(why_not("words/t"), path().string() + ": /words/t holds text: wanted are numbers");
}

}  // namespace
}  // namespace irmae::storage
