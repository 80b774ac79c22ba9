"""Hands the local network's certificate authority to phones, over plain HTTP because they cannot trust HTTPS yet; serves nothing else."""

import html
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PAGE = """<!doctype html><html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>NBIOC</title><body style="font:18px/1.6 sans-serif;max-width:34em;margin:2em auto;padding:0 1em">
<h1>NBIOC</h1>
<p>1. <a href="/nbioc-ca.crt">Tải chứng thư gốc</a> và cài vào máy / <span lang="en">Download the authority and install it</span>.</p>
<p>2. So dấu vân tay với màn hình máy chủ / <span lang="en">Compare the fingerprint with the server's screen</span>:<br><code>{fingerprint}</code></p>
<p>3. Mở / <span lang="en">Open</span> <a href="{address}">{address}</a>.</p>
</body></html>"""


def serve(port: int, authority: Path, fingerprint: str, address: str) -> None:
    """Answer until stopped."""
    certificate = authority.read_bytes()
    page = PAGE.format(fingerprint=html.escape(fingerprint), address=html.escape(address, quote=True)).encode()
    answers = {"/": ("text/html; charset=utf-8", page), "/nbioc-ca.crt": ("application/x-x509-ca-cert", certificate)}

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            kind, body = answers.get(self.path, ("text/plain", b""))
            self.send_response(HTTPStatus.OK if body else HTTPStatus.NOT_FOUND)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Phones fetch it once; there is nothing to tell."""

    ThreadingHTTPServer(("0.0.0.0", port), Handler).serve_forever()  # noqa: S104 (the local network is who asks)


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4])
