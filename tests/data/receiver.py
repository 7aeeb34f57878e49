"""A receiver as the documentation of LiveKit's SDK for Python has it. Prints its port; ends with its standard input."""
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from livekit.api import TokenVerifier, WebhookReceiver

receiver = WebhookReceiver(TokenVerifier(sys.argv[1], sys.argv[2]))


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        try:
            event = receiver.receive(body, self.headers.get("Authorization", ""))
            status, said = 200, f"{event.event} {event.id} {self.headers['Content-Type']}"
        except Exception as error:
            status, said = 401, str(error) or type(error).__name__
        self.send_response(status)
        self.end_headers()
        self.wfile.write(said.encode())

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
os._exit(0)
