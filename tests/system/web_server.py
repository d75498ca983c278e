"""A web server of a test's own."""

import http.server
import threading


class Server:
    """A web server on loopback whose pages a test writes: bytes, or a function of the request handler."""

    def __init__(self):
        self.pages, self.seen = {}, []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(handler):  # noqa: N802, N805
                self.seen.append((handler.path, handler.headers.get("Authorization")))
                page = self.pages.get(handler.path.split("?")[0])
                if callable(page):
                    return page(handler)
                handler.send_response(200 if page is not None else 404)
                handler.send_header("Content-Length", str(len(page or b"")))
                handler.end_headers()
                handler.wfile.write(page or b"")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
