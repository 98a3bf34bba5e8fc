//! Profiles in the TOML file of the `evergrant` program.

use std::path::Path;

use evergrant_profile::{Error, Profile};

fn file(folder: &Path, text: &str, mode: u32) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt as _;

    let file = folder.join("profiles.toml");
    std::fs::write(&file, text).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
    file
}

#[test]
fn a_profile_is_loaded_by_name_with_paths_relative_to_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let text = "\u{FEFF}[profiles.shop]\nclient_secret_file = \"shop.secret\"\n[profiles.other]\n";
    let file = file(folder.path(), text, 0o644);
    std::fs::write(folder.path().join("shop.secret"), "not-a-real-secret\r\n").unwrap();
    let settings = Profile::load_from(&file, "shop").unwrap().settings().unwrap();
    assert_eq!(settings.secret.unwrap().read().unwrap().expose(), "not-a-real-secret");
    let location = format!("the profile `shop` of {}", file.display());
    assert_eq!(
        Profile::load_from(&file, "shop")
            .unwrap()
            .settings()
            .unwrap()
            .location(),
        Some(location)
    );
}

#[test]
fn a_literal_secret_requires_the_danger_key_and_a_private_file() {
    let folder = tempfile::tempdir().unwrap();
    let literal = "[profiles.shop]\nclient_secret = \"hush-hush\"\n";
    let danger = format!("{literal}danger_client_secret_in_file = true\n");
    let settings = |text: &str, mode| {
        Profile::load_from(&file(folder.path(), text, mode), "shop")
            .unwrap()
            .settings()
    };
    let secret = settings(&danger, 0o600).unwrap().secret.unwrap();
    assert_eq!(secret.read().unwrap().expose(), "hush-hush");
    assert_eq!(format!("{secret:?}"), "[redacted]");
    for (text, mode, expected) in [
        (literal, 0o600, "set danger_client_secret_in_file = true"),
        (&danger, 0o644, "chmod 600 it"),
    ] {
        let error = settings(text, mode).unwrap_err().to_string();
        assert!(error.contains(expected) && !error.contains("hush"), "{error}");
    }
}

#[test]
fn an_invalid_file_is_named_and_its_content_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    for (text, expected) in [
        (
            "[profiles.shop]\nclient_secret = hush-hush",
            "is not valid TOML at line 2",
        ),
        (
            "profiles = \"hush-hush\"",
            "has an invalid `profiles`: it must be a table",
        ),
        ("profile = \"hush-hush\"", "`profile`; did you mean `profiles`?"),
        (
            "[profiles]\nshop = \"hush-hush\"",
            "must be a table, written as [profiles.shop]",
        ),
        ("", "and no other profile; add it as [profiles.shop]"),
    ] {
        let file = file(folder.path(), text, 0o600);
        let error = Profile::load_from(&file, "shop").unwrap_err().to_string();
        assert!(
            error.contains(&file.display().to_string()) && error.contains(expected),
            "{error}"
        );
        assert!(!error.contains("hush"), "{error}");
    }
    let error = Profile::load_from(&folder.path().join("absent.toml"), "shop").unwrap_err();
    assert!(matches!(error, Error::FileUnreadable { .. }), "{error}");
}
