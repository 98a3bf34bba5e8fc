//! Subject tokens, actor tokens, assertions and request tokens appear in no error, event, `Debug` output or record.

use evergrant::assertion::{AssertionFile, AssertionUrl, SharedAssertionSource};
use evergrant::client_auth::ClientAssertion;
use evergrant::store::{MemoryStore, SharedStore};
use evergrant::{ClientCredentials, JwtBearer, Secret, TokenExchange};
use evergrant_reqwest::Transport;
use evergrant_testing::{ApiServer, LogCapture, MockResponse};
use http::Method;

use super::{Folder, JWT, fixture};
use crate::support::{CLIENT, SECRET};

const CANARIES: [&str; 3] = ["canary+subject/1", "canary+actor/2", "canary+assertion/3"];

fn assert_hidden(text: &str) {
    for canary in ["canary", "Y2FuYXJ5"] {
        assert!(!text.contains(canary), "{text}");
    }
}

#[tokio::test]
async fn echoed_assertions_are_masked_in_errors_and_events() {
    let fixture = fixture();
    let logs = LogCapture::new();
    let _capture = logs.install();
    let [subject, actor, assertion] = CANARIES;
    for (echoed, is_exchange) in [(subject, true), (actor, true), (assertion, false)] {
        for encoded in [echoed.to_owned(), echoed.replace('+', "%2B").replace('/', "%2F")] {
            let body = format!(r#"{{"error":"invalid_grant","error_description":"{encoded} is not valid"}}"#);
            fixture.auth.next(MockResponse::new(400).json(&body));
            let tokens = if is_exchange {
                let exchange = TokenExchange::new(subject, JWT).actor(actor, JWT);
                let builder = fixture.configured(exchange.builder(CLIENT, SECRET));
                builder.build(Transport::default()).unwrap()
            } else {
                let builder = fixture.configured(JwtBearer::new(assertion).builder(CLIENT, SECRET));
                builder.build(Transport::default()).unwrap()
            };
            let error = tokens.token().await.unwrap_err();
            assert_hidden(&format!("{error} {error:?} {error:#?} {tokens:?}"));
            assert!(error.to_string().contains("[redacted] is not valid"), "{error}");
        }
    }
    assert!(!logs.contains("canary"));
    assert!(!logs.by_name("evergrant.fetch_failed").is_empty());
}

/// Returns the same assertion from each kind of source.
fn sources(folder: &Folder, platform: &ApiServer, assertion: &'static str) -> [SharedAssertionSource; 4] {
    std::fs::write(folder.file(), assertion).unwrap();
    platform.route(Method::GET, "/token", move |_| {
        MockResponse::new(200).json(&format!(r#"{{"value":"{assertion}"}}"#))
    });
    let url = AssertionUrl::new(&platform.url("/token"), Transport::default()).unwrap();
    [
        SharedAssertionSource::from(assertion),
        AssertionFile::new(folder.file()).into(),
        url.bearer_token("canary-request-token").into(),
        (move || async move { Ok(Secret::from(assertion)) }).into(),
    ]
}

#[tokio::test]
async fn assertions_of_every_source_and_for_every_use_reach_no_error_log_debug_output_or_url() {
    let (fixture, folder, platform) = (fixture(), Folder::new("secrecy"), ApiServer::unprotected());
    let logs = LogCapture::new();
    let _capture = logs.install();
    let assertion = "canary-assertion.of-a.source";
    for source in sources(&folder, &platform, assertion) {
        let exchange = |subject: SharedAssertionSource, actor: SharedAssertionSource| {
            TokenExchange::new(subject, JWT).actor(actor, JWT)
        };
        let other = || SharedAssertionSource::from("not.a.real.token");
        let client = ClientAssertion::new(source.clone());
        let uses = [
            fixture
                .configured(JwtBearer::new(source.clone()).builder(CLIENT, SECRET))
                .boxed(),
            fixture
                .configured(exchange(source.clone(), other()).builder(CLIENT, SECRET))
                .boxed(),
            fixture
                .configured(exchange(other(), source).builder(CLIENT, SECRET))
                .boxed(),
            fixture.configured(ClientCredentials::builder(CLIENT, client)).boxed(),
        ];
        for builder in uses {
            let body = format!(r#"{{"error":"invalid_grant","error_description":"{assertion} is not valid"}}"#);
            fixture.auth.next(MockResponse::new(400).json(&body));
            let shown = format!("{builder:?}");
            let tokens = builder.build(Transport::default()).unwrap();
            let error = tokens.token().await.unwrap_err();
            assert!(error.to_string().contains("[redacted] is not valid"), "{error}");
            assert_hidden(&format!("{shown} {tokens:?} {error} {error:?} {:?}", tokens.status()));
        }
    }
    assert!(!logs.contains("canary"));
    let requests = [fixture.auth.requests(), platform.requests()].concat();
    assert!(requests.len() > 16, "{}", requests.len());
    for request in requests {
        assert_hidden(&format!("{} {:?}", request.path, request.query));
    }
}

#[test]
fn debug_output_shows_no_assertion() {
    let [subject, actor, assertion] = CANARIES;
    let exchange = TokenExchange::new(subject, JWT).actor(actor, JWT).subject_id("jane");
    let url = AssertionUrl::new("https://platform.example.com/token?key=canary", Transport::default());
    let url = url.unwrap().bearer_token("canary");
    assert_hidden(&format!(
        "{exchange:?} {:?} {:?} {url:?} {:?}",
        JwtBearer::new(assertion),
        SharedAssertionSource::from(subject),
        exchange.clone().builder(CLIENT, SECRET),
    ));
}

#[tokio::test]
async fn a_record_contains_no_subject_token() {
    let fixture = fixture();
    let [subject, actor, _] = CANARIES;
    for canary in [subject, actor] {
        fixture.auth.add_assertion(canary, "jane");
    }
    let store = MemoryStore::new();
    let exchange = TokenExchange::new(subject, JWT).actor(actor, JWT);
    let builder = fixture
        .configured(exchange.builder(CLIENT, SECRET))
        .store(store.clone());
    let tokens = builder.build(Transport::default()).unwrap();
    tokens.token().await.unwrap();
    let key = tokens.store_key().unwrap();
    let record = SharedStore::from(store).load(key).await.unwrap().record.unwrap();
    assert_hidden(&format!("{key} {}", record.expose()));
}
