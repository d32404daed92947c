#!/usr/bin/env python3
"""Shows the webhook at work, without a cluster: a small shop's pods are sent to it as the API server would send them.
Then what the controller would write into a mesh, as the command line renders it.

Run by `make demo`. Python's own library alone, and openssl for the certificate. Nothing stays behind.
"""
import argparse
import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

from demo_parts import json_patch, mesh, pods, report, webhook  # noqa: E402 (after dont_write_bytecode)
from demo_parts.webhook import Problem  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
POLICIES = ["policy.yaml", "namespace-policy.yaml", "workload-policy.yaml"]
CERTIFICATE_SCRIPT = os.path.join(ROOT, "manifests/overlays/own-certificate/make-certificate.sh")
# The command line converts YAML to JSON as a by-product of injecting; a policy without `workload` touches no pod.
NO_INJECTION = """{"apiVersion": "meshtrace.io/v1alpha1", "kind": "TracingPolicy",
 "metadata": {"name": "none", "namespace": "istio-system"}, "spec": {"proxy": {"accessLog": {"encoding": "JSON"}}}}"""


def main():
    arguments = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that SIGTERM, too, cleans up
    try:
        with tempfile.TemporaryDirectory(prefix="meshtrace-demo-") as folder:
            run(arguments, folder)
    except Problem as problem:
        print(f"demo: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader has seen enough, as with `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, help="port of the webhook on 127.0.0.1 (default: a free one)")
    parser.add_argument("--bin", default=os.path.join(ROOT, "build/bin"), help="folder of the programs")
    return parser.parse_args()


def run(arguments, folder):
    begin = time.monotonic()
    server, command = (find_program(arguments.bin, name) for name in ("meshtrace-webhook", "kubectl-meshtrace"))
    if not shutil.which("openssl"):
        raise Problem("openssl is missing, which makes the certificate; install it (Debian: apt-get install openssl)")
    if arguments.port:
        webhook.check_port(arguments.port)
    port = arguments.port or webhook.free_port()
    certificates, policies = (os.path.join(folder, name) for name in ("certificates", "policies"))
    os.mkdir(certificates)
    os.mkdir(policies)
    for name in POLICIES:
        shutil.copy(os.path.join(HERE, name), policies)
    webhook.make_certificate(CERTIFICATE_SCRIPT, certificates)
    workloads, in_force = read_examples(command, folder)

    show = report.Report(excluded_by(in_force))
    with webhook.Webhook(server, certificates, policies, port) as running:
        show.line(f"meshtrace-webhook is ready on https://127.0.0.1:{port} with {len(POLICIES)} policies of examples/: "
                  "for the mesh, for the namespace shop, for its checkout.")
        show.line(f"Now {len(workloads)} workloads of examples/shop, each as the Pod that its controller would create, "
                  "in an AdmissionReview over verified TLS:")
        times, again = review_all(running, workloads, in_force, show)
        summarise(running, show, times, again)
    mesh.show(command, os.path.join(HERE, "mesh"), show)
    finish(show, time.monotonic() - begin)


def review_all(running, workloads, in_force, show):
    """Returns the milliseconds of each review, and how many pods were changed when sent a second time."""
    times, again = [], 0
    for workload in workloads:
        pod = pods.pod_of(workload)
        response, milliseconds = ask(running, pod)
        after = json_patch.apply(pod, response["operations"])
        times.append(milliseconds)
        again += bool(ask(running, after)[0]["operations"])
        title = f"{workload['kind']} {workload['metadata']['name']}"
        show.pod(title, pod, after, response, milliseconds, note_of(pod, in_force))
    return times, again


def ask(running, pod):
    response, milliseconds = running.review(pods.review_of(pod))
    if not response["allowed"]:
        raise Problem(f"the webhook refused pod {pod['metadata']['generateName']}, which it must never do; report it")
    response["operations"] = decode_patch(response)
    return response, milliseconds


def decode_patch(response):
    if "patch" not in response:
        return []
    return json.loads(base64.b64decode(response["patch"], validate=True))


def note_of(pod, in_force):
    labels = pod["metadata"].get("labels", {})
    if labels.get("meshtrace.io/inject") == "false":
        return 'The label meshtrace.io/inject: "false" opts out; in a cluster the API server does not even ask.'
    names = [item["metadata"]["name"] for item in in_force if covers(item, pod["metadata"]["namespace"], labels)]
    return f"policies, the last wins: {', '.join(names)}"


def covers(policy, namespace, labels):
    if policy["metadata"]["namespace"] not in ("istio-system", namespace):
        return False
    return policy["spec"].get("selector", {}).get("matchLabels", {}).items() <= labels.items()


def excluded_by(policies):
    return [glob for item in policies for glob in item["spec"]["workload"].get("containers", {}).get("exclude", [])]


def summarise(running, show, times, again):
    show.line()
    show.line(f"{len(times)} reviews, {sorted(times)[len(times) // 2]:.1f} ms in the middle, measured here in Python. "
              + ("Sent a second time, no pod was changed again." if not again
                 else f"Sent a second time, {again} pods were changed again: that is a bug, please report it."))
    megabytes = running.resident_megabytes()
    if megabytes:
        show.line(f"The webhook holds {megabytes:.0f} MB of memory.")


def finish(show, seconds):
    show.line()
    show.line(f"The whole demo took {seconds:.1f} seconds.")
    show.line()
    show.line("The same for a manifest of your own, with nothing installed:")
    command = "build/bin/kubectl-meshtrace inject -f YOUR.yaml --policy examples/policy.yaml --diff"
    show.line(show.paint("bold", f"    {command}"))
    show.line("A real API server with the webhook registered, to try with kubectl:")
    show.line(show.paint("bold", "    make cluster"))


def find_program(folder, name):
    path = os.path.join(folder, name)
    if not os.access(path, os.X_OK):
        raise Problem(f"{os.path.relpath(path)} is not there; build it with `make build`")
    return path


def read_examples(command, folder):
    """The workloads of examples/shop, and the policies of examples/, the widest first.

    Reading YAML is the command line's, so that the demo needs no library.
    """
    policy = os.path.join(folder, "no-injection.json")
    with open(policy, "w", encoding="utf-8") as file:
        file.write(NO_INJECTION)
    shop = os.path.join(HERE, "shop")
    # The plain case first: what the others have in common with it is said only once.
    names = sorted(os.listdir(shop), key=lambda name: (not name.startswith("frontend"), name))
    paths = [os.path.join(shop, name) for name in names] + [os.path.join(HERE, name) for name in POLICIES]
    done = subprocess.run([command, "inject", *(part for path in paths for part in ("-f", path)), "--policy", policy,
                           "-o", "json"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Problem(f"the examples cannot be read: {done.stderr.strip()}")
    items = json.loads(done.stdout)["items"]
    return ([item for item in items if pods.is_workload(item)],
            [item for item in items if item["kind"] == "TracingPolicy"])


if __name__ == "__main__":
    sys.exit(main())
