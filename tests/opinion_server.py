"""A stand-in for an OpenAI-compatible endpoint: real HTTP on a loopback port, scripted answers, questions kept."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class OpinionServer:
    """Answers every POST /v1/chat/completions with the same label, or misbehaves as told."""

    def __init__(self, label=2, *, status=200, body=None, delay=0.0, drip=False, tokens=100, location=""):
        self.asked: list[dict] = []
        self.keys: list[str] = []
        self.label, self.status, self.body, self.delay = label, status, body, delay
        self.drip, self.tokens, self.location = drip, tokens, location

    def __enter__(self):
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers["Content-Length"])
                owner.asked.append({"path": self.path, **json.loads(self.rfile.read(length))})
                owner.keys.append(self.headers.get("Authorization", ""))
                time.sleep(owner.delay)
                self.send_response(owner.status)
                if owner.location:
                    self.send_header("Location", owner.location)
                body = owner.answer() if owner.body is None else owner.body
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    for part in [body[n : n + 1] for n in range(len(body))] if owner.drip else [body]:
                        self.wfile.write(part)
                        self.wfile.flush()
                        if owner.drip:
                            time.sleep(0.05)
                except OSError:
                    pass  # the client gave up, as it should

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def answer(self) -> bytes:
        said = f'```json\n{{"label": {self.label}, "reason": "two governments deal"}}\n```'
        answer = {"choices": [{"message": {"content": said}}], "usage": {"total_tokens": self.tokens}}
        return json.dumps(answer).encode()
