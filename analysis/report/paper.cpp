// SPDX-License-Identifier: MIT
// The paper's figures and tables: what each shows there, and the same from the runs. The paper's numbers are those of its
// tables; what is said of its curves was read off the plots.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "analysis/paper_models.h"
#include "analysis/report/paper_tables.h"
#include "analysis/report/sections.h"
#include "analysis/report/selection.h"

namespace irmae::analysis::report_page {

namespace {

struct Experiment {
  const char* id;
  const char* title;
  const char* paper;  ///< what it shows there
  const char* here;   ///< what is done otherwise here, or is not said there; empty: nothing
  std::vector<const char*> data;
  std::vector<Wanted> wanted;
  std::vector<const char*> plots;
  std::vector<const char*> manifests;  ///< that make its runs
  bool ablation = false;               ///< the last one wanted is what it is about: data without it are left out
};

const std::vector<Wanted>& of_shapes() {
  static const std::vector<Wanted> kAll{{"ae"}, {"l1"}, {"l2"}, {"irmae", 2}, {"irmae", 4}};
  return kAll;
}

std::vector<Experiment> figures() {
  const std::vector<Wanted> generative{{"ae"}, {"vae"}, {"irmae"}};
  const auto ablation = [](const std::string& kind) {
    return std::vector<Wanted>{{"ae"}, {"irmae"}, {"irmae-" + kind, 0, "IRMAE " + kind}};
  };
  return {
      {"figure-2",
       "Figure 2: spectrum on shapes",
       "Singular values of the covariance of the validation codes, divided by the largest, 32 latents. Read off its plot, with "
       "indices from 1: IRMAE with l = 2 has about 0.08 at index 5, 0.06 at 6, 0.015 at 7 and about 0 from 9 on, close to the data's 7 "
       "intrinsic dimensions; l = 4 about 0 from index 5 on; AE, L1 and L2 about 0.21 to 0.24 at index 8, with tails to 18-25. By its "
       "text AE, L1, L2 and IRMAE with l = 2 reconstruct excellently.",
       "Indices count from 1, in the paper's plot from 0. The paper states neither numbers of samples and epochs nor the "
       "coefficient of L1 and L2, 1e-2 here; 50,000 shapes an epoch and 100 epochs are in the authors' code, and so is the network "
       "(the supplement's is model.network=shapes-supplement). There the samples come again in every epoch and squares hang on a corner, "
       "which changes the spectrum: data.fresh=false data.square=corner.",
       {"shapes"},
       of_shapes(),
       {"spectrum"},
       {"shapes"}},
      {"figure-3",
       "Figure 3: interpolation on shapes",
       "Straight lines in the latent space between two samples, for the same five models in the same order; its text says nothing on them.",
       "In a good latent space every image on the line is one sharp shape.",
       {"shapes"},
       of_shapes(),
       {"interpolation"},
       {"shapes"}},
      {"figure-4",
       "Figure 4: spectra on MNIST and CelebA",
       "IRMAE (l = 8 of 128 latents on MNIST, l = 4 of 512 on CelebA) uses far fewer dimensions than the autoencoder. The VAE's "
       "curve is left out there: it uses the whole latent space.",
       "Codes of the VAE are posterior means in spectra and ranks; the authors' code draws them, which adds each unit's posterior "
       "variance, near 1 where it is unused, to the spectrum. Effective ranks of drawn codes stand with the VAE's bound.",
       {"mnist", "celeba"},
       {{"ae"}, {"irmae"}},
       {"spectrum"},
       {"mnist", "celeba"}},
      {"figure-5",
       "Figure 5: interpolation on MNIST",
       "Lines between validation images of MNIST by AE, VAE and IRMAE: IRMAE's are significantly better than the AE's, and of "
       "higher quality by the caption; in general section 4.2 calls IRMAE comparable to the VAE.",
       "CelebA is shown as well.",
       {"mnist", "celeba"},
       generative,
       {"interpolation"},
       {"mnist", "celeba"}},
      {"figure-6",
       "Figure 6: samples from a Gaussian",
       "Codes from a full-covariance Gaussian fitted to the training codes, decoded, for AE, VAE and IRMAE on MNIST and CelebA.",
       "",
       {"mnist", "celeba"},
       generative,
       {"samples-gaussian"},
       {"mnist", "celeba"}},
      {"figure-7",
       "Figure 7: samples from a Gaussian mixture",
       "The same from a mixture of 4 (MNIST) and 10 (CelebA) Gaussians.",
       "",
       {"mnist", "celeba"},
       generative,
       {"samples-mixture"},
       {"mnist", "celeba"}},
      {"figure-8",
       "Figure 8: the plane of two principal components, MNIST",
       "Random vectors in the plane of the codes' two leading principal components, interpolated along both, back through the "
       "inverse PCA and decoded. IRMAE's images are better than the VAE's.",
       "A grid over mean &plusmn; 2 standard deviations of the training codes along the two components.",
       {"mnist"},
       generative,
       {"pca"},
       {"mnist"}},
      {"figure-9",
       "Figure 9: matrices fixed",
       "The linear matrices stay at their initial values: the regularisation is weaker and samples are significantly worse, so that it "
       "comes from learning and not from the architecture.",
       "",
       {"shapes", "mnist", "celeba"},
       ablation("fixed"),
       {"spectrum", "samples-gaussian"},
       {"ablations"},
       true},
      {"figure-10",
       "Figure 10: nonlinearity between the matrices",
       "With nonlinearities between the matrices the model is a deeper autoencoder: the regularisation is completely lost and samples "
       "are worse.",
       "A ReLU follows each matrix; the last one, whose output is the code, has none where model.code_relu is false.",
       {"shapes", "mnist", "celeba"},
       ablation("nonlinear"),
       {"spectrum", "samples-gaussian"},
       {"ablations"},
       true},
      {"figure-11",
       "Figure 11: one matrix shared",
       "All places share one matrix: the regularisation is weaker and samples are slightly worse.",
       "",
       {"shapes", "mnist", "celeba"},
       ablation("shared"),
       {"spectrum", "samples-gaussian"},
       {"ablations"},
       true},
  };
}

/// What the paper shows, and what is to be said of what is done here; `here` may be empty.
void add_words(const std::string& paper, const std::string& here, page::Page& page) {
  page.paragraph("<b>Paper.</b> " + paper, "paper");
  if (!here.empty()) page.paragraph("<b>Here:</b> " + here);
}

/// What an experiment wants and no run is of.
class Lacking {
 public:
  explicit Lacking(Report& report) : report_(report) {}

  void add(const char* data, const Wanted& wanted) {
    const bool planned = !main_runs(report_.planned, data, wanted).empty();
    (planned ? planned_ : absent_).push_back(name_of(wanted) + " on " + data);
    if (!planned) data_.insert(data);
  }

  /// Says how to make it: by those of the manifests, as far as they are of one data set, whose data set lacks any.
  void say(std::vector<const char*> manifests) const {
    std::erase_if(manifests, [&](const char* one) { return is_in_paper(one) && !data_.contains(one); });
    if (!planned_.empty()) add_missing(fmt::format("no run of {}", fmt::join(planned_, ", ")), true, {}, report_);
    if (!absent_.empty()) add_missing(fmt::format("no run of {}", fmt::join(absent_, ", ")), false, manifests, report_);
  }

 private:
  Report& report_;
  std::vector<std::string> planned_, absent_;
  std::set<std::string> data_;  ///< of the absent ones
};

void add(const Experiment& experiment, const std::vector<Run>& runs, Report& report) {
  page::Page& page = report.page;
  page.section(experiment.id, experiment.title);
  add_words(experiment.paper, experiment.here, page);
  std::vector<Run> chosen;
  Lacking lacking(report);
  for (const char* data : experiment.data) {
    const std::vector<Run> ablated = experiment.ablation ? main_runs(runs, data, experiment.wanted.back()) : std::vector<Run>();
    if (experiment.ablation && ablated.empty()) {
      lacking.add(data, experiment.wanted.back());
      continue;
    }
    for (Wanted wanted : experiment.wanted) {
      // An ablation is compared at its own depth.
      if (experiment.ablation && wanted.method == "irmae") wanted.layers = ablated.front().linear_layers();
      const std::vector<Run> found = main_runs(runs, data, wanted);
      if (found.empty()) lacking.add(data, wanted);
      append(chosen, found);
    }
  }
  lacking.say(experiment.manifests);
  if (chosen.empty()) return;
  for (const char* plot : experiment.plots) add_plot(chosen, plot, page);
  // Below a spectrum stand tables, whose captions say what was run.
  const bool spectrum = std::string(experiment.plots.front()) == "spectrum";
  page.paragraph(
      page::escaped("Finished of started runs: " + counts(chosen) + "." + (spectrum ? "" : " " + facts(chosen) + ".")), "note");
  if (std::string(experiment.id) == "figure-2")
    page.table(
        spectrum_grid(chosen),
        "Singular values divided by the largest, by index from 1: mean &plusmn; standard deviation over seeds (n of started "
        "runs), and what the paper's plot shows; its axis is linear, and ~0 is what lies on it. " +
            page::escaped(facts(chosen)));
  if (spectrum) add_ranks(chosen, page);
}

void add_table_1(const std::vector<Run>& runs, Report& report) {
  page::Page& page = report.page;
  page.section("table-1", "Table 1: Fr&eacute;chet distances");
  add_words(
      "Samples from a mixture of 4 (MNIST) and 10 (CelebA) Gaussians; smaller is better. Which features, how many images and "
      "which reference are not stated there; its column for the single Gaussian is not legible in the text at hand.",
      "", page);
  std::vector<Run> chosen;
  for (const char* data : {"mnist", "celeba"})
    for (const char* method : {"ae", "vae", "irmae"}) append(chosen, main_runs(runs, data, {method}));
  if (chosen.empty())
    add_missing("no run of any model on mnist or celeba", is_any_of(report.planned, {"mnist", "celeba"}), {"mnist", "celeba"},
                report);
  page.table(frechet_grid(chosen),
             "Fr&eacute;chet distance to the validation images: mean &plusmn; standard deviation over seeds (n of started "
             "runs), the paper's in rows of their own. " +
                 page::escaped(facts(chosen)));
  page.paragraph(
      "The paper's distances are of features that it does not state. They are no target for those here, and comparable with them "
      "only if these are of the same features and numbers of images; among themselves they show how its models compare.",
      "note");
  if (!chosen.empty()) add_means(chosen, "fid", "With everything the distances depend on", page);
}

void add_table_2(const std::vector<Run>& runs, Report& report) {
  page::Page& page = report.page;
  page.section("table-2", "Table 2: classification of MNIST with few labels");
  add_words(
      "Error in percent of a small classifier on the frozen codes, and of the same encoder trained with the labels. How the labels are "
      "drawn, and what its &plusmn; is over, is not stated.",
      "Draws are balanced, and the best update is chosen on held-out training images. The first ten labels of MNIST as they come "
      "cannot give an error below 29.6 %, so that the paper's column 10 must be another draw; that of 100, alike in each row, "
      "probably is too. Frozen codes are less their mean and divided by one number, the root of their mean square over all training "
      "codes; those of the supervised encoder are as they are. Classifiers are trained by Adam at a rate of 1e-3, 128 samples a batch. The "
      "authors' code has dropout of 0.5 in the classifier, takes the first images as they come, codes from before the matrices, and the "
      "best epoch on the test images.",
      page);
  std::vector<Run> chosen;
  for (const char* method : {"ae", "vae", "irmae"}) append(chosen, main_runs(runs, "mnist", {method}));
  if (chosen.empty()) add_missing("no run of any model on mnist", is_any_of(report.planned, {"mnist"}), {"mnist"}, report);
  const std::string budget = classification_budget(chosen);
  page.table(classification_grid(chosen),
             "Error in percent by number of labels: mean over draws of labels, then mean &plusmn; standard "
             "deviation over seeds (n of started runs), the paper's below. " +
                 page::escaped((budget.empty() ? "" : "Classifiers: " + budget + ". ") + facts(chosen)));
}

}  // namespace

void add_paper(const std::vector<Run>& runs, Report& report) {
  page::Page& page = report.page;
  page.part("paper", "The paper&#39;s figures and tables");
  page.paragraph(
      "Figure 1 is a drawing of the model. Spectra, ranks, errors and interpolations are of the validation set; densities, principal "
      "components, classifiers and discriminants are fitted to training codes.");
  for (const Experiment& figure : figures()) {
    if (std::string(figure.id) == "figure-7") add_table_1(runs, report);
    if (std::string(figure.id) == "figure-9") add_table_2(runs, report);
    add(figure, runs, report);
  }
}

void add_paper_elsewhere(Report& report) {
  page::Page& page = report.page;
  page.open_folded("The paper&#39;s figures and tables: no run here is of its data sets (shapes, MNIST, CelebA).");
  std::set<std::string> manifests;
  for (const Experiment& figure : figures()) manifests.insert(figure.manifests.begin(), figure.manifests.end());
  std::vector<std::string> commands;
  for (const std::string& manifest : manifests) commands.push_back(making(manifest, report));
  page.paragraph(fmt::format("They are made by {}{}.", fmt::join(commands, ", "), sizes_to_choose(report)));
  page.close_folded();
}

}  // namespace irmae::analysis::report_page
