// SPDX-License-Identifier: MIT
// The all-reduce of the shapes network's gradients (5.8 MB) among the ranks that mpirun started: a step of the reducer, one sum
// as training does it, and MPI's blocking call on the same memory. Every rank runs the same iterations; rank 0 reports.
#define OMPI_SKIP_MPICXX 1
#include <benchmark/benchmark.h>
#include <mpi.h>
#include <torch/csrc/autograd/custom_function.h>

#include <chrono>

#include "framework/distributed/mpi_communicator.h"
#include "framework/distributed/reducer/reducer.h"
#include "framework/models/method.h"
#include "tests/cell_of.h"
#include "tests/distributed/flat.h"

namespace {

constexpr std::int64_t kElements = 1'445'859;

irmae::distributed::Communicator* world = nullptr;

/// Times `call` from when all ranks are there until the slowest is done.
template <class Call>
void measure(benchmark::State& state, Call&& call) {
  for ([[maybe_unused]] auto _ : state) {
    MPI_Barrier(MPI_COMM_WORLD);
    const auto start = std::chrono::steady_clock::now();
    call();
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    MPI_Allreduce(MPI_IN_PLACE, &seconds, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    state.SetIterationTime(seconds);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * kElements * 4);
}

/// Passes a number on. Its backward pass says of a parameter what a layer says that puts the gradient in its place itself:
/// nothing.
class Pass final : public torch::autograd::Function<Pass> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext*, const torch::Tensor& number, const torch::Tensor&) {
    return number.clone();
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext*, torch::autograd::variable_list gradients) {
    return {gradients[0], torch::Tensor()};
  }
};

/// All of a step that is the reducer's: its buckets are started one after the other while backward passes the parameters, the
/// last one first. Nothing is computed there, so that no bucket is hidden behind a layer.
void step_of_the_reducer(benchmark::State& state) {
  const auto cell = irmae::tests::cell_of({"model.method='ae'"});
  const auto model = irmae::models::make_method(cell)->make_model({3, 32, 32});
  irmae::distributed::FlatParameters::Named named;
  for (const auto& parameter : model->named_parameters()) named.emplace_back(parameter.key(), parameter.value());
  irmae::distributed::GradientBuffer gradients(irmae::tests::flat(named), *world);
  irmae::distributed::Reducer reducer(gradients, *world);
  std::int64_t number = 0;
  measure(state, [&] {
    torch::Tensor loss = torch::zeros({}, torch::requires_grad());
    for (const auto& parameter : named) loss = Pass::apply(loss, parameter.second);
    reducer.begin(++number, {});
    loss.backward();
    reducer.finish();
    gradients.known_zero();  // sums of zeros
  });
}

void all_reduce_of_the_trainer(benchmark::State& state) {
  const torch::Tensor gradients = world->make_buffer(kElements, torch::kFloat32);
  measure(state, [&] { world->sum(gradients, "benchmark"); });
}

void blocking_mpi_allreduce(benchmark::State& state) {
  const torch::Tensor gradients = torch::zeros({kElements});
  measure(state, [&] { MPI_Allreduce(MPI_IN_PLACE, gradients.data_ptr(), kElements, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD); });
}

// A fixed number, or ranks would do different numbers of collectives.
constexpr int kIterations = 100, kRepetitions = 7;
BENCHMARK(step_of_the_reducer)->UseManualTime()->Iterations(kIterations)->Repetitions(kRepetitions);
BENCHMARK(all_reduce_of_the_trainer)->UseManualTime()->Iterations(kIterations)->Repetitions(kRepetitions);
BENCHMARK(blocking_mpi_allreduce)->UseManualTime()->Iterations(kIterations)->Repetitions(kRepetitions);

class Silent final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>&) override {}
};

}  // namespace

int main(int count, char** arguments) {
  irmae::distributed::MpiSession session;
  benchmark::Initialize(&count, arguments);
  const auto communicator = session.world(std::chrono::seconds(60));
  world = communicator.get();
  Silent silent;
  if (session.rank() == 0)
    benchmark::RunSpecifiedBenchmarks();
  else
    benchmark::RunSpecifiedBenchmarks(&silent);
}
