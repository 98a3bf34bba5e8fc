//! `evergrant discover`, and the flag `--issuer`.

use evergrant_testing::{AuthServer, AuthServerBuilder, MockResponse};
use serde_json::Value;

use crate::signing_in_user::{CLIENT as PUBLIC, Login, fixture_with, get};
use crate::support::{CLIENT, Fixture, SECRET};

fn realm() -> AuthServerBuilder {
    AuthServer::builder()
        .client(CLIENT, SECRET)
        .issuer_path("/realms/a")
        .scopes(&["books.read"])
}

#[test]
fn shows_what_a_server_offers_and_the_flags_that_fit() {
    let fixture = Fixture::with_server(realm().redirect_uri(CLIENT, "http://127.0.0.1/callback").start());
    let (auth, issuer) = (&fixture.auth, fixture.auth.issuer());
    auth.metadata_with("jwks_uri", "\"https://keys.example.net/jwks\"");
    auth.metadata_with("end_session_endpoint", "\"http://elsewhere.example.net/logout\"");
    auth.metadata_with(
        "mtls_endpoint_aliases",
        r#"{"token_endpoint": "https://mtls.example.net/token"}"#,
    );
    auth.metadata_with("token_endpoint_auth_methods_supported", r#"["client_secret_post"]"#);
    let text = fixture.run_raw(&["discover", &issuer], "").success();
    for expected in [
        format!("  issuer    {issuer}\n"),
        format!("  token_endpoint          {}\n", auth.token_url()),
        "https://keys.example.net/jwks  (another host than the issuer's)\n".to_owned(),
        "https://mtls.example.net/token\n".to_owned(),
        "Endpoints that cannot be used:\n  end_session_endpoint  it is not encrypted".to_owned(),
        "  scopes_supported                       books.read\n".to_owned(),
        format!("evergrant token --issuer {issuer} --client-id ID --client-secret-env VARIABLE --auth post\n"),
        format!("evergrant login --issuer {issuer} --client-id ID\n"),
    ] {
        assert!(text.contains(&expected), "{expected}\n{text}");
    }
    let json = fixture.run_raw(&["discover", &issuer, "--json"], "").success();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["issuer"], issuer);
    assert_eq!(json["endpoints"]["token_endpoint"], auth.token_url());
    assert_eq!(
        json["mtls_endpoint_aliases"]["token_endpoint"],
        "https://mtls.example.net/token"
    );
    assert_eq!(
        json["supported"]["token_endpoint_auth_methods_supported"][0],
        "client_secret_post"
    );
    assert!(json["invalid_endpoints"]["end_session_endpoint"].is_string());
    assert_eq!(json["commands"].as_array().unwrap().len(), 2);
    assert!(
        auth.requests()
            .iter()
            .all(|request| request.header("authorization").is_none())
    );
}

#[test]
fn text_of_the_server_does_not_control_the_terminal() {
    let fixture = Fixture::with_server(realm().start());
    fixture.auth.metadata_with(
        "scopes_supported",
        r#"["a\u001b[2J\n  token_endpoint  https://forged.example.net"]"#,
    );
    let text = fixture.run_raw(&["discover", &fixture.auth.issuer()], "").success();
    assert!(
        !text.contains('\u{1b}') && !text.contains("\n  token_endpoint  https://forged"),
        "{text}"
    );
}

#[test]
fn an_issuer_without_usable_metadata_has_the_exit_code_of_its_cause() {
    let fixture = Fixture::with_server(realm().start());
    let stderr = fixture
        .run_raw(&["discover", &fixture.auth.url("/realms/b")], "")
        .failure(3);
    assert!(
        stderr.contains("no metadata of") && stderr.contains("(404 Not Found)"),
        "{stderr}"
    );
    let issuer = fixture.auth.issuer();
    fixture.auth.metadata_with("issuer", "\"https://idp.example.com\"");
    let stderr = fixture.run_raw(&["discover", &issuer], "").failure(3);
    assert!(
        stderr.contains("belongs to the issuer `https://idp.example.com`"),
        "{stderr}"
    );
    fixture.auth.stop();
    fixture.run_raw(&["discover", &issuer], "").failure(4);
    fixture.run_raw(&["discover", "http://idp.example.com"], "").failure(2);
    assert_eq!(fixture.run_raw(&["discover"], "").code, 2);
}

#[test]
fn an_api_leads_to_its_issuers() {
    let fixture = Fixture::with_server(realm().start());
    let resource = fixture.api.publish_metadata("/v1");
    let text = fixture.run_raw(&["discover", "--api", &resource], "").success();
    assert!(text.contains(&format!("  resource          {resource}\n")), "{text}");
    assert!(
        text.contains(&format!("  issuer  {}\n", fixture.auth.issuer())),
        "{text}"
    );
    let json = fixture
        .run_raw(&["discover", "--api", &resource, "--json"], "")
        .success();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["issuers"][0], fixture.auth.issuer());
    assert_eq!(json["scopes"][0], "books.read");

    fixture.api.challenge_with("https://elsewhere.example.net/metadata");
    let stderr = fixture.run_raw(&["discover", "--api", &resource], "").failure(2);
    assert!(
        stderr.contains("https://elsewhere.example.net is not an allowed origin"),
        "{stderr}"
    );
}

#[test]
fn an_issuer_replaces_the_urls() {
    let fixture = Fixture::with_server(realm().start());
    let issuer = fixture.auth.issuer();
    let client = ["--client-id", CLIENT, "--client-secret-env", "CLIENT_SECRET"];
    let token = fixture
        .run_raw(&[&["token", "--issuer", &issuer], &client[..]].concat(), "")
        .success();
    assert!(fixture.auth.accepts(token.trim()));

    let profile = format!(
        "[profiles.shop]\nissuer = \"{issuer}\"\nclient_id = \"{CLIENT}\"\nclient_secret_env = \"CLIENT_SECRET\""
    );
    let config = fixture.file("config.toml", &profile);
    let token = fixture
        .run_raw(&["token", "--profile", "shop", "--config", &config], "")
        .success();
    assert!(fixture.auth.accepts(token.trim()));

    fixture
        .auth
        .metadata_with("token_endpoint_auth_methods_supported", r#"["private_key_jwt"]"#);
    let stderr = fixture
        .run_raw(&["token", "--profile", "shop", "--config", &config], "")
        .failure(3);
    assert!(
        stderr.contains("does not list the client authentication `client_secret_basic`, but `private_key_jwt`"),
        "{stderr}"
    );
    assert!(
        stderr.contains("--allow-unlisted") && !stderr.contains("TokenEndpointOptions"),
        "{stderr}"
    );
    let unlisted = fixture.file("unlisted.toml", &format!("{profile}\nallow_unlisted = true"));
    for arguments in [
        &["token", "--profile", "shop", "--config", &config, "--allow-unlisted"][..],
        &["token", "--profile", "shop", "--config", &unlisted],
    ] {
        let token = fixture.run_raw(arguments, "").success();
        assert!(fixture.auth.accepts(token.trim()));
    }

    fixture.auth.metadata_always(MockResponse::new(404));
    fixture
        .run_raw(
            &[
                "token",
                "--profile",
                "shop",
                "--config",
                &config,
                "--token-url",
                &fixture.auth.token_url(),
            ],
            "",
        )
        .success();
}

#[test]
fn a_user_signs_in_with_the_issuer_alone() {
    let fixture = fixture_with(|server| server.issuer_path("/realms/a"));
    let issuer = fixture.auth.issuer();
    let client = ["--issuer", &issuer, "--client-id", PUBLIC];
    let command = [&["login", "--no-browser"], &client[..]].concat();
    let login = Login::start(fixture.command(&command).spawn().unwrap());
    assert!(
        login.url.starts_with(&fixture.auth.authorization_url()),
        "{}",
        login.url
    );
    assert_eq!(get(&fixture.auth.visit(&login.url)).0, 200);
    let (code, stderr) = login.finish();
    assert_eq!(code, 0, "{stderr}");

    let user = ["--grant-type", "authorization_code"];
    let token = fixture
        .run_raw(&[&["token"], &client[..], &user].concat(), "")
        .success();
    assert!(fixture.auth.introspect(token.trim()).unwrap().username.is_some());
    let stderr = fixture.run_raw(&[&["logout"], &client[..]].concat(), "");
    assert!(stderr.stderr.contains("Signed out"), "{}", stderr.stderr);
}

#[test]
fn an_issuer_by_flag_replaces_all_urls_of_the_profile() {
    let fixture = fixture_with(|server| server);
    let (other, issuer) = (AuthServer::builder().start(), fixture.auth.issuer());
    let url = |path| other.url(path);
    let config = format!(
        "[profiles.shop]\nclient_id = \"{PUBLIC}\"\ntoken_url = \"{}\"\nrevocation_url = \"{}\"\n\
         pushed_authorization_url = \"{}\"\n",
        url("/token"),
        url("/revoke"),
        url("/par")
    );
    let config = fixture.file("config.toml", &config);
    let client = ["--config", &config, "--profile", "shop", "--issuer", &issuer];
    let command = [&["login", "--no-browser"], &client[..]].concat();
    let login = Login::start(fixture.command(&command).spawn().unwrap());
    assert_eq!(get(&fixture.auth.visit(&login.url)).0, 200);
    assert_eq!(login.finish().0, 0);
    let logout = fixture.run_raw(&[&["logout", "--revoke"], &client[..]].concat(), "");
    assert!(logout.stderr.contains("revoked at the server"), "{}", logout.stderr);
    assert!(other.requests().is_empty());
}
