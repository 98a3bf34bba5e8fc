//! Clients with a key or with an assertion of their platform.

use evergrant_jose::{Algorithm, PrivateKey};
use evergrant_testing::AuthServer;

use crate::support::{CLIENT, Fixture};

/// Starts a server that knows a key, and writes the key to a file.
fn fixture() -> (Fixture, String) {
    let key = PrivateKey::generate(Algorithm::Es256).unwrap();
    let fixture = Fixture::with_server(AuthServer::builder().client_keys(CLIENT, &key.public_jwk()).start());
    let file = fixture.file("key.pem", key.to_pem().unwrap().expose());
    (fixture, file)
}

#[test]
fn a_key_file_and_an_issuer_get_a_token() {
    let (fixture, key) = fixture();
    let issuer = fixture.auth.issuer();
    let flags = ["token", "--issuer", &issuer, "--client-id", CLIENT, "--key-file", &key];
    let token = fixture.run_raw(&flags, "").success();
    assert!(token.starts_with("test-token-1-"), "{token}");
    assert_eq!(fixture.auth.rejected_assertions(), [""; 0]);
}

#[test]
fn a_profile_names_the_key_and_flags_replace_it() {
    let (fixture, key) = fixture();
    let text = format!(
        "[profiles.shop]\nissuer = \"{}\"\nclient_id = \"{CLIENT}\"\nkey_file = \"key.pem\"\n",
        fixture.auth.issuer()
    );
    let config = fixture.file("config.toml", &text);
    let profile = ["token", "--profile", "shop", "--config", &config];
    fixture.run_raw(&profile, "").success();
    fixture
        .run_raw(&[&profile[..], &["--key-file", &key]].concat(), "")
        .success();
    // A secret by flag replaces the key, and this server knows no secret.
    let by_secret = [&profile[..], &["--client-secret-env", "CLIENT_SECRET"]].concat();
    let failure = fixture.run_raw(&by_secret, "");
    assert_eq!(failure.code, 3, "{}", failure.stderr);
    let request = fixture.auth.last_token_request();
    assert_eq!(request.form_value("client_assertion"), None);
}

#[test]
fn an_assertion_file_is_sent_and_a_missing_one_is_named() {
    let (fixture, _) = fixture();
    let issuer = fixture.auth.issuer();
    let file = fixture.file("assertion", "not.a.real-assertion\n");
    let flags = ["token", "--issuer", &issuer, "--client-id", CLIENT, "--assertion-file"];
    fixture.run_raw(&[&flags[..], &[&file]].concat(), "");
    let request = fixture.auth.last_token_request();
    assert_eq!(
        request.form_value("client_assertion").as_deref(),
        Some("not.a.real-assertion")
    );
    let failure = fixture.run_raw(&[&flags[..], &["/not/there"]].concat(), "");
    assert!(
        failure.code != 0 && failure.stderr.contains("/not/there"),
        "{}",
        failure.stderr
    );
    assert!(!failure.stderr.contains("not.a.real-assertion"));
}

#[test]
fn flags_that_do_not_fit_are_usage_errors() {
    let (fixture, key) = fixture();
    let issuer = fixture.auth.issuer();
    let flags = ["token", "--issuer", &issuer, "--client-id", CLIENT];
    for (more, expected) in [
        (&["--key-file", &key, "--assertion-file", &key][..], "--assertion-file"),
        (
            &[
                "--key-file",
                &key,
                "--client-secret-env",
                "CLIENT_SECRET",
                "--auth",
                "private_key_jwt",
            ],
            "uses no secret",
        ),
        (&["--auth", "private_key_jwt"], "key_file"),
        (
            &[
                "--key-file",
                &key,
                "--auth",
                "basic",
                "--client-secret-env",
                "CLIENT_SECRET",
            ],
            "key_file",
        ),
    ] {
        let failure = fixture.run_raw(&[&flags[..], more].concat(), "");
        assert_eq!(failure.code, 2, "{more:?}: {}", failure.stderr);
        assert!(failure.stderr.contains(expected), "{more:?}: {}", failure.stderr);
    }
    assert_eq!(fixture.auth.token_requests(), 0);
}
