//! A secret inside base64 text, such as an echoed `Authorization` header.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use crate::Secret;
use crate::client_auth::percent_encode;

/// The secrets in base64, raw and percent-encoded, in both alphabets and at every alignment.
pub(super) fn forms(secrets: &[Secret]) -> Vec<Zeroizing<String>> {
    let mut forms = Vec::new();
    for secret in secrets {
        let percent = Zeroizing::new(percent_encode(secret.expose()));
        for text in [secret.expose(), percent.as_str()] {
            for shift in 0..3 {
                add(&mut forms, text, shift);
            }
        }
    }
    forms
}

/// The part of the secret's base64 text that is the same whatever `shift` bytes stand before it, as in `id:secret`.
fn add(forms: &mut Vec<Zeroizing<String>>, secret: &str, shift: usize) {
    let mut bytes = Zeroizing::new(Vec::with_capacity(shift + secret.len()));
    bytes.resize(shift, 0);
    bytes.extend_from_slice(secret.as_bytes());
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        let text = Zeroizing::new(engine.encode(&bytes));
        let start = (shift * 8).div_ceil(6);
        let end = bytes.len() * 8 / 6;
        if end > start + 5 {
            let form = Zeroizing::new(text[start..end].to_owned());
            if !forms.contains(&form) {
                forms.push(form);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::redact::{MASK, Redactor};

    #[test]
    fn a_secret_in_base64_is_masked_whatever_stands_before_it() {
        let secret = "a+b%2Fc/d:e f&g=h~\"!";
        let redactor = Redactor::new([&Secret::from(secret)]);
        for text in [
            secret.to_owned(),
            format!("client:{secret}"),
            format!("c:{}", percent_encode(secret)),
        ] {
            let form = STANDARD.encode(text);
            let line = redactor.line(&form, 300);
            let longest = line.split(MASK).map(str::len).max().unwrap();
            assert!(line.contains(MASK) && longest <= 12, "{form} left {line}");
        }
    }
}
