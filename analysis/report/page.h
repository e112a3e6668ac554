// SPDX-License-Identifier: MIT
// One HTML page that holds everything it shows: headings with a table of contents, tables that scroll inside their box, and
// pictures that open at full size.
#pragma once

#include <string>
#include <vector>

#include "analysis/figure.h"
#include "analysis/table.h"

namespace irmae::analysis::page {

std::string escaped(const std::string& text);

/// A number as the report writes it: four significant digits.
std::string short_number(double value);

/// "0.0123 &plusmn; 0.0045": the deviation with two digits, the mean as far. NaN: no deviation is known.
std::string with_deviation(double mean, double deviation);

/// A cell of a table as HTML. Words stand to the left, numbers to the right.
struct Field {
  std::string html;
  bool word = false;
};

/// Columns and rows as HTML; the first column names the rows.
struct Grid {
  std::vector<std::string> columns;
  std::vector<std::vector<Field>> rows;
};

/// A table of means: "x" and "x_sd" become one column "x ± sd", "n" and "of" one column "n". Columns without any value go.
/// Other tables stay as they are.
Grid grid_of(const Table& table);

class Page {
 public:
  explicit Page(std::string title);

  void part(const std::string& id, const std::string& title);     ///< a heading of the second level
  void section(const std::string& id, const std::string& title);  ///< below a part
  /// Texts of the following are HTML: escape what comes from files.
  void paragraph(const std::string& html, const std::string& kind = "");  ///< kind: "", "paper", "missing", "note"
  void table(const Grid& grid, const std::string& caption);
  /// Each panel a picture of its own, and below them what bands are where there are some. `what` begins each text for those who
  /// do not see it.
  void figure(const Figure& figure, const std::string& what);
  void open_folded(const std::string& summary);
  void close_folded();

  std::string html() const;

  std::string scale{};  ///< of all runs, where they have the same one: commands that make more of them name it

 private:
  void contents_entry(bool part, const std::string& id, const std::string& title);
  std::string picture(const Panel& panel, const std::string& what);

  std::string title_, contents_, body_;
  bool list_open_ = false;
  int pictures_ = 0, tables_ = 0;
};

}  // namespace irmae::analysis::page
