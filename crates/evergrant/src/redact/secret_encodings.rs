//! The encodings of a secret to search for: plain, and base64 as in an echoed `Authorization` header.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::count_step;
use super::decoding_layers::fold;
use crate::encoding::percent_encode;

/// A text to search for, with all its occurrences, in time linear in its length and that of the searched text (the
/// algorithm of Knuth, Morris and Pratt).
pub(super) struct Needle {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// For each prefix of the needle, the length of its longest proper border.
    borders: Vec<usize>,
}

impl Needle {
    /// Returns the forms of one secret, at most 13.
    pub(super) fn forms(secret: &str) -> Vec<Self> {
        let percent = Zeroizing::new(percent_encode(secret));
        let mut forms = vec![Zeroizing::new(secret.to_owned())];
        for text in [secret, &percent] {
            for shift in 0..3 {
                for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
                    forms.extend(base64(text, shift, &engine).filter(|form| !forms.contains(form)));
                }
            }
        }
        forms.iter().map(|form| Self::new(form)).collect()
    }

    fn new(text: &str) -> Self {
        let bytes = Zeroizing::new(text.bytes().map(fold).collect::<Vec<_>>());
        let mut needle = Self {
            bytes,
            borders: vec![0],
        };
        for at in 1..needle.bytes.len() {
            let border = needle.matched(needle.borders[at - 1], needle.bytes[at]);
            needle.borders.push(border);
        }
        needle
    }

    /// Returns the length of the matched prefix after `byte`, if `before` bytes matched already.
    pub(super) fn matched(&self, mut before: usize, byte: u8) -> usize {
        loop {
            count_step();
            match before {
                _ if self.bytes.get(before) == Some(&byte) => return before + 1,
                0 => return 0,
                _ => before = self.borders[before - 1],
            }
        }
    }
}

/// Returns the part of the secret's base64 encoding that does not depend on the `shift` bytes before it, as in
/// `id:secret`.
fn base64(secret: &str, shift: usize, engine: &impl Engine) -> Option<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(shift + secret.len()));
    bytes.resize(shift, 0);
    bytes.extend_from_slice(secret.as_bytes());
    let text = Zeroizing::new(engine.encode(&bytes));
    let (start, end) = ((shift * 8).div_ceil(6), bytes.len() * 8 / 6);
    (end > start + 5).then(|| Zeroizing::new(text[start..end].to_owned()))
}
