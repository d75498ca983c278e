"""ClickHouse's engine behind HTTP and its native protocol, from the npm package chdb."""

import hashlib
import urllib.parse
import urllib.request

from . import builds, process
from .settings import CLICKHOUSE, NODE_IP, USER, State, write

# The engine serves while its command line runs a query; this one never ends.
_FOREVER = (
    "SELECT sleepEachRow(3) FROM system.numbers FORMAT Null SETTINGS max_block_size=1, max_threads=1, "
    "function_sleep_max_microseconds_per_block=100000000"
)


def up(state: State) -> None:
    programs = builds.output("clickhouse")
    folder = state.make("clickhouse")
    password = hashlib.sha256(state.password("clickhouse").encode()).hexdigest()
    users = write(
        folder / "users.xml",
        f"""<clickhouse>
  <profiles><default/></profiles>
  <quotas><default/></quotas>
  <users>
    <default>
      <password/><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>
    </default>
    <{USER}>
      <password_sha256_hex>{password}</password_sha256_hex><networks><ip>::/0</ip></networks>
      <profile>default</profile><quota>default</quota>
    </{USER}>
  </users>
</clickhouse>
""",
        mode=0o600,
    )
    configuration = write(
        folder / "config.xml",
        f"""<clickhouse>
  <users_config>{users}</users_config>
  <listen_host>{NODE_IP}</listen_host>
  <http_port>8123</http_port>
  <tcp_port>9000</tcp_port>
  <logger><level>warning</level><console>1</console></logger>
</clickhouse>
""",
    )
    process.start(
        state,
        "clickhouse",
        [
            str(programs / "clickhouse"),
            str(programs / "libchdb.so"),
            f"--config-file={configuration}",
            f"--path={folder / 'data'}",
            f"--listen_host={NODE_IP}",
            "--http_port=8123",
            "--tcp_port=9000",
            "--query",
            f"SYSTEM START LISTEN HTTP; SYSTEM START LISTEN TCP; {_FOREVER}",
        ],
        cwd=folder,
    )
    process.wait_ready(state, "clickhouse", lambda: query(state, "SELECT 1").strip() == "1")
    query(state, f"CREATE DATABASE IF NOT EXISTS {USER} ENGINE = Atomic")


def query(state: State, sql: str, body: bytes = b"", **settings: str) -> str:
    """Runs one statement as the named user; an HTTP error is an OSError."""
    url = f"{CLICKHOUSE}/?" + urllib.parse.urlencode({"query": sql, **settings})
    request = urllib.request.Request(url, data=body, method="POST")
    request.add_header("X-ClickHouse-User", USER)
    request.add_header("X-ClickHouse-Key", state.password("clickhouse"))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as answer:
        return answer.read().decode()


def stop(state: State) -> None:
    process.stop(state, ["clickhouse"], patience=3.0)
