"""A TCP relay that adds distance: each direction is delayed and pipelined, and so is the handshake.

A connection through it costs what it would over a link with a round trip of twice the delay: one round trip
before the first byte, then the delay each way. Bandwidth is not limited.
"""

import asyncio
import contextlib


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """Passes bytes on `delay` seconds after they came; reading does not wait for writing, up to a bounded
    backlog.
    """
    clock = asyncio.get_running_loop().time
    queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=1024)

    async def deliver() -> None:
        while True:
            due, data = await queue.get()
            wait = due - clock()
            if wait > 0:
                await asyncio.sleep(wait)
            if not data:
                with contextlib.suppress(OSError, RuntimeError):
                    writer.write_eof()
                return
            writer.write(data)
            await writer.drain()

    delivery = asyncio.create_task(deliver())
    data = b"-"
    while data:
        try:
            data = await reader.read(65536)
        except OSError:
            data = b""
        if delivery.done():
            break
        await queue.put((clock() + delay, data))
    with contextlib.suppress(OSError):
        await delivery


async def _serve(listen: tuple[str, int], target: tuple[str, int], delay: float) -> None:
    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far: asyncio.StreamWriter | None = None
        try:
            await asyncio.sleep(2 * delay)  # SYN and its answer
            far_reader, far = await asyncio.open_connection(*target)
            await asyncio.gather(_pump(reader, far, delay), _pump(far_reader, writer, delay))
        except OSError:
            pass  # the target refused or reset: the client sees its own connection close
        finally:
            for side in (writer, far):
                if side is not None:
                    side.close()

    server = await asyncio.start_server(connection, *listen)
    host, port = server.sockets[0].getsockname()[:2]
    print(f"relay {host}:{port} -> {target[0]}:{target[1]}, {delay * 1000:g} ms each way", flush=True)
    async with server:
        await server.serve_forever()


def address(text: str) -> tuple[str, int]:
    host, separator, port = text.rpartition(":")
    if not separator or not port.isdigit():
        raise ValueError(f"'{text}' is not HOST:PORT")
    return host or "127.0.0.1", int(port)


def run(listen: str, target: str, delay_ms: float) -> None:
    """Serves until it is ended."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(address(listen), address(target), delay_ms / 1000))
