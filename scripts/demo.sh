#!/usr/bin/env bash
# The main job, from nothing, on Debian 12 as root: builds, starts the peers, deploys the pipeline with dpctl, sends real market
# files through it and shows what came out. Leaves everything running; `tests/peers/peers down` ends it.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n== %s (%s s)\n' "$1" "$SECONDS"; }
dpctl=build/release/cli/dpctl
tools=build/release/pipeline-services
peers=tests/peers/peers

# What a node in containers takes; an empty answer means that it can run.
missing_for_node() {
  [ "$(id -u)" = 0 ] || { echo "root"; return; }
  unshare --net true 2>/dev/null || { echo "the right to make network namespaces"; return; }
  # Without a word on propagation unshare remounts the root, which in a chroot is no mount.
  unshare --mount --propagation=unchanged true 2>/dev/null || { echo "the right to mount"; return; }
  [ -d /sys/fs/cgroup ] || echo "control groups"
}

build() {
  say "build"
  cmake --preset release >/dev/null
  cmake --build --preset release
}

embedded() {
  echo "demo: a Kubernetes node needs $1; showing the embedded mode: all stages in one process, from files to files"
  [ "$(id -u)" != 0 ] || scripts/setup.sh --build
  [ -x "$tools/pipeline" ] || build
  rm -rf build/demo && mkdir -p build/demo
  "$tools/pipeline" run --input examples/markets --output build/demo
  echo
  echo "bars: build/demo/bars.csv, dead letters: build/demo/dead_letters.jsonl"
}

lacking=$(missing_for_node)
if [ -n "$lacking" ]; then
  embedded "$lacking"
  exit 0
fi

say "setup"
scripts/setup.sh
build

say "peers"
$peers up

# Secrets of the lab, from its own state folder; dpctl.local.yaml names the variables.
eval "$($peers env | sed 's/^/export /')"
export DPCTL_CLICKHOUSE_PASSWORD=$DPCTL_PEERS_CLICKHOUSE_PASSWORD DPCTL_POSTGRES_DSN=$DPCTL_PEERS_POSTGRES
inside() { $peers shell -- "$@"; }

say "images"
inside $dpctl image push --plain-http --registry "$DPCTL_PEERS_REGISTRY/dpctl" --tag dev \
  "$tools"/{normalization,enrichment,aggregation,projection}-service "$tools/pipeline"

say "dpctl up"
inside $dpctl up -f examples/dpctl.local.yaml

say "feed: the files of examples/markets"
inside "$tools/pipeline" feed --input examples/markets --bootstrap "$DPCTL_PEERS_KAFKA"

say "what came out"
export DATA_PROC_CLICKHOUSE_PASSWORD=$DPCTL_PEERS_CLICKHOUSE_PASSWORD
inside "$tools/pipeline" report --bootstrap "$DPCTL_PEERS_KAFKA" --clickhouse "$DPCTL_PEERS_CLICKHOUSE" \
  --user "$DPCTL_PEERS_CLICKHOUSE_USER" --environment local --wait 180

say "dpctl status"
inside $dpctl status -f examples/dpctl.local.yaml

cat <<TEXT

== ask for a price yourself
  $peers shell -- bash
  key=\$(kubectl get secret pipeline-secrets -n data-processing -o jsonpath='{.data.api-bootstrap-key}' | base64 -d)
  api=http://\$(kubectl get service projection-service -n data-processing -o jsonpath='{.spec.clusterIP}'):8085
  curl -s -H "X-API-Key: \$key" "\$api/projections/latest_price?instrument_id=NYISO.RT5M.ZONE.CAPITL"

The peers keep running: '$peers down' ends them.
TEXT
