//! Clients with a certificate: reading it again, and a certificate that changes while a request is authorized.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use evergrant::client_auth::{ClientAuth, ClientCredential};
use evergrant::error::Call;
use evergrant::runtime::BoxFuture;
use evergrant::scheme::{Location, OAuth, Scheme};
use evergrant::transport::TransportIdentity;
use evergrant::{
    Authorizer, ClientCredentials, Error, Replay, Requirement, Step, Token, TokenManager, TokenRequestContext,
};
use evergrant_testing::ManualClock;
use http::{HeaderName, Request, request};

use crate::scripted_transport::ScriptedTransport;
use crate::support::CLIENT;

/// A method whose certificate is the one with this number.
#[derive(Debug, Default)]
struct Certificate {
    number: Arc<AtomicUsize>,
    /// Blocks a reload until the sender is dropped.
    blocked: Option<Mutex<mpsc::Receiver<()>>>,
}

impl ClientAuth for Certificate {
    fn name(&self) -> &str {
        "tls_client_auth"
    }

    fn authenticate<'a>(&'a self, _: TokenRequestContext<'a>) -> BoxFuture<'a, Result<Vec<ClientCredential>, Error>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn transport_identity(&self) -> Option<TransportIdentity> {
        let number = self.number.load(Ordering::Relaxed);
        Some(TransportIdentity::new(number.to_string(), ()))
    }

    fn reload_transport_identity(&self) {
        if let Some(blocked) = &self.blocked {
            let _ = blocked.lock().unwrap().recv();
        }
    }
}

fn tokens(certificate: Certificate, clock: &ManualClock) -> TokenManager {
    ClientCredentials::builder(CLIENT, certificate)
        .token_url("https://auth.example.com/token")
        .token_provider(async |_, _| Ok(Token::new("not-a-real-token")))
        .runtime(clock.clone())
        .build(ScriptedTransport::new([]))
        .unwrap()
}

#[tokio::test]
async fn a_certificate_that_cannot_be_read_in_time_stays_in_use() {
    let clock = ManualClock::new();
    let (_sender, blocked) = mpsc::channel();
    let certificate = Certificate {
        blocked: Some(Mutex::new(blocked)),
        ..Certificate::default()
    };
    let tokens = tokens(certificate, &clock);
    let reads_in_time = async {
        clock.wait_for_sleepers(1).await;
        while clock.sleepers() > 0 {
            clock.advance(Duration::from_secs(1));
            clock.settle().await;
        }
    };
    let (token, ()) = tokio::join!(tokens.token(), reads_in_time);
    assert_eq!(token.unwrap().access_token().expose(), "not-a-real-token");
}

/// A signature over all headers. The certificate changes with the first ones.
#[derive(Debug)]
struct Signature {
    number: Arc<AtomicUsize>,
    changes: usize,
    fails_after_change: bool,
}

const SIGNATURE: HeaderName = HeaderName::from_static("signature");

impl Scheme for Signature {
    fn name(&self) -> &str {
        "signature"
    }

    fn locations(&self) -> Vec<Location> {
        vec![Location::Header(SIGNATURE)]
    }

    fn apply(&self, head: &mut request::Parts) -> Result<(), Error> {
        let number = self.number.load(Ordering::Relaxed);
        if number == self.changes && self.fails_after_change {
            return Err(Error::scheme("no key"));
        }
        self.number.store(self.changes.min(number + 1), Ordering::Relaxed);
        head.headers.insert(SIGNATURE, head.headers.len().into());
        Ok(())
    }
}

#[tokio::test]
async fn a_request_is_authorized_again_from_its_original_head() {
    for fails_after_change in [false, true] {
        let certificate = Certificate::default();
        let signature = Signature {
            number: Arc::clone(&certificate.number),
            changes: 2,
            fails_after_change,
        };
        let oauth = OAuth::new("oauth").with_tokens(tokens(certificate, &ManualClock::new()));
        let authorizer = Authorizer::from(Requirement::of(signature).and(oauth).build().unwrap());
        let (mut head, ()) = Request::get("https://api.example.com/books")
            .body(())
            .unwrap()
            .into_parts();
        let (method, uri) = (head.method.clone(), head.uri.clone());
        let mut replay = Replay::new(&authorizer, Call::of_uri(&method, &uri));
        match replay.authorize(&mut head).await {
            Ok(step) => {
                assert!(step == Step::Send && !fails_after_change);
                assert_eq!(head.headers[SIGNATURE], "0");
            }
            Err(error) => assert!(fails_after_change && head.headers.is_empty(), "{error}"),
        }
    }
}
