// SPDX-License-Identifier: MIT
// The defaults are the paper's (and, where the paper is silent, those of the authors' public code).
#include "framework/manifest/base_keys.h"

namespace irmae::manifest {

namespace {

std::vector<Key> what_determines_the_result() {
  return {
      {.path = "data.name", .fallback = std::string("shapes"), .help = "data set"},
      {.path = "model.method", .fallback = std::string("ae"), .help = "method"},
      {.path = "model.network",
       .fallback = std::string("shapes"),
       .help = "encoder and decoder; the data set's own by default"},
      {.path = "model.latent", .fallback = std::int64_t{32}, .help = "n, the latent size", .least = 1, .most = 65536},
      {.path = "model.output",
       .fallback = std::string("tanh"),
       .help = "the decoder's last function",
       .choices = {"tanh", "sigmoid", "none"}},
      {.path = "train.seed",
       .fallback = std::int64_t{1},
       .help = "of initial parameters, samples, shuffling and noise",
       .least = 0,
       .most = 1e15},  // a thousand times it is a seed, too
      {.path = "train.epochs",
       .fallback = std::int64_t{100},
       .help = "passes over the data",
       .least = 1,
       .most = static_cast<double>(storage::kMostEpochs)},
      {.path = "train.batch",
       .fallback = std::int64_t{32},
       .help = "global batch: samples of all ranks in one update",
       .least = 1,
       .most = 1'000'000'000},
      {.path = "train.optimizer",
       .fallback = std::string("adam"),
       .help = "adam adds weight decay to the gradient, adamw decouples it",
       .choices = {"adam", "adamw"}},
      {.path = "train.learning_rate", .fallback = 1e-4, .help = "step size", .least = 0},
      {.path = "train.beta1", .fallback = 0.9, .help = "decay of the first moment", .least = 0, .most = 0.999999999},
      {.path = "train.beta2", .fallback = 0.999, .help = "decay of the second moment", .least = 0, .most = 0.999999999},
      {.path = "train.epsilon", .fallback = 1e-8, .help = "added to the root of the second moment", .least = 1e-30},
      {.path = "train.weight_decay", .fallback = 0.0, .help = "on every parameter", .least = 0},
      {.path = "train.loss",
       .fallback = std::string("mse"),
       .help = "reconstruction: mean squared error, or binary cross-entropy, mean over an image's elements",
       .choices = {"mse", "bce"}},
      {.path = "train.precision",
       .fallback = std::string("float32"),
       .help = "of parameters and arithmetic; on a GPU, tf32 and bf16 multiply so in training steps and keep float32 weights",
       .choices = {"float32", "float64", "tf32", "bf16"}},
      {.path = "evaluate.spectrum_every",
       .fallback = std::int64_t{1},
       .help = "epochs between recorded spectra; the last epoch is always recorded",
       .least = 1,
       .most = 1'000'000'000},
      {.path = "evaluate.train_latents",
       .fallback = std::int64_t{10'000},
       .help = "training samples whose codes are stored, and densities, principal components and directions of attributes are "
               "fitted to (at most the data set's size)",
       .least = 0,
       .most = 1'000'000'000},
      {.path = "evaluate.images",
       .fallback = std::int64_t{16},
       .help = "validation images stored with their reconstructions",
       .least = 0,
       .most = 10'000},
  };
}

std::vector<Key> how_it_is_run() {
  std::vector<Key> keys = {
      {.path = "train.device",
       .fallback = std::string("auto"),
       .help = "auto takes a GPU for each rank where there is one",
       .choices = {"auto", "cpu", "cuda"}},
      {.path = "train.deterministic",
       .fallback = true,
       .help = "on a GPU: only operations that give the same bits every time; on a CPU all do"},
      {.path = "train.recorded",
       .fallback = true,
       .help = "on a GPU: steps are recorded as a CUDA graph and repeated; false: each operation is given by the host"},
      {.path = "train.channels_last",
       .fallback = false,
       .help =
           "on a GPU: LibTorch's convolutions keep the channels of each place together in memory, as matrix units read them; "
           "tf32 and bf16 always do"},
      {.path = "train.ranks",
       .fallback = std::int64_t{0},
       .help = "MPI ranks that train the cell together (at most all); 0: as --ranks-per-cell says",
       .least = 0,
       .most = 1'000'000},
      {.path = "train.threads",
       .fallback = std::int64_t{0},
       .help = "threads of each rank; 0: OMP_NUM_THREADS where it is a whole number, else 1 where a step has less than 0.3 "
               "GFLOP, else the cores that it may use, shared with the other ranks of its host",
       .least = 0,
       .most = 4096},
      {.path = "train.first_bucket_mib",
       .fallback = 1.0,
       .help = "size of the all-reduce's first bucket, MiB",
       .least = 0,
       .most = 1'000'000},
      {.path = "train.bucket_mib", .fallback = 25.0, .help = "size of its other buckets, MiB", .least = 0, .most = 1'000'000},
      {.path = "train.checkpoint_seconds",
       .fallback = std::int64_t{60},
       .help = "time between checkpoints; 0: one after every update, on a GPU after every block of up to 64",
       .least = 0,
       .most = 1'000'000'000},
      {.path = "train.timeout_seconds",
       .fallback = std::int64_t{600},
       .help = "a collective that takes longer ends the run: a rank is dead or hangs",
       .least = 1,
       .most = 10'000'000},
  };
  for (Key& key : keys) key.identity = false;
  return keys;
}

}  // namespace

std::vector<Key> base_keys() {
  std::vector<Key> all = what_determines_the_result();
  for (Key& key : how_it_is_run()) all.push_back(std::move(key));
  return all;
}

}  // namespace irmae::manifest
