//! The presets for Google Cloud, tested against requests that were written down from Google's documentation. They were
//! not tried with Google.

use evergrant::client_auth::ClientSecretPost;
use evergrant::presets::google::{self, ServiceAccountImpersonation};
use evergrant::proof::{Proof, ProofRequest};
use evergrant::runtime::BoxFuture;
use evergrant::{
    BuildError, Error, RetryPolicy, Token, TokenEndpoint, TokenEndpointOptions, TokenExchange, TokenManager,
    TokenManagerBuilder, TokenTypeIdentifier,
};
use evergrant_reqwest::Transport;
use evergrant_testing::{ApiServer, MockResponse};
use http::{HeaderMap, Method};
use serde_json::{Value, json};

use super::{ASSERTION, fixture};
use crate::support::{Fixture, seconds, value};

const POOL: &str =
    "//iam.googleapis.com/projects/123456/locations/global/workloadIdentityPools/pool/providers/provider";
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
const ACCOUNT: &str = "my-app@my-project.iam.gserviceaccount.com";

/// The form of a token exchange with the Security Token Service (AIP-4117 and the reference of `v1.token`).
const STS_REQUEST: [(&str, &str); 6] = [
    ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
    ("audience", POOL),
    ("scope", SCOPE),
    ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
    ("subject_token", ASSERTION),
    ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
];

/// The response of the Security Token Service.
fn sts_response(token: &str) -> MockResponse {
    let body = json!({
        "access_token": token,
        "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "token_type": "Bearer",
        "expires_in": 3600,
    });
    MockResponse::new(200).json(&body.to_string())
}

fn federated(fixture: &Fixture) -> TokenManager {
    let exchange = TokenExchange::new(ASSERTION, TokenTypeIdentifier::Jwt);
    let builder = google::external_account(POOL, exchange).scopes([SCOPE]);
    fixture.configured(builder).build(Transport::default()).unwrap()
}

#[tokio::test]
async fn the_request_to_the_security_token_service_is_the_documented_one() {
    let fixture = fixture();
    fixture.auth.next(sts_response("federated"));
    assert_eq!(value(&federated(&fixture).token().await.unwrap()), "federated");
    let request = fixture.auth.last_token_request();
    let mut sent = request.form();
    sent.sort();
    let mut expected = STS_REQUEST.map(|(name, value)| (name.to_owned(), value.to_owned()));
    expected.sort();
    assert_eq!(sent, expected);
    assert_eq!(request.header("authorization"), None);
}

/// Emulates `generateAccessToken` (reference of the IAM Service Account Credentials API, v1).
fn iam(fixture: &Fixture) -> ApiServer {
    let iam = ApiServer::unprotected();
    let clock = fixture.clock.clone();
    iam.route(
        Method::POST,
        "/v1/projects/-/serviceAccounts/{account}",
        move |request| match request.bearer_token() {
            Some(token @ ("federated" | "renewed")) => {
                let expiry = jiff::Timestamp::try_from(clock.wall() + seconds(3600)).unwrap();
                let body = json!({"accessToken": format!("impersonated-by-{token}"), "expireTime": expiry.to_string()});
                MockResponse::new(200).json(&body.to_string())
            }
            Some("forbidden") => MockResponse::new(403)
                .json(r#"{"error":{"code":403,"message":"Permission denied","status":"PERMISSION_DENIED"}}"#),
            _ => MockResponse::new(401).json(r#"{"error":{"code":401,"message":"","status":"UNAUTHENTICATED"}}"#),
        },
    );
    iam
}

fn impersonation(fixture: &Fixture, url: &str) -> TokenManagerBuilder<ServiceAccountImpersonation> {
    let impersonation = ServiceAccountImpersonation::new(federated(fixture), ACCOUNT);
    let builder = impersonation.endpoint(url).lifetime(seconds(1800)).builder();
    builder.scopes([SCOPE]).runtime(fixture.clock.clone())
}

fn impersonated(fixture: &Fixture, iam: &ApiServer) -> TokenManager {
    impersonation(fixture, &iam.url("/"))
        .build(Transport::default())
        .unwrap()
}

#[tokio::test]
async fn the_request_that_impersonates_a_service_account_is_the_documented_one() {
    let fixture = fixture();
    let iam = iam(&fixture);
    fixture.auth.next(sts_response("federated"));
    let tokens = impersonated(&fixture, &iam);
    let token = tokens.token().await.unwrap();
    assert_eq!(value(&token), "impersonated-by-federated");
    assert!(token.expires_at().is_some());
    let requests = iam.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(
        requests[0].path,
        format!("/v1/projects/-/serviceAccounts/{ACCOUNT}:generateAccessToken")
    );
    assert_eq!(requests[0].header("authorization"), Some("Bearer federated"));
    let body: Value = serde_json::from_slice(&requests[0].body).unwrap();
    assert_eq!(body, json!({"scope": [SCOPE], "lifetime": "1800s"}));
}

#[tokio::test]
async fn an_expired_federated_token_is_replaced() {
    let fixture = fixture();
    let iam = iam(&fixture);
    for token in ["revoked", "renewed"] {
        fixture.auth.next(sts_response(token));
    }
    let tokens = impersonated(&fixture, &iam);
    assert_eq!(value(&tokens.token().await.unwrap()), "impersonated-by-renewed");
    assert_eq!(iam.requests().len(), 2);
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn a_missing_role_is_named() {
    let fixture = fixture();
    let iam = iam(&fixture);
    fixture.auth.next(sts_response("forbidden"));
    let error = impersonated(&fixture, &iam).token().await.unwrap_err().to_string();
    assert!(
        error.contains("403 (PERMISSION_DENIED)") && error.contains("Workload Identity User"),
        "{error}"
    );
    assert!(!error.contains("forbidden"), "{error}");
}

#[tokio::test]
async fn the_federated_token_is_masked_and_an_expired_token_is_rejected() {
    let fixture = fixture();
    let iam = iam(&fixture);
    fixture.auth.next(sts_response("not-a-real-federated-token"));
    iam.next(MockResponse::new(403).json(r#"{"error":{"status":"not-a-real-federated-token"}}"#));
    let error = impersonated(&fixture, &iam).token().await.unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(
        text.contains("403") && !text.contains("not-a-real-federated-token"),
        "{text}"
    );

    fixture.auth.next(sts_response("federated"));
    iam.next(MockResponse::new(200).json(r#"{"accessToken":"expired","expireTime":"2001-01-01T00:00:00Z"}"#));
    let error = impersonated(&fixture, &iam).token().await.unwrap_err();
    assert!(error.to_string().contains("has expired"), "{error}");
}

#[tokio::test]
async fn retries_headers_and_providers_work_as_for_a_token_endpoint() {
    let fixture = fixture();
    let iam = iam(&fixture);
    for _ in 0..2 {
        fixture.auth.next(sts_response("federated"));
    }
    iam.next(MockResponse::new(503));
    let options = TokenEndpointOptions::new().header("x-goog-user-project", "not-a-real-project");
    let tokens = impersonation(&fixture, &iam.url("/"))
        .token_endpoint_options(options.user_agent("shop/1"))
        .retries(RetryPolicy::new(1).pause(seconds(0)))
        .token_provider(async |_: Option<Token>, endpoint: TokenEndpoint| endpoint.fetch_token().await)
        .build(Transport::default())
        .unwrap();
    assert_eq!(value(&tokens.token().await.unwrap()), "impersonated-by-federated");
    let requests = iam.requests();
    assert_eq!(requests.len(), 2, "one retry");
    assert_eq!(requests[1].header("user-agent"), Some("shop/1"));
    assert_eq!(requests[1].header("x-goog-user-project"), Some("not-a-real-project"));

    let manual = impersonation(&fixture, &iam.url("/")).manual();
    let manual = manual.build(Transport::default()).unwrap();
    assert_eq!(value(&manual.fetch_token().await.unwrap()), "impersonated-by-federated");
}

#[derive(Debug)]
struct NoProof;

impl Proof for NoProof {
    fn scheme(&self) -> &str {
        "DPoP"
    }

    fn key_id(&self) -> String {
        "thumbprint".to_owned()
    }

    fn headers<'a>(&'a self, _: ProofRequest<'a>) -> BoxFuture<'a, Result<HeaderMap, Error>> {
        Box::pin(async { Ok(HeaderMap::new()) })
    }
}

#[test]
fn settings_that_an_impersonation_ignores_are_errors_that_name_them() {
    let fixture = fixture();
    let builder = || impersonation(&fixture, "https://iam.example.com");
    let options = TokenEndpointOptions::new;
    let with = |options: TokenEndpointOptions| builder().token_endpoint_options(options);
    for (builder, setting) in [
        (builder().token_url("https://auth.example.com/token"), "token_url"),
        (builder().issuer("https://auth.example.com"), "issuer"),
        (
            builder().client_auth(ClientSecretPost::new("not-a-real-secret")),
            "client_auth",
        ),
        (builder().audience("orders"), "audience"),
        (builder().resource("https://orders.example.com"), "resource"),
        (builder().param("tenant", "a"), "param"),
        (builder().proof(NoProof), "proof"),
        (
            with(options().header("Authorization", "not-a-real-key")),
            "the header `Authorization`",
        ),
        (with(options().json_body()), "json_body"),
        (with(options().client_id_in_body()), "client_id_in_body"),
        (with(options().token_type("Other")), "token_type"),
        (with(options().access_token_at("data.token")), "access_token_at"),
    ] {
        let error = builder.build(Transport::default()).unwrap_err();
        let BuildError::InvalidSetting { setting: found, .. } = &error else {
            panic!("{setting}: {error}");
        };
        assert_eq!(*found, setting);
        assert!(error.to_string().contains("remove the setting"), "{error}");
    }
    builder().build(Transport::default()).unwrap();
}

#[test]
fn the_endpoint_of_an_impersonation_is_checked_like_a_token_url() {
    let fixture = fixture();
    let build = |url: &str| impersonation(&fixture, url).build(Transport::default());
    for (url, expected) in [
        ("iam.example.com", "it is not a URL"),
        ("http://iam.example.com", "is not encrypted"),
        (
            "https://user:not-a-real-password@iam.example.com",
            "user name or password",
        ),
        ("https://iam.example.com?key=a", "it has a query"),
        ("https://iam.example.com#a", "fragment"),
    ] {
        let error = build(url).unwrap_err().to_string();
        assert!(error.contains("ServiceAccountImpersonation::endpoint"), "{error}");
        assert!(
            error.contains(expected) && !error.contains("not-a-real-password"),
            "{error}"
        );
    }
    let sidecar = impersonation(&fixture, "http://sidecar.internal");
    let allowed = sidecar.danger_allow_http_to("http://sidecar.internal".parse().unwrap());
    allowed.build(Transport::default()).unwrap();

    let forever = ServiceAccountImpersonation::new(federated(&fixture), ACCOUNT).lifetime(seconds(0));
    let error = forever.builder().build(Transport::default()).unwrap_err();
    assert!(error.to_string().contains("lifetime"), "{error}");
}

#[tokio::test]
async fn an_email_address_stays_one_segment_of_the_path() {
    let fixture = fixture();
    let iam = ApiServer::unprotected();
    for email in ["a/../../b?c#d%2f:x@example.com", "ä ö@example.com"] {
        fixture.auth.next(sts_response("federated"));
        let impersonation = ServiceAccountImpersonation::new(federated(&fixture), email).endpoint(iam.url("/"));
        let builder = impersonation.builder().scopes([SCOPE]).retries(0);
        builder.build(Transport::default()).unwrap().token().await.unwrap_err();
    }
    let paths: Vec<String> = iam.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(
        paths,
        [
            "/v1/projects/-/serviceAccounts/a%2F..%2F..%2Fb%3Fc%23d%252f%3Ax@example.com:generateAccessToken",
            "/v1/projects/-/serviceAccounts/%C3%A4%20%C3%B6@example.com:generateAccessToken",
        ]
    );
}
