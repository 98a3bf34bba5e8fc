//! Text that claims to be encrypted with a key of the ring.

use std::sync::LazyLock;

use evergrant::store::{Seal as _, SealError};
use evergrant_store::KeyRing;

use crate::error_display::{assert_presentable, texts};
use crate::fuzz_input::Input;
use crate::scripted_manager::block_on;

/// Two test keys.
pub(crate) const KEYS: &str =
    "new:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\nold:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

static RING: LazyLock<KeyRing> = LazyLock::new(|| KeyRing::parse(KEYS).expect("keys"));

/// A text that can be decrypted can be decrypted only for its identity, and only unchanged.
///
/// The first line is the identity, the second the encrypted text; the remaining input is a key ring.
pub fn key_ring_decryption(data: &[u8]) {
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
            assert!(
                open(&format!("{identity}x"), &sealed).is_err(),
                "it can be decrypted for another identity"
            );
            assert!(
                open(&identity, &format!("{sealed}A")).is_err(),
                "it can be decrypted with an appended character"
            );
            let shorter = sealed.get(..sealed.len() - 1).unwrap_or_default();
            assert!(
                open(&identity, shorter).is_err(),
                "it can be decrypted without its last character"
            );
            let again = block_on(RING.seal(identity.as_bytes(), &text.into())).expect("keys");
            assert_eq!(open(&identity, &again).expect("it was just encrypted").expose(), text);
        }
        Err(error) => {
            assert!(!matches!(error, SealError::KeysUnavailable(_)), "{error}");
            assert_presentable(&error);
        }
    }
}
