"""The network layer, rendered offline: what the controller would change in the mesh's own text, and what it would add."""
import difflib
import os
import re
import subprocess

from .webhook import Problem

CONFIG_MAP = "config-map.yaml"
COLOURS = {"+": "green", "-": "red", "@": "blue"}


def show(command, folder, report):
    rendered = render(command, folder)
    documents = rendered.split("\n---\n")
    changed = next(text for text in documents if "kind: ConfigMap" in text)
    with open(os.path.join(folder, CONFIG_MAP), encoding="utf-8") as file:
        before = file.read()
    report.line()
    report.line(report.paint("bold", "The proxies' half: examples/mesh/policy.yaml, rendered for the mesh in "
                                     f"examples/mesh/{CONFIG_MAP}"))
    report.line("  The text is somebody's; what no policy speaks of stays byte for byte, comments included:")
    for line in difflib.unified_diff(before.splitlines(), changed.splitlines(), "before", "after", n=1, lineterm=""):
        report.line("    " + report.paint(COLOURS.get(line[:1], "grey"), line[:report.width - 5]))
    report.line("  Beside it:")
    for text in documents:
        if text is not changed:
            report.line(f"    {title(text)}: {', '.join(settings(text))}")
    report.line("  In a cluster the controller writes this, watches whether the proxies take it, and puts the old text "
                "back when the policy goes.")


def render(command, folder):
    done = subprocess.run([command, "render", "-f", folder, "--target", "configmap"], capture_output=True, text=True,
                          check=False)
    if done.returncode:
        raise Problem(f"examples/mesh cannot be rendered: {done.stderr.strip()}")
    return done.stdout


def title(text):
    kind, name = (re.search(rf"^ *{key}: (\S+)", text, re.MULTILINE).group(1) for key in ("kind", "name"))
    return f"{kind} {name}"


def settings(text):
    """The settings of Envoy's connection manager that the document speaks of."""
    known = ("max_request_headers_kb", "max_headers_count", "preserve_external_request_id",
             "early_header_mutation_extensions")
    return [name for name in known if name in text]
