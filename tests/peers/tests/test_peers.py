"""The lab does what its README says: each peer is the real thing and answers."""

import json
import socket
import subprocess
import time
import uuid
from pathlib import Path

from lab import clickhouse, images, kafka_wire, postgres, redis
from lab.settings import NODE_IP, REGISTRY

PEERS_TOOL = Path(__file__).resolve().parent.parent / "peers"
BUSYBOX = images.reference("busybox")


def eventually(condition, timeout=60.0):
    """The first true value of `condition`, polled; the last value when time is up."""
    deadline = time.monotonic() + timeout
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return value


def run_pod(kubectl, ns, *command, image=BUSYBOX):
    """The log of a pod that runs `command` to its end."""
    name = f"run-{uuid.uuid4().hex[:6]}"
    kubectl("run", name, "-n", ns, f"--image={image}", "--restart=Never", "--command", "--", *command)

    def ended():
        phase = kubectl("get", "pod", name, "-n", ns, "-o", "jsonpath={.status.phase}").stdout
        return phase if phase in ("Succeeded", "Failed") else None

    phase = eventually(ended, 120)
    log = kubectl("logs", name, "-n", ns, check=False).stdout
    assert phase == "Succeeded", log
    return log


def test_the_server_is_the_version_that_clients_parse(kubectl):
    version = json.loads(kubectl("version", "-o", "json").stdout)["serverVersion"]
    assert (version["gitVersion"], version["major"], version["minor"]) == ("v1.34.4", "1", "34")


def test_a_service_answers_by_its_name(kubectl, ns):
    kubectl(
        "create",
        "deployment",
        "web",
        "-n",
        ns,
        f"--image={BUSYBOX}",
        "--replicas=2",
        "--",
        "sh",
        "-c",
        "hostname > /tmp/index.html; exec httpd -f -p 8080 -h /tmp",
    )
    kubectl("expose", "deployment", "web", "-n", ns, "--port=80", "--target-port=8080")
    kubectl("rollout", "status", "deployment/web", "-n", ns, "--timeout=120s")
    answer = run_pod(
        kubectl,
        ns,
        "sh",
        "-c",
        f"until timeout 2 wget -q -O - http://web.{ns}.svc.cluster.local/; do sleep 0.2; done",
    )
    assert answer.startswith("web-")


def test_exec_and_logs_reach_a_pod(kubectl, ns):
    kubectl(
        "run",
        "here",
        "-n",
        ns,
        f"--image={BUSYBOX}",
        "--restart=Never",
        "--command",
        "--",
        "sh",
        "-c",
        "echo started; exec sleep 600",
    )
    kubectl("wait", "pod/here", "-n", ns, "--for=condition=Ready", "--timeout=120s")
    assert kubectl("exec", "here", "-n", ns, "--", "echo", "inside").stdout == "inside\n"
    assert kubectl("logs", "here", "-n", ns).stdout == "started\n"


def test_usage_of_the_node_and_of_pods_is_measured(kubectl):
    def measured():
        return kubectl("top", "pods", "-A", check=False).stdout.count("coredns")

    assert eventually(measured, 60)
    assert "node0" in kubectl("top", "nodes").stdout


def test_an_image_that_a_test_pushes_is_pulled_by_the_node(peers, kubectl, ns):
    image = images.busybox()
    image.add("etc/greeting", f"from {ns}\n".encode())
    image.push(ns, "1")
    assert run_pod(kubectl, ns, "cat", "/etc/greeting", image=f"{REGISTRY}/{ns}:1") == f"from {ns}\n"


def test_the_same_files_give_the_same_image_digest(peers):
    assert images.busybox().blobs()[0] == images.busybox().blobs()[0]


def test_redis_and_pgbouncer_images_start_as_nobody(kubectl, ns):
    assert "v=7." in run_pod(kubectl, ns, "redis-server", "--version", image=images.reference("redis"))
    assert "PgBouncer 1." in run_pod(
        kubectl, ns, "pgbouncer", "--version", image=images.reference("pgbouncer")
    )
    assert run_pod(kubectl, ns, "id", "-u", image=images.reference("redis")) == "65532\n"


def test_a_pod_reaches_the_stores_of_the_lab(kubectl, ns):
    script = " && ".join(f"nc -w 3 {NODE_IP} {port} -e /bin/true" for port in (9092, 8123, 5432, 6379, 5000))
    assert run_pod(kubectl, ns, "sh", "-c", f"{script} && echo all") == "all\n"


def test_kafka_returns_what_was_produced_and_refuses_an_unknown_topic(peers):
    topic = f"t-{uuid.uuid4().hex[:8]}"
    with kafka_wire.Connection(NODE_IP, 9092) as broker:
        try:
            broker.produce(topic, 0, [(b"k", b"v")])
        except kafka_wire.KafkaError as error:
            assert "error 3" in str(error)  # UNKNOWN_TOPIC_OR_PARTITION: topics are not made by themselves
        else:
            raise AssertionError("a topic was made by itself")
        broker.create_topic(topic, partitions=2)
        assert eventually(lambda: produced(broker, topic))
        assert broker.fetch(topic, 1) == [(b"a", b"1"), (b"b", b"2" * 1000)]
        assert broker.end_offset(topic, 1) == 2
        assert broker.end_offset(topic, 0) == 0


def produced(broker, topic):
    """Retries while the new topic has no leader yet."""
    try:
        return broker.produce(topic, 1, [(b"a", b"1"), (b"b", b"2" * 1000)]) == 0
    except kafka_wire.KafkaError:
        return False


def test_clickhouse_takes_a_repeated_insert_once(peers):
    table = f"dpctl.t_{uuid.uuid4().hex[:8]}"
    clickhouse.query(
        peers.state,
        f"CREATE TABLE {table} (x UInt64) ENGINE = MergeTree ORDER BY x "
        "SETTINGS non_replicated_deduplication_window = 100",
    )
    for token in ("one", "one", "two"):
        clickhouse.query(
            peers.state, f"INSERT INTO {table} FORMAT TSV", b"7\n8\n", insert_deduplication_token=token
        )
    assert clickhouse.query(peers.state, f"SELECT count() FROM {table}") == "4\n"
    clickhouse.query(peers.state, f"DROP TABLE {table}")


def test_clickhouse_refuses_a_wrong_password(peers):
    done = peers.run(
        "curl",
        "-s",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code}",
        "-u",
        "dpctl:wrong",
        f"{peers.endpoints['DPCTL_PEERS_CLICKHOUSE']}/?query=SELECT+1",
        check=True,
    )
    assert done.stdout in ("403", "401", "516")


def test_postgres_takes_only_its_password(peers):
    assert (
        postgres.psql(
            peers.state, "SELECT current_user || ' ' || count(*) FROM pg_database WHERE datname = 'dpctl'"
        )
        == "dpctl 1\n"
    )
    wrong = peers.run(
        "psql", "-X", "-h", NODE_IP, "-U", "dpctl", "-c", "SELECT 1", env={"PGPASSWORD": "wrong"}
    )
    assert wrong.returncode != 0 and "password authentication failed" in wrong.stderr


def test_redis_keeps_a_value(peers):
    key = f"t-{uuid.uuid4().hex}"
    assert redis.call(peers.state, "SET", key, "v", "EX", "60") == b"+OK\r\n"
    assert redis.call(peers.state, "GET", key) == b"$1\r\nv\r\n"


def test_the_audit_log_tells_a_users_writes_from_its_reads_and_dry_runs(peers, kubectl, ns):
    mark = peers.audit_mark()
    kubectl("create", "configmap", "c", "-n", ns, "--from-literal=a=1")
    kubectl("get", "configmap", "c", "-n", ns)
    kubectl("create", "configmap", "d", "-n", ns, "--dry-run=server")
    writes = [
        (event["verb"], event["objectRef"]["name"])
        for event in peers.writes(mark)
        if event["objectRef"]["namespace"] == ns
    ]
    assert writes == [("create", "c")]


def test_the_lab_has_no_way_out(peers):
    assert (
        peers.run("ip", "-o", "link", "show", "type", "veth").stdout.count("link-netnsid") >= 1
    )  # pods only
    try:
        socket.create_connection(("192.0.2.1", 80), timeout=1).close()
    except OSError:
        return
    raise AssertionError("an address outside the lab was reached")


def test_up_again_changes_nothing_and_is_quick(peers):
    before = json.loads(peers.tool("status", "-o", "json").stdout)["peers"]
    began = time.monotonic()
    peers.tool("up")
    assert time.monotonic() - began < 30
    after = json.loads(peers.tool("status", "-o", "json").stdout)["peers"]
    assert [peer["processes"] for peer in before] == [peer["processes"] for peer in after]
    assert {peer["state"] for peer in after} == {"running"}


def test_the_relay_delays_the_handshake_and_each_direction(peers):
    relay = subprocess.Popen(
        [PEERS_TOOL, "relay", "--delay-ms", "50", "127.0.0.1:17379", f"{NODE_IP}:6379"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert relay.stdout.readline().startswith("relay 127.0.0.1:17379")
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", 17379), timeout=5) as connection:
            took = [round_trip(connection, began), round_trip(connection, time.monotonic())]
    finally:
        relay.terminate()
        relay.wait()
    assert took[0] >= 0.2  # handshake and one round trip
    assert took[1] >= 0.1  # one round trip


def round_trip(connection, began):
    connection.sendall(b"PING\r\n")
    assert connection.recv(64)
    return time.monotonic() - began
