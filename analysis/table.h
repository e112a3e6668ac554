// SPDX-License-Identifier: MIT
// Tables of runs.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analysis/run_set.h"
#include "analysis/table_formats.h"
#include "framework/registry.h"

namespace irmae::analysis {

/// A note of an evaluation or of the provenance, or a parameter, as a value; missing where there is none.
Value value_of(const storage::Scalar* note);
inline Value value_of(const std::optional<storage::Scalar>& note) { return value_of(note ? &*note : nullptr); }

/// The words of a note that lists some, such as the names of attributes; none where there is no such note.
std::vector<std::string> words_of(const storage::Scalar* note);

/// What the column "missing" says of a run that is not finished.
inline constexpr const char* kNotFinished = "not finished";

/// Why a run has no result of this evaluation; missing where it has one.
Value why_missing(const Run& run, const storage::Evaluation& found);

/// A kind of table: one row a run, or several.
struct TableKind {
  std::string name{};
  std::string help{};
  /// Columns that --mean averages over seeds. The others name the row or state facts.
  std::vector<std::string> measures{};
  std::function<Table(const std::vector<Run>&)> make{};
  bool of_unfinished = false;       ///< runs that are not finished have measures too, as far as they have come
  std::vector<std::string> keys{};  ///< columns that tell the rows of one run apart
  std::string nothing{};            ///< what people read where no run can have a row; empty: every run has one
  storage::Spectra spectra = storage::Spectra::none;  ///< of the runs' histories, that `make` reads
};

/// All registered kinds of tables, by name.
const std::vector<TableKind>& table_kinds();
/// The kind of table of this name. Throws UsageError with the nearest name where there is none.
const TableKind& table_kind(const std::string& name);

/// Rows that differ in their seed alone become one, which the column `configuration` tells apart from the others: mean and
/// standard deviation (divisor n - 1) of each measured column. `n`: how many runs the means are of (where measures differ, the
/// smallest count; measures that no run has do not count). `of`: how many runs have finished an epoch, unfinished ones
/// included. Where facts such as the device split a configuration's runs into several rows, unfinished ones have rows of their
/// own.
Table mean_over_seeds(const TableKind& kind, const std::vector<Run>& runs);

/// Makes a table shorter for people: takes the rows out that have nothing but a reason for it in the column "missing", and that
/// column where no other row needs it. Rows of unfinished runs stay. The table's `left_out` gets one line a reason, where each
/// cell or configuration is named once, and of data sets without an exception the number alone: "all 36 cells of shapes, ae,
/// vae: the data has no class labels". Where it is about some of their rows, it says which: "ae, with labels 1000: more than
/// the labels there are".
void leave_out_missing(Table& table, const TableKind& kind);

/// Makes a table shorter for people: takes the column "id" out where cells' names tell the runs apart. To be called before
/// leave_out_missing: what is named below the table is told apart from what stands in it.
void leave_out_ids(Table& table);

/// A static object of this type in a table's file registers it.
using RegisterTable = Registry<TableKind>::Entry;

}  // namespace irmae::analysis
