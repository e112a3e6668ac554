// SPDX-License-Identifier: MIT
// Includes, scales, grids and overrides become a list of cells.
//
// Settings of one cell, each over the one before: tables of included files, the file's own tables, its [[cell]], the grid,
// its [scales.NAME]; then the tables and the scale of each file that includes it; then key=value arguments.
#include "framework/manifest/manifest.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "framework/manifest/document.h"
#include "framework/manifest/nearest.h"
#include "framework/manifest/resolve.h"
#include "storage/cell_paths.h"
#include "storage/error.h"

namespace irmae::manifest {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMostCells = 100'000;
constexpr std::size_t kDeepestInclude = 16, kMostFiles = 1000;

void put_over(Layer& below, const Layer& above) {
  for (const auto& [path, setting] : above) below[path] = setting;
}

/// What many cells have in common is kept once: a small file may say a lot about very many.
using SharedLayer = std::shared_ptr<const Layer>;
using SharedAxis = std::shared_ptr<const Axis>;

/// A cell before its grid is expanded.
struct Draft {
  std::string name;
  std::string id;     ///< that the cell must have; empty: any
  std::string scale;  ///< of a frozen cell
  std::string where;
  std::string file;
  SharedLayer shared;  ///< below everything
  Layer own;           ///< its [[cell]]
  std::vector<SharedAxis> axes;
  std::vector<SharedLayer> above;  ///< scales, including files, arguments; each over those before it
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
    if (++files_ > kMostFiles) throw UsageError(fmt::format("{}: more than {} files are included", path.string(), kMostFiles));
    chain.push_back(canonical);

    Document document = read_document(path, problems_);
    if (scale_.empty()) scale_ = document.scale, scale_where_ = document.scale_where;
    Drafts drafts;
    std::vector<Draft> included;
    for (const auto& [name, where] : document.includes) {
      const fs::path file = path.parent_path() / name;
      if (!fs::is_regular_file(file, error)) {
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
      (name == scale_ ? scale : other_scales_.emplace_back()) = layer;
    }
    const auto settings_above = std::make_shared<const Layer>(document.settings),
               scale_above = std::make_shared<const Layer>(scale);
    for (Draft& draft : included) {
      draft.above.push_back(settings_above);
      draft.above.push_back(scale_above);
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
  /// What the scales set that are not chosen.
  const std::vector<Layer>& other_scales() const { return other_scales_; }

 private:
  static void add_own(Document& document, bool top, Drafts& drafts) {
    const std::string file = document.path.string();
    std::vector<CellEntry>& entries = document.cells;
    // A file without [[cell]] is one cell, unless it only lends its tables or collects other files' cells.
    if (entries.empty() && (!document.axes.empty() || (top && drafts.cells.empty()))) entries.emplace_back().where = file;
    if (entries.size() + drafts.cells.size() > kMostCells)
      throw UsageError(fmt::format("{}: more than {} cells; split the manifest", file, kMostCells));
    const auto settings = std::make_shared<const Layer>(drafts.settings), scale = std::make_shared<const Layer>(drafts.scale);
    std::vector<SharedAxis> axes;
    for (Axis& axis : document.axes) axes.push_back(std::make_shared<const Axis>(std::move(axis)));
    for (CellEntry& entry : entries) {
      Draft draft{entry.name, entry.id, entry.scale, entry.where, file, settings, std::move(entry.settings), axes, {scale}};
      for (Axis& axis : entry.axes) draft.axes.push_back(std::make_shared<const Axis>(std::move(axis)));
      drafts.cells.push_back(std::move(draft));
    }
  }

  std::string scale_, scale_where_;
  Problems& problems_;
  std::vector<std::string> known_scales_;
  std::vector<Layer> other_scales_;
  std::size_t files_ = 0;
};

/// The settings of all layers, each over those before it, for drafts that follow each other and have the same.
class Merged {
 public:
  const Layer& of(const std::vector<SharedLayer>& layers) {
    if (layers == layers_) return all_;
    layers_ = layers;
    all_.clear();
    for (const SharedLayer& layer : layers) put_over(all_, *layer);
    return all_;
  }

 private:
  std::vector<SharedLayer> layers_;
  Layer all_;
};

/// Arguments win over everything: a value ends an axis of the same path, a list replaces or makes one.
void apply_overrides(std::vector<Draft>& drafts, const Overrides& overrides) {
  const auto settings = std::make_shared<const Layer>(overrides.settings);
  std::vector<SharedAxis> axes;
  for (const Axis& axis : overrides.axes) axes.push_back(std::make_shared<const Axis>(axis));
  Merged merged;
  for (Draft& draft : drafts) {
    draft.above.push_back(settings);
    const Layer& above = merged.of(draft.above);
    std::erase_if(draft.axes, [&](const SharedAxis& axis) { return above.contains(axis->path); });
    for (const SharedAxis& axis : axes) {
      const auto same =
          std::find_if(draft.axes.begin(), draft.axes.end(), [&](const SharedAxis& a) { return a->path == axis->path; });
      if (same != draft.axes.end())
        *same = axis;
      else
        draft.axes.push_back(axis);
    }
  }
}

std::size_t count_cells(const std::vector<Draft>& drafts) {
  std::size_t total = 0;
  for (const Draft& draft : drafts) {
    std::size_t count = 1;
    for (const SharedAxis& axis : draft.axes) {
      count *= axis->values.size();  // neither has more than some 10^5
      if (count > kMostCells) break;
    }
    total += count;
    if (total > kMostCells) {
      std::string axes;
      for (const SharedAxis& axis : draft.axes)
        if (axes.size() < 500) axes += fmt::format("{}{} ({})", axes.empty() ? "" : " x ", axis->path, axis->values.size());
      throw UsageError(
          fmt::format("{}: the grid has more than {} cells: {}; split the manifest", draft.where, kMostCells, axes));
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
void each_point(const std::vector<SharedAxis>& axes, Visit visit) {
  std::vector<std::size_t> place(axes.size(), 0);
  for (;;) {
    Layer layer;
    std::string suffix;
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const Axis& axis = *axes[i];
      layer[axis.path] = axis.values[place[i]];
      suffix += "-" + name_part(axis, axis.values[place[i]]);
    }
    visit(layer, suffix);
    std::size_t axis = axes.size();
    while (axis > 0 && ++place[axis - 1] == axes[axis - 1]->values.size()) place[--axis] = 0;
    if (axis == 0) return;
  }
}

/// What the arguments set that is part of a cell's id.
std::vector<std::string> identity_of(const Overrides& overrides, const std::set<std::string_view>& outside) {
  std::vector<std::string> paths;
  if (!overrides.scale.empty()) paths.emplace_back("scale");
  for (const auto& [path, setting] : overrides.settings)
    if (!outside.contains(path)) paths.push_back(path);
  for (const Axis& axis : overrides.axes)
    if (!outside.contains(axis.path)) paths.push_back(axis.path);
  return paths;
}

/// For a plan that was frozen: its cells are what they are.
std::string why_not_changed(const std::string& file, const std::vector<std::string>& paths) {
  std::string arguments;
  for (const std::string& path : paths) arguments += path + "=... ";
  return fmt::format(
      "{}: {} cannot be changed for a folder's cells, which are planned already: leave {} out to go on with them; irmae run "
      "MANIFEST {}-o DIR makes new ones",
      file, fmt::join(paths, ", "), paths.size() == 1 ? "it" : "them", arguments);
}

/// Names and ids must tell the cells of a plan apart. A cell that two files bring, under whatever name, is taken once.
class Register {
 public:
  /// `changed`: what the arguments set that a frozen cell's id depends on.
  Register(const std::vector<std::string>& changed, Problems& problems) : changed_(changed), problems_(problems) {}

  bool take(const Cell& cell, const Draft& draft) {
    if (!is_name(cell.name)) {
      problems_.add(
          fmt::format("{}: '{}' cannot be a cell's name: letters, digits, '.', '-', '_', at most 100; give the "
                      "cell a name and keep special characters out of its axes",
                      draft.where, cell.name));
      return false;
    }
    if (!draft.id.empty() && cell.id() != draft.id && !changed_.empty()) {
      problems_.add(why_not_changed(draft.file, changed_));
      return false;
    }
    if (!draft.id.empty() && cell.id() != draft.id)
      problems_.add(
          fmt::format("{}: cell {} has the id {} and not {}, for which the plan was frozen: its parameters "
                      "were changed, or another version of irmae wrote it; start again from the manifest itself",
                      draft.where, cell.name, storage::short_id(cell.id()), storage::short_id(draft.id)));
    const auto [name, new_name] = names_.try_emplace(cell.name, Entry{cell.id(), draft.where, draft.file});
    const auto [id, new_id] = ids_.try_emplace(cell.id(), Entry{cell.name, draft.where, draft.file});
    if (new_name && new_id) return true;
    if (!new_name && name->second.other == cell.id() && name->second.where == draft.where) return false;
    if (!new_id && id->second.file != draft.file) return take_back(cell, new_name);
    if (!new_name)
      problems_.add(fmt::format("{}: cell name {} stands twice, also at {}: give one a name of its own", draft.where, cell.name,
                                name->second.where));
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

  const std::vector<std::string>& changed_;
  Problems& problems_;
  std::map<std::string, Entry> names_, ids_;
};

}  // namespace

Plan load(const fs::path& file, const std::vector<std::string>& arguments, const Schema& schema) {
  Problems problems;
  const Overrides overrides = read_overrides(arguments, problems);
  Loader loader(overrides.scale, problems);
  Drafts drafts = loader.load(file, {});
  const Outside outside = outside_of(schema);
  const std::vector<std::string> changed = identity_of(overrides, outside.always);
  const bool frozen =
      std::any_of(drafts.cells.begin(), drafts.cells.end(), [](const Draft& draft) { return !draft.id.empty(); });
  if (frozen && !overrides.scale.empty())
    problems.add(why_not_changed(file.string(), changed));
  else
    loader.check_scale(overrides.scale_where);
  Plan plan{file.stem().string(), loader.scale(), {}};
  if (!is_name(plan.name))
    throw UsageError(fmt::format("{}: a manifest's name must be letters, digits, '.', '-', '_'", file.string()));
  apply_overrides(drafts.cells, overrides);
  plan.cells.reserve(count_cells(drafts.cells));

  Resolver resolver(schema, problems);
  Register names(changed, problems);
  Merged merged_above, merged;
  for (const Draft& draft : drafts.cells) {
    std::vector<SharedLayer> layers = draft.above;
    const Layer& above = merged_above.of(layers);
    layers.insert(layers.begin(), draft.shared);
    const Layer& shared = merged.of(layers);
    Layer own = draft.own;
    std::erase_if(own, [&](const auto& setting) { return above.contains(setting.first); });
    each_point(draft.axes, [&](const Layer& point, const std::string& suffix) {
      put_over(own, point);
      Cell cell = resolver.resolve(shared, own);
      cell.manifest = plan.name;
      cell.frozen = !draft.id.empty();
      cell.scale = cell.frozen ? draft.scale : plan.scale;
      const auto method = cell.parameters.find("model.method");
      const std::string base = !draft.name.empty()               ? draft.name
                               : method != cell.parameters.end() ? std::get<std::string>(method->second)
                                                                 : plan.name;
      cell.name = base + suffix;
      cell.seal(outside);
      // Cells that lack what is wrong with them would be told to be alike.
      if (problems.any() || names.take(cell, draft)) plan.cells.push_back(std::move(cell));
    });
    if (problems.any() && plan.cells.size() > 1000) break;
  }
  resolver.report_unused();
  for (const Layer& scale : loader.other_scales()) resolver.report_unknown(scale);
  problems.throw_if_any();
  return plan;
}

}  // namespace irmae::manifest
