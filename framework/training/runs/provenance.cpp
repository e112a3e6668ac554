// SPDX-License-Identifier: MIT
#include "framework/training/runs/provenance.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/resource.h>
#include <torch/version.h>

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "framework/models/method.h"
#include "framework/training/runs/version.h"
#include "storage/error.h"
#include "storage/run_file.h"
#include "storage/system/host_name.h"
#include "storage/system/processor_name.h"
#include "storage/system/utc.h"

namespace irmae::training {

namespace {

std::string value_of(const Notes& notes, const char* name) {
  const storage::Scalar* found = storage::find_value(notes, name);
  return found ? storage::text_of(*found) : "unknown";
}

/// One name a line, in the classes' order.
std::string lines_of(std::vector<std::string> names) {
  const auto ends_text = [](char c) { return c == '\n' || c == '\0'; };
  for (std::string& name : names) std::ranges::replace_if(name, ends_text, ' ');
  return fmt::format("{}", fmt::join(names, "\n"));
}

}  // namespace

Notes provenance(const manifest::Cell& cell, const distributed::Communicator& communicator, const std::string& device,
                 const std::string& kernels, const std::string& mpi) {
  return {{"method_label", models::kind_of(cell).label},
          {"version", std::string(kVersion)},
          {"git_commit", std::string(kGitCommit)},
          {"compiler", std::string(kCompiler)},
          {"compiler_flags", std::string(kCompilerFlags)},
          {"libtorch", std::string(TORCH_VERSION)},
          {"hdf5", storage::hdf5_version()},
          {"mpi", mpi},
          {"host", storage::host_name()},
          {"processor", storage::processor_name()},
          {"device", device},
          {"ranks", std::int64_t{communicator.size()}},
          {"threads_per_rank", std::int64_t{at::get_num_threads()}},
          {"kernels", kernels},
          {"all_reduce", communicator.name()},
          {"started", storage::utc_now("%Y-%m-%dT%H:%M:%SZ")}};
}

Notes data_provenance(const data::Dataset& dataset) {
  const data::Facts& facts = dataset.facts();
  Notes notes{{"data", facts.description}, {"sample_shape", fmt::format("{}", fmt::join(dataset.shape(), "x"))}};
  if (!facts.class_names.empty() && std::ssize(facts.class_names) <= data::kMostClasses)
    notes.emplace_back("class_names", lines_of(facts.class_names));
  if (std::string digest = dataset.digest(); !digest.empty()) notes.emplace_back("data_sha256", std::move(digest));
  return notes;
}

void check_same_data(const Notes& before, const Notes& now, const std::string& otherwise) {
  for (const char* name : {"sample_shape", "data_sha256"}) {
    if (!storage::find_value(before, name) || value_of(before, name) == value_of(now, name)) continue;
    const auto said = [](const Notes& notes) {
      return fmt::format("\"{}\" of {}", value_of(notes, "data"), value_of(notes, "sample_shape"));
    };
    const std::string then = said(before), here = said(now);
    throw Error(fmt::format("this cell was trained on other data so far: {}, {}; bring them back, or {}", then,
                            then == here ? "with other contents" : "and here are " + here, otherwise));
  }
}

std::string what_differs(const Notes& before, const Notes& now) {
  std::vector<const char*> names{"version",   "compiler", "compiler_flags",   "libtorch",
                                 "processor", "device",   "threads_per_rank", "kernels"};
  // In which order ranks are summed. Of one rank it says nothing, and of another number of them it is no news.
  const std::string ranks = value_of(now, "ranks");
  if (ranks != "1" && ranks == value_of(before, "ranks")) names.insert(names.end(), {"mpi", "all_reduce"});
  std::string text;
  for (const char* name : names)
    if (storage::find_value(before, name) && value_of(before, name) != value_of(now, name))  // earlier versions noted less
      text +=
          fmt::format("{}{} {} before, {} now", text.empty() ? "" : "; ", name, value_of(before, name), value_of(now, name));
  return text;
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace irmae::training
