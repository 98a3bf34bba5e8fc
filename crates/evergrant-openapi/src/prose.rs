//! Names and sentences of a description, made fit for a line of documentation.

/// A name as code in Markdown: no backticks and no line breaks of its own.
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

/// The first line that says something.
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
