#!/usr/bin/env bash
# generated.sh NAME COMPARE BUILD_DIR [COUNT [SEED]]: builds the generator in NAME/generator, runs COUNT cases through both sides.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
name=$1
compare=$2
build=$3
count=${4:-${DPCTL_DIFFERENTIAL_COUNT:-5000}}
seed=${5:-${DPCTL_DIFFERENTIAL_SEED:-1}}

if ! go=$(command -v go) && ! go=$("$here/../peers/peers" which go); then
  echo "generated.sh: no Go toolchain: put go on the PATH, or run tests/peers/peers build" >&2
  exit 1
fi

(cd "$here/$name/generator" && GOFLAGS=-mod=readonly "$go" build -o "$build/${name}_generator" .)
export TZ=UTC  # the template engines print local times
"$build/${name}_generator" -seed "$seed" -count "$count" | "$compare"
