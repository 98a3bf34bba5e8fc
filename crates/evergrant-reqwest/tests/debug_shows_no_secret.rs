//! `Debug` of every public type of `evergrant` and `evergrant-reqwest` shows no secret. A type that is not checked
//! fails the test.
//!
//! A binary of its own, because the test forbids all relaxations for the rest of the process.

use std::any::type_name;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use evergrant::assertion::{AssertionFile, AssertionUrl, SharedAssertionSource};
use evergrant::client_auth::{
    ClientAssertion, ClientAuth, ClientAuthMethod, ClientCredential, ClientSecretBasic, ClientSecretBasicRaw,
    ClientSecretPost, ClientSecrets, NoClientAuth, PublicClient, SharedClientAuth, SharedCredentialProvider,
};
use evergrant::error::{TransportError, TransportErrorKind, *};
use evergrant::origin::{AllowedOrigins, Origin, PlaintextPolicy};
use evergrant::presets::google::ServiceAccountImpersonation;
use evergrant::proof::{Proof, ProofRequest, ProofResponse, ProofTarget};
use evergrant::runtime::{BoxFuture, SharedRuntime, SpawnError, Timestamp, TokioRuntime};
use evergrant::scheme::{ApiKey, Basic, Bearer, CustomHeader, Location, OAuth, SharedScheme};
use evergrant::store::{
    LeaseOutcome, LeasedRecord, Loaded, MemoryStore, SealError, SharedStore, StoreError, StoreErrorKind, StoreKey,
    Swap, SwapOutcome, TokenStore,
};
use evergrant::transport::TransportIdentity;
use evergrant::{
    ApiError, AuthorizationCode, AuthorizationRequest, Authorizer, CallPolicy, ClientCredentials, DeviceAuthorization,
    Error, FailureBackoff, Generation, GrantKind, GrantRequest, JwtBearer, Password, Rejection, Relaxation, Replay,
    ReplayDecision, ReplayOutcome, Requirement, ResponseHead, RetryPolicy, ScopedTokens, Scopes, Secret, SecretFile,
    SharedTransport, Sharing, SubjectTokens, TimeLimits, Token, TokenEndpointOptions, TokenExchange, TokenFile,
    TokenRequestContext, TokenTypeIdentifier, UserTokens,
};
use evergrant_reqwest::{Client, ClientCertificate, TlsClientAuth, Transport};
use evergrant_testing::{AuthServer, Fault, MockResponse};
use http::{HeaderMap, HeaderValue, StatusCode};

/// A part of every secret in this test.
const MARK: &str = "hush";
const SECRET: &str = "hush-not-a-real-secret";

#[derive(Default)]
struct Checker {
    seen: BTreeSet<String>,
}

impl Checker {
    /// Checks that an error's `Debug` starts with its message, followed by causes that the message omits.
    fn check_error<E: std::error::Error>(&mut self, error: &E) {
        let message = error.to_string();
        for shown in [format!("{error:?}"), format!("{error:#?}")] {
            assert!(
                shown.starts_with(&message),
                "{}: {shown} for {message}",
                type_name::<E>()
            );
        }
        self.check(error);
    }

    fn check<T: Debug>(&mut self, value: &T) {
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

/// The names of a module's public types, from its `pub use`, `pub struct` and `pub enum` lines.
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
    // Not constants.
    names.retain(|name| name.starts_with(char::is_uppercase) && name.contains(char::is_lowercase));
    names
}

/// A proof without headers.
#[derive(Debug)]
struct EmptyProof;

impl Proof for EmptyProof {
    fn scheme(&self) -> &str {
        "EmptyProof"
    }

    fn key_id(&self) -> String {
        String::new()
    }

    fn headers<'a>(&'a self, _: ProofRequest<'a>) -> BoxFuture<'a, Result<HeaderMap, Error>> {
        Box::pin(async { Ok(HeaderMap::new()) })
    }
}

/// Records the arguments and results of client authentication.
#[derive(Debug, Default, Clone)]
struct RecordingAuth(Arc<Mutex<Vec<String>>>);

impl ClientAuth for RecordingAuth {
    fn name(&self) -> &str {
        "recording"
    }

    fn authenticate<'a>(
        &'a self,
        request: TokenRequestContext<'a>,
    ) -> BoxFuture<'a, Result<Vec<ClientCredential>, Error>> {
        let credential = ClientCredential::new(SECRET).secret_param("client_assertion", SECRET);
        let shown = [format!("{request:?}"), format!("{credential:?}")];
        self.0.lock().expect("free").extend(shown);
        Box::pin(async { Ok(vec![credential]) })
    }
}

#[derive(Debug)]
struct BrokenStore;

impl TokenStore for BrokenStore {
    async fn load(&self, _: &StoreKey) -> Result<Loaded, StoreError> {
        Err(StoreError::new(StoreErrorKind::Other, "broken"))
    }

    async fn swap(&self, _: &StoreKey, _: Swap) -> Result<SwapOutcome, StoreError> {
        Err(StoreError::new(StoreErrorKind::Other, "broken"))
    }

    async fn keys(&self) -> Result<Vec<StoreKey>, StoreError> {
        Err(StoreError::new(StoreErrorKind::Other, "broken"))
    }
}

#[tokio::test]
async fn debug_of_every_public_type_shows_no_secret() {
    let mut checker = Checker::default();
    let auth = AuthServer::builder()
        .client("shop", SECRET)
        .device_authorization()
        .start();
    let api = auth.api();
    let builder = || {
        ClientCredentials::builder("shop", SECRET)
            .token_url(auth.token_url())
            .retries(0)
    };
    let token = || {
        let extra = format!(r#"{{"access_token":"{SECRET}","refresh_token":"{SECRET}","id_token":"{SECRET}"}}"#);
        Token::from_json(&extra).expect("a token")
    };
    let transport = Transport::default();

    // Values, credentials and configuration.
    checker.check(&Secret::from(SECRET));
    checker.check(&ClientSecrets::new(SECRET).with_next(SECRET));
    checker.check(&token());
    checker.check_error(
        &Token::from_json(&format!(r#"{{"access_token":["{SECRET}"],"scope":"{SECRET}"}}"#)).expect_err("no string"),
    );
    checker.check_error(&Token::from_json(SECRET).expect_err("no JSON"));
    checker.check(&Scopes::parse("a b"));
    checker.check(&ClientAuthMethod::Post);
    checker.check(&ClientSecretBasic::new(SECRET));
    checker.check(&ClientSecretBasicRaw::new(SECRET));
    checker.check(&ClientSecretPost::new(SECRET));
    checker.check(&PublicClient);
    checker.check(&NoClientAuth);
    checker.check(&ClientAssertion::new(|| async { Ok(SECRET.into()) }));
    checker.check(&SharedCredentialProvider::from(SECRET));
    checker.check(&SecretFile::new("client.key"));
    checker.check(&SharedClientAuth::from(SECRET));
    checker.check(&TransportIdentity::new("thumbprint", SECRET));
    let key = rcgen::KeyPair::generate().expect("a key");
    let certificate = rcgen::CertificateParams::default()
        .self_signed(&key)
        .expect("a certificate");
    let certificate = ClientCertificate::from_pem(&certificate.pem(), key.serialize_pem()).expect("a certificate");
    checker.check(&certificate);
    checker.check(&TlsClientAuth::new(certificate));
    checker.check(
        &GrantRequest::new("own")
            .param("account", "7")
            .secret_param("code", SECRET),
    );
    checker.check(&GrantRequest::new("own").assertion("assertion", SECRET));
    checker.check(&GrantKind::Password);
    checker.check(&ClientCredentials::default());
    checker.check(&AuthorizationCode::default());
    checker.check(&TimeLimits::new());
    checker.check(&RetryPolicy::new(1));
    checker.check(&FailureBackoff::new());
    checker.check(&Sharing::new(MemoryStore::new()));
    checker.check(&Generation::default());
    checker.check(&builder().token(token()).param("tenant", "7"));
    checker.check(&"https://api.example.com".parse::<Origin>().expect("an origin"));
    for text in [
        "hush",
        "https://user:hush@api.example.com",
        "https://api.example.com/hush",
    ] {
        checker.check_error(&text.parse::<Origin>().expect_err("no origin"));
    }
    checker.check(&PlaintextPolicy::default());
    checker.check(&AllowedOrigins::default());
    checker.check(&Timestamp::new(SystemTime::UNIX_EPOCH, Duration::ZERO));
    checker.check(&TokioRuntime::new());
    checker.check(&SharedRuntime::default());
    checker.check(&TokenEndpointOptions::new().header("x-api-key", SECRET));
    checker.check(&TokenFile::new("token.json"));
    checker.check(&TransportCause::UntrustedCertificate);
    checker.check(&transport);
    checker.check(&SharedTransport::new(transport.clone()));

    // Assertions and exchanged tokens.
    let url = AssertionUrl::new(
        &format!("https://platform.example.com/?key={SECRET}"),
        transport.clone(),
    );
    checker.check(&url.expect("a URL").bearer_token(SECRET));
    checker.check(&AssertionFile::new("/assertion"));
    checker.check(&SharedAssertionSource::from(SECRET));
    checker.check(&JwtBearer::new(SECRET));
    checker.check(&TokenTypeIdentifier::Jwt);
    checker.check(&TokenExchange::new(SECRET, TokenTypeIdentifier::Jwt).actor(SECRET, TokenTypeIdentifier::Jwt));
    let subjects = TokenExchange::for_each_subject(TokenTypeIdentifier::Jwt).builder("shop", SECRET);
    let subjects: SubjectTokens = subjects
        .token_url(auth.token_url())
        .build_for_subjects(transport.clone())
        .expect("managers");
    let subject = subjects.for_subject(SECRET).expect("a manager");
    checker.check(&subject);
    checker.check(&subjects);
    checker.check(&ServiceAccountImpersonation::new(subject, "app@example.com"));

    // A manager, and the values that it returns.
    let tokens = builder()
        .on_token_update(|_| {})
        .build(transport.clone())
        .expect("a manager");
    let updates = tokens.subscribe();
    let warm = tokens.keep_warm().expect("a runtime");
    tokens.token().await.expect("a token");
    checker.check(&tokens.token().await.expect("a token"));
    checker.check(&tokens);
    checker.check(&updates);
    checker.check(&warm);
    checker.check(&tokens.status());
    checker.check(&tokens.status().state);
    checker.check(&tokens.client().clone());
    let (endpoint_sender, endpoints) = std::sync::mpsc::channel();
    let provided = builder().token_provider(move |_, endpoint: evergrant::TokenEndpoint| {
        let _ = endpoint_sender.send(endpoint);
        async { Err(Error::provider("none")) }
    });
    let _ = provided.build(transport.clone()).expect("a manager").token().await;
    checker.check(&endpoints.recv().expect("a token endpoint"));
    checker.check(&tokens.reject(Generation::default()));
    checker.check(&Rejection::Accepted);
    checker.check(&ReplayDecision::Repeat);
    checker.check(&ReplayOutcome::Rejected);
    checker.check(&evergrant::Interruption::Transient);
    checker.check(&evergrant::CallRetry::default());
    checker.check(&evergrant::RetryableFailure::not_sent());

    let recording = RecordingAuth::default();
    let own = ClientCredentials::builder("shop", recording.clone()).token_url(auth.token_url());
    let _ = own.build(transport.clone()).expect("a manager").token().await;
    for (shown, name) in recording
        .0
        .lock()
        .expect("free")
        .iter()
        .zip(["TokenRequestContext", "ClientCredential"])
    {
        assert!(!shown.contains(MARK), "{shown}");
        checker.seen.insert(name.to_owned());
    }

    // Users, their sign-in, and scopes.
    checker.check(&Password::new("reader", SECRET));
    checker.check(&Password::new("reader", SECRET).builder("shop", SECRET));
    let users = AuthorizationCode::builder("shop", SECRET)
        .authorization_url(auth.authorization_url())
        .token_url(auth.token_url())
        .redirect_uri("http://127.0.0.1/callback")
        .build(transport.clone())
        .expect("a manager");
    let sign_in = users.sign_in().expect("a sign-in");
    checker.check(&sign_in);
    let request = sign_in.begin().expect("a request");
    let shown = format!("{request:?}");
    assert!(!shown.contains(request.state().expose()) && !shown.contains(request.code_verifier().expose()));
    checker.check(&request);
    checker.check_error(&AuthorizationRequest::from_json(SECRET).expect_err("no JSON"));
    let redirect = format!("?code={SECRET}&state={SECRET}");
    let Err(Error::SignInFailed(failed)) = sign_in.finish(&request, &redirect).await else {
        panic!("the redirect belongs to another request")
    };
    checker.check_error(&*failed);
    checker.check(failed.problem());
    let Err(Error::SignInRequired(required)) = users.token().await else {
        panic!("no user has signed in")
    };
    checker.check_error(&*required);
    checker.check(&ScopedTokens::least_privilege(tokens.clone()));
    let users = UserTokens::builder(users, BrokenStore);
    checker.check(&users);
    let users = users.build().expect("managers of users");
    drop(users.for_user(SECRET));
    checker.check(&users);
    let Err(Error::StoreFailed(failed)) = users.sign_out(SECRET).await else {
        panic!("the store is broken")
    };
    checker.check_error(&*failed);

    // Sign-in on another device, and introspection.
    checker.check(&DeviceAuthorization::default());
    let device = DeviceAuthorization::builder("shop", SECRET)
        .device_authorization_url(auth.device_authorization_url())
        .token_url(auth.token_url())
        .build(transport.clone())
        .expect("a manager");
    let codes = device.sign_in().expect("a sign-in").begin_device().await;
    let codes = codes.expect("codes");
    assert!(!format!("{codes:?}").contains(codes.user_code()));
    checker.check(&codes);
    let service = |path| {
        let service = builder().introspection_url(auth.url(path));
        service.build(transport.clone()).expect("a manager").introspection()
    };
    checker.check(&service("/introspect"));
    let introspection = service("/introspect").build().expect("a client");
    let received = auth.issue_token("shop", &[]);
    let introspected = introspection.introspect(&received).await.expect("a response");
    checker.check(&introspection);
    let introspected = introspected.expect("an active token");
    assert!(!format!("{introspected:?}").contains(&received));
    checker.check(&*introspected);
    let elsewhere = service("/no-such-endpoint").build().expect("a client");
    let Err(Error::Endpoint(failed)) = elsewhere.introspect(SECRET).await else {
        panic!("there is no such endpoint")
    };
    checker.check_error(&*failed);
    checker.check(failed.problem());

    let issuer = AuthServer::builder().client(SECRET, SECRET).start();
    issuer.metadata_with("issuer", "\"https://elsewhere.example.com\"");
    let elsewhere = ClientCredentials::builder("client-id", SECRET).issuer(issuer.issuer());
    let elsewhere = elsewhere.build(Transport::default()).expect("a manager");
    let Err(Error::Issuer(failed)) = elsewhere.token().await else {
        panic!("the metadata has another issuer")
    };
    checker.check_error(&*failed);
    checker.check_error(failed.discovery());
    checker.check(failed.discovery().problem());

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
    checker.check(&basic);
    checker.check(&key);
    checker.check(&header);
    checker.check(&Bearer::new("bearer").with_token(SECRET).expect("a token"));
    checker.check(&OAuth::new("oauth").with_tokens(tokens.clone()));
    checker.check(&SharedScheme::from(key.clone()));
    checker.check(&Location::Query("api_key".to_owned()));
    checker.check(&Requirement::of(basic.clone()).and(key.clone()));
    let requirement = Requirement::of(basic)
        .and(key)
        .and(header)
        .build()
        .expect("a requirement");
    checker.check(&requirement);
    let authorizer = Authorizer::from(requirement);
    checker.check(&authorizer);
    let (mut head, ()) = http::Request::get("https://api.example.com/")
        .body(())
        .expect("a request")
        .into_parts();
    checker.check(&authorizer.authorize(&mut head).await.expect("credentials"));
    let (method, uri) = (head.method.clone(), head.uri.clone());
    assert!(uri.to_string().contains(SECRET));
    checker.check(&Call::of_uri(&method, &uri));
    let mut replay = Replay::new(&authorizer, Call::of_uri(&method, &uri));
    checker.check(&replay.authorize(&mut head).await.expect("credentials"));
    checker.check(&replay);
    checker.check(&ResponseHead::new(
        StatusCode::OK,
        http::Version::HTTP_11,
        &head.headers,
    ));
    let target = ProofTarget::new(&method, &uri);
    checker.check(&target);
    let runtime = SharedRuntime::default();
    checker.check(&ProofRequest::new(&method, &uri, Some(&SECRET.into()), &runtime));
    let response = ResponseHead::new(StatusCode::OK, http::Version::HTTP_11, &head.headers);
    let response = ProofResponse::new(&response).with_body(SECRET.as_bytes());
    checker.check(&response);
    checker.check(&EmptyProof.read_response(target, &response));
    let calls = || CallPolicy::builder(authorizer.clone()).base_url(format!("https://api.example.com/?key={SECRET}"));
    checker.check(&calls());
    checker.check(&calls().build().expect("a policy"));
    let unmet = Requirement::of(OAuth::new("oauth")).build().expect("a requirement");
    let unmet = Authorizer::from(unmet).authorize(&mut head).await.expect_err("not met");
    let Error::RequirementNotMet(unmet) = &unmet else {
        panic!("{unmet}")
    };
    checker.check_error(&**unmet);
    checker.check(&unmet.alternatives()[0]);

    // Errors: rejections, failures, timeouts and invalid settings.
    let basic_echo = format!(r#"{{"error":"invalid_client","error_description":"no {SECRET}"}}"#);
    for fault in [
        Fault::from(MockResponse::new(401).json(&basic_echo)),
        MockResponse::new(200).body(format!("<p>{SECRET}</p>")).into(),
        MockResponse::new(200)
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
        checker.check_error(&error);
        match &error {
            Error::OAuthProvider(error) => checker.check_error(&**error),
            Error::TokenResponse(error) => {
                checker.check_error(&**error);
                checker.check(error.problem());
            }
            Error::Unreachable(error) => {
                checker.check_error(&**error);
                checker.check(&error.kind());
            }
            other => panic!("{other}"),
        }
    }
    auth.next(Fault::Hang);
    let late = builder()
        .time_limits(TimeLimits::new().wait(Duration::from_millis(20)))
        .build(transport.clone())
        .expect("a manager");
    let late = late.token().await.expect_err("too late");
    let Error::Timeout(late) = &late else { panic!("{late}") };
    checker.check_error(&**late);
    checker.check(&late.scope());
    let Error::Callback(callback) = Error::provider("sealed") else {
        panic!("a callback error")
    };
    checker.check_error(&*callback);
    checker.check(&callback.kind());
    checker.check_error(&TransportError::new(TransportErrorKind::Other, "broken"));
    checker.check(&TransportErrorKind::Other);
    checker.check_error(&SpawnError);
    let mut headers = HeaderMap::new();
    headers.insert("set-cookie", HeaderValue::from_static(SECRET));
    let rejected = ApiError::new(StatusCode::BAD_REQUEST, headers, Bytes::from_static(SECRET.as_bytes()));
    checker.check_error(&rejected);
    let Error::Login(login) = Error::login(LoginFailure::Response(rejected), "rejected") else {
        panic!("a failed login")
    };
    checker.check_error(&*login);
    checker.check(login.failure());
    checker.check_error(
        &ClientCredentials::builder("shop", SECRET)
            .token_url("https://u:hush@a.example.com")
            .build(transport)
            .expect_err("no"),
    );

    // Stores: two managers that share a failure, and a record with a token.
    let store = MemoryStore::new();
    let sharing = || {
        builder()
            .store(store.clone())
            .build(Transport::default())
            .expect("a manager")
    };
    auth.next(MockResponse::new(503));
    let (first, second) = (sharing(), sharing());
    first.token().await.expect_err("rejected");
    let shared = second.token().await.expect_err("rejected");
    let Error::SharedFailure(fleet) = &shared else {
        panic!("{shared}")
    };
    checker.check_error(&**fleet);
    checker.check(&fleet.kind());
    checker.check(&fleet.hints()[0]);
    let builder = StoreKey::builder("https://a.example.com/token?key=hush", "shop");
    let builder = builder.param("key", SECRET).credential_label("blue");
    checker.check(&builder);
    let key = builder.build();
    checker.check(&key);
    checker.check_error(&"no key".parse::<StoreKey>().expect_err("no key"));
    checker.check(&store);
    let store = SharedStore::new(store);
    checker.check(&store);
    checker.check(store.changes().expect("changes"));
    checker.check(&store.changes().expect("changes").listen(&key));
    let leased_record = LeasedRecord::new(store.clone(), key.clone());
    checker.check(&leased_record);
    let outcome = leased_record.acquire(Duration::from_secs(60)).await.expect("a store");
    checker.check(&outcome);
    let LeaseOutcome::Acquired(lease) = outcome else {
        panic!("the lease is free")
    };
    checker.check(&lease);
    checker.check(
        &leased_record
            .renew(&lease, Duration::from_secs(60))
            .await
            .expect("a store"),
    );
    checker.check(
        &leased_record
            .summary()
            .await
            .expect("a store")
            .and_then(|summary| summary.lease)
            .expect("a lease"),
    );
    checker.check(&leased_record.save(&lease, &token()).await.expect("a store"));
    let stored = leased_record.load().await.expect("a store").expect("a token");
    checker.check(&stored);
    checker.check(&stored.generation);
    let summary = leased_record.summary().await.expect("a store").expect("a record");
    checker.check(&summary);
    checker.check(&summary.token.expect("a token"));
    let loaded = store.load(&key).await.expect("a store");
    checker.check(&loaded);
    let swap = Swap::new(None, loaded.record, Duration::from_secs(60));
    checker.check(&swap);
    checker.check(&store.swap(&key, swap).await.expect("a store"));
    checker.check_error(&StoreError::new(StoreErrorKind::Other, "broken"));
    checker.check(&StoreErrorKind::Other);
    checker.check_error(&SealError::NotAuthentic);

    // The client.
    let client = || {
        Client::builder(tokens.clone()).base_url(api.url("/")).default_header(
            http::HeaderName::from_static("x-session"),
            HeaderValue::from_static(SECRET),
        )
    };
    checker.check(&client());
    let client = client().build().expect("a client");
    checker.check(&client);
    checker.check(&client.get("books").query(&[("key", SECRET)]).header("x-key", SECRET));
    let error = client
        .get("https://api.example.org/?key=hush")
        .send()
        .await
        .expect_err("not allowed");
    checker.check_error(&error);
    let evergrant_reqwest::Error::Authorization(Error::Origin(origin)) = &error else {
        panic!("{error}")
    };
    checker.check_error(&**origin);

    let relaxation = Relaxation::new("danger_test", "nothing");
    checker.check(&relaxation);
    // Last, because it applies to the rest of the process.
    Relaxation::forbid_all();
    checker.check_error(&relaxation.apply().expect_err("forbidden"));

    let mut expected = BTreeSet::new();
    for source in [
        include_str!("../src/lib.rs"),
        include_str!("../../evergrant/src/lib.rs"),
        include_str!("../../evergrant/src/assertion/mod.rs"),
        include_str!("../../evergrant/src/client_auth/mod.rs"),
        include_str!("../../evergrant/src/error/mod.rs"),
        include_str!("../../evergrant/src/origin/mod.rs"),
        include_str!("../../evergrant/src/presets/google/mod.rs"),
        include_str!("../../evergrant/src/proof.rs"),
        include_str!("../../evergrant/src/runtime/mod.rs"),
        include_str!("../../evergrant/src/scheme/mod.rs"),
        include_str!("../../evergrant/src/store/mod.rs"),
        include_str!("../../evergrant/src/transport/mod.rs"),
    ] {
        expected.extend(public_types(source));
    }
    // Traits.
    for name in [
        "AssertionSource",
        "CredentialProvider",
        "TokenProvider",
        "Scope",
        "Transport",
        "Runtime",
        "Proof",
        "Scheme",
        "TokenStore",
        "Seal",
        "ClientAuth",
        "Grant",
        "Repeatable",
        "Execute",
    ] {
        expected.remove(name);
    }
    let missing: Vec<_> = expected.difference(&checker.seen).collect();
    assert!(missing.is_empty(), "not checked: {missing:?}");
}
