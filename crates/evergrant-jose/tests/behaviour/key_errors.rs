//! Keys that cannot be used: each error names the cause and the remedy.

use std::process::Command;

use evergrant_jose::{Algorithm, KeyErrorKind, PrivateKey, PrivateKeyJwt};
use evergrant_reqwest::Transport;
use evergrant_testing::LogCapture;

use crate::support::{Fixture, Folder, key};

fn openssl(arguments: &str) -> String {
    let output = Command::new("openssl").args(arguments.split(' ')).output();
    let output = output.expect("openssl is installed");
    assert!(output.status.success(), "openssl {arguments}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn check(text: &str, kind: KeyErrorKind, remedy: &str) {
    let error = PrivateKey::parse(text).unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.to_string().contains(remedy), "{error}");
}

#[test]
fn an_encrypted_key_is_decrypted_by_the_user() {
    let pkcs8 =
        openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes256 -pass pass:not-a-real-password");
    check(&pkcs8, KeyErrorKind::Encrypted, "openssl pkey -in");
    let pkcs1 = openssl("genrsa -aes256 -passout pass:not-a-real-password -traditional 2048");
    assert!(pkcs1.contains("Proc-Type"), "{pkcs1}");
    check(&pkcs1, KeyErrorKind::Encrypted, "openssl pkey -in");
}

#[test]
fn a_public_key_is_not_a_private_key() {
    let folder = Folder::new();
    let private = folder.write("key.pem", &openssl("genpkey -algorithm ED25519"));
    let public = openssl(&format!("pkey -pubout -in {}", private.display()));
    check(&public, KeyErrorKind::NotPrivate, "use the file with the private key");
    check(
        &key(Algorithm::Es256).public_jwk(),
        KeyErrorKind::NotPrivate,
        "use the private JWK",
    );
}

#[test]
fn an_rsa_key_below_2048_bits_is_too_small() {
    let folder = Folder::new();
    let small = openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024");
    check(&small, KeyErrorKind::TooSmall, "1024 bits");
    let file = folder.write("small.pem", &small);
    let pkcs1 = openssl(&format!("rsa -traditional -in {}", file.display()));
    check(&pkcs1, KeyErrorKind::TooSmall, "at least 2048");
}

#[test]
fn other_kinds_of_keys_and_curves_are_not_supported() {
    check(
        &openssl("ecparam -genkey -noout -name secp256k1"),
        KeyErrorKind::Unsupported,
        "use P-256",
    );
    for kind in ["ED448", "X25519", "RSA-PSS"] {
        check(
            &openssl(&format!("genpkey -algorithm {kind}")),
            KeyErrorKind::Unsupported,
            "use RSA",
        );
    }
    let openssh = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n";
    check(openssh, KeyErrorKind::Unsupported, "ssh-keygen");
    check(
        r#"{"kty":"EC","crv":"secp256k1","d":"AA"}"#,
        KeyErrorKind::Unsupported,
        "use P-256",
    );
    check(
        r#"{"kty":"oct","k":"AAAA"}"#,
        KeyErrorKind::Unsupported,
        "ClientSecretJwt",
    );
}

#[test]
fn damaged_texts_are_malformed() {
    let pem = key(Algorithm::Es256).to_pem().unwrap();
    let pem = pem.expose();
    for (text, remedy) in [
        (String::new(), "neither PEM nor a JWK"),
        ("MIIEvQIBADANBg".to_owned(), "-inform DER"),
        (pem.replace("-----END PRIVATE KEY-----", ""), "copy the whole file"),
        (pem.replace("MI", "!!"), "copy the whole file"),
        (
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----".to_owned(),
            "damaged",
        ),
        ("{\"kty\":".to_owned(), "not valid JSON"),
        ("{}".to_owned(), "kty"),
    ] {
        check(&text, KeyErrorKind::Malformed, remedy);
    }
}

#[test]
fn a_key_signs_only_with_its_own_algorithms() {
    for (own, other) in [
        (Algorithm::Rs256, Algorithm::Es256),
        (Algorithm::Es256, Algorithm::Es384),
        (Algorithm::EdDsa, Algorithm::Rs256),
        (Algorithm::Es512, Algorithm::Hs256),
    ] {
        let error = key(own).with_algorithm(other).unwrap_err();
        assert_eq!(error.kind(), KeyErrorKind::WrongAlgorithm);
        assert!(error.to_string().contains(own.name()), "{error}");
    }
    assert!(PrivateKey::generate(Algorithm::Hs256).is_err());
    assert!("none".parse::<Algorithm>().unwrap_err().to_string().contains("RS256"));
}

#[test]
fn building_fails_with_the_path_of_a_file_that_cannot_be_used() {
    let folder = Folder::new();
    let fixture = Fixture::with_key(&key(Algorithm::Es256));
    let build = |path: std::path::PathBuf| {
        let builder = fixture.builder(PrivateKeyJwt::from_file(path));
        builder.build(Transport::default()).unwrap_err().to_string()
    };
    let error = build(folder.path("missing.pem"));
    assert!(
        error.contains("missing.pem") && error.contains("check the path"),
        "{error}"
    );
    let error = build(folder.write("key.pem", "not a key"));
    assert!(
        error.contains("key.pem") && error.contains("neither PEM nor a JWK"),
        "{error}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_key_that_others_can_read_is_reported_by_the_rules_of_secret_files() {
    use std::os::unix::fs::PermissionsExt as _;

    let (key, folder) = (key(Algorithm::Es256), Folder::new());
    let file = folder.write("key.pem", key.to_pem().unwrap().expose());
    let exposed = |mode: u32| {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let logs = LogCapture::new();
        let _guard = logs.install();
        drop(Fixture::with_key(&key).tokens(PrivateKeyJwt::from_file(&file)));
        logs.by_name("evergrant.secret_file_exposed").len()
    };
    assert_eq!([exposed(0o600), exposed(0o644), exposed(0o640)], [0, 1, 1]);
}
