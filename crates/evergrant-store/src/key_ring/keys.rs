//! Parses and formats the keys of a key ring: `name:base64`, the encrypting key first.

use std::fmt;

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose};
use evergrant::Secret;
use zeroize::Zeroizing;

/// At least one key. The names are unique.
pub(super) struct Keys(Vec<Key>);

/// A named key.
pub(super) struct Key {
    pub(super) name: String,
    pub(super) bytes: KeyBytes,
}

type KeyBytes = Zeroizing<[u8; 32]>;

/// Shorter than a key in base64, so that a key in the position of a name is not shown as a name.
const MAX_NAME_LENGTH: usize = 32;

const ANY_PADDING: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const DECODERS: [GeneralPurpose; 2] = [
    GeneralPurpose::new(&STANDARD, ANY_PADDING),
    GeneralPurpose::new(&URL_SAFE, ANY_PADDING),
];

impl Keys {
    /// Parses keys. Errors contain names of keys, never a key.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        // Some editors write a byte order mark.
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let entries = text.split(|char: char| char.is_whitespace() || char == ',');
        let mut keys: Vec<Key> = Vec::new();
        for (entry, number) in entries.filter(|entry| !entry.is_empty()).zip(1..) {
            let key = Key::parse(entry, number)?;
            if keys.iter().any(|known| known.name == key.name) {
                return Err(format!("it has two keys named `{}`; names must be unique", key.name));
            }
            keys.push(key);
        }
        match keys.is_empty() {
            true => Err("it has no keys; write each as name:base64, with 32 bytes".to_owned()),
            false => Ok(Self(keys)),
        }
    }

    /// Returns the key that encrypts.
    pub(super) fn first(&self) -> &Key {
        &self.0[0]
    }

    pub(super) fn get(&self, name: &str) -> Option<&Key> {
        self.0.iter().find(|key| key.name == name)
    }
}

impl Key {
    fn parse(entry: &str, number: usize) -> Result<Self, String> {
        let named = entry.split_once(':').filter(|(name, _)| is_name(name));
        let (name, text) = named.ok_or_else(|| {
            format!(
                "its entry {number} is not name:base64, with a name of up to {MAX_NAME_LENGTH} letters, digits, - and _"
            )
        })?;
        let bytes = decode(text).ok_or_else(|| {
            format!("its key `{name}` is not 32 bytes in base64; make one with `openssl rand -base64 32`")
        })?;
        let name = name.to_owned();
        Ok(Self { name, bytes })
    }

    /// Creates a key of 32 random bytes from the operating system.
    pub(super) fn random(name: &str) -> Result<Self, String> {
        if !is_name(name) {
            return Err(format!(
                "a key's name has up to {MAX_NAME_LENGTH} letters, digits, - and _"
            ));
        }
        let mut bytes = KeyBytes::default();
        getrandom::fill(&mut *bytes).map_err(|error| format!("the system has no random bytes ({error})"))?;
        let name = name.to_owned();
        Ok(Self { name, bytes })
    }

    /// Returns the text that [`parse`](Self::parse) accepts.
    pub(super) fn text(&self) -> Secret {
        let mut text = String::with_capacity(MAX_NAME_LENGTH + 64);
        text.push_str(&self.name);
        text.push(':');
        general_purpose::STANDARD.encode_string(*self.bytes, &mut text);
        Secret::new(text)
    }
}

/// Returns whether the name has only letters, digits, `-` and `_`, which need no quoting in records, logs and shells.
pub(super) fn is_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=MAX_NAME_LENGTH).contains(&name.len()) && name.bytes().all(is_allowed)
}

fn decode(text: &str) -> Option<KeyBytes> {
    DECODERS.iter().find_map(|decoder| {
        // The decoder may overestimate the length that it needs.
        let mut decoded = Zeroizing::new([0; 64]);
        let length = decoder.decode_slice(text, &mut *decoded).ok()?;
        let mut bytes = KeyBytes::default();
        bytes.copy_from_slice(decoded.get(..length).filter(|decoded| decoded.len() == 32)?);
        Some(bytes)
    })
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";
    const B: &str = "__________________________________________8";

    #[test]
    fn keys_are_separated_by_whitespace_or_commas() {
        for text in [
            format!("a:{A} b:{B}"),
            format!(" a:{A},b:{B}\n"),
            format!("a:{A}\r\n\n,b:{B}"),
        ] {
            let keys = Keys::parse(&text).unwrap();
            assert_eq!(keys.first().name, "a");
            assert_eq!(*keys.get("a").unwrap().bytes, [b'A'; 32]);
            assert_eq!(*keys.get("b").unwrap().bytes, [0xFF; 32]);
            assert!(keys.get("c").is_none());
            assert_eq!(format!("{keys:?}"), r#"["a", "b"]"#);
        }
    }

    #[test]
    fn parse_errors_do_not_show_keys() {
        for (text, expected) in [
            (String::new(), "no keys"),
            (" ,\n".to_owned(), "no keys"),
            (A.to_owned(), "entry 1"),
            (format!("a:{A} {B}:b"), "entry 2"),
            (format!("{}:a", &A[..43]), "entry 1"),
            (format!("a.b:{A}"), "entry 1"),
            (format!(":{A}"), "entry 1"),
            (format!("a:{}", &A[..40]), "`a` is not 32 bytes"),
            (format!("a:{A}{A}{A}"), "`a` is not 32 bytes"),
            (format!("a:{A} a:{B}"), "two keys named `a`"),
        ] {
            let problem = Keys::parse(&text).unwrap_err();
            assert!(problem.contains(expected), "{problem}");
            assert!(!problem.contains("QUFB") && !problem.contains("____"), "{problem}");
        }
    }

    #[test]
    fn a_name_has_up_to_32_letters_digits_hyphens_and_underscores() {
        for (name, valid) in [
            ("a".repeat(32), true),
            ("a".repeat(33), false),
            (String::new(), false),
            ("aZ0-_".to_owned(), true),
            ("a.b".to_owned(), false),
            ("\u{e9}".to_owned(), false),
        ] {
            assert_eq!(is_name(&name), valid, "{name}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_ignored() {
        assert_eq!(Keys::parse(&format!("\u{FEFF}a:{A}")).unwrap().first().name, "a");
    }

    #[test]
    fn new_keys_are_unique_and_can_be_parsed() {
        let key = Key::random("2026-01").unwrap();
        let other = Key::random("2026-01").unwrap();
        assert!(*key.bytes != *other.bytes);
        let keys = Keys::parse(key.text().expose()).unwrap();
        assert_eq!(*keys.get("2026-01").unwrap().bytes, *key.bytes);
        assert!(Key::random("with space").is_err() && Key::random("").is_err());
    }
}
