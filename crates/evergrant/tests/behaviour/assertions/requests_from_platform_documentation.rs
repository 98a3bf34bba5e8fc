//! Client assertions of platforms, tested against requests that were written down from the documentation of the
//! providers. They were not tried with the providers.

use evergrant::ClientCredentials;
use evergrant::assertion::AssertionUrl;
use evergrant::client_auth::{ClientAssertion, SharedClientAuth};
use evergrant::presets::spiffe;
use evergrant_reqwest::Transport;
use evergrant_testing::{ApiServer, MockResponse};

use super::Folder;
use crate::support::Fixture;

const CLIENT: &str = "00001111-aaaa-2222-bbbb-3333cccc4444";
const ASSERTION: &str = "not.a.real-assertion";

/// Sends a token request with this client authentication, and returns the sorted form.
async fn form(auth: impl Into<SharedClientAuth>, scope: Option<&str>) -> Vec<(String, String)> {
    let fixture = Fixture::new();
    let token = r#"{"access_token": "not-a-real-token", "token_type": "Bearer", "expires_in": 3599}"#;
    fixture.auth.next(MockResponse::new(200).json(token));
    let builder = ClientCredentials::builder(CLIENT, auth).token_url(fixture.auth.token_url());
    let tokens = builder.scopes(scope).build(Transport::default()).unwrap();
    tokens.token().await.unwrap();
    let request = fixture.auth.last_token_request();
    assert_eq!(request.header("authorization"), None);
    let mut form = request.form();
    form.sort();
    form
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// Microsoft, "OAuth 2.0 client credentials flow", "Third case: Access token request with a federated credential".
const ENTRA: [(&str, &str); 5] = [
    ("client_assertion", ASSERTION),
    (
        "client_assertion_type",
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    ),
    ("client_id", CLIENT),
    ("grant_type", "client_credentials"),
    ("scope", "https://graph.microsoft.com/.default"),
];

#[tokio::test]
async fn a_federated_credential_of_entra_is_sent_as_documented() {
    let folder = Folder::new("entra");
    std::fs::write(folder.file(), ASSERTION).unwrap();
    let assertion = ClientAssertion::from_file(folder.file());
    assert_eq!(
        form(assertion, Some("https://graph.microsoft.com/.default")).await,
        pairs(&ENTRA)
    );
}

/// GitHub, "OpenID Connect reference": the response to the job's request, as the assertion of a client of Entra.
#[tokio::test]
async fn the_id_token_of_a_github_job_is_the_assertion_of_a_client() {
    let github = ApiServer::unprotected();
    github.next(MockResponse::new(200).json(&format!(r#"{{"count": 1, "value": "{ASSERTION}"}}"#)));
    let source = AssertionUrl::new(&github.url("/token?api-version=2.0"), Transport::default()).unwrap();
    let source = source
        .bearer_token("not-a-real-request-token")
        .query("audience", "api://AzureADTokenExchange");
    let sent = form(
        ClientAssertion::new(source),
        Some("https://graph.microsoft.com/.default"),
    )
    .await;
    assert_eq!(sent, pairs(&ENTRA));
    let request = &github.requests()[0];
    assert_eq!(request.header("authorization"), Some("Bearer not-a-real-request-token"));
    assert_eq!(request.query_value("api-version").as_deref(), Some("2.0"));
    assert_eq!(
        request.query_value("audience").as_deref(),
        Some("api://AzureADTokenExchange")
    );
}

/// The draft "OAuth SPIFFE Client Authentication", section 3.1.
#[tokio::test]
async fn a_jwt_svid_has_its_own_type_and_no_client_id() {
    let folder = Folder::new("spiffe");
    std::fs::write(folder.file(), ASSERTION).unwrap();
    let svid = spiffe::jwt_svid(folder.file());
    let expected = [
        ("client_assertion", ASSERTION),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe",
        ),
        ("grant_type", "client_credentials"),
    ];
    assert_eq!(form(svid, None).await, pairs(&expected));
}
