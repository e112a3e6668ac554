// SPDX-License-Identifier: MIT
// The experiments that the paper's text names as the supplement's, and what the runs hold beyond it.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "analysis/configurations.h"
#include "analysis/paper_models.h"
#include "analysis/report/columns.h"
#include "analysis/report/paper_tables.h"
#include "analysis/report/sections.h"
#include "analysis/report/selection.h"

namespace irmae::analysis::report_page {

namespace {

using Runs = std::vector<Run>;

std::set<std::string> methods_of(const Runs& runs, const std::string& data) {
  std::set<std::string> methods;
  for (const Run& run : runs)
    if (run.data() == data) methods.insert(run.method());
  return methods;
}

/// IRMAE at each depth that the paper has.
Runs main_irmae(const Runs& runs, const std::string& data) {
  Runs chosen = main_runs(runs, data, {"irmae"});
  if (chosen.empty()) return chosen;
  const std::int64_t first = chosen.front().linear_layers();
  for (const std::int64_t depth : paper_model(data).layers)
    if (depth != first) append(chosen, main_runs(runs, data, {"irmae", depth}));
  return chosen;
}

/// The autoencoder, the VAE and IRMAE at each depth that the paper has.
Runs main_models(const Runs& runs, const std::string& data) {
  Runs chosen;
  for (const char* method : {"ae", "vae"}) append(chosen, main_runs(runs, data, {method}));
  append(chosen, main_irmae(runs, data));
  return chosen;
}

/// The configuration that stands for each method; of IRMAE each depth that the paper has.
Runs main_of_all(const Runs& runs, const std::string& data) {
  Runs chosen = main_models(runs, data);
  const std::vector<std::string> leading{"ae", "vae", "irmae"};
  for (const std::string& method : methods_of(runs, data))
    if (std::find(leading.begin(), leading.end(), method) == leading.end()) append(chosen, main_runs(runs, data, {method}));
  return chosen;
}

/// Methods at several latent sizes; empty: every method has one.
Runs of_sizes(const Runs& runs, const std::string& data) {
  Runs chosen;
  for (const std::string& method : methods_of(runs, data)) {
    const auto latents = latents_of(runs, data, method);
    if (latents.size() > 1)
      for (const std::int64_t latent : latents) append(chosen, main_runs(runs, data, {method}, latent));
  }
  // What finds the size by itself is the comparison.
  if (!chosen.empty() && latents_of(runs, data, "irmae").size() == 1) append(chosen, main_irmae(runs, data));
  return chosen;
}

/// IRMAE at several depths and the autoencoder without a stack; empty: there is one depth.
Runs of_depths(const Runs& runs, const std::string& data) {
  Runs chosen;
  if (const auto layers = depths_of(runs, data, "irmae"); layers.size() > 1) {
    append(chosen, main_runs(runs, data, {"ae"}));
    for (const std::int64_t depth : layers) append(chosen, main_runs(runs, data, {"irmae", depth}));
  }
  return chosen;
}

/// Below a section's heading: pictures and ranks of the chosen runs, or how to make them; `planned`: with what is planned some
/// would be chosen.
void show(const Runs& chosen, bool planned, const Runs& runs, const char* plot, const char* what, const char* manifest,
          Report& report) {
  page::Page& page = report.page;
  if (chosen.empty()) {
    add_missing(fmt::format("no run of {}", what), planned, {manifest}, report);
    return;
  }
  add_plot(chosen, plot, page);
  say_left_out(chosen, runs, page);
  page.paragraph(page::escaped("Finished of started runs: " + counts(chosen) + "."), "note");
  add_ranks(chosen, page);
}

/// More pictures than these make a page too large to open.
constexpr std::size_t kConfigurationsShown = 12;

/// A figure that not all data can have, with what it shows above it. False, without a word, where there is none.
bool add_pictures(const Runs& runs, const char* kind, page::Page& page) {
  const PlotKind& plot = plot_kind(kind);
  const Figure figure = plot.make(runs);
  if (figure.empty()) return false;
  page.paragraph(as_caption(plot.help), "caption");
  page.figure(figure, plot.help);
  return true;
}

/// Of each data set the configuration that stands for each method where all of them are too many for pictures, and whether that
/// leaves any out.
std::pair<Runs, bool> with_pictures(const Runs& runs) {
  if (by_configuration(runs).size() <= kConfigurationsShown) return {runs, false};
  Runs chosen;
  for (const auto& [data, of_data] : by_data(runs)) append(chosen, main_of_all(of_data, data));
  return {chosen, by_configuration(chosen).size() < by_configuration(runs).size()};
}

void add_samples(const Runs& runs, page::Page& page) {
  const auto [shown, fewer] = with_pictures(runs);
  if (add_pictures(shown, "samples-mixture", page) && fewer)
    page.paragraph(
        "Pictures are of one configuration a method, of IRMAE each depth of the paper; <code>irmae plot samples-mixture DIR -o "
        "FILE.png</code> draws all of them.",
        "note");
}

/// The runs of each of the supplement's experiments.
struct Supplement {
  Runs deterministic, sizes, depths;
};

Supplement supplement_of(const Runs& runs) {
  Supplement found;
  for (const auto& [data, of_data] : by_data(runs)) {
    if (!is_in_paper(data)) continue;  // the sections of one's own data have these
    const std::set<std::string> not_others{"ae", "irmae", "irmae-fixed", "irmae-nonlinear", "irmae-shared"};
    // Every configuration: one method may have several penalties.
    Runs others, vaes;
    const std::int64_t usual = main_latent(runs, data);
    for (const Run& run : of_data) {
      if (run.latent() != usual || not_others.contains(run.method())) continue;
      (run.has_evidence_bound() ? vaes : others).push_back(run);
    }
    if (!others.empty()) {
      append(found.deterministic, main_runs(runs, data, {"ae"}));
      append(found.deterministic, vaes);
      append(found.deterministic, main_irmae(runs, data));
      append(found.deterministic, others);
    }
    append(found.sizes, of_sizes(runs, data));
    append(found.depths, of_depths(runs, data));
  }
  return found;
}

void add_supplement(const Runs& runs, Report& report) {
  page::Page& page = report.page;
  page.part("supplement", "Experiments of the supplement");
  page.paragraph("The paper&#39;s text names these experiments; the supplement with their results was not at hand.", "paper");
  const auto [deterministic, sizes, depths] = supplement_of(runs);
  // Asked of a section that has nothing yet, and no copy of all runs otherwise.
  Supplement all;
  if (!report.planned.empty() && (deterministic.empty() || sizes.empty() || depths.empty())) {
    Runs with_planned = runs;
    append(with_planned, report.planned);
    all = supplement_of(with_planned);
  }
  page.section("deterministic", "Other deterministic autoencoders");
  show(deterministic, !all.deterministic.empty(), runs, "spectrum", "another deterministic autoencoder", "deterministic",
       report);
  if (!deterministic.empty()) {
    add_samples(deterministic, page);
    add_means(deterministic, "fid", "Fr&eacute;chet distances", page);
    add_means(deterministic, "classification", "Classification error in percent with few labels", page);
  }
  page.section("latent-size", "Autoencoders of various latent sizes");
  show(sizes, !all.sizes.empty(), runs, "sweep-latent", "one method at several latent sizes", "latent-size", report);
  page.section("depth", "Number of linear layers");
  show(depths, !all.depths.empty(), runs, "sweep-depth", "IRMAE at several depths", "depth", report);
}

/// Whether a section without any run says how to make one: not to who has other data than the paper's alone.
bool misses(const Runs& runs) {
  return runs.empty() || std::any_of(runs.begin(), runs.end(), [](const Run& run) { return is_in_paper(run.data()); });
}

/// Each data set's main models, where it has attributes.
std::vector<Runs> with_attributes(const Runs& runs) {
  std::vector<Runs> all;
  for (const auto& [data, of_data] : by_data(runs)) {
    Runs chosen = main_models(runs, data);
    if (!values_of(table_kind("attributes").make(chosen), "balanced_accuracy", {}).empty()) all.push_back(std::move(chosen));
  }
  return all;
}

void add_attributes(const Runs& runs, Report& report) {
  page::Page& page = report.page;
  const std::vector<Runs> all = with_attributes(runs);
  if (all.empty() && !misses(runs)) return;
  page.section("attributes", "Attributes in the latent space");
  page.paragraph(
      "How well a linear discriminant, fitted to training codes, tells each labelled attribute from validation codes, and images whose codes "
      "move with the best separated attributes. A balanced accuracy of 0.5 is chance.");
  for (const Runs& chosen : all) {
    add_plot(chosen, "attributes", page);
    page.table(attribute_grid(chosen), "Balanced accuracy: mean &plusmn; standard deviation over seeds (n of started runs). " +
                                           page::escaped(facts(chosen)));
    say_left_out(chosen, runs, page);
  }
  if (all.empty())
    add_missing("no finished run on data with attributes", is_any_of(report.planned, {"celeba", "shapes"}), {"celeba"}, report);
}

/// The table of a kind that not all data can have.
void add_values(const Runs& runs, const char* kind, const char* measure, const char* caption, page::Page& page) {
  if (!values_of(table_kind(kind).make(runs), measure, {}).empty()) add_means(runs, kind, caption, page);
}

constexpr const char* kDimension =
    "Intrinsic dimension: by TwoNN and maximum likelihood from nearest neighbours of samples and of codes, and how many singular "
    "values stand before the spectrum&#39;s largest drop";

void add_own_set(const std::string& data, const Runs& runs, page::Page& page) {
  page.paragraph(page::escaped(facts_of_one(runs) + ". Finished of started runs: " + counts(runs) + "."), "note");
  add_plot(runs, "spectrum", page);
  add_ranks(runs, page);
  for (const auto& [kind, chosen] : {std::pair{"sweep-latent", of_sizes(runs, data)}, {"sweep-depth", of_depths(runs, data)}})
    if (add_pictures(chosen, kind, page)) say_left_out(chosen, runs, page);
  const auto [shown, many] = with_pictures(runs);
  const bool pictured = add_pictures(shown, "interpolation", page);
  for (const char* kind : {"samples", "pca"}) add_pictures(shown, kind, page);
  if (many && pictured) {
    say_left_out(shown, runs, page);
    page.paragraph(
        "Pictures are of one configuration a method; <code>irmae plot interpolation DIR -o FILE.png</code> draws all of them, "
        "and the same with <code>samples</code> and <code>pca</code>.",
        "note");
  }
  add_values(runs, "dimension", "drop_after", kDimension, page);
  add_values(runs, "fid", "reconstructions", "Fr&eacute;chet distances", page);
  add_values(runs, "classification", "error", "Classification error in percent with few labels", page);
}

/// Of the paper's data; the sections of one's own have these. Nothing where no run has them.
void add_dimension(const Runs& main, page::Page& page) {
  Runs chosen;
  for (const Run& run : main)
    if (is_in_paper(run.data())) chosen.push_back(run);
  if (values_of(table_kind("dimension").make(chosen), "samples_mle", {}).empty()) return;
  page.section("dimension", "Intrinsic dimension");
  page.paragraph(
      "Nearest neighbours know nothing of a model&#39;s spectrum: the dimension that they estimate of the samples is what the rank of the "
      "codes may be held against. Where there are many dimensions for few samples they give less than the truth, and noise raises them.");
  add_means(chosen, "dimension", kDimension, page);
}

/// What every run cost, and what came of it.
void add_every_run(const Runs& runs, page::Page& page) {
  page.part("runs", "Runs");
  page.section("costs", "Costs");
  add_means(runs, "costs", "Time and speed", page);
  page.section("every-run", "Every run");
  page.open_folded("Effective ranks of every run");
  Table ranks = table_kind("ranks").make(runs);
  leave_out_ids(ranks);
  put_models_last(ranks);
  page.table(page::grid_of(ranks), "One row a run, with why it has no ranks where they are missing");
  page.close_folded();
  page.section("losses", "Losses");
  page.open_folded("Loss curves of every configuration");
  add_plot(runs, "losses", page);
  page.close_folded();
  page.paragraph("<code>irmae table losses DIR --format csv</code> prints every epoch of every run.", "note");
}

}  // namespace

void add_own(const Runs& runs, page::Page& page) {
  page.part("own", "Your own data");
  page.paragraph(
      "The data&#39;s dimension is the index of the last singular value of IRMAE&#39;s codes before the drop of the logarithmic spectrum; "
      "mostly both counts give the same number. Entropy rank and participation ratio are no dimension. It holds where seeds and "
      "neighbouring depths agree, where more epochs change it no more, and where IRMAE explains hardly less of the variance than the "
      "plain autoencoder. A closed curve or surface counts one more. Spectra and ranks are of the validation set.");
  int number = 0;
  for (const auto& [data, of_data] : by_data(runs)) {
    page.section(fmt::format("own-{}", ++number), "Data set &ldquo;" + page::escaped(data) + "&rdquo;");
    add_own_set(data, of_data, page);
  }
}

void add_further(const Runs& runs, Report& report) {
  page::Page& page = report.page;
  const bool missed = misses(runs);
  if (missed) add_supplement(runs, report);
  Runs all_main, vaes;
  for (const auto& [data, of_data] : by_data(runs)) append(all_main, main_of_all(runs, data));
  for (const Run& run : runs)
    if (run.has_evidence_bound()) vaes.push_back(run);

  page.part("beyond", missed ? "Beyond the paper" : "More of all runs");
  add_attributes(runs, report);
  if (!vaes.empty() || missed) page.section("vae", "Parts of the VAE's bound");
  if (vaes.empty() && missed) {
    const bool planned = std::ranges::any_of(report.planned, &Run::has_evidence_bound);
    add_missing("no run of a VAE", planned, {"mnist"}, report);
  }
  if (!vaes.empty())
    add_means(
        vaes, "vae",
        "Nats an image on the validation images; active units vary by more than 0.01; drawn: effective ranks of codes drawn from the "
        "posteriors; effective beta: how often the loss counts the divergence for each time that the evidence bound does",
        page);
  page.section("dynamics", "Training dynamics and theory");
  page.paragraph(
      "For gradient flow on l balanced linear matrices each singular value of their product grows like &sigma;<sup>2 - 2/l</sup> (Arora, "
      "Cohen, Hu and Luo 2019): large ones outrun small ones, more so the more matrices there are. Training here is Adam from unbalanced "
      "matrices between two networks. Where values grow tenfold or more, the last panel shows how far the law holds, with the power that "
      "was measured while they grow; otherwise nothing is fitted, and the law&#39;s line goes through all growth.");
  add_plot(all_main, "dynamics", page);
  say_left_out(all_main, runs, page);
  if (missed || !plot_kind("reconstructions").make(all_main).empty()) {
    page.section("reconstructions", "Reconstructions");
    add_plot(all_main, "reconstructions", page);
  }
  add_dimension(all_main, page);
  page.section("densities", "What a mixture gains on a Gaussian");
  page.paragraph(
      "That of each density mostly measures how many directions the codes use, their scale and the floor, what is added to the fitted "
      "covariances: it does not compare between methods. The mixture gain, mixture less Gaussian, is free of the codes&#39; scale, but not "
      "of how many codes there are for the numbers of a covariance: where they are too few it is negative. Below floor: directions in "
      "which training codes vary by less than that.");
  add_means(all_main, "densities", "Mean log-likelihood of validation codes in nats", page);
  add_other_kinds(all_main, runs, page);
  add_every_run(runs, page);
}

}  // namespace irmae::analysis::report_page
