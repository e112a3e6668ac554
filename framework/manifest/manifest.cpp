// SPDX-License-Identifier: MIT
// Includes, scales, grids and overrides become a list of cells.
//
// Settings of one cell, each over the one before: tables of included files, the file's own tables, its [[cell]], the grid,
// its [scales.NAME]; then the tables and the scale of each file that includes it; then key=value arguments.
#include "framework/manifest/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "framework/manifest/document.h"
#include "framework/manifest/nearest.h"
#include "framework/manifest/resolve.h"
#include "storage/error.h"

namespace irmae::manifest {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMostCells = 100'000;
constexpr std::size_t kDeepestInclude = 16;

void put_over(Layer& below, const Layer& above) {
  for (const auto& [path, setting] : above) below[path] = setting;
}

/// A cell before its grid is expanded.
struct Draft {
  std::string name;
  std::string id;     ///< that the cell must have; empty: any
  std::string scale;  ///< of a frozen cell
  std::string where;
  std::string file;
  Layer shared;  ///< below everything
  Layer own;     ///< its [[cell]]
  std::vector<Axis> axes;
  Layer above;   ///< scales, including files, arguments
};

struct Drafts {
  Layer settings;  ///< of the file and its includes
  Layer scale;     ///< of the chosen scale, likewise
  std::vector<Draft> cells;
};

class Loader {
 public:
  Loader(std::string scale, Problems& problems) : scale_(std::move(scale)), problems_(problems) {}

  Drafts load(const fs::path& path, std::vector<fs::path> chain) {
    std::error_code error;
    const fs::path canonical = fs::weakly_canonical(path, error);
    if (std::find(chain.begin(), chain.end(), canonical) != chain.end())
      throw UsageError(fmt::format("{}: includes itself through {}", path.string(), chain.back().string()));
    if (chain.size() >= kDeepestInclude)
      throw UsageError(fmt::format("{}: more than {} includes deep", path.string(), kDeepestInclude));
    chain.push_back(canonical);

    const Document document = read_document(path, problems_);
    if (scale_.empty()) scale_ = document.scale, scale_where_ = document.scale_where;
    Drafts drafts;
    std::vector<Draft> included;
    for (const auto& [name, where] : document.includes) {
      const fs::path file = path.parent_path() / name;
      if (!fs::exists(file, error)) {
        problems_.add(fmt::format("{}: include: there is no file {}", where, file.string()));
        continue;
      }
      Drafts below = load(file, chain);
      put_over(drafts.settings, below.settings);
      put_over(drafts.scale, below.scale);
      std::move(below.cells.begin(), below.cells.end(), std::back_inserter(included));
    }
    Layer scale;
    for (const auto& [name, layer] : document.scales) {
      known_scales_.push_back(name);
      if (name == scale_) scale = layer;
    }
    for (Draft& draft : included) {
      put_over(draft.above, document.settings);
      put_over(draft.above, scale);
      drafts.cells.push_back(std::move(draft));
    }
    put_over(drafts.settings, document.settings);
    put_over(drafts.scale, scale);
    add_own(document, chain.size() == 1, drafts);
    return drafts;
  }

  void check_scale(const std::string& where) {
    if (scale_.empty() || std::find(known_scales_.begin(), known_scales_.end(), scale_) != known_scales_.end()) return;
    problems_.add(fmt::format("{}: scale: there is no [scales.{}]{}", where.empty() ? scale_where_ : where, scale_,
                              did_you_mean(scale_, known_scales_)));
  }

  const std::string& scale() const { return scale_; }

 private:
  static void add_own(const Document& document, bool top, Drafts& drafts) {
    const std::string file = document.path.string();
    std::vector<CellEntry> entries = document.cells;
    // A file without [[cell]] is one cell, unless it only lends its tables or collects other files' cells.
    if (entries.empty() && (!document.axes.empty() || (top && drafts.cells.empty())))
      entries.emplace_back().where = file;
    for (CellEntry& entry : entries) {
      Draft draft{entry.name, entry.id, entry.scale, entry.where, file, drafts.settings, std::move(entry.settings), document.axes, drafts.scale};
      std::move(entry.axes.begin(), entry.axes.end(), std::back_inserter(draft.axes));
      drafts.cells.push_back(std::move(draft));
    }
  }

  std::string scale_, scale_where_;
  Problems& problems_;
  std::vector<std::string> known_scales_;
};

/// Arguments win over everything: a value ends an axis of the same path, a list replaces or makes one.
void apply_overrides(Draft& draft, const Overrides& overrides) {
  put_over(draft.above, overrides.settings);
  std::erase_if(draft.axes, [&](const Axis& axis) { return draft.above.contains(axis.path); });
  for (const Axis& axis : overrides.axes) {
    const auto same = std::find_if(draft.axes.begin(), draft.axes.end(), [&](const Axis& a) { return a.path == axis.path; });
    if (same != draft.axes.end())
      *same = axis;
    else
      draft.axes.push_back(axis);
    draft.above.erase(axis.path);
    draft.own.erase(axis.path);
  }
}

std::size_t count_cells(const std::vector<Draft>& drafts) {
  std::size_t total = 0;
  for (const Draft& draft : drafts) {
    std::size_t count = 1;
    for (const Axis& axis : draft.axes) {
      count *= axis.values.size();
      if (count > kMostCells) break;
    }
    total += count;
    if (total > kMostCells) {
      std::string axes;
      for (const Axis& axis : draft.axes)
        axes += fmt::format("{}{} ({})", axes.empty() ? "" : " x ", axis.path, axis.values.size());
      throw UsageError(fmt::format("{}: the grid has more than {} cells: {}; split the manifest", draft.where, kMostCells,
                                   axes));
    }
  }
  return total;
}

std::string name_part(const Axis& axis, const Setting& value) {
  std::string text = std::holds_alternative<std::string>(value.value) ? std::get<std::string>(value.value)
                     : std::holds_alternative<double>(value.value)    ? fmt::format("{}", std::get<double>(value.value))
                                                                      : to_toml(value.value);
  return axis.path.substr(axis.path.rfind('.') + 1) + text;
}

/// Calls visit(settings of the axes, their part of the name) for each point of the grid, the last axis fastest.
template <class Visit>
void each_point(const std::vector<Axis>& axes, Visit visit) {
  std::vector<std::size_t> place(axes.size(), 0);
  for (;;) {
    Layer layer;
    std::string suffix;
    for (std::size_t i = 0; i < axes.size(); ++i) {
      layer[axes[i].path] = axes[i].values[place[i]];
      suffix += "-" + name_part(axes[i], axes[i].values[place[i]]);
    }
    visit(layer, suffix);
    std::size_t axis = axes.size();
    while (axis > 0 && ++place[axis - 1] == axes[axis - 1].values.size()) place[--axis] = 0;
    if (axis == 0) return;
  }
}

/// Names and ids must tell the cells of a plan apart. A cell that two files bring, under whatever name, is taken once.
class Register {
 public:
  explicit Register(Problems& problems) : problems_(problems) {}

  bool take(const Cell& cell, const Draft& draft) {
    if (!is_name(cell.name)) {
      problems_.add(fmt::format("{}: '{}' cannot be a cell's name: letters, digits, '.', '-', '_', at most 100; give the "
                                "cell a name and keep special characters out of its axes",
                                draft.where, cell.name));
      return false;
    }
    if (!draft.id.empty() && cell.id() != draft.id)
      problems_.add(fmt::format("{}: cell {} has the id {:.8} and not {:.8}, for which the plan was frozen: its parameters "
                                "were changed, or another version of irmae wrote it; start again from the manifest itself",
                                draft.where, cell.name, cell.id(), draft.id));
    const auto [name, new_name] = names_.try_emplace(cell.name, Entry{cell.id(), draft.where, draft.file});
    const auto [id, new_id] = ids_.try_emplace(cell.id(), Entry{cell.name, draft.where, draft.file});
    if (new_name && new_id) return true;
    if (!new_name && name->second.other == cell.id() && name->second.where == draft.where) return false;
    if (!new_id && id->second.file != draft.file) return take_back(cell, new_name);
    if (!new_name)
      problems_.add(fmt::format("{}: cell name {} stands twice, also at {}: give one a name of its own", draft.where,
                                cell.name, name->second.where));
    else
      problems_.add(fmt::format("{}: cell {} has the same parameters as {} ({}): remove one", draft.where, cell.name,
                                id->second.other, id->second.where));
    return false;
  }

 private:
  struct Entry {
    std::string other, where, file;
  };

  /// What another file has already brought is not brought again; the name stays free.
  bool take_back(const Cell& cell, bool new_name) {
    if (new_name) names_.erase(cell.name);
    return false;
  }

  Problems& problems_;
  std::map<std::string, Entry> names_, ids_;
};

}  // namespace

Plan load(const fs::path& file, const std::vector<std::string>& arguments, const Schema& schema) {
  Problems problems;
  const Overrides overrides = read_overrides(arguments, problems);
  Loader loader(overrides.scale, problems);
  Drafts drafts = loader.load(file, {});
  loader.check_scale(overrides.scale_where);
  Plan plan{file.stem().string(), loader.scale(), {}};
  if (!is_name(plan.name))
    throw UsageError(fmt::format("{}: a manifest's name must be letters, digits, '.', '-', '_'", file.string()));
  for (Draft& draft : drafts.cells) apply_overrides(draft, overrides);
  plan.cells.reserve(count_cells(drafts.cells));

  Resolver resolver(schema, problems);
  Register names(problems);
  for (const Draft& draft : drafts.cells) {
    each_point(draft.axes, [&](const Layer& point, const std::string& suffix) {
      Layer shared = draft.shared;
      Layer own = draft.own;
      put_over(own, point);
      for (const auto& [path, setting] : draft.above) {
        shared[path] = setting;
        own.erase(path);
      }
      Cell cell = resolver.resolve(shared, own);
      cell.manifest = plan.name;
      cell.scale = draft.id.empty() ? plan.scale : draft.scale;
      const auto method = cell.parameters.find("model.method");
      const std::string base = !draft.name.empty()              ? draft.name
                               : method != cell.parameters.end() ? std::get<std::string>(method->second)
                                                                 : plan.name;
      cell.name = base + suffix;
      cell.seal(schema);
      if (names.take(cell, draft)) plan.cells.push_back(std::move(cell));
    });
    if (problems.any() && plan.cells.size() > 1000) break;
  }
  resolver.report_unused();
  problems.throw_if_any();
  return plan;
}

}  // namespace irmae::manifest
