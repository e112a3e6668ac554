// SPDX-License-Identifier: MIT
#include "framework/data/pictures/picture_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "framework/counted.h"
#include "framework/data/pictures/real_names.h"
#include "framework/data/table_file.h"
#include "framework/manifest/nearest.h"
#include "storage/error.h"

namespace irmae::data {

namespace fs = std::filesystem;
using storage::Split;

namespace {

constexpr std::size_t kMostColumns = 10;  ///< that are named

/// Nothing for an unused one.
std::optional<Split> split_of(const std::string& word, const std::string& where) {
  if (word == "unused") return {};
  if (const std::optional<Split> split = storage::split_named(word)) return split;
  throw Error(fmt::format("{}: split \"{}\" is not one of train, validation, unused", where, word));
}

/// What is measured must not be trained on. Copies within one split are the user's to have.
class Apart {
 public:
  explicit Apart(const fs::path& folder) : files_(folder) {}

  void add(const Picture& picture, std::size_t line, const std::string& where) {
    const auto [place, is_new] = seen_.try_emplace(files_.of(picture.file), std::pair(picture.split, line));
    const auto& [split, first] = place->second;
    if (is_new || (split && split == picture.split)) return;
    throw Error(fmt::format("{}: {} stands in line {} too, {}", where, picture.file.string(), first,
                            split ? "so that it is in train and in validation: leave one out"
                                  : "so that a split by chance may train on it and measure it: leave one out"));
  }

 private:
  RealNames files_;
  std::map<std::string, std::pair<std::optional<Split>, std::size_t>> seen_;  ///< split and line of each file
};

/// "columns of t.csv that are not used: lable (did you mean label?), age"; empty where there are none.
std::string unused_columns(const TableFile& table) {
  std::set<int> used;
  std::vector<std::string> lacking;
  for (const char* name : {"file", "label", "split"}) {
    const int place = table.column(name);
    if (place < 0)
      lacking.push_back(name);
    else
      used.insert(place);
  }
  std::vector<std::string> misspelt, others;
  for (int i = 0; i < static_cast<int>(table.columns.size()); ++i) {
    const std::string& name = table.columns[static_cast<std::size_t>(i)];
    if (used.contains(i) || name.empty()) continue;
    const std::string meant = manifest::nearest(name, lacking);
    if (meant.empty())
      others.push_back(name);
    else
      misspelt.push_back(fmt::format("{} (did you mean {}?)", name, meant));
  }
  const std::size_t all = misspelt.size() + others.size();
  if (all == 0) return "";
  misspelt.insert(misspelt.end(), others.begin(), others.end());
  if (all > kMostColumns) misspelt.resize(kMostColumns), misspelt.push_back(fmt::format("... ({} in all)", all));
  return fmt::format("columns of {} that are not used: {}", table.path, fmt::join(misspelt, ", "));
}

void check_sizes(const std::vector<Picture>& all, const std::string& path) {
  const auto validation = std::ranges::count(all, Split::validation, &Picture::split), train = std::ssize(all) - validation;
  if (train >= 1 && validation >= 2) return;
  throw Error(fmt::format("{}: split is train in {} and validation in {}; at least 1 and 2 are needed", path,
                          counted(train, "row"), counted(validation, "row")));
}

}  // namespace

PictureSelection pictures_in_table(const fs::path& path, const fs::path& folder) {
  const TableFile table = read_table(path);
  const int file = table.column("file"), label = table.column("label"), split = table.column("split");
  if (file < 0)
    throw Error(fmt::format("{}: has no column file, but \"{}\" (it may also have label and split, with commas between them)",
                            table.path, fmt::join(table.columns, "\", \"")));
  std::vector<Picture> all;
  std::vector<fs::path> unused;
  Apart apart(folder);
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const auto field = [&](int column) { return column < 0 ? "" : table.rows[i][static_cast<std::size_t>(column)]; };
    const std::string where = fmt::format("{}:{}", table.path, table.lines[i]);
    if (field(file).empty()) throw Error(where + ": the field file is empty");
    Picture picture{field(file), field(label)};
    if (split >= 0) {
      picture.split = split_of(field(split), where);
      if (!picture.split) {
        unused.push_back(std::move(picture.file));
        continue;
      }
    }
    apart.add(picture, table.lines[i], where);
    all.push_back(std::move(picture));
  }
  if (split >= 0 && !all.empty()) check_sizes(all, table.path);
  return {std::move(all), unused_columns(table), std::move(unused)};
}

}  // namespace irmae::data
