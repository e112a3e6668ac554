// SPDX-License-Identifier: MIT
#include "analysis/data_names.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "storage/text/file_ending.h"

namespace irmae::analysis {

namespace {

namespace fs = std::filesystem;

/// How much of where the samples are from a name has.
enum class Detail { last_part, path, all };

std::string name_with(const Run& run, Detail detail) {
  const std::string kind = run.data_kind(), folder = run.text("data.folder"), file = run.text("data.file");
  if (folder.empty() && file.empty()) return kind;
  fs::path path = fs::path(folder.empty() ? file : folder).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();  // a folder with a slash behind it
  if (detail == Detail::last_part) return kind + ":" + (folder.empty() ? path.stem() : path.filename()).string();
  const bool has_datasets = folder.empty() && !run.text("data.dataset").empty() && storage::ending_of(path) != ".npy";
  return kind + ":" + path.string() + (detail == Detail::all && has_datasets ? ":" + run.text("data.dataset") : "");
}

void add_contents(std::vector<Run>& runs) {
  const auto digest_of = [](const Run& run) {
    const auto found = run.note("data_sha256");
    return found ? storage::text_of(*found) : "";
  };
  // Which samples a cell has is said by its parameters of the data.
  const auto wanted_by = [](const Run& run) {
    std::string text = run.data_name + "\n";
    for (const auto& [path, value] : run.identity.parameters)
      if (path.starts_with("data.") && !run.is_outside(path)) text += path + "=" + storage::text_of(value) + "\n";
    return text;
  };
  std::map<std::string, std::set<std::string>> digests;
  for (const Run& run : runs)
    if (const std::string digest = digest_of(run); !digest.empty()) digests[wanted_by(run)].insert(digest);
  std::map<std::string, std::map<std::string, int>> ambiguous;  // runs by name and digest
  for (const Run& run : runs)
    if (const auto found = digests.find(wanted_by(run)); found != digests.end() && found->second.size() > 1)
      ++ambiguous[run.data_name][digest_of(run)];
  for (Run& run : runs) {
    const auto counts = ambiguous.find(run.data_name);
    const std::string digest = digest_of(run);
    if (counts == ambiguous.end() || digest.empty()) continue;
    const auto most = std::ranges::max_element(counts->second, {}, [](const auto& one) { return one.second; });
    if (counts->second.contains(digest) && digest != most->first) run.data_name += ":" + digest.substr(0, 8);
  }
}

}  // namespace

void name_data_sets(std::vector<Run>& runs) {
  for (Run& run : runs) run.data_name = name_with(run, Detail::last_part);
  for (const Detail more : {Detail::path, Detail::all}) {
    std::map<std::string, std::set<std::string>> sets;
    for (const Run& run : runs) sets[run.data_name].insert(name_with(run, Detail::all));
    for (Run& run : runs)
      if (sets[run.data_name].size() > 1) run.data_name = name_with(run, more);
  }
  add_contents(runs);
}

}  // namespace irmae::analysis
