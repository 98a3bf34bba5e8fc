//! Every algorithm, from every format of keys.

use std::process::Command;

use evergrant::client_auth::ClientSecrets;
use evergrant_jose::{Algorithm, ClientSecretJwt, KeyFile, PrivateKey, PrivateKeyJwt};
use evergrant_testing::ClientAuthMethod;

use crate::support::{CLIENT, Fixture, Folder, SECRET, assertion, key};

const OF_KEYS: [&str; 11] = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519",
];

#[tokio::test]
async fn the_server_verifies_each_algorithm_of_keys() {
    for name in OF_KEYS {
        let key = key(name.parse().unwrap()).with_key_id("key-1");
        let request = Fixture::with_key(&key).accepts(PrivateKeyJwt::new(key)).await;
        let (header, _) = assertion(&request);
        assert_eq!((&header["alg"], &header["kid"]), (&name.into(), &"key-1".into()));
    }
}

#[tokio::test]
async fn the_server_verifies_each_algorithm_of_secrets() {
    let fixture = Fixture::start(|server| server.client(CLIENT, SECRET).accept(&[ClientAuthMethod::SecretJwt]));
    for name in ["HS256", "HS384", "HS512"] {
        let auth = ClientSecretJwt::new(SECRET).algorithm(name.parse().unwrap());
        let request = fixture.accepts(auth).await;
        assert_eq!(assertion(&request).0["alg"], name);
        assert_eq!(request.form_value("client_secret"), None);
        assert_eq!(request.header("authorization"), None);
    }
}

#[tokio::test]
async fn a_rotated_secret_signs_as_soon_as_the_server_rejects_the_old_one() {
    let next = format!("next-{SECRET}");
    let fixture = Fixture::start(|server| server.client(CLIENT, SECRET).accept(&[ClientAuthMethod::SecretJwt]));
    let tokens = fixture.tokens(ClientSecretJwt::new(
        ClientSecrets::new(SECRET).with_next(next.as_str()),
    ));
    tokens.token().await.unwrap();
    fixture.auth.rotate_secret(CLIENT, &next);
    tokens.fetch_token().await.unwrap();
    assert_eq!(fixture.auth.rejected_assertions(), ["the signature is wrong"]);
}

/// Keys as OpenSSL writes them: PKCS#8, PKCS#1 and SEC 1, also with parameters in front.
#[tokio::test]
async fn keys_of_openssl_are_read_in_each_format() {
    let folder = Folder::new();
    let openssl = |arguments: &str| {
        let output = Command::new("openssl").args(arguments.split(' ')).output();
        let output = output.expect("openssl is installed");
        assert!(output.status.success(), "openssl {arguments}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let pkcs8_rsa = openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048");
    let rsa_file = folder.write("rsa.pem", &pkcs8_rsa);
    let rsa_file = rsa_file.display();
    let mut keys = vec![
        ("PRIVATE KEY", openssl("genpkey -algorithm ED25519")),
        ("RSA PRIVATE KEY", openssl(&format!("rsa -in {rsa_file} -traditional"))),
        ("PRIVATE KEY", pkcs8_rsa),
    ];
    for curve in ["prime256v1", "secp384r1", "secp521r1"] {
        keys.push(("EC PARAMETERS", openssl(&format!("ecparam -genkey -name {curve}"))));
        keys.push((
            "EC PRIVATE KEY",
            openssl(&format!("ecparam -genkey -noout -name {curve}")),
        ));
        let pkcs8 = format!("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:{curve}");
        keys.push(("PRIVATE KEY", openssl(&pkcs8)));
    }
    for (label, pem) in keys {
        assert!(pem.starts_with(&format!("-----BEGIN {label}-----")), "{label}");
        let key = PrivateKey::from_pem(&pem).unwrap_or_else(|error| panic!("{label}: {error}"));
        let file = folder.write("key.pem", &pem);
        Fixture::with_key(&key).accepts(PrivateKeyJwt::from_file(file)).await;
    }
}

#[tokio::test]
async fn a_file_sets_another_algorithm_than_the_default_of_its_key() {
    let folder = Folder::new();
    let key = key(Algorithm::Ps512);
    let file = KeyFile::new(folder.write("key.pem", key.to_pem().unwrap().expose())).algorithm(Algorithm::Ps512);
    let request = Fixture::with_key(&key).accepts(PrivateKeyJwt::from_file(file)).await;
    assert_eq!(assertion(&request).0["alg"], "PS512");
}
