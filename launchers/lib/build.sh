# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Configures and builds a preset. The tests share quickstart's build folder, so that nothing is compiled twice.

# configure PRESET [CMAKE-OPTION...]: once, and again only when what it was told has changed.
configure() {
  local preset=$1
  shift
  build=$root/build/$preset
  local told=$build/configured-with now
  now=$(printf '%s\n' "$root" "$(own_libtorch)" "${CMAKE_PREFIX_PATH:-}" "$(cmake --version | head -n 1)")
  local options=("$@")
  if [[ -e $told && $(<"$told") != "$now" ]]; then
    options+=(--fresh) # another LibTorch, CMake or folder: what CMake remembers is wrong
  elif [[ -e $told && -e $build/build.ninja ]] && remembers "$@"; then
    return
  fi
  live 'configuring'
  run_logged "configure-$preset.log" nothing_to_say cmake --preset "$preset" -S "$root" "${options[@]}" ||
    failed "CMake cannot configure the preset '$preset'" 'CMake Error|Could NOT find'
  printf '%s\n' "$now" >"$told"
}

remembers() { # -DNAME=VALUE...: whether all are in CMake's cache as they are given
  local option
  for option in "$@"; do
    grep -qE "^${option%%=*}:[A-Z]+=${option#*=}$" <(sed 's/^/-D/' "$build/CMakeCache.txt") || return 1
  done
}

compile() { # JOBS TARGET
  run_logged "build-${build##*/}.log" ninja_progress cmake --build "$build" --parallel "$1" --target "$2" ||
    failed 'the build does not succeed' 'error:|undefined reference|cannot find|: fatal '
}

ninja_progress() { # LOG: from ninja's lines "[12/40] Building CXX object a/b/c.cpp.o"
  local line
  line=$(grep -E '^\[[0-9]+/[0-9]+\]' "$1" | tail -n 1)
  [[ $line =~ ^\[([0-9]+)/([0-9]+)\]\ (.*)$ ]] || return 0
  local so_far=${BASH_REMATCH[1]} all=${BASH_REMATCH[2]} what=${BASH_REMATCH[3]}
  local file=${what##*/}
  # Several files at once, "a/b/CMakeFiles/target.dir/Unity/unity_0_cxx.cxx.o": the folder says more.
  [[ ! $what =~ \ ([^ ]*)/CMakeFiles/.*/unity_ ]] || file="files of ${BASH_REMATCH[1]}"
  printf 'compiling, %s: %s' "$(how_far "$so_far" "$all" files)" "${file%.o}"
}
