//! The words of a name.

use unicode_normalization::UnicodeNormalization as _;

/// The words in lower case: split at what is no letter or digit and where the case changes, `+` and `-` before a digit read as words.
pub(super) fn words(name: &str) -> Vec<String> {
    let name = name.strip_prefix("r#").unwrap_or(name);
    // As Rust compares identifiers, so that two that it takes for one do not come out as two.
    let spelled: String = spell_signs(name).nfkc().take(LONGEST_READ).collect();
    let mut words: Vec<String> = Vec::new();
    for part in spelled
        .split(|letter: char| !is_word(letter))
        .filter(|part| !part.is_empty())
    {
        split_by_case(part, &mut words);
    }
    shortened(join_torn(words))
}

/// Of a longer name, no more letters are looked at: what becomes of it is shorter.
const LONGEST_READ: usize = 2_000;

/// Files are named after modules, and file systems have limits.
const LONGEST: usize = 96;

fn shortened(mut words: Vec<String>) -> Vec<String> {
    let mut room = LONGEST;
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

/// Letters and digits that an identifier may have.
fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() && (letter.is_ascii() || syn::parse_str::<syn::Ident>(&format!("a{letter}")).is_ok())
}

fn spell_signs(name: &str) -> String {
    let rest = |sign: char| {
        name.strip_prefix(sign)
            .filter(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
            .map(|rest| rest.chars().take(LONGEST_READ).collect::<String>())
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
        _ => name.chars().take(LONGEST_READ).collect(),
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
        word.extend(letter.to_lowercase().filter(|letter| is_word(*letter)));
    }
    if !word.is_empty() {
        words.push(word);
    }
}

/// Words that case alone would tear apart: how they begin, and how they go on.
const TORN: [(&str, &str); 7] = [
    ("i", "pv4"),
    ("i", "pv6"),
    ("i", "os"),
    ("k", "hz"),
    ("m", "hz"),
    ("g", "hz"),
    ("o", "auth"),
];

/// Puts together what is one word, however it is written: `OAuth`, `IPv4`.
fn join_torn(words: Vec<String>) -> Vec<String> {
    let mut joined: Vec<String> = Vec::with_capacity(words.len());
    for word in words {
        let rest = |begin: &str| {
            TORN.iter()
                .any(|(first, rest)| *first == begin && word.starts_with(rest))
        };
        match joined.last_mut() {
            Some(last) if rest(last) => last.push_str(&word),
            _ => joined.push(word),
        }
    }
    joined
}
