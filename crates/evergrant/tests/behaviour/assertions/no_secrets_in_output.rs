//! Subject tokens, actor tokens, assertions and request tokens appear in no error, event, `Debug` output or record.

use evergrant::assertion::{AssertionUrl, SharedAssertionSource};
use evergrant::store::{MemoryStore, SharedStore};
use evergrant::{JwtBearer, TokenExchange};
use evergrant_reqwest::Transport;
use evergrant_testing::{LogCapture, MockResponse};

use super::{JWT, fixture};
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
