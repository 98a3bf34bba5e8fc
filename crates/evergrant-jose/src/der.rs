//! Reads the few structures of DER (X.690) that keys, certificates and signatures need: with borrowed parts, and with
//! every length checked.

/// The elements of a constructed value, from left to right.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(&'a [u8]);

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT_ID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

impl<'a> Reader<'a> {
    /// Reads DER that consists of one element.
    pub(crate) fn whole(der: &'a [u8]) -> Option<Self> {
        let mut rest = Self(der);
        rest.element()?;
        rest.end()?;
        Some(Self(der))
    }

    /// Reads an element: its tag, its content, and all of its bytes.
    fn element(&mut self) -> Option<(u8, &'a [u8], &'a [u8])> {
        let (tag, rest) = self.0.split_first()?;
        let (first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7F => (usize::from(*first), rest),
            // No key or certificate has more than 2^24 bytes.
            0x81..=0x83 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
                let length = bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
                (length, rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        let whole = &self.0[..self.0.len() - rest.len()];
        self.0 = rest;
        Some((*tag, content, whole))
    }

    fn content(&mut self, expected: u8) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let (tag, content, _) = ahead.element()?;
        (tag == expected).then(|| {
            *self = ahead;
            content
        })
    }

    pub(crate) fn sequence(&mut self) -> Option<Self> {
        self.content(SEQUENCE).map(Self)
    }

    /// Reads a sequence, and returns all of its bytes.
    pub(crate) fn raw_sequence(&mut self) -> Option<&'a [u8]> {
        let (tag, _, whole) = self.element()?;
        (tag == SEQUENCE).then_some(whole)
    }

    /// Reads the element with this context-specific, constructed tag, if it is next.
    pub(crate) fn context(&mut self, number: u8) -> Option<Self> {
        self.content(0xA0 | number).map(Self)
    }

    /// Reads an integer that is not negative, without leading zeros.
    pub(crate) fn unsigned_integer(&mut self) -> Option<&'a [u8]> {
        let bytes = self.content(INTEGER)?;
        match bytes {
            [] | [0x80..=0xFF, ..] => None,
            [0, rest @ ..] => Some(rest),
            bytes => Some(bytes),
        }
    }

    /// Skips an integer, such as a serial number, which old certificates may have negative.
    pub(crate) fn skip_integer(&mut self) -> Option<()> {
        self.content(INTEGER).map(drop)
    }

    pub(crate) fn octet_string(&mut self) -> Option<&'a [u8]> {
        self.content(OCTET_STRING)
    }

    pub(crate) fn object_id(&mut self) -> Option<&'a [u8]> {
        self.content(OBJECT_ID)
    }

    /// Checks that nothing follows.
    pub(crate) fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_checked() {
        for invalid in [
            &[][..],
            &[0x30],
            &[0x30, 1],
            &[0x30, 0x80, 0, 0],
            &[0x30, 0x84, 0, 0, 0, 0],
            &[0x30, 0x82, 1],
            &[0x30, 0, 0],
        ] {
            assert!(Reader::whole(invalid).is_none(), "{invalid:?}");
        }
        assert!(Reader::whole(&[0x30, 0]).is_some());
        assert!(Reader::whole(&[0x30, 0x81, 1, 0]).is_some());
    }

    #[test]
    fn integers_are_unsigned() {
        let read = |der: &'static [u8]| Reader::whole(der)?.unsigned_integer();
        assert_eq!(read(&[2, 2, 0, 0x80]), Some(&[0x80][..]));
        assert_eq!(read(&[2, 1, 5]), Some(&[5][..]));
        assert_eq!(read(&[2, 1, 0]), Some(&[][..]));
        for negative_or_empty in [&[2, 1, 0x80][..], &[2, 0], &[4, 1, 5]] {
            assert_eq!(Reader::whole(negative_or_empty).unwrap().unsigned_integer(), None);
        }
    }
}
