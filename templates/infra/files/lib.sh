# Questions that both Redis and Sentinel ask before they start. REDIS_COUNT, SENTINEL_COUNT, MASTER_NAME and NAMESPACE come from the
# pod's environment, the password as REDISCLI_AUTH.

redis_host() { echo "redis-$1.redis.$NAMESPACE.svc"; }

# Prints the master that a Sentinel knows; fails when none answers.
master_of_sentinels() {
  n=0
  while [ "$n" -lt "$SENTINEL_COUNT" ]; do
    answer=$(REDISCLI_AUTH= timeout 2 redis-cli -h "redis-sentinel-$n.redis-sentinel.$NAMESPACE.svc" -p 26379 --raw \
      sentinel get-master-addr-by-name "$MASTER_NAME" 2>/dev/null | tr '\n' ' ') || answer=
    case "$answer" in
      *.svc\ *) echo "${answer%% *}"; return 0 ;;
    esac
    n=$((n + 1))
  done
  return 1
}

# Prints a Redis that says it is a master and has replicas; fails when there is none.
master_of_redis() {
  n=0
  while [ "$n" -lt "$REDIS_COUNT" ]; do
    answer=$(timeout 2 redis-cli -h "$(redis_host "$n")" info replication 2>/dev/null | tr -d '\r' | tr '\n' ' ') || answer=
    case "$answer" in
      *role:master*connected_slaves:[1-9]*) redis_host "$n"; return 0 ;;
    esac
    n=$((n + 1))
  done
  return 1
}
