//! Errors name the profile, the key and the fix, but not the value.

use evergrant_profile::{Error, Profile};

fn profile(text: &str) -> Profile {
    toml::from_str::<Profile>(text).unwrap().named("oauth")
}

#[test]
fn an_invalid_value_is_not_shown() {
    for (text, expected) in [
        ("client_id = 1", "has an invalid `client_id`: it must be a string"),
        (
            "client_secret_env = [\"hush-hush\"]",
            "has an invalid `client_secret_env`: it must be a string",
        ),
        (
            "client_secret = { value = \"hush-hush\" }",
            "has an invalid `client_secret`: it must be a string",
        ),
        (
            "token_url = 2026-11-30T12:00:00Z",
            "has an invalid `token_url`: it must be a string",
        ),
        ("scopes = [1]", "has an invalid `scopes`: it must be a list of strings"),
        (
            "scopes = { hush = \"hush-hush\" }",
            "has an invalid `scopes`: it must be a list of strings",
        ),
        (
            "json_body = \"hush-hush\"",
            "has an invalid `json_body`: it must be true or false",
        ),
        (
            "timeout = \"hush-hush\"",
            "has an invalid `timeout`: it must be a number",
        ),
        (
            "timeout = 0",
            "has an invalid `timeout`: it must be a number of seconds above 0 and at most 3600",
        ),
        (
            "timeout = 3601",
            "has an invalid `timeout`: it must be a number of seconds above 0 and at most 3600",
        ),
        (
            "timeout = nan",
            "has an invalid `timeout`: it must be a number of seconds above 0 and at most 3600",
        ),
        (
            "timeout = 99999999999",
            "has an invalid `timeout`: it must be a smaller number",
        ),
        (
            "auth = \"hush-hush\"",
            "has an invalid `auth`: it must be `basic`, `raw`, `post`, `none`, `client_secret_jwt` or `private_key_jwt`",
        ),
        ("params = \"hush-hush\"", "has an invalid `params`: it must be a table"),
        (
            "params = { a = [\"hush-hush\"] }",
            "has an invalid `params.a`: it must be a string",
        ),
        (
            "token_headers = { X-Tenant = 1 }",
            "has an invalid `token_headers.X-Tenant`: it must be a string",
        ),
        (
            "renew_on = [200]",
            "has an invalid `renew_on`: it must be a list of HTTP statuses from 400 to 599",
        ),
        (
            "allow_origins = \"https://user:hush-hush@a\"",
            "has an invalid `allow_origins`: it must be origins",
        ),
        (
            "store = \"file:hush-hush\"",
            "has an invalid `store`: it must be an absolute path",
        ),
    ] {
        let error = profile(text).settings().unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("the profile `oauth` {expected}")),
            "{text}: {error}"
        );
        assert!(!error.contains("hush-hush"), "{error}");
    }
}

#[test]
fn a_literal_secret_is_rejected_and_not_shown() {
    for (text, remedy) in [
        ("client_secret = \"hush-hush\"", "client_secret_env = \"VARIABLE\""),
        (
            "client_secret = \"hush-hush\"\ndanger_client_secret_in_file = true",
            "client_secret_file = \"FILE\"",
        ),
        (
            "params = { client_secret = \"hush-hush\" }",
            "client_secret_env or client_secret_file",
        ),
        (
            "params = { pwd = \"hush-hush\" }",
            "client_secret_env or client_secret_file",
        ),
        (
            "authorization_params = { accessToken = \"hush-hush\" }",
            "client_secret_env",
        ),
        (
            "token_headers = { X-Api-Key = \"hush-hush\" }",
            "env:VARIABLE or file:FILE",
        ),
        ("store = \"redis://:hush-hush@127.0.0.1\"", "store_env = \"VARIABLE\""),
        (
            "store = \"postgres://db/shop?password=hush-hush\"",
            "store_env = \"VARIABLE\"",
        ),
    ] {
        let profile = profile(text);
        let error = profile.tokens().unwrap_err();
        let message = error.to_string();
        assert!(
            message.contains("`oauth`") && message.contains(remedy),
            "{text}: {message}"
        );
        for shown in [message, format!("{error:?}"), format!("{profile:?}")] {
            assert!(!shown.contains("hush"), "{shown}");
        }
    }
}

#[test]
fn a_parser_error_shows_no_value() {
    #[derive(serde::Deserialize, Debug)]
    struct Config {
        oauth: Profile,
    }

    // A parser error would show the line.
    for text in [
        "oauth = { client_secret = \"hush-hush\" }",
        "oauth = { client_secret_env = [\"hush-hush\"], timeout = \"hush-hush\" }",
        "[oauth]\nunknown = \"hush-hush\"",
    ] {
        let config: Config = toml::from_str(text).unwrap();
        assert!(!format!("{config:?}").contains("hush"), "{config:?}");
        let error = config.oauth.settings().unwrap_err();
        assert!(!error.to_string().contains("hush"), "{error}");
    }
}

#[test]
fn an_unknown_key_error_suggests_a_similar_key() {
    let message = |key: &str| profile(&format!("{key} = \"x\"")).settings().unwrap_err().to_string();
    for (key, similar) in [
        ("scope", "scopes"),
        ("client_secret_var", "client_secret_env"),
        ("tokenUrl", "token_url"),
        ("token_uri", "token_url"),
        ("clientid", "client_id"),
        ("resource", "resources"),
    ] {
        let error = message(key);
        let expected = format!("has an unknown key `{key}`; did you mean `{similar}`?");
        assert!(error.ends_with(&expected), "{error}");
    }
    assert_eq!(message("zzz"), "the profile `oauth` has an unknown key `zzz`");
}

#[test]
fn contradictory_and_missing_keys_are_named() {
    for (text, expected) in [
        (
            "client_secret_env = \"A\"\nclient_secret_file = \"b\"",
            "sets the client's secret more than once",
        ),
        (
            "cache = true\nstore = \"file:/tmp/x\"",
            "sets the token store more than once",
        ),
        (
            "store_keys_env = \"A\"\ndanger_plaintext_store = true",
            "sets the encryption of stored tokens more than once",
        ),
        ("danger_plaintext_store = true", "sets no store"),
        ("", "`client_id` is missing in the profile `oauth`"),
        (
            "client_id = \"x\"",
            "`client_secret_env` is missing in the profile `oauth`",
        ),
        (
            "client_id = \"x\"\nauth = \"none\"",
            "`token_url` is missing in the profile `oauth`",
        ),
        (
            "client_id = \"x\"\nclient_secret_env = \"EVERGRANT_NOT_SET\"",
            "`EVERGRANT_NOT_SET` (client_secret_env in the profile `oauth`) is not set; export it",
        ),
        (
            "client_id = \"x\"\nclient_secret_file = \"/not/there\"",
            "`/not/there` (client_secret_file in the profile `oauth`)",
        ),
        (
            "client_id = \"x\"\nauth = \"none\"\ntoken_url = \"https://a.example.com\"\nca_file = \"/not/there\"",
            "cannot read the CA file /not/there",
        ),
        (
            "client_id = \"x\"\nauth = \"none\"\ntoken_url = \"http://a.example.com\"",
            "http://a.example.com",
        ),
    ] {
        let error = profile(text).client().unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
    let repeated: Profile = serde_json::from_str(r#"{"scopes": "a", "scopes": "b"}"#).unwrap();
    let error = repeated.settings().unwrap_err();
    assert!(matches!(error, Error::Invalid { .. }) && error.to_string().ends_with("has `scopes` more than once"));
}

#[cfg(not(feature = "store"))]
#[test]
fn a_store_without_the_feature_is_an_error() {
    let text = "client_id = \"x\"\nauth = \"none\"\ntoken_url = \"https://a.example.com\"\nstore = \"file:/tmp/x\"";
    let error = profile(text).tokens().unwrap_err().to_string();
    assert!(
        error.contains("`store`") && error.contains("evergrant-profile"),
        "{error}"
    );
}
