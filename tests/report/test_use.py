"""The page as it is used: filters by keyboard, from the drawing to the list and back, copying, a thousand findings."""
import unittest

import manifests
import support


class Use(support.ReportCase):
    @classmethod
    def meshes(cls):
        mixed = manifests.shop() + manifests.crowd(12)[len(manifests.GATEWAY):]
        return {"mixed": mixed, "thousand": manifests.crowd(1000)}

    def open(self, name="mixed", **options):
        return super().open(name, **options)

    def focused(self, page):
        return page.evaluate("document.activeElement.name || document.activeElement.className")

    def tab_to(self, page, selector):
        for _ in range(200):
            if page.evaluate(f"document.activeElement.matches({selector!r})"):
                return
            page.press("Tab")
        self.fail(f"Tab does not lead to {selector}")

    def facts(self, page, attribute):
        return set(self.settled(page, "[...document.querySelectorAll('.finding')].filter((it) => !it.hidden)"
                                      f".map((it) => it.dataset.{attribute})"))

    def test_text_filters_by_keyboard(self):
        page = self.open()
        every = self.shown(page)
        page.press("/")
        self.assertEqual("text", self.focused(page))
        page.type("TEAM-03 app-0003")
        found = self.shown(page)
        self.assertEqual(1, len(found))
        self.assertEqual(f"1 of {len(every)}", page.evaluate("document.querySelector('.matches').textContent"))
        page.evaluate("document.activeElement.value = ''")
        page.type("nothing says this")
        self.assertEqual([], self.shown(page))
        self.assertTrue(page.evaluate("document.querySelector('.empty').checkVisibility()"))
        self.tab_to(page, "button[type=reset]")
        page.press("Enter")
        self.assertEqual(every, self.shown(page))

    def test_severity_namespace_and_check_filter_by_keyboard(self):
        page = self.open()
        self.tab_to(page, "input[value=error]")
        page.press(" ")
        self.assertNotIn("error", self.facts(page, "severity"))
        page.press(" ")
        self.assertIn("error", self.facts(page, "severity"))
        self.tab_to(page, "select[name=namespace]")
        wanted = page.evaluate("document.activeElement.options[1].value")
        page.press("ArrowDown")
        page.press("Enter")
        self.assertEqual({wanted}, self.facts(page, "namespace"))
        page = self.open()
        self.tab_to(page, "select[name=code]")
        page.press("ArrowDown")
        page.press("Enter")
        self.assertEqual({page.evaluate("document.activeElement.value")}, self.facts(page, "code"))

    def test_what_has_the_focus_is_seen(self):
        page = self.open()
        seen = set()
        for _ in range(60):
            page.press("Tab")
            if page.evaluate("document.activeElement === document.body"):
                break  # past the last
            name, width = page.evaluate(
                "(() => { const at = document.activeElement;"
                "const style = getComputedStyle(at.matches('[type=checkbox]') ? at.parentElement : at);"
                "const width = style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth);"
                "return [`${at.tagName}.${at.className}`, width]; })()")
            seen.add(name)
            self.assertGreaterEqual(width, 2, name)
        self.assertGreaterEqual(len(seen), 8, seen)

    def test_a_mark_in_the_drawing_leads_to_its_findings_and_back(self):
        page = self.open()
        self.tab_to(page, "#graph .mark")
        about = page.evaluate("document.activeElement.dataset.findings").split(" ")
        page.press("Enter")
        self.assertEqual({f"f{number}" for number in about}, set(self.shown(page)))
        self.assertEqual("H3", page.evaluate("document.activeElement.tagName"))
        self.tab_to(page, ".locate")
        page.press("Enter")
        self.assertTrue(page.evaluate("document.activeElement.matches('#graph .mark.found, #graph .card.found')"))
        self.tab_to(page, ".only")
        page.press("Enter")
        self.assertGreater(len(self.shown(page)), len(about))

    def test_every_finding_of_a_route_leads_into_the_drawing(self):
        page = self.open()
        self.assertEqual([], page.evaluate(
            "[...document.querySelectorAll('.finding[data-code=MT0101]')]"
            ".filter((it) => !document.querySelector(it.querySelector('.locate')?.getAttribute('href') ?? 'nothing'))"
            ".map((it) => it.textContent)"))

    def test_the_fix_is_copied_as_it_is_shown(self):
        self.browser.command("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
        page = self.open()
        page.command("Page.bringToFront")
        self.tab_to(page, ".copy")
        fix = page.evaluate("document.activeElement.parentElement.querySelector('code').textContent")
        page.press("Enter")
        self.assertEqual("Copied", page.evaluate(
            "new Promise((done) => { const look = () => document.activeElement.textContent === 'Copy'"
            " ? requestAnimationFrame(look) : done(document.activeElement.textContent); look(); })"))
        self.assertEqual(fix, page.evaluate("navigator.clipboard.readText()"))
        self.assertTrue(fix.startswith("kubectl "), fix)

    def test_a_link_to_a_finding_shows_it_whatever_is_filtered(self):
        page = self.open()
        page.press("/")
        page.type("nothing says this")
        self.assertEqual([], self.shown(page))
        page.evaluate("location.hash = '#f0'")
        self.assertIn("f0", self.shown(page))

    def test_a_thousand_findings_are_filtered_without_making_the_list_anew(self):
        page = self.open("thousand")
        self.assertGreaterEqual(page.evaluate("document.querySelectorAll('.finding').length"), 1000)
        self.assertEqual("auto", page.evaluate(
            "getComputedStyle(document.querySelector('.finding')).contentVisibility"), "what is unseen is not laid out")
        page.evaluate("window.changes = [];"
                      "new MutationObserver((all) => changes.push(...all.map((it) => it.type)))"
                      ".observe(document.querySelector('.list'), {subtree: true, childList: true, attributes: true})")
        page.press("/")
        page.type("app-0777")
        self.assertEqual(1, len(self.shown(page)))
        changes = page.evaluate("changes")
        self.assertEqual({"attributes"}, set(changes))
        self.assertLess(len(changes), page.evaluate("document.querySelectorAll('.finding').length"))
        page.type("x")
        self.assertEqual([], self.shown(page))
        self.assertEqual(len(changes) + 1, page.evaluate("changes.length"), "only what changes is touched")
        self.assertEqual([], page.errors())


if __name__ == "__main__":
    unittest.main()
