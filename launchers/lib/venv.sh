# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The virtual environment .venv in the clone: CMake and LibTorch from PyPI and, for the tests, what they compare with.
# Each set of requirements that is completely there has a stamp with its hash; .venv/unfinished stands while one is being
# installed, and an environment found with it is made anew, since pip takes half a package for a whole one.

venv=$root/.venv
requirements=$root/launchers/requirements

# The LibTorch that the user names: IRMAE_TORCH, or a folder in CMAKE_PREFIX_PATH. Prints its folder, or nothing.
own_libtorch() {
  local folder folders
  IFS=':;' read -r -a folders <<<"${IRMAE_TORCH:-}:${CMAKE_PREFIX_PATH:-}"
  for folder in "${folders[@]}" "${folders[@]/%//torch}"; do
    if [[ $folder == /* && -e $folder/lib/libtorch_cpu.so ]]; then
      echo "$folder"
      return
    fi
  done
}

# IRMAE_TORCH is told to CMake; a wrong one is found before anything is installed.
check_own_libtorch() {
  [[ ${IRMAE_TORCH:-} ]] || return 0
  IRMAE_TORCH=$(realpath -m "$IRMAE_TORCH")
  local found
  found=$(own_libtorch)
  [[ $found == "$IRMAE_TORCH" || $found == "$IRMAE_TORCH/torch" ]] ||
    die "IRMAE_TORCH=$IRMAE_TORCH: lib/libtorch_cpu.so is not there; name an unpacked LibTorch or a Python's torch folder" 2
  export CMAKE_PREFIX_PATH=$IRMAE_TORCH${CMAKE_PREFIX_PATH:+:$CMAKE_PREFIX_PATH}
}

prepare_venv() { # SET...: names of files in launchers/requirements
  local set wanted=()
  forget_broken_venv
  for set in "$@"; do
    [[ -e $venv/installed-$set && $(<"$venv/installed-$set") == "$(stamp_of "$set")" ]] || wanted+=("$set")
  done
  if ((${#wanted[@]} == 0)); then
    stage_done 'all there'
    return
  fi
  check_room "${wanted[@]}"
  make_venv
  for set in "${wanted[@]}"; do install_set "$set"; done
  stage_done
}

stamp_of() { # SET: the clone's folder is part of it, since the environment's programs have it built in
  printf '%s %s\n' "$(sha256sum <"$requirements/$1.txt" | cut -c 1-64)" "$root"
}

size_of() { # SET PATTERN: the megabytes before PATTERN in the line "# size: ..."
  sed -n "s/^# size:.*[ ,]\([0-9]*\) MB $2.*/\1/p" "$requirements/$1.txt"
}

forget_broken_venv() {
  [[ -e $venv ]] || return 0
  if [[ -e $venv/unfinished ]]; then
    note 'the last installation was interrupted: starting it anew'
  elif ! "$venv/bin/python" -c '' 2>/dev/null; then
    note '.venv has no working Python any more: making it anew'
  elif compgen -G "$venv/installed-*" >/dev/null && ! cut -d ' ' -f 2- "$venv"/installed-* | grep -qxF -- "$root"; then
    note '.venv was made in another folder: making it anew'
  else
    return 0
  fi
  rm -rf "$venv"
}

check_room() { # SET...
  local set need=200 free
  for set in "$@"; do need=$((need + $(size_of "$set" 'to download') + $(size_of "$set" 'on disk'))); done
  free=$(free_megabytes "$root")
  ((free >= need)) || die "installing takes $need MB in $root, where $free MB are free"
}

make_venv() {
  [[ -x $venv/bin/python ]] && return
  local python
  for python in python3 /usr/bin/python3 ''; do
    "${python:-false}" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break
  done
  [[ $python ]] || die 'no Python 3.11 or newer with venv was found; install one and put it first in PATH'
  live 'making the virtual environment .venv'
  mkdir -p "$venv"
  touch "$venv/unfinished"
  run_logged venv.log nothing_to_say "$python" -m venv "$venv" || failed 'python3 -m venv does not succeed' 'Error|error'
  rm "$venv/unfinished"
}

install_set() { # SET
  local set=$1
  progress_set=$set
  progress_before=$(megabytes "$venv")
  pace_start=$SECONDS
  # pip's own choice for temporary files, /tmp, is often too small for LibTorch.
  local -x TMPDIR=$venv/tmp
  mkdir -p "$TMPDIR"
  touch "$venv/unfinished"
  # -I: without the packages of PYTHONPATH, which pip would take for installed ones.
  run_logged "pip-$set.log" pip_progress \
    "$venv/bin/python" -I -m pip install --no-deps --no-compile --disable-pip-version-check --progress-bar off \
    --requirement "$requirements/$set.txt" || failed "pip cannot install launchers/requirements/$set.txt" '^ERROR'
  rm -rf "$TMPDIR"
  stamp_of "$set" >"$venv/installed-$set"
  rm "$venv/unfinished"
}

megabytes() { # DIR...
  du -sm --total "$@" 2>/dev/null | tail -n 1 | cut -f 1
}

pip_progress() { # LOG: pip says what, the growing folders say how far
  if grep -q '^Installing' "$1"; then
    printf 'unpacking %s: %d of %d MB' "$progress_set" \
      $(($(megabytes "$venv" --exclude "$venv/tmp") - progress_before)) "$(size_of "$progress_set" 'on disk')"
  else
    local package
    package=$(sed -n 's/^Collecting \([^ ]*\).*/\1/p' "$1" | tail -n 1)
    printf 'downloading %s: %s' "${package:-$progress_set}" \
      "$(how_far "$(megabytes "$TMPDIR")" "$(size_of "$progress_set" 'to download')" MB)"
  fi
}
