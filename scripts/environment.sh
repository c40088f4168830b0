# Read by the other scripts, not run: how an environment is made from the lock.
# shellcheck shell=bash

say() { printf '%s\n' "==> $*"; }

fail() {
    printf '\n%s: %s\n' "${0##*/}" "$1" >&2
    shift
    for line in "$@"; do printf '    %s\n' "$line" >&2; done
    exit 1
}

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

# Prints a Python that will do: $PYTHON if it is set, or else the first of the usual names.
find_python() {
    local candidate
    if [ -n "${PYTHON:-}" ]; then
        is_new_enough "$PYTHON" || fail "PYTHON=$PYTHON is not a Python 3.11 or newer." "Unset PYTHON, or point it at one."
        printf '%s\n' "$PYTHON"
        return
    fi
    for candidate in python3 python3.13 python3.12 python3.11; do
        if is_new_enough "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    fail "no Python 3.11 or newer was found (looked for python3, python3.13, python3.12, python3.11)." \
        "What 'python3' is here: $(python3 --version 2>&1 || true)" \
        "Install Python 3.11 or newer, or name it: PYTHON=/path/to/python3.12 scripts/${0##*/}"
}

# install DIRECTORY WHAT PIP-ARGUMENTS...: pip, with its failures put into words.
install() {
    local directory=$1 what=$2 log
    shift 2
    log="$directory/pip.log"
    if "$directory/bin/python" -m pip --disable-pip-version-check install --quiet --retries 2 "$@" </dev/null >"$log" 2>&1; then
        return
    fi
    cat "$log" >&2
    if grep -qiE 'DO NOT MATCH THE HASHES' "$log"; then
        fail "a download does not have the content that the lock promises." \
            "Nothing was run. A proxy or mirror may have changed it; do not work around this by dropping --require-hashes."
    fi
    if grep -qiE 'establish a new connection|name resolution|timed out|ReadTimeout|ProxyError|SSLError|Connection (refused|reset|broken)|unreachable' "$log"; then
        fail "the package index cannot be reached, so $what could not be installed." \
            "Check the network, or a proxy (HTTPS_PROXY) or mirror (PIP_INDEX_URL) that this machine needs."
    fi
    fail "$what could not be installed; pip's own words are above." \
        "If a package has no wheel for this machine, take a Python from 3.11 to 3.13 on Linux, macOS or Windows (WSL)."
}

# make_environment DIRECTORY LOCK...: a virtual environment with exactly what the locks say, and this checkout in it.
# Remade when a lock, pyproject.toml, the Python or the place of the checkout has changed; otherwise left as it is.
make_environment() {
    make_locked "$1" pyproject.toml "${@:2}" || return 0
    install "$1" "the checkout itself" --no-deps --no-index --no-build-isolation --editable .
    finish_environment "$1"
}

# make_client_environment DIRECTORY LOCK: the same with only what the lock says, for programs that are not ours and want other versions than we do.
make_client_environment() {
    make_locked "$1" "$2" "$2" || return 0
    finish_environment "$1"
}

# make_locked DIRECTORY ASKED LOCK...: what the locks say; 1 when it is there already. ASKED is a file that it is remade for as well.
made_stamp=
make_locked() {
    local directory=$1 asked=$2 python lock arguments=()
    shift 2
    # Called with ||, where bash goes on after a failure unless it is told not to.
    python=$(find_python) || exit 1
    "$python" -c 'import venv, ensurepip' >/dev/null 2>&1 || fail "$python cannot make virtual environments: its venv module is missing." \
        "On Debian and Ubuntu: apt-get install python3-venv"
    made_stamp=$({ pwd; "$python" -VV; cat "$asked" "$@"; } | "$python" -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())')
    if [ "$(cat "$directory/stamp" 2>/dev/null)" = "$made_stamp" ]; then
        say "$directory is up to date"
        return 1
    fi
    say "making $directory with $("$python" --version) from $* (the first time, this downloads the packages)"
    rm -rf "$directory"
    "$python" -m venv "$directory" || exit 1
    for lock in "$@"; do arguments+=(--requirement "$lock"); done
    install "$directory" "the locked packages" --require-hashes --only-binary :all: "${arguments[@]}"
}

finish_environment() { printf '%s\n' "$made_stamp" >"$1/stamp"; }
