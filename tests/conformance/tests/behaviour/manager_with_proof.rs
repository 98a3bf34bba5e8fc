//! A manager whose tokens require a proof, without an HTTP client.

use std::task::{Context, Waker};

use conformance::{Fixture, ToyProof};
use evergrant::scheme::{ApiKey, OAuth};
use evergrant::{Authorizer, Error, Requirement, Token, TokenManager};
use evergrant_reqwest::Transport;
use http::{HeaderMap, Request};

fn tokens(fixture: &Fixture, proof: ToyProof) -> TokenManager {
    let builder = fixture.builder().proof(proof).token(Token::new("not-a-real-token"));
    builder.build(Transport::default()).unwrap()
}

fn with_key(tokens: TokenManager) -> Authorizer {
    let key = ApiKey::in_query("apiKey", "api-key").unwrap();
    let key = key.with_key("not-a-real-key").unwrap();
    let oauth = OAuth::new("oauth").with_tokens(tokens);
    Requirement::of(oauth).and(key).build().unwrap().into()
}

#[tokio::test]
async fn a_proof_requires_the_request_head() {
    let fixture = Fixture::new();
    let tokens = tokens(&fixture, ToyProof::default());
    let mut headers = HeaderMap::new();
    assert!(tokens.authorize_now(&mut headers).is_none());
    let error = tokens.authorize(&mut headers).await.unwrap_err();
    assert!(matches!(error, Error::ProofRequired(_)), "{error}");
    assert!(error.to_string().contains("Authorizer::authorize"), "{error}");
    assert!(headers.is_empty() && !error.is_retryable());

    for authorizer in [Authorizer::from(tokens.clone()), with_key(tokens)] {
        let (mut head, ()) = Request::get("https://api.example.com/books")
            .body(())
            .unwrap()
            .into_parts();
        assert!(authorizer.authorize_now(&mut head).is_none());
        assert!(authorizer.authorize_headers_now(&mut head.headers).is_none());
        assert!(head.headers.is_empty() && head.uri.query().is_none());
        authorizer.authorize(&mut head).await.unwrap();
        assert_eq!(head.headers["authorization"], "Toy not-a-real-token");
        assert!(head.headers["authorization"].is_sensitive());
        let first = head.headers["proof"].clone();
        // Authorizing again replaces the proof.
        authorizer.authorize(&mut head).await.unwrap();
        assert_eq!(head.headers.get_all("proof").iter().count(), 1);
        assert_ne!(head.headers["proof"], first);
    }
    assert_eq!(fixture.auth.token_requests(), 0);
}

#[tokio::test]
async fn a_failed_or_cancelled_proof_does_not_change_the_head() {
    let fixture = Fixture::new();
    let request = || Request::get("https://api.example.com/books?page=2").header("accept", "text/plain");
    for authorizer in [
        Authorizer::from(tokens(&fixture, ToyProof::failing())),
        with_key(tokens(&fixture, ToyProof::failing())),
    ] {
        let (mut head, ()) = request().body(()).unwrap().into_parts();
        let (headers, uri) = (head.headers.clone(), head.uri.clone());
        let error = authorizer.authorize(&mut head).await.unwrap_err();
        assert!(error.to_string().contains("the key is locked"), "{error}");
        assert_eq!((&head.headers, &head.uri), (&headers, &uri));
        {
            let mut authorizing = Box::pin(authorizer.authorize(&mut head));
            let mut context = Context::from_waker(Waker::noop());
            assert!(authorizing.as_mut().poll(&mut context).is_pending());
        }
        assert_eq!((head.headers, head.uri), (headers, uri));
    }
}
