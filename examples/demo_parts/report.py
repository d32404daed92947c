"""Says what a patch changed in a pod, container by container, and why. Everything is computed from the two pods."""
import fnmatch
import os
import shutil
import sys
import textwrap

# The webhook treats these as one unit: a container that sets one of them keeps both as they are (docs/injection.md).
PAIRS = [("OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"),
         ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL")]
PROXIES = ("istio-proxy", "istio-init", "istio-validation", "linkerd-proxy", "linkerd-init")
COMPLETED = "OTEL_RESOURCE_ATTRIBUTES"
NAME_WIDTH = 31


class Painter:
    """Colour where the reader can see it: on a terminal, and never with NO_COLOR (no-color.org)."""

    CODES = {"green": "32", "yellow": "33", "blue": "34", "grey": "90", "bold": "1", "red": "31"}

    def __init__(self, stream):
        self.enabled = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def __call__(self, colour, text):
        return f"\033[{self.CODES[colour]}m{text}\033[0m" if self.enabled else text


class Report:
    """Prints one pod after another; what a pod has in common with the first is said only once."""

    def __init__(self, excluded, stream=sys.stdout):
        self.excluded = excluded  # globs of containers that the policies leave out
        self.stream = stream
        self.paint = Painter(stream)
        self.width = min(shutil.get_terminal_size().columns, 120)
        self.first = None  # name of the first injected container, and its variables
        self.first_name = None
        self.injected_names = set()  # every variable that was added anywhere so far

    def line(self, text=""):
        print(text, file=self.stream, flush=True)

    def pod(self, title, before, after, response, milliseconds, note):
        """One workload: its request, its containers, its warnings."""
        operations = response["operations"]
        answer = f"a patch of {len(operations)}" if operations else "no patch"
        self.line()
        self.line(f"{self.paint('bold', title)}  {self.paint('grey', f'{answer} in {milliseconds:.1f} ms')}")
        self.line(f"  {note}")
        for kind in ("initContainers", "containers"):
            for old, new in zip(before["spec"].get(kind) or [], after["spec"].get(kind) or []):
                self._container(old, new, kind)
        for warning in response.get("warnings", []):
            self._wrapped(self.paint("yellow", "  ! "), warning, "yellow")

    def _container(self, old, new, kind):
        before, after = _variables(old), _variables(new)
        what = "container" if kind == "containers" else "init container"
        if old.get("restartPolicy") == "Always":
            what = "native sidecar"
        if before == after:
            self.line(f"  {what} {new['name']}: {self.paint('grey', 'left alone' + self._why_left_alone(old, kind))}")
            return
        self.line(f"  {what} {self.paint('bold', new['name'])}")
        added = {name: text for name, text in after.items() if name not in before}
        as_first = [name for name in added
                    if self.first and self.first.get(name) == added[name] and name != COMPLETED]
        self._added(added, as_first)
        for name, text in after.items():
            if name in before and before[name] != text:
                self._completed(name, before[name], text)
        self._kept(before, after)
        self.injected_names |= set(added)
        if self.first is None:
            self.first, self.first_name = added, new["name"]

    def _why_left_alone(self, container, kind):
        if container["name"] in PROXIES:
            return " (a proxy of the mesh)"
        if kind == "initContainers" and container.get("restartPolicy") != "Always":
            return " (an init container that ends before the others start)"
        for glob in self.excluded:
            if fnmatch.fnmatchcase(container["name"], glob):
                return f" (a policy excludes {glob})"
        return ""

    def _added(self, added, as_first):
        downward = [name for name, text in added.items() if text.startswith("<- ") and name not in as_first]
        if downward:
            fields = ", ".join(f"{name}={added[name].removeprefix('<- ')}" for name in downward)
            self._wrapped(f"    {self.paint('green', '+')} ", f"from the downward API: {fields}", "green")
        for name, text in added.items():
            if name == COMPLETED:
                self._attributes("+", name, text.split(","))
            elif name not in downward and name not in as_first:
                self._value("+", "green", name, text)
        if as_first:
            names = ", ".join(as_first) if len(as_first) <= 3 else f"{as_first[0]} ... {as_first[-1]}"
            text = f"{len(as_first)} as in {self.first_name}: {names}"
            self._wrapped(f"    {self.paint('green', '+')} ", text, "green")

    def _completed(self, name, before, after):
        if name == COMPLETED:
            own = before.split(",")
            mine = [item for item in after.split(",") if item not in own]
            self._value("~", "blue", name, ",".join(own) + "   (the container's own, they win)")
            self._attributes(" ", "  added to it", mine)
        else:
            self._value("~", "blue", name, f"{before} -> {after}")

    def _attributes(self, sign, name, items):
        """A list of resource attributes; those that the first container has, too, by their keys alone."""
        known = self.first.get(COMPLETED, "").split(",") if self.first else []
        same = [item.split("=")[0] for item in items if item in known]
        self._value(sign, "green", name, ",".join(item for item in items if item not in known))
        if same:
            self._value(" ", "green", "", f"and as in {self.first_name}: {', '.join(same)}")

    def _kept(self, before, after):
        for name, text in before.items():
            if name.startswith("OTEL_") and after.get(name) == text:
                self._value("=", "grey", name, f"{text}   (kept: set by the container)")
        for pair in PAIRS:
            for absent, present in (pair, pair[::-1]):
                if present in before and absent not in after and absent in self.injected_names:
                    self._value("-", "grey", absent, f"(not added: one unit with {present}, which the container sets)")
        for name, text in before.items():
            private = f"MESHTRACE_{name}"
            if private in after:
                self._value("=", "grey", name, f"{text}   (kept: means something else here, so ours is {private})")
            elif name in self.injected_names and not name.startswith("OTEL_") and after.get(name) == text:
                self._value("=", "grey", name, f"{text}   (kept: already there)")

    def _value(self, sign, colour, name, text):
        lead = f"    {self.paint(colour, sign)} {self.paint(colour, name.ljust(NAME_WIDTH))} "
        # Lists break after a comma; textwrap breaks only at spaces, so commas get one and lose it again.
        room = max(self.width - NAME_WIDTH - 7, 30)
        marked = text if " " in text else text.replace(",", ", ")
        lines = [line.replace(", ", ",") if marked != text else line
                 for line in textwrap.wrap(marked, room, break_long_words=False, break_on_hyphens=False)]
        self.line(lead + (lines[0] if lines else ""))
        for line in lines[1:]:
            self.line(" " * (NAME_WIDTH + 7) + line)

    def _wrapped(self, lead, text, colour):
        lines = textwrap.wrap(text, max(self.width - 6, 40), break_long_words=False, break_on_hyphens=False)
        self.line(lead + self.paint(colour, lines[0]))
        for line in lines[1:]:
            self.line("      " + self.paint(colour, line))


def _variables(container):
    """Each variable's text by its name, in order: its value, or where it comes from."""
    return {entry["name"]: _text(entry) for entry in container.get("env") or []}


def _text(entry):
    source = entry.get("valueFrom")
    if not source:
        return entry.get("value", "")
    if "fieldRef" in source:
        return f"<- {source['fieldRef']['fieldPath']}"
    return f"<- {next(iter(source))}"
