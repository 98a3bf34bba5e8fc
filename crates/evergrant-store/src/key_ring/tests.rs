//! Keys from each origin, and their rotation.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::*;

const A: &str = "a:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";
const B: &str = "b:QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=";

/// The variable that the test of variables sets in a process of its own.
const VARIABLE: &str = "EVERGRANT_TEST_KEYS";

fn both() -> KeyRing {
    KeyRing::parse(&format!("{B} {A}")).unwrap()
}

#[tokio::test]
async fn the_first_key_encrypts_and_all_keys_decrypt() {
    let (old, new) = (KeyRing::parse(A).unwrap(), both());
    for (ring, key) in [(&old, "a."), (&new, "b.")] {
        let sealed = ring.seal(b"a record", &"not-a-real-token".into()).await.unwrap();
        assert!(sealed.starts_with(key), "{sealed}");
        let opened = new.open(b"a record", &sealed).await.unwrap();
        assert_eq!(opened.expose(), "not-a-real-token");
        let moved = new.open(b"another record", &sealed).await.unwrap_err();
        assert!(matches!(moved, SealError::NotAuthentic), "{moved}");
    }
    let sealed = new.seal(b"a record", &"not-a-real-token".into()).await.unwrap();
    match old.open(b"a record", &sealed).await.unwrap_err() {
        SealError::UnknownKey { name } => assert_eq!(name, "b"),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn keys_come_from_a_provider_when_they_are_needed() {
    let ring = KeyRing::from_provider(async || Ok::<_, std::io::Error>(Secret::from(A)));
    assert!(!format!("{ring:?}").contains("\"a\""), "not loaded yet");
    let sealed = ring.seal(b"a record", &"not-a-real-token".into()).await.unwrap();
    assert!(KeyRing::parse(A).unwrap().open(b"a record", &sealed).await.is_ok());
    let failing = KeyRing::from_provider(async || Err::<Secret, _>(std::io::Error::other("no access")));
    let error = failing.seal(b"a record", &"".into()).await.unwrap_err();
    assert!(matches!(&error, SealError::KeysUnavailable(_)) && error.to_string().contains("no access"));
}

#[test]
fn debug_output_shows_the_names_of_the_keys_only() {
    let shown = format!("{:?}", both());
    assert_eq!(shown, r#"KeyRing { origin: passed as text, keys: Some(["b", "a"]) }"#);
}

#[test]
fn errors_name_the_origin_of_the_keys() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys");
    let missing = KeyRing::from_file(&file).unwrap_err().to_string();
    fs::write(&file, "not-a-real-key").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let invalid = KeyRing::from_file(&file).unwrap_err().to_string();
    for (error, origin, problem) in [
        (missing, format!("in {}", file.display()), "there is no such file"),
        (invalid, format!("in {}", file.display()), "entry 1"),
        (
            KeyRing::parse("").unwrap_err().to_string(),
            "passed as text".to_owned(),
            "no keys",
        ),
        (
            KeyRing::from_env("EVERGRANT_TEST_NO_SUCH_KEYS")
                .unwrap_err()
                .to_string(),
            "in the environment variable EVERGRANT_TEST_NO_SUCH_KEYS".to_owned(),
            "it is not set",
        ),
        (
            KeyRing::new_key("with space").unwrap_err().to_string(),
            "with the new key".to_owned(),
            "up to 32 letters",
        ),
    ] {
        assert!(error.contains(&origin) && error.contains(problem), "{error}");
        assert!(!error.contains("not-a-real-key"), "{error}");
    }
}

#[tokio::test]
async fn keys_are_read_from_a_file_again_for_an_unknown_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys");
    fs::write(&file, A).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let ring = KeyRing::from_file(&file).unwrap();
    let sealed = both().seal(b"a record", &"not-a-real-token".into()).await.unwrap();
    fs::write(&file, format!("{A} {B}")).unwrap();
    let opened = ring.open(b"a record", &sealed).await.unwrap();
    assert_eq!(opened.expose(), "not-a-real-token");
}

#[test]
fn keys_are_read_from_a_variable() {
    if std::env::var_os(VARIABLE).is_some() {
        let shown = format!("{:?}", KeyRing::from_env(VARIABLE).unwrap());
        assert!(
            shown.contains(&format!("variable {VARIABLE}, keys: Some([\"a\"])")),
            "{shown}"
        );
        return;
    }
    let name = "key_ring::tests::keys_are_read_from_a_variable";
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name])
        .env(VARIABLE, A)
        .status();
    assert!(status.unwrap().success());
}
