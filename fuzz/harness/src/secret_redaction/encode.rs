//! Encoders that imitate those of servers, and one decoder for all of them. They are independent of the library, so
//! that a mistake cannot cancel out.

/// Encodes each character as the corresponding byte of `encodings` says, cyclically; `0` leaves it unchanged. A second
/// encoder leaves letters and digits unchanged, as encoders of already encoded text do.
///
/// An encoder never leaves the lead character of its own escapes unescaped, since nobody could decode that; one that
/// mixes escapes escapes all their lead characters.
pub(super) fn encode(text: &str, encodings: &[u8], second: bool) -> String {
    let mut encodings = encodings.iter().cycle();
    let mut escapes = Vec::new();
    for character in text.chars() {
        let encoding = encodings.next().map_or(0, |encoding| encoding.wrapping_sub(b'0') % 9);
        let leave = second && character.is_ascii_alphanumeric();
        escapes.push((character, if leave { None } else { escape(character, encoding) }));
    }
    let used = |lead| {
        escapes
            .iter()
            .flat_map(|(_, escape)| escape)
            .any(|escape| escape.starts_with(lead))
    };
    let leads = ['%', '\\', '&'];
    let mixes = leads.into_iter().filter(|lead| used(*lead)).count() > 1;
    let piece = |(character, escape): &(char, Option<String>)| match (character, escape) {
        (_, Some(escape)) => escape.clone(),
        ('%', None) if mixes || used('%') => "%25".to_owned(),
        ('\\', None) if mixes || used('\\') => "\\\\".to_owned(),
        ('&', None) if mixes || used('&') => "&amp;".to_owned(),
        (character, None) => character.to_string(),
    };
    escapes.iter().map(piece).collect()
}

/// Escapes a character in this encoding; `None` if it is left unchanged.
fn escape(character: char, encoding: u8) -> Option<String> {
    Some(match (encoding, character) {
        (1, _) => bytes(character).map(|byte| format!("%{byte:02X}")).collect(),
        (2, _) => bytes(character).map(|byte| format!("%{byte:02x}")).collect(),
        (3, _) => {
            let units = character.encode_utf16(&mut [0; 2]).to_vec();
            units.iter().map(|unit| format!("\\u{unit:04x}")).collect()
        }
        (4, _) => format!("&#{};", u32::from(character)),
        (5, _) => format!("&#x{:X};", u32::from(character)),
        (6, '&') => "&amp;".to_owned(),
        (6, '<') => "&lt;".to_owned(),
        (6, '>') => "&gt;".to_owned(),
        (6, '"') => "&quot;".to_owned(),
        (7, ' ') => "+".to_owned(),
        (8, '"' | '\\' | '/') => format!("\\{character}"),
        _ => return None,
    })
}

fn bytes(character: char) -> impl Iterator<Item = u8> {
    character.to_string().into_bytes().into_iter()
}

/// Returns whether the text contains `mark`, in any case, plain or encoded up to four times.
pub(super) fn decodes_to(text: &str, mark: &str) -> bool {
    let mark = mark.to_ascii_lowercase();
    let mut text = text.to_ascii_lowercase();
    for _ in 0..5 {
        if text.contains(&mark) {
            return true;
        }
        let decoded = decode(&text);
        if decoded == text {
            return false;
        }
        text = decoded;
    }
    false
}

/// Decodes each escape of an ASCII character once.
fn decode(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (character, length) = parse_escape(rest).unwrap_or((first, first.len_utf8()));
        decoded.push(character);
        rest = &rest[length..];
    }
    decoded.to_ascii_lowercase()
}

/// Parses the escape at the start of the text: its character and its length.
fn parse_escape(text: &str) -> Option<(char, usize)> {
    let number = |digits: &str, radix| {
        let value = u8::from_str_radix(digits, radix).ok()?;
        (value.is_ascii() && !digits.starts_with('+')).then_some(char::from(value))
    };
    if let Some(rest) = text.strip_prefix('%') {
        return Some((number(rest.get(..2)?, 16)?, 3));
    }
    if let Some(rest) = text.strip_prefix("\\u00") {
        return Some((number(rest.get(..2)?, 16)?, 6));
    }
    if text.starts_with("\\\\") {
        return Some(('\\', 2));
    }
    if text.starts_with("&amp;") {
        return Some(('&', 5));
    }
    let rest = text.strip_prefix("&#")?;
    let end = rest.find(';').filter(|end| *end <= 8)?;
    let character = match rest[..end].strip_prefix('x') {
        Some(digits) => number(digits, 16)?,
        None => number(&rest[..end], 10)?,
    };
    Some((character, 2 + end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_after_two_encoders() {
        for first in b'0'..=b'8' {
            for second in b'0'..=b'8' {
                let shown = encode(&encode("a+ Mark1&\"é", &[first, b'0'], false), &[second], true);
                assert!(decodes_to(&format!("<{shown}>"), "mArK1"), "{shown}");
                assert!(!decodes_to(&shown, "mark2"), "{shown}");
            }
        }
    }
}
