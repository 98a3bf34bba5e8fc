//! A file as a list of words with their lines.

/// The words of a file.
pub(crate) struct Text<'a> {
    words: Vec<(&'a str, usize)>,
}

impl<'a> Text<'a> {
    /// Splits `content` into words: letters, digits, underscores and apostrophes.
    pub(crate) fn new(content: &'a str) -> Self {
        let is_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '\'';
        let lines = content.lines().enumerate();
        let words = lines.flat_map(|(index, line)| {
            let words = line.split(move |letter| !is_word(letter));
            words.filter(|word| !word.is_empty()).map(move |word| (word, index + 1))
        });
        Self { words: words.collect() }
    }

    /// Finds `phrase`, one word or several in a row. Returns the line of the last word of each occurrence.
    pub(crate) fn find<'t>(&'t self, phrase: &str) -> impl Iterator<Item = usize> + use<'t, 'a> {
        let phrase: Vec<String> = phrase.split(' ').map(str::to_owned).collect();
        self.words.windows(phrase.len()).filter_map(move |window| {
            let is_same = window.iter().zip(&phrase).all(|((word, _), wanted)| word == wanted);
            let (_, line) = window.last()?;
            is_same.then_some(*line)
        })
    }
}

/// Returns the numbers of the comment lines with more than `width` characters. Table rows cannot be wrapped.
pub(crate) fn wide_comments(source: &str, width: usize) -> impl Iterator<Item = usize> {
    let lines = source.lines().enumerate().filter(move |(_, line)| {
        let text = line.trim_start();
        let is_table = text.trim_start_matches(['/', '!']).trim_start().starts_with('|');
        text.starts_with("//") && !is_table && line.chars().count() > width
    });
    lines.map(|(index, _)| index + 1)
}
