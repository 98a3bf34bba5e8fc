//! A text as it was before encoders wrote it, with the way back to where each byte stands.

use super::step;

/// How many encoders may have written the text, one over another.
const DEPTH: usize = 2;

/// What the escapes of each encoder begin with (percent-encoding, JSON and JavaScript, HTML), and those of a text that mixes
/// them. Each encoder is undone by itself, as what looks like an escape of another may be a secret's own text.
const ENCODERS: [&[u8]; 4] = [b"%", b"\\", b"&", b"%\\&"];

#[derive(Default, PartialEq)]
pub(super) struct Layer {
    pub(super) bytes: Vec<u8>,
    /// Where in the text each byte begins, and where the last one ends.
    pub(super) starts: Vec<usize>,
}

/// Texts are compared in lower case, and with a space as `+`, as forms write it.
pub(super) fn fold(byte: u8) -> u8 {
    if byte == b' ' { b'+' } else { byte.to_ascii_lowercase() }
}

/// The text, and what one or two decoders make of it: at most 21 layers, none longer than the text.
pub(super) fn layers(text: &[u8]) -> Vec<Layer> {
    let bytes = text.iter().copied().map(fold).collect();
    let starts = (0..=text.len()).collect();
    let mut layers = vec![Layer { bytes, starts }];
    for _ in 0..DEPTH {
        let decoded = layers
            .iter()
            .flat_map(|layer| ENCODERS.map(|leads| layer.decoded(leads)));
        for layer in decoded.collect::<Vec<_>>() {
            if !layers.contains(&layer) {
                layers.push(layer);
            }
        }
    }
    layers
}

impl Layer {
    /// With each escape that begins with one of `leads` replaced by what it stands for.
    fn decoded(&self, leads: &[u8]) -> Self {
        let mut decoded = Self::default();
        let mut at = 0;
        while let Some(first) = self.bytes.get(at) {
            step();
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

/// Writes what the escape at the start of `text` stands for. Returns how many bytes that are, and how many the escape has.
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
            // Eight digits at most, as a search for the semicolon must not go through the whole text.
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
