// SPDX-License-Identifier: MIT
// The whole grid at the scale tiny, from every data set through every method and evaluation to every table, figure and the
// report; and what happens where data are absent.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/contains.h"
#include "tests/csv.h"
#include "tests/mpi_environment.h"
#include "tests/python.h"
#include "tests/temporary_folder.h"

namespace irmae {
namespace {

using tests::run;

class Grid : public ::testing::Test {
 protected:
  void SetUp() override { tests::set_mpi_environment(); }
  std::string out() const { return (folder / "out").string(); }
  /// Names that a command's help lists as its kinds.
  std::vector<std::string> kinds(const std::string& command) const {
    std::istringstream help(run(irmae + " " + command + " --help").output);
    std::vector<std::string> found;
    bool listed = false;
    for (std::string line; std::getline(help, line);) {
      if (line.starts_with("Kinds:")) listed = true;
      if (const auto colon = line.find(": "); listed && line.starts_with("  ") && colon != std::string::npos)
        found.push_back(line.substr(2, colon - 2));
    }
    return found;
  }

  tests::TemporaryFolder folder;
  const std::string irmae = IRMAE_BINARY_DIR "/irmae";
};

TEST_F(Grid, OfThePaperRunsAtScaleTinyAndEveryTableAndFigureWorksOnIt) {
  const char* data = std::getenv("IRMAE_DATA");
  if (!data || !*data) GTEST_SKIP() << "IRMAE_DATA names no folder with MNIST and CelebA";
  const std::string train =
      tests::mpirun(2) + irmae + " run " IRMAE_SOURCE_DIR "/experiments/paper.toml scale=tiny -q -o " + out();
  // Every evaluation shared by two ranks; then the whole grid, of which each rank trains every second cell that is left.
  for (const char* share : {" --only 'mnist-ae,mnist-vae,celeba-vae,irmae-l4'", " --ranks-per-cell 1"}) {
    const auto trained = run(train + share);
    ASSERT_EQ(trained.status, 0) << trained.output;
  }

  for (const std::string& kind : kinds("table")) {
    const auto table = run(irmae + " table " + kind + " --format csv " + out());
    EXPECT_EQ(table.status, 0) << kind << table.output;
    EXPECT_GT(table.output.size(), 200U) << kind;
  }
  const auto labels = run(irmae + " table classification --format csv " + out());
  EXPECT_CONTAINS(labels.output, ",frozen,10000,,,") << "more labels than there are have a row with the reason";
  EXPECT_CONTAINS(labels.output, "\"more than the labels there are, ");
  for (const std::string& kind : kinds("plot")) {
    const auto plot = run(irmae + " plot " + kind + " " + out() + " -o " + (folder / (kind + ".svg")).string());
    EXPECT_EQ(plot.status, 0) << kind << plot.output;
  }
  EXPECT_GE(kinds("table").size(), 8U);
  EXPECT_GE(kinds("plot").size(), 10U);
  const auto made = run(irmae + " report " + out() + " -o " + (folder / "r.html").string());
  EXPECT_EQ(made.status, 0) << made.output;
  std::stringstream page;
  page << std::ifstream(folder / "r.html").rdbuf();
  for (int figure = 2; figure <= 11; ++figure) EXPECT_CONTAINS(page.str(), "Figure " + std::to_string(figure) + ":") << figure;
  EXPECT_LACKS(page.str(), "<b>Missing:</b>") << "a figure or table of the paper has no cell";
  if (const char* models = std::getenv("IRMAE_MODELS"); models && *models) {
    const auto distances = run(irmae + " table fid --format csv --only 'mnist-*,celeba-*' " + out());
    EXPECT_LACKS(distances.output, "is not there");
    EXPECT_GT(tests::last_numbers(distances.output, {"mixture"})[0], 0) << distances.output;
  }
  EXPECT_CONTAINS(page.str(), "Table 1:");
  EXPECT_CONTAINS(page.str(), "Table 2:");
}

TEST_F(Grid, FailsTheCellsWhoseDataAreAbsentAndTrainsTheOthers) {
  std::ofstream(folder / "m.toml") << "[train]\nepochs = 1\n[data]\ntrain_size = 32\nvalidation_size = 8\n"
                                      "[[cell]]\nname = 'here'\n[[cell]]\nname = 'digits'\ndata.name = 'mnist'\n"
                                      "[[cell]]\nname = 'faces'\ndata.name = 'celeba'\n";
  const auto result = run("IRMAE_DATA=" + folder.string() + " " + tests::mpirun(2) + irmae + " run " +
                          (folder / "m.toml").string() + " -o " + out());

  EXPECT_EQ(result.status, 1);
  const auto once = [&](const std::string& text) {
    const auto place = result.output.find(text);
    return place != std::string::npos && result.output.find(text, place + 1) == std::string::npos;
  };
  EXPECT_TRUE(once("data set mnist: train-images-idx3-ubyte is in none of")) << result.output;
  EXPECT_TRUE(once("data set celeba: list_eval_partition.txt is in none of")) << result.output;
  EXPECT_CONTAINS(result.output, "1 of 3 cells complete");
  EXPECT_CONTAINS(result.output, "failed: digits, faces (why stands above)");
  const auto watched = run("timeout 60 " + irmae + " status --watch " + out());
  EXPECT_EQ(watched.status, 1) << "it ends: " << watched.output;
  const auto status = run(irmae + " status --format csv " + out());
  EXPECT_CONTAINS(status.output, "data set mnist: train-images-idx3-ubyte is in none of");
  const auto again = run("IRMAE_DATA=" + folder.string() + " " + irmae + " run " + out() + " --retry failed");
  EXPECT_CONTAINS(again.output, "2 cells to be tried again");
}

TEST_F(Grid, TrainsACellThatFailedForItsDataWhenTheyAreThereAndNamesOtherDataForACompleteOne) {
  const std::string pictures = (folder / "pictures").string();
  std::ofstream(folder / "m.toml") << "[train]\nepochs = 1\nthreads = 1\n[model]\nwidth = 2\n[evaluate]\nimages = 0\n"
                                      "[data]\nname = 'images'\nfolder = '" +
                                          pictures + "'\nsize = 8\nvalidation_share = 0.5\n";
  const std::string train =
      "IRMAE_CACHE=" + folder.string() + " " + irmae + " run " + (folder / "m.toml").string() + " -o " + out();
  EXPECT_EQ(run(train).status, 1);
  EXPECT_CONTAINS(run(irmae + " submit --print " + (folder / "m.toml").string() + " -o " + out()).output,
                  "1 cell in 1 job array");

  std::filesystem::create_directories(pictures);
  const auto draw = [&](const std::string& name) {  // one grey pixel, of another grey in a.png
    const std::string pixel =
        name == "a.png" ? "42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg==" : "4nGPgBAAACwAKwyvukgAAAABJRU5ErkJggg==";
    run("echo iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR" + pixel + " | base64 -d > " + pictures + "/" + name);
  };
  for (const char* name : {"a.png", "b.png", "c.png", "d.png"}) draw(name);
  const auto trained = run(train), again = run(train);
  draw("e.png");
  const auto changed = run(train);

  EXPECT_EQ(trained.status, 0) << trained.output;
  EXPECT_EQ(trained.output.find("data set images: 4 files, 268 bytes\n"), 0U) << trained.output;
  EXPECT_LACKS(again.output, "not trained again");
  EXPECT_CONTAINS(
      changed.output,
      "1 complete cell is not trained again, though data set images was \"4 files, 268 bytes\" and is \"5 files, 335 bytes\" now");
}

TEST_F(Grid, StopsBeforeTrainingWhereANetworkDoesNotFitItsData) {
  std::ofstream(folder / "m.toml") << "[train]\nepochs = 1\n[data]\ntrain_size = 32\nvalidation_size = 8\n"
                                      "[[cell]]\nname = 'a'\n[[cell]]\nname = 'b'\nmodel.network = 'mnist'\n";
  const auto result = run(irmae + " run " + (folder / "m.toml").string() + " -o " + out());

  EXPECT_EQ(result.status, 2);
  EXPECT_CONTAINS(result.output, "cell b: network mnist takes samples of 1 x 32 x 32");
  EXPECT_FALSE(std::filesystem::exists(folder / "out")) << "nothing was trained";
}

TEST_F(Grid, FailsTheCellThatCannotGiveItsSamplesAndTrainsTheOthersInAnyOrder) {
  if (!tests::python_has("numpy")) GTEST_SKIP() << "Python has no numpy";
  const std::string vectors = (folder / "v.npy").string();
  run(std::string(IRMAE_PYTHON) + " -c \"import numpy as np; np.save('" + vectors +
      "', np.arange(120, dtype='f4').reshape(40, 3))\"");
  for (const std::string methods : {"['irmae', 'vae']", "['vae', 'irmae']"}) {
    std::ofstream(folder / "m.toml") << "[data]\nname = 'array'\nfile = '" << vectors
                                     << "'\n[model]\nlatent = 2\n[train]\nthreads = 1\nepochs = 1\n"
                                        "[grid]\n'model.method' = "
                                     << methods << "\n";
    const std::string place = out() + methods[2];
    const auto result = run(tests::mpirun(2) + irmae + " run " + (folder / "m.toml").string() + " -o " + place);

    EXPECT_EQ(result.status, 2) << result.output;
    EXPECT_CONTAINS(result.output, "model.output = \"sigmoid\" gives values in 0..1, and " + vectors + " has others");
    EXPECT_CONTAINS(result.output, "1 of 2 cells complete (1 trained now)");
    EXPECT_CONTAINS(run(irmae + " status --format csv " + place).output, "gives values in 0..1");
  }
}

TEST_F(Grid, ClassifiesBySamplesThatHaveALabelWhateverTheRanks) {
  if (!tests::python_has("numpy")) GTEST_SKIP() << "Python has no numpy";
  // Two classes that lie far apart; of 400 samples every second one has no label.
  run(std::string(IRMAE_PYTHON) +
      " -c \"import numpy as np; r = np.random.default_rng(0); l = np.arange(400) // 2 % 2; "
      "np.save('" +
      folder.string() + "/v.npy', (r.normal(size=(400, 6)) + 20 * l[:, None]).astype('f4')); l[::2] = -1; np.save('" +
      folder.string() + "/l.npy', l)\"");
  std::ofstream(folder / "m.toml") << "[data]\nname = 'array'\nfile = '" << (folder / "v.npy").string() << "'\nlabels = '"
                                   << (folder / "l.npy").string()
                                   << "'\n[model]\nlatent = 3\n[train]\nthreads = 1\nepochs = 3\nlearning_rate = 1e-2\n"
                                      "[evaluate]\nclassification_labels = '20 all 1000'\nclassification_draws = 1\n"
                                      "classification_updates = 200\nclassification_supervised = true\n";
  // Two pairs to be trained: the third rank has none, and waits for the others.
  const auto trained = run(tests::mpirun(3) + irmae + " run " + (folder / "m.toml").string() + " -q -o " + out());
  ASSERT_EQ(trained.status, 0) << trained.output;
  const auto table = run(irmae + " table classification --format csv " + out());

  for (const char* row : {",frozen,20,0,,1,", ",supervised,20,0,,1,", ",frozen,1000,,,1,"}) EXPECT_CONTAINS(table.output, row);
}

TEST_F(Grid, TrainsTheSupervisedClassifierOnSamplesAsTheyAre) {
  if (!tests::python_has("numpy")) GTEST_SKIP() << "Python has no numpy";
  // Three classes that lie far apart, two of them where every value is below 0.
  run(std::string(IRMAE_PYTHON) +
      " -c \"import numpy as np; r = np.random.default_rng(0); l = np.arange(300) % 3; "
      "c = np.array([[5] * 6, [-15] * 3 + [-5] * 3, [-5] * 3 + [-15] * 3]); "
      "np.save('" +
      folder.string() + "/v.npy', (r.normal(size=(300, 6)) + c[l]).astype('f4')); np.save('" + folder.string() +
      "/l.npy', l)\"");
  std::ofstream(folder / "m.toml") << "[data]\nname = 'array'\nfile = '" << (folder / "v.npy").string() << "'\nlabels = '"
                                   << (folder / "l.npy").string()
                                   << "'\n[model]\nlatent = 3\n[train]\nthreads = 1\nepochs = 1\n"
                                      "[evaluate]\nclassification_labels = '30'\nclassification_draws = 1\n"
                                      "classification_updates = 200\nclassification_supervised = true\n";
  ASSERT_EQ(run(irmae + " run " + (folder / "m.toml").string() + " -q -o " + out()).status, 0);
  const auto table = run(irmae + " table classification --format csv " + out());

  EXPECT_CONTAINS(table.output, ",supervised,30,0,,1,");
}

TEST_F(Grid, FindsTheDimensionOfAManifoldGivenAsAnArrayWhereAnAutoencoderDoesNot) {
  if (!tests::python_has("numpy")) GTEST_SKIP() << "Python has no numpy";
  // A smooth random image of the cube [-1, 1]^5 in 20 dimensions.
  run(std::string(IRMAE_PYTHON) +
      " -c \"import numpy as np; r = np.random.default_rng(0); u = r.uniform(-1, 1, (4000, 5)); "
      "x = np.tanh(u @ r.normal(size=(5, 40)) * .5) @ r.normal(size=(40, 20)) / 40 ** .5; np.save('" +
      folder.string() + "/v.npy', x.astype(np.float32))\"");
  std::ofstream(folder / "m.toml")
      << "[data]\nname = 'array'\nfile = '" + (folder / "v.npy").string() +
             "'\n[model]\nlatent = 20\n[train]\nthreads = 1\nepochs = 30\nlearning_rate = 1e-3\n[[cell]]\nname = 'ae'\n"
             "model.method = 'ae'\n[[cell]]\nname = 'irmae'\nmodel.method = 'irmae'\nmodel.linear_layers = 4\n";
  ASSERT_EQ(run(irmae + " run " + (folder / "m.toml").string() + " -q -o " + out()).status, 0);
  const auto count = [&](const std::string& cell) {
    return tests::last_numbers(run(irmae + " table ranks --format csv --only " + cell + " " + out()).output, {"count_1e-3"})[0];
  };

  EXPECT_NEAR(count("irmae"), 5, 1.5);
  EXPECT_GE(count("ae"), 10) << "its tail hides the dimension";
}

}  // namespace
}  // namespace irmae
