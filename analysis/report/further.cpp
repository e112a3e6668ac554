// SPDX-License-Identifier: MIT
// The experiments that the paper's text names as the supplement's, and what the runs hold beyond it.
#include <algorithm>
#include <set>

#include "analysis/configurations.h"
#include "analysis/report/sections.h"
#include "analysis/report/selection.h"
#include "analysis/report/statistics.h"

namespace irmae::analysis::report_page {

namespace {

using Runs = std::vector<Run>;

void append(Runs& all, const Runs& more) { all.insert(all.end(), more.begin(), more.end()); }

std::set<std::string> methods_of(const Runs& runs, const std::string& data) {
  std::set<std::string> methods;
  for (const Run& run : runs)
    if (run.data() == data) methods.insert(run.method());
  return methods;
}

/// IRMAE at each depth that the paper has.
Runs main_irmae(const Runs& runs, const std::string& data) {
  Runs chosen = main_runs(runs, data, {"irmae"});
  if (data == "shapes" && !chosen.empty() && chosen.front().linear_layers() != 4)
    append(chosen, main_runs(runs, data, {"irmae", 4}));
  return chosen;
}

/// The configuration that stands for each method; of IRMAE each depth that the paper has.
Runs main_of_all(const Runs& runs, const std::string& data) {
  Runs chosen;
  const std::vector<std::string> leading{"ae", "vae", "irmae"};
  for (const char* method : {"ae", "vae"}) append(chosen, main_runs(runs, data, {method}));
  append(chosen, main_irmae(runs, data));
  for (const std::string& method : methods_of(runs, data))
    if (std::find(leading.begin(), leading.end(), method) == leading.end()) append(chosen, main_runs(runs, data, {method}));
  return chosen;
}

/// Below a section's heading: pictures and ranks of the chosen runs, or how to make them.
void show(const Runs& chosen, const char* plot, const char* what, const std::vector<const char*>& manifests, page::Page& page) {
  if (chosen.empty()) {
    add_missing(what, manifests, page);
    return;
  }
  add_plot(chosen, plot, page);
  page.paragraph(page::escaped("Finished of started runs: " + counts(chosen) + "."), "note");
  add_means(chosen, "ranks", "Effective ranks of the validation codes' covariance", page);
}

void add_supplement(const Runs& runs, page::Page& page) {
  page.part("supplement", "Experiments of the supplement");
  page.paragraph("The paper&#39;s text names these experiments; the supplement with their results was not at hand.", "paper");
  Runs deterministic, sizes, depths;
  for (const auto& [data, of_data] : by_data(runs)) {
    const std::set<std::string> not_others{"vae", "ae", "irmae", "irmae-fixed", "irmae-nonlinear", "irmae-shared"};
    // Every configuration: one method may have several penalties.
    Runs others;
    const std::int64_t usual = main_latent(runs, data);
    for (const Run& run : of_data)
      if (not_others.count(run.method()) == 0 && run.parameter("model.latent") == storage::Scalar(usual)) others.push_back(run);
    if (!others.empty()) {
      for (const char* method : {"ae", "vae"}) append(deterministic, main_runs(runs, data, {method}));
      append(deterministic, main_irmae(runs, data));
      append(deterministic, others);
    }
    Runs of_sizes;
    for (const std::string& method : methods_of(runs, data)) {
      const auto latents = latents_of(runs, data, method);
      if (latents.size() > 1)
        for (const std::int64_t latent : latents) append(of_sizes, main_runs(runs, data, {method}, latent));
    }
    // What finds the size by itself is the comparison.
    if (!of_sizes.empty() && latents_of(runs, data, "irmae").size() == 1) append(of_sizes, main_irmae(runs, data));
    append(sizes, of_sizes);
    if (const auto layers = depths_of(runs, data, "irmae"); layers.size() > 1) {
      append(depths, main_runs(runs, data, {"ae"}));
      for (const std::int64_t depth : layers) append(depths, main_runs(runs, data, {"irmae", depth}));
    }
  }
  page.section("deterministic", "Other deterministic autoencoders");
  show(deterministic, "spectrum", "another deterministic autoencoder", {"deterministic"}, page);
  if (!deterministic.empty()) {
    add_means(deterministic, "fid", "Fr&eacute;chet distances", page);
    add_means(deterministic, "classification", "Classification error in percent with few labels", page);
  }
  page.section("latent-size", "Autoencoders of various latent sizes");
  show(sizes, "sweep-latent", "one method at several latent sizes", {"latent-size"}, page);
  page.section("depth", "Number of linear layers");
  show(depths, "sweep-depth", "IRMAE at several depths", {"depth"}, page);
}

void add_attributes(const Runs& runs, page::Page& page) {
  page.section("attributes", "Attributes in the latent space");
  page.paragraph(
      "How well a linear discriminant, fitted to training codes, tells each labelled attribute from validation codes, and images whose codes "
      "move with the best separated attributes. A balanced accuracy of 0.5 is chance.");
  bool any = false;
  for (const auto& [data, of_data] : by_data(runs)) {
    Runs chosen;
    for (const char* method : {"ae", "vae", "irmae"}) append(chosen, main_runs(runs, data, {method}));
    if (chosen.empty() || values_of(table_kind("attributes").make(chosen), "balanced_accuracy", {}).empty()) continue;
    any = true;
    add_plot(chosen, "attributes", page);
    page.table(attribute_grid(chosen), "Balanced accuracy: mean &plusmn; standard deviation over seeds (n of started runs). " +
                                           page::escaped(facts(chosen)));
  }
  if (!any) add_missing("a finished run on data with attributes", {"celeba"}, page);
}

}  // namespace

void add_further(const Runs& runs, page::Page& page) {
  add_supplement(runs, page);
  Runs all_main, vaes;
  for (const auto& [data, of_data] : by_data(runs)) append(all_main, main_of_all(runs, data));
  for (const Run& run : runs)
    if (run.method() == "vae") vaes.push_back(run);

  page.part("beyond", "Beyond the paper");
  add_attributes(runs, page);
  page.section("vae", "Parts of the VAE's bound");
  if (vaes.empty())
    add_missing("a VAE", {"mnist"}, page);
  else
    add_means(vaes, "vae", "Nats an image on the validation images; active units vary by more than 0.01", page);
  page.section("dynamics", "Training dynamics and theory");
  page.paragraph(
      "For gradient flow on l balanced linear matrices each singular value of their product grows like &sigma;<sup>2 - 2/l</sup> (Arora, "
      "Cohen, Hu and Luo 2019): large ones outrun small ones, more so the more matrices there are. Training here is Adam from unbalanced "
      "matrices between two networks; the last panel shows how far the law holds.");
  add_plot(all_main, "dynamics", page);
  page.section("reconstructions", "Reconstructions");
  add_plot(all_main, "reconstructions", page);
  page.section("densities", "How well the fitted densities describe the codes");
  add_means(all_main, "densities",
            "Mean log-likelihood of validation codes in nats: comparable only at the same latent size and scale of codes",
            page);

  page.part("runs", "Runs");
  page.section("costs", "Costs");
  add_means(runs, "costs", "Time and speed", page);
  page.section("every-run", "Every run");
  page.open_folded("Effective ranks of every run");
  Table ranks = table_kind("ranks").make(runs);
  leave_out_ids(ranks);
  page.table(page::grid_of(ranks), "One row a run; what is missing is not finished");
  page.close_folded();
  page.section("losses", "Losses");
  page.open_folded("Loss curves of every configuration");
  add_plot(runs, "losses", page);
  page.close_folded();
  page.paragraph("<code>irmae table losses DIR --format csv</code> prints every epoch of every run.", "note");
}

}  // namespace irmae::analysis::report_page
