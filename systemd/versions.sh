# shellcheck shell=bash
# Versions side by side under /opt/door-scanner, and the links that name two of them; sourced by
# device.sh.
#
# Promises: a folder counts only when it is whole; a link is moved by one rename. Refuses to touch
# a whole folder again.

readonly OPT=/opt/door-scanner
readonly SHIPPED=(scanner systemd config pyproject.toml README.md LICENSE)

# Print every file of the project that a device gets.
shipped() (
  cd "$checkout"
  find "${SHIPPED[@]}" -type f -not -path '*/__pycache__/*' -not -path '*.egg-info/*' | LC_ALL=C sort
)

name_version() {
  local version digest
  version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' "$checkout/scanner/__init__.py")
  digest=$(cd "$checkout" && shipped | tr '\n' '\0' | xargs -0 sha256sum | sha256sum)
  printf '%s-%s\n' "$version" "${digest:0:8}"
}

linked() { # NAME; print the version behind a link, or nothing
  local target
  target=$(readlink "$OPT/$1") && printf '%s\n' "${target#versions/}" || true
}

is_version() { [[ -n ${1:-} && -d $OPT/versions/$1 && ! -e $OPT/versions/$1/unfinished ]]; }

# Make the folder of this checkout's version, at its final place: an environment cannot be moved.
make_version() { # NAME
  local folder=$OPT/versions/$1
  if [[ ! -d $folder || -e $folder/unfinished ]]; then
    say "Copying the project to $folder"
    install -d "$folder"
    touch "$folder/unfinished"
    shipped | tar -C "$checkout" --owner=0 --group=0 --mode='u=rwX,go=rX' -T - -cf - |
      tar -C "$folder" --no-same-owner -xf - ||
      stop $FAULT "The project could not be copied to $folder: is the card full?"
  fi
  # An interpreter under a home directory would be invisible to the service.
  PYTHON=/usr/bin/python3 bash -c '. "$1/systemd/environment.sh" && set_up' bash "$folder" || exit
  [[ -e $folder/unfinished ]] || return 0
  "$folder/.venv/bin/python" -m compileall -q "$folder/scanner" >/dev/null
  sync -f "$folder"
  rm "$folder/unfinished"
}

# Let a link show another version: one rename, so that there is never none.
point() { # NAME, VERSION or nothing
  [[ -n $2 ]] || { rm -f "${OPT:?}/$1" && return; }
  ln -sfn "versions/$2" "$OPT/.$1" && mv -T "$OPT/.$1" "$OPT/$1"
}

prune() {
  local folder
  for folder in "$OPT"/versions/*/; do
    folder=$(basename "$folder")
    [[ $folder == "$(linked current)" || $folder == "$(linked previous)" ]] ||
      rm -rf "${OPT:?}/versions/$folder"
  done
}
