// SPDX-License-Identifier: MIT
// irmae doctor: what this machine has and whether the parts that matter work.
#include <ATen/Parallel.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/version.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <thread>

#include "framework/counted.h"
#include "framework/distributed/gpu.h"
#include "framework/distributed/mpi_communicator.h"
#include "framework/kernels/functions.h"
#include "framework/training/runs/version.h"
#include "framework/usable_cores.h"
#include "launchers/ranks/all_ranks.h"
#include "launchers/ranks/device.h"
#include "launchers/ranks/gpu_share.h"
#include "launchers/trainer_body.h"
#include "storage/run_file.h"
#include "storage/system/environment.h"
#include "storage/system/files.h"
#include "storage/system/run_program.h"
#include "storage/text/first_line.h"

namespace irmae::launchers {

namespace {

void line(const char* name, const std::string& text) { fmt::print("{:<12} {}\n", name, text); }

std::string folder_of(const char* variable) {
  const std::string value = storage::environment_variable(variable);
  if (value.empty()) return "not set";
  std::error_code error;
  const std::filesystem::file_status there = std::filesystem::status(value, error);
  if (std::filesystem::is_directory(there)) return value;
  return value + ": " + (std::filesystem::status_known(there) ? "there is no such folder" : error.message());
}

std::string gnuplot() {
  storage::Finished finished;
  try {
    finished = storage::run_program({"gnuplot", "--version"});
  } catch (const Error&) {
    return "not there: plot and report need it (apt-get install gnuplot-nox)";
  }
  if (finished.status == 0) return storage::first_line(finished.output) + ", for plot and report";
  return "does not start, and plot and report need it: " + storage::complaint_of(finished);
}

std::string gpus() {
  std::string reason;
  const int count = distributed::gpu_count(&reason);
  const distributed::GpuPlugin* plugin = distributed::load_gpu_plugin();
  const std::string built_with = training::kNccl;
  if (!plugin) return "none: " + reason + (built_with.empty() ? "" : "; built with NCCL " + built_with);
  std::string text = plugin->library_versions();
  for (int device = 0; device < count; ++device)
    text += fmt::format("\n{:<12}   {}: {}", "", device, plugin->device_description(device));
  if (count == 0) text += "; no GPU that can be used: " + reason;
  return text;
}

/// What the first GPU's layers run on; empty where there is none. Compiles kernels that are not in the cache yet.
std::string gpu_kernels() {
  if (distributed::gpu_count() == 0) return {};
  const distributed::GpuPlugin* plugin = distributed::load_gpu_plugin();
  plugin->select_device(0);
  try {
    return use_own_kernels(*plugin, 0, {kernels::Arithmetic::float32});
  } catch (const c10::OutOfMemoryError& error) {  // another process fills the GPU at the moment
    return std::string("not known now: ") + error.what_without_backtrace();
  }
}

constexpr char kWrong[] = "WRONG";
constexpr std::chrono::seconds kLimit{60};      ///< of a collective
constexpr std::chrono::minutes kListLimit{10};  ///< of the list that rank 0 prints

/// Sums 5.8 MB, the gradients of the shapes network, and checks the result.
std::string try_all_reduce(distributed::Communicator& communicator, torch::Device device) {
  torch::Tensor numbers = torch::full({1'449'955}, communicator.rank() + 1.0F, device);
  const auto sum = [&] {
    communicator.sum(numbers, "doctor's all-reduce");
    numbers[0].item<double>();  // a device is done with it only then
  };
  sum();  // the first one sets connections up
  numbers.fill_(communicator.rank() + 1.0F);
  numbers[0].item<double>();
  const auto start = std::chrono::steady_clock::now();
  sum();
  const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - start;
  const double wanted = 0.5 * communicator.size() * (communicator.size() + 1);
  const bool right = numbers.min().item<double>() == wanted && numbers.max().item<double>() == wanted;
  return fmt::format("{}, 5.8 MB in {:.2f} ms, {}", counted(communicator.size(), "rank"), spent.count(),
                     right ? "right" : std::string(kWrong) + ": the library does not sum correctly");
}

/// The same by NCCL where each rank has a GPU of its own, through `nccl`, which it makes; empty where some have none.
std::string try_nccl(distributed::Communicator& cpu, std::unique_ptr<distributed::Communicator>& nccl) {
  const std::vector<GpuShare> gpus = assign_gpus(distributed::visible_gpus_of_all(cpu));
  if (std::any_of(gpus.begin(), gpus.end(), [](const GpuShare& gpu) { return gpu.none() || gpu.shared(); })) return {};
  const int device = gpus[static_cast<std::size_t>(cpu.rank())].index;
  const distributed::GpuPlugin* plugin = distributed::load_gpu_plugin();
  plugin->select_device(device);
  try {
    nccl = plugin->make_nccl(cpu, device, kLimit);
  } catch (const distributed::SharedError& error) {  // where ranks have slices of one GPU: everything else may be right
    return error.what();
  }
  return try_all_reduce(*nccl, torch::Device(torch::kCUDA, static_cast<c10::DeviceIndex>(device)));
}

/// Rank 0's. `gpu`, `all_reduce` and `nccl`: what was found before; no `nccl`: empty.
void print_list(const distributed::MpiSession* session, const std::string& gpu, const std::string& all_reduce,
                const std::string& nccl) {
  line("irmae", fmt::format("{}, commit {}, {}", training::kVersion, training::kGitCommit, training::kCompiler));
  line("LibTorch", TORCH_VERSION);
  line("MPI", distributed::MpiSession::library() + (session ? "" : "; started without mpirun: one rank"));
  line("HDF5", storage::hdf5_version());
  line("GPU", gpu);
  line("cores", fmt::format("{} usable of {}", usable_cores(), std::thread::hardware_concurrency()));
  line("threads", fmt::format("{} a rank by LibTorch's own choice", at::get_num_threads()));
  line("kernels", fmt::format("{} in use, of {} and libtorch (IRMAE_KERNELS)", kernels::instruction_set(),
                              fmt::join(kernels::instruction_sets(), ", ")));
  if (const std::string text = gpu_kernels(); !text.empty()) line("on the GPU", text);
  line("all-reduce", all_reduce);
  if (!nccl.empty()) line("by NCCL", nccl);
  line("gnuplot", gnuplot());
  line("cache", storage::cache_folder().string());
  line("IRMAE_DATA", folder_of("IRMAE_DATA"));
  line("IRMAE_MODELS", folder_of("IRMAE_MODELS"));
}

int doctor(distributed::MpiSession* session) {
  const std::string gpu = gpus();
  const auto communicator = all_ranks(session, kLimit);
  std::unique_ptr<distributed::Communicator> gpus_communicator;
  std::string all_reduce, nccl;
  end_where_alone(session, [&] {
    all_reduce = try_all_reduce(*communicator, torch::kCPU);
    nccl = try_nccl(*communicator, gpus_communicator);
  });
  gpus_communicator.reset();  // by all ranks together: its end waits for each no longer than for a collective
  // Rank 0 may have kernels to compile: the others wait for it as long as that may take, which MPI's own end does not.
  all_ranks(session, kListLimit)->on_root([&] { print_list(session, gpu, all_reduce, nccl); }, "doctor's list");
  return (all_reduce + nccl).find(kWrong) == std::string::npos ? 0 : 1;
}

void add_doctor(Command command) {
  command.runs([] { return with_all_ranks(doctor); });
}

const RegisterTrainerBody doctor_body{{"doctor", add_doctor}};

}  // namespace

}  // namespace irmae::launchers
