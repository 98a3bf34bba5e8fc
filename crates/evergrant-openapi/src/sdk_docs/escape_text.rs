//! Escapes text of an API description for the place where a page shows it.

use crate::doc_sanitizer::markdown;
use crate::one_line_docs;

/// Text of several paragraphs.
pub(super) fn block(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(escape_table).collect();
    markdown(&lines.join("\n")).join("\n")
}

/// Text on one line, outside of tables.
pub(super) fn line(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    markdown(&text)
        .into_iter()
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Text on one line for a table cell.
pub(super) fn cell(text: &str) -> String {
    bars(&line(&without_escaped_bars(text)))
}

/// A name as code in a table cell.
pub(super) fn code_cell(name: &str) -> String {
    bars(&one_line_docs::code(name))
}

/// Escapes the bars in Markdown for a table cell.
pub(super) fn bars(text: &str) -> String {
    without_escaped_bars(text).replace('|', "\\|")
}

/// Removes backslashes before bars: they would escape the backslash that [`bars`] adds, and the bar would end the cell.
fn without_escaped_bars(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for (index, part) in text.split('|').enumerate() {
        if index > 0 {
            plain.truncate(plain.trim_end_matches('\\').len());
            plain.push('|');
        }
        plain.push_str(part);
    }
    plain
}

/// Escapes the delimiter row of a table. In a table, a bar ends a cell even inside of code, which could turn code into
/// HTML.
fn escape_table(line: &str) -> String {
    let row = line.trim();
    let is_delimiter = row.contains('|')
        && row.contains('-')
        && row
            .chars()
            .all(|letter| matches!(letter, '|' | ':' | '-' | ' ' | '>' | '\t'));
    match is_delimiter {
        true => format!("\\{row}"),
        false => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_escape_bars_and_line_breaks() {
        assert_eq!(cell("a | b\nc"), "a \\| b c");
        assert_eq!(cell("`a|<b>` c\\|d \\\\| e"), "`a\\|<b>` c\\|d \\| e");
        assert_eq!(code_cell("a|`b\n\\|"), "`a\\|'b \\|`");
        assert_eq!(bars(&format!("{}|a\\b\\", "\\".repeat(200_000))), "\\|a\\b\\");
        assert_eq!(cell("```rust\nfn main() {}\n```"), "```rust fn main() {} ```");
    }

    #[test]
    fn tables_in_text_are_escaped() {
        assert_eq!(
            block("| a |\n|---|\n| `<b> | <i>` |"),
            "| a |\n\\|---|\n| `<b> | <i>` |"
        );
    }

    #[test]
    fn a_block_keeps_paragraphs_and_escapes_headings() {
        assert_eq!(
            block("# A\n\nText <b>\n```rust\nfn main() {}\n```"),
            "**A**\n\nText \\<b\\>\n\n```text\nfn main() {}\n```"
        );
    }
}
