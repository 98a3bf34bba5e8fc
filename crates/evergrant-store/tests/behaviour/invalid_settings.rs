//! Errors in the URL and the settings of a store.

use evergrant_store::{KeyRing, StoreBuildError, store};

#[test]
fn an_unknown_scheme_is_an_error_with_the_supported_ones() {
    let error = store("https://tokens.example.com").build().unwrap_err().to_string();
    for part in ["`https:`", "file:/", "memory:", "redis://", "postgres://"] {
        assert!(error.contains(part), "{error}");
    }
    let error = store("tokens").build().unwrap_err().to_string();
    assert!(error.contains("no scheme"), "{error}");
}

#[test]
fn a_disabled_store_is_an_error_with_its_feature() {
    let all = [
        ("file:/tokens", "file", cfg!(feature = "file")),
        ("redis://127.0.0.1", "redis", cfg!(feature = "redis")),
        ("valkeys+cluster://127.0.0.1", "redis", cfg!(feature = "redis")),
        ("postgres://127.0.0.1/tokens", "postgres", cfg!(feature = "postgres")),
        ("postgresql://127.0.0.1/tokens", "postgres", cfg!(feature = "postgres")),
    ];
    for (url, name, _) in all.into_iter().filter(|(_, _, enabled)| !enabled) {
        let error = store(url).danger_plaintext().build().unwrap_err();
        assert!(error.to_string().contains(&format!("feature `{name}`")), "{error}");
        assert!(
            matches!(&error, StoreBuildError::FeatureNotEnabled { feature, .. } if *feature == name),
            "{error:?}"
        );
    }
}

#[test]
fn remote_stores_require_a_decision_about_encryption() {
    let remote = [
        ("redis://127.0.0.1:6379/0", cfg!(feature = "redis")),
        ("postgres://app@127.0.0.1:5432/tokens", cfg!(feature = "postgres")),
    ];
    for (url, _) in remote.into_iter().filter(|(_, enabled)| *enabled) {
        let error = store(url).build().unwrap_err().to_string();
        assert!(
            error.contains("encryption(..)") && error.contains("danger_plaintext()"),
            "{error}"
        );
        assert!(store(url).encryption(keys()).build().is_ok());
        assert!(store(url).danger_plaintext().build().is_ok());
    }
    assert!(store("memory:").build().is_ok());
}

#[test]
fn remote_stores_require_encrypted_connections_to_other_machines() {
    let remote = [
        ("redis://tokens.example.com/0", "rediss", cfg!(feature = "redis")),
        (
            "postgres://app@tokens.example.com/tokens?sslmode=disable",
            "sslmode=verify-full",
            cfg!(feature = "postgres"),
        ),
    ];
    for (url, instead, _) in remote.into_iter().filter(|(_, _, enabled)| *enabled) {
        let error = store(url).danger_plaintext().build().unwrap_err();
        assert!(
            matches!(error, StoreBuildError::ConnectionNotEncrypted { .. }),
            "{error:?}"
        );
        let text = error.to_string();
        assert!(
            text.contains(instead) && text.contains("danger_allow_unencrypted_connection()"),
            "{text}"
        );
        let allowed = store(url).danger_plaintext().danger_allow_unencrypted_connection();
        assert!(allowed.build().is_ok());
    }
}

#[test]
fn passwords_and_keys_are_not_shown() {
    for url in [
        "redis://user:not-a-real-secret@tokens.example.com",
        "postgres://user:not-a-real-secret@tokens.example.com/tokens?sslmode=disable",
        "redis://user:not-a-real-secret@[tokens.example.com",
        "postgres://user:not-a-real-secret@tokens.example.com:port/tokens",
        "rediss://user:not-a-real-secret@tokens.example.com:99999",
        "unknown://user:not-a-real-secret@tokens.example.com",
        "file://user:not-a-real-secret@tokens.example.com/tokens",
    ] {
        let builder = store(url).encryption(keys());
        assert!(!format!("{builder:?}").contains("not-a-real-secret"));
        let error = builder.build().unwrap_err();
        assert!(!format!("{error:?} {error}").contains("not-a-real-secret"), "{error}");
    }
    let shown = format!("{:?}", store("memory:").encryption(keys()).build().unwrap());
    assert!(shown.contains("\"2026-01\"") && !shown.contains("QUFB"), "{shown}");
}

#[test]
fn the_path_of_a_key_file_is_absolute() {
    let error = KeyRing::from_file("there/are/no-keys").unwrap_err().to_string();
    let path = std::env::current_dir().unwrap().join("there/are/no-keys");
    assert!(error.contains(&path.display().to_string()), "{error}");
}

fn keys() -> KeyRing {
    KeyRing::parse("2026-01:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=").unwrap()
}
