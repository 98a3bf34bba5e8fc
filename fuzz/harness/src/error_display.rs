//! Checks that errors can be displayed: one line of bounded length, without control characters that a terminal
//! interprets.

use std::error::Error;

/// Maximum length of a message, in characters.
const MAX_MESSAGE_LENGTH: usize = 4_000;

/// Returns the messages and `Debug` outputs of the error and all its sources.
pub(crate) fn texts(error: &(impl Error + 'static)) -> Vec<String> {
    let mut texts = Vec::new();
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        texts.extend([error.to_string(), format!("{error:?}"), format!("{error:#?}")]);
        next = error.source();
    }
    texts
}

/// Panics if a message of the error or one of its sources is not printable.
pub(crate) fn assert_presentable(error: &(impl Error + 'static)) {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        assert_line(&error.to_string());
        next = error.source();
    }
}

/// Panics if a text is not one printable line.
pub(crate) fn assert_line(text: &str) {
    let length = text.chars().count();
    assert!(length <= MAX_MESSAGE_LENGTH, "a message of {length} characters");
    assert!(
        !text.contains(is_unprintable),
        "a message is not one plain line: {text:?}"
    );
}

/// Control characters, line separators, and characters that reorder or hide the text around them.
pub(crate) fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}'
        )
}
