"""A Secret as the kubelet mounts it: a folder of symbolic links through ..data, which is swapped some time after the
Secret changed. An optional one: while there is no Secret, the folder is empty."""
import base64
import itertools
import os
import shutil
import threading
from pathlib import Path

from .api import Api, ApiFailed

LOOK_S = 0.1


class MountedSecret:
    """Use as a context manager. `delay_s` passes between a change of the Secret and the swap."""

    def __init__(self, plane, namespace, name, folder, delay_s):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True)
        self._api = Api(plane)
        self._path = f"/api/v1/namespaces/{namespace}/secrets/{name}"
        self._delay_s = delay_s
        self._versions = itertools.count(1)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopped.set()
        self._thread.join()

    def _follow(self):
        shown = None
        while not self._stopped.wait(LOOK_S):
            try:
                secret = self._api.find(self._path)
            except (OSError, ApiFailed):
                continue  # the API server is away: what is mounted stays
            files = (secret or {}).get("data") or {}
            if files != shown and not self._stopped.wait(self._delay_s):
                self._show(files)
                shown = files

    def _show(self, files):
        version = f"..version-{next(self._versions)}"
        (self.folder / version).mkdir()
        for name, content in files.items():
            (self.folder / version / name).write_bytes(base64.b64decode(content))
        before = self.folder / "..data"
        old = os.readlink(before) if before.is_symlink() else None
        os.symlink(version, self.folder / "..data_tmp")
        os.rename(self.folder / "..data_tmp", before)
        for name in files:
            if not (self.folder / name).is_symlink():
                os.symlink(f"..data/{name}", self.folder / name)
        for link in self.folder.iterdir():
            if not link.name.startswith("..") and link.name not in files:
                link.unlink()
        if old:
            shutil.rmtree(self.folder / old)
