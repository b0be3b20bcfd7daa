"""A copy of the checkout's scripts among stand-ins for Python, pip, apt-get and sudo.

The scripts under test are the real ones; the stand-ins write down how they are called, so that
no test needs a network, root, or minutes.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2]
PARTS = ("systemd", "tests/run", "tests/requirements.txt", ".ci", "pyproject.toml")

# Answers the questions of environment.sh; PIP says what becomes of an installation.
PYTHON = r"""#!/bin/bash
echo "python $*" >>"$CALLS"
bin=$(dirname "$0")
case "$*" in
  *"print("*) echo "${VERSION:-3.13.1}" ;;
  *"version_info < (3, 11)"*) [[ ${VERSION:-3.13.1} != 3.9.* ]] ;;
  *ensurepip*) [[ -z ${NO_VENV:-} ]] ;;
  "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  "-m pip install "*)
    [[ ${PIP:-} != killed ]] || { kill -9 $PPID; exit 1; }
    [[ ${PIP:-} != offline ]] || { echo "NewConnectionError('no route')"; exit 1; }
    [[ ${PIP:-} != broken ]] || { echo "disk full"; exit 1; }
    for tool in door-scanner ruff mypy lint-imports shellcheck pytest; do
      printf '#!/bin/bash\necho "%s $*" | tee -a "$CALLS"\n[[ " ${FAILING:-} " != *" %s "* ]]\n' \
        "$tool" "$tool" >"$bin/$tool"
      chmod +x "$bin/$tool"
    done ;;
esac
"""

COMMANDS = {
    "python3.13": PYTHON,
    "id": '#!/bin/bash\n[[ $1 == -u ]] && echo "${USER_ID:-1000}" || echo guest\n',
    "ldconfig": '#!/bin/bash\n[[ -n ${NO_LIBZBAR:-} ]] || echo "libzbar.so.0 => /x/libzbar.so.0"\n',
    "apt-get": '#!/bin/bash\necho "apt-get $*" >>"$CALLS"\nexit "${APT_EXIT:-0}"\n',
    "sudo": '#!/bin/bash\n[[ -n ${SUDO:-} ]] || exit 1\n[[ $1 == -n ]] || "$@"\n',
    "dpkg-query": "#!/bin/bash\nexit 1\n",
    "dpkg": '#!/bin/bash\necho "$MACHINE"\n',
}

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    for part in PARTS:
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (SOURCE / part).is_dir() else shutil.copy2
        copy(SOURCE / part, folder / part)
    return folder


@pytest.fixture
def stand_ins(tmp_path: Path) -> Path:
    folder = tmp_path / "stand-ins"
    folder.mkdir()
    for name, text in COMMANDS.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """The file where the stand-ins write down how they were called."""
    path = tmp_path / "calls"
    path.touch()
    return path


@pytest.fixture
def run(checkout: Path, stand_ins: Path, calls: Path, tmp_path: Path) -> Run:
    """Run a script of the copy; keywords become variables of its environment."""

    def run(script: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        command: Sequence[str] = [str(checkout / script), *arguments]
        environment = {
            "PATH": f"{stand_ins}:{os.defpath}",
            "HOME": str(tmp_path),
            "TMPDIR": str(tmp_path),
            "CALLS": str(calls),
            **variables,
        }
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=60
        )

    return run
