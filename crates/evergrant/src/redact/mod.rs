//! Masks a client's secrets in text that came from a server, before that text reaches an error or a log.
//!
//! Linear in the lengths of text and secrets, both of which are cut: a server, or a visitor, may have chosen either.

mod excerpt;
mod layers;
mod needle;
#[cfg(test)]
mod tests;

pub(crate) use self::excerpt::Body;
use self::layers::layers;
use self::needle::Needle;
use crate::Secret;

const MASK: &str = "[redacted]";

/// How many bytes of a text are looked at for each character of a line, so that masks that are shorter than what they hide leave
/// enough to show.
const LOOKED_AT: usize = 8;

/// How many more, of which none is shown: what is cut there may be an escape.
const TAIL: usize = 256;

/// Finds a request's secrets in whatever form a server gives them back. Cheap until it is first asked, as only failures do.
pub(crate) struct Redactor(Vec<Secret>);

impl Redactor {
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        Self(secrets.into_iter().cloned().collect())
    }

    /// One that knows of these secrets too.
    pub(crate) fn and<'a>(&'a self, more: impl IntoIterator<Item = &'a Secret>) -> Self {
        Self::new(self.0.iter().chain(more))
    }

    /// One line of at most `limit` characters, with the secrets masked and control characters made harmless.
    pub(crate) fn line(&self, text: &str, limit: usize) -> String {
        let (masked, cut) = self.masked(text, LOOKED_AT * limit);
        let mut characters = masked.chars().map(harmless).skip_while(|c| c.is_whitespace());
        let mut line: String = characters.by_ref().take(limit).collect();
        line.truncate(line.trim_end().len());
        if cut || characters.next().is_some() {
            line.push('…');
        }
        line
    }

    /// One line of a text that the server means to be read, without words so long that they may be tokens.
    pub(crate) fn sentence(&self, text: &str, limit: usize) -> String {
        let (text, cut) = self.masked(text, LOOKED_AT * limit);
        let end = if cut { "…" } else { "" };
        self.line(&(excerpt::words(&text, Body::Refusal) + end), limit)
    }

    /// A short view of a body that is no token response: markup dropped, and anything that could be a token too.
    pub(crate) fn excerpt(&self, bytes: &[u8], body: Body) -> String {
        let (text, _) = self.masked(&String::from_utf8_lossy(bytes), excerpt::LONGEST);
        self.line(&excerpt::of(&text, body), 120)
    }

    /// At most so many bytes of the text, with its secrets masked, and whether it was cut. A secret's start that runs into the
    /// cut is masked too.
    fn masked(&self, text: &str, longest: usize) -> (String, bool) {
        let start = start(text, longest + TAIL);
        let cut = start.len() < text.len();
        let shown = if cut { start.len() - TAIL } else { start.len() };
        let ends = self.ends(start, shown);
        let mut masked = String::new();
        let mut end = 0;
        for (at, character) in start.char_indices().take_while(|(at, _)| *at < shown) {
            step();
            // A secret that overlaps the last one is behind the same mask.
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

    /// For each place in the text, the end of the longest secret that begins there, or zero. Past `shown`, a start of a secret
    /// counts as one.
    fn ends(&self, text: &str, shown: usize) -> Vec<usize> {
        if self.0.is_empty() {
            return vec![0; text.len()];
        }
        let layers = layers(text.as_bytes());
        let mut ends = vec![0; text.len()];
        // A secret that is longer than a whole text is not in it, and its start alone can be at a cut one's end.
        let whole = |secret: &&Secret| shown < text.len() || secret.expose().len() <= text.len();
        let forms = |secret: &Secret| Needle::forms(start(secret.expose(), text.len()));
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

/// At most so many bytes of the text.
fn start(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
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

/// One unit of work, which tests count.
fn step() {
    #[cfg(test)]
    tests::STEPS.with(|steps| steps.set(steps.get() + 1));
}
