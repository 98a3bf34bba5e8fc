//! The same profile in several formats.

use std::time::Duration;

use evergrant_profile::{Profile, Settings};
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
