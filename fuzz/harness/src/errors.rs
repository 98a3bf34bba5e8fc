//! What an error says, and that it is fit to be shown: one line, of bounded length, without characters that a terminal obeys.

use std::error::Error;

/// The longest message that an error may have, in characters.
const LONGEST_MESSAGE: usize = 4_000;

/// The message of the error and of each of its sources, and their `Debug` texts.
pub(crate) fn texts(error: &(impl Error + 'static)) -> Vec<String> {
    let mut texts = Vec::new();
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        texts.extend([error.to_string(), format!("{error:?}"), format!("{error:#?}")]);
        next = error.source();
    }
    texts
}

/// Panics when a message cannot be shown as it is.
pub(crate) fn assert_presentable(error: &(impl Error + 'static)) {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        assert_line(&error.to_string());
        next = error.source();
    }
}

/// Panics when a text is not one line that is fit for a terminal.
pub(crate) fn assert_line(text: &str) {
    let length = text.chars().count();
    assert!(length <= LONGEST_MESSAGE, "a message of {length} characters");
    assert!(!text.contains(is_unfit), "a message is not one plain line: {text:?}");
}

/// Controls, line separators, and what reorders or hides the text around it.
pub(crate) fn is_unfit(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}'
        )
}
