//! Characters in a server's text that would steer the terminal or disguise what stands on it.

use std::fmt::Write as _;

/// DEL, the C1 controls (of which one opens an escape sequence by itself), and what changes the direction of writing.
pub(crate) fn is_trickery(character: char) -> bool {
    matches!(character,
        '\u{7f}'..='\u{9f}'
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A header's value without those characters, and without bytes that are no UTF-8: some terminals take them for C1 controls.
pub(crate) fn for_screen(value: &[u8]) -> String {
    String::from_utf8_lossy(value).replace(is_trickery, "")
}

/// One line without those characters, and without any other control: one that ends lines could write others in our name.
pub(crate) fn line_for_screen(text: &str) -> String {
    let unwanted = |character: char| is_trickery(character) || character.is_control();
    text.replace(unwanted, " ")
}

/// Several lines without those characters, and without any other control but the ends of lines.
pub(crate) fn lines_for_screen(text: &str) -> String {
    let unwanted = |character: char| is_trickery(character) || character.is_control() && character != '\n';
    text.replace(unwanted, "")
}

/// The same JSON with those characters escaped, which can stand in its strings only.
pub(crate) fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if is_trickery(character) {
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
    fn a_screen_gets_no_controls_in_either_encoding_and_no_turned_text() {
        let value = "a\u{9b}2Jb\u{202e}cé".as_bytes();
        assert_eq!(for_screen(value), "a2Jbcé");
        assert_eq!(for_screen(b"a\x9b2J"), "a\u{fffd}2J");
    }

    #[test]
    fn lines_stay_lines() {
        assert_eq!(lines_for_screen("a\n\tb\u{1b}[2J\r\nc\u{202e}\u{9b}"), "a\nb[2J\nc");
    }

    #[test]
    fn a_line_stays_one() {
        assert_eq!(
            line_for_screen("a\n  token none\r\u{1b}[2J\u{202e}"),
            "a   token none  [2J "
        );
    }

    #[test]
    fn json_means_the_same_with_its_controls_escaped() {
        let value = serde_json::json!({ "note": "a\u{7f}\u{9b}2J\u{202e}\u{2066}\u{1b}é" });
        let text = escaped(&value.to_string());
        assert_eq!(text, r#"{"note":"a\u007f\u009b2J\u202e\u2066\u001bé"}"#);
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read, value);
    }
}
