#include <gtest/gtest.h>

#include <string>

#include "cli/report/html.h"
#include "cli/report/markdown.h"

namespace meshtrace::cli {
namespace {

TEST(ReportText, MakesMarkupHarmless) {
  EXPECT_EQ(html::text(R"(</script><a b='c' d="e">&amp;)"),
            "&lt;/script&gt;&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;amp;");
}

struct Steering {
  std::string_view raw;
  std::string_view shown;
};

TEST(ReportText, ShowsWhatSteersTerminalsOrTheDirectionOfText) {
  for (const auto& [raw, shown] : {
           Steering{"\x1b[31mred", "\\x1b[31mred"},
           Steering{"a\xC2\x9Bz", "a\\x9bz"},        // C1: CSI
           Steering{"a\xE2\x80\xAEz", "a\\u202ez"},  // right-to-left override
           Steering{"\xE2\x81\xA6\xE2\x81\xA9", "\\u2066\\u2069"},
           Steering{"\xD8\x9C.", "\\u061c."},  // Arabic letter mark
           Steering{"a\xE2\x80\xA8z\xE2\x80\xA9", "a\\u2028z\\u2029"},
       }) {
    EXPECT_EQ(html::text(raw), shown);
  }
}

TEST(ReportText, KeepsLettersOfEveryScriptAndLines) {
  const std::string text = "naïve → 日本語 עברית 🚀\n\tindented";
  EXPECT_EQ(html::text(text), text);
}

TEST(ReportText, BearsBytesThatEndInTheMiddleOfACharacter) {
  EXPECT_EQ(html::text("\xE2\x80"), "\xE2\x80");
  EXPECT_EQ(html::text("\xD8<"), "\xD8&lt;");
}

// echo -n 'alert(1)' | openssl dgst -sha256 -binary | openssl base64
TEST(ReportText, NamesInlinePartsAsAContentSecurityPolicyDoes) {
  EXPECT_EQ(html::source_hash("alert(1)"), "sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI=");
}

struct Markdown {
  std::string_view text;
  std::string_view html;
};

TEST(ReportMarkdown, KnowsWhatThePagesOfChecksUse) {
  for (const auto& [text, html] : {
           Markdown{"One\nline.\n\nTwo.", "<p>One\nline.</p>\n<p>Two.</p>\n"},
           Markdown{"- a\n- b\n  goes on\n\nEnd", "<ul>\n<li>a</li>\n<li>b\ngoes on</li>\n</ul>\n<p>End</p>\n"},
           Markdown{"`a<b` and **strong**", "<p><code>a&lt;b</code> and <strong>strong</strong></p>\n"},
           Markdown{"```yaml\na: <b>\n\n- c\n```\n", "<pre><code>a: &lt;b&gt;\n\n- c\n</code></pre>\n"},
           Markdown{"see [it](https://istio.io/a?b=\"c)",
                    "<p>see <a href=\"https://istio.io/a?b=&quot;c\" rel=\"noreferrer\">it</a></p>\n"},
       }) {
    EXPECT_EQ(markdown_html(text), html);
  }
}

TEST(ReportMarkdown, LeavesEverythingElseText) {
  EXPECT_EQ(markdown_html("[x](javascript:alert(1)) <b>"), "<p>[x](javascript:alert(1)) &lt;b&gt;</p>\n");
  EXPECT_EQ(markdown_html("spec.http[0] * `open **too"), "<p>spec.http[0] * `open **too</p>\n");
}

}  // namespace
}  // namespace meshtrace::cli
