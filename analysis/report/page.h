// SPDX-License-Identifier: MIT
// One HTML page that holds everything it shows: headings with a table of contents, tables that scroll inside their box, and
// pictures that open at full size.
#pragma once

#include <string>
#include <vector>

#include "analysis/drawing/figure.h"
#include "analysis/table.h"

namespace irmae::analysis::page {

/// A text as HTML that shows it, whatever it holds.
std::string escaped(const std::string& text);

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

/// A table in HTML with the columns that people read, without those that have no value.
Grid grid_of(const Table& table);

/// A page that is put together from above to below. Its texts are HTML: escape what comes from files.
class Page {
 public:
  explicit Page(std::string title);

  void part(const std::string& id, const std::string& title);     ///< a heading of the second level
  void section(const std::string& id, const std::string& title);  ///< a heading of the third level
  /// Adds a paragraph of HTML: escape what comes from files. kind: "", "paper", "missing" or "note".
  void paragraph(const std::string& html, const std::string& kind = "");
  /// Adds a table below its caption, which is HTML: escape what comes from files.
  void table(const Grid& grid, const std::string& caption);
  /// Adds a figure, each panel a picture of its own, and below them what bands are where there are some. `what` begins each
  /// text for those who do not see it. Throws Error when gnuplot fails.
  void figure(const Figure& figure, const std::string& what);
  /// Begins what is folded away below this line, which is HTML: escape what comes from files.
  void open_folded(const std::string& summary);
  /// Ends what open_folded began.
  void close_folded();

  /// The whole page as the text of an HTML file.
  std::string html() const;

 private:
  void contents_entry(bool part, const std::string& id, const std::string& title);
  std::string picture(const Panel& panel, const std::string& what);

  std::string title_, contents_, body_;
  bool list_open_ = false;
  int pictures_ = 0, tables_ = 0;
};

}  // namespace irmae::analysis::page
