//! Masks a client's secrets in text that came from a server, before that text reaches an error or a log.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use crate::Secret;
use crate::client_auth::percent_encode;

/// A longer run of characters in a server's page is taken for a token.
const LONGEST_WORD: usize = 24;

const MASK: &str = "[redacted]";

/// Every form in which a server could give a request's secrets back.
pub(crate) struct Redactor {
    /// Lower case, longest first.
    forms: Vec<Zeroizing<String>>,
}

impl Redactor {
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut forms = Vec::new();
        for secret in secrets {
            let raw = secret.expose();
            let percent = Zeroizing::new(percent_encode(raw));
            add(&mut forms, &percent.replace("%20", "+"));
            add(&mut forms, &percent_encode(&percent));
            add(&mut forms, &html_escape(raw, "&quot;", "&#39;"));
            add(&mut forms, &html_escape(raw, "&#34;", "&#x27;"));
            add(&mut forms, serde_json::Value::from(raw).to_string().trim_matches('"'));
            for text in [raw, percent.as_str()] {
                add(&mut forms, text);
                for shift in 0..3 {
                    add_base64(&mut forms, text, shift);
                }
            }
        }
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        Self { forms }
    }

    /// One line of at most `limit` characters, with the secrets masked and control characters made harmless.
    pub(crate) fn line(&self, text: &str, limit: usize) -> String {
        let masked = self.mask(text);
        let mut line = String::new();
        for (index, character) in masked.trim().chars().enumerate() {
            if index == limit {
                line.push('…');
                break;
            }
            line.push(if character.is_control() || is_bidi(character) {
                ' '
            } else {
                character
            });
        }
        line
    }

    /// A short view of a body that is no token response: markup dropped, and anything long enough to be a token too.
    pub(crate) fn excerpt(&self, body: &[u8]) -> String {
        let text = String::from_utf8_lossy(&body[..body.len().min(4096)]);
        let text = self.mask(&text);
        // Values that follow the word may be tokens of any shape, so the view ends there.
        let lower = text.to_ascii_lowercase();
        let end = ["access_token", "refresh_token", "id_token"]
            .iter()
            .filter_map(|word| lower.find(word))
            .min()
            .unwrap_or(text.len());
        let plain = without_markup(&text[..end]);
        let words: Vec<&str> = plain
            .split_whitespace()
            .map(|word| if word.len() > LONGEST_WORD { "…" } else { word })
            .collect();
        self.line(&words.join(" "), 120)
    }

    fn mask(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for form in &self.forms {
            // ASCII lower-casing keeps every byte offset.
            let mut lower = text.to_ascii_lowercase();
            let mut from = 0;
            while let Some(at) = lower[from..].find(form.as_str()).map(|at| at + from) {
                text.replace_range(at..at + form.len(), MASK);
                lower.replace_range(at..at + form.len(), MASK);
                from = at + MASK.len();
            }
        }
        text
    }
}

fn add(forms: &mut Vec<Zeroizing<String>>, form: &str) {
    let form = form.to_ascii_lowercase();
    if !form.is_empty() && !forms.iter().any(|known| **known == form) {
        forms.push(Zeroizing::new(form));
    }
}

/// The part of the secret's base64 text that is the same whatever `shift` bytes stand before it, as in `id:secret`.
fn add_base64(forms: &mut Vec<Zeroizing<String>>, secret: &str, shift: usize) {
    let mut bytes = Zeroizing::new(vec![0; shift]);
    bytes.extend_from_slice(secret.as_bytes());
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        let text = Zeroizing::new(engine.encode(&bytes));
        let start = (shift * 8).div_ceil(6);
        let end = bytes.len() * 8 / 6;
        if end > start + 5 {
            add(forms, &text[start..end]);
        }
    }
}

fn html_escape(text: &str, quote: &str, apostrophe: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', quote)
        .replace('\'', apostrophe)
}

fn without_markup(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut inside = false;
    for character in text.chars() {
        match character {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                plain.push(' ');
            }
            _ if !inside => plain.push(character),
            _ => {}
        }
    }
    plain
}

/// Characters that reorder the text around them.
fn is_bidi(character: char) -> bool {
    matches!(character, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor() -> Redactor {
        Redactor::new([&Secret::from("a+b%2Fc/d:e f&g=h~\"!")])
    }

    #[test]
    fn every_form_of_a_secret_is_masked() {
        let secret = "a+b%2Fc/d:e f&g=h~\"!";
        let percent = percent_encode(secret);
        let basic = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
        for form in [
            secret.to_owned(),
            percent.clone(),
            percent.to_ascii_lowercase(),
            percent.replace("%20", "+"),
            "a+b%2Fc/d:e f&amp;g=h~&quot;!".to_owned(),
            serde_json::Value::from(secret).to_string(),
        ] {
            let line = redactor().line(&format!("client said {form}."), 300);
            assert!(
                line.contains(MASK) && !line.contains("d:e") && !line.to_lowercase().contains("%2fc"),
                "{line}"
            );
        }
        for form in [
            basic(secret),
            basic(&format!("client:{secret}")),
            basic(&format!("c:{percent}")),
        ] {
            let line = redactor().line(&form, 300);
            let longest = line.split(MASK).map(str::len).max().unwrap();
            assert!(line.contains(MASK) && longest <= 12, "{form} left {line}");
        }
    }

    #[test]
    fn an_excerpt_shows_a_page_but_no_token() {
        let page = b"<html><body><h1>Sign in</h1> eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9 now</body></html>";
        assert_eq!(redactor().excerpt(page), "Sign in … now");
        assert_eq!(redactor().excerpt(br#"{"access_token":"short"#), "{\"");
        assert_eq!(redactor().excerpt(b"one\x1b[31m\ntwo"), "one [31m two");
    }
}
