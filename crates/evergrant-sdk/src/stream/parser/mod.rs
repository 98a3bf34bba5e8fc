//! Server-sent events out of bytes (WHATWG HTML, section 9.2), however they are cut up.

#[cfg(test)]
mod tests;

use std::time::Duration;

/// The longest line, in bytes.
const LONGEST_LINE: usize = 1024 * 1024;

/// The largest event, in bytes of its `data` lines.
const LARGEST_EVENT: usize = 8 * 1024 * 1024;

/// An event as it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct RawEvent {
    pub(super) event: Option<String>,
    pub(super) id: Option<String>,
    pub(super) retry: Option<Duration>,
    pub(super) data: String,
    /// It has no data, and is no event: but what it says of the stream is for whoever reads it.
    pub(super) is_silent: bool,
}

/// What the server sends is more than anybody means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TooLarge {
    Line,
    Event,
}

#[derive(Debug, Default)]
pub(super) struct Parser {
    /// The line that has begun.
    line: Vec<u8>,
    /// The last byte was a carriage return, so that a line feed would be the rest of that line's end.
    after_return: bool,
    /// The first line has ended: no more byte order mark.
    begun: bool,
    event: RawEvent,
    has_data: bool,
    last_id: Option<String>,
    has_id: bool,
}

impl Parser {
    /// Takes the next bytes, and gives the events that they complete. On `Err`, those before it are in `events`.
    pub(super) fn feed(&mut self, bytes: &[u8], events: &mut impl Extend<RawEvent>) -> Result<(), TooLarge> {
        let mut rest = bytes;
        while let Some(&first) = rest.first() {
            if std::mem::take(&mut self.after_return) && first == b'\n' {
                rest = &rest[1..];
                continue;
            }
            let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let text = &rest[..end.unwrap_or(rest.len())];
            if self.line.len() + text.len() > LONGEST_LINE {
                return Err(TooLarge::Line);
            }
            self.line.extend_from_slice(text);
            let Some(end) = end else {
                return Ok(());
            };
            self.after_return = rest[end] == b'\r';
            rest = &rest[end + 1..];
            events.extend(self.end_line()?);
        }
        Ok(())
    }

    fn end_line(&mut self) -> Result<Option<RawEvent>, TooLarge> {
        let mut line = std::mem::take(&mut self.line);
        if !std::mem::replace(&mut self.begun, true) && line.starts_with(b"\xEF\xBB\xBF") {
            line.drain(..3);
        }
        if line.is_empty() {
            return Ok(self.dispatch());
        }
        let (field, value) = match line.iter().position(|byte| *byte == b':') {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (&line[..], &b""[..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        // The whole line is here, so that no character is cut in two.
        let text = || String::from_utf8_lossy(value);
        match field {
            b"data" => {
                let text = text();
                if self.event.data.len() + text.len() + 1 > LARGEST_EVENT {
                    return Err(TooLarge::Event);
                }
                if std::mem::replace(&mut self.has_data, true) {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(&text);
            }
            b"event" => self.event.event = Some(text().into_owned()).filter(|name| !name.is_empty()),
            b"id" if !value.contains(&0) => {
                self.last_id = Some(text().into_owned()).filter(|id| !id.is_empty());
                self.has_id = true;
            }
            b"retry" if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                self.event.retry = text().parse().ok().map(Duration::from_millis);
            }
            _ => {}
        }
        Ok(None)
    }

    fn dispatch(&mut self) -> Option<RawEvent> {
        let mut event = std::mem::take(&mut self.event);
        event.id.clone_from(&self.last_id);
        event.is_silent = !std::mem::take(&mut self.has_data);
        let says_something = std::mem::take(&mut self.has_id) || event.retry.is_some();
        (!event.is_silent || says_something).then_some(event)
    }
}
