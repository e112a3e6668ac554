// SPDX-License-Identifier: MIT
// Downstream classification (table 2): a small head on the frozen codes, trained with few labels. The labels are a
// balanced draw. The update that counts is chosen, among about 50 that are checked (classification/budget.h), on training
// samples that are held out from every draw, never on the validation images: their error is taken at every check that improves
// on the held-out ones, and that of the last of these is kept. The supervised baseline trains an encoder too, from scratch,
// with the same draws and the same number of updates: the plain encoder of the cell's network, without what its method puts
// behind it, so that any cell's baseline is the same.
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "analysis/classification/head.h"
#include "analysis/evaluation/evaluation.h"
#include "framework/data/in_batches.h"
#include "framework/distributed/stop_request.h"
#include "framework/distributed/stopped_early.h"
#include "storage/text/number_in.h"
#include "storage/text/words_in.h"

namespace irmae::evaluation::classification_evaluation {
namespace {

using classification::Labelled;

constexpr std::int64_t kReadAtOnce = 1000;  ///< samples

/// A word of evaluate.classification_labels as a number; nothing where it is none from 1.
std::optional<std::int64_t> label_count(const std::string& word) {
  const auto count = storage::number_in<std::int64_t>(word);
  return count && *count >= 1 ? count : std::nullopt;
}

std::string why_wrong(const std::string& text) {
  for (const std::string& word : storage::words_in(text))
    if (word != "all" && !label_count(word))
      return fmt::format("\"{}\" is neither a number from 1 nor all; wanted words such as \"10 100 all\"", word);
  return "";
}

/// "10 100 all" -> {10, 100, available}, each once; some may be more than available.
std::vector<std::int64_t> label_counts(const std::string& text, std::int64_t available) {
  std::vector<std::int64_t> counts;
  for (const std::string& word : storage::words_in(text)) {
    const std::int64_t count = label_count(word).value_or(available);
    if (std::find(counts.begin(), counts.end(), count) == counts.end()) counts.push_back(count);
  }
  return counts;
}

std::string why_not(const Context& context) {
  if (context.cell.integer("evaluate.classification_draws") == 0) return "evaluate.classification_draws is 0";
  const data::Facts& facts = context.dataset.facts();
  if (facts.classes < 2)
    return facts.attribute_names.empty() ? "the data has fewer than two classes"
                                         : "the data has attributes in place of classes";
  if (facts.classes > data::kMostClasses)
    return fmt::format("the data has {} classes, and the classifier is for at most {}", facts.classes, data::kMostClasses);
  if (label_counts(context.cell.text("evaluate.classification_labels"), 1 << 30).empty())
    return "evaluate.classification_labels is empty";
  return "";
}

torch::Tensor unpacked(const torch::Tensor& samples) {
  return samples.scalar_type() == torch::kUInt8 ? data::from_bytes(samples, {}, torch::kFloat32) : samples;
}

/// Appends samples as bytes as long as these say the same: images of files are small then.
void pack(const torch::Tensor& samples, std::vector<torch::Tensor>& parts) {
  const torch::Tensor bytes = to_bytes(samples);
  if ((parts.empty() || parts.back().scalar_type() == torch::kUInt8) && torch::equal(unpacked(bytes), samples)) {
    parts.push_back(bytes);
    return;
  }
  for (torch::Tensor& part : parts) part = unpacked(part);
  parts.push_back(samples);
}

/// Inputs of the classifier and labels of one split, the same on every rank. Collective.
Labelled inputs(const Context& context, data::Split split, bool samples) {
  const std::int64_t count = context.dataset.size(split);
  // Every rank reads its own samples; codes are made once, by all ranks together.
  if (samples) {
    std::vector<torch::Tensor> parts, labels;
    for_batches({0, count}, kReadAtOnce, [&](const std::vector<std::int64_t>& indices) {
      const data::Batch batch = context.dataset.batch(split, indices);
      pack(batch.images, parts);
      labels.push_back(batch.labels);
    });
    return {torch::cat(parts), torch::cat(labels)};
  }
  std::vector<torch::Tensor> parts{torch::empty({0, context.cell.integer("model.latent")})};
  std::vector<torch::Tensor> labels{torch::empty({0}, torch::kInt64)};
  for_batches(context.ranks.share(count), kReadAtOnce, [&](const std::vector<std::int64_t>& indices) {
    const data::Batch batch = context.dataset.batch(split, indices);
    parts.push_back(context.encode(batch.images).to(torch::kFloat32));
    labels.push_back(batch.labels);
  });
  const auto everywhere = [&](const torch::Tensor& rows, std::vector<std::int64_t> shape, torch::ScalarType type) {
    torch::Tensor all = context.ranks.gather_rows(rows, "codes for the classification");
    if (!context.ranks.root()) all = torch::empty(shape, type);
    context.ranks.broadcast(all, "codes for the classification");
    return all;
  };
  return {everywhere(torch::cat(parts), {count, parts[0].size(1)}, torch::kFloat32),
          everywhere(torch::cat(labels), {count}, torch::kInt64)};
}

/// Those that have a label.
Labelled with_labels(const Labelled& all, std::int64_t classes) {
  const torch::Tensor known = ((all.labels >= 0) & (all.labels < classes)).nonzero().squeeze(1);
  if (known.size(0) == all.labels.size(0)) return all;
  return {all.inputs.index_select(0, known), all.labels.index_select(0, known)};
}

struct Samples {
  Labelled train, validation;
};

/// Collective. Images of bytes are kept where their encoder is trained, so that no update waits for a copy; others may be too
/// many for that. A head alone is so small that the host is faster.
Samples samples_of(const Context& context, bool scratch) {
  const auto known = [&](data::Split split) {
    return with_labels(inputs(context, split, scratch), context.dataset.facts().classes);
  };
  Samples samples{known(data::Split::train), known(data::Split::validation)};
  const bool bytes = samples.train.inputs.scalar_type() == torch::kUInt8;
  const torch::Device device = scratch && bytes ? context.device : torch::Device(torch::kCPU);
  for (Labelled* part : {&samples.train, &samples.validation}) *part = {part->inputs.to(device), part->labels.to(device)};
  return samples;
}

/// What all measurements of a cell share.
struct Plan {
  std::vector<std::int64_t> counts;  ///< numbers of labels
  std::int64_t available, draws, held_out;
  classification::Budget budget;
};

struct Measured {
  /// float64 [counts, draws]: percent; the update with the best held-out accuracy. NaN where there are not so many labels.
  torch::Tensor error, chosen;
};

/// A plain autoencoder of the cell's network with fresh values, whose encoder is to be trained together with the classifier.
/// The cell's own method may have a stack behind the encoder, or give it twice the outputs.
std::shared_ptr<models::Autoencoder> fresh_model(const Context& context, std::int64_t draw) {
  const std::int64_t seed = (context.cell.integer("train.seed") + 1) * 1000 + draw;  // seed 0 too is not the head's
  const manifest::Cell plain = context.cell.with("model.method", std::string(models::kPlainMethod)).with("train.seed", seed);
  auto model = models::make_method(plain)->make_model(context.dataset.shape());
  model->to(context.device);
  return model;
}

/// One thread as long as this lives, then as many as before.
class OneThread {
 public:
  OneThread() { at::set_num_threads(1); }
  ~OneThread() { at::set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_ = at::get_num_threads();
};

/// The (count, draw) pairs are independent: each rank takes its part of them, and their sum puts the table together. Ranks
/// without a pair meet the others during theirs, or they would wait for minutes; where they meet they agree on a stop, too.
Measured measure(const Context& context, const Plan& plan, const Samples& samples, bool scratch) {
  const auto& [train, validation] = samples;
  // An update of a head alone takes a millisecond: what more threads save they lose several times over where they wait for a
  // core that another program wants too.
  std::optional<OneThread> alone;
  if (!scratch) alone.emplace();
  const auto meet = [&] {
    if (context.ranks.any(distributed::stop_requested(), "classification")) throw distributed::StoppedEarly();
  };
  Measured result{torch::zeros({static_cast<std::int64_t>(plan.counts.size()), plan.draws}, torch::kFloat64), {}};
  result.chosen = torch::zeros_like(result.error);
  std::vector<std::pair<std::size_t, std::int64_t>> pairs;
  for (std::size_t i = 0; i < plan.counts.size(); ++i)
    for (std::int64_t draw = 0; draw < plan.draws && plan.counts[i] <= plan.available; ++draw) pairs.emplace_back(i, draw);
  for (std::size_t round = 0; round < pairs.size(); round += static_cast<std::size_t>(context.ranks.size())) {
    const std::size_t own = round + static_cast<std::size_t>(context.ranks.rank());
    if (own >= pairs.size()) {
      for (std::int64_t check = 0; check < classification::checks_of(plan.budget); ++check) meet();
      continue;
    }
    const auto [i, draw] = pairs[own];
    const std::int64_t classes = context.dataset.facts().classes;
    const classification::LabelDraw drawn = classification::draw_labels(
        train.labels,
        {.classes = classes, .count = plan.counts[i], .held_out = plan.held_out, .seed = context.seed(), .number = draw});
    classification::Encoder encoder;
    std::shared_ptr<models::Autoencoder> fresh;
    if (scratch) {
      fresh = fresh_model(context, draw);
      encoder.forward = [&](const torch::Tensor& packed) {
        const torch::Tensor samples = unpacked(packed.to(context.device)).to(context.precision);
        return fresh->features(samples).to(packed.device(), torch::kFloat32);
      };
      encoder.parameters = fresh->encoder()->parameters();
    }
    const classification::Outcome outcome = classification::train_head(
        {.train = train, .test = validation, .draw = drawn, .classes = classes, .budget = plan.budget}, encoder,
        {.checked = meet, .stopping = distributed::stop_requested});
    result.error[static_cast<std::int64_t>(i)][draw] = outcome.error_percent;
    result.chosen[static_cast<std::int64_t>(i)][draw] = static_cast<double>(outcome.updates);
  }
  for (torch::Tensor* values : {&result.error, &result.chosen}) {
    context.ranks.sum(*values, "classification errors");
    for (std::size_t i = 0; i < plan.counts.size(); ++i)
      if (plan.counts[i] > plan.available) (*values)[static_cast<std::int64_t>(i)].fill_(std::nan(""));
  }
  return result;
}

/// Why these samples with a label, of `total` training and `validation` ones, are too few for any classifier; empty: they
/// are not.
std::string why_too_few(const Plan& plan, std::int64_t total, std::int64_t validation) {
  if (total == 0) return "no training sample has a label";
  if (validation == 0) return "no validation sample has a label";
  if (plan.held_out == 0) return "fewer than five training samples with a label, of which a fifth is held out";
  if (std::ranges::min(plan.counts) > plan.available) return "fewer samples with a label than the smallest number of labels";
  return "";
}

storage::Evaluation run(const Context& context) {
  const manifest::Cell& cell = context.cell;
  const Samples codes = samples_of(context, false);
  const std::int64_t total = codes.train.labels.size(0), validation = codes.validation.labels.size(0);
  const std::int64_t held_out = std::min(cell.integer("evaluate.classification_held_out"), total / 5);
  const Plan plan{.counts = label_counts(cell.text("evaluate.classification_labels"), total - held_out),
                  .available = total - held_out,
                  .draws = cell.integer("evaluate.classification_draws"),
                  .held_out = held_out,
                  .budget = {.updates = cell.integer("evaluate.classification_updates")}};
  if (const std::string why = why_too_few(plan, total, validation); !why.empty()) return {.notes = {{"missing", why}}};
  storage::Evaluation result{.coordinates = {{"labels", plan.counts}},
                             .notes = {{"held_out", held_out},
                                       {"available", plan.available},
                                       {"updates", plan.budget.updates},
                                       {"validation_images", validation}}};
  const auto add = [&](const std::string& prefix, bool scratch, const std::string& what) {
    const Measured measured = measure(context, plan, scratch ? samples_of(context, true) : codes, scratch);
    result.arrays.push_back(
        labelled(prefix + "error", measured.error, {"labels", "draw"}, "error on the validation images, " + what, "percent"));
    result.arrays.push_back(labelled(prefix + "chosen_update", measured.chosen, {"labels", "draw"},
                                     "update with the best held-out accuracy, " + what));
  };
  add("", false, "encoder frozen");
  if (cell.flag("evaluate.classification_supervised")) add("supervised_", true, "encoder trained from scratch");
  return result;
}

std::vector<manifest::Key> keys() {
  return {{.path = "evaluate.classification_labels",
           .fallback = std::string("10 100 1000 10000 all"),
           .help = "numbers of labelled training samples, all: every one that is not held out",
           .why_wrong = why_wrong},
          {.path = "evaluate.classification_draws",
           .fallback = std::int64_t{3},
           .help = "balanced draws of labelled samples for each number",
           .least = 0,
           .most = 1000},
          {.path = "evaluate.classification_updates",
           .fallback = std::int64_t{5000},
           .help = "updates of the classifier, for every number of labels and every method alike",
           .least = 1,
           .most = 1'000'000'000},
          {.path = "evaluate.classification_held_out",
           .fallback = std::int64_t{5000},
           .help = "training samples on which the best update is chosen (at most a fifth of all)",
           .least = 1,
           .most = 1'000'000'000},
          {.path = "evaluate.classification_supervised",
           .fallback = false,
           .help = "also the supervised baseline: the network's encoder alone, trained from scratch with the classifier"}};
}

const RegisterEvaluation registered{{
    .name = "classification",
    .help = "error of a small classifier on the codes with few labels",
    .version = 2,  // in version 1 the supervised baseline had a method's stack and a VAE's variances, too
    .changed = [](const manifest::Cell& cell) { return cell.flag("evaluate.classification_supervised"); },
    .keys = keys(),
    .why_not = why_not,
    .run = run,
}};

}  // namespace
}  // namespace irmae::evaluation::classification_evaluation
