//! Documents from outside cost memory in proportion to their size, which is bounded: the metadata of issuers and APIs,
//! challenges, and assertions from URLs.

use allocation_counter::measure;
use bytes::Bytes;
use evergrant::assertion::AssertionUrl;
use evergrant::client_auth::ClientAssertion;
use evergrant::discovery::Discovery;
use evergrant::error::TransportError;
use evergrant::{ClientCredentials, JwtBearer};
use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderValue, Request, Response};

const ISSUER: &str = "https://idp.example.com";
const API: &str = "https://api.example.com/v1";

/// A transport that returns this body for each request.
#[derive(Debug, Clone)]
struct Fixed(Bytes);

impl Fixed {
    fn new(body: impl Into<Vec<u8>>) -> Self {
        Self(Bytes::from(body.into()))
    }
}

impl evergrant::Transport for Fixed {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        Ok(Response::new(self.0.clone()))
    }
}

/// Runs a future. Returns its outcome, and the bytes that it allocated.
fn cost<T>(future: impl Future<Output = T>) -> (T, u64) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut outcome = None;
    let measured = measure(|| outcome = Some(runtime.block_on(future)));
    (outcome.unwrap(), measured.bytes_total)
}

/// A text that grows with its argument.
type Text = fn(usize) -> String;

/// Asserts that the cost at most triples when the size doubles: quadratic cost would be four times as high.
#[track_caller]
fn assert_linear(what: &str, cost: impl Fn(usize) -> u64) {
    // What is allocated once, such as the state of a log.
    cost(1 << 8);
    let (once, twice, fourfold) = (cost(1 << 10), cost(1 << 11), cost(1 << 12));
    let constant = 8 << 10;
    assert!(twice <= 3 * once + constant, "{what}: {once}, {twice}");
    assert!(fourfold <= 3 * twice + constant, "{what}: {twice}, {fourfold}");
}

fn list(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect::<Vec<_>>().join(",")
}

/// Members of JSON objects that grow with their argument.
fn members() -> [(&'static str, Text); 7] {
    [
        ("scopes", |n| {
            format!(r#""scopes_supported": [{}]"#, list(n, |at| format!(r#""s{at}""#)))
        }),
        ("methods", |n| {
            let methods = list(n, |at| format!(r#""m{at}""#));
            format!(r#""token_endpoint_auth_methods_supported": [{methods}]"#)
        }),
        ("issuers", |n| {
            let issuers = list(n, |at| format!(r#""https://{at}.example.com""#));
            format!(r#""authorization_servers": [{issuers}]"#)
        }),
        ("unknown members", |n| list(n, |at| format!(r#""x{at}": {at}"#))),
        ("repeated members", |n| {
            list(n, |_| r#""token_endpoint": "https://idp.example.com/token""#.to_owned())
        }),
        ("a long URL", |n| {
            format!(r#""jwks_uri": "https://idp.example.com/{}""#, "a".repeat(n * 8))
        }),
        ("aliases", |n| {
            let aliases = list(n, |at| format!(r#""e{at}": "http://a""#));
            format!(r#""mtls_endpoint_aliases": {{{aliases}}}"#)
        }),
    ]
}

#[test]
fn metadata_of_an_issuer_costs_as_much_as_it_is_long() {
    for (what, members) in members() {
        assert_linear(what, |n| {
            let transport = Fixed::new(format!(r#"{{"issuer": "{ISSUER}", {}}}"#, members(n)));
            let (server, bytes) = cost(Discovery::new(transport).server(ISSUER));
            server.unwrap();
            bytes
        });
    }
}

#[test]
fn metadata_of_an_api_costs_as_much_as_it_is_long() {
    for (what, members) in members() {
        assert_linear(what, |n| {
            let transport = Fixed::new(format!(r#"{{"resource": "{API}", {}}}"#, members(n)));
            let discovery = Discovery::new(transport);
            let headers = HeaderMap::new();
            let (resource, bytes) = cost(discovery.resource(API, &headers));
            resource.unwrap();
            bytes
        });
    }
}

#[test]
fn a_document_that_is_too_large_or_too_deep_is_rejected_at_a_fixed_cost() {
    let large = |n: usize| format!(r#"{{"issuer": "{ISSUER}", "x": "{}"}}"#, "a".repeat(n << 10));
    let headers = HeaderMap::new();
    let mut costs = Vec::new();
    for (document, expected) in [
        (large(257), "larger than 256 KiB"),
        (large(1023), "larger than 256 KiB"),
        ("[".repeat(200 << 10), "not a JSON object"),
        (format!("{}1", r#"{"a":"#.repeat(40 << 10)), "not a JSON object"),
        ("{".repeat(200 << 10), "not a JSON object"),
    ] {
        let discovery = Discovery::new(Fixed::new(document));
        for (outcome, bytes) in [
            cost(async { discovery.server(ISSUER).await.map(drop) }),
            cost(async { discovery.resource(API, &headers).await.map(drop) }),
        ] {
            let message = outcome.unwrap_err().to_string();
            assert!(message.contains(expected) && message.len() < 1000, "{message}");
            costs.push(bytes);
        }
    }
    assert!(costs.iter().all(|bytes| *bytes < 64 << 10), "{costs:?}");
    // At the limit, a document is read.
    let padding = (256 << 10) - large(0).len();
    let document = format!(r#"{{"issuer": "{ISSUER}", "x": "{}"}}"#, "a".repeat(padding));
    cost(Discovery::new(Fixed::new(document)).server(ISSUER)).0.unwrap();
}

#[test]
fn the_error_of_a_request_that_is_not_listed_is_short() {
    let (_, methods) = members()[1];
    let document = format!(
        r#"{{"issuer": "{ISSUER}", "token_endpoint": "{ISSUER}/token", {}}}"#,
        methods(10_000)
    );
    let tokens = ClientCredentials::builder("shop", "not-a-real-secret")
        .issuer(ISSUER)
        .retries(0)
        .build(Fixed::new(document))
        .unwrap();
    let message = cost(tokens.token()).0.unwrap_err().to_string();
    assert!(message.contains(" and more") && message.len() < 1500, "{message}");
}

#[test]
fn a_challenge_costs_as_much_as_it_is_long_and_is_bounded() {
    let document = format!(r#"{{"resource": "{API}"}}"#);
    let discovery = Discovery::new(Fixed::new(document));
    let read = |value: String, count: usize| {
        let mut headers = HeaderMap::new();
        for _ in 0..count {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_str(&value).unwrap());
        }
        cost(async { discovery.resource(API, &headers).await.map(drop) })
    };
    let pieces: [Text; 5] = [
        |n| format!("Bearer {}", list(n, |at| format!("a{at}=b"))),
        |n| list(n, |at| format!("S{at} a=b")),
        |n| format!(r#"Bearer scope="{}", resource_metadata="{API}/m""#, "a ".repeat(n)),
        |n| format!(r#"Bearer resource_metadata="{API}/{}""#, "a".repeat(n)),
        |n| format!(r#"Bearer a="{}""#, r"\\".repeat(n)),
    ];
    for (at, piece) in pieces.into_iter().enumerate() {
        // Up to the limit of a value, 8 KiB.
        let at_size = |n| read(piece(n), 1).1;
        at_size(8);
        let (once, twice, fourfold) = (at_size(200), at_size(400), at_size(800));
        assert!(twice <= 3 * once + (4 << 10), "{at}: {once}, {twice}");
        assert!(fourfold <= 3 * twice + (4 << 10), "{at}: {twice}, {fourfold}");
        // A value above the limit, and values above their number, are not read.
        let above = read(piece(20_000), 1).1;
        assert!(above <= fourfold + (4 << 10), "{at}: {fourfold}, {above}");
        let (many, more) = (read(piece(8), 16).1, read(piece(8), 160).1);
        assert!(more <= many + (4 << 10), "{at}: {many}, {more}");
    }
    // A URL of the metadata that is as long as a value may be is only a URL.
    let (outcome, _) = read(
        format!(r#"Bearer resource_metadata="https://{}""#, "a.".repeat(3000)),
        1,
    );
    assert!(outcome.unwrap_err().to_string().len() < 1000);
}

#[test]
fn an_assertion_from_a_url_costs_as_much_as_its_response_is_long_and_is_bounded() {
    let fetch = |body: String| {
        let source = AssertionUrl::new("https://platform.example.com/token", Fixed::new(body)).unwrap();
        let grant = JwtBearer::new(source).builder("shop", ClientAssertion::new("not.a.real-assertion"));
        let builder = grant.token_url("https://idp.example.com/token").retries(0);
        let tokens = builder.build(Fixed::new("{}")).unwrap();
        let (outcome, bytes) = cost(tokens.token());
        (outcome.unwrap_err().to_string(), bytes)
    };
    let bodies: [(&str, Text); 4] = [
        ("other members", |n| {
            format!("{{{}}}", list(n, |at| format!(r#""x{at}": {at}"#)))
        }),
        ("a list", |n| format!("[{}]", list(n, |_| "0".to_owned()))),
        ("repeated members", |n| {
            format!("{{{}}}", list(n, |_| r#""value": 0"#.to_owned()))
        }),
        ("a long error page", |n| "<p>".repeat(n)),
    ];
    for (what, body) in bodies {
        assert_linear(what, |n| {
            let (message, bytes) = fetch(body(n));
            assert!(
                message.contains("returns no JSON object") && message.len() < 500,
                "{message}"
            );
            bytes
        });
    }
    for (body, expected) in [
        (
            format!(r#"{{"value": "{}"}}"#, "a".repeat(2 << 20)),
            "returns more than 1 MiB",
        ),
        (
            format!(r#"{{"value": "{}"}}"#, "a".repeat(65 << 10)),
            "larger than 64 KiB",
        ),
        ("[".repeat(1 << 20), "returns no JSON object"),
    ] {
        let (message, bytes) = fetch(body);
        assert!(message.contains(expected) && message.len() < 500, "{message}");
        assert!(bytes < 512 << 10, "{bytes}");
    }
}
