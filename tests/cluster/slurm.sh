#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A small Slurm cluster in network namespaces: this one is the login node and runs slurmctld, each node h1, h2 is
# a namespace with a host name, a /dev/shm and a slurmd of its own. Runs only inside the namespaces that main.cpp makes, so
# that nothing outlives the test program and nothing outside is touched.
#
#   slurm.sh up FOLDER         starts it; everything that it writes is in FOLDER
#   slurm.sh node FOLDER NODE  starts this node's slurmd (again)
#   slurm.sh kill FOLDER NODE  ends every process on this node at once
#   slurm.sh slow FOLDER RATE  limits what each node can send
set -euo pipefail

what=$1 folder=$2
nodes=(h1 h2)

config() {
  cat <<END_OF_CONFIG
ClusterName=irmae-test
SlurmctldHost=login(10.77.0.254)
SlurmUser=root
SlurmdUser=root
AuthInfo=socket=$folder/munge/sock,cred_expire=5
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmctldPort=17000
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool.%n
TmpFS=$folder/tmp.%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=1,sched_interval=2,bf_interval=2
ReturnToService=2
SlurmdTimeout=20
KillWait=5
MinJobAge=3600
JobRequeue=1
MaxArraySize=1001
NodeName=h1 NodeAddr=10.77.0.1 Port=17001 CPUs=2 RealMemory=2000
NodeName=h2 NodeAddr=10.77.0.2 Port=17001 CPUs=2 RealMemory=2000
PartitionName=main Nodes=h1,h2 Default=YES MaxTime=INFINITE State=UP
END_OF_CONFIG
}

# One bridge here, one veth pair a node.
network() {
  mkdir -p /run/netns
  ip link set lo up
  ip link add br0 type bridge
  ip addr add 10.77.0.254/24 dev br0
  ip link set br0 up
  local i
  for i in 1 2; do
    ip netns add "h$i"
    ip -n "h$i" link set lo up
    ip link add "p$i" type veth peer name eth0 netns "h$i"
    ip link set "p$i" master br0 up
    ip -n "h$i" addr add "10.77.0.$i/24" dev eth0
    ip -n "h$i" link set eth0 up
  done
  printf '127.0.0.1 localhost\n10.77.0.254 login\n10.77.0.1 h1\n10.77.0.2 h2\n' >"$folder/hosts"
  mount --bind "$folder/hosts" /etc/hosts
}

# Not "ip netns exec": it mounts /sys anew, and slurmd then finds no control groups.
start_node() { # NODE
  # shellcheck disable=SC2016
  nsenter --net="/run/netns/$1" unshare --mount --uts bash -c '
    set -e
    hostname "$1"
    mount -t tmpfs none /dev/shm
    exec slurmd -N "$1" -f "$2/slurm.conf"' _ "$1" "$folder"
}

wait_for() { # WHAT COMMAND...: up to 20 seconds
  local what=$1 i
  shift
  for ((i = 0; i < 200; ++i)); do
    "$@" && return
    sleep 0.1
  done
  echo "slurm.sh: $what is not there after 20 seconds" >&2
  tail -n 20 "$folder"/*.log >&2 || true
  return 1
}

# As a power failure: slurmd, its steps and the ranks.
kill_node() { # NODE
  local process
  for process in /proc/[0-9]*; do
    [[ ! $process/ns/net -ef /run/netns/$1 ]] || kill -KILL "${process#/proc/}"
  done
}

nodes_are_idle() { [[ $(timeout 5 sinfo -h -o '%D %t' 2>/dev/null) == "${#nodes[@]} idle" ]]; }

export SLURM_CONF=$folder/slurm.conf
case $what in
  up)
    mount -t tmpfs none /run
    mkdir -p "$folder"/{munge,state} "$folder"/{spool,tmp}.{h1,h2}
    chmod 711 "$folder/munge"
    hostname login
    mount -t tmpfs none /dev/shm
    network
    config >"$folder/slurm.conf"
    head -c 1024 /dev/urandom >"$folder/munge/key"
    chmod 600 "$folder/munge/key"
    munged --force --key-file="$folder/munge/key" --socket="$folder/munge/sock" --pid-file="$folder/munge/pid" \
      --log-file="$folder/munge/log" --seed-file="$folder/munge/seed"
    wait_for munged test -S "$folder/munge/sock"
    slurmctld -f "$folder/slurm.conf"
    for node in "${nodes[@]}"; do start_node "$node"; done
    wait_for 'the cluster' nodes_are_idle
    ;;
  node) start_node "$3" ;;
  kill) kill_node "$3" ;;
  slow)
    for node in "${nodes[@]}"; do
      nsenter --net="/run/netns/$node" tc qdisc replace dev eth0 root tbf rate "$3" burst 64kbit latency 400ms
    done
    ;;
esac
