"""The controller with a large cluster: memory, how long it takes to know and to say everything, and how many requests.

Two sizes in one control plane, the second ten times the first, so that their ratio shows how it grows. Pods are objects
without a kubelet: the controller reads their metadata alone.
"""
import contextlib
import time
from dataclasses import dataclass

from harness import istio_files, manifests
from harness.api import Api, config_maps, policies
from harness.api_requests import WRITES
from harness.controller import Controller
from harness.controlled import LOGS_W3C, MESH_TEXT, ROOT, W3C, mesh_config
from harness.crowd import Crowd
from harness.fault_proxy import FaultProxy
from harness.policy import policy
from harness.waiting import eventually

from .memory import highest_mb, resident_mb
from .report import Row

SMALL = 1_000  # pods; a twentieth as many namespaces, a tenth as many policies
LARGE = 10_000
PODS_PER_NAMESPACE, PODS_PER_POLICY = 20, 10
RESYNCS = 3
AIM_RSS_MB = 100
LIMIT_S = 300  # beyond which the bench gives up
RECONCILES = "meshtrace_controller_reconciles_total"


@dataclass
class Figures:
    ready_s: float  # from its start until it is ready
    said_s: float  # from its start until every policy has its status
    requests: int  # until then
    converge_s: float  # from an edit of the mesh's policy to the last write that it led to
    converge_writes: int
    steady_writes: int  # in some resyncs
    reconcile_ms: float  # of those, on average
    rss_mb: float
    highest_mb: float


def rows(plane):
    """The control plane has our CRD and rights, and no policies."""
    istio_files.apply_crds(plane.kubectl)
    manifests.apply_mesh_rights(plane.kubectl)
    Api(plane).create(config_maps(ROOT), mesh_config(MESH_TEXT))
    crowd = Crowd(plane, "shop")
    small = _measure(plane, crowd, 0, SMALL)
    large = _measure(plane, crowd, SMALL, LARGE)
    growth = LARGE / SMALL
    against = f"{SMALL:,} pods"

    def row(what, unit, field, aim="", met=lambda many, few: None):
        many, few = getattr(large, field), getattr(small, field)
        return Row(f"controller, {LARGE:,} pods: {what}", unit, many, few, against, aim, met(many, few))

    def linear(many, few):
        return many <= growth * few

    return [
        row("start to ready", "s", "ready_s", f"<= {growth:.0f} times", linear),
        row("start to the last status", "s", "said_s", f"<= {growth:.0f} times", linear),
        row("requests until then", "", "requests", f"<= {growth:.0f} times", linear),
        row("edit of the mesh's policy to the last write", "s", "converge_s", f"<= {growth:.0f} times", linear),
        row("writes for it", "", "converge_writes"),
        row(f"writes in {RESYNCS} resyncs", "", "steady_writes", "0", lambda many, few: many == 0),
        row("one reconcile", "ms", "reconcile_ms", f"<= {growth:.0f} times", linear),
        row("resident memory", "MB", "rss_mb", f"< {AIM_RSS_MB} MB", lambda many, few: many < AIM_RSS_MB),
        row("highest resident memory", "MB", "highest_mb"),
    ]


def _spec(number):
    """The first policy of a namespace holds for all of it, the others select; one in four writes an EnvoyFilter."""
    spec = {"workload": {"resourceAttributes": {"team": f"team-{number}"}}}
    if number % 2:
        spec["selector"] = {"matchLabels": {"app": f"app-{number % 7}"}}
    if number % 4 == 0:
        spec["proxy"] = {"headers": {"maxRequestHeadersKb": 64 + number % 32}}
    return spec


def _grow(crowd, before, pods):
    namespaces, made = pods // PODS_PER_NAMESPACE, before // PODS_PER_NAMESPACE
    crowd.make_namespaces(namespaces - made)
    crowd.make_pods(before, pods - before)
    first, count = before // PODS_PER_POLICY, pods // PODS_PER_POLICY
    crowd.make_policies(first, count - first, _spec)


def _measure(plane, crowd, before, pods):
    _grow(crowd, before, pods)
    api = Api(plane)
    with contextlib.closing(_Proxy(plane)) as proxy:
        started = time.monotonic()
        running = Controller(plane, proxy.url, f"controller-{pods}", manage_certificates=False, resync_period="2s")
        try:
            running.until_ready()
            ready_s = time.monotonic() - started
            eventually(lambda: _all_said(api), "every policy has its status", LIMIT_S)
            said_s, requests = time.monotonic() - started, proxy.count()
            _until_quiet(running, proxy)
            converge_s, converge_writes = _edit_mesh(api, running, proxy)
            proxy.clear()
            reconcile_ms = _resync(running)
            steady_writes = len(_writes(proxy))
            return Figures(ready_s, said_s, requests, converge_s, converge_writes, steady_writes, reconcile_ms,
                           resident_mb(running.process.pid), highest_mb(running.process.pid))
        finally:
            api.delete(policies(ROOT, "mesh"))
            eventually(lambda: api.find(policies(ROOT, "mesh")) is None, "the mesh's policy is gone", LIMIT_S)
            running.stop()
            plane.processes.remove(running.process)


class _Proxy(FaultProxy):
    close = FaultProxy.stop


def _all_said(api):
    items = api.items("/apis/meshtrace.io/v1alpha1/tracingpolicies")
    return all(item.get("status", {}).get("observedGeneration") == item["metadata"]["generation"] for item in items)


def _writes(proxy):
    return proxy.requests(lambda each: each.verb in WRITES and each.resource != "leases")


def _resync(running):
    """Waits for some resyncs; returns how long one took on average."""
    before = running.metrics()
    eventually(lambda: running.metrics()[RECONCILES] >= before[RECONCILES] + RESYNCS, "resyncs", LIMIT_S)
    after = running.metrics()
    total, number = "meshtrace_controller_reconcile_duration_seconds_sum", \
        "meshtrace_controller_reconcile_duration_seconds_count"
    return (after[total] - before[total]) / (after[number] - before[number]) * 1000


def _until_quiet(running, proxy):
    def quiet():
        proxy.clear()
        _resync(running)
        return not _writes(proxy)
    eventually(quiet, "nothing more is written", LIMIT_S)


def _edit_mesh(api, running, proxy):
    """From a policy for the whole mesh, which changes what holds for every pod, to quiet."""
    proxy.clear()
    started = time.monotonic()
    api.apply(policies(ROOT, "mesh"), policy("mesh", ROOT, workload={"propagators": ["tracecontext"]}, **LOGS_W3C))
    eventually(lambda: W3C in api.get(config_maps(ROOT, "istio"))["data"]["mesh"], "the mesh's text has it", LIMIT_S)
    seen = -1
    while seen != len(_writes(proxy)):
        seen = len(_writes(proxy))
        _resync(running)
    return max(write.at for write in _writes(proxy)) - started, seen
