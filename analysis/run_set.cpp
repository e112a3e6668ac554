// SPDX-License-Identifier: MIT
#include "analysis/run_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "analysis/data_names.h"
#include "analysis/natural_order.h"
#include "framework/manifest/document.h"
#include "storage/cell_paths.h"
#include "storage/error.h"
#include "storage/run_file.h"
#include "storage/run_files.h"
#include "storage/seal.h"
#include "storage/text/file_ending.h"
#include "storage/text/shell_word.h"
#include "storage/text/sizes_in.h"
#include "storage/text/utf8.h"

namespace irmae::analysis {

namespace fs = std::filesystem;

namespace {

std::optional<storage::Scalar> copy_of(const storage::Scalar* value) { return value ? std::optional(*value) : std::nullopt; }

/// Its texts go to terminals and into JSON, whoever wrote the file.
void make_printable(storage::Attributes& notes) {
  for (auto& [name, value] : notes) {
    name = storage::printable(name);
    if (auto* text = std::get_if<std::string>(&value)) *text = storage::printable(*text);
  }
}

Run read(const fs::path& path, storage::Spectra spectra) {
  const storage::RunFile file(path);
  Run run;
  run.file = path;
  run.complete = path.filename() != storage::kMetricsFile;
  run.identity = file.identity();
  storage::Identity& identity = run.identity;
  if (!manifest::is_name(identity.cell) || !manifest::is_name(identity.manifest))
    throw Error(
        fmt::format("{}: no cell or no manifest can have the name that it has there: the file is damaged", path.string()));
  for (std::string* text : {&identity.id, &identity.scale}) *text = storage::printable(*text);
  make_printable(identity.parameters);
  run.provenance = file.provenance();
  make_printable(run.provenance);
  run.history = std::make_shared<const storage::History>(file.history(spectra));
  run.spectrum = file.spectrum();
  run.validation_codes = file.count(storage::Split::validation);
  return run;
}

/// 0 where the run has no such parameter.
std::int64_t integer(const Run& run, const std::string& path) {
  const auto* number = std::get_if<std::int64_t>(storage::find_value(run.identity.parameters, path));
  return number ? *number : 0;
}

/// What is said of a file that cannot be read, and what is to be done about it.
std::string problem_with(const fs::path& file, const std::string& damage) {
  if (file.filename() == storage::kMetricsFile) return damage + "; its run writes it anew after its next epoch";
  if (file.filename() == storage::kRunFile) return damage + "; move it away and run the cell again";
  if (storage::array_kind(file) == storage::ArrayKind::hdf5) return damage;  // the user's copy of a run
  return fmt::format("{}: a file, and no folder of runs", file.string());
}

}  // namespace

std::optional<storage::Scalar> Run::parameter(const std::string& path) const {
  return copy_of(storage::find_value(identity.parameters, path));
}
std::optional<storage::Scalar> Run::note(const std::string& name) const {
  return copy_of(storage::find_value(provenance, name));
}

bool Run::is_outside(const std::string& path) const {
  return std::find(identity.outside.begin(), identity.outside.end(), path) != identity.outside.end();
}

std::string Run::text(const std::string& path) const {
  const auto value = parameter(path);
  return value ? storage::text_of(*value) : "";
}

std::string Run::method() const { return text("model.method"); }

std::vector<std::int64_t> Run::sample_shape() const {
  const auto text = note("sample_shape");
  return text ? storage::sizes_in(storage::text_of(*text)) : std::vector<std::int64_t>();
}

std::int64_t Run::latent() const { return integer(*this, "model.latent"); }
std::int64_t Run::linear_layers() const { return integer(*this, "model.linear_layers"); }
std::int64_t Run::seed() const { return integer(*this, "train.seed"); }

std::string Run::data() const { return data_name.empty() ? data_kind() : data_name; }

std::string Run::data_kind() const { return text("data.name"); }

std::string Run::scale() const { return identity.scale.empty() ? "none" : identity.scale; }

storage::Evaluation Run::evaluation(const std::string& name) const {
  if (!complete || file.empty()) return {.name = name};
  storage::Evaluation found = storage::RunFile(file).evaluation(name);
  make_printable(found.notes);
  return found;
}

storage::Evaluation Run::evaluation_notes(const std::string& name) const {
  if (!complete || file.empty()) return {.name = name};
  storage::Evaluation found{.name = name, .notes = storage::RunFile(file).notes_of(name)};
  make_printable(found.notes);
  return found;
}

bool Run::has_evidence_bound() const { return method() == "vae" || evaluation_notes("vae").note("negative_evidence_bound"); }

std::string Run::configuration() const { return configuration({"train.seed"}); }

std::string Run::configuration(const std::set<std::string>& but) const {
  std::string text;
  for (const auto& [path, value] : identity.parameters)
    if (!but.contains(path) && !is_outside(path)) text += path + "=" + storage::text_of(value) + "\n";
  return text;
}

std::string Run::method_label() const {
  const auto own = note("method_label");
  std::string name = own ? storage::text_of(*own) : method();
  if (!own)  // a model of which there is no run yet
    std::transform(name.begin(), name.end(), name.begin(), [](char c) { return std::toupper(static_cast<unsigned char>(c)); });
  return name;
}

std::string Run::label() const {
  return linear_layers() > 0 ? fmt::format("{} l={}", method_label(), linear_layers()) : method_label();
}

std::size_t Run::paper_order() const {
  static constexpr const char* kInPaper[] = {"ae",          "vae", "l1", "l2", "irmae", "irmae-fixed", "irmae-nonlinear",
                                             "irmae-shared"};
  return static_cast<std::size_t>(std::find(std::begin(kInPaper), std::end(kInPaper), method()) - std::begin(kInPaper));
}

bool stands_before(const Run& a, const std::string& label_a, const Run& b, const std::string& label_b) {
  const std::size_t order_a = a.paper_order(), order_b = b.paper_order();
  return order_a == order_b ? label_comes_before(label_a, label_b) : order_a < order_b;
}

RunSet find_runs(const std::vector<std::string>& paths, storage::Spectra spectra) {
  RunSet set;
  storage::FoundRuns found = storage::find_run_files(paths);
  set.problems = std::move(found.problems);
  std::vector<fs::path>& files = found.files;
  std::sort(files.begin(), files.end(),
            [](const fs::path& a, const fs::path& b) { return comes_before(a.string(), b.string()); });
  storage::check_seals_ahead(files);
  for (const fs::path& file : files) {
    try {
      set.runs.push_back(read(file, spectra));
    } catch (const MaybeSound& maybe_sound) {
      set.problems.emplace_back(maybe_sound.what());
    } catch (const Error& damaged) {
      set.problems.push_back(problem_with(file, damaged.what()));
    }
  }
  name_data_sets(set.runs);
  if (set.runs.empty() && set.problems.empty())
    throw Error(
        fmt::format("{}: no run there has finished an epoch; irmae status {} shows what has started, irmae run MANIFEST "
                    "-o DIR makes runs",
                    paths.front(), storage::shell_path(paths.front())));
  return set;
}

namespace {

/// A cell that several manifests have, or that was copied, is one run; a complete one stands for it.
void keep_one_of_each_cell(std::vector<const Run*>& group) {
  std::map<std::string, const Run*> cells;
  for (const Run* run : group) {
    const Run*& kept = cells[run->identity.id];
    if (!kept || (run->complete && !kept->complete)) kept = run;
  }
  std::erase_if(group, [&](const Run* run) { return cells.at(run->identity.id) != run; });
}

/// What determines a configuration, its latent size first. As values, since 1e-05 is less than 0.001.
storage::Attributes values_of(const Run& run) {
  storage::Attributes values{{"model.latent", run.latent()}};
  for (const auto& one : run.identity.parameters)
    if (one.first != "train.seed" && !run.is_outside(one.first)) values.push_back(one);
  return values;
}

}  // namespace

std::vector<std::vector<const Run*>> by_configuration(const std::vector<Run>& runs) {
  std::vector<std::vector<const Run*>> groups;
  std::unordered_map<std::string, std::size_t> known;
  for (const Run& run : runs) {
    const auto [place, is_new] = known.try_emplace(run.configuration() + run.data(), groups.size());
    if (is_new) groups.emplace_back();
    groups[place->second].push_back(&run);
  }
  for (auto& group : groups) keep_one_of_each_cell(group);
  std::stable_sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) {
    const Run &first = *a.front(), &second = *b.front();
    if (first.data() != second.data()) return first.data() < second.data();
    const std::string label = first.label(), other = second.label();
    if (stands_before(first, label, second, other)) return true;
    return !stands_before(second, other, first, label) && values_of(first) < values_of(second);
  });
  return groups;
}

}  // namespace irmae::analysis
