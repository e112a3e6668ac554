// SPDX-License-Identifier: MIT
#include <algorithm>
#include <filesystem>
#include <set>

#include "framework/manifest/document.h"
#include "framework/manifest/manifest.h"
#include "storage/error.h"
#include "tests/fuzz/targets.h"

namespace irmae::tests::fuzz {

namespace {

manifest::Schema small_schema() {
  manifest::Schema schema;
  schema.base = {
      {.path = "data.name", .fallback = std::string("shapes"), .help = "", .choices = {"shapes", "array"}},
      {.path = "data.root", .fallback = std::string(), .help = "", .identity = false},
      {.path = "model.method", .fallback = std::string("ae"), .help = "", .choices = {"ae", "irmae", "vae"}},
      {.path = "train.seed", .fallback = std::int64_t{1}, .help = "", .least = 0},
      {.path = "train.epochs", .fallback = std::int64_t{1}, .help = "", .least = 1},
      {.path = "train.learning_rate", .fallback = 1e-4, .help = "", .least = 0, .most = 1},
      {.path = "train.loss", .fallback = std::string("mse"), .help = "", .choices = {"mse", "bce"}},
      {.path = "train.quiet", .fallback = false, .help = "", .identity = false},
      {.path = "evaluate.note", .fallback = std::string("none"), .help = ""},
  };
  schema.choices = {
      {.selector = "data.name",
       .name = "array",
       .help = "",
       .keys = {{.path = "data.file", .fallback = std::string(), .help = ""}}},
      {.selector = "model.method",
       .name = "irmae",
       .help = "",
       .keys = {{.path = "model.linear_layers", .fallback = std::int64_t{2}, .help = "", .least = 0, .most = 64}}},
      {.selector = "model.method",
       .name = "vae",
       .help = "",
       .keys = {{.path = "model.beta", .fallback = 0.1, .help = ""}},
       .defaults = {{"train.loss", std::string("bce")}}}};
  return schema;
}

/// What a folder's name, a shell's word and a run file rely on.
void check(const manifest::Cell& cell, const manifest::Schema& schema) {
  const auto plain = [](const std::string& text) {
    return !text.empty() && text[0] != '.' && text[0] != '-' && std::all_of(text.begin(), text.end(), [](unsigned char c) {
      return c < 0x80 && (std::isalnum(c) || c == '.' || c == '-' || c == '_');
    });
  };
  if (!plain(cell.name) || !plain(cell.manifest) || !plain(cell.folder()) || cell.folder().size() > 120)
    broken("a name that is no plain word: " + cell.folder());
  if (cell.id().size() != 64) broken("an id of another length");
  for (const auto& [path, value] : cell.parameters)
    if (const auto* text = std::get_if<std::string>(&value); text && text->find('\0') != std::string::npos)
      broken(path + " holds U+0000");
  // What run.h5 keeps must be the same cell again.
  const manifest::Plan again = manifest::load(scratch_file("again.toml", cell.toml()), {}, schema);
  if (again.cells.size() != 1 || again.cells[0].id() != cell.id()) broken("its resolved text is another cell:\n" + cell.toml());
}

}  // namespace

void manifest(Bytes input) {
  static const manifest::Schema schema = small_schema();
  std::vector<std::string> records{""};
  for (const char c : input) {
    if (c == '\x1e')
      records.emplace_back();
    else
      records.back() += c;
  }
  records.resize(std::max<std::size_t>(records.size(), 2));
  const std::string path = scratch_file("m.toml", records[0]);
  scratch_file("other.toml", records[1]);
  manifest::Plan plan;
  try {
    plan = manifest::load(path, {records.begin() + 2, records.end()}, schema);
  } catch (const UsageError& error) {
    if (std::string_view(error.what()).empty()) broken("a refusal without a word");
    return;
  }
  std::set<std::string> folders;
  for (const manifest::Cell& cell : plan.cells)
    if (!folders.insert(cell.folder()).second) broken("two cells with one folder: " + cell.folder());
  // Each is made like the others: some are enough.
  const std::size_t step = plan.cells.size() / 2 + 1;
  for (std::size_t i = 0; i < plan.cells.size(); i += step) check(plan.cells[i], schema);
}

}  // namespace irmae::tests::fuzz
