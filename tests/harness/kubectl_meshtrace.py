"""Our command line as its user runs it: one process a call."""
import os
import subprocess

from . import parts

TIMEOUT_S = 60


class CommandFailed(AssertionError):
    """kubectl-meshtrace ended with another status than the test expects; the message is its standard error."""


def run(*arguments, stdin="", kubeconfig=None, environment=None):
    """The finished process, with its output as text."""
    variables = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **(environment or {})}
    if kubeconfig:
        variables["KUBECONFIG"] = str(kubeconfig)
    return subprocess.run([parts.our("kubectl-meshtrace"), *map(str, arguments)], input=stdin, capture_output=True,
                          text=True, timeout=TIMEOUT_S, env=variables, check=False)


def output(*arguments, **options):
    """Standard output of a run that must succeed."""
    done = run(*arguments, **options)
    if done.returncode != 0:
        raise CommandFailed(f"kubectl-meshtrace {' '.join(map(str, arguments))}: {done.stderr.strip()}")
    return done.stdout
