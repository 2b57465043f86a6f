"""A program on a pseudo-terminal, between two pipes.

Standard input holds a line of JSON for each thing that is done to it: {"send": text}, {"resize": [columns, rows]}, {"signal": number}.
What it writes comes on standard output. The exit status is its own.
"""

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios


def resize(terminal, columns, rows):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def main():
    columns, rows = int(sys.argv[1]), int(sys.argv[2])
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(sys.argv[3], sys.argv[3:])
    resize(terminal, columns, rows)
    rest = b""
    sources = [terminal, 0]
    while True:
        ready, _, _ = select.select(sources, [], [])
        if terminal in ready:
            try:
                piece = os.read(terminal, 65536)
            except OSError:
                break
            if not piece:
                break
            os.write(1, piece)
        if 0 in ready:
            piece = os.read(0, 65536)
            if not piece:
                sources.remove(0)
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                task = json.loads(line)
                if "send" in task:
                    os.write(terminal, task["send"].encode())
                if "resize" in task:
                    resize(terminal, *task["resize"])
                if "signal" in task:
                    os.kill(pid, task["signal"])
    _, status = os.waitpid(pid, 0)
    sys.exit(os.waitstatus_to_exitcode(status) & 255)


main()
