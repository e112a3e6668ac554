# What the setup scripts share: stages with times, cores, and the place of the clone. To be sourced.
# shellcheck shell=bash
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
venv=$root/.venv
logs=$root/build/log
started=$SECONDS

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# Cores that this process may use, which a container or a job may have narrowed.
cores() { nproc; }

# stage NUMBER TEXT: the next line of progress.
stage() { say "[$1] $2  (${SECONDS}s)"; }

# logged NAME COMMAND...: runs the command with its output in a log, a line of progress every 15 seconds, and the end of
# the log when it fails.
logged() {
  local name=$1 log; shift
  mkdir -p "$logs"
  log=$logs/$name.log
  "$@" >"$log" 2>&1 </dev/null &
  local job=$! next=15 begin=$SECONDS status=0
  while kill -0 "$job" 2>/dev/null; do
    sleep 0.2
    if ((SECONDS - begin >= next)); then
      next=$((SECONDS - begin + 15))
      say "      ... $((SECONDS - begin)) s: $(tail -c 300 "$log" | tr '\r' '\n' | grep -v '^$' | tail -n 1 | cut -c1-100)"
    fi
  done
  wait "$job" || status=$?
  if ((status)); then
    grep -E 'error|FAILED|Error' "$log" | head -n 10 >&2 || true
    tail -n 5 "$log" >&2
    die "$name failed; the whole log is $log"
  fi
}
