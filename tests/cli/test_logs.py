"""kubectl meshtrace logs: files and standard input, what is said of them, and input that is no access log."""

import json
import subprocess
import unittest

from support import BIN, CommandTest

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
OTHER = "0af7651916cd43dd8448eb211c80319c"
DASH = "-"


def traceparent(trace=TRACE, flags="01"):
    return f"00-{trace}-00f067aa0ba902b7-{flags}"


def entry(value=None, request_id="r1", code=200, cluster="inbound|8080||", milliseconds=1, user_agent="curl/8"):
    """A line of Istio's default text format with our preset W3C."""
    value = traceparent() if value is None else value
    return (f'[2026-11-21T14:22:00.{milliseconds:03}Z] "GET /cart?token=secret HTTP/1.1" {code} - via_upstream - "-" 0 9 1 '
            f'1 "-" "{user_agent}" "{request_id}" "shop:80" "10.1.0.1:8080" {cluster} 127.0.0.6:1 10.1.0.17:8080 '
            f'10.1.2.3:0 - default traceparent={value} tracestate=-\n')


class Logs(CommandTest):
    def logs(self, *arguments, status=0, **options):
        """What it prints; its notes are in self.notes."""
        process = self.run_command("logs", *arguments, **options)
        self.notes = process.stderr.decode()
        self.assertEqual(process.returncode, status, self.notes)
        return process.stdout.decode()

    def summary(self, *arguments, status=1, **options):
        return json.loads(self.logs(*arguments, "-o", "json", status=status, **options))["summary"]

    def test_a_healthy_log_has_nothing_to_tell(self):
        out = self.logs(stdin=entry().encode() * 3)
        self.assertEqual(out.splitlines()[1].split(), ["standard", "input", "inbound", "3", "0", "0", "0", "0", "0"])
        self.assertEqual(len(out.splitlines()), 2)

    def test_each_loss_has_its_hop_its_check_and_examples(self):
        self.write("a.log", entry() + entry(DASH, "r2") + entry(request_id="r3"))
        self.write("b.log", entry(traceparent(OTHER), milliseconds=2) + entry("00-x", "r2")
                   + entry(traceparent(flags="00"), "r3", milliseconds=3) + entry(DASH, DASH, 431, DASH))
        out = self.logs("-f", "a.log", "-f", "b.log", status=1)
        self.assertIn("a.log, inbound: 1 of 3 requests (33.3%) without traceparent\n  MT0101: ", out)
        self.assertIn("  line 2: GET shop:80 /cart, x-request-id r2\n", out)
        self.assertIn("b.log, inbound: 1 of 3 requests (33.3%) with a malformed traceparent\n  MT0102: ", out)
        self.assertIn("traceparent 00-x: not 55 characters long\n", out)
        self.assertIn("b.log, inbound: 1 of 3 requests (33.3%) in another trace than before\n  MT0303: ", out)
        self.assertIn(": trace ...a3ce929d0e0e4736 at a.log inbound, ...8448eb211c80319c here\n", out)
        self.assertIn("b.log, inbound: 1 of 3 requests (33.3%) no longer sampled\n  MT0401: ", out)
        self.assertIn("b.log, other: 1 of 1 requests (100.0%) refused with 431\n  MT0601: ", out)
        self.assertNotIn("secret", out)

    def test_json_and_yaml_have_the_same_and_every_run_too(self):
        self.write("a.log", entry() + "no entry\n" + entry(DASH) * 5)
        runs = {self.logs("-f", "a.log", "-o", "json", status=1) for _ in range(3)}
        document = json.loads(runs.pop())
        self.assertEqual(len(runs), 0)
        hop, = document["hops"]
        finding, = hop["findings"]
        self.assertEqual((hop["source"], hop["direction"], hop["requests"]), ("a.log", "inbound", 6))
        self.assertEqual((finding["kind"], finding["code"], finding["count"], finding["percent"]),
                         ("absent", "MT0101", 5, 83.33))
        self.assertEqual([example["line"] for example in finding["examples"]], [3, 4, 5])
        self.assertEqual(document["sources"], [{"name": "a.log", "lines": 7, "entries": 6, "skipped": 1, "overlong": 0,
                                                "connections": 0, "formats": ["Istio's text"]}])
        self.assertEqual(document["summary"]["absent"], 5)
        self.assertIn("\n  source: a.log\n", self.logs("-f", "a.log", "-o", "yaml", status=1))

    def test_pods_are_told_apart_by_the_prefix_of_kubectl_logs(self):
        lines = "".join(f"[pod/{pod}/istio-proxy] 2026-11-21T14:22:00.123456789Z {entry(value, pod)}"
                        for pod, value in (("shop-1", DASH), ("cart-1", None)))
        out = self.logs(stdin=lines.encode(), status=1)
        self.assertIn("pod/shop-1, inbound: 1 of 1", out)
        self.assertIn("pod/cart-1", out)

    def test_a_container_runtimes_file_and_windows_line_ends(self):
        line = "2026-11-21T14:22:00.123456789Z stdout F " + entry(DASH).rstrip() + "\r\n"
        self.assertEqual(self.summary(stdin=line.encode())["absent"], 1)

    def test_a_format_without_traceparent_is_told(self):
        line = entry().split(" traceparent=")[0] + "\n"
        out = self.logs(stdin=line.encode(), status=1)
        self.assertIn("not shown", out)
        self.assertIn("logged without traceparent\n  MT0502: ", out)

    def test_a_stated_format(self):
        stated = "own %REQ(TRACEPARENT)% %RESPONSE_CODE%\n"
        lines = f"own - 200\nown {traceparent()} 200\nown - 431\n"
        summary = self.summary("--format", stated, stdin=lines.encode())
        self.assertEqual((summary["requests"], summary["absent"], summary["tooLarge"]), (3, 1, 1))
        members = '{"t": "%REQ(TRACEPARENT)%", "c": "%RESPONSE_CODE%"}'
        summary = self.summary("--format", members, stdin=b'{"t":null,"c":200}\n')
        self.assertEqual(summary["absent"], 1)
        self.assertIn("cuts traceparent to 10", self.refuse("logs", "--format", "%REQ(TRACEPARENT):10%"))

    def test_exit_status_above_a_share_alone(self):
        lines = (entry() * 99 + entry(DASH)).encode()
        self.logs("--fail-above", "1", stdin=lines, status=0)
        self.logs("--fail-above", "0.9", stdin=lines, status=1)

    def test_what_is_no_access_log_is_said_and_fails(self):
        for text in (b"", b"\n\n", b"hello\n" * 10, b"\x00\xff" * 1000, b'{"level":"info"}\n'):
            self.assertIn("no access-log entry", self.refuse("logs", stdin=text))
        self.write("a.log", entry())
        self.write("b.log", "hello\n")
        self.logs("-f", "a.log", "-f", "b.log")
        self.assertIn("warning: b.log: no access-log entry in its 1 lines", self.notes)

    def test_what_cannot_be_read_or_is_contradictory_fails(self):
        self.write("a.log", entry())
        for arguments, reason in ((("-f", "missing.log"), "missing.log: cannot be opened"), (("-f", "."), "is a folder"),
                                  (("-f", "-", "-f", "-"), "only once"), (("-f", "a.log", "-l", "a=b"), "give one of them"),
                                  (("-f", "a.log", "--tail", "5"), "are for logs of pods"), (("-o", "html",), "html"),
                                  (("--tail", "-5", "x"), "tail"), (("nonsense/x",), "KIND/NAME"), (("pod/../x",), "no name"),
                                  (("x", "-c", "a/b"), "container"), (("x", "--since", "soon"), "--since")):
            with self.subTest(arguments=arguments):
                environment = {"KUBECONFIG": str(self.write("config", KUBECONFIG))}
                self.assertIn(reason, self.refuse("logs", *arguments, stdin=entry().encode(), env=environment))

    def test_binary_and_truncated_lines_are_skipped_and_terminals_left_alone(self):
        text = (b"\x00\x01\xff\xfe\n" + entry().encode()[:100] + b"\n" + entry("\x1b[2J\x1b]0;x\x07", "\x9b31m").encode("latin-1")
                + b'{"response_code":200,"traceparent":"\n')
        process = self.run_command("logs", stdin=text)
        self.assertEqual(process.returncode, 1)
        self.assertIn(b"\\x1b[2J", process.stdout)
        self.assertIn(b"3 of 4 lines are no access-log entries", process.stderr)
        for output in (process.stdout, process.stderr, self.run_command("logs", "-o", "json", stdin=text).stdout):
            self.assertFalse(set(output) & {0x00, 0x07, 0x1b, 0x9b, 0xff}, output)

    def test_names_of_files_need_not_be_utf8(self):
        name = b"\xff\x1b.log".decode("utf-8", "surrogateescape")
        self.write(name, entry(DASH))
        self.assertEqual(json.loads(self.logs("-f", name, "-o", "json", status=1))["hops"][0]["source"], "\ufffd\x1b.log")
        self.assertNotIn("\x1b", self.run_command("logs", "-f", name).stdout.decode(errors="replace"))

    def test_a_line_of_100_mb_is_left_out_in_little_memory(self):
        run = subprocess.Popen([str(BIN), "logs", "-o", "json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
        run.stdin.write(entry().encode())
        for _ in range(100):
            run.stdin.write(b"x" * 1_000_000)
        run.stdin.write(b"\n" + entry(DASH).encode())
        run.stdin.flush()
        with open(f"/proc/{run.pid}/status") as status:
            peak_kb = int(next(line for line in status if line.startswith("VmHWM")).split()[1])
        out, _ = run.communicate(timeout=60)
        source, = json.loads(out)["sources"]
        self.assertEqual((run.returncode, source["overlong"], source["entries"]), (1, 1, 2))
        self.assertLess(peak_kb, 80_000)


KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
"""


if __name__ == "__main__":
    unittest.main()
