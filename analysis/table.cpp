// SPDX-License-Identifier: MIT
#include "analysis/table.h"

#include "storage/text/words_in.h"

namespace irmae::analysis {

const std::vector<TableKind>& table_kinds() { return Registry<TableKind>::all(); }

const TableKind& table_kind(const std::string& name) { return Registry<TableKind>::asked_for(name); }

Value value_of(const storage::Scalar* note) {
  if (!note) return {};
  if (const auto* flag = std::get_if<bool>(note)) return std::string(*flag ? "yes" : "no");
  if (const auto* integer = std::get_if<std::int64_t>(note)) return *integer;
  if (const auto* real = std::get_if<double>(note)) return *real;
  return std::get<std::string>(*note);
}

std::vector<std::string> words_of(const storage::Scalar* note) {
  const auto* text = std::get_if<std::string>(note);
  return text ? storage::words_in(*text) : std::vector<std::string>();
}

Value why_missing(const Run& run, const storage::Evaluation& found) {
  if (!run.complete) return std::string(kNotFinished);
  if (found.arrays.empty() && found.notes.empty()) return std::string("the run has no such evaluation");
  return value_of(found.note("missing"));
}

}  // namespace irmae::analysis
