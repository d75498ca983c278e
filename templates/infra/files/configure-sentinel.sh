# Writes sentinel.conf, once in the life of a pod: Sentinel rewrites the file with what it learns, so it lies on a writable volume.
set -eu
. /scripts/lib.sh
[ ! -e /data/sentinel.conf ] || exit 0

# Sentinel refuses a master whose name it cannot resolve, so wait for one that answers.
until master=$(master_of_sentinels || master_of_redis || redis_host 0) &&
  timeout 2 redis-cli -h "$master" ping 2>/dev/null | grep -q PONG; do
  echo "waiting for the master $master"
  sleep 1
done

{
  echo "port 26379"
  echo "dir /data"
  echo "protected-mode no"
  echo "sentinel resolve-hostnames yes"
  echo "sentinel announce-hostnames yes"
  echo "sentinel announce-ip $POD_NAME.redis-sentinel.$NAMESPACE.svc"
  echo "sentinel monitor $MASTER_NAME $master 6379 $QUORUM"
  echo "sentinel down-after-milliseconds $MASTER_NAME $DOWN_AFTER_MS"
  echo "sentinel failover-timeout $MASTER_NAME $FAILOVER_TIMEOUT_MS"
  echo "sentinel parallel-syncs $MASTER_NAME 1"
  if [ -n "${REDISCLI_AUTH:-}" ]; then echo "sentinel auth-pass $MASTER_NAME \"$REDISCLI_AUTH\""; fi
} >/data/sentinel.conf
chmod 600 /data/sentinel.conf
