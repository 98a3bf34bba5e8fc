//! A text that is said to be sealed with a key of the ring.

use std::sync::LazyLock;

use evergrant::store::{Seal as _, SealError};
use evergrant_store::KeyRing;

use crate::errors::{assert_presentable, texts};
use crate::input::Input;
use crate::managers::block_on;

/// Two keys that are no secrets.
pub(crate) const KEYS: &str =
    "new:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\nold:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

static RING: LazyLock<KeyRing> = LazyLock::new(|| KeyRing::parse(KEYS).expect("keys"));

/// What opens does so for its identity and as it is, and for no other and no part of it.
///
/// The first line is the identity, the second what was sealed; the rest is a ring.
pub fn sealed_text(data: &[u8]) {
    let mut input = Input::new(data);
    let (identity, sealed) = (input.line(), input.line());
    let ring = input.text();
    match KeyRing::parse(&ring) {
        Ok(keys) => assert!(!format!("{keys:?}").contains("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")),
        Err(error) => {
            assert_presentable(&error);
            let longest = ring.split([':', '\n', ' ', '\t', '\r']).filter(|word| word.len() > 40);
            for word in longest {
                assert!(!texts(&error).iter().any(|text| text.contains(word)), "{error}");
            }
        }
    }
    let open = |identity: &str, sealed: &str| block_on(RING.open(identity.as_bytes(), sealed));
    match open(&identity, &sealed) {
        Ok(text) => {
            let text = text.expose();
            assert!(open(&format!("{identity}x"), &sealed).is_err(), "it opens for another identity");
            assert!(open(&identity, &format!("{sealed}A")).is_err(), "it opens with more behind it");
            let shorter = sealed.get(..sealed.len() - 1).unwrap_or_default();
            assert!(open(&identity, shorter).is_err(), "it opens without its end");
            let again = block_on(RING.seal(identity.as_bytes(), &text.into())).expect("there are keys");
            assert_eq!(open(&identity, &again).expect("it was just sealed").expose(), text);
        }
        Err(error) => {
            assert!(!matches!(error, SealError::Keys(_)), "{error}");
            assert_presentable(&error);
        }
    }
}
