"""Clients that go away in the middle of their requests: cut_off.py PORT SECONDS. Prints how many there were."""

import random
import socket
import struct
import sys
import time

port, seconds = int(sys.argv[1]), float(sys.argv[2])
body = b'{"user_id":"user-1","room":"room-1"}'
request = (
    b"POST /livekit/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    % len(body)
) + body
cut, end = 0, time.monotonic() + seconds
while time.monotonic() < end:
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(request[: random.randrange(len(request) + 1)])
        # A reset, as from a client that died, and not an orderly end.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    cut += 1
    time.sleep(0.002)
print(cut)
