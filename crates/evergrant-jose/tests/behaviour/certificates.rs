//! Certificates of keys, as Microsoft Entra requires them.

use evergrant_jose::{
    Algorithm, AssertionOptions, Audience, Certificate, KeyErrorKind, KeyFile, PrivateKey, PrivateKeyJwt,
};
use evergrant_reqwest::Transport;
use rcgen::{CertificateParams, KeyPair};
use serde_json::Value;

use crate::support::{CLIENT, Fixture, Folder, assertion, key};

/// Returns a certificate of the key in PEM.
fn certificate(key: &PrivateKey) -> String {
    let pair = KeyPair::from_pem(key.to_pem().unwrap().expose()).unwrap();
    let params = CertificateParams::new(vec!["bookshop.example.com".to_owned()]).unwrap();
    params.self_signed(&pair).unwrap().pem()
}

#[tokio::test]
async fn entra_gets_the_token_url_and_the_thumbprints_of_the_certificate() {
    let (key, folder) = (key(Algorithm::Ps256), Folder::new());
    let pem = certificate(&key);
    let read = Certificate::from_pem(&pem).unwrap();
    // The server knows the certificate by its thumbprint, not the key by an id.
    let mut jwk: Value = serde_json::from_str(&key.public_jwk()).unwrap();
    jwk["x5t#S256"] = read.thumbprint().into();
    let fixture = Fixture::start(|server| {
        server
            .client_keys(CLIENT, &jwk.to_string())
            .assertion_audience("{token_url}")
    });
    let file = KeyFile::new(folder.write("key.pem", key.to_pem().unwrap().expose()))
        .algorithm(Algorithm::Ps256)
        .certificate(folder.write("certificate.pem", &pem));
    let auth = PrivateKeyJwt::from_file(file).options(AssertionOptions::new().audience(Audience::TokenEndpoint));
    let (header, claims) = assertion(&fixture.accepts(auth).await);
    assert_eq!(claims["aud"], fixture.auth.token_url());
    assert_eq!(header["x5t#S256"], read.thumbprint());
    // SHA-1 has 20 bytes.
    assert_eq!(header["x5t"].as_str().unwrap().len(), 27);
    assert!(header["x5c"].is_null() && header["kid"].is_null());
}

#[tokio::test]
async fn the_chain_is_sent_on_request_the_keys_own_certificate_first() {
    let key = key(Algorithm::Es256);
    let other = certificate(&crate::support::key(Algorithm::Es256));
    let pem = format!("{}{other}", certificate(&key));
    let auth = PrivateKeyJwt::with_certificate(key.clone(), Certificate::from_pem(&pem).unwrap()).unwrap();
    let (header, _) = assertion(&Fixture::with_key(&key).accepts(auth.send_certificate_chain()).await);
    let chain = header["x5c"].as_array().unwrap();
    let own: String = certificate_text(&pem);
    assert_eq!((chain.len(), chain[0].as_str()), (2, Some(own.as_str())));
}

/// Returns the base64 of the first certificate.
fn certificate_text(pem: &str) -> String {
    let lines = pem.lines().skip(1).take_while(|line| !line.starts_with("-----"));
    lines.collect()
}

#[test]
fn a_certificate_of_another_key_is_an_error() {
    let (own, folder) = (key(Algorithm::Es384), Folder::new());
    let other = certificate(&key(Algorithm::Es384));
    let error = PrivateKeyJwt::with_certificate(own.clone(), Certificate::from_pem(&other).unwrap()).unwrap_err();
    assert_eq!(error.kind(), KeyErrorKind::WrongCertificate);
    let file = KeyFile::new(folder.write("key.pem", own.to_pem().unwrap().expose()))
        .certificate(folder.write("certificate.pem", &other));
    let builder = Fixture::with_key(&own).builder(PrivateKeyJwt::from_file(file));
    let error = builder.build(Transport::default()).unwrap_err().to_string();
    assert!(
        error.contains("certificate.pem") && error.contains("another key"),
        "{error}"
    );
}

#[test]
fn a_certificate_belongs_to_its_key_for_each_kind_of_key() {
    for algorithm in [
        Algorithm::Rs256,
        Algorithm::Es256,
        Algorithm::Es384,
        Algorithm::Es512,
        Algorithm::EdDsa,
    ] {
        let key = key(algorithm);
        let certificate = Certificate::from_pem(&certificate(&key)).unwrap();
        PrivateKeyJwt::with_certificate(key, certificate).unwrap();
    }
}

#[test]
fn a_text_without_a_usable_certificate_is_an_error() {
    let key = key(Algorithm::Es256);
    let pem = certificate(&key);
    for text in [
        String::new(),
        key.to_pem().unwrap().expose().to_owned(),
        pem.replace("-----END", "-----ENDE"),
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned(),
        pem.repeat(11),
    ] {
        assert_eq!(
            Certificate::from_pem(&text).unwrap_err().kind(),
            KeyErrorKind::Malformed,
            "{text}"
        );
    }
    // A file with key and certificate, as some tools write it.
    let both = format!("{}{pem}", key.to_pem().unwrap().expose());
    let certificate = Certificate::from_pem(&both).unwrap();
    PrivateKeyJwt::with_certificate(PrivateKey::from_pem(&both).unwrap(), certificate).unwrap();
}
