//! `Debug` of every public type of `evergrant` and `evergrant-reqwest`, walked: none shows a secret, and none is forgotten.

use std::any::type_name;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use evergrant::error::{TransportError, TransportErrorKind, *};
use evergrant::origin::{AllowedOrigins, Origin, PlaintextPolicy};
use evergrant::runtime::{SharedRuntime, SpawnError, Timestamp, TokioRuntime};
use evergrant::scheme::{ApiKey, Basic, Bearer, CustomHeader, OAuth, Place, SharedScheme};
use evergrant::store::{
    LeaseOutcome, Ledger, MemoryStore, SealError, SharedStore, StoreError, StoreErrorKind, StoreKey, Swap,
};
use evergrant::{
    AuthorizationCode, AuthorizationRequest, Authorizer, ClientAuth, ClientCredentials, ClientSecrets, Error,
    Generation, Password, Rejection, Relaxation, ReplayOutcome, Requirement, ScopedTokens, Scopes, Secret,
    SharedTransport, Token, TokenEndpointOptions, TokenFile, Verdict,
};
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::{Answer, AuthServer, Fault};
use http::{HeaderMap, HeaderValue, StatusCode};

/// Every secret that the walk hands in has this in it.
const MARK: &str = "hush";
const SECRET: &str = "hush-not-a-real-secret";

#[derive(Default)]
struct Walk {
    seen: BTreeSet<String>,
}

impl Walk {
    /// An error's `Debug` is its message, and what the message leaves out of its causes.
    fn error<E: std::error::Error>(&mut self, error: &E) {
        let message = error.to_string();
        for shown in [format!("{error:?}"), format!("{error:#?}")] {
            assert!(
                shown.starts_with(&message),
                "{}: {shown} for {message}",
                type_name::<E>()
            );
        }
        self.see(error);
    }

    fn see<T: Debug>(&mut self, value: &T) {
        for shown in [format!("{value:?}"), format!("{value:#?}")] {
            assert!(
                !shown.contains(MARK) && !shown.contains("test-token-"),
                "{}: {shown}",
                type_name::<T>()
            );
        }
        let name = type_name::<T>();
        let name = name.split('<').next().unwrap_or(name);
        self.seen.insert(name.rsplit("::").next().unwrap_or(name).to_owned());
    }
}

/// The names of types that a module's source makes public, by its `pub use`, `pub struct` and `pub enum` lines.
fn public_types(source: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for statement in source.split("pub use ").skip(1) {
        let list = statement.split(';').next().unwrap_or_default();
        names.extend(
            list.split(|c: char| !c.is_alphanumeric() && c != '_')
                .map(str::to_owned),
        );
    }
    for word in ["\npub struct ", "\npub enum "] {
        for rest in source.split(word).skip(1) {
            names.extend(rest.split(|c: char| !c.is_alphanumeric()).next().map(str::to_owned));
        }
    }
    // Constants have nothing to show.
    names.retain(|name| name.starts_with(char::is_uppercase) && name.contains(char::is_lowercase));
    names
}

#[tokio::test]
async fn debug_of_every_public_type_shows_no_secret() {
    let mut walk = Walk::default();
    let auth = AuthServer::builder().client("shop", SECRET).start();
    let api = auth.api();
    let builder = || {
        ClientCredentials::new("shop", SECRET)
            .token_url(auth.token_url())
            .retries(0)
    };
    let token = || {
        let extra = format!(r#"{{"access_token":"{SECRET}","refresh_token":"{SECRET}","id_token":"{SECRET}"}}"#);
        Token::from_json(&extra).expect("a token")
    };
    let transport = Transport::default();

    // Values, credentials and configuration.
    walk.see(&Secret::from(SECRET));
    walk.see(&ClientSecrets::new(SECRET).with_next(SECRET));
    walk.see(&token());
    walk.error(
        &Token::from_json(&format!(r#"{{"access_token":["{SECRET}"],"scope":"{SECRET}"}}"#)).expect_err("no string"),
    );
    walk.error(&Token::from_json(SECRET).expect_err("no JSON"));
    walk.see(&Scopes::parse("a b"));
    walk.see(&ClientAuth::Post);
    walk.see(&Generation::default());
    walk.see(&builder().token(token()).param("tenant", "7"));
    walk.see(&"https://api.example.com".parse::<Origin>().expect("an origin"));
    for text in [
        "hush",
        "https://user:hush@api.example.com",
        "https://api.example.com/hush",
    ] {
        walk.error(&text.parse::<Origin>().expect_err("no origin"));
    }
    walk.see(&PlaintextPolicy::default());
    walk.see(&AllowedOrigins::default());
    walk.see(&Timestamp::new(SystemTime::UNIX_EPOCH, Duration::ZERO));
    walk.see(&TokioRuntime::new());
    walk.see(&SharedRuntime::default());
    walk.see(&TokenEndpointOptions::new().header("x-api-key", SECRET));
    walk.see(&TokenFile::new("token.json"));
    walk.see(&TransportCause::UntrustedCertificate);
    walk.see(&transport);
    walk.see(&SharedTransport::new(transport.clone()));

    // A manager and everything it hands out.
    let tokens = builder()
        .on_token_update(|_| {})
        .build(transport.clone())
        .expect("a manager");
    let updates = tokens.subscribe();
    let warm = tokens.keep_warm().expect("a runtime");
    tokens.token().await.expect("a token");
    walk.see(&tokens.token().await.expect("a token"));
    walk.see(&tokens);
    walk.see(&updates);
    walk.see(&warm);
    walk.see(&tokens.status());
    walk.see(&tokens.status().state);
    walk.see(&tokens.client().clone());
    let (said, heard) = std::sync::mpsc::channel();
    let provided = builder().token_provider(move |_, exchange: evergrant::Exchange| {
        let _ = said.send(exchange);
        async { Err(Error::provider("none")) }
    });
    let _ = provided.build(transport.clone()).expect("a manager").token().await;
    walk.see(&heard.recv().expect("an exchange"));
    walk.see(&tokens.reject(Generation::default()));
    walk.see(&Rejection::Accepted);
    walk.see(&Verdict::Repeat);
    walk.see(&ReplayOutcome::Refused);

    // Users, their sign-in, and scopes.
    walk.see(&Password::new("reader", SECRET));
    walk.see(&Password::new("reader", SECRET).client("shop", SECRET));
    let users = AuthorizationCode::new("shop", SECRET)
        .authorization_url(auth.authorization_url())
        .token_url(auth.token_url())
        .redirect_uri("http://127.0.0.1/callback")
        .build(transport.clone())
        .expect("a manager");
    let sign_in = users.sign_in().expect("a sign-in");
    walk.see(&sign_in);
    let request = sign_in.begin().expect("a request");
    let shown = format!("{request:?}");
    assert!(!shown.contains(request.state().expose()) && !shown.contains(request.code_verifier().expose()));
    walk.see(&request);
    walk.error(&AuthorizationRequest::from_json(SECRET).expect_err("no JSON"));
    let redirect = format!("?code={SECRET}&state={SECRET}");
    let Err(Error::SignInFailed(failed)) = sign_in.finish(&request, &redirect).await else {
        panic!("it answers another request")
    };
    walk.error(&*failed);
    walk.see(failed.problem());
    let Err(Error::SignInRequired(required)) = users.token().await else {
        panic!("nobody has signed in")
    };
    walk.error(&*required);
    walk.see(&ScopedTokens::least_privilege(tokens.clone()));

    // Schemes, requirements, the authorizer.
    let basic = Basic::new("basic")
        .with_credentials("reader", SECRET)
        .expect("credentials");
    let key = ApiKey::in_query("key", "api_key")
        .expect("a key")
        .with_key(SECRET)
        .expect("a key");
    let header = CustomHeader::new("session", "x-session")
        .expect("a header")
        .with_value(SECRET)
        .expect("a value");
    walk.see(&basic);
    walk.see(&key);
    walk.see(&header);
    walk.see(&Bearer::new("bearer").with_token(SECRET).expect("a token"));
    walk.see(&OAuth::new("oauth").with_tokens(tokens.clone()));
    walk.see(&SharedScheme::from(key.clone()));
    walk.see(&Place::Query("api_key".to_owned()));
    walk.see(&Requirement::of(basic.clone()).and(key.clone()));
    let requirement = Requirement::of(basic)
        .and(key)
        .and(header)
        .build()
        .expect("a requirement");
    walk.see(&requirement);
    let authorizer = Authorizer::from(requirement);
    walk.see(&authorizer);
    let (mut head, ()) = http::Request::get("https://api.example.com/")
        .body(())
        .expect("a request")
        .into_parts();
    walk.see(&authorizer.authorize(&mut head).await.expect("credentials"));
    let unmet = Requirement::of(OAuth::new("oauth")).build().expect("a requirement");
    let unmet = Authorizer::from(unmet).authorize(&mut head).await.expect_err("not met");
    let Error::RequirementNotMet(unmet) = &unmet else {
        panic!("{unmet}")
    };
    walk.error(&**unmet);
    walk.see(&unmet.alternatives()[0]);

    // Errors: what is refused, broken, late or misconfigured.
    let basic_echo = format!(r#"{{"error":"invalid_client","error_description":"no {SECRET}"}}"#);
    for fault in [
        Fault::from(Answer::new(401).json(&basic_echo)),
        Answer::new(200).body(format!("<p>{SECRET}</p>")).into(),
        Answer::new(200)
            .json(&format!(r#"{{"access_token":"{SECRET}","token_type":"mac"}}"#))
            .into(),
        Fault::Disconnect,
    ] {
        auth.next(fault);
        let error = builder()
            .build(transport.clone())
            .expect("a manager")
            .token()
            .await
            .expect_err("a fault");
        walk.error(&error);
        match &error {
            Error::OAuthProvider(error) => walk.error(&**error),
            Error::TokenResponse(error) => {
                walk.error(&**error);
                walk.see(error.problem());
            }
            Error::Unreachable(error) => {
                walk.error(&**error);
                walk.see(&error.kind());
            }
            other => panic!("{other}"),
        }
    }
    auth.next(Fault::Hang);
    let late = builder()
        .max_wait(Duration::from_millis(20))
        .build(transport.clone())
        .expect("a manager");
    let late = late.token().await.expect_err("too late");
    let Error::Timeout(late) = &late else { panic!("{late}") };
    walk.error(&**late);
    walk.see(&late.scope());
    let Error::Callback(callback) = Error::provider("sealed") else {
        panic!("a callback error")
    };
    walk.error(&*callback);
    walk.see(&callback.kind());
    walk.error(&TransportError::new(TransportErrorKind::Other, "broken"));
    walk.see(&TransportErrorKind::Other);
    walk.error(&SpawnError);
    let mut headers = HeaderMap::new();
    headers.insert("set-cookie", HeaderValue::from_static(SECRET));
    let refused = ApiError::new(StatusCode::BAD_REQUEST, headers, Bytes::from_static(SECRET.as_bytes()));
    walk.error(&refused);
    let Error::Login(login) = Error::login(LoginFailure::Answered(refused), "refused") else {
        panic!("a failed login")
    };
    walk.error(&*login);
    walk.see(login.failure());
    walk.error(
        &ClientCredentials::new("shop", SECRET)
            .token_url("https://u:hush@a.example.com")
            .build(transport)
            .expect_err("no"),
    );

    // Stores: two managers that share a failure, and then a record that has a token.
    let store = MemoryStore::new();
    let sharing = || {
        builder()
            .store(store.clone())
            .build(Transport::default())
            .expect("a manager")
    };
    auth.next(Answer::new(503));
    let (first, second) = (sharing(), sharing());
    first.token().await.expect_err("refused");
    let shared = second.token().await.expect_err("refused");
    let Error::Fleet(fleet) = &shared else {
        panic!("{shared}")
    };
    walk.error(&**fleet);
    walk.see(&fleet.failure());
    walk.see(&fleet.hints()[0]);
    let builder = StoreKey::builder("https://a.example.com/token?key=hush", "shop");
    let builder = builder.param("key", SECRET).credential_label("blue");
    walk.see(&builder);
    let key = builder.build();
    walk.see(&key);
    walk.error(&"no key".parse::<StoreKey>().expect_err("no key"));
    walk.see(&store);
    let store = SharedStore::new(store);
    walk.see(&store);
    walk.see(store.changes().expect("changes"));
    walk.see(&store.changes().expect("changes").listen(&key));
    let ledger = Ledger::new(store.clone(), key.clone());
    walk.see(&ledger);
    let outcome = ledger.acquire(Duration::from_secs(60)).await.expect("a store");
    walk.see(&outcome);
    let LeaseOutcome::Acquired(lease) = outcome else {
        panic!("nobody else has the lease")
    };
    walk.see(&lease);
    walk.see(&ledger.renew(&lease, Duration::from_secs(60)).await.expect("a store"));
    walk.see(
        &ledger
            .summary()
            .await
            .expect("a store")
            .and_then(|summary| summary.lease)
            .expect("a lease"),
    );
    walk.see(&ledger.save(&lease, &token()).await.expect("a store"));
    let stored = ledger.load().await.expect("a store").expect("a token");
    walk.see(&stored);
    walk.see(&stored.generation);
    let summary = ledger.summary().await.expect("a store").expect("a record");
    walk.see(&summary);
    walk.see(&summary.token.expect("a token"));
    let loaded = store.load(&key).await.expect("a store");
    walk.see(&loaded);
    let swap = Swap::new(None, loaded.record, Duration::from_secs(60));
    walk.see(&swap);
    walk.see(&store.swap(&key, swap).await.expect("a store"));
    walk.error(&StoreError::new(StoreErrorKind::Other, "broken"));
    walk.see(&StoreErrorKind::Other);
    walk.error(&SealError::NotAuthentic);

    // The client.
    let client = || {
        Client::builder(tokens.clone()).base_url(api.url("/")).default_header(
            http::HeaderName::from_static("x-session"),
            HeaderValue::from_static(SECRET),
        )
    };
    walk.see(&client());
    let client = client().build().expect("a client");
    walk.see(&client);
    walk.see(&client.get("books").query(&[("key", SECRET)]).header("x-key", SECRET));
    let error = client
        .get("https://api.example.org/?key=hush")
        .send()
        .await
        .expect_err("not allowed");
    walk.error(&error);
    let evergrant_reqwest::Error::Authorization(Error::Origin(origin)) = &error else {
        panic!("{error}")
    };
    walk.error(&**origin);

    let relaxation = Relaxation::new("danger_test", "nothing");
    walk.see(&relaxation);
    // For the rest of this process, so at the end.
    Relaxation::forbid_all();
    walk.error(&relaxation.apply().expect_err("forbidden"));

    let mut expected = BTreeSet::new();
    for source in [
        include_str!("../src/lib.rs"),
        include_str!("../../evergrant/src/lib.rs"),
        include_str!("../../evergrant/src/error/mod.rs"),
        include_str!("../../evergrant/src/origin.rs"),
        include_str!("../../evergrant/src/runtime/mod.rs"),
        include_str!("../../evergrant/src/scheme/mod.rs"),
        include_str!("../../evergrant/src/store/mod.rs"),
        include_str!("../../evergrant/src/transport.rs"),
    ] {
        expected.extend(public_types(source));
    }
    // Traits, and types that only name their constructors.
    for name in [
        "CredentialProvider",
        "TokenProvider",
        "Scope",
        "Transport",
        "Runtime",
        "Scheme",
        "TokenStore",
        "Seal",
        "AuthorizationCode",
        "ClientCredentials",
    ] {
        expected.remove(name);
    }
    let forgotten: Vec<_> = expected.difference(&walk.seen).collect();
    assert!(forgotten.is_empty(), "not walked: {forgotten:?}");
}
