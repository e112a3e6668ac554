// SPDX-License-Identifier: MIT
#include "launchers/slurm/batch_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <string_view>

#include "launchers/slurm/quoting.h"
#include "launchers/slurm/templates.h"
#include "storage/error.h"

namespace irmae::slurm {

namespace {

/// Puts values where the template has @NAME@.
std::string fill(std::string_view text, const std::map<std::string, std::string>& values) {
  std::string filled;
  for (;;) {
    const std::size_t start = text.find('@');
    const std::size_t end = start == std::string_view::npos ? start : text.find('@', start + 1);
    if (end == std::string_view::npos) return filled.append(text);
    const auto value = values.find(std::string(text.substr(start + 1, end - start - 1)));
    if (value == values.end()) {  // an @ of the script itself
      filled.append(text.substr(0, start + 1));
      text.remove_prefix(start + 1);
    } else {
      filled.append(text.substr(0, start)).append(value->second);
      text.remove_prefix(end + 1);
    }
  }
}

/// Options of sbatch that belong to irmae. --dependency does not: arrays may have one.
constexpr std::array<std::string_view, 16> kOwn{"--job-name", "-J",        "--array",      "-a",          "--output", "-o",
                                                "--signal",   "--requeue", "--no-requeue", "--open-mode", "--chdir",  "-D",
                                                "--ntasks",   "-n",        "--time",       "-t"};
constexpr std::array<std::string_view, 2> kClusters{"--clusters", "-M"};

/// "--time" of "--time=9", "-t" of "-t9".
std::string_view option_of(std::string_view word) { return word.substr(0, word.starts_with("--") ? word.find('=') : 2); }

/// The option among these that sbatch takes the word for: it lets long ones be shortened. Empty: none of them.
std::string_view option_among(std::span<const std::string_view> options, std::string_view word) {
  const std::string_view given = option_of(word);
  const auto is_given = [&](std::string_view option) {
    return option == given || (given.size() > 2 && option.starts_with(given));
  };
  const auto found = std::ranges::find_if(options, is_given);
  return found == options.end() ? std::string_view() : *found;
}

class Directives {
 public:
  void add(const std::string& option, const std::string& value) {
    if (!value.empty()) line(option + "=" + directive_word(option, value), {option + "=" + value});
  }
  void flag(const std::string& option) { line(option, {option}); }
  void add_queue(const Resources& resources) {
    add("--partition", resources.partition);
    add("--account", resources.account);
    add("--qos", resources.qos);
    add("--time", resources.time);
  }
  /// Slurm takes the last of two lines, and by the first ones cells that are queued are known.
  void add_more(const std::vector<std::string>& more) {
    for (const std::string& word : more) {
      if (const std::string_view option = option_among(kOwn, word); !option.empty())
        throw UsageError(
            fmt::format("-- {}: irmae sets {} itself; irmae submit --help lists what may be chosen", word, option));
      if (!option_among(kClusters, word).empty())
        throw UsageError(fmt::format(
            "-- {}: squeue would not be asked there, so that queued cells would not be seen; set SLURM_CLUSTERS instead",
            word));
    }
    std::string words;
    for (const std::string& word : more) words += (words.empty() ? "" : " ") + directive_word(word, word);
    if (!words.empty()) line(words, more);
  }
  const std::string& text() const { return text_; }
  /// All of them, as words of a command line.
  const std::vector<std::string>& options() const { return options_; }

 private:
  /// `words`: as they stand in the script. `plain`: the same without what a line needs.
  void line(const std::string& words, const std::vector<std::string>& plain) {
    text_ += (text_.empty() ? "#SBATCH " : "\n#SBATCH ") + words;
    options_.insert(options_.end(), plain.begin(), plain.end());
  }
  std::string text_;
  std::vector<std::string> options_;
};

std::vector<std::string> launch_words(const JobOptions& options) {
  const std::string ranks = std::to_string(options.resources.ranks);
  if (options.launcher == "srun") {
    // A rank that was killed on another node is not seen by the others, which would wait for train.timeout_seconds.
    std::vector<std::string> words{"srun", "--mpi=pmix", "--kill-on-bad-exit=1", "--ntasks=" + ranks};
    // Since Slurm 22.05 a step does not inherit it from its job.
    if (const std::string& cpus = options.resources.cpus_per_task; !cpus.empty()) words.push_back("--cpus-per-task=" + cpus);
    return words;
  }
  // Tasks that share a node would otherwise be bound to the same cores, each to the first ones.
  return {"mpirun", "--bind-to", "none", "-n", ranks};
}

/// Verbatim, up to line ends after the last line. Slurm takes no script with a zero byte in it.
std::string prologue(std::string text) {
  if (text.find('\0') != std::string::npos) throw UsageError("--prologue: the file is not text");
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

std::string job_name(const std::string& manifest) { return "irmae-" + manifest; }
std::string report_name(const std::string& manifest) { return job_name(manifest) + "-report"; }

Script array_script(const JobOptions& options, const JobPlace& place, std::size_t tasks) {
  const Resources& resources = options.resources;
  Directives directives;
  directives.add("--job-name", job_name(place.manifest));
  directives.add("--array",
                 fmt::format("0-{}{}", tasks - 1, options.array_limit > 0 ? fmt::format("%{}", options.array_limit) : ""));
  directives.add_queue(resources);
  directives.add("--ntasks", std::to_string(resources.ranks));
  directives.add("--nodes", resources.nodes);
  directives.add("--cpus-per-task", resources.cpus_per_task);
  directives.add("--gpus-per-task", resources.gpus_per_task);
  directives.add("--gres", resources.gres);
  directives.add("--mem", resources.memory);
  directives.add("--signal", fmt::format("B:USR1@{}", options.signal_seconds));
  directives.flag("--requeue");
  directives.add("--open-mode", "append");
  directives.add("--output", output_pattern(place.folder, "%a.out"));
  directives.add("--chdir", place.start.string());
  directives.add_more(resources.more);
  return {fill(kArrayJob, {{"DIRECTIVES", directives.text()},
                           {"IRMAE", shell_word(place.irmae.string())},
                           {"OUTPUT", shell_word(place.output.string())},
                           {"FOLDER", shell_word(place.folder.string())},
                           {"PLAN", shell_word(place.manifest + "/" + place.manifest + ".toml")},
                           {"REQUEUE_LIMIT", std::to_string(options.requeue_limit)},
                           {"LAUNCH", shell_words(launch_words(options))},
                           {"PROLOGUE", prologue(options.prologue)}}),
          directives.options()};
}

Script report_script(const JobOptions& options, const JobPlace& place, const std::vector<std::string>& after) {
  Directives directives;
  directives.add("--job-name", report_name(place.manifest));
  if (!after.empty()) directives.add("--dependency", fmt::format("afterany:{}", fmt::join(after, ":")));
  Resources resources = options.resources;
  if (!options.report_partition.empty()) resources.partition = options.report_partition;
  directives.add_queue(resources);
  directives.add("--ntasks", "1");
  directives.add("--mem", resources.memory);
  directives.add("--open-mode", "append");
  directives.add("--output", output_pattern(place.folder, "report.out"));
  directives.add("--chdir", place.start.string());
  return {fill(kReportJob, {{"DIRECTIVES", directives.text()},
                            {"IRMAE", shell_word(place.irmae.string())},
                            {"OUTPUT", shell_word(place.output.string())},
                            {"PROLOGUE", prologue(options.prologue)}}),
          directives.options()};
}

}  // namespace irmae::slurm
