"""One program that a test starts: in its own process group, with its output in a file, ended with the test.

Nothing outlives the test: stop() ends the whole group, and the kernel kills the program should the test die first.
"""
import ctypes
import os
import random
import signal
import socket
import subprocess
from pathlib import Path

from .waiting import TookTooLong, eventually

TAIL_LINES = 30
STOP_GRACE_S = 10
# Below Linux's range of ephemeral ports (from 32768), so that no outgoing connection takes a port before its program.
PORTS = range(20000, 32000)

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class PartFailed(Exception):
    """A part could not be had or did not come up: one sentence, then the end of its output."""


def free_port():
    """A port of 127.0.0.1 that nobody listens on."""
    for port in random.sample(PORTS, 200):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise PartFailed(f"no free port on 127.0.0.1 among 200 tried from {PORTS.start} to {PORTS.stop}.")


def _die_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """start() runs the command, as often as it was stopped before; the log keeps the output of all runs."""

    def __init__(self, name, command, folder, environment=None, pass_fds=()):
        self.name = name
        self.command = [str(word) for word in command]
        self.log = Path(folder) / f"{name}.log"
        self.log.unlink(missing_ok=True)  # of an earlier one of that name
        self._environment = {**os.environ, **(environment or {})}
        self._pass_fds = pass_fds
        self._popen = None

    def start(self):
        with open(self.log, "ab") as log:
            try:
                self._popen = subprocess.Popen(
                    self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._environment,
                    start_new_session=True, preexec_fn=_die_with_parent, pass_fds=self._pass_fds)
            except OSError as error:
                raise PartFailed(f"{self.name} cannot be run: {error.strerror}: {self.command[0]}") from error
        return self

    @property
    def pid(self):
        return self._popen.pid

    def running(self):
        return self._popen is not None and self._popen.poll() is None

    def until(self, ready, what, seconds=60):
        """Waits for ready(); a program that ends meanwhile, or takes too long, is reported with its last output."""
        def alive_and_ready():
            if not self.running():
                raise PartFailed(f"{self.name} ended with status {self._popen.returncode}:\n{self.tail()}")
            return ready()
        try:
            eventually(alive_and_ready, what, seconds)
        except TookTooLong as error:
            raise PartFailed(f"{self.name}: {error}:\n{self.tail()}") from error
        return self

    def send(self, number):
        os.killpg(self.pid, number)

    def wait(self, seconds=STOP_GRACE_S):
        """The exit status, negative for a signal."""
        return self._popen.wait(seconds)

    def stop(self, number=signal.SIGTERM, grace_s=STOP_GRACE_S):
        """Ends the program and returns its exit status; it is killed when it does not end by itself."""
        if self._popen is None:
            return None
        if self.running():
            self.send(number)
            try:
                self._popen.wait(grace_s)
            except subprocess.TimeoutExpired:
                self.send(signal.SIGKILL)
        return self._popen.wait()

    def text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def tail(self, lines=TAIL_LINES):
        return "\n".join(self.text().splitlines()[-lines:])
