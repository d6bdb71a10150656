"""The command line as tests run it: every command is a process, forked where all modules are imported already.

Importing them takes a second: a test of twenty commands would take most of its time with that.
"""

import atexit
import json
import os
import socket
import subprocess
import sys
import tempfile
from functools import cache

from tests.service import ROOT

LEFT_OUT = ("streams.__main__", "streams.board", "streams.processor")
"""What no command that ends needs."""
SERVER = f"""
import gc, importlib, json, os, pkgutil, runpy, socket, streams, sys
for module in pkgutil.walk_packages(streams.__path__, "streams."):
    if not module.name.startswith({LEFT_OUT!r}):
        importlib.import_module(module.name)
gc.collect()
gc.freeze()  # else each command would look through what was imported
asked = socket.socket(fileno=int(sys.argv[1]))
while True:
    request, outputs, _, _ = socket.recv_fds(asked, 1 << 20, 2)
    if not request:
        sys.exit()
    child = os.fork()
    if not child:
        break
    for output in outputs:
        os.close(output)
    asked.send(b"%d" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
asked.close()
for number, output in enumerate(outputs, 1):
    os.dup2(output, number)
    os.close(output)
os.environ.clear()
sys.argv[1:], environment = json.loads(request)
os.environ.update(environment)
runpy.run_module("streams", run_name="__main__", alter_sys=True)
"""


@cache
def server() -> socket.socket:
    """The way to the process that forks. It ends with this one, or when the way to it is closed."""
    asking, asked = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-c", SERVER, str(asked.fileno())]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, pass_fds=[asked.fileno()])
    asked.close()

    def end() -> None:
        asking.close()
        process.wait()

    atexit.register(end)
    return asking


def touchline(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end: its exit code, and what it printed on both outputs, its line ends as they are."""
    words = [str(word) for word in arguments]
    reading, writing = os.pipe()
    with open(reading, "rb") as stdout, tempfile.TemporaryFile() as stderr:  # noqa: PTH123 - a pipe has no path
        request = json.dumps([words, dict(os.environ)]).encode()
        socket.send_fds(server(), [request], [writing, stderr.fileno()])
        os.close(writing)  # else its end would never be read
        printed = stdout.read()
        code = int(server().recv(20))
        stderr.seek(0)
        return subprocess.CompletedProcess(words, code, printed.decode(), stderr.read().decode())
