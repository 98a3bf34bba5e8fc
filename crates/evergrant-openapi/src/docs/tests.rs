//! Texts that would otherwise be doc tests, HTML, links into the code, or warnings.

use super::{inline::inline, markdown};

#[track_caller]
fn becomes(text: &str, expected: &[&str]) {
    assert_eq!(markdown(text), expected, "{text:?}");
}

#[test]
fn brackets_and_tags_are_text() {
    becomes(
        "A [Book] of Vec<String> & <script>",
        &["A \\[Book\\] of Vec\\<String\\> & \\<script\\>"],
    );
    becomes("`a[0]<b>` and `open", &["`a[0]<b>` and \\`open"]);
    becomes("``a ` b`` ```", &["``a ` b`` \\`\\`\\`"]);
    becomes("\\[x\\] \\ y\\", &["\\[x\\] \\\\ y\\\\"]);
    becomes("> quoted", &["\\> quoted"]);
    becomes("a<br>b<p>c</p>", &["a", "b", "", "c"]);
}

#[test]
fn web_addresses_are_links_and_others_are_not() {
    becomes(
        "See https://example.com/a?b=c. Or http://",
        &["See <https://example.com/a?b=c>. Or http://"],
    );
    becomes("[docs](https://example.com)!", &["[docs](<https://example.com>)!"]);
    becomes("[https://a.example](https://a.example)", &["<https://a.example>"]);
    becomes(
        "[x](javascript:alert(1)) ![y](../z)",
        &["\\[x\\](javascript:alert(1)) \\[y\\](../z)"],
    );
    becomes("(https://example.com/a)", &["(<https://example.com/a>)"]);
}

#[test]
fn code_is_never_a_doc_test() {
    becomes(
        "x\n```rust\nfn main() {}\n```\ny",
        &["x", "", "```text", "fn main() {}", "```", "", "y"],
    );
    becomes("    panic!()", &["panic!()"]);
    becomes("~~~\n```\na\n~~~\nb", &["```text", "' ```", "a", "```", "", "b"]);
    becomes("```\nopen", &["```text", "open", "```"]);
    becomes("- a\n  ```\n  b\n  ```", &["- a", "", "```text", "  b", "```"]);
}

#[test]
fn lists_are_flat_and_go_on_in_their_column() {
    becomes(
        "one\n* a\nb\n    * c\n1. d\n   e",
        &["one", "", "- a", "  b", "- c", "1. d", "   e"],
    );
    becomes("- a\n\n  b", &["- a", "", "b"]);
    becomes("-1 is text\n+x", &["\\-1 is text", "\\+x"]);
}

#[test]
fn headings_and_rules() {
    becomes(
        "# Books #\nText\n====\nmore\n---",
        &["**Books**", "", "Text", "", "more"],
    );
    becomes("#5 is text", &["\\#5 is text"]);
}

#[test]
fn what_is_not_seen_is_left_out() {
    becomes("a\u{202e}b\u{0}c\u{200b}\r\n*/ d", &["abc", "\\*/ d"]);
    becomes("", &[]);
    becomes("\n\n", &[]);
}

#[test]
fn long_lines_of_what_might_be_code_or_links_stay_text() {
    // Each sign could begin something that ends far ahead: looked for once, and not once for each.
    for sign in ["`", "[", "[x](", "``` ", "`a``b", "http://", "<br>a", "[a](https://b"] {
        let text = sign.repeat(20_000 / sign.len());
        assert!(!markdown(&text).is_empty(), "{sign}");
    }
    // One target for all that might be links, and so long that a search for each would not end.
    let (many, spaces) = (500_000, " ".repeat(500_000));
    for sign in ["[", "[a](x", "[a](", "[a]( ", "[a](http://b", "[a](http://b "] {
        let text = format!("{}]({spaces})", sign.repeat(many));
        assert!(inline(&text).len() > many, "{sign}");
        let text = format!("{}{spaces})", sign.repeat(many));
        assert!(inline(&text).len() > many, "{sign}");
    }
    becomes("[a]( https://b  ) c", &["[a](<https://b>) c"]);
    becomes("[a](https://b c)", &["\\[a\\](<https://b> c)"]);
    becomes("[a](https://b.)", &["\\[a\\](<https://b>.)"]);
    becomes("``a` b", &["\\``a` b"]);
    becomes("```a`b` c", &["\\`\\``a`b\\` c"]);
    becomes("[a [b](https://c)", &["\\[a [b](<https://c>)"]);
    becomes("[a](b) [c](https://d)", &["\\[a\\](b) [c](<https://d>)"]);
    becomes(
        "[a](https://b [c](https://d)",
        &["\\[a\\](<https://b> [c](<https://d>)"],
    );
}
