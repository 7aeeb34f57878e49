#!/usr/bin/env python3
"""Measures what the eye waits for: process start to the first full frame, in a pseudo-terminal.

    cargo build --release && tests/bench/start.py [BINARY]

Runs are paired with `node -e 0` where Node.js is installed, so that figures of two machines can be compared.
Prints the memory of the composer's screen, what it takes while nobody does anything, and the size of the binary as well.
"""

import fcntl
import os
import pty
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time

ROUNDS = 25
IDLE = 10
ROWS, COLUMNS = 40, 120
# In the bottom line, which is drawn last.
LAST_WORD = b"help"


def start(command, home):
    """The child, its terminal, and the seconds to its first full frame."""
    environment = {
        "HOME": home,
        "XDG_RUNTIME_DIR": home,
        "PATH": os.environ["PATH"],
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
    }
    began = time.perf_counter()
    child, terminal = pty.fork()
    if child == 0:
        # Before the program starts, so that it draws once and at this size.
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        os.execve(command[0], command, environment)
    seen = b""
    while LAST_WORD not in seen:
        if time.perf_counter() - began > 5 or not select.select([terminal], [], [], 5)[0]:
            sys.exit(f"no first frame of {' '.join(command)}: {seen[-200:]!r}")
        seen += os.read(terminal, 65536)
    return child, terminal, time.perf_counter() - began


def stop(child, terminal):
    os.kill(child, signal.SIGTERM)
    os.waitpid(child, 0)
    os.close(terminal)


def memory(child):
    """Resident kilobytes, and those of them that are not pages of files."""
    with open(f"/proc/{child}/status", encoding="ascii") as status:
        values = dict(line.split(":", 1) for line in status)
    return [int(values[name].split()[0]) for name in ("VmRSS", "RssAnon")]


def wait(terminal, seconds):
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        if select.select([terminal], [], [], 0.1)[0]:
            os.read(terminal, 65536)


def spent(child):
    """Seconds of processor time of all its threads, and how often they have gone to sleep."""
    seconds, sleeps = 0, 0
    for thread in os.listdir(f"/proc/{child}/task"):
        with open(f"/proc/{child}/task/{thread}/schedstat", encoding="ascii") as schedstat:
            seconds += int(schedstat.read().split()[0]) / 1e9
        with open(f"/proc/{child}/task/{thread}/status", encoding="ascii") as status:
            sleeps += sum(int(line.split()[1]) for line in status if line.startswith("voluntary_ctxt"))
    return seconds, sleeps


def settled(command, home):
    """The memory, and a second's share of the processor and of wake-ups while nobody does anything."""
    child, terminal, _ = start(command, home)
    wait(terminal, 1.5)
    used = memory(child)
    before = spent(child)
    wait(terminal, IDLE)
    share = [(after - before) / IDLE for before, after in zip(before, spent(child))]
    stop(child, terminal)
    return used, share


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    binary = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else f"{here}/../../target/release/roomkey")
    node = shutil.which("node")
    with tempfile.TemporaryDirectory() as home:
        ways = {"made-up projects": [binary, "--demo"], "no store at all": [binary]}
        for what, command in ways.items():
            ours, theirs = [], []
            for _ in range(ROUNDS):
                child, terminal, seconds = start(command, home)
                stop(child, terminal)
                ours.append(1e3 * seconds)
                if node:
                    began = time.perf_counter()
                    subprocess.run([node, "-e", "0"], check=True)
                    theirs.append(1e3 * (time.perf_counter() - began))
            line = f"first frame, {what}: median {statistics.median(ours):.1f} ms, worst {max(ours):.1f} ms"
            if node:
                ratio = statistics.median(a / b for a, b in zip(ours, theirs))
                line += f"; node -e 0 {statistics.median(theirs):.1f} ms; ratio {ratio:.3f}"
            print(line)
        (resident, anonymous), (seconds, sleeps) = settled([binary, "--demo"], home)
    print(f"memory on the composer's screen: {resident / 1024:.1f} MiB resident, {anonymous / 1024:.1f} MiB of it its own")
    print(f"idle: {100 * seconds:.2f} % of a processor, {sleeps:.1f} wake-ups a second")
    print(f"binary: {os.path.getsize(binary) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
