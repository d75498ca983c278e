"""What a consumer group has committed: lists it, or commits otherwise, as kafka-consumer-groups does and as no tool would. To be run inside
the lab's namespace.

    group_offsets.py HOST:PORT GROUP                    the entries as JSON: [[topic, partition, offset, metadata], …]
    group_offsets.py HOST:PORT GROUP < entries.json     commits them; the group must have no members

In Kafka's own protocol: OffsetFetch and OffsetCommit, version 2; one broker.
"""
import json
import socket
import struct
import sys

OFFSET_COMMIT, OFFSET_FETCH = 8, 9


def text(value: str) -> bytes:
    return struct.pack(">h", len(value.encode())) + value.encode()


class Answer:
    def __init__(self, body: bytes):
        self.body, self.at = body, 0

    def number(self, form: str) -> int:
        value, = struct.unpack_from(">" + form, self.body, self.at)
        self.at += struct.calcsize(">" + form)
        return value

    def text(self) -> str:
        size = max(0, self.number("h"))
        self.at += size
        return self.body[self.at - size:self.at].decode()


def ask(address: str, kind: int, body: bytes) -> Answer:
    host, port = address.rsplit(":", 1)
    request = struct.pack(">hhi", kind, 2, 1) + text("group-offsets") + body
    with socket.create_connection((host, int(port)), timeout=10) as connection, connection.makefile("rb") as answers:
        connection.sendall(struct.pack(">i", len(request)) + request)
        size, _ = struct.unpack(">ii", answers.read(8))
        return Answer(answers.read(size - 4))


def entries(address: str, group: str) -> list:
    answer = ask(address, OFFSET_FETCH, text(group) + struct.pack(">i", -1))
    found = []
    for _ in range(answer.number("i")):
        topic = answer.text()
        for _ in range(answer.number("i")):
            entry = [topic, answer.number("i"), answer.number("q"), answer.text()]
            assert answer.number("h") == 0
            found.append(entry)
    assert answer.number("h") == 0
    return found


def commit(address: str, group: str, wanted: list):
    # Of no member and no generation; kept as long as the broker keeps offsets.
    body = text(group) + struct.pack(">i", -1) + text("") + struct.pack(">q", -1) + struct.pack(">i", len(wanted))
    for topic, partition, offset, metadata in wanted:
        body += text(topic) + struct.pack(">iiq", 1, partition, offset) + text(metadata)
    answer = ask(address, OFFSET_COMMIT, body)
    for _ in range(answer.number("i")):
        answer.text()
        for _ in range(answer.number("i")):
            partition, error = answer.number("i"), answer.number("h")
            assert error == 0, f"partition {partition}: error {error}"


if __name__ == "__main__":
    given = sys.stdin.read()
    if given.strip():
        commit(sys.argv[1], sys.argv[2], json.loads(given))
    else:
        print(json.dumps(entries(sys.argv[1], sys.argv[2])))
