# SPDX-License-Identifier: MIT
# Compiler options that every target shares, as the interface target irmae_options.
add_library(irmae_options INTERFACE)
target_include_directories(irmae_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(irmae_options INTERFACE -Wall -Wextra -Wpedantic -Wno-unused-parameter)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 warns of its own library's strings and variants here.
  target_compile_options(irmae_options INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
endif()
if(IRMAE_SANITIZE)
  target_compile_options(irmae_options INTERFACE -fsanitize=${IRMAE_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(irmae_options INTERFACE -fsanitize=${IRMAE_SANITIZE})
  target_compile_definitions(irmae_options INTERFACE IRMAE_SANITIZED)
endif()
if(IRMAE_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "libFuzzer comes with clang: configure with -DCMAKE_CXX_COMPILER=clang++, as the preset 'fuzz' does")
  endif()
  target_compile_options(irmae_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # A precompiled header is safe for ccache when its macros and times are not part of the key.
  set(ccache ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${ccache})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${ccache})
endif()

# irmae_target(NAME STATIC|OBJECT SOURCES... LINK targets...): one library a folder.
function(irmae_target name kind)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} ${kind} ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC irmae_options ${arg_LINK})
endfunction()

# An executable that shares the precompiled header of a library: it must be compiled like that, -fPIC and not -fPIE.
function(irmae_share_header name library)
  target_compile_options(${name} PRIVATE -fPIC)
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_precompile_headers(${name} REUSE_FROM ${library})
endfunction()
