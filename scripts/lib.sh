# shellcheck shell=bash
# What the project's shell scripts share: where things are, how to speak, and an environment that is ready to use. Sourced, never run.
# It works with the bash 3.2 that macOS still ships.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
VENV="$ROOT/.venv"
LOGS="${TALLY_LOG_DIR:-$ROOT/.logs}"

say() { printf '%s\n' "$*"; }

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# step LOG TITLE COMMAND...: run the command with its output in $LOGS/LOG.log, print one line with the seconds it took,
# and on failure the last 150 lines of that log; the answer is the command's own exit status.
step() {
  local log="$LOGS/$1.log" title="$2" start=$SECONDS status=0
  shift 2
  mkdir -p "$LOGS"
  "$@" </dev/null >"$log" 2>&1 || status=$?
  if [ "$status" -eq 0 ]; then
    say "ok      $title ($((SECONDS - start)) s)"
  else
    say "FAILED  $title ($((SECONDS - start)) s, exit status $status); the end of $log:"
    tail -n 150 "$log"
  fi
  return "$status"
}

_is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
_can_make_venvs() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

# Prints a Python of 3.11 or later that can make virtual environments (TALLY_PYTHON first, if set), or says why there is none and answers 1.
find_python() {
  local candidate too_bare=""
  for candidate in ${TALLY_PYTHON:+"$TALLY_PYTHON"} python3.13 python3.12 python3.11 python3; do
    # Trying beats looking up: version managers leave names on the path that answer only with an error.
    _is_new_enough "$candidate" || continue
    if _can_make_venvs "$candidate"; then
      say "$candidate"
      return 0
    fi
    too_bare="$candidate"
  done
  if [ -n "$too_bare" ]; then
    say "$too_bare cannot make virtual environments (venv or ensurepip is missing). On Debian or Ubuntu: apt-get install python3-venv" >&2
  else
    say "Tallystick needs Python 3.11 or later, and none was found. Install one, or name it in TALLY_PYTHON." >&2
  fi
  return 1
}

_fingerprint() {
  "$VENV/bin/python" - "$ROOT/requirements.lock" "$ROOT/pyproject.toml" <<'PY'
import hashlib, pathlib, sys

digest = hashlib.sha256(f"{sys.version} {sys.argv[1]}".encode())
for path in sys.argv[1:]:
    digest.update(pathlib.Path(path).read_bytes())
print(digest.hexdigest())
PY
}

_install() {
  # The lock names every file by its hash, the build backend included, so nothing unnamed is ever built or installed.
  "$VENV/bin/python" -m pip install --disable-pip-version-check --no-input --require-hashes -r "$ROOT/requirements.lock" &&
    "$VENV/bin/python" -m pip install --disable-pip-version-check --no-input --no-deps --no-build-isolation -e "$ROOT"
}

_prepare() {
  local stamp="$VENV/.tallystick-stamp" python wanted
  if ! _is_new_enough "$VENV/bin/python"; then
    python="$(find_python)" || return 1
    step venv "make .venv with $python" "$python" -m venv --clear "$VENV" || return 1
  fi
  wanted="$(_fingerprint)" || return 1
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    say "ok      environment is up to date"
    return 0
  fi
  rm -f "$stamp"
  step install "install what requirements.lock names" _install || return 1
  say "$wanted" >"$stamp"
}

# Makes .venv, or brings it up to date when requirements.lock or pyproject.toml has changed; one line per step. Safe to call again, also at the same time.
prepare() {
  mkdir -p "$LOGS"
  if command -v flock >/dev/null 2>&1; then
    (flock 9 && _prepare 9>&-) 9>"$LOGS/prepare.lock"
  else
    _prepare
  fi
}
