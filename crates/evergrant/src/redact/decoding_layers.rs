//! Decodes text in layers, and maps each decoded byte to its position in the text.

use super::count_step;

/// Maximum number of nested encodings.
const MAX_DEPTH: usize = 2;

/// The characters that start the escapes of each encoding (percent-encoding, JSON and JavaScript, HTML), and of a text
/// that mixes them. Each is decoded separately, because an apparent escape of another encoding may be part of a secret.
const ENCODINGS: [&[u8]; 4] = [b"%", b"\\", b"&", b"%\\&"];

#[derive(Default, PartialEq)]
pub(super) struct Layer {
    pub(super) bytes: Vec<u8>,
    /// The position of each byte in the text, and the end of the last one.
    pub(super) starts: Vec<usize>,
}

/// Folds a byte for comparison: lower case, and a space as `+`, as in forms.
pub(super) fn fold(byte: u8) -> u8 {
    if byte == b' ' { b'+' } else { byte.to_ascii_lowercase() }
}

/// Returns the text and its decodings, at most 21 layers, none longer than the text.
pub(super) fn layers(text: &[u8]) -> Vec<Layer> {
    let bytes = text.iter().copied().map(fold).collect();
    let starts = (0..=text.len()).collect();
    let mut layers = vec![Layer { bytes, starts }];
    for _ in 0..MAX_DEPTH {
        let decoded = layers
            .iter()
            .flat_map(|layer| ENCODINGS.map(|leads| layer.decode(leads)));
        for layer in decoded.collect::<Vec<_>>() {
            if !layers.contains(&layer) {
                layers.push(layer);
            }
        }
    }
    layers
}

impl Layer {
    /// Decodes each escape that starts with one of `leads`.
    fn decode(&self, leads: &[u8]) -> Self {
        let mut decoded = Self::default();
        let mut at = 0;
        while let Some(first) = self.bytes.get(at) {
            count_step();
            let mut bytes = [*first, 0, 0, 0];
            let escape = leads.contains(first).then(|| escape(&self.bytes[at..], &mut bytes));
            let (count, length) = escape.flatten().unwrap_or((1, 1));
            decoded.bytes.extend(bytes[..count].iter().copied().map(fold));
            decoded.starts.resize(decoded.bytes.len(), self.starts[at]);
            at += length;
        }
        decoded.starts.push(self.starts[at]);
        decoded
    }
}

/// Decodes the escape at the start of `text`. Returns the number of decoded bytes and the length of the escape.
fn escape(text: &[u8], into: &mut [u8; 4]) -> Option<(usize, usize)> {
    let (value, length) = match text {
        [b'%', ..] => {
            into[0] = u8::try_from(number(text.get(1..3)?, 16)?).ok()?;
            return Some((1, 3));
        }
        [b'\\', b'u', ..] => {
            let unit = |at| u16::try_from(number(text.get(at..at + 6)?.strip_prefix(b"\\u")?, 16)?).ok();
            let units = std::iter::once(unit(0)?).chain(unit(6));
            let character = char::decode_utf16(units).next()?.ok()?;
            (character.into(), 6 * character.len_utf16())
        }
        [b'\\', b'x', ..] => (number(text.get(2..4)?, 16)?, 4),
        [b'\\', short, ..] => {
            let control = b"btnfr"
                .iter()
                .zip([8, 9, 10, 12, 13])
                .find(|(letter, _)| *letter == short);
            let itself = short.is_ascii_punctuation().then_some(*short);
            (control.map(|(_, control)| control).or(itself)?.into(), 2)
        }
        [b'&', b'#', rest @ ..] => {
            let (from, radix) = if rest.starts_with(b"x") { (3, 16) } else { (2, 10) };
            // At most eight digits, because the search for the semicolon must not scan the whole text.
            let end = text.iter().take(from + 9).position(|byte| *byte == b';')?;
            (number(text.get(from..end)?, radix)?, end + 1)
        }
        [b'&', rest @ ..] => {
            let mut entities = ["amp;", "lt;", "gt;", "quot;", "apos;"].into_iter().zip(*b"&<>\"'");
            let (name, byte) = entities.find(|(name, _)| rest.starts_with(name.as_bytes()))?;
            (byte.into(), 1 + name.len())
        }
        _ => return None,
    };
    Some((char::from_u32(value)?.encode_utf8(into).len(), length))
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    digits.iter().try_fold(0_u32, |number, digit| {
        let digit = char::from(*digit).to_digit(radix)?;
        number.checked_mul(radix)?.checked_add(digit)
    })
}
