# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Runs the long commands so that progress can be shown beside them and Ctrl-C ends them in order: each is started in a
# process group of its own, and a signal to the launcher is passed on and waited for.

child=
child_signal=TERM
child_log=

catch_signals() { trap on_stop INT TERM HUP; }

on_stop() {
  trap 'stop_now' INT TERM HUP
  local status=130
  if [[ $child ]]; then
    note 'stopping ...' 2>/dev/null || true # the terminal may be gone, the child must end all the same
    # mpirun forwards the signal to its ranks by itself; other commands' own children are in their group.
    if [[ $child_signal == USR1 ]]; then kill -USR1 "$child"; else kill -TERM -- "-$child"; fi 2>/dev/null || true
    wait_for_child
    ((child_status == 75)) && status=75
  fi
  clear_live || true
  printf '%s: stopped; the same command goes on from here\n' "${0##*/}" >&2 || true
  exit "$status"
}

stop_now() { # the second Ctrl-C
  kill -TERM -- "-$child" 2>/dev/null || true
  exit 130
}

wait_for_child() { # a wait that a signal interrupts is taken up again
  while true; do
    child_status=0
    wait "$child" || child_status=$?
    kill -0 "$child" 2>/dev/null || break
  done
}

# run_child COMMAND...: in the foreground as far as the user sees, its output untouched.
run_child() {
  set -m
  "$@" </dev/null &
  child=$!
  set +m
  wait_for_child
  child=
  return "$child_status"
}

# run_logged LOG DESCRIBE COMMAND...: output goes to build/log/LOG, the function DESCRIBE makes one line of what is there.
run_logged() {
  child_log=$log_dir/$1
  local describe=$2
  shift 2
  mkdir -p "$log_dir"
  set -m
  "$@" </dev/null >"$child_log" 2>&1 &
  child=$!
  set +m
  while kill -0 "$child" 2>/dev/null; do
    live "$("$describe" "$child_log" 2>/dev/null || true)"
    sleep 0.2
  done
  wait_for_child
  child=
  return "$child_status"
}

nothing_to_say() { :; }

# failed WHAT PATTERN: ends with the lines of the log that matter, and says where the rest is.
failed() {
  clear_live
  {
    grep -E -A 6 -m 3 -e "$2" "$child_log" | head -n 30 || true
  } >&2
  die "$1; the whole log: ${child_log#"$root"/}"
}
