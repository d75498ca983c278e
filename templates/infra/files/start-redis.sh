# Writes redis.conf and becomes redis-server: as a replica of the master that the Sentinels name, or as the first master.
set -eu
. /scripts/lib.sh
me="$POD_NAME.redis.$NAMESPACE.svc"

master=$(master_of_sentinels || master_of_redis || redis_host 0)

# The Sentinels still take us for the master, but our data is gone: starting now would empty the replicas. They notice within
# seconds; when they do not, nobody has the data.
patience=30
while [ "$master" = "$me" ] && [ ! -e /data/appendonlydir ] && master_of_sentinels >/dev/null && [ "$patience" -gt 0 ]; do
  echo "waiting for the Sentinels to choose another master"
  sleep 1
  patience=$((patience - 1))
  master=$(master_of_sentinels || echo "$me")
done

{
  echo "port 6379"
  echo "dir /data"
  echo "protected-mode no"
  echo "appendonly yes"
  echo "appendfsync everysec"
  echo "save \"\""
  echo "maxmemory $MAX_MEMORY"
  echo "maxmemory-policy $MAX_MEMORY_POLICY"
  echo "replica-announce-ip $me"
  if [ -n "${REDISCLI_AUTH:-}" ]; then
    echo "requirepass \"$REDISCLI_AUTH\""
    echo "masterauth \"$REDISCLI_AUTH\""
  fi
  if [ "$master" != "$me" ]; then echo "replicaof $master 6379"; fi
} >/run/redis/redis.conf
chmod 600 /run/redis/redis.conf
echo "starting with the master $master"
exec redis-server /run/redis/redis.conf
