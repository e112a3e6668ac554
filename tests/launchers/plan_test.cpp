// SPDX-License-Identifier: MIT
// irmae plan as users call it: expected times here, and predictions for a machine that is described.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include "storage/seal.h"
#include "tests/contains.h"
#include "tests/temporary_folder.h"

namespace irmae {
namespace {

using tests::run;

class Plan : public ::testing::Test {
 protected:
  void SetUp() override {
    setenv("OMP_NUM_THREADS", "1", 1);
    std::ofstream(folder / "tiny.toml") << "[data]\ntrain_size = 64\nvalidation_size = 32\n[train]\nepochs = 2\nthreads = 1\n"
                                           "device = 'cpu'\n[grid]\n'train.seed' = [1, 2]\n";
  }

  tests::Result plan(const std::string& more, const std::string& manifest = "") const {
    return run(irmae + " plan " + (manifest.empty() ? (folder / "tiny.toml").string() : manifest) + " " + more);
  }
  static std::string paper() { return IRMAE_SOURCE_DIR "/experiments/paper.toml"; }

  /// Every number behind "key": in the output.
  static std::vector<double> numbers(const std::string& json, const std::string& key) {
    std::vector<double> found;
    const std::regex pattern("\"" + key + "\": ([0-9.e+-]+)");
    for (std::sregex_iterator match(json.begin(), json.end(), pattern), end; match != end; ++match)
      found.push_back(std::stod((*match)[1]));
    return found;
  }
  /// On one node with links that cost nothing: 1e9 FLOP/s a rank.
  std::string ideal(int ranks, const std::string& more = "") const {
    return "--nodes 1 --gpus-per-node " + std::to_string(ranks) + " --flops 1e9 --format json " + more;
  }

  tests::TemporaryFolder folder;
  const std::string irmae = IRMAE_BINARY_DIR "/irmae";
};

TEST_F(Plan, SaysWhenATimeIsAGuessAndMeasuresOnceACellIsComplete) {
  const std::string output = "-o " + (folder / "out").string();
  const auto before = plan(output);
  EXPECT_EQ(before.status, 0) << before.output;
  EXPECT_CONTAINS(before.output, "2 cells, 0 complete; about ");
  EXPECT_CONTAINS(before.output, "an assumed rate: a rough guess");

  ASSERT_EQ(run(irmae + " run " + (folder / "tiny.toml").string() + " --only 'other*,*seed1' -q " + output).status, 0);
  const auto after = plan("--ranks 1 " + output);
  EXPECT_CONTAINS(after.output, "2 cells, 1 complete; about ");
  EXPECT_CONTAINS(after.output, "on 1 rank of this machine, by rates measured in ");
  EXPECT_LACKS(after.output, "not counted") << "evaluations were measured with it";
}

TEST_F(Plan, FindsWrongNumbersOfLabelsBeforeAnythingIsTrained) {
  std::ofstream(folder / "labels.toml") << "[evaluate]\nclassification_labels = '10, 100 all'\n";
  const auto result = plan("", (folder / "labels.toml").string());

  EXPECT_EQ(result.status, 2);
  EXPECT_CONTAINS(result.output, "labels.toml:2:1: evaluate.classification_labels: \"10,\" is neither a number from 1 nor all");
}

TEST_F(Plan, NamesSpectraOfTooFewValidationSamples) {
  const auto text = [&](const std::string& more) { return plan(more + " -o " + (folder / "out").string()).output; };

  EXPECT_CONTAINS(text(""), "2 cells have few validation samples for the spectrum (ae-seed1: 32 for model.latent = 32)");
  EXPECT_CONTAINS(text(""), "; at most 31 singular values are not 0");
  EXPECT_LACKS(text("data.validation_size=33"), "singular values");
  EXPECT_CONTAINS(text("data.validation_size=63"), "few validation samples");
  EXPECT_LACKS(text("data.validation_size=64"), "few validation samples");
  EXPECT_LACKS(text("--format csv"), "few validation samples");
}

TEST_F(Plan, RefusesARankThatCutsNothing) {
  const auto rrae = [&](const std::string& command, const std::string& more) {
    return run(irmae + " " + command + " " + (folder / "tiny.toml").string() + " model.method=rrae train.batch=16 " + more +
               " -o " + (folder / "out").string());
  };

  for (const char* command : {"plan", "run"}) {
    const auto result = rrae(command, "");
    EXPECT_EQ(result.status, 2) << result.output;
    EXPECT_CONTAINS(result.output,
                    "model.rank_max = 16 cuts nothing off the codes of train.batch = 16 samples with model.latent = 32: set "
                    "model.rank_max below 16");
  }
  EXPECT_EQ(rrae("plan", "model.rank_max=31 train.batch=64").status, 0);
  EXPECT_EQ(rrae("plan", "model.rank_max=15").status, 0);
}

TEST_F(Plan, OfThePaperNeedsNoData) {
  const auto all = run("IRMAE_DATA=/nonexistent " + irmae + " plan " + paper() + " -o " + (folder / "none").string());

  EXPECT_EQ(all.status, 0) << all.output;
  EXPECT_CONTAINS(all.output, "174 cells, 0 complete; about ");
  EXPECT_LACKS(all.output, "unknown");
  EXPECT_CONTAINS(all.output, "65087107") << "parameters of CelebA's IRMAE";
}

/// Every parameter of one cell, as `plan --show` writes it, by dotted path.
std::map<std::string, std::string> parameters_of(const std::string& shown, const std::string& cell) {
  std::map<std::string, std::string> found;
  std::istringstream lines(shown);
  std::string table;
  bool wanted = false;
  for (std::string line; std::getline(lines, line);) {
    const auto equals = line.find(" = ");
    if (line.starts_with("# "))
      wanted = line.find("  " + cell + "  ") != std::string::npos;
    else if (wanted && line.starts_with("["))
      table = line.substr(1, line.find(']') - 1);
    else if (wanted && equals != std::string::npos)
      found[table + "." + line.substr(0, equals)] = line.substr(equals + 3);
  }
  return found;
}

/// The paper's settings and those of the authors' public code, written out: most are defaults, which no manifest names.
TEST_F(Plan, OfThePaperHasThePapersSettings) {
  using Settings = std::map<std::string, std::string>;
  const auto result = plan("scale=full --show -o " + (folder / "none").string(), paper());
  ASSERT_EQ(result.status, 0) << result.output;
  const auto expect = [&](const std::string& cell, std::initializer_list<Settings> all) {
    const Settings found = parameters_of(result.output, cell);
    ASSERT_FALSE(found.empty()) << cell;
    for (const Settings& settings : all)
      for (const auto& [path, value] : settings) {
        const auto place = found.find(path);
        EXPECT_EQ(place == found.end() ? "nothing" : place->second, value) << path << " of " << cell;
      }
  };
  // Samples of 0 are all of the files; "nothing" is a parameter that the cell does not have.
  const Settings training = {{"train.batch", "32"},
                             {"train.epochs", "100"},
                             {"train.optimizer", "\"adam\""},
                             {"train.learning_rate", "0.0001"},
                             {"train.beta1", "0.9"},
                             {"train.beta2", "0.999"},
                             {"train.epsilon", "1e-08"},
                             {"train.weight_decay", "0.0"},
                             {"train.precision", "\"float32\""}},
                 squared = {{"train.loss", "\"mse\""}, {"model.output", "\"tanh\""}},
                 variational = {{"model.method", "\"vae\""},
                                {"train.loss", "\"bce\""},
                                {"model.output", "\"sigmoid\""},
                                {"model.beta", "0.1"},
                                {"evaluate.vae_codes", "\"drawn\""}},
                 plain = {{"model.method", "\"ae\""}, {"model.linear_layers", "nothing"}},
                 matrices = {{"model.method", "\"irmae\""},
                             {"model.initialisation", "\"uniform\""},
                             {"model.initial_scale", "1.0"}},
                 shapes = {{"data.name", "\"shapes\""}, {"data.train_size", "50000"},  {"data.validation_size", "10000"},
                           {"data.fresh", "true"},      {"data.square", "\"centre\""}, {"model.network", "\"shapes\""},
                           {"model.latent", "32"}},
                 mnist = {{"data.name", "\"mnist\""},
                          {"data.size", "32"},
                          {"data.train_size", "0"},
                          {"data.validation_size", "0"},
                          {"data.shuffle", "true"},
                          {"model.network", "\"mnist\""},
                          {"model.latent", "128"},
                          {"evaluate.mixture_components", "4"},
                          {"evaluate.train_latents", "60000"},
                          {"evaluate.frechet_images", "10000"},
                          {"evaluate.classification_labels", "\"10 100 1000 10000 all\""}},
                 celeba = {{"data.name", "\"celeba\""},
                           {"data.crop", "148"},
                           {"data.size", "64"},
                           {"data.train_size", "0"},
                           {"data.validation_size", "0"},
                           {"data.held_out", "\"validation\""},
                           {"data.shuffle", "true"},
                           {"model.network", "\"celeba\""},
                           {"model.width", "128"},
                           {"model.latent", "512"},
                           {"evaluate.mixture_components", "10"},
                           {"evaluate.train_latents", "162770"},
                           {"evaluate.frechet_images", "10000"}};
  const auto layers = [](const char* count) { return Settings{{"model.linear_layers", count}}; };

  expect("ae-seed1", {training, squared, plain, shapes});
  expect("irmae-l2-seed1", {training, squared, matrices, shapes, layers("2")});
  expect("irmae-l4-seed1", {training, squared, matrices, shapes, layers("4")});
  expect("vae-seed1", {training, variational, shapes});
  expect("mnist-ae-seed1", {training, squared, plain, mnist});
  expect("mnist-irmae-seed1", {training, squared, matrices, mnist, layers("8")});
  expect("mnist-vae-seed1", {training, variational, mnist});
  expect("celeba-ae-seed1", {training, squared, plain, celeba});
  expect("celeba-irmae-seed1", {training, squared, matrices, celeba, layers("4")});
  expect("celeba-vae-seed1", {training, variational, celeba});
}

/// What a training is told is tested beside its schema; evaluations add parameters of their own.
TEST_F(Plan, GivesACellWithOtherEvaluationsAnotherIdAndNotOneWithOtherThreads) {
  const auto ids = [&](const std::string& more) {
    const auto result = plan("--format json " + more);
    const std::regex pattern("\"id\": \"([0-9a-f]{64})\"");
    std::vector<std::string> found;
    for (std::sregex_iterator match(result.output.begin(), result.output.end(), pattern), end; match != end; ++match)
      found.push_back((*match)[1]);
    EXPECT_EQ(found.size(), 2U) << result.output;
    return found;
  };
  const auto plain = ids("");

  EXPECT_EQ(ids("train.threads=2"), plain);
  for (const char* evaluation : {"evaluate.mixture_components=9", "evaluate.classification_draws=2", "evaluate.features=x.pt"})
    EXPECT_NE(ids(evaluation), plain) << evaluation;
}

/// Ids as they are in the names of folders and in files that users have: where one changes, what is finished is trained again.
/// By method; in the order of the data sets.
TEST_F(Plan, GivesEveryMethodOnEveryDataSetTheIdThatItsRunsHave) {
  const std::vector<std::string> data_sets = {"array", "celeba", "images", "mnist", "shapes"};
  const std::map<std::string, std::vector<std::string>> ids = {
      {"ae", {"9adedb32", "aeea13e8", "5b2a8bc7", "a5e76bbe", "7e648ccb"}},
      {"cae", {"b1daf284", "6f0f003f", "d8f3a1e4", "215dbd51", "0176f202"}},
      {"dae", {"9a7e1cf5", "5c61bd45", "a4c36deb", "931dadea", "44031ed2"}},
      {"irmae", {"e8a25cc9", "718ab9a8", "2947900f", "9dffb332", "11c27ece"}},
      {"irmae-fixed", {"8c18aabe", "29937c00", "99248178", "01b111df", "a6257f14"}},
      {"irmae-nonlinear", {"e4ae796e", "a4cd1b55", "1183ce2d", "e1e6dd94", "d3c243f6"}},
      {"irmae-shared", {"e013fc35", "bff2f97e", "dec20733", "51aa37fd", "d358d788"}},
      {"irmae-wd", {"d5140e80", "42fcda6a", "12e629da", "d78d8944", "9f3569cf"}},
      {"l1", {"f3bb5bd2", "8316dbbc", "4a09b1d8", "66324a8c", "3f28e941"}},
      {"l2", {"458a4c31", "53418371", "69cd78ff", "8228df97", "018aa277"}},
      {"least-volume", {"c2353533", "3e0560d6", "3f32f4a3", "290b4912", "53d46170"}},
      {"lorae", {"79252542", "0104de4a", "14a9737a", "5beb57d9", "a9954f95"}},
      {"rae", {"1f33f9b8", "0a14aa8e", "8b837e9b", "9c67a484", "6868455a"}},
      {"rrae", {"b8ba69be", "e54d987c", "b2f2a0a3", "9f6d72c9", "8523c4de"}},
      {"vae", {"28ab2cd8", "adc79360", "2b70686b", "c8166ef0", "647dcfa0"}},
  };
  std::string names, methods;
  for (const std::string& data_set : data_sets) names += "'" + data_set + "', ";
  for (const auto& [method, of_method] : ids) methods += "'" + method + "', ";
  std::ofstream(folder / "all.toml") << "[data]\nfile = 'samples.npy'\nfolder = 'pictures'\n[grid]\n'data.name' = [" + names +
                                            "]\n'model.method' = [" + methods + "]\n";

  const auto listed = plan("--format csv -o " + (folder / "none").string(), (folder / "all.toml").string());
  ASSERT_EQ(listed.status, 0) << listed.output;
  for (const auto& [method, of_method] : ids)
    for (std::size_t i = 0; i < data_sets.size(); ++i) {
      const std::string cell = method + "-name" + data_sets[i] + "-method" + method;
      const std::regex row("\n([0-9a-f]{8})[0-9a-f]{56}," + cell + ",");
      std::smatch found;
      EXPECT_TRUE(std::regex_search(listed.output, found, row)) << cell;
      EXPECT_EQ(found[1].str(), of_method[i]) << cell;
    }
}

/// That a list of words has these among others, all in the alphabet's order.
void expect_words(const std::string& list, const std::vector<std::string>& known) {
  std::vector<std::string> words;
  std::istringstream text(list);
  for (std::string word; std::getline(text >> std::ws, word, ',');) words.push_back(word);

  EXPECT_TRUE(std::ranges::is_sorted(words)) << list;
  EXPECT_TRUE(std::ranges::includes(words, known)) << list;
}

TEST_F(Plan, ListsTheWordsThatSelectADataSetANetworkAndAMethod) {
  const auto keys = plan("--keys");

  const std::regex beginning(
      "every cell\n"
      "  data\\.name = \"shapes\"; (.+)\n"
      "      data set\n"
      "  model\\.method = \"ae\"; (.+)\n"
      "      method\n"
      "  model\\.network = \"shapes\"; (.+)\n");
  std::smatch lists;
  ASSERT_TRUE(std::regex_search(keys.output, lists, beginning, std::regex_constants::match_continuous)) << keys.output;
  expect_words(lists[1], {"array", "celeba", "images", "mnist", "shapes"});
  expect_words(lists[2], {"ae", "cae", "dae", "irmae", "irmae-fixed", "irmae-nonlinear", "irmae-shared", "irmae-wd", "l1", "l2",
                          "least-volume", "lorae", "rae", "rrae", "vae"});
  expect_words(lists[3], {"auto", "celeba", "conv", "mlp", "mnist", "shapes", "shapes-supplement"});
  // First the data sets, then the networks, which these select, then the methods.
  std::vector<std::string> selectors;
  const std::regex heading("\n(data\\.name|model\\.network|model\\.method) = \"");
  for (std::sregex_iterator match(keys.output.begin(), keys.output.end(), heading), end; match != end; ++match)
    if (selectors.empty() || selectors.back() != (*match)[1]) selectors.push_back((*match)[1]);
  EXPECT_EQ(selectors, (std::vector<std::string>{"data.name", "model.network", "model.method"}));
}

TEST_F(Plan, SaysOfAMethodsKeyTheDefaultThatHoldsWithTheMethod) {
  const auto keys = plan("--keys");

  EXPECT_CONTAINS(keys.output, "  model.linear_layers = 1; at least 1; at most 1\n") << "LoRAE's";
  EXPECT_LACKS(keys.output, "  model.linear_layers = 1 by default\n");
  EXPECT_CONTAINS(keys.output, "  train.weight_decay = 1e-06 by default\n") << "IRMAE-WD's, of a key that all cells have";
  const std::regex row("model\\.method,lorae,model\\.linear_layers,([^,]*),");
  const std::string table = plan("--keys --format csv").output;
  std::sregex_iterator match(table.begin(), table.end(), row), end;
  ASSERT_EQ(std::distance(match, end), 1);
  EXPECT_EQ((*match)[1], "1");
}

TEST_F(Plan, AsJsonAndCsvHasEveryKeyToo) {
  const std::string read = irmae + " plan --keys --format json | " + IRMAE_PYTHON + R"( -c '
import json, sys
rows = json.load(sys.stdin)
print({r["key"]: r for r in rows if not r["selector"]}["train.epochs"]["least"])
print([r["selector"] for r in rows if r["key"] == "model.beta" and r["choice"] == "vae" and r["help"]])
known = "array celeba images mnist shapes".split()
print([[one for one in r["choices"].split() if one in known] == known for r in rows if r["key"] == "data.name"])
print({r["part_of_id"] for r in rows if r["key"] == "train.threads"})'
)";

  EXPECT_EQ(run(read).output, "1\n['model.method']\n[True]\n{'no'}\n");
  EXPECT_TRUE(
      plan("--keys --format csv").output.starts_with("selector,choice,key,default,choices,least,most,part_of_id,help\r\n"));
}

TEST_F(Plan, AsJsonHasEveryCell) {
  const auto result = plan("--format json");
  ASSERT_EQ(result.status, 0) << result.output;

  EXPECT_EQ(numbers(result.output, "epochs"), (std::vector<double>{2, 2})) << result.output;
  EXPECT_EQ(numbers(result.output, "expected_seconds").size(), 2U);
  const auto read = run(irmae + " plan " + (folder / "tiny.toml").string() + " --format json | " + IRMAE_PYTHON +
                        " -c 'import json, sys; print([c[\"state\"] for c in json.load(sys.stdin)])'");
  EXPECT_EQ(read.output, "['waiting', 'waiting']\n");
}

/// The keys that docs/manifests.md names. A data set of the user's own is of unknown size before it is opened.
TEST_F(Plan, AsJsonHasTheKeysThatScriptsReadAndNullForWhatIsNotKnown) {
  std::ofstream(folder / "own.toml") << "[data]\nname = 'array'\nfile = 'absent.npy'\n[model]\nlatent = 3\n";
  const auto read = [&](const std::string& manifest) {
    return run("cd " + folder.string() + " && " + irmae + " plan " + manifest +
               " --format json | " IRMAE_PYTHON
               " -c 'import json, sys; cell = json.load(sys.stdin)[-1]; "
               "print(*sorted(cell)); print(*(cell[key] is None for key in sorted(cell)))'")
        .output;
  };
  const std::string keys = "cell epochs expected_seconds id method parameters state\n";

  EXPECT_EQ(read("tiny.toml"), keys + "False False False False False False False\n");
  EXPECT_EQ(read("own.toml"), keys + "False False True False False True False\n");
}

TEST_F(Plan, OfAStoppedCellIsPartialAndCountsWhatIsLeft) {
  const std::string more = "train.epochs=4 train.batch=8 -o " + (folder / "out").string();
  // Three epochs of eight steps are whole.
  const auto stopped = run("IRMAE_FAULT=step:usr1:0:27 " + irmae + " run " + (folder / "tiny.toml").string() + " -q " + more);
  ASSERT_EQ(stopped.status, 75) << stopped.output;
  const auto expect_a_quarter = [&](const std::string& by) {
    const std::string cells = plan("--format json " + more).output;
    EXPECT_CONTAINS(cells, "\"cell\": \"ae-seed1\", \"state\": \"partial\"") << by;
    EXPECT_CONTAINS(cells, "\"cell\": \"ae-seed2\", \"state\": \"waiting\"") << by;
    const auto seconds = numbers(cells, "expected_seconds");
    ASSERT_EQ(seconds.size(), 2U) << cells;
    EXPECT_GT(seconds[0], 0) << by;
    EXPECT_NEAR(seconds[0], seconds[1] / 4, 1e-9 * seconds[1]) << by;
  };

  expect_a_quarter("what the cell said last");
  ASSERT_EQ(run("rm " + (folder / "out").string() + "/tiny/ae-seed1-*/state.toml").status, 0);
  expect_a_quarter("its metrics");
}

TEST_F(Plan, AsCsvHasTheColumnsOfItsJson) {
  for (const std::string more : {"", "--nodes 1 --flops 1e9"}) {
    const auto json = plan("--format json " + more), csv = plan("--format csv " + more);
    ASSERT_EQ(json.status + csv.status, 0) << json.output << csv.output;
    std::string columns;
    const std::string first = json.output.substr(0, json.output.find('}'));
    const std::regex key("\"(\\w+)\": ");
    for (std::sregex_iterator match(first.begin(), first.end(), key), end; match != end; ++match)
      columns += (columns.empty() ? "" : ",") + (*match)[1].str();
    EXPECT_TRUE(csv.output.starts_with(columns + "\r\n")) << columns << "\n" << csv.output;
    EXPECT_EQ(std::count(csv.output.begin(), csv.output.end(), '\n'), 3) << csv.output;
    EXPECT_CONTAINS(csv.output, "ae-seed2,");
  }
}

TEST_F(Plan, ListsItsCellsInColumns) {
  const auto listed = plan("--ranks 1 -o " + (folder / "none").string());

  EXPECT_TRUE(
      std::regex_search(listed.output, std::regex("^id        cell      state    epochs  parameters  expected +method\n"
                                                  "[0-9a-f]{8}  ae-seed1  waiting       2 +[0-9]+  [0-9][0-9a-z ]+  ae\n"
                                                  "[0-9a-f]{8}  ae-seed2  waiting       2 +[0-9]+  [0-9][0-9a-z ]+  ae\n"
                                                  "2 cells, 0 complete; about [^\n]+\n--show prints all parameters of each\n")))
      << listed.output;
}

TEST_F(Plan, OfLargeMatricesFillsNoMemory) {
  for (const char* initialisation : {"uniform", "orthogonal", "identity"}) {
    const auto result =
        plan(std::string("model.method=irmae model.linear_layers=4 model.latent=16384 model.initialisation=") + initialisation);
    EXPECT_EQ(result.status, 0) << result.output;
  }
  rusage used{};
  getrusage(RUSAGE_CHILDREN, &used);
  EXPECT_LT(used.ru_maxrss, 1'000'000) << "kilobytes; the matrices would have 4 GiB";
}

TEST_F(Plan, OfTenThousandCellsIsMadeInLittleMemory) {
  std::ofstream manifest(folder / "many.toml");
  manifest << "[train]\ndevice = 'cpu'\n[grid]\n'train.seed' = [";
  for (int seed = 1; seed <= 10'000; ++seed) manifest << seed << ", ";
  manifest << "]\n";
  manifest.close();
  const auto result = plan("-o " + (folder / "none").string(), (folder / "many.toml").string());

  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_CONTAINS(result.output, "10000 cells, 0 complete; about ");
  rusage used{};
  getrusage(RUSAGE_CHILDREN, &used);
  EXPECT_LT(used.ru_maxrss, 1'000'000) << "kilobytes";
}

TEST_F(Plan, OfThousandsOfFinishedCellsReadsTheEndsOfTheirFiles) {
  std::ofstream manifest(folder / "many.toml");
  manifest << "[train]\ndevice = 'cpu'\n[grid]\n'train.seed' = [";
  for (int seed = 1; seed <= 1200; ++seed) manifest << seed << ", ";
  manifest << "]\n";
  manifest.close();
  const auto states = [&] {
    std::vector<std::string> found;
    const auto listed = plan("--format json -o " + (folder / "out").string(), (folder / "many.toml").string());
    const std::regex pattern(R"re("id": "(\w{8})\w*", "cell": "([^"]+)", "state": "(\w+)")re");
    for (std::sregex_iterator match(listed.output.begin(), listed.output.end(), pattern), end; match != end; ++match)
      found.push_back((*match)[2].str() + "-" + (*match)[1].str() + " " + (*match)[3].str());
    return found;
  };
  const std::vector<std::string> before = states();
  ASSERT_EQ(before.size(), 1200u);
  for (const std::string& cell : before) {
    const std::filesystem::path run = folder / "out/many" / cell.substr(0, cell.find(' '));
    std::filesystem::create_directories(run);
    std::ofstream(run / "run.h5") << (cell == before[7] ? "cut short" : "whole\n" + storage::seal_of("another file"));
  }

  const std::vector<std::string> after = states();
  ASSERT_EQ(after.size(), 1200u);
  for (std::size_t i = 0; i < after.size(); ++i)
    EXPECT_EQ(after[i].substr(after[i].find(' ')), i == 7 ? " damaged" : " complete") << after[i];
}

TEST_F(Plan, OfAFileThatCannotBeReadIsNoEmptyManifest) {
  const auto result = plan("", "/proc/self/mem");
  EXPECT_NE(result.status, 0);
  EXPECT_EQ(result.output, "irmae: cannot read /proc/self/mem: Input/output error\n");
}

TEST_F(Plan, RefusesWhatNoFilesCanMend) {
  const auto result = plan("model.network=mlp");
  EXPECT_EQ(result.status, 2);
  EXPECT_CONTAINS(result.output, "network mlp takes vectors");
  const auto pictures = plan("data.name=images");
  EXPECT_EQ(pictures.status, 2);
  EXPECT_CONTAINS(pictures.output, "set data.folder");
}

TEST_F(Plan, OfTheQuickstartComparesTheMethodsAtEqualSizes) {
  const std::string manifest = IRMAE_SOURCE_DIR "/experiments/quickstart.toml", output = " -o " + (folder / "none").string();
  const auto listed = plan("--format json" + output, manifest), shown = plan("--show" + output, manifest);
  ASSERT_EQ(listed.status + shown.status, 0) << listed.output << shown.output;
  const auto count = [](const std::string& text, const std::string& pattern) {
    const std::regex wanted(pattern);
    return std::distance(std::sregex_iterator(text.begin(), text.end(), wanted), {});
  };

  EXPECT_EQ(count(listed.output, "\"id\": "), 6) << listed.output;
  for (const std::string seed : {"1", "2"}) {
    EXPECT_EQ(count(listed.output, "\"cell\": \"ae-seed" + seed + "\".*\"method\": \"ae\""), 1) << listed.output;
    for (const std::string layers : {"2", "4"})
      EXPECT_EQ(count(listed.output, "\"cell\": \"irmae-l" + layers + "-seed" + seed + "\".*\"method\": \"irmae\""), 1)
          << listed.output;
    EXPECT_EQ(count(shown.output, "\nseed = " + seed + "\n"), 3) << shown.output;
  }
  for (const char* layers : {"2", "4"}) EXPECT_EQ(count(shown.output, std::string("\nlinear_layers = ") + layers + "\n"), 2);
  for (const char* line : {"name = \"shapes\"", "train_size = 2048", "validation_size = 2048", "latent = 32",
                           "network = \"shapes\"", "batch = 32", "epochs = 18", "learning_rate = 0\\.001"})
    EXPECT_EQ(count(shown.output, std::string("\n") + line + "\n"), 6) << line << shown.output;
}

TEST_F(Plan, OfAFolderSaysWhereItsCellsAreShown) {
  const auto result = run(irmae + " plan " + folder.string());

  EXPECT_EQ(result.status, 2);
  EXPECT_CONTAINS(result.output, "a folder, not a manifest; irmae status");
}

TEST_F(Plan, OfAnIdealMachineDividesPerfectly) {
  // 32 samples of 80,609,280 FLOP at 1e9 FLOP/s
  const auto one = plan(ideal(1)), eight = plan(ideal(8, "--ranks-per-cell 8"));
  ASSERT_EQ(one.status + eight.status, 0) << one.output << eight.output;

  ASSERT_EQ(numbers(one.output, "step_seconds").size(), 2u) << one.output;
  EXPECT_NEAR(numbers(one.output, "step_seconds")[0], 32 * 0.08060928, 1e-5);
  EXPECT_NEAR(numbers(eight.output, "step_seconds")[0], 4 * 0.08060928, 1e-5);
  EXPECT_NEAR(numbers(eight.output, "seconds")[0] * 8, numbers(one.output, "seconds")[0], 1e-3);
  EXPECT_EQ(numbers(eight.output, "exposed_seconds")[0], 0);
}

TEST_F(Plan, PutsCellsThatFitBesideEachOtherOnGroups) {
  const auto together = numbers(plan(ideal(2, "--ranks-per-cell 1")).output, "start_seconds");
  const auto behind = numbers(plan(ideal(2, "--ranks-per-cell 2")).output, "start_seconds");

  EXPECT_EQ(together, (std::vector<double>{0, 0}));
  ASSERT_EQ(behind.size(), 2u);
  EXPECT_GT(behind[1], 0);
}

/// Commands and what they print, as docs/scaling.md shows them.
TEST_F(Plan, PrintsWhatItsPageShows) {
  std::filesystem::create_symlink(IRMAE_SOURCE_DIR "/experiments", folder / "experiments");
  std::ifstream page(IRMAE_SOURCE_DIR "/docs/scaling.md");
  int shown = 0;
  for (std::string line; std::getline(page, line);) {
    const std::string command = "$ irmae plan ";
    if (!line.starts_with(command)) continue;
    const std::string arguments = line.substr(command.size());
    std::string printed;
    while (std::getline(page, line) && line != "```") printed += line + "\n";
    EXPECT_EQ(run("cd " + folder.string() + " && " + irmae + " plan " + arguments).output, printed) << arguments;
    ++shown;
  }
  EXPECT_GT(shown, 0);
}

TEST_F(Plan, FindsThatASlowLinkDoesNotPay) {
  EXPECT_EQ(numbers(plan(ideal(8)).output, "fastest_ranks").at(0), 8);
  EXPECT_EQ(numbers(plan(ideal(8, "--bandwidth 0.0001")).output, "fastest_ranks").at(0), 1);
}

TEST_F(Plan, TakesARateForAGridOfOneNetworkOnly) {
  const auto step = numbers(plan("--nodes 1 --rate 320 --format json").output, "step_seconds");
  ASSERT_FALSE(step.empty());
  EXPECT_NEAR(step[0], 0.1, 1e-9);

  const auto mixed = plan("--nodes 1 --rate 320", paper());
  EXPECT_EQ(mixed.status, 2);
  EXPECT_CONTAINS(mixed.output, "give --flops");
}

TEST_F(Plan, RefusesAMachineThatDoesNotFit) {
  const auto many = plan("--nodes 2 --gpus-per-node 4 --ranks-per-cell 9 --flops 1e9");
  EXPECT_EQ(many.status, 2);
  EXPECT_CONTAINS(many.output, "2 nodes x 4 = 8 ranks");
  EXPECT_EQ(plan("--nodes 1 --ranks-per-cell few --flops 1e9").status, 2);
  EXPECT_EQ(plan("--nodes 1 --gpus-per-node 4 --ranks-per-cell 2x --flops 1e9").status, 2);
  EXPECT_EQ(plan("--nodes 1 --rate 10 --flops 1e9").status, 2);
  EXPECT_EQ(plan("--nodes 0").status, 2);
  EXPECT_CONTAINS(plan("--nodes 100000 --gpus-per-node 100000").output, "more than 1000000 ranks");
  const auto beyond = plan("--ranks 1000001");
  EXPECT_EQ(beyond.status, 2);
  EXPECT_CONTAINS(beyond.output, "--ranks");
  EXPECT_CONTAINS(beyond.output, "1000000");
  EXPECT_CONTAINS(plan("--nodes 2 --ranks 3").output, "--ranks is of this machine");
  EXPECT_EQ(plan("--flops 1e9").status, 2) << "without --nodes";
  const auto slow = plan("--nodes 1 --rate 320 --overhead 200000");
  EXPECT_EQ(slow.status, 2);
  EXPECT_CONTAINS(slow.output, "--overhead");
}

}  // namespace
}  // namespace irmae
