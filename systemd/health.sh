# shellcheck shell=bash
# Waits until the door itself tells how it is, and hands that on to a person; sourced by device.sh.

readonly UNIT=door-scanner.service
readonly STATUS=/run/door-scanner/status.json
readonly LIMIT_S=60  # a Zero 2 W with a cold card and a slow camera comes up in half of it
readonly STEADY_S=2  # what came up must stay; a new version may die in its first second
readonly RESTARTS=3  # more than this many deaths at the start, and waiting is of no use

started= # when comes_up last began, in seconds of the epoch

show() { systemctl show -p "$1" --value "$UNIT"; }

# Print what the door tells: process and state, then a line for each fault. Its own user writes that
# file, and root reads it: not for long, not far, and nothing that steers a terminal is passed on.
told() {
  timeout 3 /usr/bin/python3 -I -c '
import json, os, sys
fd = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
status = json.loads(os.read(fd, 65536))
lines = ["%s %s" % (status["pid"], status["state"])]
lines += ["%s: %s" % (one["reason"], one["detail"] or "") for one in status["faults"]]
for line in lines:
    print("".join(c if c.isprintable() else "?" for c in line)[:500])' "$STATUS" 2>/dev/null
}

# Print the process that is ready and has told its state, if there is one.
told_by() {
  local pid words
  pid=$(show MainPID)
  [[ $(show ActiveState) == active && $pid != 0 ]] && words=$(told) || return 1
  [[ ${words%%$'\n'*} == "$pid "* && ${words%%$'\n'*} != *" starting" ]] || return 1
  printf '%s\n' "$pid"
}

# Restart the door and wait until one process stays up and tells its state.
comes_up() { # VERSION
  local deadline=$((SECONDS + LIMIT_S)) pid before last='' since=0
  say "Starting door-scanner $1"
  before=$(show MainPID) started=$EPOCHSECONDS
  quietly systemctl reset-failed "$UNIT" || true
  quietly systemctl restart --no-block "$UNIT" || return 1
  while ((SECONDS < deadline)); do
    sleep 0.2
    if pid=$(told_by) && [[ $pid != "$before" ]]; then
      [[ $pid == "$last" ]] || since=${EPOCHREALTIME/[.,]/} last=$pid
      ((${EPOCHREALTIME/[.,]/} - since < STEADY_S * 1000000)) || return 0
    elif [[ $(show ActiveState) == failed ]] || (($(show NRestarts) > RESTARTS)); then
      return 1
    fi
  done
  return 1
}

tell_last_words() {
  local words
  # What darkens the lamps speaks last, and is not the cause.
  words=$(journalctl _SYSTEMD_UNIT="$UNIT" --since "@$started" -o cat --no-pager 2>/dev/null |
    grep -v '^not written dark' | tail -n 1 | tr -c '[:print:]\n' '?') || true
  [[ -z $words ]] || say "Its last words: $words"
}

# Say what the lights show and what is next. 0: ready, or nothing but keys is missing; else 3.
tell_state() {
  local words fault verdict=0
  local -a found=()
  words=$(told) || stop $FAULT "The door has gone again: journalctl -u $UNIT tells why."
  mapfile -t -s 1 found <<<"$words"
  if ((${#found[@]} == 0)); then
    say "The door is ready: its lamps wink every few seconds. Next: show it a pass."
    return
  fi
  say "The door runs; its lamps show a fault:"
  for fault in "${found[@]}"; do
    say "  $fault"
    [[ $fault == list_missing* ]] || verdict=$FAULT
  done
  say "Next: mend what is named above; door-scanner status tells how the door is."
  return "$verdict"
}
