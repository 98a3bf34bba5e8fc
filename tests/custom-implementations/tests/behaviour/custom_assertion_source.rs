//! A source that signs an assertion for each attempt, in a grant of this crate and in a custom grant.

use std::time::{Duration, UNIX_EPOCH};

use custom_implementations::{CLIENT, Fixture, token};
use evergrant::assertion::AssertionSource;
use evergrant::client_auth::NoClientAuth;
use evergrant::runtime::BoxFuture;
use evergrant::{Error, Grant, GrantRequest, JwtBearer, Secret, TokenManager, TokenRequestContext};
use evergrant_reqwest::Transport;
use evergrant_testing::Fault;

/// Stands for a signer: the claims without a signature.
#[derive(Clone)]
struct Unsigned;

impl AssertionSource for Unsigned {
    fn assertion<'a>(&'a self, context: TokenRequestContext<'a>) -> BoxFuture<'a, Result<Secret, Error>> {
        Box::pin(async move {
            // Simulates a request to a key management service.
            tokio::task::yield_now().await;
            let id = u64::from_be_bytes(context.random()?);
            let now = context.now().duration_since(UNIX_EPOCH).map_err(Error::assertion)?;
            let (client, endpoint) = (context.client_id(), context.token_endpoint());
            Ok(Secret::new(format!("{client} {endpoint} {id:x} {}", now.as_secs())))
        })
    }
}

/// The SAML 2.0 bearer grant (RFC 7522 section 2.1).
#[derive(Debug)]
struct SamlBearer;

impl Grant for SamlBearer {
    fn name(&self) -> &str {
        "SAML 2.0 bearer"
    }

    fn request<'a>(&'a self, _: TokenRequestContext<'a>) -> BoxFuture<'a, Result<GrantRequest, Error>> {
        let request = GrantRequest::new("urn:ietf:params:oauth:grant-type:saml2-bearer");
        Box::pin(async { Ok(request.assertion("assertion", Unsigned)) })
    }

    fn parameters(&self) -> &[&str] {
        &["assertion"]
    }
}

fn assertions(fixture: &Fixture) -> Vec<String> {
    let requests = fixture.auth.requests().into_iter();
    requests
        .map(|request| request.form_value("assertion").unwrap())
        .collect()
}

#[tokio::test]
async fn a_signer_is_called_for_each_attempt() {
    let fixture = Fixture::start();
    fixture.auth.next(Fault::Disconnect);
    fixture.auth.next(token("one", ""));
    let builder = JwtBearer::new(Unsigned).builder(CLIENT, NoClientAuth);
    let builder = builder
        .token_url(fixture.auth.token_url())
        .runtime(fixture.clock.clone());
    let retries = evergrant::RetryPolicy::new(1).pause(Duration::ZERO);
    let tokens = builder.retries(retries).build(Transport::default()).unwrap();
    assert_eq!(tokens.token().await.unwrap().access_token().expose(), "one");
    let sent = assertions(&fixture);
    assert_eq!(sent.len(), 2);
    assert_ne!(sent[0], sent[1], "each assertion has its own id");
    assert!(
        sent[0].starts_with(&format!("{CLIENT} {}", fixture.auth.token_url())),
        "{sent:?}"
    );
}

#[tokio::test]
async fn a_custom_grant_uses_the_same_sources() {
    let fixture = Fixture::start();
    fixture.auth.next(token("one", ""));
    let tokens: TokenManager = fixture.grant(SamlBearer).build(Transport::default()).unwrap();
    tokens.token().await.unwrap();
    assert_eq!(assertions(&fixture).len(), 1);
    let twice = fixture
        .grant(SamlBearer)
        .param("assertion", "own")
        .build(Transport::default());
    assert!(twice.unwrap_err().to_string().contains("`assertion`"));
}
