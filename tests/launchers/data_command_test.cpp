// SPDX-License-Identifier: MIT
// irmae data on pictures and arrays of a user's own: the classes that it prints.
#include "tests/contains.h"
#include "tests/launchers/model_program.h"

namespace irmae {
namespace {

class DataCommand : public tests::ModelProgram {
 protected:
  void prints(const std::string& arguments, const std::string& wanted) const {
    const tests::Result result = irmae("data " + arguments);
    EXPECT_EQ(result.status, 0) << result.output;
    EXPECT_CONTAINS(result.output, wanted);
  }
};

TEST_F(DataCommand, CallsClassesByTheirNamesAndShowsTheFirstOfMany) {
  check(R"(
import os
from PIL import Image
os.makedirs('p')
names = [f'{i}.png' for i in range(40)]
for i, name in enumerate(names): Image.fromarray(np.full((4, 4, 3), i, 'u1')).save('p/' + name)
def table(file, label):
    rows = [f'{name},{label(i)},{"train" if i < 30 else "validation"}' for i, name in enumerate(names)]
    open(file, 'w').write('\n'.join(['file,label,split'] + rows))
table('pets.csv', lambda i: 'dog' if i % 3 else 'cat')
table('numbers.csv', lambda i: i % 2)
table('many.csv', lambda i: f'c{i:02}')
)");
  const std::string pictures = "images data.folder=p data.labels=";

  prints(pictures + "pets.csv", "classes: cat 10, dog 20\n");
  prints(pictures + "numbers.csv", "classes: 15 15\n");
  prints(pictures + "many.csv", "c18 1, c19 1, ... of 40 classes\n");
}

TEST_F(DataCommand, SendsNoControlCharactersOfAFileToTheTerminal) {
  check(R"(
import os
from PIL import Image
os.makedirs('p')
for i in range(4): Image.fromarray(np.full((4, 4, 3), i, 'u1')).save(f'p/{i}.png')
open('t.csv', 'w').write('file,label\n0.png,\x1b[31mred\n1.png,"two\nlines"\n2.png,blue\n3.png,blue\n')
open('p/\x1b[2J.png', 'w').write('broken')
)");
  prints("images data.folder=p data.labels=t.csv data.validation_share=0.5", "two lines ");
  const tests::Result labels = irmae("data images data.folder=p data.labels=t.csv data.validation_share=0.5"),
                      broken = irmae("data images data.folder=p");

  EXPECT_CONTAINS(broken.output, " [2J.png: neither a JPEG nor a PNG file");
  EXPECT_LACKS(labels.output + broken.output, "\x1b");
}

TEST_F(DataCommand, ShowsTheNumbersOfTheFileBesideThoseThatAreTrainedOn) {
  check("np.save('v.npy', np.arange(200.).reshape(100, 2) % 8 * 10 + 1000); np.save('u.npy', np.arange(20.).reshape(10, 2))");

  prints("array data.file=v.npy", "scaled      (number - offset) / factor, offset 1030 to 1040, factor ");
  prints("array data.file=v.npy", " (in the file 1000 to 1070), mean ");
  EXPECT_LACKS(irmae("data array data.file=u.npy data.scaling=none data.validation_share=0.5").output, "in the file");
}

TEST_F(DataCommand, ShowsAZeroOfTheFileAsZeroAndSmallNumbersAsTheyAre) {
  check(
      "r = np.random.default_rng(3); np.save('b.npy', r.random((100, 20)) < 0.3)\n"
      "np.save('s.npy', r.integers(0, 5, (100, 20)) * 1e-9)");

  prints("array data.file=b.npy", " (in the file 0 to 1), mean ");
  prints("array data.file=s.npy", " (in the file 0 to 4e-09), mean ");
}

TEST_F(DataCommand, SaysWhichScalingDividesEachValueAndShowsItsFactors) {
  check(
      "i = np.arange(100); np.save('v.npy', (i % 2 * 2 - 1)[:, None] * np.r_[500., np.ones(9)])\n"
      "np.save('split.npy', i >= 90)");
  std::ofstream(folder / "m.toml") << "[data]\nname = 'array'\nfile = 'v.npy'\n[train]\nepochs = 1\n[model]\nlatent = 2\n";
  const std::string note =
      "1 of 10 values holds 99 % of the variance: where their units differ, data.scaling=each divides each by its own standard "
      "deviation\n";
  const std::string each = "array data.file=v.npy data.split=split.npy data.scaling=each";

  prints("array data.file=v.npy", "note        " + note);
  EXPECT_CONTAINS(irmae("run m.toml").output, "data set array: " + note);
  prints(each, ", factor 1 to 500\n");
  prints(each, " values -1 to 1 (in the file -500 to 500), mean ");
  EXPECT_LACKS(irmae("data " + each).output, "note");
}

TEST_F(DataCommand, SaysThatAllSamplesAreEqualWhichIsNotTrainedOn) {
  check("np.save('same.npy', np.ones((50, 3)))");
  std::ofstream(folder / "m.toml") << "[data]\nname = 'array'\nfile = 'same.npy'\n";

  prints("array data.file=same.npy", "note        all samples are equal: there is nothing to learn\n");
  EXPECT_LACKS(irmae("data array data.file=same.npy").output, "factor");
  refuses("run m.toml", 1, ": all samples are equal: there is nothing to learn");
  check("assert not glob.glob('out/m/*/run.h5')");
}

TEST_F(DataCommand, NamesPicturesThatAreLeftOut) {
  check(R"(
import os
from PIL import Image
os.makedirs('p')
for i in range(20): Image.fromarray(np.full((4, 4, 3), i, 'u1')).save(f'p/{i}.png')
Image.fromarray(np.zeros((4, 4, 3), 'u1')).save('p/a.bmp')
)");
  prints("images data.folder=p -o made/sheet.png", "note        1 picture of other types is left out (.bmp)\n");
  EXPECT_TRUE(std::filesystem::exists(folder / "made/sheet.png"));
}

TEST_F(DataCommand, ItsSheetReplacesNoPicture) {
  check(R"(
import os
from PIL import Image
os.makedirs('p/q')
for i in range(20): Image.fromarray(np.full((4, 4, 3), i, 'u1')).save(f'p/q/{i}.png')
)");
  std::filesystem::create_symlink("p", folder / "same");
  for (const std::string sheet : {"p/q/3.png", "same/q/3.png"})
    refuses("data images data.folder=p -o " + sheet, 2,
            sheet + ": a file in data.folder, which this would replace: name another");
  check("from PIL import Image; assert Image.open('p/q/3.png').size == (4, 4)");
  prints("images data.folder=p -o p.png", "p.png: the first 18 of train\n");
}

TEST_F(DataCommand, NamesTheWrongOptionAndWhatItTakes) {
  refuses("data shapes --split tran", 2, "irmae: --split: 'tran' is not one of train, validation; did you mean train?\n");
  refuses("data shapes --split all", 2, "irmae: --split: 'all' is not one of train, validation; irmae data --help explains\n");
  refuses("data shapes -n 0", 2, "irmae: --count: must be a number above 0, not '0'");
  refuses("data shape", 2, "irmae: kind: 'shape' is not one of ");
}

}  // namespace
}  // namespace irmae
