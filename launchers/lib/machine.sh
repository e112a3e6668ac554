# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What this machine lets the launchers use.

# Cores that this process may use: its affinity mask, and a container's quota where there is one.
usable_cores() {
  local cores quota='' period=''
  cores=$(env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc)
  if [[ -r /sys/fs/cgroup/cpu.max ]]; then
    read -r quota period </sys/fs/cgroup/cpu.max
  elif [[ -r /sys/fs/cgroup/cpu/cpu.cfs_quota_us ]]; then
    quota=$(</sys/fs/cgroup/cpu/cpu.cfs_quota_us)
    period=$(</sys/fs/cgroup/cpu/cpu.cfs_period_us)
  fi
  if [[ $quota =~ ^[0-9]+$ && $period =~ ^[1-9][0-9]*$ ]]; then
    local allowed=$(((quota + period - 1) / period))
    ((allowed < cores)) && cores=$allowed
  fi
  echo "$((cores > 0 ? cores : 1))"
}

# GPUs that this process may use: the driver's devices, or fewer where CUDA_VISIBLE_DEVICES says so. CUDA sees those that stand
# there before the first that cannot be one, so -1 hides all of them.
usable_gpus() { # FOLDER of the devices
  local devices=("$1"/nvidia[0-9]*) visible device usable=0
  if [[ ! -e ${devices[0]} ]]; then
    devices=()
    if [[ -e $1/dxg ]]; then # WSL2's one file for all of them
      mapfile -t devices < <(PATH=$PATH:/usr/lib/wsl/lib nvidia-smi -L 2>/dev/null | grep '^GPU ')
    fi
  fi
  if [[ -v CUDA_VISIBLE_DEVICES ]]; then
    IFS=, read -ra visible <<<"$CUDA_VISIBLE_DEVICES"
    for device in "${visible[@]}"; do
      if [[ $device =~ ^[0-9]+$ ]]; then
        ((10#$device < ${#devices[@]})) || break
      elif [[ $device != GPU-* && $device != MIG-* ]]; then
        break
      fi
      usable=$((usable + 1))
    done
    ((usable < ${#devices[@]})) && devices=("${devices[@]:0:usable}")
  fi
  echo "${#devices[@]}"
}

# Compilers at a time: a file that includes LibTorch's headers takes up to 2 GB to compile.
build_jobs() {
  local cores room
  cores=$(usable_cores)
  room=$(awk '/^MemAvailable:/ { print int($2 / 2097152) }' /proc/meminfo)
  ((room < cores)) && cores=$room
  echo "$((cores > 0 ? cores : 1))"
}

free_megabytes() { # DIR
  df -Pm "$1" | awk 'NR == 2 { print $4 }'
}

# Root may run MPI here: in a container there is often no one else.
allow_mpi_as_root() {
  [[ $(id -u) == 0 ]] || return 0
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
}

# mpirun_command RANKS: fills the array mpirun. Ranks are not bound: each sets its threads to its share of the cores, and two
# runs at once would otherwise meet on the same ones. Open MPI counts slots in ways that differ between machines, schedulers
# and containers, and would refuse what fits.
mpirun_command() {
  command -v mpirun >/dev/null || die 'there is no mpirun; launchers/setup installs it'
  mpirun=(mpirun -n "$1")
  if mpirun --version 2>/dev/null | grep -q 'Open MPI'; then
    mpirun+=(--bind-to none --use-hwthread-cpus --oversubscribe)
  fi
}
