#!/bin/bash
# SPDX-License-Identifier: MIT
@DIRECTIVES@

# Written by irmae submit. Task N trains the cell in line N + 1 of the file "cells". A complete cell is left as it is
# and one with a checkpoint goes on from there, so a task may be started any number of times.

# Slurm sends USR1 to this script alone, some time before the limit; TERM comes when the job is preempted. The launcher
# hands USR1 on to its ranks, which agree on a step, write a checkpoint and end with 75. A launcher that is still starting them
# loses it, so it is said again.
launcher='' stopping='' interrupted='' nagger=''
stop() {
  stopping=yes interrupted=yes
  [[ $launcher ]] || return 0
  kill -USR1 "$launcher" 2>/dev/null
  [[ $nagger ]] || { nag >/dev/null 2>&1 & nagger=$!; }
}
nag() { while sleep 5 && kill -USR1 "$launcher"; do :; done; }
trap stop USR1 TERM

# How the ranks are started. What this site needs can be added by a prologue (irmae submit --prologue FILE), as in
#   launch+=(--mca btl_tcp_if_include eth0)
launch=(@LAUNCH@)

# ---- prologue ----
@PROLOGUE@
# ---- end of the prologue ----
set +eu +o pipefail # whatever the prologue has set: what follows looks at each status itself

# Below the prologue, which may use the same names.
irmae=@IRMAE@
output=@OUTPUT@
folder=@FOLDER@
plan=$folder/@PLAN@ # frozen: these tasks train what was submitted, whatever becomes of the manifest
cells=$folder/cells
requeue_limit=@REQUEUE_LIMIT@
taken_pause=900 # seconds

unset "${!SQUEUE_@}" "${!SINFO_@}" # a user's choice of what is shown
# To Slurm all ranks that mpirun starts on another node are one task, which would get the GPUs of one rank.
if [[ ${launch[0]} == mpirun && ${SLURM_GPUS_PER_TASK:-} && ${SLURM_GPUS_ON_NODE:-} ]]; then
  export OMPI_MCA_plm_slurm_args="${OMPI_MCA_plm_slurm_args:+$OMPI_MCA_plm_slurm_args }--gpus-per-node=$SLURM_GPUS_ON_NODE"
fi
unset SLURM_CLUSTERS # chose this cluster; to be asked for it by name, Slurm's commands need its database, which a node may not reach
unset SLURM_EXPORT_ENV # sbatch --export: by it srun, and mpirun through it, would keep the prologue's variables from the ranks

task=${SLURM_ARRAY_JOB_ID:-}_${SLURM_ARRAY_TASK_ID:-}
if [[ ! $task =~ ^[0-9]+_[0-9]+$ ]]; then
  echo "irmae: this script runs as a task of a job array: sbatch $0" >&2
  exit 2
fi
read -r cell id < <(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" "$cells") # name and id
if [[ -z $cell ]]; then
  echo "irmae: $cells has no line for task $SLURM_ARRAY_TASK_ID" >&2
  exit 2
fi
name=${plan##*/}
lock=$output/${name%.toml}/$cell-${id:0:8}/lock
start=$((${SLURM_RESTART_COUNT:-0} + 1))
echo "irmae: task $task, start $start, cell $cell on ${SLURM_JOB_NODELIST:-?}, $(date -u '+%F %T') UTC"

# Whether another run has the cell now: by its lock, which a file system without locks does not tell of.
is_taken() {
  [[ -e $lock ]] || return 1
  flock -n -s -E 9 "$lock" true 2>/dev/null
  (($? == 9))
}

# Requeues this task only (the array's id alone would requeue all of it), and not for ever.
requeue() { # WHY [SECONDS that it shall wait at least]
  if ((start > requeue_limit)); then
    echo "irmae: $1; requeued $requeue_limit times before and not again (--requeue-limit)"
    echo 'irmae: irmae submit goes on with this cell'
    exit "$status"
  fi
  local pause
  for pause in 2 5 10 10 0; do # for a controller that is away: squeue and scontrol each wait some ten seconds for it, too
    # A job that was cancelled or is past its limit is on its way out, and must not come back.
    # The job's own number can be the array's, which stands for all of its tasks.
    if [[ $(timeout 30 squeue -h -a -j "$task" -o %T) == COMPLETING ]]; then
      echo "irmae: $1; the job is being ended and not requeued: irmae submit goes on with this cell"
      exit "$status"
    fi
    echo "irmae: $1; requeueing task $task"
    trap '' TERM # which Slurm now sends to all of the job, scontrol too
    if scontrol requeue "$task"; then
      [[ -z ${2:-} ]] || scontrol update JobId="$task" StartTime="now+$2"
      exit "$status"
    fi
    sleep "$pause"
  done
  echo 'irmae: the task could not be requeued: irmae submit goes on with this cell'
  exit "$status"
}

# Whether Slurm holds a node of this job for gone or not answering.
node_is_lost() {
  timeout 30 sinfo -h -a -N -n "$SLURM_JOB_NODELIST" -o %T | grep -qE '^(down|fail|unknown)|\*$'
}

# Whether Slurm is about to take this job's nodes.
is_preempted() {
  [[ $(timeout 30 squeue -h -a -j "$task" -O PreemptTime) == [0-9]* ]]
}

if [[ $stopping ]]; then # during the prologue
  status=75
  requeue 'stopped before it began'
fi
"${launch[@]}" "$irmae" run "$plan" -o "$output" --only "$cell" </dev/null &
launcher=$!
[[ -z $stopping ]] || stop # the signal came in this moment, when there was nothing to hand it to

# A trapped signal ends bash's wait, not the launcher: wait again until nothing interrupts, to see its own exit status. Of two
# signals that come together, the second may end a wait before its trap has run.
while true; do
  interrupted=''
  wait "$launcher"
  status=$?
  [[ $interrupted ]] || kill -0 "$launcher" 2>/dev/null || break
done
[[ -z $nagger ]] || kill "$nagger" 2>/dev/null
launcher='' # has ended

case $status in
  0) ;;
  75)
    ! is_taken || requeue 'another run has the cell' "$taken_pause" # started at once, it would use up its requeues
    requeue 'ended with 75, to be started again'
    ;;
  1) # a real failure: the same would happen again. Or a preemption's TERM to what mpirun starts on other nodes came early
    ! is_preempted || requeue 'preempted' ;;
  2) ;; # wrong use
  205) requeue 'mpirun lost a node' ;;
  143) # TERM to ranks that were starting, of a preemption; srun sends it too where another rank has failed
    if [[ $stopping ]] || is_preempted; then requeue 'ended by TERM while it was starting'; fi
    ! node_is_lost || requeue 'ended by TERM, and a node is lost'
    ;;
  *)
    [[ -z $stopping ]] || requeue "asked to stop, it ended with $status" # it was starting
    # Killed: a node that died, or this cell's own fault, such as too much memory.
    [[ $status != 137 ]] || ! node_is_lost || requeue 'killed, and a node is lost'
    ;;
esac
exit "$status"
