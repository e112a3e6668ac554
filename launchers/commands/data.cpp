// SPDX-License-Identifier: MIT
// irmae data KIND [data.key=value ...]: what a data set holds, and a contact sheet of it. Pictures are decoded into the cache,
// so that this also prepares a set before many runs need it at once.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "framework/counted.h"
#include "framework/data/dataset.h"
#include "framework/data/in_batches.h"
#include "framework/manifest/document.h"
#include "framework/manifest/resolve.h"
#include "framework/registry.h"
#include "launchers/full_schema.h"
#include "launchers/model_outputs.h"
#include "launchers/output_file.h"
#include "launchers/trainer_body.h"
#include "storage/split.h"
#include "storage/text/file_ending.h"
#include "storage/text/utf8.h"

namespace irmae::launchers {

namespace fs = std::filesystem;

namespace {

struct DataOptions {
  std::string kind, output, split = "train";
  std::vector<std::string> overrides;
  std::int64_t count = 64;
};

/// One cell with this data set and these parameters.
manifest::Cell cell_of(const DataOptions& options) {
  std::vector<std::string> arguments = options.overrides;
  arguments.push_back("data.name=" + Registry<data::Kind>::asked_for(options.kind).choice.name);
  manifest::Problems problems;
  const manifest::Overrides overrides = manifest::read_overrides(arguments, problems);
  if (!overrides.axes.empty()) problems.add(overrides.axes.front().where + ": one data set at a time: no lists");
  const manifest::Schema schema = full_schema();
  manifest::Cell cell = manifest::Resolver(schema, problems).resolve({}, overrides.settings);
  problems.throw_if_any();
  cell.name = options.kind;
  cell.seal(schema);
  return cell;
}

constexpr std::size_t kMostClassesShown = 20;

/// "cat 24, dog 24", or of classes without names "24 24"; of many the first ones, and how many there are.
std::string counts_of(const std::vector<std::int64_t>& of_class, const std::vector<std::string>& names) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < std::min(of_class.size(), kMostClassesShown); ++i)
    words.push_back((names.empty() ? "" : storage::printable_in_line(names[i]) + " ") + std::to_string(of_class[i]));
  if (of_class.size() > words.size()) words.push_back(fmt::format("... of {} classes", of_class.size()));
  return fmt::format("{}", fmt::join(words, names.empty() ? " " : ", "));
}

/// Empty where every class is called by its number.
std::vector<std::string> names_of(const data::Dataset& set) {
  std::vector<std::string> names = set.facts().class_names;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] != std::to_string(i)) return names;
  return {};
}

/// "3", or "3 to 5" of several numbers.
std::string span_of(const torch::Tensor& numbers) {
  const auto least = numbers.min().item<double>(), most = numbers.max().item<double>();
  return fmt::format("{:.4g}{}", least, most > least ? fmt::format(" to {:.4g}", most) : "");
}

/// How the samples were made of the file's numbers; nothing where they are the same.
void print_scaling(const data::Scaling& scaling) {
  if (!scaling.offset.defined()) return;
  fmt::print("{:<11} (number - offset) / factor, offset {}, factor {}\n", "scaled", span_of(scaling.offset),
             span_of(scaling.factor));
}

/// The file's numbers, made of samples (float64) again. They are no truer than float32, so that what lies within its rounding
/// of 0 is 0.
torch::Tensor numbers_in_file(const data::Scaling& scaling, const torch::Tensor& samples) {
  const torch::Tensor numbers = scaling.to_numbers(samples);
  return numbers.masked_fill(numbers.abs() <= (samples * scaling.factor).abs() * 0x1p-23, 0);
}

/// What can be said of the first samples of a split (all of them up to 10,000).
void print_split(const data::Dataset& set, const char* name, data::Split split) {
  const std::int64_t total = set.size(split), count = std::min<std::int64_t>(total, 10'000);
  const data::Scaling scaling = set.facts().scaling;
  double sum = 0, squares = 0, least = INFINITY, most = -INFINITY, least_in_file = INFINITY, most_in_file = -INFINITY;
  std::vector<std::int64_t> of_class(static_cast<std::size_t>(set.facts().classes));
  std::int64_t unlabelled = 0, values = 0;
  torch::Tensor present = torch::zeros({static_cast<std::int64_t>(set.facts().attribute_names.size())}, torch::kInt64);
  const std::int64_t at_once =
      std::clamp<std::int64_t>((1 << 24) / std::max<std::int64_t>(c10::multiply_integers(set.shape()), 1), 1, 500);
  for_batches({0, count}, at_once, [&](const std::vector<std::int64_t>& indices) {
    const data::Batch batch = set.batch(split, indices);
    const torch::Tensor numbers = batch.images.to(torch::kFloat64);
    sum += numbers.sum().item<double>();
    squares += numbers.square().sum().item<double>();
    least = std::min(least, numbers.min().item<double>());
    most = std::max(most, numbers.max().item<double>());
    if (scaling.offset.defined()) {
      const torch::Tensor in_file = numbers_in_file(scaling, numbers);
      least_in_file = std::min(least_in_file, in_file.min().item<double>());
      most_in_file = std::max(most_in_file, in_file.max().item<double>());
    }
    values += numbers.numel();
    for (std::int64_t i = 0; i < batch.labels.size(0); ++i) {
      const auto label = batch.labels[i].item<std::int64_t>();
      if (label >= 0 && label < set.facts().classes)
        ++of_class[static_cast<std::size_t>(label)];
      else
        ++unlabelled;
    }
    present += set.attributes(split, indices).to(torch::kInt64).sum(0);
  });
  const double mean = sum / static_cast<double>(values);
  fmt::print("{:<11} {}{}\n", name, counted(total, "sample"), count < total ? fmt::format("; of the first {}:", count) : "");
  const std::string file =
      scaling.offset.defined() ? fmt::format(" (in the file {:.4g} to {:.4g})", least_in_file, most_in_file) : "";
  fmt::print("{:<11}   values {:.4g} to {:.4g}{}, mean {:.4g}, standard deviation {:.4g}\n", "", least, most, file, mean,
             std::sqrt(std::max(0.0, squares / static_cast<double>(values) - mean * mean)));
  if (!of_class.empty())
    fmt::print("{:<11}   classes: {}{}\n", "", counts_of(of_class, names_of(set)),
               unlabelled ? fmt::format(", {} without", unlabelled) : "");
  for (std::size_t i = 0; i < set.facts().attribute_names.size(); ++i)
    fmt::print(
        "{:<11}   {:<22} {:5.1f} %\n", "", storage::printable_in_line(set.facts().attribute_names[i]),
        100.0 * static_cast<double>(present[static_cast<std::int64_t>(i)].item<std::int64_t>()) / static_cast<double>(count));
}

void write_first(const data::Dataset& set, data::Split split, const DataOptions& options) {
  if (set.shape().size() != 3) throw UsageError(fmt::format("{}: vectors make no contact sheet: drop -o", options.output));
  if (set.shape()[0] != 1 && set.shape()[0] != 3)
    throw UsageError(fmt::format("{}: only images of 1 or 3 channels make a contact sheet: drop -o", options.output));
  const std::int64_t count = std::min(options.count, set.size(split));
  const data::Batch batch = set.batch(split, data::consecutive(0, count));
  write_sheet(evaluation::to_bytes(batch.images, set.facts().scaling), options.output);
  fmt::print("{}: the first {} of {}\n", options.output, count, storage::text_of(split));
}

/// split: of the contact sheet.
void show(const manifest::Cell& cell, data::Split split, const DataOptions& options) {
  data::check(cell);
  const std::unique_ptr<data::Dataset> set = data::open(cell);
  fmt::print("{:<11} {}\n", "data set", cell.text("data.name"));
  fmt::print("{:<11} {}\n", "from", storage::printable_in_line(set->facts().description));
  for (const std::string& remark : set->facts().remarks) fmt::print("{:<11} {}\n", "note", storage::printable_in_line(remark));
  const bool all_equal = set->all_equal();
  if (all_equal) fmt::print("{:<11} all samples are equal: there is nothing to learn\n", "note");
  fmt::print("{:<11} {}\n", "sample", fmt::join(set->shape(), " x "));
  if (!all_equal) print_scaling(set->facts().scaling);
  print_split(*set, "training", data::Split::train);
  print_split(*set, "validation", data::Split::validation);
  if (!options.output.empty()) write_first(*set, split, options);
}

/// Throws UsageError where the sheet would replace a file among the pictures. A new one may lie there.
void check_sheet(const fs::path& sheet, const manifest::Cell& cell) {
  check_output_file(sheet);
  std::error_code absent;
  if (!cell.has("data.folder") || cell.text("data.folder").empty() || !fs::exists(sheet, absent)) return;
  const fs::path folder = fs::canonical(cell.text("data.folder"), absent), below = fs::canonical(sheet, absent);
  if (!folder.empty() && std::ranges::mismatch(folder, below).in1 == folder.end())
    throw UsageError(fmt::format("{}: a file in data.folder, which this would replace: name another", sheet.string()));
}

int data_command(const DataOptions& options) {
  if (!options.output.empty() && storage::ending_of(options.output) != ".png")
    throw UsageError(fmt::format("{}: the sheet is a PNG: its ending must be .png", options.output));
  const manifest::Cell cell = cell_of(options);
  if (!options.output.empty()) check_sheet(options.output, cell);
  show(cell, storage::split_named(options.split).value(), options);
  return 0;
}

void add_data(Command command) {
  auto options = std::make_shared<DataOptions>();
  std::string kinds;
  for (const data::Kind& kind : data::kinds()) kinds += fmt::format("\n  {}: {}", kind.choice.name, kind.choice.help);
  command.footer("Kinds:" + kinds + "\nirmae plan --keys lists the parameters of each.");
  command.option("kind", options->kind, "which data set").required();
  command.option("overrides", options->overrides, "its parameters: data.folder=pictures data.size=64");
  command.option("-o,--output", options->output, "write a contact sheet (PNG) to this file");
  command.option("--split", options->split, "train or validation, for the sheet")
      .one_of({"train", "validation"})
      .with_default_shown();
  command.option("-n,--count", options->count, "images on the sheet").above_zero().with_default_shown();
  command.runs([options] { return data_command(*options); });
}

const RegisterTrainerBody data_body{{"data", add_data}};

}  // namespace

}  // namespace irmae::launchers
