//! Proofs of possession: a new proof for each request, and repeated requests when the server requires another proof.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use evergrant::proof::{Proof, ProofRequest, ProofResponse, ProofTarget, ProofVerdict};
use evergrant::runtime::BoxFuture;
use evergrant::{Authorizer, ClientCredentials, Error, TokenEndpointOptions, TokenManager};
use http::{HeaderMap, HeaderName};

use crate::scripted_transport::{Reply, ScriptedTransport, json, with_header};
use crate::support::{CLIENT, SECRET};

/// Numbers its proofs. A response with a nonce requires a new proof.
#[derive(Debug, Default)]
struct Numbered(Arc<AtomicUsize>);

impl Proof for Numbered {
    fn scheme(&self) -> &str {
        "Numbered"
    }

    fn key_id(&self) -> String {
        "key-1".to_owned()
    }

    fn headers<'a>(&'a self, _: ProofRequest<'a>) -> BoxFuture<'a, Result<HeaderMap, Error>> {
        let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        let header = (HeaderName::from_static("proof"), number.into());
        Box::pin(async { Ok(HeaderMap::from_iter([header])) })
    }

    fn read_response(&self, _: ProofTarget<'_>, response: &ProofResponse<'_>) -> ProofVerdict {
        match response.head.headers().contains_key("nonce") {
            true => ProofVerdict::Repeat,
            false => ProofVerdict::Done,
        }
    }
}

fn tokens(transport: &ScriptedTransport) -> TokenManager {
    ClientCredentials::builder(CLIENT, SECRET)
        .token_url("https://auth.example.com/token")
        .token_endpoint_options(TokenEndpointOptions::new().token_type("Custom"))
        .retries(0)
        .proof(Numbered::default())
        .build(transport.clone())
        .unwrap()
}

fn bound_token() -> Reply {
    json(200, r#"{"access_token":"bound","token_type":"Numbered"}"#)
}

fn rejection() -> Reply {
    json(400, r#"{"error":"use_nonce"}"#)
}

fn with_nonce(reply: Reply) -> Reply {
    with_header(reply, "nonce", "n")
}

#[tokio::test]
async fn a_token_request_is_repeated_with_a_new_proof_at_most_twice() {
    for (replies, proofs, fetched) in [
        (vec![bound_token()], &["1"][..], true),
        (vec![with_nonce(rejection()), bound_token()], &["1", "2"], true),
        (
            vec![with_nonce(rejection()), with_nonce(rejection()), bound_token()],
            &["1", "2", "3"],
            true,
        ),
        (vec![with_nonce(rejection())], &["1", "2", "3"], false),
        (vec![rejection()], &["1"], false),
        // A successful response has used up the request.
        (vec![with_nonce(bound_token())], &["1"], true),
    ] {
        let transport = ScriptedTransport::new(replies);
        let outcome = tokens(&transport).token().await;
        assert_eq!(transport.header("proof"), proofs);
        match outcome {
            Ok(token) => assert!(fetched && token.access_token().expose() == "bound"),
            Err(error) => assert!(!fetched && error.to_string().contains("use_nonce"), "{error}"),
        }
    }
}

#[tokio::test]
async fn only_a_token_that_is_bound_to_the_key_is_accepted() {
    for (token_type, problem) in [
        (
            r#","token_type":"Bearer""#,
            "has the type `Bearer`, but this client requires",
        ),
        (r#","token_type":"Other""#, "has the type `Other`"),
        ("", "has no `token_type`, but this client requires"),
        (
            r#","token_type":" ""#,
            "has an empty `token_type`, but this client requires",
        ),
        (
            r#","token_type":"custom""#,
            "has the type `custom`, but this client requires",
        ),
    ] {
        let response = format!(r#"{{"access_token":"not-a-real-token"{token_type}}}"#);
        let transport = ScriptedTransport::new([json(200, &response)]);
        let error = tokens(&transport).token().await.unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }
}

#[tokio::test]
async fn an_api_request_contains_the_scheme_and_a_new_proof() {
    let transport = ScriptedTransport::new([bound_token()]);
    let authorizer = Authorizer::from(tokens(&transport));
    for proof in ["2", "3"] {
        let (mut head, ()) = http::Request::get("https://api.example.com/books")
            .body(())
            .unwrap()
            .into_parts();
        assert!(authorizer.authorize_now(&mut head).is_none(), "a proof needs time");
        authorizer.authorize(&mut head).await.unwrap();
        assert_eq!(head.headers["authorization"], "Numbered bound");
        assert_eq!(head.headers["proof"], proof);
    }
}
