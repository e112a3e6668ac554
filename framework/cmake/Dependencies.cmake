# SPDX-License-Identifier: MIT
# Every library the project takes from outside, as targets of one name whatever it was found as.
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(PNG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)

# HDF5: the serial C library and its high-level dimension scales.
set(HDF5_PREFER_PARALLEL OFF)
find_package(HDF5 REQUIRED COMPONENTS C HL)
add_library(irmae_hdf5 INTERFACE)
target_include_directories(irmae_hdf5 SYSTEM INTERFACE ${HDF5_INCLUDE_DIRS})
target_link_libraries(irmae_hdf5 INTERFACE ${HDF5_C_LIBRARIES} ${HDF5_HL_LIBRARIES})

# toml++ ships no CMake package in Debian; header-only keeps its version independent of the machine's.
find_path(TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h REQUIRED)
add_library(irmae_toml INTERFACE)
target_include_directories(irmae_toml SYSTEM INTERFACE ${TOMLPLUSPLUS_INCLUDE_DIR})

if(IRMAE_TRAINER)
  find_package(LibTorch 2.8 REQUIRED)
  set(MPI_CXX_SKIP_MPICXX ON)
  find_package(MPI REQUIRED COMPONENTS C)
  if(IRMAE_CUDA AND LibTorch_CUDA)
    find_package(NCCL)
  endif()
endif()

# fmt, the system's compiled library: header-only, each file would compile it anew, two seconds of three. LibTorch carries fmt
# headers of its own, of another version, in the same folder as its own headers; the folder made here is searched before that.
# Without a compiled fmt the headers do, LibTorch's or the system's.
add_library(irmae_fmt INTERFACE)
find_package(fmt CONFIG QUIET)
if(fmt_FOUND)
  get_target_property(fmt_include fmt::fmt INTERFACE_INCLUDE_DIRECTORIES)
  find_path(FMT_INCLUDE_DIR fmt/format.h PATHS ${fmt_include} NO_DEFAULT_PATH NO_CACHE REQUIRED)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/fmt-include)
  file(CREATE_LINK ${FMT_INCLUDE_DIR}/fmt ${CMAKE_BINARY_DIR}/fmt-include/fmt SYMBOLIC)
  target_include_directories(irmae_fmt INTERFACE ${CMAKE_BINARY_DIR}/fmt-include)
  target_link_libraries(irmae_fmt INTERFACE fmt::fmt)
else()
  find_path(FMT_INCLUDE_DIR fmt/format.h HINTS ${LibTorch_INCLUDE_DIR} NO_CACHE REQUIRED)
  target_compile_definitions(irmae_fmt INTERFACE FMT_HEADER_ONLY=1)
  target_include_directories(irmae_fmt SYSTEM INTERFACE ${FMT_INCLUDE_DIR})
endif()
