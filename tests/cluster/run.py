#!/usr/bin/env python3
"""A cluster for trying things by hand, until Ctrl-C: what `make cluster` starts.

A real API server with controllers and scheduler, fake nodes on which pods "run", our CRD, and our webhook registered.
"""
import os
import signal
import sys
import time

from harness import manifests, parts
from harness.control_plane import ControlPlane
from harness.process import PartFailed
from harness.webhook import Webhook

CHECK_INTERVAL_S = 1

TRY = """\
Paste into another terminal:

export KUBECONFIG={kubeconfig}
export PATH={programs}:$PATH

A policy for every workload of the namespace default, and a Deployment that gets it:

kubectl apply -f - <<'EOF'
apiVersion: meshtrace.io/v1alpha1
kind: TracingPolicy
metadata: {{name: first, namespace: default}}
spec:
  sampling: {{owner: SDK, percentage: 10}}
  workload:
    exporter: {{endpoint: "http://otel-collector.observability:4317", protocol: grpc}}
EOF
kubectl explain tracingpolicy.spec.workload
kubectl create deployment web --image=nginx
kubectl get pods -o yaml

Logs: {folder}
Ctrl-C ends the cluster and removes all of it.
"""
NO_WEBHOOK = "The webhook is not registered, so pods stay as they are: {reason}"


def say(text):
    print(text, file=sys.stderr, flush=True)


def start_webhook(plane):
    """None, with a word why, while there is no built webhook: the CRD can be tried without."""
    try:
        parts.our("meshtrace-webhook")
    except PartFailed as missing:
        say(NO_WEBHOOK.format(reason=missing))
        return
    Webhook(plane).until_ready().register()


def watch_over(plane):
    """Stays until a signal comes or a part ends by itself."""
    while True:
        for process in plane.processes:
            if not process.running():
                raise PartFailed(f"{process.name} ended by itself:\n{process.tail()}")
        time.sleep(CHECK_INTERVAL_S)


def run():
    say("Starting etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok …")
    with ControlPlane() as plane:
        plane.start_controllers()
        plane.start_nodes()
        manifests.apply_foundation(plane.kubectl)
        start_webhook(plane)
        programs = [plane.programs, os.environ.get("MESHTRACE_BIN", parts.REPOSITORY / "build" / "bin")]
        print(TRY.format(kubeconfig=plane.kubectl.kubeconfig, folder=plane.folder,
                         programs=":".join(map(str, programs))), flush=True)
        watch_over(plane)


def main():
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        run()
    except KeyboardInterrupt:
        say("Ended; nothing is left.")
        return 0
    except (PartFailed, AssertionError) as error:
        say(f"make cluster: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
