//! Sanitizes a line: keeps inline code and web links, and escapes all other Markdown.

use std::collections::HashMap;

/// Replaces HTML tags for line breaks and paragraphs by line breaks.
pub(super) fn without_markup(text: &str) -> String {
    let mut text = text.to_owned();
    for (tag, meaning) in [
        ("<br>", "\n"),
        ("<br/>", "\n"),
        ("<br />", "\n"),
        ("</br>", "\n"),
        ("<p>", "\n\n"),
        ("</p>", "\n\n"),
    ] {
        text = text.replace(tag, meaning);
    }
    text
}

/// Positions of delimiters in the rest of a line, each searched only once.
struct Lookahead<'l> {
    line: &'l str,
    /// Start positions of runs of backticks, by length.
    runs: HashMap<usize, Vec<usize>>,
    /// End of the last run of backticks.
    run_end: usize,
    /// Last known position of `](`, or the end of the line.
    middle: usize,
    /// Last known position of `)`, or the end of the line.
    end: usize,
}

impl<'l> Lookahead<'l> {
    fn of(line: &'l str) -> Self {
        let mut runs: HashMap<usize, Vec<usize>> = HashMap::new();
        let mut at = 0;
        while let Some(found) = line[at..].find('`') {
            let start = at + found;
            let length = backticks(&line[start..]);
            runs.entry(length).or_default().push(start);
            at = start + length;
        }
        Self {
            line,
            runs,
            run_end: 0,
            middle: 0,
            end: 0,
        }
    }

    /// Returns the number of backticks at a position.
    fn fence(&mut self, from: usize) -> usize {
        if self.run_end <= from {
            self.run_end = from + backticks(&self.line[from..]);
        }
        self.run_end - from
    }

    /// Returns the start of the next run of exactly `length` backticks.
    fn run(&self, length: usize, from: usize) -> Option<usize> {
        let starts = self.runs.get(&length)?;
        starts.get(starts.partition_point(|start| *start < from)).copied()
    }

    fn middle(&mut self, from: usize) -> Option<usize> {
        next(self.line, "](", from, &mut self.middle)
    }

    fn end(&mut self, from: usize) -> Option<usize> {
        next(self.line, ")", from, &mut self.end)
    }
}

/// Returns the next position of a delimiter, which may be the last known one.
fn next(line: &str, sign: &str, from: usize, known: &mut usize) -> Option<usize> {
    if *known < from || *known == 0 {
        *known = line[from..].find(sign).map_or(line.len(), |found| from + found);
    }
    (*known < line.len()).then_some(*known)
}

fn backticks(text: &str) -> usize {
    text.len() - text.trim_start_matches('`').len()
}

/// Sanitizes a line, so that it can only start or continue a paragraph.
pub(super) fn inline(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 16);
    let mut lookahead = Lookahead::of(line);
    let mut rest = line;
    while let Some(letter) = rest.chars().next() {
        let consumed = match letter {
            '`' => code(rest, &mut lookahead, &mut out),
            '[' => link(rest, &mut lookahead, &mut out),
            'h' if !out.ends_with(char::is_alphanumeric) => autolink(rest, &mut out),
            _ => None,
        };
        if let Some(consumed) = consumed {
            rest = &rest[consumed..];
            continue;
        }
        rest = &rest[letter.len_utf8()..];
        match letter {
            // Keep existing escapes.
            '\\' => match rest.chars().next().filter(char::is_ascii_punctuation) {
                Some(escaped) => {
                    out.extend(['\\', escaped]);
                    rest = &rest[1..];
                }
                None => out.push_str("\\\\"),
            },
            '[' | ']' | '<' | '>' | '`' => out.extend(['\\', letter]),
            '!' if rest.starts_with('[') => {}
            _ => out.push(letter),
        }
    }
    match out.starts_with(['-', '+', '*', '#', '=', '~', ':']) && !out.starts_with("**") {
        true => format!("\\{out}"),
        false => escape_list_number(out),
    }
}

/// Escapes a number at the start of a line that would start an ordered list.
fn escape_list_number(line: String) -> String {
    let digits = line.len() - line.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
    match digits > 0
        && line[digits..].starts_with(['.', ')'])
        && line[digits + 1..].chars().next().is_none_or(char::is_whitespace)
    {
        true => format!("{}\\{}", &line[..digits], &line[digits..]),
        false => line,
    }
}

/// Copies a code span that ends on this line.
fn code(rest: &str, lookahead: &mut Lookahead<'_>, out: &mut String) -> Option<usize> {
    let from = lookahead.line.len() - rest.len();
    let fence = lookahead.fence(from);
    let end = lookahead.run(fence, from + fence)? + fence - from;
    out.push_str(&rest[..end]);
    Some(end)
}

/// Copies a link `[text](https://...)`.
fn link(rest: &str, lookahead: &mut Lookahead<'_>, out: &mut String) -> Option<usize> {
    let from = lookahead.line.len() - rest.len();
    let middle = lookahead.middle(from)? - from;
    let text = &rest[1..middle];
    let target = &rest[middle + 2..];
    let end = lookahead.end(from + middle + 2)? - from - middle - 2;
    // Only the innermost bracket starts a link, so that each `[` is examined up to the next one.
    if text.is_empty() || text.contains(['[', ']', '`', '\\', '<', '>']) {
        return None;
    }
    let target = target[..end].trim_start();
    let (target, after) = target.split_at(url_length(target)?);
    if !after.chars().all(char::is_whitespace) {
        return None;
    }
    // A URL as the text of a link would be a nested autolink.
    let address = url_length(text) == Some(text.len());
    out.push_str(&if address {
        format!("<{target}>")
    } else {
        format!("[{}](<{target}>)", text.replace('!', "\\!"))
    });
    Some(middle + 2 + end + 1)
}

fn autolink(rest: &str, out: &mut String) -> Option<usize> {
    let length = url_length(rest)?;
    out.push_str(&format!("<{}>", &rest[..length]));
    Some(length)
}

/// Returns the length of the web URL at the start of a text.
fn url_length(text: &str) -> Option<usize> {
    let start = ["https://", "http://"]
        .into_iter()
        .find(|start| text.starts_with(start))?
        .len();
    let is_end = |letter: char| {
        letter.is_whitespace()
            || letter.is_control()
            || matches!(letter, '<' | '>' | '`' | '"' | '[' | ']' | '\\' | '|' | '{' | '}')
    };
    let end = text[start..].find(is_end).map_or(text.len(), |end| start + end);
    let address = text[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\'', '*', '_']);
    (address.len() > start).then_some(address.len())
}
