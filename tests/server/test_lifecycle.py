"""From the command line to the end: flags, a port in use, policies from a folder, the graceful drain."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
import unittest

from harness import BIN, PATIENCE, POLICY, Webhook, patch_of, pod, raw_request, read_response, review, swap_link, wait_until

OTHER_POLICY = POLICY.replace("percentage: 10", "percentage: 25")
BAD_POLICY = POLICY.replace("owner: SDK", "owner: Somebody")


def run(*arguments):
    return subprocess.run([BIN, *arguments], capture_output=True, text=True, timeout=PATIENCE)


class CommandLine(unittest.TestCase):
    def test_help_and_version_end_well(self):
        self.assertRegex(run("--version").stdout, r"^meshtrace-webhook \d+\.\d+\.\d+\n$")
        shown = run("--help")
        self.assertEqual((shown.returncode, shown.stderr), (0, ""))
        for flag in ("--bind-address", "--secure-port", "--tls-cert-file", "--tls-private-key-file", "--policy-dir",
                     "--kubeconfig", "--root-namespace", "--drain-delay", "--drain-timeout", "--threads",
                     "--max-connections", "--log-level"):
            self.assertIn(flag, shown.stdout)

    def test_a_wrong_command_line_is_status_2_and_says_what(self):
        for arguments, said in ((["--nonsense"], "--nonsense"), (["--secure-port=99999"], "--secure-port"),
                                (["--threads=0"], "--threads"), (["--log-level=loud"], "--log-level"),
                                (["--drain-delay=soon"], "--drain-delay"),
                                (["--policy-dir=a", "--kubeconfig=b"], "--kubeconfig")):
            with self.subTest(arguments):
                ended = run(*arguments)
                self.assertEqual((ended.returncode, ended.stdout), (2, ""))
                self.assertIn(said, ended.stderr)

    def test_what_keeps_it_from_starting_is_status_1_and_says_what_to_do(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            cases = ((["--bind-address=127.0.0.1", f"--secure-port={port}", "--policy-dir=/"], "the port is in use"),
                     (["--bind-address=example", "--policy-dir=/"], "not an IPv4 or IPv6 address"),
                     (["--bind-address=192.0.2.1", "--policy-dir=/"], "no such address"),
                     (["--bind-address=127.0.0.1", "--secure-port=0", "--kubeconfig=/nowhere"], "/nowhere"))
            for arguments, said in cases:
                with self.subTest(said):
                    ended = run(*arguments)
                    self.assertEqual(ended.returncode, 1, ended.stderr)
                    last = json.loads(ended.stderr.splitlines()[-1])
                    self.assertEqual((last["level"], last["msg"]), ("error", "cannot start"))
                    self.assertIn(said, last["error"])


class PolicyFolder(unittest.TestCase):
    def sampler_argument(self, webhook):
        for operation in patch_of(webhook.mutate(review(pod()))) or []:
            value = operation.get("value")
            for entry in value if isinstance(value, list) else [value]:
                if isinstance(entry, dict) and entry.get("name") == "OTEL_TRACES_SAMPLER_ARG":
                    return entry["value"]
        return None

    def test_a_bad_policy_at_the_start_is_not_ready_until_it_is_mended(self):
        with Webhook(policy=BAD_POLICY, wait_ready=False) as webhook:
            status, text = wait_until(lambda: (r := webhook.get("/readyz"))[1].count("Somebody") and r, "the reason")
            self.assertEqual(status, 503)
            self.assertIn("policy.yaml", text)
            self.assertEqual(webhook.post("/mutate", review(pod()))[0], 503)
            (webhook.policies / "policy.yaml").write_text(POLICY)
            wait_until(lambda: webhook.get("/readyz")[0] == 200, "ready")
            self.assertEqual(self.sampler_argument(webhook), "0.1")

    def test_a_policy_that_turns_bad_leaves_the_last_good_one_loudly(self):
        with Webhook() as webhook:
            (webhook.policies / "policy.yaml").write_text(BAD_POLICY)
            wait_until(lambda: webhook.metric("meshtrace_webhook_policies_up_to_date") == 0, "the bad file is noticed")
            self.assertTrue([line for line in webhook.log if line["level"] == "error" and "Somebody" in str(line)])
            self.assertEqual(webhook.get("/readyz")[0], 200)
            self.assertEqual(self.sampler_argument(webhook), "0.1")
            (webhook.policies / "policy.yaml").write_text(OTHER_POLICY)
            wait_until(lambda: self.sampler_argument(webhook) == "0.25", "the mended policy is in force")
            self.assertEqual(webhook.metric("meshtrace_webhook_policies_up_to_date"), 1)

    def test_a_mounted_folder_changes_by_symlink_swap(self):
        with Webhook(policy=None) as webhook:
            for i, text in enumerate((POLICY, OTHER_POLICY)):
                version = webhook.policies / f"..version-{i}"
                version.mkdir()
                (version / "policy.yaml").write_text(text)
            os.symlink("..version-0", webhook.policies / "..data")
            os.symlink("..data/policy.yaml", webhook.policies / "policy.yaml")
            wait_until(lambda: self.sampler_argument(webhook) == "0.1", "the first version")
            swap_link(webhook.policies / "..data", "..version-1")
            wait_until(lambda: self.sampler_argument(webhook) == "0.25", "the second version")


class Drain(unittest.TestCase):
    def test_a_drain_under_load_fails_no_request(self):
        """Clients go on until the endpoint is gone for them, which is when /readyz says so, and a little later."""
        body = json.dumps(review(pod()))
        failures, served, stop = [], [0], threading.Event()

        def load(webhook):
            client = webhook.client()
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
            client.close()

        with Webhook("--drain-delay=3s") as webhook:
            threads = [threading.Thread(target=load, args=(webhook,)) for _ in range(4)]
            for thread in threads:
                thread.start()
            try:
                wait_until(lambda: served[0] > 50, "load")
                webhook.terminate()
                wait_until(lambda: webhook.get("/readyz")[0] == 503, "unready")
                before = served[0]
                time.sleep(0.5)
                self.assertGreater(served[0], before, "served while draining")
                status, headers, _ = webhook.request("POST", "/mutate", body, {"Content-Type": "application/json"})
                self.assertEqual((status, headers["Connection"]), (200, "close"))
            finally:
                stop.set()
                for thread in threads:
                    thread.join()
            self.assertEqual(webhook.wait(), 0)
            self.assertEqual(failures, [])
            self.assertTrue(webhook.find_log("drained"))

    def test_a_request_in_flight_is_finished(self):
        request = raw_request("POST", "/mutate", json.dumps(review(pod())).encode())
        with Webhook() as webhook, webhook.connect() as connection:
            connection.sendall(request[:-50])
            wait_until(lambda: webhook.metric("meshtrace_webhook_connections") >= 2, "the connection")
            time.sleep(0.3)  # the half request has been read
            webhook.terminate()
            webhook.wait_for_log("draining")
            time.sleep(0.5)
            with self.assertRaises(ConnectionRefusedError):
                webhook.connect_raw()
            connection.sendall(request[-50:])
            status, headers, _ = read_response(connection)
            self.assertEqual((status, headers["Connection"]), (200, "close"))
            self.assertEqual(webhook.wait(), 0)

    def test_idle_connections_do_not_hold_it_up(self):
        with Webhook("--drain-timeout=25s") as webhook:
            connections = []
            for _ in range(20):
                connection = webhook.connect()
                connection.sendall(raw_request("GET", "/healthz"))
                read_response(connection)
                connections.append(connection)
            connections.append(webhook.connect())      # has never asked anything
            connections.append(webhook.connect_raw())  # has not even shaken hands
            webhook.terminate()
            for connection in connections:
                self.assertEqual(connection.recv(1), b"")
                connection.close()
            self.assertEqual(webhook.wait(), 0)
            self.assertTrue(webhook.find_log("drained"))

    def test_the_drain_has_a_bound(self):
        with Webhook("--drain-timeout=1s") as webhook, webhook.connect() as connection:
            connection.sendall(raw_request("POST", "/mutate", b"x" * 100)[:-50])
            wait_until(lambda: webhook.metric("meshtrace_webhook_connections") >= 2, "the connection")
            time.sleep(0.3)
            webhook.terminate()
            self.assertEqual(webhook.wait(), 0)
            self.assertEqual(webhook.find_log("connections were still open at the end of the drain")["connections"], 1)

    def test_a_second_signal_ends_it_at_once(self):
        for first, second in ((signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGTERM)):
            with Webhook("--drain-delay=1h") as webhook:
                webhook.process.send_signal(first)
                webhook.wait_for_log("draining")
                webhook.process.send_signal(second)
                self.assertEqual(webhook.wait(), 128 + second)


if __name__ == "__main__":
    unittest.main()
