//! Managers and clients from profiles, against an embedded server.

use std::path::Path;

use evergrant_profile::Profile;
use evergrant_testing::AuthServer;

const SECRET: &str = "a+b%2Fc/d:e f&g=h~\"!";

fn server(folder: &Path) -> AuthServer {
    std::fs::write(folder.join("client-secret"), format!("{SECRET}\n")).unwrap();
    AuthServer::builder().client("shop", SECRET).start()
}

fn profile(server: &AuthServer, folder: &Path, more: &str) -> Profile {
    let text = format!(
        "token_url = \"{}\"\nclient_id = \"shop\"\nclient_secret_file = \"client-secret\"\n{more}\n",
        server.token_url()
    );
    let profile: Profile = toml::from_str(&text).unwrap();
    profile.named("shop").relative_to(folder)
}

#[tokio::test]
async fn a_profile_builds_a_client_whose_calls_share_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path());
    let api = server.api();
    std::fs::write(folder.path().join("gateway-key"), "not-a-real-key").unwrap();
    let more = format!(
        "base_url = \"{}\"\nscopes = [\"books.read\"]\nauth = \"post\"\nuser_agent = \"bookshop/1.0\"\n\
         token_headers = {{ X-Api-Key = \"file:gateway-key\", X-Tenant = \"shop\" }}",
        api.url("/v1/")
    );
    let client = profile(&server, folder.path(), &more).client().unwrap();
    for _ in 0..3 {
        let response = client.get("books").send().await.unwrap();
        assert!(response.status().is_success());
    }
    let request = server.last_token_request();
    assert_eq!(server.token_requests(), 1);
    assert_eq!(request.form_value("client_secret").as_deref(), Some(SECRET));
    assert_eq!(request.form_value("scope").as_deref(), Some("books.read"));
    assert_eq!(request.header("x-api-key"), Some("not-a-real-key"));
    assert_eq!(request.header("x-tenant"), Some("shop"));
    assert_eq!(request.header("user-agent"), Some("bookshop/1.0"));
    assert_eq!(api.requests()[0].header("user-agent"), Some("bookshop/1.0"));
    assert_eq!(api.requests()[0].header("x-api-key"), None);
}

#[tokio::test]
async fn the_application_can_change_settings_and_provide_the_secret() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path());
    let mut settings = profile(&server, folder.path(), "").settings().unwrap();
    settings.scopes = vec!["orders.read".to_owned()];
    // For example from a vault.
    let builder = settings
        .client_credentials_with(|| async { Ok(SECRET.into()) })
        .unwrap();
    let tokens = builder.retries(0).build(settings.transport().unwrap()).unwrap();
    tokens.token().await.unwrap();
    assert_eq!(
        server.last_token_request().form_value("scope").as_deref(),
        Some("orders.read")
    );
}

#[tokio::test]
async fn with_an_authorization_url_users_sign_in() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path());
    let more = "authorization_url = \"https://auth.example.com/authorize\"\nredirect_uri = \"http://127.0.0.1/callback\"\n\
                authorization_params = { prompt = \"consent\" }";
    let tokens = profile(&server, folder.path(), more).tokens().unwrap();
    let request = tokens.sign_in().unwrap().begin().unwrap();
    let query: Vec<_> = request.url().query_pairs().collect();
    assert!(
        query.iter().any(|(name, value)| name == "prompt" && value == "consent"),
        "{query:?}"
    );
}

#[cfg(feature = "file")]
#[tokio::test]
async fn managers_of_one_profile_share_a_token_in_its_store() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path());
    let key = evergrant_store_key();
    std::fs::write(folder.path().join("keys"), key).unwrap();
    set_private(&folder.path().join("keys"));
    let store = folder.path().join("tokens");
    let more = format!(
        "store = \"file:{}\"\nstore_keys_file = \"keys\"\nstore_namespace = \"test\"",
        store.display()
    );
    for _ in 0..2 {
        let tokens = profile(&server, folder.path(), &more).tokens().unwrap();
        tokens.token().await.unwrap();
    }
    assert_eq!(server.token_requests(), 1);
}

#[cfg(feature = "file")]
fn evergrant_store_key() -> String {
    evergrant_store::KeyRing::new_key("one").unwrap().expose().to_owned()
}

#[cfg(all(feature = "file", unix))]
fn set_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(all(feature = "file", not(unix)))]
fn set_private(_: &Path) {}

#[tokio::test]
async fn an_issuer_replaces_the_urls() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path());
    let text = format!(
        "issuer = \"{}\"\nclient_id = \"shop\"\nclient_secret_file = \"client-secret\"\n",
        server.issuer()
    );
    let build = |more: &str| {
        let profile: Profile = toml::from_str(&format!("{text}{more}")).unwrap();
        profile.relative_to(folder.path()).settings().unwrap()
    };
    let settings = build("");
    assert!(!settings.has_sign_in());
    settings.tokens().unwrap().token().await.unwrap();
    assert_eq!(server.metadata_requests(), 1);

    let settings = build("grant_type = \"authorization_code\"\nredirect_uri = \"http://127.0.0.1/callback\"\n");
    assert!(settings.has_sign_in());
    settings.tokens().unwrap().sign_in().unwrap();
}
