//! What stands within a line: code and web links are kept, all else that Markdown could take for more than text is escaped.

use std::collections::HashMap;

/// Tags that mean a line or a paragraph become that, wherever they stand outside of code.
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

/// What is ahead in a line, found once however often it is asked for.
struct Ahead<'l> {
    line: &'l str,
    /// Where runs of backticks begin, by their lengths.
    runs: HashMap<usize, Vec<usize>>,
    /// Where the run of backticks that was met last ends.
    run_end: usize,
    /// The last place that was found where a link's text ends and its target begins, or the line's end.
    middle: usize,
    /// The same for the end of the target.
    end: usize,
}

impl<'l> Ahead<'l> {
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

    /// How many backticks there are from here.
    fn fence(&mut self, from: usize) -> usize {
        if self.run_end <= from {
            self.run_end = from + backticks(&self.line[from..]);
        }
        self.run_end - from
    }

    /// Where the next run of so many backticks begins, and of no more.
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

/// The next of a sign, where the last one that was found may be it still.
fn next(line: &str, sign: &str, from: usize, known: &mut usize) -> Option<usize> {
    if *known < from || *known == 0 {
        *known = line[from..].find(sign).map_or(line.len(), |found| from + found);
    }
    (*known < line.len()).then_some(*known)
}

fn backticks(text: &str) -> usize {
    text.len() - text.trim_start_matches('`').len()
}

/// A line's text, which begins nothing but a paragraph or goes on with one.
pub(super) fn inline(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 16);
    let mut ahead = Ahead::of(line);
    let mut rest = line;
    while let Some(letter) = rest.chars().next() {
        let taken = match letter {
            '`' => code(rest, &mut ahead, &mut out),
            '[' => link(rest, &mut ahead, &mut out),
            'h' if !out.ends_with(char::is_alphanumeric) => url(rest, &mut out),
            _ => None,
        };
        if let Some(taken) = taken {
            rest = &rest[taken..];
            continue;
        }
        rest = &rest[letter.len_utf8()..];
        match letter {
            // What was escaped already stays so.
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
        false => numbered(out),
    }
}

/// A number that begins a line and is no list's.
fn numbered(line: String) -> String {
    let digits = line.len() - line.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
    match digits > 0
        && line[digits..].starts_with(['.', ')'])
        && line[digits + 1..].chars().next().is_none_or(char::is_whitespace)
    {
        true => format!("{}\\{}", &line[..digits], &line[digits..]),
        false => line,
    }
}

/// A code span that ends on this line.
fn code(rest: &str, ahead: &mut Ahead<'_>, out: &mut String) -> Option<usize> {
    let from = ahead.line.len() - rest.len();
    let fence = ahead.fence(from);
    let end = ahead.run(fence, from + fence)? + fence - from;
    out.push_str(&rest[..end]);
    Some(end)
}

/// `[text](https://...)`.
fn link(rest: &str, ahead: &mut Ahead<'_>, out: &mut String) -> Option<usize> {
    let from = ahead.line.len() - rest.len();
    let middle = ahead.middle(from)? - from;
    let text = &rest[1..middle];
    let target = &rest[middle + 2..];
    let end = ahead.end(from + middle + 2)? - from - middle - 2;
    // Many links may share one end: each looks no further than to where the next begins.
    if text.is_empty() || text.contains(['[', ']', '`', '\\', '<', '>']) {
        return None;
    }
    let target = target[..end].trim_start();
    let (target, after) = target.split_at(web(target)?);
    if !after.chars().all(char::is_whitespace) {
        return None;
    }
    // An address as text is no link within the link.
    let address = web(text) == Some(text.len());
    out.push_str(&if address {
        format!("<{target}>")
    } else {
        format!("[{}](<{target}>)", text.replace('!', "\\!"))
    });
    Some(middle + 2 + end + 1)
}

fn url(rest: &str, out: &mut String) -> Option<usize> {
    let length = web(rest)?;
    out.push_str(&format!("<{}>", &rest[..length]));
    Some(length)
}

/// How long the web address is that a text begins with.
fn web(text: &str) -> Option<usize> {
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
