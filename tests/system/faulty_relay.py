"""A TCP relay in front of a store that fails on command: run inside the lab as `faulty_relay.py LISTEN_PORT HOST PORT CONTROL_FILE`.

The control file holds `MODE COUNT`; the next COUNT connections that carry an INSERT are treated so:
  drop_answer  the request passes whole and is applied; its answer is thrown away and the connection cut
  cut_body     the request is cut in the middle of its body
Everything else passes. The count left is written back.
"""
import os
import socket
import sys
import threading

LISTEN, HOST, PORT, CONTROL = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
LOCK = threading.Lock()


def take_fault() -> str:
    with LOCK:
        try:
            mode, count = open(CONTROL).read().split()
        except (OSError, ValueError):
            return ""
        if int(count) <= 0:
            return ""
        with open(CONTROL + ".new", "w") as file:
            file.write(f"{mode} {int(count) - 1}")
        os.replace(CONTROL + ".new", CONTROL)
        return mode


def read_request(near: socket.socket, pending: bytes):
    """(head, body so far, length of the body), or None at the end."""
    while b"\r\n\r\n" not in pending:
        data = near.recv(65536)
        if not data:
            return None
        pending += data
    head, _, rest = pending.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return head + b"\r\n\r\n", rest, length


def pump_back(far: socket.socket, near: socket.socket, mute: threading.Event, answered: threading.Event):
    try:
        while data := far.recv(65536):
            answered.set()
            if mute.is_set():
                break
            near.sendall(data)
    except OSError:
        pass
    answered.set()
    for end in (near, far):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(near: socket.socket):
    far = socket.create_connection((HOST, PORT))
    mute, answered = threading.Event(), threading.Event()
    threading.Thread(target=pump_back, args=(far, near, mute, answered), daemon=True).start()
    pending = b""
    try:
        while True:
            request = read_request(near, pending)
            if request is None:
                break
            head, body, length = request
            fault = take_fault() if b"INSERT" in head.split(b"\r\n")[0] else ""
            if fault == "drop_answer":
                mute.set()
            answered.clear()
            if fault == "cut_body":
                far.sendall(head + body[: min(len(body), length // 2)])
                break
            far.sendall(head + body)
            left = length - len(body)
            while left > 0:
                data = near.recv(65536)
                if not data:
                    return
                far.sendall(data)
                left -= len(data)
            pending = b""
            if fault == "drop_answer":
                answered.wait(30)  # applied: the server has answered, and nobody hears it
                break
    except OSError:
        pass
    finally:
        near.close()
        far.close()


server = socket.create_server(("127.0.0.1", LISTEN), backlog=64)
while True:
    client, _ = server.accept()
    threading.Thread(target=serve, args=(client,), daemon=True).start()
