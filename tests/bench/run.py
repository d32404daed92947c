#!/usr/bin/env python3
"""Measures everything that we claim about speed and memory, as ratios within one run: what `make bench` runs.

Microbenchmarks, then the real webhook beside its peer, opentelemetry-operator, under the same load on the same review,
then what a user waits for through a real API server, then the controller with a large cluster. Prints one table. A
figure never fails the run; a part that does not work does (exit status 1).
"""
import argparse
import json
import os
import platform
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # harness: the real parts

from harness import manifests  # noqa: E402
from harness.control_plane import ControlPlane  # noqa: E402
from harness.process import PartFailed  # noqa: E402
from harness.webhook import Webhook  # noqa: E402
from load import audit, controller, latency, logs, microbench  # noqa: E402
from load.memory import highest_mb, resident_mb  # noqa: E402
from load.ours import PATH, FileWebhook  # noqa: E402
from load.peer import Operator  # noqa: E402
from load.report import Row, table  # noqa: E402
from load.review import FOLDER, NAMESPACE, check_mutates, compact, review  # noqa: E402
from load.wrk import CONNECTIONS, load  # noqa: E402

ROUNDS = 4  # of each server, alternating, so that what else the machine does meets both
WARM_UP_S = 2
ROUND_S = 5
FEW, MANY = 10, 10_000  # policies in other namespaces

AIM_INJECT_US = 15
AIM_TIMES_PEER = 10
AIM_RSS_MB = 25
AIM_DIFFERENCE = 0.10  # of the cost with MANY policies to that with FEW; less is no miss


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def micro_rows(figures):
    few, many = f"/{FEW}", f"/{MANY}"
    inject = figures.pop("inject inject_alone")
    rows = [Row("injection alone, 2.7 KB review", "µs", inject, aim=f"< {AIM_INJECT_US}", met=inject < AIM_INJECT_US)]
    for name, what in (("inject admission", "review to reply, bytes to bytes"),
                       ("policy find", "finding a pod's policy")):
        cost, base = figures.pop(name + many), figures.pop(name + few)
        rows.append(independence(what, "µs", cost, base, cost / base))
    return rows + [Row(name, "µs", value) for name, value in sorted(figures.items())]


def independence(what, unit, many, few, times_the_cost):
    return Row(f"{what}, {MANY:,} other policies", unit, many, few, f"{FEW} other policies",
               f"cost <= +{AIM_DIFFERENCE:.0%}", times_the_cost <= 1 + AIM_DIFFERENCE)


def alternate(servers, review_file, rounds, seconds):
    """For each of `servers` (name: (url, pid)) the figures of its rounds."""
    for url, pid in servers.values():
        load(url, review_file, WARM_UP_S, pid)
    results = {name: [] for name in servers}
    for _ in range(rounds):
        for name, (url, pid) in servers.items():
            results[name].append(load(url, review_file, seconds, pid))
    return results


def median(results, key):
    return statistics.median(result[key] for result in results)


def against_peer(plane, review_file):
    say("starting opentelemetry-operator and the webhook")
    operator = Operator(plane).until_ready()
    webhook = Webhook(plane).until_ready()
    authority, port = plane.authority.certificate, int(webhook.url.rsplit(":", 1)[1])
    reply = {"ours": check_mutates(port, PATH, authority), "peer": operator.reply_bytes()}
    start = {"ours": resident_mb(webhook.process.pid), "peer": resident_mb(operator.process.pid)}

    say(f"load: {CONNECTIONS} connections, {ROUNDS} rounds of {ROUND_S} s each, alternating")
    results = alternate({"ours": (f"{webhook.url}{PATH}", webhook.process.pid),
                         "peer": (operator.url, operator.process.pid)}, review_file, ROUNDS, ROUND_S)
    check_mutates(port, PATH, authority)  # still does
    most = {"ours": highest_mb(webhook.process.pid), "peer": highest_mb(operator.process.pid)}
    operator.process.stop()

    def row(what, unit, key=None, values=None, aim="", met=lambda ours, peer: None):
        values = values or {who: median(results[who], key) for who in results}
        ours, peer = values["ours"], values["peer"]
        return Row(what, unit, ours, peer, "opentelemetry-operator", aim, met(ours, peer))

    under_load = {who: max(result["rss_mb"] for result in results[who]) for who in results}
    return webhook, port, [
        row("webhook over TLS", "requests/s", "per_second", aim=f">= {AIM_TIMES_PEER} times",
            met=lambda ours, peer: ours >= AIM_TIMES_PEER * peer),
        row("latency p50", "ms", "p50_ms"),
        row("latency p99", "ms", "p99_ms", aim=f"<= 1/{AIM_TIMES_PEER}",
            met=lambda ours, peer: ours <= peer / AIM_TIMES_PEER),
        row("resident memory at start", "MB", values=start),
        row("resident memory under load", "MB", values=under_load, aim=f"<= {AIM_RSS_MB} MB",
            met=lambda ours, peer: ours <= AIM_RSS_MB),
        row("highest resident memory", "MB", values=most),
        row("reply", "bytes", values=reply),
    ]


def through_api_server(plane, webhook, port):
    say("creating pods through the API server, with the webhook and without it")
    webhook.register()
    pods = latency.pod_creation(plane)
    say("editing a policy and waiting for its effect")
    edits = latency.edit_to_effect(plane, port)
    return [Row("creating a pod, p50", "ms", pods["with"], pods["without"], "without our webhook"),
            Row("policy edit to effect, p50", "ms", edits["p50"]),
            Row("policy edit to effect, slowest", "ms", edits["max"])]


def by_number_of_policies(plane, review_file):
    say(f"load with {FEW} and with {MANY:,} policies in other namespaces")
    webhooks = {others: FileWebhook(plane, others) for others in (FEW, MANY)}
    for webhook in webhooks.values():
        webhook.until_ready()
    results = alternate({others: (webhook.url, webhook.process.pid) for others, webhook in webhooks.items()},
                        review_file, ROUNDS, ROUND_S)
    rss = {others: max(result["rss_mb"] for result in results[others]) for others in results}
    many, few = (median(results[others], "per_second") for others in (MANY, FEW))
    return [independence("webhook over TLS", "requests/s", many, few, few / many),
            Row(f"resident memory under load, {MANY:,} other policies", "MB", rss[MANY], rss[FEW],
                f"{FEW} other policies")]


def measure(microbenchmarks):
    say("microbenchmarks")
    rows = micro_rows(microbench.run(microbenchmarks))
    say("reading access logs")
    rows += logs.rows()
    say("auditing files")
    rows += audit.rows()
    say("starting etcd and kube-apiserver")
    with ControlPlane() as plane:
        review_file = plane.folder / "review.json"
        review_file.write_bytes(compact(review()))
        manifests.apply_foundation(plane.kubectl)
        prepare(plane.kubectl)
        webhook, port, more = against_peer(plane, review_file)
        rows += more
        rows += through_api_server(plane, webhook, port)
        webhook.stop()
        rows += by_number_of_policies(plane, review_file)
    return rows + with_a_large_cluster()


def with_a_large_cluster():
    say(f"the controller with {controller.SMALL:,} and with {controller.LARGE:,} pods (making them takes minutes)")
    with ControlPlane() as plane:
        manifests.apply_foundation(plane.kubectl)
        return controller.rows(plane)


def prepare(kubectl):
    """The namespaces and service accounts of the pods, and our policy."""
    opted_out = {NAMESPACE: {}, latency.BARE_NAMESPACE: {"meshtrace.io/inject": "false"}}
    kubectl.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
                   for name, labels in opted_out.items()])
    account = review()["request"]["object"]["spec"]["serviceAccountName"]
    kubectl.apply([{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account, "namespace": name}}
                   for name in opted_out])
    kubectl("apply", "-f", FOLDER / "policy.yaml")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--bin", required=True, help="folder with our programs, a release build")
    arguments.add_argument("--microbench", required=True, help="folder with the microbenchmarks")
    arguments.add_argument("--output", help="also write the figures there, as JSON")
    options = arguments.parse_args()
    os.environ["MESHTRACE_BIN"] = os.path.abspath(options.bin)
    try:
        rows = measure(options.microbench)
    except (PartFailed, AssertionError, OSError) as error:
        say(f"{type(error).__name__}: {error}")
        return 1
    print(table(rows))
    if options.output:
        Path(options.output).write_text(json.dumps(
            {"cores": os.cpu_count(), "machine": platform.machine(), "figures": [row.as_json() for row in rows]},
            indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
