//! What a description says in prose, made harmless for Rust's documentation: nothing in it can be taken for a doc test, for
//! HTML or for a link into the code, and `rustdoc -D warnings` and clippy have nothing against it.

mod inline;

use proc_macro2::TokenStream;
use quote::quote;

use self::inline::inline;

/// Longer texts are cut.
const LONGEST: usize = 20_000;

/// One `#[doc]` for each line of a description.
pub(crate) fn docs(text: &str) -> TokenStream {
    written(&harmless(text))
}

/// One `#[doc]` for each line of a text of our own, in which what a description says is [`harmless`] already.
pub(crate) fn written(text: &str) -> TokenStream {
    let lines = text.lines().map(|line| match line.is_empty() {
        true => String::new(),
        false => format!(" {line}"),
    });
    quote!(#(#[doc = #lines])*)
}

/// What a description says, to be put into a text of our own.
pub(crate) fn harmless(text: &str) -> String {
    markdown(text).join("\n")
}

/// The same in one line.
pub(crate) fn harmless_line(text: &str) -> String {
    harmless(&text.split_whitespace().collect::<Vec<_>>().join(" ")).replace('\n', " ")
}

/// As much of a text as documentation shows.
pub(crate) fn shown(text: &str) -> &str {
    let mut letters = text.char_indices().filter(|(_, letter)| is_shown(*letter));
    match letters.nth(LONGEST) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

/// How many lines of documentation a text becomes, at most.
pub(crate) fn lines(text: &str) -> usize {
    let breaks = |byte: u8| match byte {
        b'\n' | b'\r' => 1,
        // A tag may stand for a blank line.
        b'<' => 2,
        _ => 0,
    };
    shown(text).bytes().map(breaks).sum::<usize>() + 1
}

/// The lines of a harmless text: paragraphs, flat lists, and code blocks that are text.
pub(crate) fn markdown(text: &str) -> Vec<String> {
    let text: String = text.chars().filter(|letter| is_shown(*letter)).take(LONGEST).collect();
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', "    ");
    let mut writer = Writer::default();
    for line in inline::without_markup(&text).lines() {
        writer.line(line.trim_end());
    }
    writer.end()
}

/// Control characters and those that change the direction of text have no business here.
fn is_shown(letter: char) -> bool {
    let invisible = matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    matches!(letter, '\n' | '\r' | '\t') || !letter.is_control() && !invisible
}

#[derive(Default)]
struct Writer {
    lines: Vec<String>,
    /// Within a code block: what ends it.
    fence: Option<String>,
    /// Within a list item: how far its text is indented.
    item: Option<usize>,
}

impl Writer {
    fn line(&mut self, line: &str) {
        if let Some(fence) = &self.fence {
            let trimmed = line.trim();
            let ends = trimmed.starts_with(fence.as_str()) && trimmed.trim_start_matches(&fence[..1]).is_empty();
            match ends {
                true => self.end_fence(),
                // Backticks alone could end the block that is written.
                false if trimmed.starts_with("```") => self.lines.push(format!("' {trimmed}")),
                false => self.lines.push(line.to_owned()),
            }
            return;
        }
        let line = line.trim();
        if let Some(fence) = opened(line) {
            self.blank();
            self.lines.push("```text".to_owned());
            self.fence = Some(fence);
            return;
        }
        // A rule, or the underline of a heading.
        let is_rule = !line.is_empty()
            && line
                .chars()
                .all(|letter| matches!(letter, '-' | '=' | '*' | '_' | '+' | ' '));
        if line.is_empty() || is_rule {
            self.blank();
        } else if let Some(heading) = heading(line) {
            self.blank();
            self.lines.push(format!("**{}**", inline(heading).replace("**", "")));
            self.blank();
        } else if let Some((marker, rest)) = item(line) {
            if self.item.is_none() {
                self.blank();
            }
            self.lines.push(format!("{marker} {}", inline(rest)));
            self.item = Some(marker.len() + 1);
        } else {
            let indent = " ".repeat(self.item.unwrap_or(0));
            // What begins a line must not begin a quotation, which `inline` sees to, nor a list.
            let line = inline(line);
            self.lines.push(format!("{indent}{line}"));
        }
    }

    fn blank(&mut self) {
        self.item = None;
        if self.lines.last().is_some_and(|last| !last.is_empty()) {
            self.lines.push(String::new());
        }
    }

    fn end_fence(&mut self) {
        self.fence = None;
        self.lines.push("```".to_owned());
        self.lines.push(String::new());
    }

    fn end(mut self) -> Vec<String> {
        if self.fence.is_some() {
            self.end_fence();
        }
        while self.lines.last().is_some_and(String::is_empty) {
            self.lines.pop();
        }
        self.lines
    }
}

/// What ends the code block that a line begins.
fn opened(line: &str) -> Option<String> {
    let of = |sign: char| {
        let fence: String = line.chars().take_while(|letter| *letter == sign).collect();
        let rest = &line[fence.len()..];
        (fence.len() >= 3 && !(sign == '`' && rest.contains('`'))).then_some(fence)
    };
    of('`').or_else(|| of('~'))
}

fn heading(line: &str) -> Option<&str> {
    let text = line.trim_start_matches('#');
    let level = line.len() - text.len();
    let text = text.strip_prefix(' ')?.trim_end_matches('#').trim();
    ((1..=6).contains(&level) && !text.is_empty()).then_some(text)
}

/// The marker of a list item, and its text.
fn item(line: &str) -> Option<(String, &str)> {
    if let Some(rest) = line.strip_prefix(['-', '*', '+', '•']) {
        let rest = rest.strip_prefix(' ')?.trim();
        return (!rest.is_empty()).then(|| ("-".to_owned(), rest));
    }
    let digits = line.len() - line.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
    let rest = line[digits..].strip_prefix(['.', ')'])?.strip_prefix(' ')?.trim();
    ((1..=4).contains(&digits) && !rest.is_empty()).then(|| (format!("{}.", &line[..digits]), rest))
}

#[cfg(test)]
mod tests;
