#!/usr/bin/env bash
# Builds everything and runs every test, on a fresh Debian 12 machine as root. Flags: --unit (no servers), --keep (leave the peers up).
set -euo pipefail
cd "$(dirname "$0")/.."

unit_only=false keep=false
for flag in "$@"; do
  case $flag in
    --unit) unit_only=true ;;
    --keep) keep=true ;;
    *) echo "usage: scripts/test.sh [--unit] [--keep]" >&2; exit 2 ;;
  esac
done

say() { printf '\n== %s (%s s)\n' "$1" "$SECONDS"; }

say "setup"
scripts/setup.sh

say "build"
cmake --preset release >/dev/null
cmake --build --preset release

# The peers that Go builds take the longest on a cold machine: they are built while the unit tests run.
if ! $unit_only; then
  tests/peers/peers build >/tmp/dpctl-peers-build.$$.log 2>&1 &
  peers_build=$!
fi

say "unit tests"
ctest --test-dir build/release -L unit --output-on-failure -j "$(nproc)"

if $unit_only; then exit 0; fi

say "peers"
if ! wait "$peers_build"; then
  cat "/tmp/dpctl-peers-build.$$.log" >&2
  exit 1
fi
rm -f "/tmp/dpctl-peers-build.$$.log"
was_up=$(tests/peers/peers status -o json | grep -c '"running": true' || true)
tests/peers/peers up
others=
tidy() {
  if [ -n "$others" ] && kill -0 "$others" 2>/dev/null; then kill -INT "$others" && wait "$others" || true; fi
  if ! $keep && [ "$was_up" -eq 0 ]; then tests/peers/peers down; fi
}
trap tidy EXIT

say "differential tests"
ctest --test-dir build/release -L differential --output-on-failure

# Some tests use the Kubernetes node, the others have labs of their own. Both wait more than they compute, so they run side by side.
say "system tests"
pytest=("$(tests/peers/peers which python)" -m pytest tests -q -ra)
log=$(mktemp)
"${pytest[@]}" -m "not node" >"$log" 2>&1 &
others=$!
failed=0
"${pytest[@]}" -m node || failed=1

say "system tests without the node"
wait "$others" || failed=1
others=
cat "$log"
rm -f "$log"
exit "$failed"
