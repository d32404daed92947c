"""The program as a program: help, version, completion, colour, closed pipes."""

import json
import os
import pty
import shutil
import subprocess
import unittest

from support import BIN, POD, ROOT, CommandTest

VERSION = (ROOT / "VERSION").read_text().strip()


class Program(CommandTest):
    def test_help_of_every_command(self):
        top = self.succeed("--help").stdout.decode()
        for command in ("inject", "validate", "explain", "render", "status", "version", "completion"):
            self.assertIn(command, top)
            page = self.succeed(command, "--help").stdout.decode()
            self.assertIn("kubectl meshtrace " + command, page)
        self.assertNotIn("__complete", top)
        page = self.succeed("inject", "-h").stdout.decode()
        for option in ("-f", "--filename", "--policy", "--diff", "-o", "--output", "-n", "--namespace", "--root-namespace", "-R"):
            self.assertIn(option, page)

    def test_version(self):
        self.assertIn(VERSION, self.succeed("version").stdout.decode())
        self.assertEqual(json.loads(self.succeed("version", "-o", "json").stdout)["version"], VERSION)
        self.assertIn(f'version: "{VERSION}"', self.succeed("version", "-o", "yaml").stdout.decode())

    def on_terminal(self, *arguments, env=None):
        """Standard output as a terminal shows it."""
        main, other = pty.openpty()
        try:
            subprocess.run([str(BIN), *arguments], stdout=other, stderr=subprocess.DEVNULL, cwd=self.folder, timeout=60,
                           env={"PATH": os.environ["PATH"], "TERM": "xterm", **(env or {})}, check=True)
            os.close(other)
            other = None
            shown = b""
            while True:
                try:
                    shown += os.read(main, 65536)
                except OSError:  # EIO: everything was read
                    return shown
        finally:
            os.close(main)
            if other is not None:
                os.close(other)

    def test_colour_only_on_a_terminal_that_wants_it(self):
        diff = ("inject", "-f", "pod.yaml", "--policy", "policy.yaml", "--diff")
        self.assertIn(b"\x1b[32m+", self.on_terminal(*diff))
        self.assertNotIn(b"\x1b", self.on_terminal(*diff, env={"NO_COLOR": "1"}))
        self.assertNotIn(b"\x1b", self.on_terminal(*diff, env={"TERM": "dumb"}))
        self.assertNotIn(b"\x1b", self.succeed(*diff).stdout)

    def test_a_closed_pipe_is_told(self):
        self.write("many.yaml", "---\n".join(POD.replace("web", f"web-{i}") for i in range(500)))
        process = subprocess.Popen([str(BIN), "inject", "-f", "many.yaml", "--policy", "policy.yaml"], cwd=self.folder,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.close()
        message = process.stderr.read().decode()
        process.stderr.close()
        self.assertEqual(process.wait(timeout=60), 2)
        self.assertEqual(message, "error: standard output: cannot be written: Broken pipe\n")

    def test_a_full_disk_is_told(self):
        with open("/dev/full", "wb") as full:
            process = subprocess.run([str(BIN), "version"], stdout=full, stderr=subprocess.PIPE, check=False)
        self.assertEqual(process.returncode, 2)
        self.assertIn(b"No space left on device", process.stderr)


class Completion(CommandTest):
    def candidates(self, *words):
        lines = self.succeed("__complete", *words).stdout.decode().splitlines()
        return [line.split("\t")[0] for line in lines[:-1]], lines[-1]

    def test_answers_from_the_command_table(self):
        self.assertEqual(self.candidates(""), (["inject", "validate", "explain", "render", "status", "audit", "logs",
                                                "probe", "version", "completion"], ":4"))
        self.assertEqual(self.candidates("v"), (["validate", "version"], ":4"))
        self.assertEqual(self.candidates("completion", ""), (["bash", "zsh", "fish"], ":4"))
        self.assertEqual(self.candidates("inject", "-o", ""), (["yaml", "json"], ":4"))
        self.assertEqual(self.candidates("status", "-o", ""), (["table", "wide", "json", "yaml"], ":4"))
        self.assertEqual(self.candidates("render", "--target", "h"), (["helm"], ":4"))
        self.assertEqual(self.candidates("status", "--al"), (["--all-namespaces"], ":4"))
        self.assertEqual(self.candidates("inject", "--output", "j"), (["json"], ":4"))
        self.assertEqual(self.candidates("inject", "--output", "=", "j"), (["json"], ":4"))
        self.assertEqual(self.candidates("inject", "-f", ""), ([], ":0"))
        self.assertEqual(self.candidates("inject", "--di"), (["--diff"], ":4"))
        self.assertIn("--policy", self.candidates("explain", "--")[0])

    def test_the_bash_script_completes(self):
        script = self.succeed("completion", "bash").stdout.decode()
        ask = ('COMP_WORDS=(kubectl-meshtrace {words}); COMP_CWORD={index}; _kubectl_meshtrace; echo "${{COMPREPLY[*]}}"\n')
        script += ask.format(words="v", index=1) + ask.format(words="inject -o j", index=3) + ask.format(words="inject --output = y", index=4)
        environment = {"PATH": f"{BIN.parent}:{os.environ['PATH']}"}
        process = subprocess.run(["bash", "-eu", "-c", script], capture_output=True, text=True, env=environment, check=True)
        self.assertEqual(process.stdout.splitlines(), ["validate version", "json", "yaml"])
        self.assertEqual(process.stderr, "")

    def test_the_other_scripts_are_valid_where_their_shell_is(self):
        for shell, check in (("zsh", "-n"), ("fish", "-n")):
            with self.subTest(shell):
                script = self.succeed("completion", shell).stdout
                self.assertIn(b"__complete", script)
                if shutil.which(shell):
                    path = self.write("script", script)
                    subprocess.run([shell, check, str(path)], check=True, capture_output=True)


if __name__ == "__main__":
    unittest.main()
