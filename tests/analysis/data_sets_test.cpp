// SPDX-License-Identifier: MIT
// What tables, figures and the report say of the data that runs are of.
#include <gtest/gtest.h>

#include <filesystem>

#include "analysis/configurations.h"
#include "analysis/table.h"
#include "storage/run_file.h"
#include "tests/analysis/sample_runs.h"
#include "tests/contains.h"
#include "tests/message_of.h"
#include "tests/temporary_folder.h"

namespace irmae::analysis::data_sets {
namespace {

class DataSets : public ::testing::Test {
 protected:
  /// A finished run with these parameters besides those of the sample, these facts of its Frechet distance, and samples of this
  /// SHA-256.
  void write(const tests::Sample& sample, const storage::Attributes& more, const storage::Attributes& frechet = {},
             const std::string& digest = "") {
    storage::RunRecord run = tests::record_of(sample);
    if (!digest.empty()) run.provenance.emplace_back("data_sha256", digest);
    for (const auto& one : more) {
      run.identity.parameters.push_back(one);
      run.identity.id[static_cast<std::size_t>(count_)] = 'f';  // another one
    }
    std::ranges::sort(run.identity.parameters, {}, &storage::Attributes::value_type::first);
    for (storage::Evaluation& evaluation : run.evaluations)
      if (evaluation.name == "frechet") evaluation.notes.insert(evaluation.notes.end(), frechet.begin(), frechet.end());
    const auto place = folder / std::to_string(count_++);
    std::filesystem::create_directories(place);
    storage::write_run(place / "run.h5", run);
  }
  RunSet runs() const { return find_runs({folder.string()}); }
  /// The values of one column, in the runs' order.
  std::vector<Value> column(const char* kind, const std::string& name) const {
    const Table table = table_kind(kind).make(runs().runs);
    const auto place = std::ranges::find(table.columns, name) - table.columns.begin();
    std::vector<Value> values;
    for (const auto& row : table.rows) values.push_back(row.at(static_cast<std::size_t>(place)));
    return values;
  }

  tests::TemporaryFolder folder;

 private:
  int count_ = 0;
};

TEST_F(DataSets, TheReferenceImagesAreSaidToBeOfThePartThatWasHeldOut) {
  const std::string test = "test", validation = "validation";
  write({.data = "mnist"}, {}, {{"reference_split", test}});
  write({.data = "celeba"}, {{"data.held_out", validation}}, {{"reference_split", validation}});
  write({.data = "mnist"}, {});

  EXPECT_EQ(column("fid", "split"), (std::vector<Value>{test, validation, {}}));
}

TEST_F(DataSets, OfAUsersOwnAreNamedAfterTheirFilesAndFoldersAndNotTakenForOne) {
  const auto with = [](const char* parameter, const char* text) { return storage::Attributes{{parameter, std::string(text)}}; };
  write({.data = "array"}, with("data.file", "a/codes.npy"));
  write({.data = "array"}, with("data.file", "./a/codes.npy"));  // the same file
  write({.data = "array"}, with("data.file", "pixels.npy"));
  write({.data = "images"}, with("data.folder", "/home/me/pets/"));
  write({.data = "images"}, {});
  write({.data = "mnist"}, {});

  const std::vector<Value> wanted{"array:codes", "array:codes", "array:pixels", "images:pets", "images", "mnist"};
  EXPECT_EQ(column("ranks", "data"), wanted);
  std::vector<std::string> sections;
  for (const auto& [data, of_data] : by_data(runs().runs)) sections.push_back(data);
  EXPECT_EQ(sections, (std::vector<std::string>{"array:codes", "array:pixels", "images", "images:pets", "mnist"}));
}

TEST_F(DataSets, ThatWouldShareANameHaveTheirWholePathsAndDatasets) {
  const auto with = [](const char* file, const char* dataset) {
    return storage::Attributes{{"data.file", std::string(file)}, {"data.dataset", std::string(dataset)}};
  };
  write({.data = "array"}, with("a/codes.npy", "data"));
  write({.data = "array"}, with("/b/codes.npy", "data"));
  write({.data = "array"}, with("c.h5", "one"));
  write({.data = "array"}, with("c.h5", "two"));
  write({.data = "array"}, with("d.h5", "one"));

  EXPECT_EQ(column("ranks", "data"),
            (std::vector<Value>{"array:a/codes.npy", "array:/b/codes.npy", "array:c.h5:one", "array:c.h5:two", "array:d"}));
}

TEST_F(DataSets, OfAnyKindThatReadsAFileOrFolderAreNamedAfterIt) {
  for (const char* file : {"day.edf", "night.edf", "other/night.edf"})
    write({.data = "recordings"}, {{"data.file", std::string(file)}});
  write({.data = "scans"}, {{"data.folder", std::string("/d/v1.2/")}});

  EXPECT_EQ(column("ranks", "data"),
            (std::vector<Value>{"recordings:day", "recordings:night.edf", "recordings:other/night.edf", "scans:v1.2"}));
}

TEST_F(DataSets, OfOtherContentsUnderTheSameParametersHaveNamesAndMeansOfTheirOwn) {
  for (const std::int64_t seed : {1, 2}) {
    write({.data = "mnist", .seed = seed}, {}, {}, "0123456789");
    write({.data = "mnist", .seed = seed}, {}, {}, "abcdef0123");
    write({.data = "celeba", .seed = seed}, {}, {}, "0123456789");
  }
  write({.data = "celeba"}, {{"data.crop", std::int64_t{5}}}, {}, "fedcba9876");  // other parameters, so other samples

  const auto means = mean_over_seeds(table_kind("ranks"), runs().runs);
  std::vector<std::string> rows;
  for (const auto& row : means.rows) {
    std::string text;
    for (const char* column : {"data", "n", "of"}) {
      const auto place = std::ranges::find(means.columns, column) - means.columns.begin();
      text += exact_text(row.at(static_cast<std::size_t>(place))) + " ";
    }
    rows.push_back(text);
  }
  EXPECT_EQ(rows, (std::vector<std::string>{"celeba 1 1 ", "celeba 2 2 ", "mnist 2 2 ", "mnist:abcdef01 2 2 "}));
}

TEST_F(DataSets, AreChosenByTheirNameOrTheirKind) {
  for (const char* file : {"codes.npy", "pixels.npy"}) write({.data = "array"}, {{"data.file", std::string(file)}});
  write({.data = "mnist"}, {});
  const auto chosen = [&](const std::string& data) {
    RunSet set = runs();
    select(set, {}, data);
    return set.runs.size();
  };

  EXPECT_EQ(chosen("array:pixels"), 1U);
  EXPECT_EQ(chosen("array"), 2U);
  EXPECT_EQ(chosen("mnist"), 1U);
  EXPECT_CONTAINS(tests::message_of<UsageError>([&] { chosen("array:pixel"); }),
                  "of 'array:pixel', but of array:codes, array:pixels, mnist; did you mean array:pixels?");
}

}  // namespace
}  // namespace irmae::analysis::data_sets
