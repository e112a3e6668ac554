// SPDX-License-Identifier: MIT
#include "framework/distributed/cuda/own_kernels.h"

#include <c10/cuda/CUDACachingAllocator.h>
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
#include <optional>
#include <vector>

#include "framework/distributed/cuda/cuda_error.h"
#include "framework/kernels/device/jobs.h"
#include "framework/kernels/device/source.h"
#include "storage/error.h"
#include "storage/system/files.h"
#include "storage/system/sha256.h"
#include "storage/text/first_line.h"

namespace irmae::distributed {

namespace {

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
  decltype(&cuFuncSetAttribute) set_attribute = library.get<decltype(cuFuncSetAttribute)>("cuFuncSetAttribute");
  decltype(&cuLaunchKernel) launch = library.get<decltype(cuLaunchKernel)>("cuLaunchKernel");
  decltype(&cuCtxGetCurrent) get_context = library.get<decltype(cuCtxGetCurrent)>("cuCtxGetCurrent");
  decltype(&cuCtxSetCurrent) set_context = library.get<decltype(cuCtxSetCurrent)>("cuCtxSetCurrent");
  decltype(&cuGetErrorString) error_text = library.get<decltype(cuGetErrorString)>("cuGetErrorString");
};

const Driver& driver() {
  static const Driver loaded;
  return loaded;
}

void check_driver(CUresult code, const std::string& what) {
  if (code == CUDA_SUCCESS) return;
  const char* text = nullptr;
  driver().error_text(code, &text);
  fail(code == CUDA_ERROR_OUT_OF_MEMORY, fmt::format("{} failed: {}", what, text ? text : "CUDA does not know the error"));
}

int attribute(cudaDeviceAttr which, int device) {
  int value = 0;
  check(cudaDeviceGetAttribute(&value, which, device), "cudaDeviceGetAttribute");
  return value;
}

/// NVRTC, CUDA's compiler for kernels.
struct Compiler {
  Library library{fmt::format("libnvrtc.so.{}", CUDART_VERSION / 1000)};
  decltype(&nvrtcVersion) version = library.get<decltype(nvrtcVersion)>("nvrtcVersion");
  decltype(&nvrtcCreateProgram) create = library.get<decltype(nvrtcCreateProgram)>("nvrtcCreateProgram");
  decltype(&nvrtcCompileProgram) compile = library.get<decltype(nvrtcCompileProgram)>("nvrtcCompileProgram");
  decltype(&nvrtcDestroyProgram) destroy = library.get<decltype(nvrtcDestroyProgram)>("nvrtcDestroyProgram");
  decltype(&nvrtcGetProgramLogSize) log_size = library.get<decltype(nvrtcGetProgramLogSize)>("nvrtcGetProgramLogSize");
  decltype(&nvrtcGetProgramLog) log = library.get<decltype(nvrtcGetProgramLog)>("nvrtcGetProgramLog");
  decltype(&nvrtcGetCUBINSize) code_size = library.get<decltype(nvrtcGetCUBINSize)>("nvrtcGetCUBINSize");
  decltype(&nvrtcGetCUBIN) code = library.get<decltype(nvrtcGetCUBIN)>("nvrtcGetCUBIN");

  /// NVRTC opens a second library by its bare name, which the loader finds in the system's folders alone. The one that came
  /// with it lies beside it, as in a Python environment: once it is loaded, it is found by that name.
  Compiler() {
    Dl_info where{};
    int major = 0, minor = 0;
    if (version(&major, &minor) != NVRTC_SUCCESS || !dladdr(reinterpret_cast<void*>(version), &where)) return;
    const auto beside =
        std::filesystem::path(where.dli_fname).parent_path() / fmt::format("libnvrtc-builtins.so.{}.{}", major, minor);
    dlopen(beside.c_str(), RTLD_NOW | RTLD_LOCAL);  // where it is not there, NVRTC looks by itself and says what it lacks
  }
};

/// more: a further option of NVRTC.
std::string compiled(const Compiler& compiler, const std::string& target, int arithmetic, const char* more = "") {
  nvrtcProgram program = nullptr;
  if (compiler.create(&program, kernels::kDeviceSource, "irmae.cu", 0, nullptr, nullptr) != NVRTC_SUCCESS)
    throw Error("nvrtcCreateProgram failed");
  const auto destroy = [&compiler](nvrtcProgram made) { compiler.destroy(&made); };
  const std::unique_ptr<_nvrtcProgram, decltype(destroy)> destroyed(program, destroy);
  const std::string architecture = "--gpu-architecture=" + target;
  const std::string definition = fmt::format("-DIRMAE_ARITHMETIC={}", arithmetic);
  std::vector<const char*> options{architecture.c_str(), "--std=c++17", "--device-as-default-execution-space",
                                   definition.c_str()};
  if (*more) options.push_back(more);
  const nvrtcResult outcome = compiler.compile(program, static_cast<int>(options.size()), options.data());
  std::size_t size = 0;
  if (outcome != NVRTC_SUCCESS) {
    compiler.log_size(program, &size);
    std::string text(size, '\0');
    compiler.log(program, text.data());
    throw Error(fmt::format("NVRTC, for {}: {}", target, storage::first_line(text)));
  }
  if (compiler.code_size(program, &size) != NVRTC_SUCCESS) throw Error("nvrtcGetCUBINSize failed");
  std::string code(size, '\0');
  if (compiler.code(program, code.data()) != NVRTC_SUCCESS) throw Error("nvrtcGetCUBIN failed");
  return code;
}

CUmodule loaded(const std::string& code) {
  CUmodule module = nullptr;
  check_driver(driver().load(&module, code.data()), "cuModuleLoadData");
  return module;
}

/// Machine code takes seconds to make, so it is kept. Empty: none is.
std::string kept(const std::filesystem::path& place) {
  try {
    return storage::read_text(place);
  } catch (const Error&) {
    return "";
  }
}

/// Null where there is no code, or it is of no use.
CUmodule loaded_if_good(const std::string& code) {
  try {
    if (!code.empty()) return loaded(code);
  } catch (const Error&) {
  }
  return nullptr;
}

void keep(const std::string& code, const std::filesystem::path& place) {
  try {
    storage::replace_file(place, code);
  } catch (const Error&) {
    // it is made again next time
  }
}

/// The kernels' machine code, compiled by one process while the others that find none wait for it.
CUmodule module_for(int device, int arithmetic) {
  const int generation = attribute(cudaDevAttrComputeCapabilityMajor, device),
            minor = attribute(cudaDevAttrComputeCapabilityMinor, device);
  if (generation < 8) throw Error(fmt::format("the GPU has compute capability {}.{}; they need 8.0", generation, minor));
  const Compiler compiler;
  int version = 0, revision = 0;
  compiler.version(&version, &revision);
  const std::string target = fmt::format("sm_{}{}", generation, minor);
  const std::string key = storage::sha256(
      fmt::format("{} NVRTC {}.{} arithmetic {} {}", target, version, revision, arithmetic, kernels::kDeviceSource));
  const std::filesystem::path folder = storage::cache_folder() / "kernels", place = folder / (key + ".cubin");
  const std::string found = kept(place);
  if (const CUmodule module = loaded_if_good(found)) return module;
  std::optional<storage::FileLock> lock;
  try {
    storage::make_folder(folder);
    lock.emplace(place.string() + ".lock");
  } catch (const Error&) {
    // each process makes its own
  }
  std::string code = kept(place);
  if (code.empty() || code == found) {  // nobody has made it while this one waited
    code = compiled(compiler, target, arithmetic);
    keep(code, place);
  }
  lock.reset();  // a driver may hang: nobody is to wait for it here
  return loaded(code);
}

/// One GPU with the kernels' machine code.
class Gpu final : public kernels::Device {
 public:
  Gpu(int device, kernels::Arithmetic arithmetic)
      : limits_{attribute(cudaDevAttrMultiProcessorCount, device),
                static_cast<unsigned>(attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin, device))},
        module_(module_for(device, static_cast<int>(arithmetic))) {
    check_driver(driver().get_context(&context_), "cuCtxGetCurrent");
  }

  kernels::DeviceLimits limits() const override { return limits_; }

  void launch(const std::string& kernel, Grid grid, std::vector<void*> arguments, unsigned shared_bytes) override {
    CUcontext here = nullptr;  // a thread that has not called CUDA's runtime yet, as autograd's may be, has none
    check_driver(driver().get_context(&here), "cuCtxGetCurrent");
    if (!here) check_driver(driver().set_context(context_), "cuCtxSetCurrent");
    check_driver(driver().launch(function(kernel, shared_bytes), grid.x, grid.y, grid.z, kernels::device::kThreads, 1, 1,
                                 shared_bytes, c10::cuda::getCurrentCUDAStream().stream(), arguments.data(), nullptr),
                 "launch of " + kernel);
  }

  const void* stream() const override { return c10::cuda::getCurrentCUDAStream().stream(); }

  unsigned* counters() override {
    const cudaStream_t stream = c10::cuda::getCurrentCUDAStream().stream();
    const std::lock_guard lock(mutex_);
    unsigned*& known = counters_[stream];
    if (known) return known;
    // Made at the stream's first kernel, which is never a recorded one, and kept.
    constexpr std::size_t kBytes = kCounters * sizeof(unsigned);
    void* const memory = c10::cuda::CUDACachingAllocator::raw_alloc_with_stream(kBytes, stream);
    check(cudaMemsetAsync(memory, 0, kBytes, stream), "cudaMemsetAsync");
    return known = static_cast<unsigned*>(memory);
  }

 private:
  CUfunction function(const std::string& kernel, unsigned shared_bytes) {
    const std::lock_guard lock(mutex_);
    CUfunction& known = functions_[kernel];
    if (known) return known;
    CUfunction found = nullptr;
    check_driver(driver().find(&found, module_, kernel.c_str()), "cuModuleGetFunction of " + kernel);
    // Above 48 KiB a kernel must be told; a kernel always has the same number.
    check_driver(driver().set_attribute(found, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, static_cast<int>(shared_bytes)),
                 "cuFuncSetAttribute of " + kernel);
    // One division of a processor's memory for all of them: those that want different ones could not run beside each other.
    check_driver(
        driver().set_attribute(found, CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT, CU_SHAREDMEM_CARVEOUT_MAX_SHARED),
        "cuFuncSetAttribute of " + kernel);
    return known = found;
  }

  kernels::DeviceLimits limits_;
  CUmodule module_;
  CUcontext context_ = nullptr;
  std::mutex mutex_;
  std::map<std::string, CUfunction> functions_;
  std::map<cudaStream_t, unsigned*> counters_;
};

}  // namespace

void try_own_kernels(const std::string& target) {
  const Compiler compiler;
  for (const kernels::Arithmetic arithmetic : {kernels::Arithmetic::float32, kernels::Arithmetic::tf32})
    compiled(compiler, target, static_cast<int>(arithmetic), "--device-debug");  // nothing is optimised: that takes seconds
}

const kernels::DeviceKernels* own_kernels(int device, kernels::Arithmetic arithmetic, std::string* reason) {
  struct Made {
    std::unique_ptr<const kernels::DeviceKernels> kernels;
    std::string why;
  };
  static std::mutex mutex;
  static std::map<kernels::Arithmetic, Made> all;  // a process uses one device
  const std::lock_guard lock(mutex);
  Made& made = all[arithmetic];
  if (!made.kernels && made.why.empty()) {
    try {
      made.kernels = std::make_unique<kernels::DeviceKernels>(std::make_shared<Gpu>(device, arithmetic));
    } catch (const c10::OutOfMemoryError&) {
      throw;  // it may pass, unlike all other reasons
    } catch (const std::exception& error) {
      made.why = message_of(error);
    }
  }
  if (reason) *reason = made.why;
  return made.kernels.get();
}

}  // namespace irmae::distributed
