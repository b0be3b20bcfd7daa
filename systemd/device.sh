# shellcheck shell=bash
# The door on this device: versions side by side, one link to the one in use; sourced by install.
#
# Promises: a run that is cut short at any point leaves the version in use as it was, or the next
# run completes it; a new version that does not come up is left again; settings are never
# overwritten. Refuses: a machine without systemd, a second run at once.

# shellcheck source=systemd/versions.sh
. "$checkout/systemd/versions.sh"
# shellcheck source=systemd/health.sh
. "$checkout/systemd/health.sh"

readonly ETC=/etc/door-scanner STATE=/var/lib/door-scanner COURIER=/var/lib/door-courier
readonly COMMAND=/usr/local/bin/door-scanner

# What the system reads, copied from the version in use, so that going back takes it back too.
# Copies, not links: "systemctl enable" would follow a link to its version and stay there.
readonly UNITS=/usr/local/lib/systemd/system
readonly -A COPIED=(
  ["door-scanner.service"]=$UNITS/door-scanner.service
  ["door-scanner-accept.service"]=$UNITS/door-scanner-accept.service
  ["door-scanner-accept.path"]=$UNITS/door-scanner-accept.path
  ["door-scanner-clock.service"]=$UNITS/door-scanner-clock.service
  ["door-scanner-clock.timer"]=$UNITS/door-scanner-clock.timer
  ["door-scanner-sync.service"]=$UNITS/door-scanner-sync.service
  ["door-scanner-sync.timer"]=$UNITS/door-scanner-sync.timer
  ["door-scanner.sysusers"]=/usr/local/lib/sysusers.d/door-scanner.conf
  ["door-scanner.tmpfiles"]=/usr/local/lib/tmpfiles.d/door-scanner.conf
  ["door-scanner.rules"]=/usr/local/lib/udev/rules.d/60-door-scanner.rules
)

# What begins with the system beside the door: believing what came, fetching, watching the clock.
# The accept service itself looks at boot whether what is believed is whole.
readonly BESIDE=(door-scanner-accept.path door-scanner-sync.timer door-scanner-clock.timer)
readonly AT_BOOT=(door-scanner-accept.service)

# --- Before anything is touched ------------------------------------------------------------------

# Name the step that failed: `set -e` alone would end the run without a word.
step_failed() { # COMMAND AS WRITTEN, ARGUMENTS OF THE FUNCTION IN WHICH IT STANDS
  local step=$1 words=
  [[ ${FUNCNAME[1]} != quietly ]] || step=${*:2} words=" Its words: $log"
  stop $FAULT "This step failed: $step (the next run completes what this one began).$words"
}

begin() {
  is_root || stop $NOT_PERMITTED "Only root can do this: sudo ./systemd/install (./systemd/install --try needs no root)."
  command -v apt-get >/dev/null ||
    stop $WRONG_USAGE "This is neither Raspberry Pi OS nor Debian: ./systemd/install --try runs anywhere."
  case $(dpkg --print-architecture) in
    amd64 | arm64) ;;
    *) stop $WRONG_USAGE "A 64-bit system is needed (remedy: Raspberry Pi OS 64-bit on the card)." ;;
  esac
  [[ -d /run/systemd/system ]] ||
    stop $WRONG_USAGE "systemd does not run here (a container?): nothing can be installed; ./systemd/install --try can run."
  umask 022
  # In a subshell the step that failed is the one that waits for it.
  set -o errtrace
  trap '((BASH_SUBSHELL > 0)) || step_failed "$BASH_COMMAND" "$@"' ERR
  export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  trap 'drop_log; stop 130 "Interrupted: the next run completes it."' INT TERM
  # Nobody else may hold it: opening is all that a lock needs.
  umask 077
  exec {device_turn}>/run/door-scanner-install.lock
  umask 022
  flock -n "$device_turn" || stop $FAULT "Another ./systemd/install is at work: try again when it has ended."
}

# --- Packages --------------------------------------------------------------------------------------

# True where apt knows the package; lists older than a day are fetched anew, once a run.
is_offered() { # PACKAGE
  [[ $(LC_ALL=C apt-cache policy "$1") == *Candidate:\ [0-9]* ]] && return
  [[ -z $apt_is_fresh && -z $(find /var/lib/apt/lists -name '*_Packages*' -mtime -1 -print -quit) ]] || return 1
  quietly apt-get -q -o Acquire::Retries=1 -o Acquire::http::Timeout=20 update || true
  apt_is_fresh=yes
  [[ $(LC_ALL=C apt-cache policy "$1") == *Candidate:\ [0-9]* ]]
}

# The locked lgpio has wheels up to Python 3.12; beyond, the keeper finds the system's.
has_locked_lgpio() { ! /usr/bin/python3 -ISc 'import sys; sys.exit(sys.version_info < (3, 13))' 2>/dev/null; }

install_packages() {
  local package
  local -a wanted=(python3 python3-venv ca-certificates libzbar0)
  local -A without=([python3-picamera2]="no Raspberry Pi camera here, USB cameras work")
  has_locked_lgpio || without[python3-lgpio]="no pins here"
  mapfile -t wanted < <(lacking "${wanted[@]}")
  for package in "${!without[@]}"; do
    [[ -n $(lacking "$package") ]] || continue
    if is_offered "$package"; then
      wanted+=("$package")
    else
      say "apt does not offer $package: ${without[$package]}."
    fi
  done
  ((${#wanted[@]} > 0)) || return 0
  apt_install "${wanted[@]}" ||
    stop $FAULT "apt-get could not install ${wanted[*]}: is there a network? Nothing was changed. Its words: $log"
}

# --- What the system reads -------------------------------------------------------------------------

# The default settings, only where there are none; newer defaults are put beside, once.
settle() { # VERSION, VERSION BEFORE or nothing
  local new=$OPT/versions/$1/config/scanner.toml old=$OPT/versions/${2:-none}/config/scanner.toml
  install -d "$ETC"
  if [[ ! -e $ETC/scanner.toml ]]; then
    say "Writing $ETC/scanner.toml, the settings with their defaults"
    install -m 0644 "$new" "$ETC/.scanner.toml" && mv "$ETC/.scanner.toml" "$ETC/scanner.toml"
  elif [[ -e $old ]] && ! cmp -s "$old" "$new" && ! cmp -s "$new" "$ETC/scanner.toml"; then
    say "The defaults have changed: they are in $ETC/scanner.toml.new, yours are untouched"
    install -m 0644 "$new" "$ETC/scanner.toml.new"
  fi
}

copy_system() {
  local name path
  for name in "${!COPIED[@]}"; do
    path=${COPIED[$name]}
    # A version from before these lists came knows fewer units.
    if [[ ! -e $OPT/current/systemd/$name ]]; then
      [[ ! -e $path ]] || leave "$path"
      continue
    fi
    cmp -s "$OPT/current/systemd/$name" "$path" && continue
    install -D -m 0644 "$OPT/current/systemd/$name" "$path.new"
    mv "$path.new" "$path"
  done
  install -d "${COMMAND%/*}"
  ln -sfn "$OPT/current/.venv/bin/door-scanner" "$COMMAND"
}

# Take back what the version in use does not know.
leave() { # PATH
  case $1 in
    *.timer | *.path | *.service) quietly systemctl disable --now "${1##*/}" || true ;;
  esac
  rm -f "$1"
}

# Let users, folders, devices and units be as the version in use says.
apply() {
  copy_system
  quietly systemd-sysusers "${COPIED["door-scanner.sysusers"]}" ||
    stop $FAULT "The door's user could not be made; the words of systemd-sysusers: $log"
  quietly systemd-tmpfiles --create "${COPIED["door-scanner.tmpfiles"]}" ||
    stop $FAULT "The door's folders could not be made; the words of systemd-tmpfiles: $log"
  if systemctl -q is-active systemd-udevd; then
    quietly udevadm control --reload
    # One device that takes no event need not stop the door.
    quietly udevadm trigger --subsystem-match={gpio,dma_heap,video4linux,media} || true
  fi
  quietly systemctl daemon-reload
  quietly systemctl enable "$UNIT" || stop $FAULT "$UNIT could not be enabled; systemctl's words: $log"
  if [[ -e ${COPIED[${BESIDE[0]}]} ]]; then
    quietly systemctl enable "${AT_BOOT[@]}" || stop $FAULT "${AT_BOOT[*]} could not be enabled; systemctl's words: $log"
    quietly systemctl enable --now "${BESIDE[@]}" || stop $FAULT "${BESIDE[*]} could not be enabled; systemctl's words: $log"
  fi
}

# --- Whole journeys ----------------------------------------------------------------------------------

# What a run that was cut short was about: "VERB FROM TO BEFORE", `-` stands for none.
read_intent() {
  intent=(- - - -)
  [[ ! -e $OPT/switching ]] || read -ra intent <"$OPT/switching"
}

write_intent() { # VERB FROM TO BEFORE
  printf '%s %s %s %s\n' "$1" "${2:--}" "${3:--}" "${4:--}" >"$OPT/.switching"
  mv "$OPT/.switching" "$OPT/switching"
}

# Use another version; come back if it does not come up. BEFORE is what `previous` showed.
switch() { # VERB FROM TO BEFORE
  write_intent "$@"
  if [[ $2 == "$3" ]]; then point previous "$4"; else point previous "$2"; fi
  point current "$3"
  sync -f "$OPT"
  apply
  if comes_up "$3"; then
    rm "$OPT/switching"
    prune
    return
  fi
  tell_last_words
  [[ -n $2 && $2 != "$3" ]] || stop $FAULT "$3 is installed, but does not come up (journalctl -u $UNIT tells more)."
  point current "$2"
  point previous "$4"
  sync -f "$OPT"
  apply
  rm "$OPT/switching"
  comes_up "$2" || stop $FAULT "$3 does not come up, and neither does $2, which is in use again (journalctl -u $UNIT)."
  stop $FAULT "$3 does not come up: $2 is in use again (journalctl -u $UNIT tells more)."
}

# Somebody is here who knows what time it is: their word counts for as long as the machine is on.
confirm_clock() {
  local words
  if words=$(door-scanner clock confirm 2>&1); then
    say "Taking this machine's clock as right: $(date -u '+%Y-%m-%d %H:%M') UTC. If it is not, set it, then: door-scanner clock confirm"
  else
    say "The clock is not trusted: ${words#door-scanner: }"
  fi
}

install_door() {
  local name from before words= is_new=
  local -a intent
  name=$(name_version)
  from=$(linked current) before=$(linked previous)
  read_intent
  # Cut short in a switch, `current` may show a version that never proved itself.
  [[ ${intent[0]} == - ]] || { from=${intent[1]#-} before=${intent[3]#-}; }
  say "Installing door-scanner $name"
  install_packages
  make_version "$name"
  settle "$name" "$from"
  [[ -e $STATE/clock.json ]] || is_new=yes
  switch install "$from" "$name" "$before"
  [[ -z $is_new ]] || confirm_clock
  drop_log
  [[ $from == "$name" ]] || words=${from:+ (before: $from)}
  say "Installed: door-scanner $name$words"
  tell_state || exit
}

roll_back() {
  local from to
  local -a intent
  from=$(linked current) to=$(linked previous)
  read_intent
  case ${intent[0]} in
    roll-back) from=${intent[1]} to=${intent[2]} ;;
    install) from=${intent[2]} to=${intent[1]#-} ;;
  esac
  is_version "$to" || stop $WRONG_USAGE "No version before the one in use is kept here: nothing to go back to."
  say "Going back to door-scanner $to"
  switch roll-back "$from" "$to" "$to"
  drop_log
  say "In use: door-scanner $to (before: $from)"
  tell_state || exit
}

remove_door() { # --purge or nothing
  say "Removing the door"
  quietly systemctl disable --now "$UNIT" "${AT_BOOT[@]}" "${BESIDE[@]}" || true
  quietly systemctl stop "${BESIDE[@]/%.*/.service}" || true
  rm -f "${COPIED[@]}" "$COMMAND"
  quietly systemctl daemon-reload
  quietly systemctl reset-failed "$UNIT" || true
  ! systemctl -q is-active systemd-udevd || quietly udevadm control --reload
  rm -rf "$OPT"
  if [[ $1 == --purge ]]; then
    rm -rf "$ETC" "$STATE" "$COURIER" /run/door-accept /run/door-clock
    ! id door-courier >/dev/null 2>&1 || quietly userdel door-courier
    ! id door-scanner >/dev/null 2>&1 || quietly userdel door-scanner
    ! getent group door-tech >/dev/null || quietly groupdel door-tech
    say "Removed, with settings, lists, state and users."
  else
    say "Removed; $ETC, $STATE and $COURIER stay (--remove --purge removes them too)."
  fi
  drop_log
}
