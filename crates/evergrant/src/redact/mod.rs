//! Masks a client's secrets in text from a server before it appears in an error or a log.
//!
//! The running time is linear in the lengths of text and secrets, and both are limited, because a server or a visitor
//! may control them.

mod decoding_layers;
mod excerpt;
mod secret_encodings;
mod shortened_url;
#[cfg(test)]
mod tests;

use self::decoding_layers::layers;
pub(crate) use self::excerpt::Body;
use self::secret_encodings::Needle;
pub(crate) use self::shortened_url::shown_url;
use crate::Secret;

const MASK: &str = "[redacted]";

/// Number of bytes that are scanned for each character of a line, so that enough text remains when masks are shorter
/// than the secrets they replace.
const SCAN_FACTOR: usize = 8;

/// Number of bytes scanned beyond the visible part: the visible part may end inside an escape or a secret.
const SCAN_MARGIN: usize = 256;

/// Finds a request's secrets in any encoding. Creating one is cheap; the work is done when it is used, which is only
/// after failures.
pub(crate) struct Redactor(Vec<Secret>);

impl Redactor {
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        Self(secrets.into_iter().cloned().collect())
    }

    /// Returns a redactor that masks additional secrets.
    pub(crate) fn with<'a>(&'a self, more: impl IntoIterator<Item = &'a Secret>) -> Self {
        Self::new(self.0.iter().chain(more))
    }

    /// Formats text as one line of at most `limit` characters, with secrets masked and control characters replaced.
    pub(crate) fn line(&self, text: &str, limit: usize) -> String {
        let (masked, cut) = self.mask(text, SCAN_FACTOR * limit);
        let mut characters = masked.chars().map(sanitize).skip_while(|c| c.is_whitespace());
        let mut line: String = characters.by_ref().take(limit).collect();
        line.truncate(line.trim_end().len());
        if cut || characters.next().is_some() {
            line.push('…');
        }
        line
    }

    /// Formats readable text as one line, without words so long that they may be tokens.
    pub(crate) fn sentence(&self, text: &str, limit: usize) -> String {
        let (text, cut) = self.mask(text, SCAN_FACTOR * limit);
        let end = if cut { "…" } else { "" };
        self.line(&(excerpt::words(&text, Body::Rejection) + end), limit)
    }

    /// Returns an excerpt of a body that is not a token response, without markup and without anything that could be a
    /// token.
    pub(crate) fn excerpt(&self, bytes: &[u8], body: Body) -> String {
        let (text, _) = self.mask(&String::from_utf8_lossy(bytes), excerpt::MAX_LENGTH);
        self.line(&excerpt::of(&text, body), 120)
    }

    /// Masks the secrets in at most `longest` bytes of the text, and returns whether the text was cut. The start of a
    /// secret at the cut is masked too.
    fn mask(&self, text: &str, longest: usize) -> (String, bool) {
        let start = prefix(text, longest + SCAN_MARGIN);
        let cut = start.len() < text.len();
        let shown = if cut { start.len() - SCAN_MARGIN } else { start.len() };
        let ends = self.match_ends(start, shown);
        let mut masked = String::new();
        let mut end = 0;
        for (at, character) in start.char_indices().take_while(|(at, _)| *at < shown) {
            count_step();
            // A secret that overlaps the previous one shares its mask.
            if at >= end && ends[at] > 0 {
                masked.push_str(MASK);
            }
            end = end.max(ends[at]);
            if at >= end {
                masked.push(character);
            }
        }
        (masked, cut)
    }

    /// Returns for each position the end of the longest secret that starts there, or zero. Beyond `shown`, the start of
    /// a secret is treated as a secret.
    fn match_ends(&self, text: &str, shown: usize) -> Vec<usize> {
        if self.0.is_empty() {
            return vec![0; text.len()];
        }
        let layers = layers(text.as_bytes());
        let mut ends = vec![0; text.len()];
        // A secret longer than a complete text cannot be in it; only the end of a cut text can contain its start.
        let whole = |secret: &&Secret| shown < text.len() || secret.expose().len() <= text.len();
        let forms = |secret: &Secret| Needle::forms(prefix(secret.expose(), text.len()));
        for needle in self.0.iter().filter(whole).flat_map(forms) {
            for layer in &layers {
                let mut matched = 0;
                for (at, byte) in layer.bytes.iter().enumerate() {
                    matched = needle.matched(matched, *byte);
                    let end = layer.starts[at + 1];
                    if matched > 0 && (matched == needle.bytes.len() || end > shown) {
                        let begun = &mut ends[layer.starts[at + 1 - matched]];
                        *begun = end.max(*begun);
                    }
                }
            }
        }
        ends
    }
}

/// Returns at most this many bytes of the text.
fn prefix(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Replaces characters that break the line, or reorder or hide the text around them, by a space.
fn sanitize(character: char) -> char {
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

/// Counts one unit of work in tests.
fn count_step() {
    #[cfg(test)]
    tests::STEPS.with(|steps| steps.set(steps.get() + 1));
}
