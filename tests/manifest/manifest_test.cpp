// SPDX-License-Identifier: MIT
#include "framework/manifest/manifest.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>
#include <set>

#include "framework/manifest/nearest.h"
#include "storage/error.h"
#include "storage/system/sha256.h"
#include "tests/contains.h"
#include "tests/message_of.h"
#include "tests/temporary_folder.h"

namespace irmae::manifest {
namespace {

Schema small_schema() {
  const std::vector<Key> layers = {{.path = "model.linear_layers", .fallback = std::int64_t{2}, .help = "", .least = 0}};
  Schema schema;
  schema.base = {
      {.path = "model.method", .fallback = std::string("ae"), .help = "", .choices = {"ae", "irmae", "vae"}},
      {.path = "train.seed", .fallback = std::int64_t{1}, .help = "", .least = 0},
      {.path = "train.learning_rate", .fallback = 1e-4, .help = "", .least = 0, .most = 1},
      {.path = "train.loss", .fallback = std::string("mse"), .help = "", .choices = {"mse", "bce"}},
      {.path = "train.threads", .fallback = std::int64_t{0}, .help = "", .identity = false},
  };
  schema.choices = {{.selector = "model.method", .name = "irmae", .help = "", .keys = layers},
                    {.selector = "model.method",
                     .name = "vae",
                     .help = "",
                     .keys = {{.path = "model.beta", .fallback = 0.1, .help = ""}},
                     .defaults = {{"train.loss", std::string("bce")}}}};
  return schema;
}

class Manifest : public ::testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }
  Plan load_text(const std::string& text, const std::vector<std::string>& overrides = {}) {
    return load(write("m.toml", text), overrides, small_schema());
  }
  std::string error_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
    return tests::message_of<UsageError>([&] { load_text(text, overrides); });
  }
  tests::TemporaryFolder folder_;
};

TEST_F(Manifest, OfMillionsOfValuesIsRefusedBeforeTheyFillTheMemory) {
  std::string many = "[grid]\n'train.seed' = [1";
  for (int i = 0; i < 4'000'100; ++i) many += ",1";
  const auto path = write("m.toml", many + "]\n");
  EXPECT_CONTAINS(tests::message_of([&] { load(path, {}, small_schema()); }), "more than 4000000 values");
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  EXPECT_LT(used.ru_maxrss, 300'000) << "kilobytes";
}

TEST_F(Manifest, LargerThan64MiBIsRefused) {
  constexpr std::size_t kMiB = std::size_t{1} << 20;
  std::string text;
  for (int i = 0; i < 64; ++i) text += "# " + std::string(kMiB - 3, 'x') + "\n";
  ASSERT_EQ(text.size(), 64 * kMiB);

  EXPECT_EQ(error_of(text), "");
  EXPECT_CONTAINS(error_of(text + "\n"), "m.toml: larger than 64 MiB: not a manifest");
}

TEST_F(Manifest, AnArgumentForATextIsTakenAsItIsWritten) {
  Schema schema = small_schema();
  schema.base.push_back({.path = "data.folder", .fallback = std::string(), .help = ""});
  for (const char* word : {"2024", "2024-05-01", "1e3", "true", "07:30:00", "a b"}) {
    const Plan plan = load(write("m.toml", ""), {std::string("data.folder=") + word}, schema);
    EXPECT_EQ(plan.cells.front().text("data.folder"), word);
  }
  EXPECT_EQ(load(write("m.toml", ""), {"data.folder='2024'"}, schema).cells.front().text("data.folder"), "2024");
  EXPECT_CONTAINS(error_of("", {"train.seed=2024-05-01"}), "must be an integer");
  EXPECT_CONTAINS(error_of("[train]\nloss = 2024"), "must be a text, not 2024");
}

TEST_F(Manifest, WithoutCellsIsOneCell) {
  const Plan plan = load_text("[train]\nseed = 5\n");

  ASSERT_EQ(plan.cells.size(), 1U);
  EXPECT_EQ(plan.cells[0].name, "ae");
  EXPECT_EQ(plan.cells[0].integer("train.seed"), 5);
}

TEST_F(Manifest, CrossesCellsWithTheGrid) {
  const Plan plan = load_text(
      "[grid]\n\"train.seed\" = [1, 2]\n[[cell]]\nname = 'a'\n[[cell]]\nname = 'b'\nmodel.method = 'irmae'\n"
      "grid.model.linear_layers = [2, 4]\n");

  ASSERT_EQ(plan.cells.size(), 6U);
  EXPECT_EQ(plan.cells[1].name, "a-seed2");
  EXPECT_EQ(plan.cells[3].name, "b-seed1-linear_layers4");
  EXPECT_EQ(plan.cells[3].integer("model.linear_layers"), 4);
}

TEST_F(Manifest, ArgumentsWinAndEndAnAxis) {
  const Plan plan = load_text("[grid]\n\"train.seed\" = [1, 2]\n", {"train.seed=7", "train.learning_rate=1e-3"});

  ASSERT_EQ(plan.cells.size(), 1U);
  EXPECT_EQ(plan.cells[0].integer("train.seed"), 7);
  EXPECT_EQ(plan.cells[0].real("train.learning_rate"), 1e-3);
}

TEST_F(Manifest, IncludedCellsTakeTheIncludingFilesSettings) {
  write("below.toml", "[train]\nseed = 3\nlearning_rate = 0.5\n[[cell]]\nname = 'x'\n");

  const Plan plan = load_text("include = ['below.toml']\n[train]\nlearning_rate = 0.25\n");

  ASSERT_EQ(plan.cells.size(), 1U);
  EXPECT_EQ(plan.cells[0].integer("train.seed"), 3);
  EXPECT_EQ(plan.cells[0].real("train.learning_rate"), 0.25);
}

TEST_F(Manifest, ScalesAreChosenByName) {
  const std::string text = "[scales.tiny]\ntrain.seed = 9\n";

  EXPECT_EQ(load_text(text, {"scale=tiny"}).cells[0].integer("train.seed"), 9);
  EXPECT_EQ(load_text(text).cells[0].integer("train.seed"), 1);
  EXPECT_CONTAINS(error_of(text, {"scale=tini"}), "did you mean tiny?");
}

TEST_F(Manifest, TablesAndScalesOfAnIncludedFileAreLent) {
  write("base.toml", "[train]\nlearning_rate = 1e-3\n[scales.tiny]\ntrain.seed = 7\n");
  const Plan plan = load_text("include = ['base.toml']\n[[cell]]\nname = 'a'\n[grid]\n'train.seed' = [1, 2]\n", {"scale=tiny"});

  ASSERT_EQ(plan.cells.size(), 1U) << "a scale's value ends an axis";
  EXPECT_EQ(plan.cells[0].integer("train.seed"), 7);
  EXPECT_EQ(plan.cells[0].real("train.learning_rate"), 1e-3);
}

TEST_F(Manifest, ACellOfTwoFilesIsTakenOnceWhateverItsNames) {
  write("one.toml", "[[cell]]\nname = 'a'\n[[cell]]\nname = 'b'\nmodel.method = 'irmae'\n");
  write("two.toml", "[[cell]]\nname = 'other'\n[[cell]]\nname = 'c'\nmodel.method = 'vae'\n");
  const Plan plan = load_text("include = ['one.toml', 'two.toml']\n");

  ASSERT_EQ(plan.cells.size(), 3U);
  EXPECT_EQ(plan.cells[0].name, "a");
  EXPECT_EQ(plan.cells[2].name, "c");
  EXPECT_CONTAINS(error_of("[[cell]]\nname = 'a'\n[[cell]]\nname = 'b'\n"), "same parameters");
}

TEST_F(Manifest, AMethodBringsItsOwnDefaults) {
  EXPECT_EQ(load_text("[model]\nmethod = 'vae'\n").cells[0].text("train.loss"), "bce");
}

TEST_F(Manifest, UnknownKeyIsNamedWithPlaceAndNearest) {
  const std::string error = error_of("[train]\nseed = 1\n  learning_rat = 0.1\n");

  EXPECT_CONTAINS(error, "m.toml:3:3: train.learning_rat: unknown key; did you mean train.learning_rate?");
}

TEST_F(Manifest, ATableOfParametersThatIsWrittenOtherwiseIsToldWithTheWayOut) {
  for (const char* text : {"[[train]]\nseed = 1\n", "train = 5\n"})
    EXPECT_CONTAINS(error_of(text), "train: must be one table: write [train]") << text;
  EXPECT_CONTAINS(error_of("trains = 5\n"), "trains: unknown key; did you mean train?");
}

TEST_F(Manifest, AScaleThatIsNotChosenHasNoUnknownKeyEither) {
  const std::string error = error_of("[scales.tiny]\ntrain.sed = 2\n[scales.full]\n");
  EXPECT_CONTAINS(error, "m.toml:2:");
  EXPECT_CONTAINS(error, "train.sed: unknown key; did you mean train.seed?");
  EXPECT_CONTAINS(error_of("[model]\nzzzqqq = 1\n"), "m.toml:2:1: model.zzzqqq: unknown key; irmae plan --keys lists all");
}

TEST_F(Manifest, AMistakeOfAGridIsToldWithoutWhatFollowsFromIt) {
  const std::string error = error_of("[grid]\n'train.sed' = [1, 2]\n");
  EXPECT_CONTAINS(error, "train.sed: unknown key");
  EXPECT_LACKS(error, "same parameters");
}

TEST_F(Manifest, AListWithoutQuotesIsToldWithTheWayOut) {
  EXPECT_CONTAINS(error_of("", {"model.method=[ae,vae]"}), "words in it stand in quotes");
}

TEST_F(Manifest, AListInPlaceOfOneValueIsToldWithBothFormsThatWork) {
  EXPECT_CONTAINS(error_of("[train]\nseed = [10, 100]"),
                  "m.toml:2:8: train.seed: must be a number, a text, true or false (a list belongs into [grid]; where one "
                  "value is several numbers, it is a text: \"10 100\")");
  EXPECT_CONTAINS(error_of("[train]\nseed = ['a', 1]"), "true or false (a list belongs into [grid])");

  Schema schema = small_schema();
  schema.base.push_back(
      {.path = "evaluate.labels", .fallback = std::string("10 all"), .help = "", .why_wrong = [](const auto&) {
         return std::string();
       }});
  const auto place = write("m.toml", "");
  EXPECT_CONTAINS(tests::message_of<UsageError>([&] { load(place, {"evaluate.labels=[10,100]"}, schema); }),
                  "evaluate.labels: must be a text such as \"10 all\", not 10");
}

TEST_F(Manifest, AllProblemsAreToldAtOnce) {
  const std::string error = error_of("[train]\nseed = 'x'\nlearning_rate = 2\nloss = 'msa'\n");

  EXPECT_CONTAINS(error, "train.seed: must be an integer, not \"x\"");
  EXPECT_CONTAINS(error, "train.learning_rate: must be from 0 to 1, not 2");
  EXPECT_CONTAINS(error, "train.loss: must be one of mse, bce, not \"msa\"; did you mean mse?");
}

TEST_F(Manifest, AKeyOfAnotherMethodIsRefusedInItsCell) {
  EXPECT_CONTAINS(error_of("[[cell]]\nname = 'a'\nmodel.beta = 1.0\n"), "model.beta: only for model.method = vae");
  EXPECT_CONTAINS(error_of("[model]\nbeta = 1.0\n"), "no cell has a use for it");
}

TEST_F(Manifest, HostileInputIsAUsageError) {
  EXPECT_CONTAINS(error_of("[train\n"), "m.toml:1:");
  EXPECT_CONTAINS(error_of("[[cell]]\nname = '../x'\n"), "cell.name");
  EXPECT_CONTAINS(error_of("[train]\nlearning_rate = nan\n"), "finite");
  EXPECT_CONTAINS(error_of("include = ['m.toml']\n"), "includes itself");
  EXPECT_CONTAINS(error_of("[[cell]]\nname='a'\n[[cell]]\nname='a'\ntrain.seed=2\n"), "stands twice");
  EXPECT_CONTAINS(error_of("[[cell]]\nname='a'\n[[cell]]\nname='b'\n"), "same parameters");
  EXPECT_THROW(load(folder_ / "absent.toml", {}, small_schema()), UsageError);
  EXPECT_THROW(load(folder_.string(), {}, small_schema()), UsageError);
}

TEST_F(Manifest, AProblemIsOneShortLineWhateverStandsInTheFile) {
  EXPECT_CONTAINS(error_of("\"\\u001b[31mred\\n\" = 1\n"), ":  [31mred : unknown key");

  for (std::size_t before = 0; before < 3; ++before) {  // so that a cut lies within a character, too
    std::string value(before, 'x');
    for (int i = 0; i < 100'000; ++i) value += "\u20AC";
    const std::string shown = error_of("[train]\nloss = \"" + value + "\"\n");
    EXPECT_LE(shown.size(), 2000U);
    EXPECT_CONTAINS(shown, "train.loss: must be one of mse, bce, not \"");
    EXPECT_CONTAINS(shown, "\u20AC ... \u20AC");
    EXPECT_LACKS(shown, "?");
  }
}

TEST_F(Manifest, AGridOfAMillionCellsIsRefusedBeforeItIsExpanded) {
  std::string list = "[0";
  for (int i = 1; i < 1000; ++i) list += ", " + std::to_string(i);
  EXPECT_CONTAINS(error_of("[grid]\n\"train.seed\" = " + list + "]\n\"train.threads\" = " + list + "]\n"),
                  "more than 100000 cells");
}

TEST_F(Manifest, ManyAxesDoNotOverflowTheCountOfCells) {
  std::string grid = "[grid]\n";
  for (int axis = 0; axis < 80; ++axis) grid += "a.k" + std::to_string(axis) + " = [1, 2]\n";  // 2^80 cells
  EXPECT_CONTAINS(error_of(grid), "more than 100000 cells");
  std::string cells;
  for (int cell = 0; cell < 2000; ++cell) cells += "[[cell]]\nname = 'c" + std::to_string(cell) + "'\n";
  std::string list = "[0";
  for (int i = 1; i < 1000; ++i) list += ", " + std::to_string(i);
  EXPECT_CONTAINS(error_of("[grid]\ntrain.seed = " + list + "]\n" + cells), "more than 100000 cells");
}

TEST_F(Manifest, TenThousandCellsHaveTenThousandFolders) {
  std::string list = "[0";
  for (int i = 1; i < 10'000; ++i) list += ", " + std::to_string(i);
  const Plan plan = load_text("[grid]\ntrain.seed = " + list + "]\n");
  std::set<std::string> folders;
  for (const Cell& cell : plan.cells) folders.insert(cell.folder());
  EXPECT_EQ(folders.size(), 10'000U);
}

TEST_F(Manifest, WhatCannotBeAPathOrAnAttributeIsRefused) {
  EXPECT_CONTAINS(error_of("[train]\nloss = \"mse\\u0000\"\n"), "U+0000");
  EXPECT_CONTAINS(error_of("include = [\"other.toml\\u0000\"]\n"), "must be a list of file names");
  EXPECT_CONTAINS(error_of("", {"train.loss=\xff"}), "must be UTF-8");
  EXPECT_CONTAINS(error_of("", {"train.loss=\xed\xa0\x80"}), "must be UTF-8");  // half a pair of UTF-16
  EXPECT_CONTAINS(error_of("", {"train.seed=1\nother=2"}), "must be an integer");
  EXPECT_CONTAINS(error_of("tr\xc3\xa9in = 1\n"), "m.toml:1:");
}

TEST_F(Manifest, DepthIsBoundedHoweverItIsWritten) {
  std::string dotted = "a", quoted = "\"=\"";
  for (int i = 0; i < 100'000; ++i) dotted += ".a", quoted += ".\"=\"";
  EXPECT_CONTAINS(error_of(dotted + " = 1\n"), "a key of more than 64 parts");
  EXPECT_CONTAINS(error_of("[" + dotted + "]\n"), "a key of more than 64 parts");
  EXPECT_CONTAINS(error_of("# \"\n" + quoted + " = 1\n"), "a key of more than 64 parts");
  EXPECT_CONTAINS(error_of("x = \"\"\"a\"\"\"\"\n" + dotted + " = 1\n"), "a key of more than 64 parts");
  EXPECT_CONTAINS(error_of("x = " + std::string(100'000, '[') + "\n"), "depth");
  EXPECT_CONTAINS(error_of("", {"x=" + std::string(100'000, '[')}), "x");
  EXPECT_EQ(load_text("title = '" + std::string(1000, '.') + "'  # " + std::string(1000, '.') + "\n").cells.size(), 1U);
}

TEST_F(Manifest, EndlessFilesAndEndlessIncludesAreRefused) {
  EXPECT_CONTAINS(error_of("include = ['/dev/zero']\n"), "there is no file");
  EXPECT_THROW(load("/dev/zero", {}, small_schema()), UsageError);
  std::string twice = "include = [";
  for (int i = 0; i < 40; ++i) twice += "'b.toml', ";
  write("b.toml", twice.substr(0, twice.size() - 2) + "]\n");
  for (const char* name : {"b", "c", "d", "e"}) {
    std::string text = twice;
    for (std::size_t at; (at = text.find("b.toml")) != std::string::npos;)
      text.replace(at, 1, std::string(1, static_cast<char>(name[0] + 1)));
    write(std::string(name) + ".toml", text + "]\n");
  }
  write("f.toml", "[train]\nseed = 1\n");
  EXPECT_CONTAINS(error_of(twice + "]\n"), "more than 1000 files");
}

TEST_F(Manifest, ThousandsOfMistakesAreToldShortly) {
  std::string text;
  for (int i = 0; i < 9'000; ++i) text += "train.k" + std::to_string(i) + " = 1\n";
  EXPECT_CONTAINS(error_of(text), "180 or more");
  for (int i = 9'000; i < 20'000; ++i) text += "train.k" + std::to_string(i) + " = 1\n";
  EXPECT_CONTAINS(error_of(text), "more than 10000 keys");
}

TEST_F(Manifest, AxesOfManyCellsAreKeptOnce) {  // 5,000 cells x 100,000 values would be some 50 GB
  std::string list = "[0", cells;
  for (int i = 1; i < 100'000; ++i) list += "," + std::to_string(i);
  for (int cell = 0; cell < 5'000; ++cell) cells += "[[cell]]\nname = 'c" + std::to_string(cell) + "'\n";
  EXPECT_CONTAINS(error_of("[grid]\ntrain.seed = " + list + "]\n" + cells), "more than 100000 cells");
}

TEST_F(Manifest, TheIdCoversWhatDeterminesTheResultOnly) {
  const std::string id = load_text("").cells[0].id();

  EXPECT_EQ(load_text("[train]\nthreads = 8\n").cells[0].id(), id);
  EXPECT_EQ(load_text("[train]\nlearning_rate = 1e-4\n").cells[0].id(), id);
  EXPECT_NE(load_text("[train]\nseed = 2\n").cells[0].id(), id);
}

TEST_F(Manifest, TheIdIsTheHashOfTheParametersAsText) {  // folders of earlier runs are found by it
  EXPECT_EQ(load_text("").cells[0].id(),
            storage::sha256("model.method=\"ae\"\ntrain.learning_rate=0.0001\ntrain.loss=\"mse\"\ntrain.seed=1\n"));
}

TEST_F(Manifest, TheIdIsThatOfEarlierVersionsWhateverCharactersATextHas) {
  Cell cell = load_text("").cells[0];
  cell.parameters["data.root"] = std::string("/d\xC3\xA9/\"q\" \\ \x01\t\n\x7f \xE9");
  cell.seal(small_schema());

  const std::string text = "data.root=\"/d\xC3\xA9/\\\"q\\\" \\\\ \\u0001\\u0009\\u000a\\u007f \xE9\"\n";
  EXPECT_EQ(cell.text_of({"data.root"}), text);
  EXPECT_EQ(cell.id(),
            storage::sha256(text + "model.method=\"ae\"\ntrain.learning_rate=0.0001\ntrain.loss=\"mse\"\ntrain.seed=1\n"));
}

TEST_F(Manifest, ACellWithAnotherValueHasNoIdUntilItIsSealed) {
  const Cell cell = load_text("").cells[0];
  Cell other = cell.with("train.seed", std::int64_t{2});

  EXPECT_EQ(other.integer("train.seed"), 2);
  EXPECT_EQ(cell.integer("train.seed"), 1) << "the first one is as it was";
  EXPECT_THROW(other.id(), std::logic_error);
  EXPECT_THROW(other.folder(), std::logic_error);
  EXPECT_THROW(other.identity(), std::logic_error);
  other.seal(small_schema());
  EXPECT_EQ(other.id(), load_text("[train]\nseed = 2\n").cells[0].id());
}

TEST_F(Manifest, ParametersAsTextAreThoseOfTablesAndOfSinglePaths) {
  const Cell cell = load_text("").cells[0];

  EXPECT_EQ(cell.text_of({"model.", "train.seed"}), "model.method=\"ae\"\ntrain.seed=1\n");
  EXPECT_EQ(cell.text_of({"train.l", "data."}), "") << "a path is meant whole";
}

TEST_F(Manifest, TheResolvedTextIsAManifestOfTheSameCell) {
  const Cell cell = load_text("[model]\nmethod = 'vae'\nbeta = 0.3\n").cells[0];

  EXPECT_EQ(load_text(cell.toml()).cells[0].id(), cell.id());
}

TEST(EditDistance, CountsSwapsOnce) {
  EXPECT_EQ(edit_distance("sede", "seed"), 1U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
}

}  // namespace
}  // namespace irmae::manifest
