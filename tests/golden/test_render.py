"""Golden files of `render`: for each case and target, what is printed and what is said on standard error.

A case is a folder in render/ with policy.yaml, perhaps mesh.yaml, and expected/ with a file for each target and
messages.txt. tests/cluster/test_rendered_documents.py gives the same files to Istio's own schemas and tools.
`python3 tests/golden/test_render.py --update-goldens` writes expected/ anew: read the diff before committing it.
"""
import difflib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
CASES = HERE / "render"
BIN = pathlib.Path(os.environ.get("MESHTRACE_BIN", HERE.parents[1] / "build" / "bin")) / "kubectl-meshtrace"
TARGETS = ("configmap", "helm", "sail", "istiooperator", "mutatingadmissionpolicy")


def files_of(case):
    """Named relative to the case, so that messages do not depend on where the checkout is."""
    return [name for name in ("policy.yaml", "mesh.yaml") if (case / name).exists()]


def render(case, target, *arguments):
    command = [BIN, "render", "-f", *files_of(case), "--target", target, *arguments]
    done = subprocess.run(command, capture_output=True, check=False, cwd=case)
    if done.returncode:
        raise AssertionError(f"{case.name}, {target}: exit status {done.returncode}: {done.stderr.decode()}")
    return done


def expected_files(case):
    """Name and bytes of every file in expected/."""
    said = b""
    for target in TARGETS:
        done = render(case, target)
        yield f"{target}.yaml", done.stdout
        said += b"".join(f"{target}: ".encode() + line for line in done.stderr.splitlines(keepends=True))
    yield "messages.txt", said


class Render(unittest.TestCase):
    maxDiff = None

    def for_each_case(self, check):
        cases = sorted(CASES.iterdir())
        self.assertGreater(len(cases), 5)
        for case in cases:
            with self.subTest(case.name):
                check(case)

    def test_prints_what_the_golden_files_say(self):
        def check(case):
            for name, found in expected_files(case):
                with self.subTest(name):
                    self.assertEqual(found.decode(), (case / "expected" / name).read_text())

        self.for_each_case(check)

    def test_only_keys_of_ours_change_in_the_authors_mesh(self):
        """Lines that are gone from the printed ConfigMap are the access log's own."""
        def check(case):
            printed = (case / "expected" / "configmap.yaml").read_text()
            if not (case / "mesh.yaml").exists() or "kind: ConfigMap" not in printed:
                return
            after = "".join(text for text in printed.split("---\n") if "kind: ConfigMap" in text)
            before = (case / "mesh.yaml").read_text().replace("---\n", "")
            diff = difflib.ndiff(before.splitlines(), after.splitlines())
            removed = [line for line in diff if line.startswith("- ")]
            self.assertEqual([line for line in removed if not re.search("accessLog|START_TIME", line)], [])

        self.for_each_case(check)


def update():
    for case in sorted(CASES.iterdir()):
        shutil.rmtree(case / "expected", ignore_errors=True)
        (case / "expected").mkdir()
        for name, content in expected_files(case):
            (case / "expected" / name).write_bytes(content)


if __name__ == "__main__":
    if "--update-goldens" in sys.argv:
        update()
    else:
        unittest.main()
