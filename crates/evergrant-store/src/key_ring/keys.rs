//! Keys as text: `name:base64`, the one that seals first.

use std::fmt;

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose};
use evergrant::Secret;
use zeroize::Zeroizing;

/// At least one key, all with names of their own.
pub(super) struct Keys(Vec<Key>);

/// One key.
pub(super) struct Key {
    pub(super) name: String,
    pub(super) bytes: KeyBytes,
}

type KeyBytes = Zeroizing<[u8; 32]>;

/// Shorter than a key in base64, so that a key in a name's place is never shown as one.
const LONGEST_NAME: usize = 32;

const ANY_PADDING: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const DECODERS: [GeneralPurpose; 2] = [
    GeneralPurpose::new(&STANDARD, ANY_PADDING),
    GeneralPurpose::new(&URL_SAFE, ANY_PADDING),
];

impl Keys {
    /// Errors name keys, and show none.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        // Some editors put a byte order mark before a text.
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let entries = text.split(|char: char| char.is_whitespace() || char == ',');
        let mut keys: Vec<Key> = Vec::new();
        for (entry, number) in entries.filter(|entry| !entry.is_empty()).zip(1..) {
            let key = Key::parse(entry, number)?;
            if keys.iter().any(|known| known.name == key.name) {
                return Err(format!(
                    "it has two keys named `{}`; give each a name of its own",
                    key.name
                ));
            }
            keys.push(key);
        }
        match keys.is_empty() {
            true => Err("it has no keys; write each as name:base64, with 32 bytes".to_owned()),
            false => Ok(Self(keys)),
        }
    }

    /// The one that seals.
    pub(super) fn first(&self) -> &Key {
        &self.0[0]
    }

    pub(super) fn named(&self, name: &str) -> Option<&Key> {
        self.0.iter().find(|key| key.name == name)
    }
}

impl Key {
    fn parse(entry: &str, number: usize) -> Result<Self, String> {
        let named = entry.split_once(':').filter(|(name, _)| is_name(name));
        let (name, text) = named.ok_or_else(|| {
            format!(
                "its entry {number} is not name:base64, with a name of up to {LONGEST_NAME} letters, digits, - and _"
            )
        })?;
        let bytes = decode(text).ok_or_else(|| {
            format!("its key `{name}` is not 32 bytes in base64; make one with `openssl rand -base64 32`")
        })?;
        let name = name.to_owned();
        Ok(Self { name, bytes })
    }

    /// Of 32 bytes from the operating system.
    pub(super) fn random(name: &str) -> Result<Self, String> {
        if !is_name(name) {
            return Err(format!(
                "a key's name has up to {LONGEST_NAME} letters, digits, - and _"
            ));
        }
        let mut bytes = KeyBytes::default();
        getrandom::fill(&mut *bytes).map_err(|error| format!("the system gives no random bytes ({error})"))?;
        let name = name.to_owned();
        Ok(Self { name, bytes })
    }

    /// As it is parsed.
    pub(super) fn text(&self) -> Secret {
        let mut text = String::with_capacity(LONGEST_NAME + 64);
        text.push_str(&self.name);
        text.push(':');
        general_purpose::STANDARD.encode_string(*self.bytes, &mut text);
        Secret::new(text)
    }
}

/// Letters, digits, `-` and `_`: at home in a record, a log and a shell.
pub(super) fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(fits)
}

fn decode(text: &str) -> Option<KeyBytes> {
    DECODERS.iter().find_map(|decoder| {
        // With room for what the decoder may overestimate.
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
    fn keys_are_separated_by_whitespace_commas_or_lines_and_the_first_seals() {
        for text in [
            format!("a:{A} b:{B}"),
            format!(" a:{A},b:{B}\n"),
            format!("a:{A}\r\n\n,b:{B}"),
        ] {
            let keys = Keys::parse(&text).unwrap();
            assert_eq!(keys.first().name, "a");
            assert_eq!(*keys.named("a").unwrap().bytes, [b'A'; 32]);
            assert_eq!(*keys.named("b").unwrap().bytes, [0xFF; 32]);
            assert!(keys.named("c").is_none());
            assert_eq!(format!("{keys:?}"), r#"["a", "b"]"#);
        }
    }

    #[test]
    fn what_is_wrong_with_a_ring_is_told_without_showing_a_key() {
        for (text, told) in [
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
            assert!(problem.contains(told), "{problem}");
            assert!(!problem.contains("QUFB") && !problem.contains("____"), "{problem}");
        }
    }

    #[test]
    fn a_new_key_is_one_of_a_kind_and_reads_as_it_was_written() {
        let key = Key::random("2026-01").unwrap();
        let other = Key::random("2026-01").unwrap();
        assert!(*key.bytes != *other.bytes);
        let keys = Keys::parse(key.text().expose()).unwrap();
        assert_eq!(*keys.named("2026-01").unwrap().bytes, *key.bytes);
        assert!(Key::random("with space").is_err() && Key::random("").is_err());
    }
}
