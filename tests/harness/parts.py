"""Where the programs are: the real parts that tests/tools/build.sh builds, and our own that `make build` builds."""
import functools
import os
import shutil
import subprocess
from pathlib import Path

from .process import PartFailed

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD_SCRIPT = REPOSITORY / "tests" / "tools" / "build.sh"

CONTROL_PLANE = ("etcd", "kube-apiserver", "kubectl")
CONTROLLERS = ("kube-controller-manager",)
NODES = ("kube-scheduler", "kwok")


@functools.lru_cache(maxsize=None)
def folder_of(*parts):
    """The folder with these parts, which are built first when they are not there yet (minutes, once)."""
    if not shutil.which("bash"):
        raise PartFailed("bash is not there: tests/tools/build.sh, which builds the parts, needs it.")
    built = subprocess.run([BUILD_SCRIPT, *parts], stdout=subprocess.PIPE, text=True)
    if built.returncode != 0:
        raise PartFailed(f"{', '.join(parts)} could not be built; the reason stands above.")
    return Path(built.stdout.splitlines()[-1])


def our(program):
    """One of our own programs, from the folder MESHTRACE_BIN (default build/bin)."""
    path = Path(os.environ.get("MESHTRACE_BIN", REPOSITORY / "build" / "bin")) / program
    if not os.access(path, os.X_OK):
        raise PartFailed(f"{path} is not there: run `make build`, or let MESHTRACE_BIN name the folder that has it.")
    return path


def need(program, package):
    if not shutil.which(program):
        raise PartFailed(f"{program} is not there: install {package}, or run `make deps`.")
