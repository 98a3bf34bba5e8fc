//! Removes or escapes characters in a server's text that would control the terminal or disguise its output.

use std::fmt::Write as _;

/// Whether the character is DEL, a C1 control (one of them starts an escape sequence), or changes the direction of
/// text.
pub(crate) fn is_unsafe(character: char) -> bool {
    matches!(character,
        '\u{7f}'..='\u{9f}'
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Removes unsafe characters from a header's value, and replaces bytes that are not UTF-8: some terminals read them as
/// C1 controls.
pub(crate) fn for_terminal(value: &[u8]) -> String {
    String::from_utf8_lossy(value).replace(is_unsafe, "")
}

/// Replaces unsafe characters and all controls with spaces: a line break could forge a line of the program's output.
pub(crate) fn line_for_terminal(text: &str) -> String {
    let unwanted = |character: char| is_unsafe(character) || character.is_control();
    text.replace(unwanted, " ")
}

/// Removes unsafe characters and all controls except line breaks.
#[cfg(any(feature = "generate", feature = "store", test))]
pub(crate) fn lines_for_terminal(text: &str) -> String {
    let unwanted = |character: char| is_unsafe(character) || character.is_control() && character != '\n';
    text.replace(unwanted, "")
}

/// Escapes unsafe characters in JSON. They can occur in its strings only, so the value stays the same.
pub(crate) fn escape_json(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if is_unsafe(character) {
            // Writing to a string cannot fail.
            let _ = write!(text, "\\u{:04x}", u32::from(character));
        } else {
            text.push(character);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c1_controls_and_direction_marks_are_removed() {
        let value = "a\u{9b}2Jb\u{202e}cé".as_bytes();
        assert_eq!(for_terminal(value), "a2Jbcé");
        assert_eq!(for_terminal(b"a\x9b2J"), "a\u{fffd}2J");
    }

    #[test]
    fn line_breaks_of_a_text_are_kept() {
        assert_eq!(lines_for_terminal("a\n\tb\u{1b}[2J\r\nc\u{202e}\u{9b}"), "a\nb[2J\nc");
    }

    #[test]
    fn line_breaks_in_a_line_become_spaces() {
        assert_eq!(
            line_for_terminal("a\n  token none\r\u{1b}[2J\u{202e}"),
            "a   token none  [2J "
        );
    }

    #[test]
    fn escaped_json_has_the_same_value() {
        let value = serde_json::json!({ "note": "a\u{7f}\u{9b}2J\u{202e}\u{2066}\u{1b}é" });
        let text = escape_json(&value.to_string());
        assert_eq!(text, r#"{"note":"a\u007f\u009b2J\u202e\u2066\u001bé"}"#);
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read, value);
    }
}
