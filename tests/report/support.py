"""A page of a report in a browser, made by the program as users call it."""
import tempfile
import unittest
from pathlib import Path

import manifests
from harness import kubectl_meshtrace
from harness.chromium import Browser

MEASURES = (Path(__file__).parent / "measures.js").read_text()


def report(objects, *arguments):
    """The finished process of an audit whose standard output is the page."""
    return kubectl_meshtrace.run("audit", "-f", "-", "-o", "html", *arguments, stdin=manifests.listed(objects))


class ReportCase(unittest.TestCase):
    """One browser for a class; pages are made once and opened as often as a test wants."""

    @classmethod
    def setUpClass(cls):
        cls._folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls._folder.cleanup)
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.stop)
        cls.files = {}
        for name, objects in cls.meshes().items():
            done = report(objects)
            if done.returncode not in (0, 1):
                raise AssertionError(f"{name}: exit status {done.returncode}: {done.stderr}")
            cls.files[name] = Path(cls._folder.name) / f"{name}.html"
            cls.files[name].write_text(done.stdout)

    @classmethod
    def meshes(cls):
        return {"shop": manifests.shop()}

    def open(self, name="shop", **options):
        page = self.browser.open(self.files[name], **options)
        self.addCleanup(page.close)
        return page

    def settled(self, page, expression):
        """Its value after the page has drawn what was asked of it."""
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return page.evaluate(expression)

    def listed(self, page):
        """Ids of the findings that are to be seen."""
        return page.evaluate("[...document.querySelectorAll('.finding')].filter((it) => it.checkVisibility())"
                             ".map((it) => it.id)")

    def shown(self, page):
        """The same after the filters have done what was asked of them."""
        self.settled(page, "null")
        return self.listed(page)
