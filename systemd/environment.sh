# shellcheck shell=bash
# Sets up what the scripts of this checkout need; sourced by systemd/install and tests/run (bash).
#
# Promises: everything but Debian packages stays inside the checkout; what is there already is not
# asked for again; a set-up that was cut short is found and made anew; one line says what is wrong.
# Refuses: a Python older than 3.11, a package that differs from its locked hash.

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
venv=$checkout/.venv
marks=$venv/set-up # what was set up, and from which files
log=
apt_is_fresh=

# Exit codes of the whole project.
readonly WRONG_USAGE=2 FAULT=3 NOT_PERMITTED=4

# Libraries of other projects would be found before the locked ones; and an environment that is
# activated in the caller's shell must not be made from itself.
unset PYTHONHOME PYTHONPATH
PATH=${PATH//"$venv/bin:"/}

say() { printf '%s\n' "$*" >&2; }

stop() { # CODE, MESSAGE...
  say "${@:2}"
  exit "$1"
}

# Run a command with its noise in the log file, which is kept and named only if something fails.
quietly() {
  [[ -n $log ]] || log=$(mktemp -t door-scanner-setup.XXXXXX)
  printf '\n$ %s\n' "$*" >>"$log"
  "$@" >>"$log" 2>&1 </dev/null
}

drop_log() {
  [[ -z $log ]] || rm -f "$log"
  log=
}

# --- Debian packages -------------------------------------------------------------------------

is_root() { (($(id -u) == 0)); }

# A password is asked for only where a person sits before the terminal.
has_sudo() {
  command -v sudo >/dev/null || return 1
  sudo -n true 2>/dev/null && return
  [[ -t 0 ]] || return 1
  say "sudo may ask for your password, to install: $*"
  sudo -v
}

# Print those of the given Debian packages that are not installed.
lacking() {
  local package
  for package in "$@"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
      printf '%s\n' "$package"
  done
}

# Install Debian packages. 1: not permitted here, 2: permitted, but apt-get failed.
apt_install() {
  local -a apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120)
  command -v apt-get >/dev/null || return 1
  is_root || { has_sudo "$*" && apt=(sudo "${apt[@]}"); } || return 1
  say "Installing with apt-get: $*"
  # One broken source need not stop the packages of another.
  [[ -n $apt_is_fresh ]] || quietly "${apt[@]}" update || true
  apt_is_fresh=yes
  quietly "${apt[@]}" install -y --no-install-recommends "$@" || return 2
}

has_libzbar() { [[ $(PATH=$PATH:/usr/sbin:/sbin ldconfig -p) == *libzbar.so.0* ]]; }

# libzbar, pyzbar's library, is welcome but not needed: each user tries once to install it.
# Debian 13 calls it libzbar0t64 and finds it under the old name too.
libzbar() {
  local tried
  tried=$marks/libzbar-tried-by-$(id -u)
  has_libzbar && return
  if [[ ! -e $tried ]]; then
    apt_install libzbar0 || true
    touch "$tried" 2>/dev/null || true
    has_libzbar && return
  fi
  say "No libzbar: the door goes on without pyzbar's second opinion (remedy: apt-get install libzbar0)."
}

# --- Python ----------------------------------------------------------------------------------

version_of() { # PYTHON; fails if it does not start
  "$1" -ISc 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null
}

is_new_enough() { "$1" -ISc 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

can_make_environments() { "$1" -ISc 'import venv, ensurepip' 2>/dev/null; }

# Set `python` to the first interpreter that will do. 1: none, 2: only without venv, 3: too old.
find_python() {
  local candidate found=1
  local -a candidates=(python3.13 python3.12 python3.11 python3 /usr/bin/python3)
  [[ -z ${PYTHON:-} ]] || candidates=("$PYTHON")
  for candidate in "${candidates[@]}"; do
    if ! { candidate=$(command -v "$candidate") && version_of "$candidate" >/dev/null; }; then
      continue
    elif ! is_new_enough "$candidate"; then
      ((found == 2)) || { found=3 && python=$candidate; }
    elif can_make_environments "$candidate"; then
      python=$candidate
      return 0
    else
      found=2 python=$candidate
    fi
  done
  return $found
}

# Say in one line why find_python found nothing that will do.
no_python() { # FOUND, LACKING PACKAGES
  local wanted=${PYTHON:+PYTHON=$PYTHON} remedy="apt-get install ${2:-python3-venv}"
  case $1 in
    3)
      stop $WRONG_USAGE "Python $(version_of "$python") ($python) is too old: 3.11 or newer is needed" \
        "(PYTHON=/path/to/python3 names another)."
      ;;
    2) stop $NOT_PERMITTED "${wanted:-$python} lacks venv or ensurepip; an administrator can run: $remedy" ;;
  esac
  [[ -z $wanted ]] || stop $WRONG_USAGE "$wanted does not start: name a Python 3.11 or newer."
  stop $NOT_PERMITTED "No Python 3.11 or newer here; an administrator can run: $remedy"
}

need_python() {
  local found=0 outcome=0
  local -a packages
  find_python || found=$?
  ((found != 0)) || return 0
  mapfile -t packages < <(lacking python3 python3-venv ca-certificates)
  if [[ -z ${PYTHON:-} ]] && ((found != 3 && ${#packages[@]} > 0)); then
    apt_install "${packages[@]}" || outcome=$?
    ((outcome != 2)) ||
      stop $FAULT "apt-get could not install ${packages[*]}: is there a network? Its words: $log"
    found=0
    find_python || found=$?
  fi
  ((found == 0)) || no_python $found "${packages[*]}"
}

# --- The environment ---------------------------------------------------------------------------

# What the environment itself depends on: moved or under another Python it must be made anew.
identity() { # PYTHON
  printf '%s\n' "$(version_of "$1")" "$checkout"
}

is_whole() {
  [[ ! -e $marks/unfinished && -x $venv/bin/python ]] &&
    identity "$venv/bin/python" | cmp -s - "$marks/identity" &&
    { [[ -z ${PYTHON:-} ]] || identity "$python" | cmp -s - "$marks/identity"; }
}

not_writable() {
  stop $NOT_PERMITTED "$venv cannot be written by $(id -un): run this as the owner of $checkout."
}

make_environment() {
  need_python
  [[ ! -e $venv ]] || say "$venv is unfinished or for another Python: making it anew."
  say "Making $venv with Python $(version_of "$python") ($python)"
  { rm -rf "$venv" && mkdir -p "$marks" && touch "$marks/unfinished"; } 2>/dev/null || not_writable
  quietly "$python" -m venv "$venv" || stop $FAULT "Python could not make $venv; its words: $log"
  identity "$venv/bin/python" >"$marks/identity"
}

# Run pip with what a person's or a distribution's settings must not change.
pip() {
  quietly env PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    "$venv/bin/python" -m pip "$@"
}

pip_failed() { # WHAT
  local network='NewConnectionError|ConnectTimeout|ReadTimeout|ProxyError|Connection refused'
  network+='|Connection reset|Temporary failure in name resolution|Network is unreachable'
  if grep -q 'DO NOT MATCH THE HASHES' "$log"; then
    stop "$FAULT" "$1: a package differs from its locked hash and was not installed; pip's words: $log"
  elif grep -qE "$network" "$log"; then
    rm -f "$marks/unfinished" # pip fetches everything before it changes anything
    stop "$FAULT" "$1: no network to fetch packages; try again with one. pip's words: $log"
  fi
  stop "$FAULT" "$1: pip could not install them; its words: $log"
}

digest() { sha256sum -- "$@" | sha256sum; }

# True if the set NAME was installed from exactly these files.
is_installed() { # NAME, FILE...
  [[ -e $marks/$1 && $(digest "${@:2}") == "$(<"$marks/$1")" ]]
}

install_locked() { # NAME, LOCK FILE
  say "Installing $(grep -c '==' "$2") locked Python packages (${2#"$checkout"/})"
  pip install --require-hashes --no-deps --only-binary :all: --retries 2 -r "$2" ||
    pip_failed "Python packages of $1"
}

install_tools() { install_locked tests "$checkout/tests/requirements.txt"; }

install_runtime() {
  install_locked door-scanner "$checkout/systemd/requirements.txt"
  pip install --no-index --no-build-isolation --no-deps -e "$checkout" ||
    pip_failed "The project itself"
}

# Bring the set NAME up to date with COMMAND unless it was made from just these files.
bring() { # NAME, COMMAND, FILE...
  is_installed "$1" "${@:3}" && return
  touch "$marks/unfinished" 2>/dev/null || not_writable
  "$2"
  digest "${@:3}" >"$marks/$1"
  rm -f "$marks/unfinished"
}

# All that the door needs; `set_up tests` adds the tools of the tests.
set_up() {
  # pip ends in good order when it is interrupted, so that bash itself must be told to stop.
  trap 'drop_log; stop 130 "Interrupted: the next run begins anew."' INT TERM
  exec {turn}<"$checkout"
  flock -n "$turn" || { say "Another set-up is at work in $checkout: waiting for it." && flock "$turn"; }
  [[ -z ${PYTHON:-} ]] || need_python
  is_whole || make_environment
  bring runtime install_runtime "$checkout"/{systemd/requirements.txt,pyproject.toml}
  [[ ${1:-} != tests ]] || bring tests install_tools "$checkout/tests/requirements.txt"
  libzbar
  exec {turn}<&-
  drop_log
  trap - INT TERM
}
