//! Clients with a key, with a secret that signs, or with an assertion of their platform.

use std::path::Path;

use evergrant_jose::{Algorithm, PrivateKey};
use evergrant_profile::Profile;
use evergrant_testing::{AuthServer, ClientAuthMethod};

const SECRET: &str = "not-a-real-secret-of-at-least-32-bytes";

/// Starts a server that knows a new key, which is in `key.pem` of the folder.
fn server(folder: &Path, algorithm: Algorithm) -> AuthServer {
    let key = PrivateKey::generate(algorithm).unwrap().with_key_id("key-1");
    std::fs::write(folder.join("key.pem"), key.to_pem().unwrap().expose()).unwrap();
    AuthServer::builder().client_keys("shop", &key.public_jwk()).start()
}

fn profile(server: &AuthServer, folder: &Path, more: &str) -> Profile {
    let text = format!("issuer = \"{}\"\nclient_id = \"shop\"\n{more}\n", server.issuer());
    let profile: Profile = toml::from_str(&text).unwrap();
    profile.named("shop").relative_to(folder)
}

#[tokio::test]
async fn a_key_file_and_an_issuer_are_all_that_a_client_needs() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path(), Algorithm::Es256);
    for more in [
        "",
        "auth = \"private_key_jwt\"\nkey_algorithm = \"ES256\"\nkey_id = \"key-1\"",
    ] {
        let profile = profile(&server, folder.path(), &format!("key_file = \"key.pem\"\n{more}"));
        let token = profile.tokens().unwrap().token().await;
        token.unwrap_or_else(|error| panic!("{error}; {:?}", server.rejected_assertions()));
    }
    let settings = "key_file = \"key.pem\"\nassertion_audience = \"https://elsewhere.example.com\"";
    profile(&server, folder.path(), settings)
        .tokens()
        .unwrap()
        .token()
        .await
        .unwrap_err();
    assert_eq!(server.rejected_assertions().len(), 1);
}

#[tokio::test]
async fn a_secret_signs_the_assertions_of_client_secret_jwt() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret"), SECRET).unwrap();
    let server = AuthServer::builder()
        .client("shop", SECRET)
        .accept(&[ClientAuthMethod::SecretJwt])
        .start();
    let more = "client_secret_file = \"secret\"\nauth = \"client_secret_jwt\"";
    profile(&server, folder.path(), more)
        .tokens()
        .unwrap()
        .token()
        .await
        .unwrap();
    assert_eq!(server.last_token_request().form_value("client_secret"), None);
    let settings = profile(&server, folder.path(), more).settings().unwrap();
    let builder = settings
        .client_credentials_with(|| async { Ok(SECRET.into()) })
        .unwrap();
    builder
        .build(settings.transport().unwrap())
        .unwrap()
        .token()
        .await
        .unwrap();
}

#[tokio::test]
async fn the_assertion_of_the_platform_is_sent_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token"), "not.a.real-assertion\n").unwrap();
    let server = AuthServer::builder().client("shop", SECRET).start();
    let more = "assertion_file = \"token\"\nassertion_type = \"urn:ietf:params:oauth:client-assertion-type:jwt-spiffe\"\n\
                assertion_without_client_id = true";
    profile(&server, folder.path(), more)
        .tokens()
        .unwrap()
        .token()
        .await
        .unwrap_err();
    let request = server.last_token_request();
    assert_eq!(
        request.form_value("client_assertion").as_deref(),
        Some("not.a.real-assertion")
    );
    assert_eq!(
        request.form_value("client_assertion_type").as_deref(),
        Some("urn:ietf:params:oauth:client-assertion-type:jwt-spiffe")
    );
    assert_eq!(request.form_value("client_id"), None);
}

#[test]
fn settings_that_contradict_each_other_are_errors_that_name_them() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path(), Algorithm::Es256);
    for (text, expected) in [
        (
            "key_file = \"key.pem\"\nassertion_file = \"token\"",
            "sets both `key_file` and `assertion_file`",
        ),
        (
            "key_file = \"key.pem\"\nauth = \"basic\"",
            "sets `key_file`, which the client authentication method `basic`",
        ),
        (
            "assertion_file = \"token\"\nkey_id = \"1\"",
            "sets `key_id`, which the assertion of `assertion_file`",
        ),
        ("auth = \"private_key_jwt\"", "`key_file` is missing"),
        (
            "key_file = \"key.pem\"\nclient_secret_env = \"SECRET\"",
            "sets a client secret, which the client authentication method `private_key_jwt`",
        ),
        (
            "key_file = \"key.pem\"\nkey_algorithm = \"none\"",
            "`none` is not a supported signature algorithm",
        ),
        ("key_file = \"key.pem\"\nkey_algorithm = \"RS256\"", "RS256"),
        ("key_file = \"missing.pem\"", "missing.pem"),
        ("auth = \"jwt\"", "`private_key_jwt`"),
    ] {
        let error = profile(&server, folder.path(), text).tokens().unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}
