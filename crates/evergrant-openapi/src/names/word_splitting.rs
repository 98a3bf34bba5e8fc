//! Splits a name into words.

use unicode_normalization::UnicodeNormalization as _;

/// Returns the words of a name in lower case: split at separators and at changes of case. A `+` or `-` before a digit
/// becomes a word.
pub(super) fn words(name: &str) -> Vec<String> {
    let name = name.strip_prefix("r#").unwrap_or(name);
    // Rust compares identifiers in this normal form: names that are equal for Rust must be equal here.
    let spelled: String = spell_signs(name).nfkc().take(MAX_INPUT_CHARS).collect();
    let mut words: Vec<String> = Vec::new();
    for part in spelled
        .split(|letter: char| !is_identifier_char(letter))
        .filter(|part| !part.is_empty())
    {
        split_by_case(part, &mut words);
    }
    truncate(rejoin_split_words(words))
}

/// Characters beyond this are ignored.
const MAX_INPUT_CHARS: usize = 2_000;

/// Modules are files, and file systems limit the length of names.
const MAX_NAME_BYTES: usize = 96;

fn truncate(mut words: Vec<String>) -> Vec<String> {
    let mut room = MAX_NAME_BYTES;
    words.retain_mut(|word| {
        let cut = word
            .char_indices()
            .map(|(at, letter)| at + letter.len_utf8())
            .take_while(|end| *end <= room)
            .last();
        word.truncate(cut.unwrap_or(0));
        room = room.saturating_sub(word.len() + 1);
        !word.is_empty()
    });
    words
}

/// Returns whether a character is a letter or digit that an identifier may contain.
fn is_identifier_char(letter: char) -> bool {
    letter.is_alphanumeric() && (letter.is_ascii() || syn::parse_str::<syn::Ident>(&format!("a{letter}")).is_ok())
}

fn spell_signs(name: &str) -> String {
    let rest = |sign: char| {
        name.strip_prefix(sign)
            .filter(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
            .map(|rest| rest.chars().take(MAX_INPUT_CHARS).collect::<String>())
    };
    if let Some(rest) = rest('+') {
        return format!("plus {rest}");
    }
    if let Some(rest) = rest('-') {
        return format!("minus {rest}");
    }
    match name {
        "<" => "less".to_owned(),
        ">" => "greater".to_owned(),
        "<=" => "at most".to_owned(),
        ">=" => "at least".to_owned(),
        "=" | "==" => "equal".to_owned(),
        "!=" => "unequal".to_owned(),
        "*" => "any".to_owned(),
        _ => name.chars().take(MAX_INPUT_CHARS).collect(),
    }
}

fn split_by_case(part: &str, words: &mut Vec<String>) {
    let letters: Vec<char> = part.chars().collect();
    let mut word = String::new();
    for (index, &letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| letters[before]);
        let after = letters.get(index + 1);
        let begins = letter.is_uppercase()
            && before.is_some_and(|before| {
                !before.is_uppercase() && (!before.is_numeric() || after.is_some_and(|after| after.is_lowercase()))
                    || before.is_uppercase() && after.is_some_and(|after| after.is_lowercase())
            });
        if begins && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        word.extend(letter.to_lowercase().filter(|letter| is_identifier_char(*letter)));
    }
    if !word.is_empty() {
        words.push(word);
    }
}

/// Words that are split by a change of case, as first word and start of the second one.
const SPLIT_WORDS: [(&str, &str); 7] = [
    ("i", "pv4"),
    ("i", "pv6"),
    ("i", "os"),
    ("k", "hz"),
    ("m", "hz"),
    ("g", "hz"),
    ("o", "auth"),
];

/// Joins words such as `OAuth` and `IPv4` that were split by a change of case.
fn rejoin_split_words(words: Vec<String>) -> Vec<String> {
    let mut joined: Vec<String> = Vec::with_capacity(words.len());
    for word in words {
        let rest = |begin: &str| {
            SPLIT_WORDS
                .iter()
                .any(|(first, rest)| *first == begin && word.starts_with(rest))
        };
        match joined.last_mut() {
            Some(last) if rest(last) => last.push_str(&word),
            _ => joined.push(word),
        }
    }
    joined
}
