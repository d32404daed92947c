"""The audit of files: beside istioctl analyze on one YAML file, and by the number of objects in a dump of JSON."""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness import parts

from .report import Row

OBJECTS = 4000  # of the YAML file: a Service, a VirtualService, a DestinationRule and a Deployment of each workload
NAMESPACES = 40
ROUNDS = 3  # of each, alternating
FEW, MANY = 10_000, 100_000  # objects of the JSON dumps
AIM_TIMES_FASTER = 3
AIM_MEMORY = 1 / 3  # of istioctl's

YAML = """\
apiVersion: v1
kind: Service
metadata: {{name: app-{number}, namespace: {namespace}}}
spec:
  selector:
    app: app-{number}
  ports:
  - name: http
    port: 80
    targetPort: 8080
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: app-{number}
  namespace: {namespace}
spec:
  hosts:
  - app-{number}
  http:
  - route:
    - destination:
        host: app-{number}
        port:
          number: 80
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: app-{number}
  namespace: {namespace}
spec:
  host: app-{number}
  trafficPolicy:
    connectionPool:
      http:
        http2MaxRequests: 1000
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-{number}
  namespace: {namespace}
spec:
  selector:
    matchLabels:
      app: app-{number}
  template:
    metadata:
      labels:
        app: app-{number}
    spec:
      containers:
      - name: app
        image: registry.example.com/app:1
"""


def write_yaml(path):
    path.write_text("---\n".join(YAML.format(number=number, namespace=f"team-{number % NAMESPACES}")
                                 for number in range(OBJECTS // 4)))


def workload(number, count):
    """Its Service, Deployment, VirtualService and Pod, as kubectl get -o json has them; it calls another one."""
    name, callee = f"app-{number}", (number * 7) % count
    metadata = {"name": name, "namespace": f"team-{number % NAMESPACES}", "uid": f"{number:032x}",
                "creationTimestamp": "2026-01-01T00:00:00Z", "labels": {"app": name, "version": "v1"}}
    replica_set = f"{name}-5d9c7b6f8"
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": replica_set, "controller": True, "uid": "1"}
    pod = {"containers": [{
        "name": "app", "image": "registry.example.com/app:1", "ports": [{"containerPort": 8080}],
        "env": [{"name": "UPSTREAM", "value": f"http://app-{callee}.team-{callee % NAMESPACES}"}],
        "resources": {"limits": {"memory": "256Mi"}}}]}
    return [
        {"apiVersion": "v1", "kind": "Service", "metadata": metadata,
         "spec": {"selector": {"app": name}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]}},
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata,
         "spec": {"selector": {"matchLabels": {"app": name}},
                  "template": {"metadata": {"labels": {"app": name}}, "spec": pod}}},
        {"apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": metadata,
         "spec": {"hosts": [name], "http": [{"route": [{"destination": {"host": name, "port": {"number": 80}}}]}]}},
        {"apiVersion": "v1", "kind": "Pod",
         "metadata": {**metadata, "name": f"{replica_set}-x7k2p", "ownerReferences": [owner],
                      "labels": {"app": name, "pod-template-hash": "5d9c7b6f8"}},
         "spec": pod, "status": {"phase": "Running"}}]


def write_json(path, objects):
    """Bit by bit: what this process holds would count as its children's memory, too."""
    count = objects // 4
    with path.open("w") as file:
        file.write('{"apiVersion": "v1", "items": [')
        for number in range(count):
            items = json.dumps(workload(number, count), indent=4)
            file.write(("," if number else "") + items[1:-1])
        file.write('], "kind": "List", "metadata": {}}\n')


def run(command, objects):
    """Milliseconds and MB of one run, which must say that it looked at that many objects (istioctl says nothing)."""
    with tempfile.TemporaryFile() as output:
        begin = time.monotonic()
        process = subprocess.Popen(command, stdout=output, stderr=sys.stderr, stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        elapsed = time.monotonic() - begin
        output.seek(0)
        text = output.read().decode()
    process.returncode = os.waitstatus_to_exitcode(status)
    said = objects is None or f"; {objects} objects looked at" in text
    assert process.returncode == 0 and said, f"{command[0]}: status {process.returncode}: {text[-300:]}"
    return elapsed * 1000, usage.ru_maxrss / 1024


def alternate(commands):
    """For each name the medians of its rounds."""
    figures = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, (command, objects) in commands.items():
            figures[name].append(run(command, objects))
    return {name: [statistics.median(column) for column in zip(*rounds)] for name, rounds in figures.items()}


def rows():
    ours = [parts.our("kubectl-meshtrace"), "audit", "--fail-on", "never", "-f"]
    istioctl = [parts.folder_of("istioctl") / "istioctl", "analyze", "--use-kube=false"]
    with tempfile.TemporaryDirectory(prefix="meshtrace-bench-") as name:
        folder = Path(name)
        write_yaml(folder / "objects.yaml")
        write_json(folder / "few.json", FEW)
        write_json(folder / "many.json", MANY)
        figures = alternate({"ours": (ours + [folder / "objects.yaml"], OBJECTS),
                             "peer": (istioctl + [folder / "objects.yaml"], None),
                             "few": (ours + [folder / "few.json"], FEW), "many": (ours + [folder / "many.json"], MANY)})
    (ms, mb), (peer_ms, peer_mb) = figures["ours"], figures["peer"]
    (few_ms, few_mb), (many_ms, many_mb) = figures["few"], figures["many"]
    what, growth = f"audit of {OBJECTS:,} objects in YAML", f"audit of {MANY:,} objects in JSON"
    return [
        Row(what, "ms", ms, peer_ms, "istioctl analyze", f">= {AIM_TIMES_FASTER} times faster",
            ms * AIM_TIMES_FASTER <= peer_ms),
        Row(what, "MB", mb, peer_mb, "istioctl analyze", "<= 1/3", mb <= AIM_MEMORY * peer_mb),
        Row(growth, "ms", many_ms, few_ms, f"{FEW:,} objects", "< 10 times", many_ms < 10 * few_ms),
        Row(growth, "MB", many_mb, few_mb, f"{FEW:,} objects", "< 10 times", many_mb < 10 * few_mb)]
