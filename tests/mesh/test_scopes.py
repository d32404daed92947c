"""A policy of a namespace or with a selector changes its own proxies; all others' configuration stays as it is."""
import unittest

from harness.mesh import MESH_TEXT
from harness.mesh_case import MeshTestCase, gateways

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
HEADERS = [["traceparent", TRACEPARENT]]
# Log and limits: of each kind of object that a policy becomes there is one.
SETTINGS = {"accessLog": {"traceHeaders": ["W3C"]}, "headers": {"maxRequestHeadersCount": 150}}


def limits(proxy):
    """max_headers_count of each of the proxy's connection managers."""
    return {manager.get("common_http_protocol_options", {}).get("max_headers_count")
            for manager in proxy.connection_managers()}


class Scopes(MeshTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        other = cls.new_namespace()
        cls.checkout = cls.sidecar("checkout", labels={"tier": "front"})
        cls.cart = cls.sidecar("cart", labels={"tier": "back"})
        cls.elsewhere = cls.sidecar("checkout", other, labels={"tier": "front"})
        cls.sidecars = (cls.checkout, cls.cart, cls.elsewhere)
        for proxy in cls.sidecars:
            proxy.until_serving()
        cls.gateway = next(iter(gateways().values()))

    def setUp(self):
        self.until_settled()
        self.before = {proxy: proxy.config() for proxy in (*self.sidecars, self.gateway)}

    def until_changed(self, *proxies):
        for proxy in proxies:
            self.until(lambda proxy=proxy: self.assert_settings(proxy), f"{proxy.name} has the policy's settings")

    def assert_settings(self, proxy):
        self.assertEqual(limits(proxy), {150})
        self.assertIn(f"traceparent={TRACEPARENT}", self.log_line(proxy, HEADERS))
        return True

    def assert_unchanged(self, *proxies):
        self.until_settled()
        for proxy in proxies:
            with self.subTest(f"{proxy.name}.{proxy.namespace}"):
                self.assertEqual(proxy.config(), self.before[proxy])
                self.assertNotIn(TRACEPARENT, self.log_line(proxy, HEADERS))

    def assert_gone(self, name):
        """Without the policy everything is as it was."""
        self.delete_policy(name, self.namespace)
        self.assertEqual(self.mesh.text(), MESH_TEXT)
        for proxy in (self.checkout, self.cart):
            self.until(lambda proxy=proxy: proxy.config() == self.before[proxy], f"{proxy.name} is as it was")
        self.assert_unchanged(*self.before)

    def test_of_a_namespace_is_that_namespace(self):
        self.enforce("scope", self.namespace, proxy=SETTINGS)
        self.until_changed(self.checkout, self.cart)
        self.assert_unchanged(self.elsewhere, self.gateway)
        self.assert_gone("scope")

    def test_of_a_selector_is_those_workloads_of_its_namespace(self):
        self.enforce("scope", self.namespace, selector={"matchLabels": {"tier": "front"}}, proxy=SETTINGS)
        self.until_changed(self.checkout)
        self.assert_unchanged(self.cart, self.elsewhere, self.gateway)
        self.assert_gone("scope")

    def test_of_the_mesh_is_all_and_a_namespace_overrides_it(self):
        self.enforce("mesh", proxy={"headers": {"maxRequestHeadersCount": 120}})
        self.enforce("scope", self.namespace, proxy=SETTINGS)
        self.until_changed(self.checkout, self.cart)
        for proxy in (self.elsewhere, self.gateway):
            self.assertEqual(limits(proxy), {120}, proxy.name)
        self.delete_policy("mesh")
        self.until_changed(self.checkout, self.cart)
        self.until(lambda: all(proxy.config() == self.before[proxy] for proxy in (self.elsewhere, self.gateway)),
                   "the others are as they were")
        self.assert_gone("scope")


if __name__ == "__main__":
    unittest.main()
