// SPDX-License-Identifier: MIT
// The parts of training, each on its own: layers, step, data, storage. On one thread unless the name says otherwise.
#include <ATen/ops/convolution_backward.h>
#include <benchmark/benchmark.h>

#include "framework/data/dataset.h"
#include "framework/kernels/functions.h"
#include "framework/models/method.h"
#include "framework/training/parameter_update.h"
#include "framework/usable_cores.h"
#include "storage/run_file.h"
#include "tests/cell_of.h"

namespace {

using benchmark::State;
using irmae::kernels::Pair;
using torch::Tensor;

constexpr std::int64_t kBatch = 32;

// Layers: height of the coarse map, fine and coarse channels.

Pair pair_of(const State& state) { return {kBatch, state.range(0), state.range(0), state.range(1), state.range(2)}; }

/// A layer's maps and weight in the kernels' layout, and in LibTorch's.
struct Layer {
  explicit Layer(const Pair& pair)
      : pair(pair),
        fine(torch::rand({pair.batch, 2 * pair.height + 2, 2 * pair.width + 2, pair.fine_channels})),
        coarse(torch::rand({pair.batch, pair.height + 2, pair.width + 2, pair.coarse_channels})),
        weight(torch::rand({4, 4, pair.fine_channels, pair.coarse_channels})),
        plain_fine(torch::rand({pair.batch, pair.fine_channels, 2 * pair.height, 2 * pair.width})),
        plain_coarse(torch::rand({pair.batch, pair.coarse_channels, pair.height, pair.width})),
        plain_weight(torch::rand({pair.coarse_channels, pair.fine_channels, 4, 4})) {}
  Pair pair;
  Tensor fine, coarse, weight, plain_fine, plain_coarse, plain_weight;
};

/// Times `call`, whose operations are those of one pass through the layer.
template <class Call>
void measure_layer(State& state, Call&& call) {
  torch::NoGradGuard no_grad;
  at::set_num_threads(1);
  Layer layer(pair_of(state));
  const auto& run = *irmae::kernels::functions<float>();
  for ([[maybe_unused]] auto _ : state) call(layer, run);
  const double operations = 2.0 * static_cast<double>(kBatch * layer.pair.height * layer.pair.width * layer.pair.weights());
  state.counters["FLOP/s"] = benchmark::Counter(operations, benchmark::Counter::kIsIterationInvariantRate);
}

void matrix_product(State& state) {
  const Pair pair = pair_of(state);
  const Tensor patches = torch::rand({kBatch * pair.height * pair.width, 16 * pair.fine_channels}),
               matrix = torch::rand({16 * pair.fine_channels, pair.coarse_channels});
  Tensor result = torch::empty({patches.size(0), matrix.size(1)});
  measure_layer(state, [&](const Layer&, const auto&) { at::mm_out(result, patches, matrix); });
}
void down(State& state) {
  measure_layer(state, [](Layer& layer, const auto& run) {
    run.down(layer.pair, layer.fine.data_ptr<float>(), layer.weight.data_ptr<float>(), {}, layer.coarse.data_ptr<float>(),
             {{0, kBatch}, {0, layer.pair.coarse_channels}});
  });
}
void down_by_libtorch(State& state) {
  measure_layer(state, [](Layer& layer, const auto&) {
    benchmark::DoNotOptimize(torch::conv2d(layer.plain_fine, layer.plain_weight, {}, 2, 1));
  });
}
void up(State& state) {
  measure_layer(state, [](Layer& layer, const auto& run) {
    run.up(layer.pair, layer.coarse.data_ptr<float>(), layer.weight.data_ptr<float>(), {}, layer.fine.data_ptr<float>(),
           {{0, kBatch}, {0, layer.pair.fine_channels}});
  });
}
void up_by_libtorch(State& state) {
  measure_layer(state, [](Layer& layer, const auto&) {
    benchmark::DoNotOptimize(torch::conv_transpose2d(layer.plain_coarse, layer.plain_weight, {}, 2, 1));
  });
}
void weight_gradient(State& state) {
  measure_layer(state, [](Layer& layer, const auto& run) {
    run.weight_gradient(layer.pair, layer.fine.data_ptr<float>(), layer.coarse.data_ptr<float>(),
                        layer.weight.data_ptr<float>(), {0, layer.pair.gradient_rows()});
  });
}
void weight_gradient_by_libtorch(State& state) {
  measure_layer(state, [](Layer& layer, const auto&) {
    benchmark::DoNotOptimize(at::convolution_backward(layer.plain_coarse, layer.plain_fine, layer.plain_weight, {}, {2, 2},
                                                      {1, 1}, {1, 1}, false, {0, 0}, 1, {false, true, false}));
  });
}

/// The strided layers of the paper's networks for 32 x 32 images: those of the shapes, whose decoder has the same ones the
/// other way round, and two of MNIST's decoder, and one of CelebA's.
void layers(benchmark::internal::Benchmark* one) {
  one->ArgNames({"map", "fine", "coarse"});
  for (const auto& layer :
       {std::array{16, 3, 32}, {8, 32, 64}, {4, 64, 128}, {2, 128, 256}, {8, 64, 128}, {16, 32, 64}, {8, 512, 1024}})
    one->Args({layer[0], layer[1], layer[2]});
}
BENCHMARK(matrix_product)->Apply(layers);
BENCHMARK(down)->Apply(layers);
BENCHMARK(down_by_libtorch)->Apply(layers);
BENCHMARK(up)->Apply(layers);
BENCHMARK(up_by_libtorch)->Apply(layers);
BENCHMARK(weight_gradient)->Apply(layers);
BENCHMARK(weight_gradient_by_libtorch)->Apply(layers);

// Steps.

/// Forward, backward and update of one rank on given images.
void step(State& state, const std::vector<std::string>& overrides, std::vector<std::int64_t> shape) {
  at::set_num_threads(static_cast<int>(state.range(0)));
  const auto cell = irmae::tests::cell_of(overrides);
  const auto method = irmae::models::make_method(cell);
  const auto model = method->make_model(shape);
  const auto alone = irmae::distributed::make_single();
  irmae::distributed::FlatParameters::Named named;
  for (const auto& parameter : model->named_parameters()) named.emplace_back(parameter.key(), parameter.value());
  irmae::training::ParameterUpdate update(cell, *alone, {*model, std::make_shared<irmae::distributed::FlatParameters>(named)},
                                          irmae::distributed::GradientStorage::in_buffer);
  shape.insert(shape.begin(), kBatch);
  const Tensor images = torch::rand(shape);
  std::int64_t number = 0;
  for ([[maybe_unused]] auto _ : state) {
    const auto loss = method->loss(*model, images, {});
    update.reducer().begin(++number, {});
    (loss.objective / kBatch).backward();
    update.reducer().finish();
    update.apply();
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
void step_of_shapes(State& state) { step(state, {"model.method='irmae'", "model.linear_layers=2"}, {3, 32, 32}); }
void step_of_mnist(State& state) {
  step(state, {"model.method='irmae'", "model.network='mnist'", "model.latent=128", "model.linear_layers=8"}, {1, 32, 32});
}
void threads(benchmark::internal::Benchmark* one) {
  one->ArgName("threads")->UseRealTime()->Arg(1);
  if (irmae::usable_cores() > 1) one->Arg(irmae::usable_cores());
}
BENCHMARK(step_of_shapes)->Apply(threads);
BENCHMARK(step_of_mnist)->Apply(threads);

void update(State& state) {
  at::set_num_threads(1);
  const auto cell = irmae::tests::cell_of({});
  const Tensor values = torch::rand({1'445'859});
  irmae::training::Adam adam(cell, values, torch::rand_like(values));
  for ([[maybe_unused]] auto _ : state) adam.step();
  state.SetItemsProcessed(state.iterations() * values.numel());
}
BENCHMARK(update);

void drawing_of_shapes(State& state) {
  const auto dataset = irmae::data::open(irmae::tests::cell_of({"data.name='shapes'"}));
  std::int64_t first = 0;
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(dataset->batch(irmae::data::Split::train, irmae::data::consecutive(first % 10'000, kBatch)));
    first += kBatch;
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(drawing_of_shapes);

// Storage, with everything that makes a file safe: written beside the old one, synchronised, renamed.

void checkpoint(State& state) {
  const irmae::tests::TemporaryFolder folder;
  irmae::storage::CheckpointRecord record;
  record.world_size = 1;
  for (const char* name : {"values", "first_moment", "second_moment"})
    record.tensors.push_back({name, {1'445'859}, std::vector<float>(1'445'859, 0.5F)});
  for ([[maybe_unused]] auto _ : state) irmae::storage::write_checkpoint(folder / "checkpoint.h5", record);
  state.SetBytesProcessed(state.iterations() * 3 * 1'445'859 * 4);
}
void metrics_of_100_epochs(State& state) {
  const irmae::tests::TemporaryFolder folder;
  irmae::storage::EpochRecord epoch;
  epoch.covariance_spectrum.assign(32, 1);
  const irmae::storage::History history(100, epoch);
  for ([[maybe_unused]] auto _ : state) irmae::storage::write_metrics(folder / "metrics.h5", {}, {}, history);
}
BENCHMARK(checkpoint)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(metrics_of_100_epochs)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
