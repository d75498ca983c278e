#!/usr/bin/env bash
# run.sh COMPARE BUILD_DIR [COUNT [SEED]]: builds the generator, runs COUNT templates through both engines.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
compare=$1
build=$2
count=${3:-${DPCTL_DIFFERENTIAL_COUNT:-5000}}
seed=${4:-${DPCTL_DIFFERENTIAL_SEED:-1}}

go=$(command -v go || true)
peers=$here/../../peers/peers
if [ -z "$go" ] && [ -x "$peers" ]; then go=$("$peers" which go); fi
if [ -z "$go" ]; then
  echo "run.sh: no Go toolchain: put go on the PATH, or run tests/peers/peers build" >&2
  exit 1
fi

(cd "$here/generator" && GOFLAGS=-mod=readonly "$go" build -o "$build/template_generator" .)
export TZ=UTC
"$build/template_generator" -seed "$seed" -count "$count" | "$compare"
