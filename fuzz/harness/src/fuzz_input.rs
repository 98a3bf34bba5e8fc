//! Splits a fuzzer's input into choices, lines and a remainder, so that seeds are readable.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};

/// The remaining input.
pub(crate) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    /// Reads the next byte; zero at the end.
    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    /// Selects an option by the next byte: `0` is the first, `1` the second.
    pub(crate) fn choice<T: Copy>(&mut self, options: &[T]) -> T {
        let index = usize::from(self.byte().wrapping_sub(b'0'));
        options[index % options.len()]
    }

    /// Reads the text up to the end of the line.
    pub(crate) fn line(&mut self) -> Cow<'a, str> {
        let end = self.0.iter().position(|byte| *byte == b'\n');
        let (line, rest) = match end {
            Some(end) => (&self.0[..end], &self.0[end + 1..]),
            None => (self.0, &[][..]),
        };
        self.0 = rest;
        String::from_utf8_lossy(line)
    }

    /// Reads lines of the form `name: value` up to an empty one. Other lines are ignored.
    pub(crate) fn headers(&mut self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        while !self.0.is_empty() {
            let end = self.0.iter().position(|byte| *byte == b'\n').unwrap_or(self.0.len());
            let line = &self.0[..end];
            self.0 = self.0.get(end + 1..).unwrap_or_default();
            if line.is_empty() {
                break;
            }
            let Some(colon) = line.iter().position(|byte| *byte == b':') else {
                continue;
            };
            let value = line[colon + 1..].trim_ascii();
            if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(&line[..colon]), HeaderValue::from_bytes(value))
                && headers.len() < 32
            {
                headers.append(name, value);
            }
        }
        headers
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads up to `count` bytes.
    pub(crate) fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    pub(crate) fn rest(self) -> &'a [u8] {
        self.0
    }

    /// Returns the remaining input as text; invalid UTF-8 is replaced.
    pub(crate) fn text(self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.0)
    }
}
