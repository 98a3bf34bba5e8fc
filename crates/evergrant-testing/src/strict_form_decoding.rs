//! Strict decoding of `application/x-www-form-urlencoded` text, which rejects everything that a server may reject.

/// The meaning of a literal `+`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plus {
    /// A space, as in a form.
    Space,
    /// Malformed, because percent-encoding encodes it.
    Malformed,
    /// A plus sign, as in a path.
    Literal,
}

/// Returns the parameters of a form body in order, or `None` if any is malformed.
pub(crate) fn strict_pairs(text: &[u8]) -> Option<Vec<(String, String)>> {
    raw_pairs(text)
        .map(|(name, value)| Some((parameter(name)?, parameter(value)?)))
        .collect()
}

/// Returns the parameters of a form body in order. Malformed parameters are returned undecoded.
pub(crate) fn lenient_pairs(text: &[u8]) -> Vec<(String, String)> {
    let decode = |part| parameter(part).unwrap_or_else(|| String::from_utf8_lossy(part).into_owned());
    raw_pairs(text)
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

/// Decodes text. Only bytes that `literal` accepts may be unencoded. All others must be `%XX`, and the result must be
/// UTF-8.
pub(crate) fn decode(text: &[u8], plus: Plus, literal: impl Fn(u8) -> bool) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter().copied();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            b'+' if plus == Plus::Space => b' ',
            b'+' if plus == Plus::Malformed => return None,
            byte if literal(byte) => byte,
            _ => return None,
        });
    }
    String::from_utf8(bytes).ok()
}

fn parameter(text: &[u8]) -> Option<String> {
    decode(text, Plus::Space, |byte| byte.is_ascii_graphic())
}

fn raw_pairs(text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    text.split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| match pair.iter().position(|byte| *byte == b'=') {
            Some(end) => (&pair[..end], &pair[end + 1..]),
            None => (pair, &pair[..0]),
        })
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unencoded_reserved_bytes_are_malformed() {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric();
        let form = |text: &str| decode(text.as_bytes(), Plus::Space, unreserved);
        assert_eq!(form("a+b%20%C3%a9").as_deref(), Some("a b é"));
        for malformed in ["%", "%4", "%zz", "%+1", "%ff", "a:b", "é"] {
            assert_eq!(form(malformed), None, "{malformed}");
        }
        assert_eq!(decode(b"a+b", Plus::Malformed, unreserved), None);
    }

    #[test]
    fn pairs_are_split_before_they_are_decoded() {
        let pairs = strict_pairs(b"a=1%262&&b&c=x=y").unwrap();
        let expected = [("a", "1&2"), ("b", ""), ("c", "x=y")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(pairs, expected);
        assert_eq!(strict_pairs(b"a=1&b=%"), None);
        assert_eq!(lenient_pairs(b"b=%41%")[0].1, "%41%");
    }
}
