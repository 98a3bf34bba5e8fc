//! Parameters of the path: no value leads elsewhere, and all that lead nowhere else pass.

#![expect(clippy::unwrap_used, reason = "what a test sets up is known to work")]

mod support;

use evergrant_sdk::{Call, Core, Error, Expect, Explode, PathStyle, Settings, Status, Untyped, decode};
use serde_json::{Value, json};
use support::api;
use support::server::{Reply, Server};

async fn server() -> (Server, Core) {
    let server = Server::start(|_| Reply::new(200, "{}")).await;
    let mut settings = Settings::new(&api::API);
    settings.server(0, format!("{}/v1/", server.url));
    (server, settings.build().unwrap())
}

async fn send(call: Call) -> Result<(), Error> {
    let answers = [Expect::new(Status::Any, decode::empty)];
    call.send::<_, Untyped>(&answers, &[]).await.map(|_| ())
}

async fn problem(call: Call) -> String {
    match send(call).await.unwrap_err() {
        Error::Request(problem) => {
            let (call, problem) = problem.split_once(": ").unwrap();
            assert!(call.contains(" at http://127.0.0.1:"), "{call}");
            problem.to_owned()
        }
        other => panic!("{other}"),
    }
}

/// Of `/items/{id}/parts/{part}.json`.
fn item(core: &Core, id: &str, part: &str) -> Call {
    styled(core, PathStyle::Simple, Explode::No, &json!(id)).path("part", PathStyle::Simple, Explode::No, part)
}

fn styled(core: &Core, style: PathStyle, explode: Explode, id: &Value) -> Call {
    core.request(&api::OPEN_ITEM).path("id", style, explode, id)
}

/// Each leads out of its segment where a server decodes it, drops matrix parameters, or takes `\` for `/`.
const TRAPS: &[&str] = &[
    ".", "..", "%2e%2e", "%2E", ".%2e", "../../x", "..%2f..", "a/../..", "a/./b", "a/..", "..\\x", "\\..\\..", "..;x",
    ".;x=1", "%2e%2e;x", "..%3bx", "..%5Cx",
];

#[tokio::test]
async fn a_value_that_would_lead_elsewhere_is_refused_by_its_parameters_name_and_not_repeated() {
    let (server, core) = server().await;
    for trap in TRAPS {
        let problem = problem(item(&core, trap, "p")).await;
        assert_eq!(
            problem,
            "the parameter `id` makes a segment of the path that servers may read as `.` or `..`, which would lead elsewhere",
            "{trap}"
        );
    }
    // The other one is in a segment with more than the value in it.
    for trap in ["../x", "x/../", "a\\..\\b", "..;x"] {
        let problem = problem(item(&core, "x", trap)).await;
        assert!(problem.starts_with("the parameter `part` makes"), "{trap}: {problem}");
    }
    assert!(server.seen().is_empty());
    for harmless in [".", "..", "%2e%2e", "a;.."] {
        send(item(&core, "x", harmless)).await.unwrap();
    }
}

#[tokio::test]
async fn every_other_value_is_sent_in_its_segment() {
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
async fn what_counts_is_the_segment_that_a_style_makes() {
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
        let problem = problem(part(styled(&core, style, explode, &id))).await;
        assert!(
            problem.starts_with("the parameter `id` makes"),
            "{style:?} {id}: {problem}"
        );
    }
    let as_json = core.request(&api::OPEN_ITEM).path_json("id", &["../../x"]);
    assert!(problem(part(as_json)).await.starts_with("the parameter `id` makes"));
    assert!(server.seen().is_empty());
    for (style, explode, id, sent) in [
        (PathStyle::Label, Explode::No, json!("x"), ".x"),
        (PathStyle::Label, Explode::Yes, json!(["a", "b"]), ".a.b"),
        (PathStyle::Matrix, Explode::No, json!(".."), ";id=.."),
        (PathStyle::Matrix, Explode::Yes, json!(["..", "."]), ";id=..;id=."),
        (PathStyle::Simple, Explode::No, json!(["..", "."]), "..,."),
    ] {
        send(part(styled(&core, style, explode, &id))).await.unwrap();
        assert_eq!(server.last().path(), format!("/v1/items/{sent}/parts/p.json"));
    }
}

#[tokio::test]
async fn a_value_that_is_empty_or_missing_is_an_error() {
    let (server, core) = server().await;
    assert_eq!(
        problem(item(&core, "", "p")).await,
        "the parameter `id` is empty, and the path would be another one without it"
    );
    let missing = styled(&core, PathStyle::Simple, Explode::No, &json!("1"));
    assert_eq!(problem(missing).await, "the parameter `part` of the path is missing");
    assert!(server.seen().is_empty());
}
