"""A headless Chromium that a test looks through: pages of given width and colours, keys pressed, what the console says.

It is driven by the DevTools protocol over a pair of pipes (--remote-debugging-pipe): JSON messages that end in a zero
byte, so that no port is opened. Source: https://chromedevtools.github.io/devtools-protocol/
"""
import json
import os
import select
import shutil
import tempfile
import time

from . import parts
from .process import PartFailed, Process

ANSWER_S = 60  # for one command; a page of 1,000 findings is laid out in less than one second
READ_BYTES = 1 << 20

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--mute-audio",
         "--remote-debugging-pipe")
# Of the keys that tests press: what the browser wants to know of them.
KEYS = {
    "Tab": ("Tab", 9, None), "Enter": ("Enter", 13, "\r"), " ": ("Space", 32, " "), "/": ("Slash", 191, "/"),
    "ArrowDown": ("ArrowDown", 40, None), "Escape": ("Escape", 27, None),
}


class ScriptFailed(AssertionError):
    """What a test evaluates in a page threw an exception."""


class Browser:
    """One browser for many pages; stop() ends it."""

    def __init__(self):
        parts.need("chromium", "Debian's package chromium")
        self._folder = tempfile.mkdtemp()
        self._next_id = 0
        self._buffer = b""
        self.events = []  # of all pages, in their order
        commands, self._commands = os.pipe()
        self._answers, answers = os.pipe()
        # Chromium reads from 3 and writes to 4.
        shell = f'exec "$@" 3<&{commands} 4>&{answers}'
        self._process = Process("chromium", ["bash", "-c", shell, "bash", "chromium", *FLAGS,
                                             f"--user-data-dir={self._folder}/profile", "about:blank"],
                                self._folder, pass_fds=(commands, answers)).start()
        os.close(commands)
        os.close(answers)
        self.command("Browser.getVersion")

    def stop(self):
        os.close(self._commands)
        self._process.stop()
        os.close(self._answers)
        shutil.rmtree(self._folder, ignore_errors=True)

    def command(self, method, session=None, **parameters):
        """The result of one command; events that come before it are kept."""
        self._next_id += 1
        message = {"id": self._next_id, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read(f"the answer to {method}")
            if answer.get("id") == self._next_id:
                if "error" in answer:
                    raise PartFailed(f"chromium refused {method}: {answer['error']['message']}")
                return answer["result"]

    def wait_for(self, session, method):
        """The first such event of the page, also one that came before."""
        while True:
            for event in self.events:
                if event.get("sessionId") == session and event["method"] == method:
                    return event["params"]
            self._read(method)

    def _read(self, what):
        deadline = time.monotonic() + ANSWER_S
        while b"\0" not in self._buffer:
            if not select.select([self._answers], [], [], max(0, deadline - time.monotonic()))[0]:
                raise PartFailed(f"chromium did not say within {ANSWER_S} s: {what}:\n{self._process.tail()}")
            read = os.read(self._answers, READ_BYTES)
            if not read:
                raise PartFailed(f"chromium ended before {what}:\n{self._process.tail()}")
            self._buffer += read
        message, self._buffer = self._buffer.split(b"\0", 1)
        message = json.loads(message)
        if "method" in message:
            self.events.append(message)
        return message

    def open(self, path, **options):
        return Page(self, path, **options)


class Page:
    """A file as a page; close() it."""

    def __init__(self, browser, path, width=1440, height=1000, scheme="light", scripts=True):
        self.browser = browser
        target = browser.command("Target.createTarget", url="about:blank")["targetId"]
        self._target = target
        self._session = browser.command("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.command(f"{domain}.enable")
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                     mobile=width < 600)
        self.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.command("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.command("Page.navigate", url=f"file://{path}")
        browser.wait_for(self._session, "Page.loadEventFired")

    def close(self):
        self.browser.command("Target.closeTarget", targetId=self._target)

    def command(self, method, **parameters):
        return self.browser.command(method, session=self._session, **parameters)

    def evaluate(self, expression):
        """Its value, which must be JSON; of a promise what it comes to."""
        done = self.command("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True,
                            userGesture=True)
        if "exceptionDetails" in done:
            details = done["exceptionDetails"]
            raise ScriptFailed(details.get("exception", {}).get("description", details["text"]))
        return done["result"].get("value")

    def press(self, key):
        code, number, text = KEYS[key]
        event = {"key": key, "code": code, "windowsVirtualKeyCode": number}
        self.command("Input.dispatchKeyEvent", type="keyDown", **event, **({"text": text} if text else {}))
        self.command("Input.dispatchKeyEvent", type="keyUp", **event)

    def type(self, text):
        self.command("Input.insertText", text=text)

    def _said(self, method):
        return [event["params"] for event in self.browser.events
                if event.get("sessionId") == self._session and event["method"] == method]

    def errors(self):
        """Exceptions, and what the browser itself complains about, such as a refused script."""
        thrown = [said["exceptionDetails"]["text"] for said in self._said("Runtime.exceptionThrown")]
        logged = [said["entry"]["text"] for said in self._said("Log.entryAdded")
                  if said["entry"]["level"] in ("error", "warning")]
        return thrown + logged

    def requests(self):
        return [said["request"]["url"] for said in self._said("Network.requestWillBeSent")]
