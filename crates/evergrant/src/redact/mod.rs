//! Masks a client's secrets in text that came from a server, before that text reaches an error or a log.

mod base64;
mod encoded;
mod excerpt;

use std::sync::OnceLock;

use zeroize::Zeroizing;

pub(crate) use self::excerpt::Body;
use crate::Secret;

const MASK: &str = "[redacted]";

/// How many bytes of a text are looked at: far more than any message shows, and few enough for a hostile one.
const LOOKED_AT: usize = 16 * 1024;

/// Finds a request's secrets in whatever form a server gives them back. Cheap until it is first asked, as only failures do.
pub(crate) struct Redactor {
    secrets: Vec<Secret>,
    base64: OnceLock<Vec<Zeroizing<String>>>,
}

impl Redactor {
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        Self {
            secrets: secrets.into_iter().cloned().collect(),
            base64: OnceLock::new(),
        }
    }

    /// One that knows of these secrets too.
    pub(crate) fn and<'a>(&'a self, more: impl IntoIterator<Item = &'a Secret>) -> Self {
        Self::new(self.secrets.iter().chain(more))
    }

    /// One line of at most `limit` characters, with the secrets masked and control characters made harmless.
    pub(crate) fn line(&self, text: &str, limit: usize) -> String {
        let mut characters = self.masked(text).map(harmless).skip_while(|c| c.is_whitespace());
        let mut line: String = characters.by_ref().take(limit).collect();
        line.truncate(line.trim_end().len());
        if characters.next().is_some() {
            line.push('…');
        }
        line
    }

    /// A short view of a body that is no token response: markup dropped, and anything that could be a token too.
    pub(crate) fn excerpt(&self, bytes: &[u8], body: Body) -> String {
        let text = String::from_utf8_lossy(bytes);
        let text: String = self.masked(&text).take(excerpt::LONGEST).collect();
        self.line(&excerpt::of(&text, body), 120)
    }

    /// The text with its secrets masked. Lazy, so that a caller who cuts it cuts no secret in two, and pays for no more.
    fn masked(&self, text: &str) -> impl Iterator<Item = char> {
        let mut at = 0;
        std::iter::from_fn(move || {
            if at >= LOOKED_AT {
                return None;
            }
            let piece = if let Some(end) = self.masked_until(text.as_bytes(), at) {
                at = end;
                MASK
            } else {
                let rest = text.get(at..)?;
                let piece = &rest[..rest.chars().next()?.len_utf8()];
                at += piece.len();
                piece
            };
            Some(piece.chars())
        })
        .flatten()
    }

    /// The end of the secret that begins at `at`, and of those that overlap it.
    fn masked_until(&self, text: &[u8], at: usize) -> Option<usize> {
        let mut end = self.longest(text, at)?;
        let mut from = at + 1;
        while from < end.min(LOOKED_AT) {
            end = end.max(self.longest(text, from).unwrap_or(0));
            from += 1;
        }
        Some(end)
    }

    fn longest(&self, text: &[u8], at: usize) -> Option<usize> {
        let base64 = self.base64.get_or_init(|| base64::forms(&self.secrets));
        let secrets = self.secrets.iter().map(Secret::expose);
        let base64 = base64.iter().map(|form| form.as_str());
        secrets
            .chain(base64)
            .filter_map(|secret| encoded::end(text, at, secret))
            .max()
    }
}

/// A space for what would break the line, reorder or hide the text around it.
fn harmless(character: char) -> char {
    match character {
        '\u{061C}'
        | '\u{180E}'
        | '\u{200B}'..='\u{200F}'
        | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}'
        | '\u{FFF9}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E007F}' => ' ',
        _ if character.is_control() => ' ',
        _ => character,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor(secrets: &[&str]) -> Redactor {
        Redactor::new(&secrets.iter().map(|secret| Secret::from(*secret)).collect::<Vec<_>>())
    }

    #[test]
    fn a_secret_is_masked_before_the_line_is_cut() {
        let redactor = redactor(&["not-a-real-secret"]);
        assert_eq!(redactor.line("it is not-a-real-secret.", 12), "it is [redac…");
        assert_eq!(redactor.line("it is not-a-real-secret.", 17), "it is [redacted].");
    }

    #[test]
    fn a_secret_with_spaces_at_its_ends_is_masked_before_the_line_is_trimmed() {
        assert_eq!(redactor(&[" not a real secret "]).line(" not a real secret ", 80), MASK);
    }

    #[test]
    fn secrets_that_overlap_are_masked_to_the_last_ones_end() {
        let redactor = redactor(&["not-a-real", "real-secret"]);
        assert_eq!(redactor.line("<not-a-real-secret>", 80), "<[redacted]>");
        assert_eq!(redactor.line("<not-a-realreal-secret>", 80), "<[redacted][redacted]>");
    }

    #[test]
    fn what_breaks_reorders_or_hides_text_becomes_a_space() {
        for character in [
            '\n', '\u{1b}', '\u{85}', '\u{61c}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{200e}', '\u{2028}',
            '\u{2029}', '\u{202e}', '\u{2060}', '\u{2066}', '\u{feff}',
        ] {
            let line = redactor(&[]).line(&format!("{character}one{character}two{character}"), 80);
            assert_eq!(line, "one two", "{}", character.escape_unicode());
        }
    }

    #[test]
    fn a_large_hostile_text_is_looked_at_in_part_only() {
        for (secret, text) in [
            ("%25%25%25%26", "%25"),
            ("aaaaaaaab", "a"),
            ("aaaaaaaa", "a"),
            ("\\\\\\/", "\\"),
        ] {
            let line = redactor(&[secret]).line(&text.repeat(1 << 20), 300);
            assert!(line.chars().count() <= 301, "{line}");
        }
    }
}
