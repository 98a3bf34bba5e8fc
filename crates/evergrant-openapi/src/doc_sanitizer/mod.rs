//! Sanitizes the prose of a description for rustdoc: it contains no doc tests, HTML or intra-doc links, and passes
//! `rustdoc -D warnings` and clippy.

mod inline_markdown;

use proc_macro2::TokenStream;
use quote::quote;

use self::inline_markdown::inline;

/// Maximum number of characters of a text.
const MAX_TEXT_CHARS: usize = 20_000;

/// Sanitizes a description and returns one `#[doc]` attribute for each line.
pub(crate) fn docs(text: &str) -> TokenStream {
    doc_attributes(&sanitize(text))
}

/// Returns one `#[doc]` attribute for each line of Markdown in which all text of the description is already sanitized.
pub(crate) fn doc_attributes(text: &str) -> TokenStream {
    let lines = text.lines().map(|line| match line.is_empty() {
        true => String::new(),
        false => format!(" {line}"),
    });
    quote!(#(#[doc = #lines])*)
}

/// Sanitizes text of a description for use within generated Markdown.
pub(crate) fn sanitize(text: &str) -> String {
    markdown(text).join("\n")
}

/// Sanitizes text and joins it into one line.
pub(crate) fn sanitize_line(text: &str) -> String {
    sanitize(&text.split_whitespace().collect::<Vec<_>>().join(" ")).replace('\n', " ")
}

/// Returns the part of a text that documentation shows.
pub(crate) fn excerpt(text: &str) -> &str {
    let mut letters = text.char_indices().filter(|(_, letter)| is_visible(*letter));
    match letters.nth(MAX_TEXT_CHARS) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

/// Returns an upper bound for the lines of documentation of a text.
pub(crate) fn lines(text: &str) -> usize {
    let breaks = |byte: u8| match byte {
        b'\n' | b'\r' => 1,
        // A tag may become a blank line.
        b'<' => 2,
        _ => 0,
    };
    excerpt(text).bytes().map(breaks).sum::<usize>() + 1
}

/// Converts text to sanitized Markdown lines: paragraphs, flat lists, and code blocks of type `text`.
pub(crate) fn markdown(text: &str) -> Vec<String> {
    let text: String = text
        .chars()
        .filter(|letter| is_visible(*letter))
        .take(MAX_TEXT_CHARS)
        .collect();
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', "    ");
    let mut writer = Writer::default();
    for line in inline_markdown::without_markup(&text).lines() {
        writer.line(line.trim_end());
    }
    writer.end()
}

/// Returns false for control characters, invisible characters and those that change the direction of text.
fn is_visible(letter: char) -> bool {
    let invisible = matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    matches!(letter, '\n' | '\r' | '\t') || !letter.is_control() && !invisible
}

#[derive(Default)]
struct Writer {
    lines: Vec<String>,
    /// The closing fence of the current code block.
    fence: Option<String>,
    /// The indentation of the current list item's text.
    item: Option<usize>,
}

impl Writer {
    fn line(&mut self, line: &str) {
        if let Some(fence) = &self.fence {
            let trimmed = line.trim();
            let ends = trimmed.starts_with(fence.as_str()) && trimmed.trim_start_matches(&fence[..1]).is_empty();
            match ends {
                true => self.end_fence(),
                // Backticks could close the generated block.
                false if trimmed.starts_with("```") => self.lines.push(format!("' {trimmed}")),
                false => self.lines.push(line.to_owned()),
            }
            return;
        }
        let line = line.trim();
        if let Some(fence) = opening_fence(line) {
            self.blank();
            self.lines.push("```text".to_owned());
            self.fence = Some(fence);
            return;
        }
        // A thematic break or the underline of a heading.
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
            // `inline` escapes characters at the start of the line that would start a block.
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

/// Returns the fence of the code block that a line opens.
fn opening_fence(line: &str) -> Option<String> {
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

/// Splits a list item into its marker and its text.
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
