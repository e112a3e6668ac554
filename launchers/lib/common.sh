# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034  # the variables are the other files'
# What every launcher starts with.

# Numbers, sorting and messages as the scripts expect them, whatever the user's language.
export LC_ALL=C.UTF-8

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
log_dir=$root/build/log

# shellcheck source=launchers/lib/progress.sh
source "$root/launchers/lib/progress.sh"
# shellcheck source=launchers/lib/child.sh
source "$root/launchers/lib/child.sh"
# shellcheck source=launchers/lib/machine.sh
source "$root/launchers/lib/machine.sh"
# shellcheck source=launchers/lib/packages.sh
source "$root/launchers/lib/packages.sh"
# shellcheck source=launchers/lib/venv.sh
source "$root/launchers/lib/venv.sh"
# shellcheck source=launchers/lib/build.sh
source "$root/launchers/lib/build.sh"
catch_signals

# Two launchers at once would install and build over each other.
lock_clone() {
  mkdir -p "$log_dir"
  exec {lock}>"$root/build/lock"
  flock --nonblock "$lock" || die "another quickstart, setup or test run is at work in $root"
}

# prepare_machine build|tests: two stages that leave everything there which these need.
prepare_machine() {
  check_own_libtorch
  local wanted=("${packages[@]}") sets=(cmake) title
  if [[ -z $(own_libtorch) ]]; then
    sets+=(libtorch)
    title="$(sed -n 's/^torch==/LibTorch /p' "$requirements/libtorch.txt") and CMake from PyPI, into .venv"
  else
    title="CMake from PyPI, into .venv; LibTorch is $(own_libtorch)"
  fi
  if [[ $1 == tests ]]; then
    wanted+=("${test_packages[@]}")
    sets+=(tests)
  fi
  stage 'Debian packages'
  install_packages "${wanted[@]}"
  stage "$title"
  prepare_venv "${sets[@]}"
  export PATH=$venv/bin:$PATH
}
