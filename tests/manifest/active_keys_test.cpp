// SPDX-License-Identifier: MIT
// One rule for what a cell is where nothing is set, whether a manifest or a stored run says the rest.
#include "framework/manifest/active_keys.h"

#include <gtest/gtest.h>

#include <fstream>

#include "framework/manifest/manifest.h"
#include "framework/manifest/stored_cell.h"
#include "tests/temporary_folder.h"

namespace irmae::manifest {
namespace {

/// Faces bring the wide network, which has a width, and ask the method for four layers; the low-rank method has one.
Schema schema_of_choices() {
  const Key layers{.path = "model.layers", .fallback = std::int64_t{2}, .help = ""};
  Schema schema;
  schema.base = {{.path = "data.name", .fallback = std::string("digits"), .help = ""},
                 {.path = "model.network", .fallback = std::string("small"), .help = ""},
                 {.path = "model.method", .fallback = std::string("plain"), .help = ""},
                 {.path = "model.latent", .fallback = std::int64_t{8}, .help = ""}};
  for (const Choice& choice : {Choice{.selector = "data.name", .name = "digits", .help = ""},
                               Choice{.selector = "data.name",
                               .name = "faces",
                               .help = "",
                               .defaults = {{"model.network", std::string("wide")},
                                            {"model.latent", std::int64_t{512}},
                                            {"model.layers", std::int64_t{4}},
                                            {"evaluate.foreign", std::int64_t{9}}}},
                               Choice{.selector = "model.network", .name = "small", .help = ""},
                               Choice{.selector = "model.network",
                               .name = "wide",
                               .help = "",
                               .keys = {{.path = "model.width", .fallback = std::int64_t{128}, .help = ""}},
                               .defaults = {{"model.latent", std::int64_t{256}}}},
                               Choice{.selector = "model.method", .name = "plain", .help = ""},
                               Choice{.selector = "model.method", .name = "deep", .help = "", .keys = {layers}},
                               Choice{.selector = "model.method",
                               .name = "low-rank",
                               .help = "",
                               .keys = {layers},
                               .defaults = {{"model.layers", std::int64_t{1}}}}})
    schema.add(choice);
  return schema;
}

/// Of the only cell, as a manifest and as a stored run have it with these settings and nothing else.
Parameters parameters_of(const std::vector<std::pair<std::string, std::string>>& set) {
  const Schema schema = schema_of_choices();
  const tests::TemporaryFolder folder;
  std::ofstream(folder / "m.toml") << "";
  std::vector<std::string> arguments;
  storage::Identity identity;
  for (const auto& [path, word] : set) {
    arguments.push_back(path + "=" + word);
    identity.parameters.emplace_back(path, word);
  }
  const Cell planned = load(folder / "m.toml", arguments, schema).cells.at(0), trained = cell_of(identity, schema, "run.h5");
  EXPECT_EQ(trained.parameters, planned.parameters);
  EXPECT_EQ(trained.id(), planned.id());
  return planned.parameters;
}

TEST(ActiveKeys, AreTheBaseKeysAndThoseOfTheChoices) {
  EXPECT_EQ(parameters_of({}), (Parameters{{"data.name", std::string("digits")},
                                           {"model.network", std::string("small")},
                                           {"model.method", std::string("plain")},
                                           {"model.latent", std::int64_t{8}}}));
}

TEST(ActiveKeys, ADefaultMaySelectALaterChoiceWhoseOwnDefaultsWin) {
  EXPECT_EQ(parameters_of({{"data.name", "faces"}, {"model.method", "deep"}}),
            (Parameters{{"data.name", std::string("faces")},
                        {"model.network", std::string("wide")},
                        {"model.width", std::int64_t{128}},
                        {"model.method", std::string("deep")},
                        {"model.layers", std::int64_t{4}},
                        {"model.latent", std::int64_t{256}}}));
  EXPECT_EQ(parameters_of({{"data.name", "faces"}, {"model.method", "low-rank"}}).at("model.layers"), Scalar(std::int64_t{1}));
}

TEST(ActiveKeys, WhatIsSetSelectsInsteadOfADefault) {
  const Parameters parameters = parameters_of({{"data.name", "faces"}, {"model.network", "small"}});

  EXPECT_FALSE(parameters.contains("model.width"));
  EXPECT_EQ(parameters.at("model.latent"), Scalar(std::int64_t{512}));
}

TEST(Schema, ASelectingKeyAllowsTheNamesOfItsChoices) {
  const Schema schema = schema_of_choices();

  EXPECT_EQ(schema.base[0].choices, (std::vector<std::string>{"digits", "faces"}));
  EXPECT_EQ(schema.base[2].choices, (std::vector<std::string>{"plain", "deep", "low-rank"}));
  EXPECT_TRUE(schema.base[3].choices.empty());
  EXPECT_THROW(Schema().add({.selector = "model.method", .name = "plain", .help = ""}), std::logic_error);
}

}  // namespace
}  // namespace irmae::manifest
