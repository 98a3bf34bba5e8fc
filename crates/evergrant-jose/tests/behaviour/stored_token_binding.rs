//! What a record in a store is bound to: the method, and the key.

use evergrant::client_auth::{ClientAssertion, SharedClientAuth};
use evergrant::store::MemoryStore;
use evergrant_jose::{Algorithm, ClientSecretJwt, PrivateKeyJwt};
use evergrant_reqwest::Transport;

use crate::support::{Fixture, Folder, SECRET, key};

fn store_key(fixture: &Fixture, auth: impl Into<SharedClientAuth>) -> String {
    let builder = fixture.builder(auth).store(MemoryStore::new());
    let tokens = builder.build(Transport::default()).unwrap();
    tokens.store_key().unwrap().to_string()
}

#[test]
fn managers_share_a_record_only_with_the_same_method_and_key() {
    let folder = Folder::new();
    let (one, other) = (key(Algorithm::Es256), key(Algorithm::Es256));
    let fixture = Fixture::with_key(&one);
    let file = folder.write("one.pem", one.to_pem().unwrap().expose());
    let of_one = store_key(&fixture, PrivateKeyJwt::new(one.clone()));
    assert_eq!(
        of_one,
        store_key(&fixture, PrivateKeyJwt::from_file(file)),
        "the same key"
    );
    let different = [
        of_one,
        store_key(&fixture, PrivateKeyJwt::new(other)),
        store_key(&fixture, ClientSecretJwt::new(SECRET)),
        store_key(&fixture, SECRET),
    ];
    for (index, key) in different.iter().enumerate() {
        assert!(!different[..index].contains(key), "{index}");
    }
}

#[test]
fn assertions_of_two_subjects_share_no_record() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    let (folder, fixture) = (Folder::new(), Fixture::with_key(&key(Algorithm::Es256)));
    let token = |subject: &str, id: &str| {
        let claims = format!(r#"{{"iss":"https://cluster","sub":"{subject}","jti":"{id}"}}"#);
        format!("e30.{}.AAAA", URL_SAFE_NO_PAD.encode(claims))
    };
    let of = |name: &str, content: &str| store_key(&fixture, ClientAssertion::from_file(folder.write(name, content)));
    let one = of("one", &token("one", "1"));
    assert_eq!(one, of("one", &token("one", "2")), "another token of the same subject");
    assert_ne!(one, of("two", &token("two", "1")));
    let function = || ClientAssertion::new(|| async { Ok("e30.e30.AAAA".into()) });
    let unnamed = store_key(&fixture, function());
    let named = store_key(&fixture, function().subject("one"));
    assert!(one != unnamed && unnamed != named);
}
