//! The presets for Google Cloud, tested against requests that were written down from Google's documentation. They were
//! not tried with Google.

use evergrant::presets::google::{self, ServiceAccountImpersonation};
use evergrant::{TokenExchange, TokenManager, TokenTypeIdentifier};
use evergrant_reqwest::Transport;
use evergrant_testing::{ApiServer, MockResponse};
use http::Method;
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

fn impersonated(fixture: &Fixture, iam: &ApiServer) -> TokenManager {
    let impersonation = ServiceAccountImpersonation::new(federated(fixture), ACCOUNT, Transport::default());
    let builder = impersonation.endpoint(iam.url("/")).lifetime(seconds(1800)).builder();
    let builder = builder.scopes([SCOPE]).runtime(fixture.clock.clone());
    builder.build(Transport::default()).unwrap()
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
