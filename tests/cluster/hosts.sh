#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Several hosts on one machine: a network namespace each, joined by a bridge in a namespace of its own. Every host has its
# own name, network and /dev/shm and shares all other files. Nothing is left in the machine's own network.
set -euo pipefail

usage() {
  cat <<'END'
usage: hosts.sh up NAME COUNT         makes the hosts NAME-1 ... NAME-COUNT with the addresses 10.77.0.1 ...
       hosts.sh down NAME             kills what runs there and removes them
       hosts.sh on NAME I COMMAND...  runs a command on host I
       hosts.sh mpirun NAME PROGRAM...    mpirun on host 1 with one rank on each host; HOSTS_MPI adds options
       hosts.sh cut NAME I | heal NAME I  takes the link of host I down, and up again
       hosts.sh obstacle              says why hosts cannot be made here; says nothing where they can
END
}

count_of() { ip netns list | grep -c "^$1-[0-9]" || true; }

up() { # NAME COUNT
  ip netns add "$1-switch"
  ip -n "$1-switch" link add br0 type bridge
  ip -n "$1-switch" link set br0 up
  local i
  for ((i = 1; i <= $2; i++)); do
    ip netns add "$1-$i"
    ip -n "$1-$i" link set lo up
    ip link add eth0 netns "$1-$i" type veth peer name "p$i" netns "$1-switch"
    ip -n "$1-switch" link set "p$i" master br0 up
    ip -n "$1-$i" addr add "10.77.0.$i/24" dev eth0
    ip -n "$1-$i" link set eth0 up
    # TCP gives up after 13 s and not after 15 minutes when what was sent is not acknowledged.
    ip netns exec "$1-$i" bash -c 'echo 5 >/proc/sys/net/ipv4/tcp_retries2' || true
  done
}

down() { # NAME
  local space
  for space in $(ip netns list | awk -v name="$1-" 'index($1, name) == 1 { print $1 }'); do
    ip netns pids "$space" | xargs -r kill -KILL 2>/dev/null || true
    ip netns delete "$space"
  done
}

on() { # NAME I COMMAND...
  local space=$1-$2
  shift 2
  # Two hosts that shared /dev/shm would take each other's memory for their own.
  # shellcheck disable=SC2016
  exec ip netns exec "$space" unshare -m -u \
    bash -c 'hostname "$0"; mount -t tmpfs none /dev/shm; exec "$@"' "$space" "$@"
}

# mpirun calls it as: hosts.sh agent ADDRESS COMMAND..., in place of ssh.
agent() {
  local i=${1##*.}
  shift
  on "$HOSTS_NAME" "$i" bash -c "$*"
}

run_mpi() { # NAME PROGRAM...
  export HOSTS_NAME=$1
  shift
  local count hosts i
  count=$(($(count_of "$HOSTS_NAME")))
  for ((i = 1; i <= count; i++)); do hosts+=${hosts:+,}10.77.0.$i:1; done
  # shellcheck disable=SC2086
  on "$HOSTS_NAME" 1 mpirun --mca plm rsh --mca plm_rsh_agent "$(realpath "$0") agent" --mca plm_rsh_no_tree_spawn 1 \
    --mca oob_tcp_if_include eth0 --mca btl_tcp_if_include eth0 --mca btl self,vader,tcp --mca pml ob1 \
    --mca mpi_yield_when_idle 1 --bind-to none ${HOSTS_MPI:-} \
    --host "$hosts" -n "$count" "$@"
}

# The kernel tells the hosts of a link that came up within a second, and forgets that nobody was there before.
heal() { # NAME I
  ip -n "$1-switch" link set "p$2" up
  local i
  for ((i = 0; i < 200; i++)); do
    ip -n "$1-$2" neigh flush all
    ip -n "$1-1" neigh flush all
    [[ $(ip netns exec "$1-$2" timeout 1 bash -c ': </dev/tcp/10.77.0.1/9' 2>&1) == *refused* ]] && return
    sleep 0.1
  done
  echo "host $2 does not reach host 1" >&2
  return 1
}

obstacle() {
  local tool
  [[ $EUID == 0 ]] || { echo 'hosts need root' && return; }
  for tool in ip unshare mpirun; do
    command -v "$tool" >/dev/null || { echo "there is no $tool" && return; }
  done
  local name=irmae-probe-$$
  if ! (up "$name" 1 && (on "$name" 1 true)) >/dev/null 2>&1; then echo 'network namespaces are not allowed here'; fi
  down "$name" >/dev/null 2>&1 || true
}

case ${1:-} in
  up | down | on | agent | heal) "$@" ;;
  mpirun) run_mpi "${@:2}" ;;
  cut) ip -n "$2-switch" link set "p$3" down ;;
  obstacle) obstacle ;;
  *) usage >&2 && exit 2 ;;
esac
