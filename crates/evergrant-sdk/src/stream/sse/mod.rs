//! An incremental parser of server-sent events (WHATWG HTML section 9.2).

#[cfg(test)]
mod tests;

use std::time::Duration;

/// Maximum length of a line, in bytes.
const MAX_LINE: usize = 1024 * 1024;

/// Maximum size of an event, in bytes of its `data` lines.
const MAX_EVENT: usize = 8 * 1024 * 1024;

/// An event before its data is decoded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct RawEvent {
    pub(super) event: Option<String>,
    pub(super) id: Option<String>,
    pub(super) retry: Option<Duration>,
    pub(super) data: String,
    /// The block has no data, so it is not an event, but it sets the id or the retry time of the stream.
    pub(super) is_dataless: bool,
}

/// The part of the stream that exceeds its maximum size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TooLarge {
    Line,
    Event,
}

/// The parser. Input may be split at any byte.
#[derive(Debug, Default)]
pub(super) struct Parser {
    /// The current, incomplete line.
    line: Vec<u8>,
    /// The last byte was a carriage return. A following line feed belongs to the same line end.
    after_cr: bool,
    /// The first line, which may start with a byte order mark, is complete.
    is_first_line_done: bool,
    event: RawEvent,
    has_data: bool,
    last_id: Option<String>,
    has_id: bool,
}

impl Parser {
    /// Parses the next bytes, and appends completed events to `events`. On an error, the events before it have been
    /// appended.
    pub(super) fn feed(&mut self, bytes: &[u8], events: &mut impl Extend<RawEvent>) -> Result<(), TooLarge> {
        let mut rest = bytes;
        while let Some(&first) = rest.first() {
            if std::mem::take(&mut self.after_cr) && first == b'\n' {
                rest = &rest[1..];
                continue;
            }
            let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let text = &rest[..end.unwrap_or(rest.len())];
            if self.line.len() + text.len() > MAX_LINE {
                return Err(TooLarge::Line);
            }
            self.line.extend_from_slice(text);
            let Some(end) = end else {
                return Ok(());
            };
            self.after_cr = rest[end] == b'\r';
            rest = &rest[end + 1..];
            events.extend(self.end_line()?);
        }
        Ok(())
    }

    fn end_line(&mut self) -> Result<Option<RawEvent>, TooLarge> {
        let mut line = std::mem::take(&mut self.line);
        if !std::mem::replace(&mut self.is_first_line_done, true) && line.starts_with(b"\xEF\xBB\xBF") {
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
        // The line is complete, so no character is split.
        let text = || String::from_utf8_lossy(value);
        match field {
            b"data" => {
                let text = text();
                if self.event.data.len() + text.len() + 1 > MAX_EVENT {
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
        event.is_dataless = !std::mem::take(&mut self.has_data);
        let has_stream_fields = std::mem::take(&mut self.has_id) || event.retry.is_some();
        (!event.is_dataless || has_stream_fields).then_some(event)
    }
}
