// SPDX-License-Identifier: MIT
// A cell that a run of an older or another program has stored.
#include "framework/manifest/stored_cell.h"

#include <gtest/gtest.h>

#include "storage/error.h"

namespace irmae::manifest {
namespace {

/// The data set of faces has its own number of samples, and one of something that this program does not measure.
Schema schema_with_a_choice() {
  Schema schema;
  schema.base = {
      {.path = "data.name", .fallback = std::string("digits"), .help = "", .choices = {"digits", "faces"}},
      {.path = "evaluate.samples", .fallback = std::int64_t{16}, .help = "", .least = 0, .most = 100},
      {.path = "train.threads", .fallback = std::int64_t{0}, .help = "", .identity = false},
  };
  schema.choices = {{.selector = "data.name",
                     .name = "faces",
                     .help = "",
                     .keys = {{.path = "data.crop", .fallback = std::int64_t{148}, .help = ""}},
                     .defaults = {{"evaluate.samples", std::int64_t{4}}, {"evaluate.foreign", std::int64_t{9}}}}};
  return schema;
}

Cell stored(const storage::Attributes& parameters) {
  storage::Identity identity;
  identity.cell = "a-seed1";
  identity.manifest = "grid";
  identity.scale = "small";
  identity.parameters = parameters;
  return cell_of(identity, schema_with_a_choice(), "run.h5");
}

TEST(StoredCell, HasTheDefaultsOfKeysThatAreNewer) {
  const Cell cell = stored({{"data.name", std::string("digits")}});

  EXPECT_EQ(cell.parameters, (Parameters{{"data.name", std::string("digits")},
                                         {"evaluate.samples", std::int64_t{16}},
                                         {"train.threads", std::int64_t{0}}}));
  EXPECT_EQ(cell.name, "a-seed1");
  EXPECT_EQ(cell.manifest, "grid");
  EXPECT_EQ(cell.scale, "small");
}

TEST(StoredCell, HasTheDefaultsOfItsChoiceBeforeThoseOfTheKeys) {
  const Cell cell = stored({{"data.name", std::string("faces")}});

  EXPECT_EQ(cell.integer("evaluate.samples"), 4);
  EXPECT_EQ(cell.integer("data.crop"), 148);
  EXPECT_FALSE(cell.has("evaluate.foreign")) << "this program has no such key";
}

TEST(StoredCell, KeepsWhatIsStored) {
  const Cell cell = stored({{"data.name", std::string("faces")},
                            {"data.crop", std::int64_t{64}},
                            {"evaluate.samples", std::int64_t{8}},
                            {"evaluate.foreign", std::int64_t{1}}});

  EXPECT_EQ(cell.integer("evaluate.samples"), 8);
  EXPECT_EQ(cell.integer("data.crop"), 64);
  EXPECT_EQ(cell.integer("evaluate.foreign"), 1) << "of another version: it is part of the cell's id";
}

TEST(StoredCell, HasTheIdOfItsParametersWhateverTheThreads) {
  const std::string id = stored({{"data.name", std::string("digits")}}).id();

  EXPECT_EQ(stored({{"data.name", std::string("digits")}, {"train.threads", std::int64_t{4}}}).id(), id);
  EXPECT_NE(stored({{"data.name", std::string("faces")}}).id(), id);
}

TEST(StoredCell, WithAValueThatNoManifestMayHaveIsRefusedWithThePlaceAndNotAsAUsersMistake) {
  try {
    stored({{"data.name", std::string("digits")}, {"evaluate.samples", std::int64_t{101}}});
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "run.h5: evaluate.samples: must be from 0 to 100, not 101: another version of this program wrote it, or it is "
                 "damaged");
    EXPECT_EQ(error.kind(), Failure::work);
  }
}

}  // namespace
}  // namespace irmae::manifest
