//! Path parameters: values that would change the path are errors, all others are sent.

use evergrant_sdk::{Call, Core, Explode, PathStyle};
use serde_json::{Value, json};

use crate::support::api;
use crate::support::call::{problem, send, server};

/// A call to `/items/{id}/parts/{part}.json`.
fn item(core: &Core, id: &str, part: &str) -> Call {
    item_with_style(core, PathStyle::Simple, Explode::No, &json!(id)).path("part", PathStyle::Simple, Explode::No, part)
}

fn item_with_style(core: &Core, style: PathStyle, explode: Explode, id: &Value) -> Call {
    core.request(&api::OPEN_ITEM).path("id", style, explode, id)
}

/// Values that a server may read as dot segments after decoding, removing matrix parameters, or reading `\` as `/`.
const DOT_SEGMENTS: &[&str] = &[
    ".", "..", "%2e%2e", "%2E", ".%2e", "../../x", "..%2f..", "a/../..", "a/./b", "a/..", "..\\x", "\\..\\..", "..;x",
    ".;x=1", "%2e%2e;x", "..%3bx", "..%5Cx",
];

#[tokio::test]
async fn a_dot_segment_is_an_error_that_names_the_parameter_and_not_the_value() {
    let (server, core) = server().await;
    for value in DOT_SEGMENTS {
        let problem = problem(item(&core, value, "p")).await;
        assert_eq!(
            problem,
            "the parameter `id` creates a path segment that servers may read as `.` or `..`, which would change the path",
            "{value}"
        );
    }
    // The segment of the other parameter contains a literal suffix.
    for value in ["../x", "x/../", "a\\..\\b", "..;x"] {
        let problem = problem(item(&core, "x", value)).await;
        assert!(
            problem.starts_with("the parameter `part` creates"),
            "{value}: {problem}"
        );
    }
    assert!(server.requests().is_empty());
    for harmless in [".", "..", "%2e%2e", "a;.."] {
        send(item(&core, "x", harmless)).await.unwrap();
    }
}

#[tokio::test]
async fn all_other_values_are_sent_in_their_segment() {
    let (server, core) = server().await;
    for (value, sent) in [
        ("a/b", "a%2Fb"),
        ("/etc/passwd", "%2Fetc%2Fpasswd"),
        ("//x.example", "%2F%2Fx.example"),
        ("https://x.example/y", "https%3A%2F%2Fx.example%2Fy"),
        ("domain\\user", "domain%5Cuser"),
        ("...", "..."),
        ("..a", "..a"),
        (".well-known", ".well-known"),
        ("1..2", "1..2"),
        ("..\u{0}", "..%00"),
        ("%252e%252e", "%25252e%25252e"),
        ("a%2Fb", "a%252Fb"),
        ("100%", "100%25"),
        ("?x", "%3Fx"),
        ("#x", "%23x"),
        ("..?x", "..%3Fx"),
        ("a\nb", "a%0Ab"),
        (";x", "%3Bx"),
        ("a;b=..", "a%3Bb%3D.."),
    ] {
        send(item(&core, value, "p")).await.unwrap();
        assert_eq!(
            server.last().path(),
            format!("/v1/items/{sent}/parts/p.json"),
            "{value}"
        );
    }
}

#[tokio::test]
async fn the_styled_segment_is_checked() {
    let (server, core) = server().await;
    let part = |call: Call| call.path("part", PathStyle::Simple, Explode::No, "p");
    for (style, explode, id) in [
        (PathStyle::Label, Explode::No, json!(".")),
        (PathStyle::Label, Explode::No, json!("")),
        (PathStyle::Label, Explode::No, json!("%2e")),
        (PathStyle::Label, Explode::Yes, json!(["", ""])),
        (PathStyle::Simple, Explode::No, json!([".."])),
        (PathStyle::Simple, Explode::No, json!(["a/../b", "c"])),
        (PathStyle::Simple, Explode::Yes, json!({"a": "x/../y"})),
        (PathStyle::Simple, Explode::Yes, json!({"../": "x"})),
        (PathStyle::Matrix, Explode::No, json!("x/../y")),
    ] {
        let problem = problem(part(item_with_style(&core, style, explode, &id))).await;
        assert!(
            problem.starts_with("the parameter `id` creates"),
            "{style:?} {id}: {problem}"
        );
    }
    let as_json = core.request(&api::OPEN_ITEM).path_json("id", &["../../x"]);
    assert!(problem(part(as_json)).await.starts_with("the parameter `id` creates"));
    assert!(server.requests().is_empty());
    for (style, explode, id, sent) in [
        (PathStyle::Label, Explode::No, json!("x"), ".x"),
        (PathStyle::Label, Explode::Yes, json!(["a", "b"]), ".a.b"),
        (PathStyle::Matrix, Explode::No, json!(".."), ";id=.."),
        (PathStyle::Matrix, Explode::Yes, json!(["..", "."]), ";id=..;id=."),
        (PathStyle::Simple, Explode::No, json!(["..", "."]), "..,."),
    ] {
        send(part(item_with_style(&core, style, explode, &id))).await.unwrap();
        assert_eq!(server.last().path(), format!("/v1/items/{sent}/parts/p.json"));
    }
}

#[tokio::test]
async fn an_empty_or_missing_value_is_an_error() {
    let (server, core) = server().await;
    assert_eq!(
        problem(item(&core, "", "p")).await,
        "the parameter `id` is empty, which would change the path"
    );
    let missing = item_with_style(&core, PathStyle::Simple, Explode::No, &json!("1"));
    assert_eq!(problem(missing).await, "the path parameter `part` is missing");
    assert!(server.requests().is_empty());
}
