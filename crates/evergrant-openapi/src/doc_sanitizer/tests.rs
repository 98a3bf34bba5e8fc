//! Texts that rustdoc would treat as doc tests, HTML or intra-doc links, or would warn about.

use super::{inline_markdown::inline, markdown};

#[track_caller]
fn assert_markdown(text: &str, expected: &[&str]) {
    assert_eq!(markdown(text), expected, "{text:?}");
}

#[test]
fn brackets_and_tags_are_escaped() {
    assert_markdown(
        "A [Book] of Vec<String> & <script>",
        &["A \\[Book\\] of Vec\\<String\\> & \\<script\\>"],
    );
    assert_markdown("`a[0]<b>` and `open", &["`a[0]<b>` and \\`open"]);
    assert_markdown("``a ` b`` ```", &["``a ` b`` \\`\\`\\`"]);
    assert_markdown("\\[x\\] \\ y\\", &["\\[x\\] \\\\ y\\\\"]);
    assert_markdown("> quoted", &["\\> quoted"]);
    assert_markdown("a<br>b<p>c</p>", &["a", "b", "", "c"]);
}

#[test]
fn only_web_urls_become_links() {
    assert_markdown(
        "See https://example.com/a?b=c. Or http://",
        &["See <https://example.com/a?b=c>. Or http://"],
    );
    assert_markdown("[docs](https://example.com)!", &["[docs](<https://example.com>)!"]);
    assert_markdown("[https://a.example](https://a.example)", &["<https://a.example>"]);
    assert_markdown(
        "[x](javascript:alert(1)) ![y](../z)",
        &["\\[x\\](javascript:alert(1)) \\[y\\](../z)"],
    );
    assert_markdown("(https://example.com/a)", &["(<https://example.com/a>)"]);
}

#[test]
fn code_is_never_a_doc_test() {
    assert_markdown(
        "x\n```rust\nfn main() {}\n```\ny",
        &["x", "", "```text", "fn main() {}", "```", "", "y"],
    );
    assert_markdown("    panic!()", &["panic!()"]);
    assert_markdown("~~~\n```\na\n~~~\nb", &["```text", "' ```", "a", "```", "", "b"]);
    assert_markdown("```\nopen", &["```text", "open", "```"]);
    assert_markdown("- a\n  ```\n  b\n  ```", &["- a", "", "```text", "  b", "```"]);
}

#[test]
fn lists_are_flat_and_continuation_lines_are_indented() {
    assert_markdown(
        "one\n* a\nb\n    * c\n1. d\n   e",
        &["one", "", "- a", "  b", "- c", "1. d", "   e"],
    );
    assert_markdown("- a\n\n  b", &["- a", "", "b"]);
    assert_markdown("-1 is text\n+x", &["\\-1 is text", "\\+x"]);
}

#[test]
fn headings_become_bold_and_rules_blank_lines() {
    assert_markdown(
        "# Books #\nText\n====\nmore\n---",
        &["**Books**", "", "Text", "", "more"],
    );
    assert_markdown("#5 is text", &["\\#5 is text"]);
}

#[test]
fn invisible_characters_are_removed() {
    assert_markdown("a\u{202e}b\u{0}c\u{200b}\r\n*/ d", &["abc", "\\*/ d"]);
    assert_markdown("", &[]);
    assert_markdown("\n\n", &[]);
}

#[test]
fn long_lines_of_unclosed_delimiters_take_linear_time() {
    // Each delimiter could have its end far ahead, which is searched only once.
    for sign in ["`", "[", "[x](", "``` ", "`a``b", "http://", "<br>a", "[a](https://b"] {
        let text = sign.repeat(20_000 / sign.len());
        assert!(!markdown(&text).is_empty(), "{sign}");
    }
    // All potential links share one target, so long that a search for each would not terminate.
    let (many, spaces) = (500_000, " ".repeat(500_000));
    for sign in ["[", "[a](x", "[a](", "[a]( ", "[a](http://b", "[a](http://b "] {
        let text = format!("{}]({spaces})", sign.repeat(many));
        assert!(inline(&text).len() > many, "{sign}");
        let text = format!("{}{spaces})", sign.repeat(many));
        assert!(inline(&text).len() > many, "{sign}");
    }
    assert_markdown("[a]( https://b  ) c", &["[a](<https://b>) c"]);
    assert_markdown("[a](https://b c)", &["\\[a\\](<https://b> c)"]);
    assert_markdown("[a](https://b.)", &["\\[a\\](<https://b>.)"]);
    assert_markdown("``a` b", &["\\``a` b"]);
    assert_markdown("```a`b` c", &["\\`\\``a`b\\` c"]);
    assert_markdown("[a [b](https://c)", &["\\[a [b](<https://c>)"]);
    assert_markdown("[a](b) [c](https://d)", &["\\[a\\](b) [c](<https://d>)"]);
    assert_markdown(
        "[a](https://b [c](https://d)",
        &["\\[a\\](<https://b> [c](<https://d>)"],
    );
}
