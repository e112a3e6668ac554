// SPDX-License-Identifier: MIT
#include "storage/text/toml_entries.h"

#include <gtest/gtest.h>

namespace irmae::storage {
namespace {

TEST(TomlEntries, AreScannedAsTheyAreParsedOrLeftToTheParser) {
  const std::vector<std::string> wanted = {"name", "id", "train.epochs"};
  const auto scanned = [&](const std::string& text) { return scan_entries(text, "cell", wanted); };
  const auto parsed = [&](const std::string& text) { return parse_entries(text, "test", "cell", wanted); };
  for (const char* text :
       {"", "title = \"x\"\n[data]\nname = \"no\"\n", "[[cell]]\nname = 'a'\nid=\"1f\"\ntrain.epochs = 7\r\n",
        "[[cell]]\nname = \"a\"\nmodel.name = \"b\"\n[cell.train]\nepochs = 3\nid = 'no'\n[cell.data]\nepochs = 4\n",
        "[[cell]]\n[[cell]]\n  name =\"z\"  \n\n# id = 'x'\n[model]\nname = 'no'\n",
        "[[cell]]\ntrain.learning_rate = 1e-3\ntrain.resume = true\ndata.file = '/a b/c#d.npy'"}) {
    ASSERT_TRUE(scanned(text)) << text;
    EXPECT_EQ(*scanned(text), parsed(text)) << text;
  }
  for (const char* text : {"[[cell]]\nname = \"a\\n\"\n", "[[cell]]\nname = \"\"\"\nname = 'b'\n\"\"\"\n",
                           "[[cell]]\nname = 'a' # it\n", "[[cell]]\ntrain = {epochs = 3}\n", "[[cell]]\n\"name\" = 'a'\n",
                           "cell = [\n{name = 'a'}]\n", "[[cell]]\ntrain.epochs = 1_000\n", "[[\"cell\"]]\nname = 'x'\n"}) {
    EXPECT_FALSE(scanned(text)) << text;
    EXPECT_NO_THROW(parsed(text)) << text;
  }
}

}  // namespace
}  // namespace irmae::storage
