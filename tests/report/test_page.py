"""The page as it is looked at: the drawing, its colours and widths, and that it asks for nothing."""
import unittest

import manifests
import support
from harness import kubectl_meshtrace

VIEWS = [(width, scheme) for width in (360, 1440) for scheme in ("light", "dark")]


class Page(support.ReportCase):
    @classmethod
    def meshes(cls):
        return {"shop": manifests.shop(), "evil": manifests.evil(), "crowd": manifests.crowd(60)}

    def in_every_view(self, check):
        for name in self.files:
            for width, scheme in VIEWS:
                with self.subTest(name, width=width, scheme=scheme):
                    page = self.open(name, width=width, scheme=scheme)
                    page.evaluate(support.MEASURES)
                    check(page, name, width)

    def test_the_hop_that_loses_the_trace_stands_out(self):
        page = self.open()
        self.assertEqual("1 hop loses the trace", page.evaluate("document.querySelector('h1').textContent"))
        self.assertEqual(1, page.evaluate("document.querySelectorAll('#graph .edge.error').length"))
        lost, healthy = (page.evaluate(
            f"(() => {{ const style = getComputedStyle(document.querySelector('#graph .edge.{state} path'));"
            "return {stroke: style.stroke, width: parseFloat(style.strokeWidth), dash: style.strokeDasharray}; })()")
            for state in ("error", "healthy"))
        self.assertNotEqual(lost["stroke"], healthy["stroke"])
        self.assertGreater(lost["width"], 2 * healthy["width"])
        self.assertNotEqual(lost["dash"], healthy["dash"])
        self.assertEqual("✕ MT0101", page.evaluate("document.querySelector('#graph .mark.error').textContent"))
        self.assertIn("shop/checkout", page.evaluate("document.querySelector('#graph .edge.error title').textContent"))

    def test_the_hop_is_in_sight_on_a_phone(self):
        page = self.open(width=360)
        self.assertTrue(page.evaluate(
            "(() => { const frame = document.querySelector('.drawing').getBoundingClientRect();"
            "const mark = document.querySelector('.mark.error').getBoundingClientRect();"
            "return mark.left >= frame.left && mark.right <= frame.right; })()"))

    def test_nothing_sticks_out_at_any_width(self):
        def check(page, _, width):
            self.assertEqual(width, page.evaluate("innerWidth"))
            self.assertEqual(0, page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"))
            self.assertEqual([], page.evaluate("measures.overflowing()"))
        self.in_every_view(check)

    def test_text_and_signs_have_contrast_in_both_schemes(self):
        def check(page, *_):
            measured = page.evaluate("measures.lowContrast()")
            self.assertEqual([], measured["low"])
            self.assertGreater(measured["count"], 40)
            self.assertEqual([], page.evaluate("measures.lowSigns()"))
        self.in_every_view(check)

    def test_nothing_is_asked_for_and_nothing_goes_wrong(self):
        def check(page, name, _):
            self.assertEqual([], page.errors())
            self.assertEqual([f"file://{self.files[name]}"], page.requests())
        self.in_every_view(check)

    def test_a_request_would_be_refused(self):
        page = self.open()
        self.assertEqual("refused", page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')"))
        self.assertTrue(any("Content Security Policy" in error for error in page.errors()), page.errors())

    def test_nothing_of_the_objects_is_interpreted(self):
        page = self.open("evil")
        self.assertIsNone(page.evaluate("window.pwned"))
        self.assertEqual([1, 0], page.evaluate("[document.scripts.length, document.images.length]"))
        text = page.evaluate("document.querySelector('main').textContent")
        self.assertIn("</script><script>window.pwned=1</script><img src=x onerror=window.pwned=1>", text)
        self.assertIn(r"\u202e\u2028\x1b[31m{{script}}&lt;", text)
        for character in "\u202e\u2028\x1b":
            self.assertNotIn(character, self.files["evil"].read_text())

    def test_the_list_is_readable_without_script(self):
        page = self.open(scripts=False)
        self.assertFalse(page.evaluate("document.documentElement.classList.contains('js')"))
        self.assertEqual(page.evaluate("document.querySelectorAll('.finding').length"), len(self.listed(page)))
        self.assertEqual([], page.evaluate(
            "[...document.querySelectorAll('button, input, select')].filter((it) => it.checkVisibility())"
            ".map((it) => it.outerHTML)"), "controls that would do nothing are not shown")
        self.assertIn("kubectl patch", page.evaluate("document.querySelector('.finding .fix').textContent"))

    def test_the_button_changes_the_colours(self):
        page = self.open(scheme="light")
        ground = "getComputedStyle(document.body).backgroundColor"
        light = page.evaluate(ground)
        page.evaluate("document.querySelector('.theme').click()")
        dark = page.evaluate(ground)
        page.evaluate("document.querySelector('.theme').click()")
        self.assertNotEqual(light, dark)
        self.assertEqual(light, page.evaluate(ground))
        self.assertEqual(dark, self.open(scheme="dark").evaluate(ground))

    def test_every_control_has_a_name(self):
        page = self.open()
        page.command("Accessibility.enable")
        nodes = page.command("Accessibility.getFullAXTree")["nodes"]
        controls = [node for node in nodes if node.get("role", {}).get("value") in
                    ("button", "link", "checkbox", "combobox", "searchbox", "region", "group", "form", "search")]
        self.assertGreater(len(controls), 15)
        self.assertEqual([], [node["role"]["value"] for node in controls
                              if not node["ignored"] and not node.get("name", {}).get("value")])


class Output(unittest.TestCase):
    def test_the_same_objects_give_the_same_bytes(self):
        self.assertEqual(support.report(manifests.shop()).stdout, support.report(manifests.shop()).stdout)

    def test_what_could_not_be_read_is_said(self):
        done = kubectl_meshtrace.run("audit", "-f", "-", "-o", "html", stdin=manifests.listed(manifests.shop())[:-40])
        self.assertEqual(3, done.returncode, done.stderr)
        self.assertIn("Not everything could be read", done.stdout)
        self.assertIn("1 hop loses the trace", done.stdout)

    def test_a_big_mesh_is_drawn_small(self):
        page = support.report(manifests.crowd(400)).stdout
        self.assertLessEqual(page.count("<bdi class=\"name\">"), 150)
        self.assertIn("are too many to draw", page)


if __name__ == "__main__":
    unittest.main()
