# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# How the launchers tell what they do: numbered stages with the time each took, in between one live line on a terminal and
# plain lines, at most one in ten seconds, elsewhere.

stage_number=0
stage_total=0
stage_start=0
pace_start=0
live_text=
live_shown=0

if [[ -t 1 && ${TERM:-dumb} != dumb ]]; then live_terminal=yes; else live_terminal=; fi

stages() { stage_total=$1; }

stage() { # TITLE
  stage_number=$((stage_number + 1))
  stage_start=$SECONDS
  pace_start=$SECONDS
  live_shown=$SECONDS
  printf '[%d/%d] %s\n' "$stage_number" "$stage_total" "$1"
}

live() { # TEXT: what is being done now; replaced by the next
  [[ -n $1 && $1 != "$live_text" ]] || return 0
  if [[ $live_terminal ]]; then
    local width
    width=$(tput cols 2>/dev/null || echo 80)
    printf '\r\033[K      %s' "${1:0:width-7}"
  elif ((SECONDS - live_shown >= 10)); then
    printf '      %s\n' "$1"
    live_shown=$SECONDS
  fi
  live_text=$1
}

clear_live() {
  [[ -n $live_terminal && -n $live_text ]] && printf '\r\033[K'
  live_text=
}

note() { # TEXT: a line that stays
  clear_live
  printf '      %s\n' "$1"
}

stage_done() { # [TEXT]
  note "${1:-done}, $(duration $((SECONDS - stage_start)))"
}

die() { # TEXT [STATUS]
  clear_live
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  exit "${2:-1}"
}

duration() { # SECONDS
  if (($1 >= 60)); then printf '%d min %02d s' $(($1 / 60)) $(($1 % 60)); else printf '%d s' "$1"; fi
}

how_far() { # DONE TOTAL [UNIT]: "12 of 40 MB, 25 s left", from the pace since pace_start, where the stage or a part of it began
  local left='' spent=$((SECONDS - pace_start))
  if (($1 > 0 && $1 < $2 && spent >= 3)); then left=", about $(duration $((spent * ($2 - $1) / $1))) left"; fi
  printf '%d of %d%s%s' "$1" "$2" "${3:+ $3}" "$left"
}
