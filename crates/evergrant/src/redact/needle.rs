//! What is looked for: a secret as it is, and in base64 text such as an echoed `Authorization` header.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::layers::fold;
use super::step;
use crate::client_auth::percent_encode;

/// A text to find, wherever and however often it stands, in time that grows with its length and the searched text's alone
/// (the algorithm of Knuth, Morris and Pratt).
pub(super) struct Needle {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// For each start of the needle: how long the longest shorter start is that it ends with.
    borders: Vec<usize>,
}

impl Needle {
    /// The forms of one secret: at most 13.
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

    /// How much of the needle's start a text ends with once `byte` is added, if it ended with `before` bytes of it.
    pub(super) fn matched(&self, mut before: usize, byte: u8) -> usize {
        loop {
            step();
            match before {
                _ if self.bytes.get(before) == Some(&byte) => return before + 1,
                0 => return 0,
                _ => before = self.borders[before - 1],
            }
        }
    }
}

/// The part of the secret's base64 text that is the same whatever `shift` bytes stand before it, as in `id:secret`.
fn base64(secret: &str, shift: usize, engine: &impl Engine) -> Option<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(shift + secret.len()));
    bytes.resize(shift, 0);
    bytes.extend_from_slice(secret.as_bytes());
    let text = Zeroizing::new(engine.encode(&bytes));
    let (start, end) = ((shift * 8).div_ceil(6), bytes.len() * 8 / 6);
    (end > start + 5).then(|| Zeroizing::new(text[start..end].to_owned()))
}
