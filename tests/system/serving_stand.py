"""Stores of their own and the services that serve: what test_serving.py and test_enrichment.py stand on. No Kafka: what a service reads
from topics is the matter of test_services_end_to_end.py; here its stores are filled by hand."""
import base64
import json
import os
import re
import socket
import struct
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

from services_lab import ROOT, Lab, Service, wait_until

sys.path.insert(0, str(ROOT / "tests" / "peers"))
from lab import netns, settings  # noqa: E402

STATE = "/var/tmp/dpctl-serving-lab"
PEPPER, ADMIN = "test-pepper", "bootstrap-key-of-the-tests"


class Answer:
    def __init__(self, status: int, headers: dict, body: str):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


class Stand:
    """ClickHouse, PostgreSQL and Redis, with migrated databases of fresh names."""

    def __init__(self):
        self.lab = Lab(STATE, ("clickhouse", "postgres", "redis"))
        # A thread of its own is inside the network namespace; sockets that are made in it stay there.
        self.inside = ThreadPoolExecutor(1, initializer=lambda: netns.enter(settings.State(STATE)))
        self.database = "serving_" + uuid.uuid4().hex[:8]
        self.lab.psql(f"CREATE DATABASE {self.database}")
        self.lab.migrate("postgres", "apply", database=self.database)
        for file in sorted((ROOT / "migrations" / "clickhouse").glob("*.sql")):
            sql = re.sub(r"^--.*$", "", file.read_text().replace("data_processing", self.database), flags=re.M)
            for statement in filter(str.strip, re.split(r";\s*\n", sql)):
                self.lab.clickhouse(statement.strip().rstrip(";"))
        self.services = []

    def down(self):
        for service in self.services:
            if service.process.poll() is None:
                service.end()
        self.inside.shutdown()
        self.lab.down()

    def psql(self, sql: str) -> str:
        return self.lab.psql(sql, self.database)

    def start(self, name: str, port: int, folder: Path, **more: str) -> Service:
        service = Service(self.lab, name, port, folder, {
            "DATA_PROC_KAFKA_BOOTSTRAP": "127.0.0.1:1", "DATA_PROC_DELIVERY": "at-least-once",
            "DATA_PROC_CLICKHOUSE_DATABASE": self.database,
            "DATA_PROC_POSTGRES_DSN": self.lab.dsn(self.database), "DATA_PROC_API_KEY_PEPPER": PEPPER,
            "DATA_PROC_API_BOOTSTRAP_KEY": ADMIN, "DATA_PROC_TENANT_ID": "acme", "DATA_PROC_API_RATE_LIMIT_PER_MINUTE": "1000000",
            "DATA_PROC_POSTGRES_POOL_MIN": "1", "DATA_PROC_REDIS_POOL_MIN": "1", "DATA_PROC_CLICKHOUSE_POOL_MIN": "1", **more})
        service.start()
        self.services.append(service)
        wait_until(lambda: self.call(service, "GET", "/status").json["status"] == "running", 30, f"{name} runs")
        return service

    def call(self, service: Service, method: str, path: str, key: str = "", body=None, headers=None) -> Answer:
        """One request; a connection that is refused is a ValueError, so that it can be waited for."""
        sent = {"X-API-Key": key} if key else {}
        sent.update(headers or {})

        def ask():
            connection = HTTPConnection("127.0.0.1", service.port, timeout=20)
            try:
                connection.request(method, path, None if body is None else json.dumps(body), sent)
                answer = connection.getresponse()
                return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode())
            except OSError as error:
                raise ValueError(str(error)) from error
            finally:
                connection.close()
        return self.inside.submit(ask).result()

    def crowd(self, service: Service, path: str, key: str, count: int) -> list:
        """The bodies of that many requests, all sent before the first answer is read."""
        def ask():
            connections = [HTTPConnection("127.0.0.1", service.port, timeout=20) for _ in range(count)]
            for connection in connections:
                connection.connect()
            for connection in connections:
                connection.request("GET", path, None, {"X-API-Key": key})
            return [connection.getresponse().read().decode() for connection in connections]
        return self.inside.submit(ask).result()

    def new_key(self, service: Service, permissions: list, tenant: str = "", **more) -> dict:
        """A key made through the API for the bootstrap key's tenant, then moved to another one in the table."""
        made = self.call(service, "POST", "/api/keys", ADMIN, {"name": "test", "permissions": permissions, **more})
        assert made.status == 201, made.body
        if tenant:
            self.psql(f"UPDATE api_keys SET tenant_id = '{tenant}' WHERE key_id = '{made.json['key_id']}'")
        return made.json

    def price(self, tenant: str, instrument: str, price: str, seconds: int = 0):
        """A row of served_latest, `seconds` after a fixed time."""
        self.lab.clickhouse(
            f"INSERT INTO {self.database}.served_latest (tenant_id, instrument_id, market, product, currency, unit, price, event_time, "
            f"interval_start, interval, interval_rank, revision, quality, snapshot_at) VALUES ('{tenant}', '{instrument}', 'NYISO', 'RT5M', "
            f"'USD', 'MWh', {price}, toDateTime64({1767225600 + seconds}, 6), toDateTime64(1767225600, 6), '5m', 2, 0, 0, now64(6))")

    def publish(self, tenant: str, instrument: str, price: float, seconds: int):
        """What another replica does with a bar: the value in Redis, and the word of it."""
        key = f"served:latest_price:{tenant}:{instrument}"
        body = json.dumps({"type": "latest_price", "tenant_id": tenant, "instrument_id": instrument, "price": price}, separators=(",", ":"))
        stored = f"{(1767225600 + seconds) * 1000000} 2 0\n{body}"
        self.lab.redis("SET", key, stored)
        self.lab.redis("PUBLISH", "served:updates", f"{key}\n{stored}")

    def websocket(self, service: Service, path: str, key: str = "", room: int = 1 << 20) -> "WebSocket":
        return self.inside.submit(lambda: WebSocket(service.port, path, key, room)).result()


class WebSocket:
    """A client of RFC 6455 in the fewest lines, independent of the server's code."""

    def __init__(self, port: int, path: str, key: str, room: int):
        """`room`: bytes that the kernel takes before anything is read; a small one also makes reading slow."""
        self.socket = socket.socket()
        self.socket.settimeout(10)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        self.socket.connect(("127.0.0.1", port))
        nonce = base64.b64encode(os.urandom(16)).decode()
        secret = f"X-API-Key: {key}\r\n" if key else ""
        self.socket.sendall((f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                             f"Sec-WebSocket-Key: {nonce}\r\n{secret}\r\n").encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            piece = self.socket.recv(4096)
            if not piece:
                break
            self.buffer += piece
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        self.status = int(head.split(b" ")[1])

    def send(self, message: dict):
        self._frame(0x81, json.dumps(message).encode())

    def _frame(self, first: int, data: bytes):
        mask = os.urandom(4)
        size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack(">H", len(data))
        self.socket.sendall(bytes([first]) + size + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))

    def _take(self, count: int) -> bytes:
        while len(self.buffer) < count:
            piece = self.socket.recv(65536)
            if not piece:
                raise ConnectionError("the server has gone")
            self.buffer += piece
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def receive(self, timeout: float = 10):
        """The next text as JSON, or ("close", code, reason)."""
        self.socket.settimeout(timeout)
        while True:
            first, second = self._take(2)
            size = second & 0x7f
            if size == 126:
                size, = struct.unpack(">H", self._take(2))
            elif size == 127:
                size, = struct.unpack(">Q", self._take(8))
            data = self._take(size)
            if first & 0x0f == 8:
                return ("close", struct.unpack(">H", data[:2])[0], data[2:].decode())
            if first & 0x0f == 9:
                self._frame(0x8a, data)
            if first & 0x0f == 1:
                return json.loads(data)

    def silent(self, seconds: float) -> bool:
        try:
            self.receive(seconds)
        except TimeoutError:
            return True
        return False
