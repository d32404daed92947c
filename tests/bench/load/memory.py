"""Memory of a process, as the kernel counts it."""


def resident_mb(pid):
    """What it holds now (VmRSS), in MB of 2^20 bytes."""
    return _megabytes(pid, "VmRSS")


def highest_mb(pid):
    """The most that it ever held (VmHWM)."""
    return _megabytes(pid, "VmHWM")


def _megabytes(pid, field):
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        for line in status:
            if line.startswith(f"{field}:"):
                return int(line.split()[1]) / 1024
    raise AssertionError(f"/proc/{pid}/status has no {field}: the process has ended")
