//! The same profile in several formats.

use std::time::Duration;

use evergrant::Secret;
use evergrant_profile::{Profile, SecretRef, Settings};
use serde::Deserialize;

#[derive(Deserialize)]
struct Config {
    oauth: Profile,
}

const TOML: &str = r#"
[oauth]
token_url = "https://auth.example.com/token"
client_id = "shop"
client_secret_env = "CLIENT_SECRET"
scopes = "books.read"
resources = ["https://a.example.com", "https://b.example.com"]
timeout = 2.5
json_body = true
renew_on = 403
params = { account_id = 77, tenant = "shop", test = false }
token_headers = { X-Tenant = "shop", X-Api-Key = "env:GATEWAY_KEY" }
allow_origins = ["https://files.example.com"]
"#;

const YAML: &str = "
oauth:
  token_url: https://auth.example.com/token
  client_id: shop
  client_secret_env: CLIENT_SECRET
  scopes: [books.read]
  resources: [https://a.example.com, https://b.example.com]
  timeout: 2.5
  json_body: true
  renew_on: [403]
  params: {account_id: 77, tenant: shop, test: false}
  token_headers: {X-Tenant: shop, X-Api-Key: 'env:GATEWAY_KEY'}
  allow_origins: https://files.example.com
  audience: null
";

const JSON: &str = r#"{"oauth": {
    "token_url": "https://auth.example.com/token",
    "client_id": "shop",
    "client_secret_env": "CLIENT_SECRET",
    "scopes": ["books.read"],
    "resources": ["https://a.example.com", "https://b.example.com"],
    "timeout": 2.5,
    "json_body": true,
    "renew_on": [403],
    "params": {"account_id": 77, "tenant": "shop", "test": false},
    "token_headers": {"X-Tenant": "shop", "X-Api-Key": "env:GATEWAY_KEY"},
    "allow_origins": ["https://files.example.com"],
    "audience": null
}}"#;

fn check(settings: &Settings) {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(settings.token_url.as_deref(), Some("https://auth.example.com/token"));
    assert_eq!(settings.client_id.as_deref(), Some("shop"));
    assert!(settings.secret.is_some() && settings.audience.is_none() && settings.json_body);
    assert_eq!(settings.scopes, ["books.read"]);
    assert_eq!(settings.resources, ["https://a.example.com", "https://b.example.com"]);
    assert_eq!(settings.timeout, Some(Duration::from_millis(2500)));
    assert_eq!(settings.renew_on, [http::StatusCode::FORBIDDEN]);
    let params = [pair("account_id", "77"), pair("tenant", "shop"), pair("test", "false")];
    assert_eq!(settings.params, params);
    let headers: Vec<_> = settings
        .token_headers
        .iter()
        .map(|header| (header.name(), header.plain_value()))
        .collect();
    assert_eq!(headers, [("X-Api-Key", None), ("X-Tenant", Some("shop"))]);
    assert_eq!(settings.allow_origins, ["https://files.example.com".parse().unwrap()]);
}

#[test]
fn all_formats_give_the_same_settings() {
    let configs = [
        toml::from_str::<Config>(TOML).unwrap(),
        serde_saphyr::from_str(YAML).unwrap(),
        serde_json::from_str(JSON).unwrap(),
        // As in layered configurations.
        serde_json::from_value(serde_json::from_str(JSON).unwrap()).unwrap(),
    ];
    for config in configs {
        check(&config.oauth.settings().unwrap());
    }
}

#[test]
fn a_section_may_be_missing() {
    #[derive(Deserialize)]
    struct Config {
        oauth: Option<Profile>,
        #[serde(default)]
        other: Profile,
    }

    let config: Config = toml::from_str("").unwrap();
    assert!(config.oauth.is_none());
    assert!(config.other.settings().unwrap().client_id.is_none());
    let error = serde_json::from_str::<Config>(r#"{"oauth": "hush-hush"}"#)
        .err()
        .unwrap();
    assert!(error.to_string().starts_with("a profile is a table of keys"), "{error}");
    assert!(!error.to_string().contains("hush"), "{error}");
}

#[derive(Deserialize)]
struct Secrets {
    password: SecretRef,
    key: Option<SecretRef>,
}

#[test]
fn secrets_are_text_or_references() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "not-a-real-secret\n").unwrap();
    let toml = format!("password = 'file:{}'", file.display());
    let yaml = format!("password: file:{}\nkey: not-a-real-key", file.display());
    let json = serde_json::json!({ "password": format!("file:{}", file.display()), "key": null }).to_string();
    let read: [Secrets; 3] = [
        toml::from_str(&toml).unwrap(),
        serde_saphyr::from_str(&yaml).unwrap(),
        serde_json::from_str(&json).unwrap(),
    ];
    for secrets in &read {
        assert_eq!(secrets.password.read().unwrap().expose(), "not-a-real-secret");
    }
    assert_eq!(read[1].key.as_ref().unwrap().read().unwrap().expose(), "not-a-real-key");
    assert!(read[0].key.is_none() && read[2].key.is_none());
}

#[test]
fn a_secret_that_is_not_text_is_an_error_without_its_line() {
    for text in [
        "password = 20261121",
        "password = ['hush']",
        "password = { value = 'hush' }",
        "password = true",
    ] {
        let secrets: Secrets = toml::from_str(text).unwrap();
        assert_eq!(format!("{:?}", secrets.password), "[redacted]");
        let error = secrets.password.read().unwrap_err().to_string();
        assert!(
            error.contains("put it in quotes") && !error.contains("hush") && !error.contains("2026"),
            "{error}"
        );
    }
}

#[test]
fn a_secret_is_read_while_its_configuration_is_deserialized() {
    #[derive(Debug, Deserialize)]
    struct Config {
        #[serde(deserialize_with = "evergrant_profile::deserialize_secret")]
        client_secret: Secret,
    }

    let config: Config = toml::from_str("client_secret = 'not-a-real-secret'").unwrap();
    assert_eq!(config.client_secret.expose(), "not-a-real-secret");
    let error = toml::from_str::<Config>("client_secret = 'env:NO_SUCH_SECRET'")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("`NO_SUCH_SECRET` (a reference in the configuration) is not set; export it"),
        "{error}"
    );
    let error = serde_json::from_str::<Config>(r#"{"client_secret":"env:hUsH5Hush9"}"#)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("named by a reference") && !error.contains("hUsH"),
        "{error}"
    );
}
