"""Reading access logs with `kubectl meshtrace logs`: bytes a second of one core, and memory by the log's size.

Beside it, in the same run, `grep -c traceparent` reads the same bytes: the least that any reader does.
"""
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from harness import parts
from harness.process import PartFailed

from .memory import highest_mb
from .report import Row

MB = 1_000_000
SMALL, LARGE = 100 * MB, 1000 * MB
LINES_OF_A_BLOCK = 20_000
ROUNDS = 3  # alternating; the best of each counts, since what else the machine does only adds
AIM_MB_PER_S = 300
AIM_GROWTH = 1.1  # of memory, from SMALL to LARGE
FOUND = (0, 1)  # exit status: nothing lost, something lost

NUMBER = "@@@@@@"  # of the block: what makes its request and trace ids its own
TEXT = ('[2026-11-21T14:%02d:%02d.%03dZ] "GET /api/v1/products/%d?page=2 HTTP/1.1" 200 - via_upstream - "-" 0 2193 7 6 '
        '"10.1.2.3" "curl/8.5.0" "%s" "catalog.shop.svc.cluster.local" "10.1.0.17:8080" %s 127.0.0.6:41557 '
        '10.1.0.17:8080 10.1.2.3:0 - default traceparent=%s tracestate=-\n')
JSON = ('{"authority":"catalog.shop.svc.cluster.local","bytes_received":0,"bytes_sent":2193,'
        '"connection_termination_details":null,"downstream_local_address":"10.1.0.17:8080",'
        '"downstream_remote_address":"10.1.2.3:0","duration":7,"method":"GET","start_time":"2026-11-21T14:%02d:%02d.%03dZ",'
        '"path":"/api/v1/products/%d?page=2","protocol":"HTTP/1.1","request_id":"%s","requested_server_name":null,'
        '"response_code":200,"response_code_details":"via_upstream","response_flags":"-","route_name":"default",'
        '"upstream_cluster":"%s","traceparent":"%s","tracestate":null,"upstream_host":"10.1.0.17:8080",'
        '"upstream_local_address":"127.0.0.6:41557","upstream_service_time":"6","user_agent":"curl/8.5.0",'
        '"upstream_transport_failure_reason":null,"x_forwarded_for":"10.1.2.3"}\n')
CLUSTERS = ("inbound|8080||", "outbound|80||catalog.shop.svc.cluster.local")


def block(line):
    """Entries of one proxy, of which every fiftieth has no traceparent."""
    def entry(i):
        request_id = f"{NUMBER}{i % 100:02d}-{i:04x}-4000-8000-{i * 7919:012x}"
        traceparent = f"00-{NUMBER}{i:026x}-{i + 1:016x}-01" if i % 50 else "-"
        return line % (i // 60_000, i // 1000 % 60, i % 1000, i % 997, request_id, CLUSTERS[i % 2], traceparent)
    return "".join(map(entry, range(LINES_OF_A_BLOCK))).encode()


def write_log(path, line, size):
    template = block(line)
    with open(path, "wb") as log:
        for number in range(size // len(template) + 1):
            log.write(template.replace(NUMBER.encode(), b"%06x" % number))
    return path.stat().st_size


def cpu_seconds(command, statuses):
    # grep reads no further than the first match when its output is /dev/null.
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in statuses:
        raise PartFailed(f"{command[0]} ended with status {process.returncode}: {output}")
    return usage.ru_utime + usage.ru_stime


def highest_memory(command, path):
    """In MB, of a run that gets the log by its standard input; asked when all but the end of it was read."""
    process = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    with open(path, "rb") as log:
        shutil.copyfileobj(log, process.stdin, 1 << 20)
    process.stdin.flush()
    memory = highest_mb(process.pid)
    process.communicate()
    return memory


def rows():
    program = [parts.our("kubectl-meshtrace"), "logs", "-o", "json"]
    result = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "access.log"
        for encoding, line in (("text", TEXT), ("JSON", JSON)):
            write_log(path, line, SMALL)
            small_mb = highest_memory(program, path)
            megabytes = write_log(path, line, LARGE) / MB
            large_mb = highest_memory(program, path)
            ours, peer = zip(*((cpu_seconds(program + ["-f", path], FOUND),
                                cpu_seconds(["grep", "-c", "traceparent", path], (0,))) for _ in range(ROUNDS)))
            speed = megabytes / min(ours)
            result += [
                Row(f"reading 1 GB of {encoding} access log", "MB/s of a core", speed, megabytes / min(peer),
                    "grep -c of the same", f">= {AIM_MB_PER_S} MB/s", speed >= AIM_MB_PER_S),
                Row(f"resident memory, 1 GB of {encoding} access log", "MB", large_mb, small_mb, "100 MB of it",
                    f"<= {AIM_GROWTH} times", large_mb <= AIM_GROWTH * small_mb),
            ]
    return result
