"""The serving certificate: absent, bad, renewed under load, renewed badly."""

import json
import os
import shutil
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

from harness import Webhook, make_certificate, pod, review, swap_link, wait_until


def not_after(certificate):
    text = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-enddate"], check=True,
                          capture_output=True, text=True).stdout
    return ssl.cert_time_to_seconds(text.strip().split("=", 1)[1])


class Certificates(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="meshtrace-tls-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def mounted(self, versions):
        """A folder as the kubelet mounts a Secret, showing version 0 of the pairs made here."""
        mount = self.folder / "mount"
        mount.mkdir()
        for i in range(versions):
            make_certificate(mount / f"..version-{i}", name=f"version-{i}")
        os.symlink("..version-0", mount / "..data")
        for name in ("tls.crt", "tls.key"):
            os.symlink(f"..data/{name}", mount / name)
        return mount

    @staticmethod
    def served(webhook):
        """The certificate of a new connection, in DER."""
        with webhook.connect() as connection:
            return connection.getpeercert(binary_form=True)

    @staticmethod
    def der(path):
        return ssl.PEM_cert_to_DER_cert(Path(path).read_text())

    def test_renewal_under_load_fails_no_request(self):
        versions = 4
        mount = self.mounted(versions)
        trust = ssl.create_default_context()
        for i in range(versions):
            trust.load_verify_locations(mount / f"..version-{i}" / "tls.crt")
        body = json.dumps(review(pod()))
        failures, served, stop = [], [0], threading.Event()

        def load(webhook, keep_alive):
            client = webhook.client()
            client._context = trust
            while not stop.is_set():
                try:
                    client.request("POST", "/mutate", body, {"Content-Type": "application/json"})
                    response = client.getresponse()
                    response.read()
                    served[0] += 1
                    if response.status != 200:
                        failures.append(response.status)
                except Exception as error:  # each is a failed admission
                    failures.append(repr(error))
                if not keep_alive:
                    client.close()
            client.close()

        with Webhook(certificate=mount) as webhook:
            threads = [threading.Thread(target=load, args=(webhook, i % 2 == 0)) for i in range(4)]
            for thread in threads:
                thread.start()
            try:
                for i in range(1, versions):
                    swap_link(mount / "..data", f"..version-{i}")
                    wait_until(lambda: self.served(webhook) == self.der(mount / f"..version-{i}" / "tls.crt"),
                               f"version {i} is served")
            finally:
                stop.set()
                for thread in threads:
                    thread.join()
            self.assertEqual(failures, [])
            self.assertGreater(served[0], 50)
            self.assertEqual(webhook.metric("meshtrace_webhook_certificate_failures_total"), 0)

    def test_expiry_is_a_metric(self):
        with Webhook() as webhook:
            self.assertEqual(webhook.metric("meshtrace_webhook_certificate_expiry_timestamp_seconds"),
                             not_after(webhook.certificates / "tls.crt"))

    def test_a_bad_renewal_keeps_the_old_certificate_loudly(self):
        pair = make_certificate(self.folder / "tls")
        other = make_certificate(self.folder / "other", name="other")
        with Webhook(certificate=pair) as webhook:
            old = self.served(webhook)
            expiry = webhook.metric("meshtrace_webhook_certificate_expiry_timestamp_seconds")
            for i, (name, content, said) in enumerate((
                    ("tls.key", (other / "tls.key").read_text(), "does not belong to the certificate"),
                    ("tls.crt", "rubbish", "no PEM certificate"),
                    ("tls.key", None, "cannot be read"))):
                with self.subTest(said):
                    good = (pair / name).read_text()
                    if content is None:
                        (pair / name).unlink()
                    else:
                        (pair / name).write_text(content)
                    entry = webhook.wait_for_log("the new certificate cannot be used, the old one stays in service",
                                                 error=said)
                    self.assertIn(str(pair / name), entry["error"])
                    self.assertEqual(entry["level"], "error")
                    self.assertEqual(webhook.get("/readyz")[0], 200)
                    self.assertEqual(self.served(webhook), old)
                    metrics = webhook.metrics()
                    self.assertGreater(metrics["meshtrace_webhook_certificate_failures_total"], i)
                    self.assertEqual(metrics["meshtrace_webhook_certificate_expiry_timestamp_seconds"], expiry)
                    (pair / name).write_text(good)
                    time.sleep(1.2)  # the good pair is seen again before the next bad one
            for name in ("tls.crt", "tls.key"):
                shutil.copy(other / name, pair / name)
            wait_until(lambda: self.served(webhook) == self.der(other / "tls.crt"), "the good renewal is served")

    def test_a_missing_certificate_is_waited_for(self):
        folder = self.folder / "late"
        folder.mkdir()
        with Webhook(certificate=folder, wait_ready=False) as webhook:
            self.assertEqual(webhook.get("/healthz")[0], 200)  # alive: a restart would not bring the Secret
            status, text = webhook.get("/readyz")
            self.assertEqual(status, 503)
            self.assertIn(f"{folder}/tls.crt: cannot be read: No such file", text)
            webhook.wait_for_log("no certificate to serve with, not ready until there is one")
            made = make_certificate(self.folder / "made")
            for name in ("tls.key", "tls.crt"):
                shutil.move(made / name, folder / name)
            wait_until(lambda: webhook.get("/readyz")[0] == 200, "ready")
            self.assertEqual(self.served(webhook), self.der(folder / "tls.crt"))

    def test_a_bad_certificate_at_the_start_is_not_ready_and_named(self):
        other = make_certificate(self.folder / "other")
        encrypted = subprocess.run(["openssl", "ec", "-in", other / "tls.key", "-aes128", "-passout", "pass:x"],
                                   check=True, capture_output=True, text=True).stdout
        cases = (("tls.crt", "", "no PEM certificate"), ("tls.key", "", "no PEM private key"),
                 ("tls.key", encrypted, "needs a password"),
                 ("tls.key", (other / "tls.key").read_text(), "does not belong"),
                 ("tls.crt", "x" * 300_000, "larger than"))
        for i, (name, content, said) in enumerate(cases):
            with self.subTest(said):
                pair = make_certificate(self.folder / f"bad-{i}")
                (pair / name).write_text(content)
                with Webhook(certificate=pair, wait_ready=False) as webhook:
                    status, text = webhook.get("/readyz")
                    self.assertEqual(status, 503)
                    self.assertIn(said, text)
                    self.assertIn(str(pair / name), text)


if __name__ == "__main__":
    unittest.main()
