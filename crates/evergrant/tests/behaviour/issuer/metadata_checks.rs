//! What the metadata says about a token request.

use bytes::Bytes;
use evergrant::client_auth::{
    ClientAssertion, ClientAuth, ClientCredential, ClientSecretPost, NoClientAuth, PublicClient, SharedClientAuth,
};
use evergrant::error::{DiscoveryProblem, TransportError};
use evergrant::runtime::BoxFuture;
use evergrant::transport::TransportIdentity;
use evergrant::{AuthorizationCode, BuildError, ClientCredentials, Error, Token, TokenEndpointOptions};
use evergrant::{SharedTransport, TokenRequestContext};
use evergrant_reqwest::Transport;
use evergrant_testing::{ApiServer, AuthServer, AuthServerBuilder};
use http::{Request, Response};

use super::{builder, builder_at, problem, tokens};
use crate::support::{CLIENT, Fixture, SECRET, seconds};

const METHODS: &str = "token_endpoint_auth_methods_supported";

#[tokio::test]
async fn a_method_that_the_server_does_not_list_is_an_error_that_names_those_listed() {
    let fixture = Fixture::new();
    fixture
        .auth
        .metadata_with(METHODS, r#"["private_key_jwt", "client_secret_post"]"#);
    let tokens = tokens(&fixture);
    let (problem, message) = problem(&tokens).await;
    assert!(
        matches!(problem, DiscoveryProblem::ClientAuthNotListed { .. }),
        "{message}"
    );
    let expected = "does not list the client authentication `client_secret_basic`, but `private_key_jwt`, `client_secret_post`; use one of these";
    assert!(message.contains(expected), "{message}");
    assert_eq!(fixture.requests(), 0, "no credentials were sent");

    let post = builder(&fixture).client_auth(ClientSecretPost::new(SECRET));
    post.build(Transport::default()).unwrap().token().await.unwrap();
}

#[tokio::test]
async fn a_grant_that_the_server_does_not_list_is_an_error_that_names_those_listed() {
    let fixture = Fixture::new();
    fixture
        .auth
        .metadata_with("grant_types_supported", r#"["authorization_code"]"#);
    let (problem, message) = problem(&tokens(&fixture)).await;
    assert!(matches!(problem, DiscoveryProblem::GrantNotListed { .. }), "{message}");
    let expected = "does not list the grant type `client_credentials`, but `authorization_code`; use one of these";
    assert!(message.contains(expected), "{message}");
    assert_eq!(fixture.requests(), 0);
}

#[tokio::test]
async fn an_absent_list_rejects_nothing() {
    let fixture = Fixture::new();
    // The defaults of RFC 8414 would be client_secret_basic, authorization_code and implicit.
    for list in [METHODS, "grant_types_supported"] {
        fixture.auth.metadata_without(list);
    }
    let post = builder(&fixture).client_auth(ClientSecretPost::new(SECRET));
    post.build(Transport::default()).unwrap().token().await.unwrap();
}

#[tokio::test]
async fn a_public_client_and_a_refresh_token_need_not_be_listed() {
    let fixture = Fixture::with(|server| {
        let server = server
            .public_client("app")
            .redirect_uri("app", "http://127.0.0.1/callback");
        server.user("jane", "not-a-real-password")
    });
    fixture.auth.metadata_with(METHODS, r#"["client_secret_basic"]"#);
    fixture
        .auth
        .metadata_with("grant_types_supported", r#"["authorization_code"]"#);
    let stored = Token::new("expired")
        .with_refresh_token("unknown")
        .with_expires_in(seconds(0));
    let tokens = AuthorizationCode::builder("app", PublicClient)
        .issuer(fixture.auth.issuer())
        .runtime(fixture.clock.clone())
        .token(stored)
        .build(Transport::default())
        .unwrap();
    tokens.token().await.unwrap_err();
    assert_eq!(
        fixture.auth.last_token_request().form_value("grant_type").as_deref(),
        Some("refresh_token")
    );
}

#[tokio::test]
async fn a_method_without_a_registered_name_need_not_be_listed() {
    let fixture = Fixture::new();
    fixture.auth.metadata_with(METHODS, r#"["private_key_jwt"]"#);
    let spiffe = ClientAssertion::new("not.a.real-svid")
        .assertion_type("urn:ietf:params:oauth:client-assertion-type:jwt-spiffe");
    for auth in [SharedClientAuth::new(NoClientAuth), spiffe.into()] {
        let tokens = builder(&fixture).client_auth(auth).build(Transport::default()).unwrap();
        let error = tokens.token().await.unwrap_err();
        assert!(matches!(error, Error::OAuthProvider(_)), "the server decides: {error}");
    }
}

#[tokio::test]
async fn a_server_that_begins_to_list_the_method_is_used_at_once() {
    let fixture = Fixture::new();
    fixture.auth.metadata_with(METHODS, r#"["private_key_jwt"]"#);
    let tokens = tokens(&fixture);
    problem(&tokens).await;
    fixture.auth.metadata_with(METHODS, r#"["client_secret_basic"]"#);
    fixture.clock.advance(seconds(60));
    tokens.token().await.unwrap();
}

#[tokio::test]
async fn endpoints_may_be_on_another_host_than_the_issuer() {
    let fixture = Fixture::new();
    let other = AuthServer::builder().client(CLIENT, SECRET).start();
    fixture
        .auth
        .metadata_with("token_endpoint", &format!("\"{}\"", other.token_url()));
    tokens(&fixture).token().await.unwrap();
    assert_eq!((fixture.requests(), other.token_requests()), (0, 1));
}

#[tokio::test]
async fn a_token_endpoint_that_is_missing_or_not_encrypted_gets_no_credentials() {
    for (json, expected) in [
        (None, "it is missing"),
        (Some("7"), "it is not a string"),
        (Some("\"http://elsewhere.example.net/token\""), "it is not encrypted"),
        (
            Some("\"https://user:pw@elsewhere.example.net/token\""),
            "it contains a user name or password",
        ),
        (Some("\"/token\""), "it is not a URL"),
    ] {
        let fixture = Fixture::new();
        match json {
            Some(json) => fixture.auth.metadata_with("token_endpoint", json),
            None => fixture.auth.metadata_without("token_endpoint"),
        }
        let (problem, message) = problem(&tokens(&fixture)).await;
        assert!(
            matches!(
                problem,
                DiscoveryProblem::Endpoint {
                    name: "token_endpoint",
                    ..
                }
            ),
            "{message}"
        );
        assert!(message.contains(expected), "{message}");
    }
}

#[tokio::test]
async fn an_issuer_is_checked_when_the_manager_is_built() {
    let fixture = Fixture::new();
    for issuer in [
        "idp.example.com",
        "http://idp.example.com",
        "https://idp.example.com?a=b",
        "https://idp.example.com#a",
    ] {
        let error = builder_at(&fixture, issuer).build(Transport::default()).unwrap_err();
        assert!(
            matches!(
                error,
                BuildError::InvalidUrl { setting: "issuer", .. } | BuildError::NotEncrypted { setting: "issuer", .. }
            ),
            "{issuer}: {error}"
        );
    }
}

#[tokio::test]
async fn with_a_token_url_nothing_is_discovered() {
    let fixture = Fixture::new();
    let tokens = fixture.builder().issuer("urn:any").build(Transport::default()).unwrap();
    tokens.token().await.unwrap();
    assert_eq!(fixture.auth.metadata_requests(), 0);
    assert!(tokens.server_metadata().await.unwrap().is_none());
}

#[tokio::test]
async fn metadata_requests_carry_no_credentials() {
    let fixture = Fixture::new();
    let options = TokenEndpointOptions::new().header("x-gateway-key", "not-a-real-key");
    let tokens = builder(&fixture).token_endpoint_options(options.user_agent("shop/1"));
    tokens.build(Transport::default()).unwrap().token().await.unwrap();
    let requests = fixture.auth.requests();
    let [metadata, token] = requests.as_slice() else {
        panic!("{requests:?}");
    };
    assert_eq!(
        (metadata.header("authorization"), metadata.header("x-gateway-key")),
        (None, None)
    );
    assert!(metadata.body.is_empty() && metadata.header("user-agent") == Some("shop/1"));
    assert!(token.header("x-gateway-key").is_some());
}

#[tokio::test]
async fn a_failed_discovery_is_cached_like_other_failures() {
    let fixture = Fixture::new();
    fixture.auth.serve_metadata_at(&[]);
    let tokens = tokens(&fixture);
    for _ in 0..3 {
        problem(&tokens).await;
    }
    assert_eq!(fixture.auth.metadata_requests(), 2);
    fixture
        .auth
        .serve_metadata_at(&[evergrant_testing::MetadataLocation::OpenId]);
    fixture.clock.advance(seconds(60));
    tokens.token().await.unwrap();
}

/// The metadata is unusual, and the error names the client only.
#[tokio::test]
async fn text_of_the_server_is_one_short_line() {
    let fixture = Fixture::new();
    let long = format!("\"https://elsewhere.example.net/{}\\n\\u001b[31m\"", "x".repeat(10_000));
    fixture.auth.metadata_with("issuer", &long);
    let (_, message) = problem(&tokens(&fixture)).await;
    assert!(message.len() < 800 && !message.contains(['\n', '\u{1b}']), "{message}");
}

#[tokio::test]
async fn an_api_is_not_an_issuer() {
    let api = ApiServer::unprotected();
    let tokens = ClientCredentials::builder(CLIENT, SECRET)
        .issuer(api.url("/v1"))
        .retries(0);
    let tokens = tokens.build(Transport::default()).unwrap();
    let (_, message) = problem(&tokens).await;
    assert!(message.contains("(without `issuer`)"), "{message}");
}

/// A client with a certificate, as applications implement it.
#[derive(Debug)]
struct Certificate;

impl ClientAuth for Certificate {
    fn name(&self) -> &str {
        "tls_client_auth"
    }

    fn authenticate<'a>(
        &'a self,
        request: TokenRequestContext<'a>,
    ) -> BoxFuture<'a, Result<Vec<ClientCredential>, Error>> {
        let credential = ClientCredential::new("certificate").param("client_id", request.client_id());
        Box::pin(async { Ok(vec![credential]) })
    }

    fn parameters(&self) -> &[&str] {
        &["client_id"]
    }

    fn transport_identity(&self) -> Option<TransportIdentity> {
        Some(TransportIdentity::new("thumbprint", ()))
    }
}

/// A transport for any certificate.
#[derive(Debug, Clone)]
struct WithIdentity(Transport);

impl evergrant::Transport for WithIdentity {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        self.0.send(request).await
    }

    fn with_identity(&self, _: &TransportIdentity) -> Result<SharedTransport, TransportError> {
        Ok(self.clone().into())
    }
}

#[tokio::test]
async fn a_client_with_a_certificate_uses_the_alias_of_the_token_endpoint() {
    let fixture = Fixture::new();
    fixture.auth.metadata_with(METHODS, r#"["tls_client_auth"]"#);
    let alias = AuthServer::builder().public_client(CLIENT).start();
    let tokens = || {
        let builder = builder(&fixture).client_auth(Certificate).retries(0);
        builder.build(WithIdentity(Transport::default())).unwrap()
    };
    let set = |url: &str| {
        let aliases = format!(r#"{{"token_endpoint": "{url}"}}"#);
        fixture.auth.metadata_with("mtls_endpoint_aliases", &aliases);
    };
    set(&alias.token_url());
    tokens().token().await.unwrap();
    assert_eq!((fixture.requests(), alias.token_requests()), (0, 1));
    // An alias that cannot be used is no reason to present the certificate elsewhere.
    set("http://elsewhere.example.net/token");
    let (_, message) = problem(&tokens()).await;
    assert!(message.contains("mtls_endpoint_aliases"), "{message}");
    assert_eq!((fixture.requests(), alias.token_requests()), (0, 1));
}

#[tokio::test]
async fn a_client_with_a_certificate_uses_the_alias_of_every_endpoint() {
    const REDIRECT: &str = "http://127.0.0.1:8765/callback";
    let users = |server: AuthServerBuilder| {
        let server = server.public_client(CLIENT).redirect_uri(CLIENT, REDIRECT);
        server.device_authorization().pushed_authorization()
    };
    let fixture = Fixture::with(users);
    fixture.auth.metadata_with(METHODS, r#"["tls_client_auth"]"#);
    let alias = users(AuthServer::builder()).start();
    let aliases: Vec<_> = [
        ("token_endpoint", "/token"),
        ("revocation_endpoint", "/revoke"),
        ("device_authorization_endpoint", "/device_authorization"),
        ("pushed_authorization_request_endpoint", "/par"),
    ]
    .map(|(name, path)| format!(r#""{name}": "{}""#, alias.url(path)))
    .into();
    let aliases = format!("{{{}}}", aliases.join(","));
    fixture.auth.metadata_with("mtls_endpoint_aliases", &aliases);
    let tokens = AuthorizationCode::builder(CLIENT, Certificate)
        .issuer(fixture.auth.issuer())
        .redirect_uri(REDIRECT)
        .token(Token::new("not-a-real-token"))
        .build(WithIdentity(Transport::default()))
        .unwrap();
    let sign_in = tokens.sign_in().unwrap();
    let request = sign_in.begin_pushed().await.unwrap();
    // Browsers have no certificate of the client.
    assert!(request.url().as_str().starts_with(&fixture.auth.authorization_url()));
    sign_in.begin_device().await.unwrap();
    tokens.revoke().await.unwrap();
    let paths = alias.requests().into_iter().map(|request| request.path);
    assert_eq!(paths.collect::<Vec<_>>(), ["/par", "/device_authorization", "/revoke"]);
    let mut others = fixture.auth.requests();
    others.retain(|request| !request.path.contains("/.well-known/"));
    assert!(others.is_empty(), "{others:?}");
}
