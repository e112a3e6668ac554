# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Debian packages: finds out which are missing and installs these only.

packages=(
  g++ ninja-build ccache # the build
  python3 python3-venv   # LibTorch and CMake come from PyPI
  libopenmpi-dev openmpi-bin
  libhdf5-dev libssl-dev libjpeg-dev libpng-dev zlib1g-dev
  libtomlplusplus-dev libcli11-dev libfmt-dev
  gnuplot-nox fonts-dejavu-core # figures
)
test_packages=(libgtest-dev procps)

missing_packages() { # PACKAGE...: those that are not installed
  comm -23 <(printf '%s\n' "$@" | sort) \
    <(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^[a-z]i *//p' | sort -u)
}

install_packages() { # PACKAGE...
  if [[ ${IRMAE_PACKAGES:-} == no ]]; then
    stage_done 'left as they are (IRMAE_PACKAGES=no)'
    return
  fi
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    note "this is no Debian: what its packages $* have is needed;"
    note 'CMake names what it does not find'
    stage_done
    return
  fi
  local missing
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then
    stage_done 'all there'
    return
  fi
  become_root "${missing[@]}"
  note "${#missing[@]} to install: ${missing[*]}"
  # The first finishes what an interrupted installation left; without it apt refuses to start.
  run_logged packages-repair.log nothing_to_say "${as_root[@]}" dpkg --configure -a ||
    failed 'dpkg --configure -a does not succeed' '^dpkg: error|^E: '
  run_logged packages-update.log apt_progress apt_get update || failed 'apt-get update does not succeed' '^[EW]: '
  run_logged packages.log apt_progress apt_get install --yes --no-install-recommends "${missing[@]}" ||
    failed 'apt-get install does not succeed' '^dpkg: error|^E: '
  stage_done
}

# Fills the array as_root, or names the one command that installs them, as it is done here where this is root.
become_root() { # PACKAGE...
  as_root=()
  [[ $(id -u) == 0 ]] && return
  if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || { [[ -t 0 ]] && sudo -v; }; }; then
    as_root=(sudo -n)
    return
  fi
  local sudo='' who='As root run'
  if command -v sudo >/dev/null; then sudo='sudo ' who='Run'; fi
  die "packages are missing, and installing them needs root. $who

    ${sudo}apt-get update && ${sudo}apt-get install --no-install-recommends $*

and start this again. (Where these libraries are there by other means: IRMAE_PACKAGES=no $0)"
}

apt_get() {
  # The status goes to the log as well, through a descriptor of its own, since apt closes that one for the packages' scripts
  # (and sudo closes those it inherits). A machine that has just started may be updating itself: wait for its lock.
  # shellcheck disable=SC2016  # expanded by the inner shell
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive sh -c 'exec apt-get "$@" 3>&1' apt-get -q \
    -o APT::Status-Fd=3 -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=600 "$@"
}

apt_progress() { # LOG: from apt's own lines "dlstatus:count:percent:text" and "pmstatus:package:percent:text"
  local kind percent text
  IFS=: read -r kind _ percent text < <(tail -n 20 "$1" | grep -E '^(dl|pm)status:' | tail -n 1)
  case $kind in
    dlstatus) printf 'downloading, %d %%: %s' "${percent%.*}" "$text" ;;
    pmstatus) printf 'installing, %d %%: %s' "${percent%.*}" "$text" ;;
  esac
}
