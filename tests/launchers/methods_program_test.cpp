// SPDX-License-Identifier: MIT
// Methods under the whole program: several ranks, a last batch with fewer samples than ranks, stops.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "tests/csv.h"
#include "tests/mpi_environment.h"
#include "tests/python.h"
#include "tests/temporary_folder.h"

namespace irmae {
namespace {

using tests::run;

/// Of the manifest: a method, and what else is said of it.
struct Cell {
  std::string name, method, settings;
};

const std::vector<Cell> kCells = {
    {"irmae-wd", "irmae-wd", ""},
    {"lorae", "lorae", "model.penalty = 0.1\n"},
    {"least-volume", "least-volume", "model.penalty = 0.1\n"},
    {"rrae", "rrae", "model.rank_max = 3\n"},
    {"rae-gradient", "rae", ""},
    {"rae-weights", "rae", "model.decoder_penalty = 'weights'\nmodel.decoder_coefficient = 1e-3\n"},
    {"dae", "dae", ""},
    {"cae", "cae", ""},
    {"vae", "vae", ""}};

/// Methods that have no cell, each with the reason: a method takes seconds on every number of ranks.
const std::map<std::string, std::string> kLeftOut = {{"ae", "irmae without its matrices"},
                                                     {"irmae", "program_test.cpp trains it"},
                                                     {"irmae-fixed", "irmae, of which some parameters are not trained"},
                                                     {"irmae-nonlinear", "irmae with a function of each code alone"},
                                                     {"irmae-shared", "irmae with one matrix in several places"},
                                                     {"l1", "a sum over samples, as the reconstruction is"},
                                                     {"l2", "a sum over samples, as the reconstruction is"}};

class MethodsProgram : public ::testing::Test {
 protected:
  void SetUp() override {
    tests::set_mpi_environment();
    write(kCells);
  }

  void write(const std::vector<Cell>& cells) const {
    std::ofstream manifest(folder / "methods.toml");
    // 65 = 2 x 32 + 1: in the last step two of three ranks have no sample.
    manifest << R"(
[data]
train_size = 65
validation_size = 50
[model]
latent = 8
[train]
epochs = 2
learning_rate = 1e-3
threads = 1
)";
    for (const Cell& cell : cells)
      manifest << "[[cell]]\nname = '" << cell.name << "'\nmodel.method = '" << cell.method << "'\n" << cell.settings;
  }

  /// Names of the methods that the program has.
  std::vector<std::string> methods() const {
    const std::string keys = run(irmae + " plan --keys --format csv").output, row = "\n,,model.method,ae,";
    const std::size_t place = keys.find(row);
    EXPECT_NE(place, std::string::npos) << keys;
    if (place == std::string::npos) return {};
    const std::size_t begin = place + row.size();
    std::istringstream names(keys.substr(begin, keys.find(',', begin) - begin));
    return {std::istream_iterator<std::string>(names), {}};
  }

  tests::Result train(const std::string& output, int ranks, const std::string& more = "", const std::string& before = "") {
    return run(before + (ranks > 1 ? tests::mpirun(ranks) : "") + irmae + " run " + (folder / "methods.toml").string() + " " +
               more + " -o " + (folder / output).string());
  }

  std::string table(const std::string& output) { return tests::csv_table("losses", folder / output); }

  /// Training and validation loss of each cell's last epoch.
  std::map<std::string, std::vector<double>> losses(const std::string& output) {
    std::istringstream lines(table(output));
    std::map<std::string, std::vector<double>> found;
    std::vector<std::string> names;
    for (std::string line; std::getline(lines, line);) {
      std::istringstream text(line);
      std::vector<std::string> fields;
      for (std::string field; std::getline(text, field, ',');) fields.push_back(field.substr(0, field.find('\r')));
      if (fields.size() < 3) continue;
      if (names.empty()) {
        names = fields;
        continue;
      }
      std::vector<double> values;
      for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == "train_loss" || names[i] == "validation_loss") values.push_back(std::stod(fields.at(i)));
      found[fields[0]] = values;
    }
    return found;
  }

  /// Python over the run file of one cell; `f` is the file.
  tests::Result python(const std::string& output, const std::string& cell, const std::string& code) {
    return run(std::string(IRMAE_PYTHON) + " -c 'import h5py, numpy as np, sys; f = h5py.File(sys.argv[1]); " + code + "' " +
               (folder / output).string() + "/methods/" + cell + "-*/run.h5");
  }

  tests::TemporaryFolder folder;
  const std::string irmae = IRMAE_BINARY_DIR "/irmae";
};

TEST_F(MethodsProgram, GiveTheSameLossesOnAnyNumberOfRanks) {
  std::vector<Cell> cells = kCells;
  const std::vector<std::string> known = methods();
  for (const auto& [method, reason] : kLeftOut) EXPECT_EQ(std::ranges::count(known, method), 1) << method << ": " << reason;
  for (const std::string& method : known)
    if (!kLeftOut.contains(method) && std::ranges::count(kCells, method, &Cell::method) == 0)
      cells.push_back({method, method, ""});
  write(cells);

  const auto alone = train("r1", 1);
  ASSERT_EQ(alone.status, 0) << alone.output;
  const auto one = losses("r1");
  ASSERT_EQ(one.size(), cells.size());
  for (const int ranks : {2, 3}) {
    const std::string output = "r" + std::to_string(ranks);
    const auto result = train(output, ranks);
    ASSERT_EQ(result.status, 0) << result.output;
    const auto many = losses(output);
    for (const auto& [cell, values] : one)
      for (std::size_t i = 0; i < values.size(); ++i)
        EXPECT_NEAR(many.at(cell).at(i), values[i], 1e-4 * values[i]) << cell << " on " << ranks << " ranks";
  }
}

TEST_F(MethodsProgram, RraeStoresTheBasisOfItsCodes) {
  if (!tests::python_has("h5py numpy")) GTEST_SKIP() << "Python has no h5py";
  ASSERT_EQ(train("out", 2, "--only rrae").status, 0);
  const auto result =
      python("out", "rrae",
             "z = f[\"latents/validation/z\"][:]; p = f[\"weights/stack.W1\"][:]; "
             "assert np.linalg.matrix_rank(p, tol=1e-4) == 3; "
             "assert np.abs(z).max() > 1e-3; np.testing.assert_allclose(z @ p.T, z, atol=1e-5 * np.abs(z).max())");

  EXPECT_EQ(result.status, 0) << result.output;
}

TEST_F(MethodsProgram, StoppedAndStartedAgainGiveTheSameBits) {
  const std::string only = "--only '[lr][er]a*e'";  // rrae and least-volume
  ASSERT_EQ(train("whole", 2, only).status, 0);
  // Step 5 is in the middle of the second epoch of the first cell; then everything goes on to its end.
  const auto stopped = train("parts", 2, only, "IRMAE_FAULT=step:usr1:1:5 ");
  EXPECT_EQ(stopped.status, 75) << stopped.output;
  ASSERT_EQ(train("parts", 2, only).status, 0);
  EXPECT_EQ(table("parts"), table("whole"));
}

TEST_F(MethodsProgram, RraeEndedAfterItsLastEpochIsFinishedWithTheSameCodes) {
  if (!tests::python_has("h5py numpy")) GTEST_SKIP() << "Python has no h5py";
  ASSERT_EQ(train("whole", 2, "--only rrae").status, 0);
  EXPECT_NE(train("parts", 2, "--only rrae", "IRMAE_FAULT=evaluation:kill:1:1 ").status, 0);
  ASSERT_EQ(train("parts", 2, "--only rrae").status, 0);
  const std::string show = "print(f[\"latents/validation/z\"][:].tobytes().hex()[:4000])";

  const tests::Result parts = python("parts", "rrae", show), whole = python("whole", "rrae", show);
  ASSERT_EQ(whole.status, 0) << whole.output;
  EXPECT_EQ(parts.output, whole.output);
}

}  // namespace
}  // namespace irmae
