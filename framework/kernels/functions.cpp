// SPDX-License-Identifier: MIT
#include "framework/kernels/functions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "framework/kernels/sets.h"
#include "storage/error.h"
#include "storage/system/environment.h"

namespace irmae::kernels {

namespace {

struct Set {
  const char* name;
  bool here;  ///< whether this processor has it
  const Functions<float>* of_float;
  const Functions<double>* of_double;
};

/// The widest first.
const std::vector<Set>& sets() {
  static const std::vector<Set> all{
#ifdef IRMAE_KERNELS_X86
      {"avx512",
       __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
           __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
           __builtin_cpu_supports("fma") != 0,
       &avx512_float, &avx512_double},
      {"avx2", __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0, &avx2_float, &avx2_double},
#endif
      {"generic", true, &generic_float, &generic_double},
  };
  return all;
}

/// What the user wants, or the widest.
const std::string& chosen() {
  static const std::string name = [] {
    const std::vector<std::string> here = instruction_sets();
    const std::string wanted = storage::environment_variable("IRMAE_KERNELS");
    if (wanted.empty()) return here.front();
    if (wanted == "libtorch" || std::find(here.begin(), here.end(), wanted) != here.end()) return wanted;
    throw UsageError(fmt::format("IRMAE_KERNELS is '{}': this machine has {} and libtorch", wanted, fmt::join(here, ", ")));
  }();
  return name;
}

}  // namespace

std::vector<std::string> instruction_sets() {
  std::vector<std::string> names;
  for (const Set& set : sets())
    if (set.here) names.emplace_back(set.name);
  return names;
}

template <>
const Functions<float>* functions_of(const std::string& name) {
  for (const Set& set : sets())
    if (set.here && name == set.name) return set.of_float;
  return nullptr;
}

template <>
const Functions<double>* functions_of(const std::string& name) {
  for (const Set& set : sets())
    if (set.here && name == set.name) return set.of_double;
  return nullptr;
}

template <class T>
const Functions<T>* functions() {
  static const Functions<T>* in_use = functions_of<T>(chosen());
  return in_use;
}
template const Functions<float>* functions();
template const Functions<double>* functions();

std::string instruction_set() { return chosen(); }

}  // namespace irmae::kernels
