// SPDX-License-Identifier: MIT
// What is known by name: each name once.
#include "framework/registry.h"

#include <gtest/gtest.h>

#include "tests/message_of.h"

namespace irmae {
namespace {

struct Animal {
  std::string name, help;
};

struct Colour {
  static constexpr const char* kSelector = "model.colour";
  manifest::Choice choice;
};

/// As static objects are made: before main, where nothing catches what they throw.
template <class Kind>
void register_all(const std::vector<Kind>& kinds) noexcept {
  for (const Kind& kind : kinds) typename Registry<Kind>::Entry{kind};
}

TEST(Registry, HasItsKindsByNameAndTakesNoNameTwice) {
  using Entry = Registry<Animal>::Entry;
  Entry{{"heron", "a bird"}};
  Entry{{"crane", "another bird"}};
  const std::string message = tests::message_of<std::logic_error>([] { Entry{{"crane", "a machine"}}; });

  EXPECT_EQ(
      message,
      "two of a sort are registered as 'crane' (another bird) and as 'crane' (a machine): one of them needs another name");
  ASSERT_EQ(Registry<Animal>::all().size(), 2U);
  EXPECT_EQ(Registry<Animal>::all()[0].help, "another bird");
  EXPECT_EQ(Registry<Animal>::all()[1].name, "heron");
}

TEST(RegistryDeathTest, OfTwoKindsOfOneNameEndsTheProgramAndNamesThemOnStandardError) {
  EXPECT_DEATH(register_all<Animal>({{"swift", "a bird"}, {"swift", "a language"}}),
               "'swift' .a bird. and as 'swift' .a language.");
  EXPECT_DEATH(register_all<Colour>({{{.name = "red", .help = "warm"}}, {{.name = "red", .help = "hot"}}}),
               "'red' .warm. and as 'red' .hot.");
}

}  // namespace
}  // namespace irmae
