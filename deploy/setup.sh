#!/bin/sh
# Lay the environment in .venv. Needs Python 3.11 to 3.13 and nothing else; quick when all is in place.
#
#   deploy/setup.sh            set up, or return at once when nothing has changed
#   PYTHON=/path/to/python3    use this interpreter instead of looking for one
#   UV=/path/to/uv             use this uv instead of the pinned one
set -eu

cd "$(dirname "$0")/.."

UV_VERSION=0.13.9
UV_HOME=.cache/uv-$UV_VERSION
STAMP=.venv/.setup-stamp

say() { printf '%s\n' "$*" >&2; }
die() {
    say "setup: $1"
    shift
    for line in "$@"; do say "       $line"; done
    exit 1
}

is_supported() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        is_supported "$PYTHON" || die "PYTHON=$PYTHON is not a working Python 3.11, 3.12 or 3.13"
        command -v "$PYTHON"
        return
    fi
    for candidate in python3 python3.11 python3.12 python3.13 python; do
        path=$(command -v "$candidate" 2>/dev/null) || continue
        if is_supported "$path"; then
            printf '%s\n' "$path"
            return
        fi
    done
    die "no Python 3.11, 3.12 or 3.13 was found (python3 is $(python3 --version 2>/dev/null || echo absent))" \
        "Debian 12+, Ubuntu 24.04+:  sudo apt-get install python3 python3-venv" \
        "or name one:                make setup PYTHON=/path/to/python3.11"
}

find_uv() {
    if [ -n "${UV:-}" ]; then
        printf '%s\n' "$UV"
        return
    fi
    for candidate in "$UV_HOME/bin/uv" "$(command -v uv 2>/dev/null || true)"; do
        [ -n "$candidate" ] || continue
        case "$("$candidate" --version 2>/dev/null || true)" in
            "uv $UV_VERSION" | "uv $UV_VERSION "*)
                printf '%s\n' "$candidate"
                return
                ;;
        esac
    done
    say "setup: fetching uv $UV_VERSION"
    rm -rf "$UV_HOME"
    if "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        "$1" -m venv "$UV_HOME" >&2
        "$UV_HOME/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$UV_VERSION" >&2
    elif "$1" -m pip --version >/dev/null 2>&1; then
        "$1" -m pip install --quiet --disable-pip-version-check --target "$UV_HOME" "uv==$UV_VERSION" >&2
    else
        die "this Python has neither venv with ensurepip nor pip: $1" \
            "Debian, Ubuntu:  sudo apt-get install python3-venv" \
            "Fedora:          sudo dnf install python3-pip"
    fi
    [ -x "$UV_HOME/bin/uv" ] || die "pip installed no uv in $UV_HOME"
    printf '%s\n' "$UV_HOME/bin/uv"
}

# What the environment was made from: another lock, folder or interpreter makes another fingerprint.
fingerprint() {
    printf '%s\n%s\n' "$PWD" "${PYTHON:-}"
    cksum pyproject.toml uv.lock deploy/setup.sh
}

now=$(fingerprint)
if [ -f "$STAMP" ] && [ "$(cat "$STAMP")" = "$now" ] && .venv/bin/python -c '' 2>/dev/null; then
    exit 0
fi

python=$(find_python)
uv=$(find_uv "$python")
if [ -d .venv ] && ! .venv/bin/python -c '' 2>/dev/null; then
    say "setup: .venv points to a Python that is gone; making it anew"
    rm -rf .venv
fi
say "setup: $("$python" --version), $("$uv" --version | cut -d' ' -f1-2)"
rm -f "$STAMP"
# An environment that is active in the caller's shell, or a Python that uv would fetch, is never used.
env -u VIRTUAL_ENV -u UV_PROJECT_ENVIRONMENT UV_PYTHON_DOWNLOADS=never \
    "$uv" sync --locked --quiet --python "$python"
[ -x .venv/bin/zhulian ] || die ".venv/bin/zhulian was not installed"
# The first call compiles the matcher's loops and every module it loads, and keeps both; no later one waits.
say "setup: compiling the matcher's loops, once"
env -u PYTHONDONTWRITEBYTECODE .venv/bin/zhulian warm || say "setup: not compiled; the first round will do it"
fingerprint >"$STAMP"
say "setup: ready, the command is .venv/bin/zhulian"
