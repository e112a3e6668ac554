# SPDX-License-Identifier: MIT
# LibTorch as plain imported targets, without TorchConfig.cmake: that one needs nvcc for a CUDA build, this does not.
#   LibTorch::cpu   what every trainer links; a CUDA build of LibTorch is loaded later, by the plugin, where a GPU is
#   LibTorch::cuda  libtorch_cuda, only where the LibTorch found is a CUDA build (LibTorch_CUDA)
# Looked for in CMAKE_PREFIX_PATH (an unpacked LibTorch, or a Python's site-packages/torch), then in the virtual
# environment that launchers/setup makes.
file(GLOB venv_torch ${PROJECT_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch)
find_library(LibTorch_CPU_LIBRARY torch_cpu PATH_SUFFIXES lib torch/lib HINTS ${venv_torch})
find_library(LibTorch_C10_LIBRARY c10 PATH_SUFFIXES lib torch/lib HINTS ${venv_torch})
set(way_out "Run launchers/setup, or point CMAKE_PREFIX_PATH to a LibTorch 2.8 or later.")
if(LibTorch_CPU_LIBRARY)
  get_filename_component(LibTorch_LIBRARY_DIR ${LibTorch_CPU_LIBRARY} DIRECTORY)
  get_filename_component(LibTorch_ROOT ${LibTorch_LIBRARY_DIR} DIRECTORY)
  set(LibTorch_INCLUDE_DIR ${LibTorch_ROOT}/include)
  set(api ${LibTorch_INCLUDE_DIR}/torch/csrc/api/include)
  if(NOT EXISTS ${api}/torch/torch.h)
    set(LibTorch_INCLUDE_DIR LibTorch_INCLUDE_DIR-NOTFOUND)
    string(PREPEND way_out "${LibTorch_CPU_LIBRARY} comes without its headers, there is no ${api}/torch/torch.h: "
      "configure anew (cmake --fresh) with another. ")
  endif()
  if(EXISTS ${LibTorch_INCLUDE_DIR}/torch/headeronly/version.h)
    set(version_header ${LibTorch_INCLUDE_DIR}/torch/headeronly/version.h)
  else()
    set(version_header ${api}/torch/version.h)
  endif()
  if(EXISTS ${version_header})
    file(STRINGS ${version_header} lines REGEX "#define TORCH_VERSION_(MAJOR|MINOR|PATCH)")
    string(REGEX REPLACE "[^0-9;]" "" numbers "${lines}")
    string(REPLACE ";" "." LibTorch_VERSION "${numbers}")
  endif()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_CPU_LIBRARY LibTorch_C10_LIBRARY LibTorch_INCLUDE_DIR
  VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "${way_out}")
if(NOT LibTorch_FOUND)
  return()
endif()

add_library(LibTorch::cpu INTERFACE IMPORTED)
target_include_directories(LibTorch::cpu SYSTEM INTERFACE
  ${LibTorch_INCLUDE_DIR} ${api})
target_link_libraries(LibTorch::cpu INTERFACE ${LibTorch_CPU_LIBRARY} ${LibTorch_C10_LIBRARY} Threads::Threads)
# libtorch_cpu of a CUDA build names CUDA libraries that its own run path finds at run time; the linker need not.
target_link_options(LibTorch::cpu INTERFACE
  -Wl,-rpath,${LibTorch_LIBRARY_DIR} -Wl,--allow-shlib-undefined)

set(LibTorch_CUDA OFF)
find_library(LibTorch_CUDA_LIBRARY torch_cuda HINTS ${LibTorch_LIBRARY_DIR} NO_DEFAULT_PATH)
find_library(LibTorch_C10_CUDA_LIBRARY c10_cuda HINTS ${LibTorch_LIBRARY_DIR} NO_DEFAULT_PATH)
if(LibTorch_CUDA_LIBRARY AND LibTorch_C10_CUDA_LIBRARY)
  set(LibTorch_CUDA ON)
  get_filename_component(site_packages ${LibTorch_ROOT} DIRECTORY)
  file(GLOB nvidia_include ${site_packages}/nvidia/cu1*/include ${site_packages}/nvidia/cuda_runtime/include)
  # CUDA's runtime headers come in three wheels (runtime, crt, cccl): take the first folder where all three are.
  set(CUDART_INCLUDE_DIRS "")
  foreach(folder ${nvidia_include} $ENV{CUDA_HOME}/include /usr/local/cuda/include)
    foreach(cccl ${folder} ${folder}/cccl)
      if(NOT CUDART_INCLUDE_DIRS AND EXISTS ${folder}/cuda_runtime.h AND EXISTS ${folder}/crt/host_defines.h
         AND EXISTS ${cccl}/nv/target)
        set(CUDART_INCLUDE_DIRS ${folder} ${cccl})
      endif()
    endforeach()
  endforeach()
  file(GLOB cudart_versioned
    ${site_packages}/nvidia/cu1*/lib/libcudart.so.* ${site_packages}/nvidia/cuda_runtime/lib/libcudart.so.*)
  if(cudart_versioned)
    list(GET cudart_versioned 0 CUDART_LIBRARY)
  else()
    find_library(CUDART_LIBRARY cudart PATHS /usr/local/cuda/lib64 ENV CUDA_HOME PATH_SUFFIXES lib64 lib)
  endif()
  if(NOT CUDART_INCLUDE_DIRS OR NOT CUDART_LIBRARY)
    message(STATUS "CUDA's runtime headers are not complete here: building without the CUDA part")
    set(LibTorch_CUDA OFF)
    return()
  endif()
  add_library(LibTorch::cuda INTERFACE IMPORTED)
  target_include_directories(LibTorch::cuda SYSTEM INTERFACE ${CUDART_INCLUDE_DIRS})
  target_link_libraries(LibTorch::cuda INTERFACE LibTorch::cpu
    -Wl,--no-as-needed ${LibTorch_CUDA_LIBRARY} ${LibTorch_C10_CUDA_LIBRARY} -Wl,--as-needed ${CUDART_LIBRARY})
  get_filename_component(cudart_folder ${CUDART_LIBRARY} DIRECTORY)
  target_link_options(LibTorch::cuda INTERFACE -Wl,-rpath,${cudart_folder})
endif()
