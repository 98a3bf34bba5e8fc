//! A reference parser for server-sent events (WHATWG HTML, section 9.2.6). It reads the complete stream at once, ends
//! at `[DONE]`, and has no limit on the length of lines.

use std::time::Duration;

use super::{ReceivedEvent, StreamOutput};

#[derive(Default)]
pub(super) struct ReferenceParser {
    data: String,
    kind: String,
    retry: Option<Duration>,
    last_id: String,
}

impl ReferenceParser {
    pub(super) fn read(mut self, bytes: &[u8]) -> StreamOutput {
        let mut output = StreamOutput {
            events: Vec::new(),
            failed: false,
            retry: None,
            last_id: None,
        };
        for line in lines(bytes) {
            if !line.is_empty() {
                self.field(line);
                continue;
            }
            let retry = self.retry.take();
            output.retry = retry.or(output.retry);
            let id = Some(self.last_id.clone()).filter(|id| !id.is_empty());
            output.last_id.clone_from(&id);
            let event = Some(std::mem::take(&mut self.kind)).filter(|event| !event.is_empty());
            let data = std::mem::take(&mut self.data);
            let Some(data) = data.strip_suffix('\n') else {
                continue;
            };
            if data == "[DONE]" {
                break;
            }
            let data = data.to_owned();
            output.events.push(ReceivedEvent { event, id, retry, data });
        }
        output
    }

    fn field(&mut self, line: &[u8]) {
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let value = line.get(colon + 1..).unwrap_or_default();
        let value = value.strip_prefix(b" ").unwrap_or(value);
        let text = String::from_utf8_lossy(value);
        match &line[..colon] {
            b"data" => {
                self.data.push_str(&text);
                self.data.push('\n');
            }
            b"event" => self.kind = text.into_owned(),
            b"id" if !value.contains(&0) => self.last_id = text.into_owned(),
            b"retry" if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                self.retry = text.parse().ok().map(Duration::from_millis);
            }
            _ => {}
        }
    }
}

/// Returns the lines that end with a carriage return, a line feed, or both.
fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    let mut rest = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut lines = Vec::new();
    while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
        lines.push(&rest[..end]);
        let length = if rest[end..].starts_with(b"\r\n") { 2 } else { 1 };
        rest = &rest[end + length..];
    }
    lines
}
