//! Every `danger_*` setting emits an event when it is used, can be forbidden, and is listed in `SECURITY.md`.
//!
//! A binary of its own, because a test forbids all relaxations for the rest of the process.

use std::collections::BTreeSet;
use std::path::Path;

use evergrant::client_auth::PublicClient;
use evergrant::discovery::Discovery;
use evergrant::error::RelaxationForbidden;
use evergrant::{AuthorizationCode, BuildError, ClientCredentials, Relaxation, Requirement};
use evergrant_reqwest::middleware::Authorize;
use evergrant_reqwest::{Client, Transport, blocking};
use evergrant_store::{KeyRing, StoreBuildError};
use evergrant_testing::LogCapture;
use evergrant_tower::AuthorizeLayer;

const SIDECAR: &str = "http://sidecar.internal:8080";

/// The result of a builder, without its value.
type Built = Result<(), Option<RelaxationForbidden>>;

/// A `danger_*` setting, and a function that builds something with it.
type Builder = (&'static str, fn() -> Built);

fn built<T>(result: Result<T, BuildError>) -> Built {
    match result {
        Ok(_) => Ok(()),
        Err(BuildError::RelaxationForbidden(forbidden)) => Err(Some(forbidden)),
        Err(_) => Err(None),
    }
}

fn built_store<T>(result: Result<T, StoreBuildError>) -> Built {
    match result {
        Ok(_) => Ok(()),
        Err(StoreBuildError::RelaxationForbidden(forbidden)) => Err(Some(forbidden)),
        Err(_) => Err(None),
    }
}

/// Each builder with each of its `danger_*` settings.
fn builders() -> Vec<Builder> {
    fn keys() -> KeyRing {
        KeyRing::parse(KeyRing::new_key("test").expect("a key").expose()).expect("a ring")
    }
    fn credentials() -> evergrant::TokenManagerBuilder {
        ClientCredentials::builder("client", "not-a-real-secret").token_url("https://auth.example.com/token")
    }
    fn sidecar() -> evergrant::origin::Origin {
        SIDECAR.parse().expect("an origin")
    }
    vec![
        ("danger_allow_http_to", || {
            built(
                credentials()
                    .danger_allow_http_to(sidecar())
                    .build(Transport::default()),
            )
        }),
        ("danger_allow_http_to", || {
            built(Discovery::new(Transport::default()).danger_allow_http_to(sidecar()))
        }),
        ("danger_from_client", || {
            built(credentials().build(Transport::danger_from_client(reqwest::Client::new())))
        }),
        ("danger_allow_any_origin", || {
            let client = Client::builder(Requirement::none()).base_url("https://api.example.com");
            built(client.danger_allow_any_origin().build())
        }),
        ("danger_allow_http_to", || {
            let client = Client::builder(Requirement::none()).base_url(SIDECAR);
            built(client.danger_allow_http_to(sidecar()).build())
        }),
        ("danger_http_client", || {
            let client = Client::builder(Requirement::none()).base_url("https://api.example.com");
            built(client.danger_http_client(reqwest::Client::new()).build())
        }),
        ("danger_allow_any_origin", || {
            let client = blocking::Client::builder(Requirement::none()).base_url("https://api.example.com");
            built(client.danger_allow_any_origin().build())
        }),
        ("danger_allow_http_to", || {
            built(
                Authorize::builder(Requirement::none())
                    .danger_allow_http_to(sidecar())
                    .build(),
            )
        }),
        ("danger_allow_any_origin", || {
            built(
                AuthorizeLayer::builder(Requirement::none())
                    .danger_allow_any_origin()
                    .build(),
            )
        }),
        ("danger_allow_http_to", || {
            let client = blocking::Client::builder(Requirement::none()).base_url(SIDECAR);
            built(client.danger_allow_http_to(sidecar()).build())
        }),
        ("danger_allow_any_origin", || {
            built(
                Authorize::builder(Requirement::none())
                    .danger_allow_any_origin()
                    .build(),
            )
        }),
        ("danger_allow_http_to", || {
            let layer = AuthorizeLayer::builder(Requirement::none()).base_url(SIDECAR);
            built(layer.danger_allow_http_to(sidecar()).build())
        }),
        ("danger_allow_missing_state", || {
            let builder =
                AuthorizationCode::builder("client", PublicClient).token_url("https://auth.example.com/token");
            let builder = builder.authorization_url("https://auth.example.com/authorize");
            let builder = builder.redirect_uri("http://127.0.0.1/callback/9f86d081884c7d659a2feaa0c55ad015");
            built(builder.danger_allow_missing_state().build(Transport::default()))
        }),
        ("danger_plaintext", || {
            built_store(evergrant_store::store("redis://127.0.0.1").danger_plaintext().build())
        }),
        ("danger_allow_unencrypted_connection", || {
            let store = evergrant_store::store("redis://tokens.internal").encryption(keys());
            built_store(store.danger_allow_unencrypted_connection().build())
        }),
        ("danger_allow_clear_text_password", || {
            let store = evergrant_store::store("postgres://127.0.0.1/db").encryption(keys());
            built_store(store.danger_allow_clear_text_password().build())
        }),
    ]
}

/// A single test, because the settings stay forbidden for the rest of the process.
#[test]
fn each_relaxation_emits_an_event_until_all_are_forbidden() {
    let logs = LogCapture::new();
    let _guard = logs.install();
    for (index, (setting, build)) in builders().into_iter().enumerate() {
        assert_eq!(build(), Ok(()), "{setting}");
        let events = logs.by_name("evergrant.relaxed");
        assert_eq!(events.len(), index + 1, "one event for {setting}: {events:?}");
        let event = events.last().expect("an event");
        assert_eq!((event.level.as_str(), event.target.as_str()), ("WARN", "evergrant"));
        assert_eq!(event.fields["setting"], setting);
        assert!(!event.fields["effect"].is_empty());
    }

    let safe = || ClientCredentials::builder("client", "not-a-real-secret").token_url("https://auth.example.com/token");
    safe().build(Transport::default()).expect("no relaxation");
    let events = logs.by_name("evergrant.relaxed").len();
    Relaxation::forbid_all();
    for (setting, build) in builders() {
        let forbidden = build().expect_err(setting).expect("a relaxation that is forbidden");
        assert_eq!(forbidden.setting(), setting);
        let message = forbidden.to_string();
        assert!(
            message.contains(setting) && message.contains("remove the setting"),
            "{message}"
        );
    }
    assert_eq!(
        logs.by_name("evergrant.relaxed").len(),
        events,
        "a forbidden relaxation emits no event"
    );
    safe()
        .build(Transport::default())
        .expect("a builder without relaxations is not forbidden");
    let file = evergrant_store::store("memory:").danger_plaintext();
    file.build().expect("a memory store requires no encryption");
}

#[test]
fn every_relaxation_is_listed_in_the_security_document() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let listed = std::fs::read_to_string(root.join("SECURITY.md")).expect("SECURITY.md");
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(root.join("crates")).expect("the crates") {
        collect(&entry.expect("an entry").path().join("src"), &mut names);
    }
    assert!(names.len() > 8, "{names:?}");
    // Tests of the program cover the settings of profiles.
    let profiles = [
        "danger_client_secret_in_file",
        "danger_clear_text_store_password",
        "danger_plaintext_store",
        "danger_unencrypted_store_connection",
    ];
    let built: BTreeSet<&str> = builders()
        .into_iter()
        .map(|(setting, _)| setting)
        .chain(profiles)
        .collect();
    for name in names {
        assert!(built.contains(name.as_str()), "nothing is built with `{name}`");
        assert!(
            listed.contains(&format!("| `{name}`")),
            "SECURITY.md has no row for `{name}`"
        );
    }
}

/// Collects the names of functions and profile keys that start with `danger_`.
fn collect(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, names);
            continue;
        }
        let source = std::fs::read_to_string(&path).expect("a source file");
        for start in ["pub fn danger_", "boolean(\"danger_"] {
            for after in source.split(start).skip(1) {
                let end = after.find(|character: char| character != '_' && !character.is_alphanumeric());
                names.insert(format!("danger_{}", &after[..end.unwrap_or(after.len())]));
            }
        }
    }
}
