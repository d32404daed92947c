"""The webhook's certificates with lives of seconds: made, renewed and repaired by the controller while the API server
calls the webhook all the time, with failurePolicy Fail. The Service is the manifests' own, by the name that the leaf is
for; it leads to loopback."""
import base64
import contextlib
import signal
import ssl
import threading
import unittest

from harness import manifests
from harness.api import Api, ApiFailed
from harness.control_plane import ControlPlane
from harness.controller import Controller
from harness.mounted_secret import MountedSecret
from harness.pods import pod
from harness.waiting import eventually
from harness.webhook import Webhook

NAMESPACE = "shop"
SERVICE = "meshtrace-webhook"
HOST = f"{SERVICE}.{manifests.NAMESPACE}.svc"
AUTHORITY, LEAF = "meshtrace-webhook-ca", "meshtrace-webhook-tls"
# Seconds instead of months; the kubelet's part of the delay is MOUNT_DELAY_S and the second until the webhook looks.
LIVES = {"certificate_lifetime": "30s", "ca_lifetime": "90s", "certificate_propagation_delay": "2s"}
ELECTION = {"leader_elect_lease_duration": "6s", "leader_elect_renew_deadline": "4s", "leader_elect_retry_period": "1s"}
MOUNT_DELAY_S = 0.5
CLIENTS = 3  # that create pods at once
ROTATIONS_S = 240  # two changes of authority take some 120 s

plane = None
api = None
webhook = None


def setUpModule():
    global plane, api, webhook
    plane = unittest.enterModuleContext(ControlPlane())
    api = Api(plane)
    manifests.apply_foundation(plane.kubectl)
    manifests.apply_mesh_rights(plane.kubectl)
    api.create("/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
    api.create(f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts", {"metadata": {"name": "default"}})
    folder = plane.folder / "mounted"
    unittest.enterModuleContext(MountedSecret(plane, manifests.NAMESPACE, LEAF, folder, MOUNT_DELAY_S))
    webhook = Webhook(plane, mounted=folder)
    register()


def register():
    """The registrations of the base; of its Service the port and where it leads are other ones. Fail: a certificate that
    is not trusted shows as a pod that is not created."""
    api.create(f"/api/v1/namespaces/{manifests.NAMESPACE}/services", {
        "metadata": {"name": SERVICE}, "spec": {"type": "ExternalName", "externalName": "localhost"}})
    for configuration in manifests.rendered(plane.kubectl):
        if configuration["kind"] in manifests.WEBHOOK_KINDS:
            for each in configuration["webhooks"]:
                each["clientConfig"]["service"]["port"] = webhook.port
                each["failurePolicy"] = "Fail"
            plane.kubectl.apply(configuration)


@contextlib.contextmanager
def controllers(*names):
    running = [Controller(plane, name=name, **LIVES, **ELECTION) for name in names]
    try:
        yield [each.until_ready() for each in running]
    finally:
        for each in running:
            each.kill()
            plane.processes.remove(each.process)


def secret(name):
    return api.find(secret_path(name))


def secret_path(name):
    return f"/api/v1/namespaces/{manifests.NAMESPACE}/secrets/{name}"


def content(name, key="tls.crt"):
    """What the Secret has under the key; nothing where it has not."""
    text = ((secret(name) or {}).get("data") or {}).get(key, "")
    return base64.b64decode(text).decode(errors="replace")


def configuration_path(kind):
    return f"/apis/admissionregistration.k8s.io/v1/{kind.lower()}s/meshtrace-webhook"


def bundles():
    """What the API server trusts, for each webhook of both configurations."""
    return [base64.b64decode(each["clientConfig"].get("caBundle", "")).decode()
            for kind in manifests.WEBHOOK_KINDS for each in api.get(configuration_path(kind))["webhooks"]]


def certificates_in(bundle):
    return bundle.count("BEGIN CERTIFICATE")


def create_pod():
    """By the API server's way to the webhook, and without a trace."""
    api.create(f"/api/v1/namespaces/{NAMESPACE}/pods?dryRun=All", pod("try"))


def admitted():
    try:
        create_pod()
        return True
    except ApiFailed as failed:
        raise AssertionError(str(failed)) from failed


def shown_leaf():
    """The certificate that the webhook serves, as PEM."""
    return ssl.get_server_certificate(("127.0.0.1", webhook.port))


class Load:
    """Creates pods all the time; what the API server answers to those that it refuses is in `failures`."""

    def __init__(self):
        self.created = 0
        self.failures = []
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._create, daemon=True) for _ in range(CLIENTS)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _create(self):
        while not self._stopped.wait(0.02):
            try:
                create_pod()
                self.created += 1
            except (ApiFailed, OSError) as failed:
                self.failures.append(str(failed))


class Seen:
    """Counts the different values that a place has had."""

    def __init__(self, read):
        self._read = read
        self._last = read()
        self.changes = 0

    def look(self):
        now = self._read()
        if now and now != self._last:
            self._last = now
            self.changes += 1
        return self.changes


class TheCertificates(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.load = Load()

    def run(self, result=None):
        """Where a test fails, what the programs said last is shown with it."""
        failed = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > failed:
            for process in plane.processes[2:]:  # ours, after etcd and the API server
                print(f"--- the end of {process.log.name}\n{process.tail(25)}")

    def until_served(self):
        eventually(admitted, "pods are admitted")

    def until_mended(self, what):
        """Both Secrets hold a pair that belongs together, and both configurations trust it."""
        def mended():
            leaf, authority = content(LEAF), content(AUTHORITY)
            return (leaf and content(LEAF, "tls.key") and content(LEAF, "ca.crt") == authority
                    and all(authority in bundle for bundle in bundles()))
        eventually(mended, what)

    def expect_no_failure(self):
        self.assertEqual(self.load.failures[:3], [], f"{len(self.load.failures)} of {self.load.created} failed")
        self.assertGreater(self.load.created, 100)

    def test_rotate_under_load_without_one_failed_admission(self):
        with controllers("replica-1"):
            self.until_served()
            leaves, authorities = Seen(lambda: content(LEAF)), Seen(lambda: content(AUTHORITY))
            shown, sizes = Seen(shown_leaf), set()

            def rotated():
                sizes.update(map(certificates_in, bundles()))
                leaves.look(), shown.look()
                # And the leaf of the second one is at the webhook.
                return authorities.look() >= 2 and content(LEAF, "ca.crt") == content(AUTHORITY) \
                    and shown_leaf() == content(LEAF)
            with self.load:
                eventually(rotated, "the authority changes twice", ROTATIONS_S)
            self.expect_no_failure()
            self.assertGreaterEqual(leaves.changes, 4)
            self.assertGreaterEqual(shown.changes, 4)
            self.assertTrue({1, 2} <= sizes, f"old and new authority side by side, and then the new one alone: {sizes}")

    def test_survive_the_loss_of_each_secret_under_load(self):
        def delete(name):
            return lambda: api.delete(secret_path(name))

        def damage(name, key):
            return lambda: api.merge(secret_path(name), {"data": {key: base64.b64encode(b"damaged").decode()}})
        with controllers("replica-1"):
            self.until_served()
            with self.load:
                for what, name, happen in (
                        ("the leaf's Secret is deleted", LEAF, delete(LEAF)),
                        ("the leaf's key is damaged", LEAF, damage(LEAF, "tls.key")),
                        ("the leaf's certificate is damaged", LEAF, damage(LEAF, "tls.crt")),
                        ("the authority's Secret is deleted", AUTHORITY, delete(AUTHORITY)),
                        ("the authority's key is damaged", AUTHORITY, damage(AUTHORITY, "tls.key")),
                        ("the authority's certificate is damaged", AUTHORITY, damage(AUTHORITY, "tls.crt"))):
                    with self.subTest(what):
                        before = content(name)
                        happen()
                        eventually(lambda: content(name) not in ("", "damaged", before), f"{what}: a new one is made")
                        self.until_mended(what)
                        eventually(lambda: shown_leaf() == content(LEAF), "the webhook serves the new leaf")
            self.expect_no_failure()

    def test_put_the_authority_back_into_an_emptied_bundle(self):
        with controllers("replica-1"):
            self.until_served()
            for kind in manifests.WEBHOOK_KINDS:
                with self.subTest(kind):
                    operation = {"op": "remove", "path": "/webhooks/0/clientConfig/caBundle"}
                    api.request("PATCH", configuration_path(kind), [operation], "application/json-patch+json")
                    self.until_mended("the bundle is filled again")
            self.until_served()

    def test_go_on_where_a_killed_leader_stopped(self):
        """Killed at any moment of a change of authority, with a second replica that takes over, or by itself again."""
        with controllers("replica-1", "replica-2") as (first, second):
            self.until_served()
            with self.load:
                for victim in (first, second):
                    before = content(AUTHORITY)
                    api.delete(secret_path(AUTHORITY))
                    eventually(lambda: content(AUTHORITY) not in ("", before), "a new authority is made")
                    victim.process.stop(signal.SIGKILL)
                    eventually(lambda: content(LEAF, "ca.crt") == content(AUTHORITY), "the leaf follows")
                    victim.start().until_ready()
                self.until_mended("all is well in the end")
            self.expect_no_failure()

    def test_are_not_touched_by_a_restart(self):
        with controllers("replica-1"):
            self.until_served()
            self.until_mended("they are there")
        lasting = LIVES | {"certificate_lifetime": "20000s", "ca_lifetime": "60000s"}
        for name in (LEAF, AUTHORITY):
            api.delete(secret_path(name))
        running = Controller(plane, name="lasting", **lasting, leader_elect=False)
        self.addCleanup(plane.processes.remove, running.process)
        self.addCleanup(running.kill)
        running.until_ready()
        self.until_mended("made anew")
        eventually(lambda: all(content(AUTHORITY, "previous.crt").count("BEGIN") == certificates_in(bundle) - 1
                               for bundle in bundles()), "the bundles hold what is in use")
        eventually(lambda: content(LEAF, "ca.crt") == content(AUTHORITY), "the leaf is the new authority's")

        def versions():
            objects = [secret(AUTHORITY), secret(LEAF), *(api.get(configuration_path(kind))
                                                          for kind in manifests.WEBHOOK_KINDS)]
            return [each["metadata"]["resourceVersion"] for each in objects]
        before = versions()
        running.kill()
        running.start().until_ready()
        # It has looked at them: it knows when they end.
        eventually(lambda: any("certificate" in name and value > 0 for name, value in running.metrics().items()
                               if "expiry" in name), "it has looked")
        self.assertEqual(versions(), before)

    def test_leave_no_key_in_the_log(self):
        with controllers("replica-1") as (running,):
            for name in (AUTHORITY, LEAF):
                with contextlib.suppress(ApiFailed):
                    api.delete(secret_path(name))
            eventually(lambda: "issued a new certificate" in running.process.text(), "a new certificate is issued")
            self.until_mended("they are there")
            keys = [content(name, "tls.key") for name in (AUTHORITY, LEAF)]
            log = running.process.text()
        self.assertIn("made a new authority", log)
        for key in keys:
            for line in key.splitlines():
                self.assertNotIn(line, log)

    def test_are_left_to_cert_manager_where_it_injects(self):
        path = configuration_path("MutatingWebhookConfiguration")
        annotation = "cert-manager.io/inject-ca-from"
        api.merge(path, {"metadata": {"annotations": {annotation: "meshtrace-system/webhook"}}})
        self.addCleanup(api.merge, path, {"metadata": {"annotations": {annotation: None}}})
        with contextlib.suppress(ApiFailed):
            api.delete(secret_path(AUTHORITY))
        with controllers("replica-1") as (running,):
            eventually(lambda: annotation in running.process.text(), "it says so")
            self.assertIsNone(secret(AUTHORITY))


if __name__ == "__main__":
    unittest.main()
