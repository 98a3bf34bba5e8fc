//! Formats names and sentences of a description for a single line of documentation.

/// Formats a name as inline code in Markdown, with backticks and control characters replaced.
pub(crate) fn code(name: &str) -> String {
    let name: String = name
        .chars()
        .map(|letter| match letter {
            '`' => '\'',
            letter if letter.is_control() => ' ',
            letter => letter,
        })
        .take(200)
        .collect();
    match name.trim().is_empty() {
        true => "(empty)".to_owned(),
        false => format!("`{}`", name.trim()),
    }
}

/// Returns the first line that is not blank, without control characters.
pub(crate) fn first_line(text: &str) -> String {
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    line.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .take(200)
        .collect()
}
