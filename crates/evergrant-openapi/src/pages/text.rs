//! What a description says, where a page has room for it.

use crate::docs::markdown;
use crate::prose;

/// Several paragraphs.
pub(super) fn block(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(not_a_table).collect();
    markdown(&lines.join("\n")).join("\n")
}

/// One line, which may stand anywhere but in a table.
pub(super) fn line(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    markdown(&text)
        .into_iter()
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// One line for a table's cell.
pub(super) fn cell(text: &str) -> String {
    bars(&line(&without_escaped_bars(text)))
}

/// A name as code in a table's cell.
pub(super) fn code_cell(name: &str) -> String {
    bars(&prose::code(name))
}

/// Markdown for a table's cell.
pub(super) fn bars(text: &str) -> String {
    without_escaped_bars(text).replace('|', "\\|")
}

/// A backslash before a bar would escape the one that is put before the bar, and the bar would end the cell.
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

/// Within a table, bars end even code, so that HTML in it would be HTML: its second row is made one that makes no table.
fn not_a_table(line: &str) -> String {
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
    fn a_cell_stays_a_cell() {
        assert_eq!(cell("a | b\nc"), "a \\| b c");
        assert_eq!(cell("`a|<b>` c\\|d \\\\| e"), "`a\\|<b>` c\\|d \\| e");
        assert_eq!(code_cell("a|`b\n\\|"), "`a\\|'b \\|`");
        assert_eq!(bars(&format!("{}|a\\b\\", "\\".repeat(200_000))), "\\|a\\b\\");
        assert_eq!(cell("```rust\nfn main() {}\n```"), "```rust fn main() {} ```");
    }

    #[test]
    fn code_in_a_table_cannot_be_torn_into_html() {
        assert_eq!(
            block("| a |\n|---|\n| `<b> | <i>` |"),
            "| a |\n\\|---|\n| `<b> | <i>` |"
        );
    }

    #[test]
    fn a_block_keeps_paragraphs_and_has_no_headings_of_its_own() {
        assert_eq!(
            block("# A\n\nText <b>\n```rust\nfn main() {}\n```"),
            "**A**\n\nText \\<b\\>\n\n```text\nfn main() {}\n```"
        );
    }
}
