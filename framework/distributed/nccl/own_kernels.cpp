// SPDX-License-Identifier: MIT
#include "framework/distributed/nccl/own_kernels.h"

#include <c10/cuda/CUDAStream.h>
#include <cuda.h>
#include <cuda_runtime_api.h>
#include <dlfcn.h>
#include <fmt/format.h>
#include <nvrtc.h>

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "framework/kernels/device/source.h"
#include "storage/error.h"
#include "storage/files.h"
#include "storage/sha256.h"

namespace irmae::distributed {

namespace {

constexpr unsigned kThreads = 256;  ///< of a block, as in multiply.cuh

/// A library that need not be there, and its functions. Throws Error.
class Library {
 public:
  explicit Library(const std::string& name) : handle_(dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (!handle_) throw Error(dlerror());
  }
  template <class F>
  F* get(const char* name) const {
    void* const symbol = dlsym(handle_, name);
    if (!symbol) throw Error(dlerror());
    return reinterpret_cast<F*>(symbol);
  }

 private:
  void* handle_;  // stays loaded: kernels are used to the end of the process
};

/// Of the driver, which is loaded where there is a GPU; a program must not be linked with it.
struct Driver {
  Library library{"libcuda.so.1"};
  decltype(&cuModuleLoadData) load = library.get<decltype(cuModuleLoadData)>("cuModuleLoadData");
  decltype(&cuModuleGetFunction) find = library.get<decltype(cuModuleGetFunction)>("cuModuleGetFunction");
  decltype(&cuLaunchKernel) launch = library.get<decltype(cuLaunchKernel)>("cuLaunchKernel");
};

const Driver& driver() {
  static const Driver loaded;
  return loaded;
}

void check(CUresult code, const std::string& what) {
  if (code != CUDA_SUCCESS) throw Error(fmt::format("{} failed with CUDA's error {}", what, static_cast<int>(code)));
}

int attribute(cudaDeviceAttr which, int device) {
  int value = 0;
  if (cudaDeviceGetAttribute(&value, which, device) != cudaSuccess) throw Error("cudaDeviceGetAttribute failed");
  return value;
}

/// NVRTC, CUDA's compiler for kernels.
struct Compiler {
  Library library{fmt::format("libnvrtc.so.{}", CUDART_VERSION / 1000)};
  decltype(&nvrtcVersion) version = library.get<decltype(nvrtcVersion)>("nvrtcVersion");
  decltype(&nvrtcCreateProgram) create = library.get<decltype(nvrtcCreateProgram)>("nvrtcCreateProgram");
  decltype(&nvrtcCompileProgram) compile = library.get<decltype(nvrtcCompileProgram)>("nvrtcCompileProgram");
  decltype(&nvrtcGetProgramLogSize) log_size = library.get<decltype(nvrtcGetProgramLogSize)>("nvrtcGetProgramLogSize");
  decltype(&nvrtcGetProgramLog) log = library.get<decltype(nvrtcGetProgramLog)>("nvrtcGetProgramLog");
  decltype(&nvrtcGetCUBINSize) code_size = library.get<decltype(nvrtcGetCUBINSize)>("nvrtcGetCUBINSize");
  decltype(&nvrtcGetCUBIN) code = library.get<decltype(nvrtcGetCUBIN)>("nvrtcGetCUBIN");
};

std::string compiled(const Compiler& compiler, const std::string& target) {
  nvrtcProgram program = nullptr;
  if (compiler.create(&program, kernels::kDeviceSource, "irmae.cu", 0, nullptr, nullptr) != NVRTC_SUCCESS)
    throw Error("nvrtcCreateProgram failed");
  const std::string architecture = "--gpu-architecture=" + target;
  const char* const options[] = {architecture.c_str(), "--std=c++17"};
  const nvrtcResult outcome = compiler.compile(program, 2, options);
  std::size_t size = 0;
  if (outcome != NVRTC_SUCCESS) {
    compiler.log_size(program, &size);
    std::string text(size, '\0');
    compiler.log(program, text.data());
    throw Error(fmt::format("NVRTC, for {}: {}", target, text.substr(0, text.find('\n'))));
  }
  if (compiler.code_size(program, &size) != NVRTC_SUCCESS) throw Error("nvrtcGetCUBINSize failed");
  std::string code(size, '\0');
  if (compiler.code(program, code.data()) != NVRTC_SUCCESS) throw Error("nvrtcGetCUBIN failed");
  return code;
}

/// Machine code for this device. It takes seconds to make, so it is kept.
std::string code_for(int device) {
  const Compiler compiler;
  int major = 0, minor = 0;
  compiler.version(&major, &minor);
  const std::string target = fmt::format("sm_{}{}", attribute(cudaDevAttrComputeCapabilityMajor, device),
                                         attribute(cudaDevAttrComputeCapabilityMinor, device));
  const std::string key = storage::sha256(fmt::format("{} NVRTC {}.{} {}", target, major, minor, kernels::kDeviceSource));
  const std::filesystem::path place = storage::cache_folder() / "kernels" / (key + ".cubin");
  try {
    if (std::string kept = storage::read_text(place); !kept.empty()) return kept;
  } catch (const Error&) {
    // it was not there
  }
  std::string code = compiled(compiler, target);
  try {
    storage::make_folder(place.parent_path());
    storage::replace_file(place, code.data(), code.size());
  } catch (const Error&) {
    // it is made again next time
  }
  return code;
}

void check(cudaError_t code, const char* call) {
  if (code != cudaSuccess) throw Error(fmt::format("{} failed: {}", call, cudaGetErrorString(code)));
}

/// One GPU with the kernels' machine code.
class Gpu final : public kernels::Device {
 public:
  explicit Gpu(int device) : processors_(attribute(cudaDevAttrMultiProcessorCount, device)) {
    const std::string code = code_for(device);
    check(driver().load(&module_, code.data()), "cuModuleLoadData");
  }

  int processors() const override { return processors_; }

  void launch(const std::string& kernel, Grid grid, std::vector<void*> arguments) override {
    check(driver().launch(function(kernel), grid.x, grid.y, grid.z, kThreads, 1, 1, 0, c10::cuda::getCurrentCUDAStream().stream(),
                          arguments.data(), nullptr),
          "launch of " + kernel);
  }

  const void* stream() const override { return c10::cuda::getCurrentCUDAStream().stream(); }

  unsigned* counters() override {
    const cudaStream_t stream = c10::cuda::getCurrentCUDAStream().stream();
    const std::lock_guard lock(mutex_);
    unsigned*& known = counters_[stream];
    if (known) return known;
    // Made at the stream's first kernel, which is never a recorded one, and kept. Others may be recording: no waiting for all.
    constexpr std::size_t kBytes = kCounters * sizeof(unsigned);
    void* memory = nullptr;
    check(cudaMalloc(&memory, kBytes), "cudaMalloc");
    check(cudaMemsetAsync(memory, 0, kBytes, stream), "cudaMemsetAsync");
    return known = static_cast<unsigned*>(memory);
  }

 private:
  CUfunction function(const std::string& kernel) {
    const std::lock_guard lock(mutex_);
    CUfunction& known = functions_[kernel];
    if (!known) check(driver().find(&known, module_, kernel.c_str()), "cuModuleGetFunction of " + kernel);
    return known;
  }

  int processors_;
  CUmodule module_ = nullptr;
  std::mutex mutex_;
  std::map<std::string, CUfunction> functions_;
  std::map<cudaStream_t, unsigned*> counters_;
};

}  // namespace

const kernels::DeviceKernels* own_kernels(int device, std::string* reason) {
  static std::mutex mutex;
  static std::unique_ptr<const kernels::DeviceKernels> made;  // a process uses one device
  static std::string why;
  const std::lock_guard lock(mutex);
  if (!made && why.empty()) {
    try {
      made = std::make_unique<kernels::DeviceKernels>(std::make_shared<Gpu>(device));
    } catch (const std::exception& error) {
      why = error.what();
    }
  }
  if (reason) *reason = why;
  return made.get();
}

}  // namespace irmae::distributed
