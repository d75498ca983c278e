"""Just enough of Kafka's protocol to create a topic, produce and read back, so that the lab's checks need no
client library.

Versions are the newest ones before the compact ("flexible") encodings, which Kafka 4 still serves.
"""

import socket
import struct

_PRODUCE, _FETCH, _OFFSETS, _CREATE = (0, 8), (1, 11), (2, 5), (19, 4)
_DELETE = (20, 1)
_TOPIC_EXISTS = 36
_NO_SUCH_TOPIC = 3


class KafkaError(OSError):
    """The broker answered with an error code, or not as it should."""


def _castagnoli() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ 0x82F63B78 if byte & 1 else byte >> 1
        table.append(byte)
    return table


_TABLE = _castagnoli()


def crc32c(data: bytes) -> int:
    value = 0xFFFFFFFF
    for byte in data:
        value = _TABLE[(value ^ byte) & 0xFF] ^ (value >> 8)
    return value ^ 0xFFFFFFFF


def _varint(value: int) -> bytes:
    value = (value << 1) ^ (value >> 63)
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _text(value: str) -> bytes:
    data = value.encode()
    return struct.pack(">h", len(data)) + data


def batch(records: list[tuple[bytes, bytes]]) -> bytes:
    """A record batch, magic 2, uncompressed, without producer id."""
    body = b""
    for index, (key, value) in enumerate(records):
        record = (
            b"\0"
            + _varint(0)
            + _varint(index)
            + _varint(len(key))
            + key
            + _varint(len(value))
            + value
            + _varint(0)
        )
        body += _varint(len(record)) + record
    checked = struct.pack(">hiqqqhii", 0, len(records) - 1, 0, 0, -1, -1, -1, len(records)) + body
    return struct.pack(">qiibI", 0, len(checked) + 9, -1, 2, crc32c(checked)) + checked


class _Reader:
    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def take(self, form: str):
        values = struct.unpack_from(">" + form, self.data, self.at)
        self.at += struct.calcsize(">" + form)
        return values[0] if len(values) == 1 else values

    def bytes(self, count: int) -> bytes:
        piece = self.data[self.at : self.at + count]
        if len(piece) != count:
            raise KafkaError(f"the broker's answer ends {count - len(piece)} bytes early")
        self.at += count
        return piece

    def text(self) -> str:
        length = self.take("h")
        return "" if length < 0 else self.bytes(length).decode()

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.take("B")
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return (value >> 1) ^ -(value & 1)
            shift += 7


def _records(data: bytes) -> list[tuple[bytes, bytes]]:
    found = []
    reader = _Reader(data)
    while reader.at + 61 <= len(data):
        _, length = reader.take("qi")
        end = reader.at + length
        if end > len(data):
            break  # the last batch of an answer may be cut off
        _, _, _, attributes = reader.take("ibIh")
        reader.at += 34  # offset delta, times, producer, sequence
        count = reader.take("i")
        if attributes & 0x27:
            raise KafkaError("a compressed or control batch; this small client reads plain ones only")
        for _ in range(count):
            reader.varint(), reader.take("b"), reader.varint(), reader.varint()
            pair = []
            for _ in range(2):
                size = reader.varint()
                pair.append(reader.bytes(size) if size >= 0 else b"")
            for _ in range(reader.varint()):
                reader.bytes(reader.varint())
                reader.bytes(max(0, reader.varint()))
            found.append((pair[0], pair[1]))
        reader.at = end
    return found


class Connection:
    def __init__(self, host: str, port: int, timeout: float = 10.0):
        self._socket = socket.create_connection((host, port), timeout)
        self._number = 0

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _call(self, api: tuple[int, int], body: bytes) -> _Reader:
        self._number += 1
        message = struct.pack(">hhi", *api, self._number) + _text("lab") + body
        self._socket.sendall(struct.pack(">i", len(message)) + message)
        length = struct.unpack(">i", self._exactly(4))[0]
        reader = _Reader(self._exactly(length))
        if reader.take("i") != self._number:
            raise KafkaError("the broker answered another request")
        return reader

    def _exactly(self, count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            piece = self._socket.recv(count - len(data))
            if not piece:
                raise KafkaError("the broker closed the connection")
            data += piece
        return bytes(data)

    def create_topic(self, topic: str, partitions: int = 1, configs: dict[str, str] | None = None) -> None:
        """Creates a topic; one that exists already is fine."""
        body = struct.pack(">i", 1) + _text(topic) + struct.pack(">ihi", partitions, 1, 0)
        body += struct.pack(">i", len(configs or {}))
        for name, value in (configs or {}).items():
            body += _text(name) + _text(value)
        reader = self._call(_CREATE, body + struct.pack(">ib", 10000, 0))
        reader.take("ii")
        reader.text()
        code = reader.take("h")
        if code not in (0, _TOPIC_EXISTS):
            raise KafkaError(f"cannot create topic {topic}: error {code} {reader.text()}")

    def delete_topics(self, topics: list[str]) -> None:
        """Deletes topics with all records and committed offsets; one that does not exist is fine."""
        body = struct.pack(">i", len(topics)) + b"".join(_text(topic) for topic in topics)
        reader = self._call(_DELETE, body + struct.pack(">i", 10000))
        _, count = reader.take("ii")
        for _ in range(count):
            topic, code = reader.text(), reader.take("h")
            if code not in (0, _NO_SUCH_TOPIC):
                raise KafkaError(f"cannot delete topic {topic}: error {code}")

    def produce(self, topic: str, partition: int, records: list[tuple[bytes, bytes]]) -> int:
        """Returns the offset of the first record once all in-sync replicas have it."""
        data = batch(records)
        body = (
            struct.pack(">hhii", -1, -1, 10000, 1)
            + _text(topic)
            + struct.pack(">iii", 1, partition, len(data))
            + data
        )
        reader = self._call(_PRODUCE, body)
        reader.take("i")
        reader.text()
        _, _, code, offset = reader.take("iihq")
        if code:
            raise KafkaError(f"cannot produce to {topic}/{partition}: error {code}")
        return offset

    def end_offset(self, topic: str, partition: int) -> int:
        body = struct.pack(">ibi", -1, 0, 1) + _text(topic) + struct.pack(">iiiq", 1, partition, -1, -1)
        reader = self._call(_OFFSETS, body)
        reader.take("ii")
        reader.text()
        _, _, code, _, offset, _ = reader.take("iihqqi")
        if code:
            raise KafkaError(f"cannot read offsets of {topic}/{partition}: error {code}")
        return offset

    def fetch(self, topic: str, partition: int, offset: int = 0) -> list[tuple[bytes, bytes]]:
        """(key, value) of the records from `offset` on, at most 1 MiB of them."""
        body = struct.pack(">iiiibii", -1, 500, 1, 1 << 20, 0, 0, -1) + struct.pack(">i", 1) + _text(topic)
        body += (
            struct.pack(">iiiqqi", 1, partition, -1, offset, -1, 1 << 20) + struct.pack(">i", 0) + _text("")
        )
        reader = self._call(_FETCH, body)
        _, code, _, topics = reader.take("ihii")
        if code or topics != 1:
            raise KafkaError(f"cannot fetch from {topic}: error {code}")
        reader.text()
        _, _, code, _, _, _ = reader.take("iihqqq")
        if code:
            raise KafkaError(f"cannot fetch from {topic}/{partition}: error {code}")
        for _ in range(max(0, reader.take("i"))):
            reader.take("qq")
        reader.take("i")
        return _records(reader.bytes(max(0, reader.take("i"))))
