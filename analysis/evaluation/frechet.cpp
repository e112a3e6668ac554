// SPDX-License-Identifier: MIT
// Frechet distances (table 1) of sampled and of reconstructed images to the validation images.
#include <ATen/Context.h>
#include <fmt/format.h>

#include <optional>

#include "analysis/evaluation/densities.h"
#include "analysis/evaluation/generation_codes.h"
#include "analysis/evaluation/images.h"
#include "analysis/frechet/feature_network.h"
#include "analysis/frechet/reference_cache.h"
#include "analysis/frechet/statistics.h"
#include "framework/data/in_batches.h"
#include "storage/system/sha256.h"

namespace irmae::evaluation::frechet_evaluation {
namespace {

constexpr int kStatistics = 2;       ///< of the way they are computed: another one makes the cached ones useless
constexpr std::int64_t kBatch = 50;  // feature networks enlarge their images: memory grows with the batch

std::string why_not(const Context& context) {
  if (context.cell.text("evaluate.features").empty()) return "evaluate.features names no feature network";
  if (context.cell.integer("evaluate.frechet_images") < 2) return "evaluate.frechet_images is below 2";
  return why_no_images(context);
}

using Indices = std::vector<std::int64_t>;  // of consecutive samples

/// Statistics of `count` images, each rank's share made by images(Indices) -> uint8. Collective. Throws UnusableNetwork on
/// every rank where the network is of no use for the images of any.
template <class Images>
frechet::Statistics statistics(const Context& context, const frechet::FeatureNetwork& network, std::int64_t count,
                               const std::string& what, Images images) {
  frechet::Sums sums(network.width());
  std::string problem;
  try {
    for_batches(context.ranks.share(count), kBatch,
                [&](const Indices& indices) { sums.add(network.features(images(indices))); });
  } catch (const frechet::UnusableNetwork& error) {
    problem = error.what();
  }
  for (const std::string& one : context.ranks.all_gather(problem, "agreement on the features of " + what))
    if (!one.empty()) throw frechet::UnusableNetwork(one);
  for (const torch::Tensor& sum : {sums.count, sums.first, sums.products}) context.ranks.sum(sum, "features of " + what);
  return sums.statistics();
}

torch::Tensor originals(const Context& context, const Indices& indices) {
  return to_bytes(context.dataset.batch(data::Split::validation, indices).images, context.dataset.facts().scaling);
}

/// What the reference statistics depend on: the images themselves, the network, and how it multiplies.
std::string reference_key(const Context& context, const frechet::FeatureNetwork& network, std::int64_t count) {
  storage::Sha256 hash;
  for_batches({0, count}, 1000, [&](const Indices& indices) {
    const torch::Tensor images = originals(context, indices).contiguous();
    hash.update(images.data_ptr(), images.nbytes());
  });
  std::string text =
      fmt::format("{} {} {} {}", kStatistics, hash.hex(), fmt::join(context.dataset.shape(), "x"), network.hash());
  if (context.device.is_cuda() && at::globalContext().allowTF32CuDNN()) text += " tf32";
  return storage::sha256(text);
}

/// Collective. Rank 0 looks into the cache; what is not there is computed by all and kept.
frechet::Statistics reference(const Context& context, const frechet::FeatureNetwork& network, std::int64_t count) {
  std::string key;
  std::optional<frechet::Statistics> cached;
  context.ranks.on_root(
      [&] {
        key = reference_key(context, network, count);
        cached = frechet::read_reference(key, network.width());
      },
      "look into the cache of reference statistics");
  if (!context.ranks.any(cached.has_value(), "agreement on the reference statistics")) {
    frechet::Statistics made = statistics(context, network, count, "the validation images",
                                          [&](const Indices& indices) { return originals(context, indices); });
    if (context.ranks.root()) frechet::write_reference(key, made);
    return made;
  }
  return cached.value_or(frechet::Statistics{});  // only rank 0 compares
}

/// Collective. Throws UnusableNetwork as statistics() does.
storage::Evaluation measured(const Context& context, const frechet::FeatureNetwork& network) {
  const std::int64_t count = context.cell.integer("evaluate.frechet_images");
  const std::int64_t reference_count = std::min(count, context.dataset.size(data::Split::validation));
  if (reference_count < 2) return {.notes = {{"missing", std::string("fewer than two validation images")}}};
  storage::Evaluation result;
  const frechet::Statistics real = reference(context, network, reference_count);
  const auto measure = [&](const std::string& name, std::int64_t images, auto make) {
    const frechet::Statistics made = statistics(context, network, images, "the " + name, make);
    if (!context.ranks.root()) return;
    result.notes.emplace_back(name, frechet::distance(made, real));
    result.notes.emplace_back(name + "_images", images);
  };
  measure("reconstructions", reference_count, [&](const Indices& indices) {
    return context.decode(context.encode(context.dataset.batch(data::Split::validation, indices).images));
  });
  if (const Densities& all = context.densities.of(context); all.why_not.empty())
    for (const auto& [name, mixture] : all.named)
      measure(name, count, [&, &mixture = mixture](const Indices& indices) {
        return context.decode(mixture.sample(context.seed(), indices.front(), std::ssize(indices)));
      });
  result.notes.insert(result.notes.end(), {{"reference_images", reference_count},
                                           {"reference_split", context.dataset.facts().held_out},
                                           {"network", network.file()},
                                           {"network_sha256", network.hash()},
                                           {"resizer", std::string("left to the network")},
                                           {"features", network.width()}});
  return result;
}

storage::Evaluation run(const Context& context) {
  std::optional<frechet::FeatureNetwork> network;
  std::string problem;
  try {
    network.emplace(context.cell.text("evaluate.features"), context.dataset.shape(), context.device);
  } catch (const Error& error) {
    problem = error.what();
  }
  // An absent network leaves this evaluation out; the cell is complete without it.
  if (context.ranks.any(!network, "agreement on the feature network"))
    return {.notes = {{"missing", problem.empty() ? std::string("another rank cannot load the feature network") : problem}}};
  try {
    return measured(context, *network);
  } catch (const frechet::UnusableNetwork& error) {  // on every rank: so does one that fails only at the cell's own images
    return {.notes = {{"missing", std::string(error.what())}}};
  }
}

std::string file(const manifest::Cell& cell, const models::Shape& shape) {
  const bool images = shape.empty() || shape.size() == 3;
  return images && cell.integer("evaluate.frechet_images") >= 2 ? cell.text("evaluate.features") : "";
}

std::vector<manifest::Key> keys() {
  return {{.path = "evaluate.features",
           .fallback = std::string(),
           .help = "TorchScript feature network for the Frechet distance: a path, or a file's name below IRMAE_MODELS"},
          {.path = "evaluate.frechet_images",
           .fallback = std::int64_t{10'000},
           .help = "images sampled from each density for the Frechet distance; the first so many validation images and their "
                   "reconstructions are what they are compared with",
           .least = 0,
           .most = 10'000'000}};
}

const RegisterEvaluation registered{{
    .name = "frechet",
    .help = "Frechet distance of samples and reconstructions to the validation images",
    .version = 2,  // in version 1 a VAE's densities were fitted to posterior means
    .changed = draws_codes,
    .keys = keys(),
    .why_not = why_not,
    .run = run,
    .file = file,
    .why_absent = frechet::why_no_network,
    .why_unusable = frechet::why_unusable,
}};

}  // namespace
}  // namespace irmae::evaluation::frechet_evaluation
