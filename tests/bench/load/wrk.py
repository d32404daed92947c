"""One round of load by wrk on one server, with the server's memory watched meanwhile."""
import json
import subprocess
from pathlib import Path

from harness.parts import need
from harness.process import PartFailed

from .memory import resident_mb

SCRIPT = Path(__file__).with_name("review.lua")
CONNECTIONS = 16  # kept alive, as an API server keeps its connections to a webhook
THREADS = 2
SAMPLE_S = 0.1
GRACE_S = 15  # after the round; wrk ends by itself


def load(url, review, seconds, pid):
    """What wrk measured on POST url, plus requests/s and the highest resident memory seen of process `pid`."""
    need("wrk", "wrk")
    command = ["wrk", f"--threads={THREADS}", f"--connections={CONNECTIONS}", f"--duration={seconds}s", "--timeout=5s",
               f"--script={SCRIPT}", url, "--", str(review)]
    highest = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as wrk:
        try:
            for _ in range(int((seconds + GRACE_S) / SAMPLE_S)):
                highest = max(highest, resident_mb(pid))
                try:
                    wrk.wait(SAMPLE_S)
                    break
                except subprocess.TimeoutExpired:
                    continue
        finally:
            wrk.kill()
        output = wrk.stdout.read()
    return {**_result(url, output), "rss_mb": highest}


def _result(url, output):
    for line in output.splitlines():
        if line.startswith("RESULT "):
            result = json.loads(line.removeprefix("RESULT "))
            break
    else:
        raise PartFailed(f"wrk measured nothing on {url}:\n{output}")
    if result["failed"] or not result["requests"]:
        raise PartFailed(f"{url}: {result['requests']} requests, of which {result['failed']} failed:\n{output}")
    result["per_second"] = result["requests"] / result["seconds"]
    return result
