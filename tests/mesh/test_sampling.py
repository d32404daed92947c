"""Sampling: the trap that Istio's 1 % is for SDKs, and that each of the policy's two owners ends it.

A proxy that decides not to sample sends flags 00, and every parent-based SDK behind it keeps silent.
"""
import math
import unittest

from harness import traffic
from harness.envoy import VERSIONS
from harness.mesh import MESH_TEXT, TRACING_PROVIDER
from harness.mesh_case import MeshTestCase

REQUESTS = 10_000
CONCURRENCY = 8
# A correct system leaves its bounds once in so many runs.
RUNS_PER_FALSE_ALARM = 10**6
TRACE = "0af7651916cd43dd8448eb211c80319c"
SAMPLED = f"00-{TRACE}-b7ad6b7169203331-01"
NOT_SAMPLED = f"00-{TRACE}-b7ad6b7169203331-00"
# As people turn tracing on without a Telemetry: then 1 % (PILOT_TRACE_SAMPLING) is what Istio samples.
TRACING_MESH = MESH_TEXT.replace("# the end", f"defaultProviders: {{tracing: [{TRACING_PROVIDER}]}}\n# the end")


def bounds(count, probability):
    """The numbers of successes that a binomial variable stays within, but once in RUNS_PER_FALSE_ALARM."""
    tail = 0.5 / RUNS_PER_FALSE_ALARM
    below, low = 0.0, -1
    while below < tail:
        low += 1
        below += binomial(count, probability, low)
    above, high = 0.0, count + 1
    while above < tail:
        high -= 1
        above += binomial(count, probability, high)
    return low, high


def binomial(count, probability, successes):
    choose = math.lgamma(count + 1) - math.lgamma(successes + 1) - math.lgamma(count - successes + 1)
    return math.exp(choose + successes * math.log(probability) + (count - successes) * math.log1p(-probability))


def named(what, version):
    return f"{what}-{version.replace('.', '-')}"


def traces(manager):
    return bool(manager.get("tracing", {}).get("provider"))


class Sampling(MeshTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sidecars = {version: cls.sidecar(named("interior", version), version=version) for version in VERSIONS}
        cls.entries = {version: cls.gateway(named("entry", version), behind=cls.sidecars[version], version=version)
                       for version in VERSIONS}
        cls.proxies = (*cls.sidecars.values(), *cls.entries.values())
        for proxy in cls.proxies:
            proxy.until_serving()

    def setUp(self):
        """A mesh that traces, as it comes."""
        self.addCleanup(self.mesh.set_text, MESH_TEXT)
        self.mesh.set_text(TRACING_MESH)
        self.until_all(self.proxies, traces, "every proxy traces")

    def until_sampling(self, proxies, percentage):
        self.until_all(proxies, lambda manager: manager["tracing"]["random_sampling"]["value"] == percentage,
                       f"sampling is {percentage} %")

    def flags(self, proxy, count=REQUESTS, headers=()):
        """How many requests the application got with each value of the flags; None counts those without traceparent."""
        replies = traffic.send([traffic.request(proxy.url, headers, count=count)], CONCURRENCY)
        counts = {}
        for reply in replies:
            values = traffic.received(reply, "traceparent")
            flag = values[0][-2:] if values else None
            counts[flag] = counts.get(flag, 0) + 1
        self.assertEqual(sum(counts.values()), count)
        return counts

    def assert_rate(self, counts, probability):
        low, high = bounds(REQUESTS, probability)
        self.assertEqual(set(counts), {"00", "01"})
        self.assertTrue(low <= counts["01"] <= high, f"{counts}: not from {low} to {high}")

    def test_one_percent_of_istio_silences_sdks(self):
        """The trap."""
        self.assert_rate(self.flags(self.entries[VERSIONS[-1]]), 0.01)

    def test_one_percent_inside_cuts_traces_that_came_sampled_on_newer_versions(self):
        """The other half of it: why interior proxies are at 100 % where the proxy owns the decision."""
        oldest, newest = self.sidecars[VERSIONS[0]], self.sidecars[VERSIONS[-1]]
        self.assertEqual(self.flags(oldest, 200, [["traceparent", SAMPLED]]), {"01": 200})
        self.assertGreater(self.flags(newest, 200, [["traceparent", SAMPLED]]).get("00", 0), 100)

    def test_owner_sdk_leaves_the_headers_alone(self):
        self.enforce("sampling", sampling={"owner": "SDK", "percentage": 1})
        self.until_all(self.proxies, lambda manager: not traces(manager), "no proxy traces")
        for version, proxy in self.entries.items():
            with self.subTest(version):
                self.assertEqual(self.flags(proxy, 200), {None: 200})
                for sent in (SAMPLED, NOT_SAMPLED):
                    reply, = traffic.send([traffic.request(proxy.url, [["traceparent", sent], ["tracestate", "a=1"]])])
                    self.assertEqual(traffic.received(reply, "traceparent"), [sent])
                    self.assertEqual(traffic.received(reply, "tracestate"), ["a=1"])

    def test_owner_proxy_decides_at_the_gateway_and_the_interior_keeps_it(self):
        self.enforce("sampling", sampling={"owner": "Proxy", "percentage": 25},
                     proxy={"tracingProvider": TRACING_PROVIDER})
        self.until_sampling(self.entries.values(), 25)
        self.until_sampling(self.sidecars.values(), 100)
        self.assert_rate(self.flags(self.entries[VERSIONS[-1]]), 0.25)
        for version in VERSIONS:
            with self.subTest(version):
                inside = self.sidecars[version]
                self.assertEqual(self.flags(inside, 200, [["traceparent", SAMPLED]]), {"01": 200})
                self.assertEqual(self.flags(inside, 200, [["traceparent", NOT_SAMPLED]]), {"00": 200})
                self.assertEqual(self.flags(inside, 200), {"01": 200})  # what begins inside is traced
        self.delete_policy("sampling")
        self.until_sampling(self.proxies, 1)
        self.assertEqual(self.mesh.text(), TRACING_MESH)


if __name__ == "__main__":
    unittest.main()
