//! Which names stand for secrets in options, parameters, headers, queries and bodies, and which values look like one.
//!
//! One matcher serves all of them. It drops digits and separators, and compares what is left in lower case, so that
//! `refresh_token`, `Refresh-Token`, `refreshToken`, `refreshtoken` and `refresh_token2` are the same name:
//!
//! 1. A name with one of the [`PHRASES`] in it is that of a secret, unless what follows the phrase only describes the secret:
//!    `client_secret` and `passwordConfirmation` are secrets, `secret_name` and `passwordPolicy` are not ([`DESCRIPTIONS`]).
//!    A phrase starts where a word does, or lies within one: `compass_key` has no `passkey` in it.
//! 2. So is a name that ends with one of the [`ENDINGS`], or whose last word is one of the [`LAST_WORDS`].
//! 3. So is a token, unless it continues a list: `nextPageToken` ([`CURSORS`]).
//!
//! A mere `key` or `code` is none of these, since most APIs mean something harmless by them. In a URL's query, some more names
//! are in doubt ([`is_ambiguous`]): there the value decides. Everywhere, a value that cannot be a secret is none
//! ([`says_nothing`]).

mod lists;

use self::lists::{
    AMBIGUOUS, AUTH, COUNTERS, CURSORS, DESCRIPTIONS, DOUBTFUL_PHRASES, ENDINGS, FILLERS, LAST_WORDS, LOOKALIKES,
    NO_CURSORS, NOTHING, PHRASES, SCHEMES, SECRET_ID, TOKENS,
};

/// Whether a parameter of that name holds a secret: an option, a header, a parameter of a query or a form, a member of JSON.
pub(crate) fn is_secret_parameter(name: &str) -> bool {
    let mut words = words(name);
    if has_phrase(&words, PHRASES) || has_phrase(&words, DOUBTFUL_PHRASES) {
        return true;
    }
    drop_fillers(&mut words);
    has_ending(&words) || is_token(&words) || words.last().is_some_and(|word| LAST_WORDS.contains(&word.as_str()))
}

/// Whether the value is a secret, by its name and by what it is.
pub(super) fn is_secret(name: &str, value: &str) -> bool {
    match words(name).concat() == SECRET_ID {
        true => looks_generated(value) || is_uuid(value),
        false => is_secret_parameter(name) && !says_nothing(name, value),
    }
}

/// Whether a query's parameter of that name may hold a secret, and mostly does not: besides the [`AMBIGUOUS`] names, those that
/// are no sure sign of a secret, as a token of a kind that is not known (`?sellToken=DAI`). A query cannot be read from a file,
/// so that a refusal would be final.
pub(super) fn is_ambiguous(name: &str) -> bool {
    let mut words = words(name);
    if AMBIGUOUS.contains(&words.concat().as_str()) {
        return true;
    }
    let has_sure_phrase = has_phrase(&words, PHRASES);
    drop_fillers(&mut words);
    !has_sure_phrase && !has_ending(&words) && is_secret_parameter(name)
}

/// Whether a member of that name tells how somebody is known, and holds more than secrets where it is an object.
pub(super) fn is_auth(name: &str) -> bool {
    words(name).last().is_some_and(|word| word == AUTH)
}

/// Whether a member of that name says something of the secret that it is part of, as `type` does.
pub(super) fn is_description(name: &str) -> bool {
    words(name)
        .last()
        .is_some_and(|word| DESCRIPTIONS.contains(&word.as_str()))
}

/// Whether the value is none to hide, whatever its name: `?show_password=false`, `{"auth": "basic"}`, a short number, or how
/// many tokens there are. A longer number can be a PIN.
pub(super) fn says_nothing(name: &str, value: &str) -> bool {
    let is_one_of = |known: &[&str]| known.iter().any(|known| value.eq_ignore_ascii_case(known));
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let counts = || words(name).last().is_some_and(|word| word.ends_with(TOKENS[0]));
    is_one_of(NOTHING) || (is_number && (value.len() <= 3 || counts())) || (is_auth(name) && is_one_of(SCHEMES))
}

fn is_uuid(value: &str) -> bool {
    let parts = value.split('-').map(str::len);
    parts.eq([8, 4, 4, 4, 12]) && value.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Long, and written as keys and signatures are: in hexadecimal, or in base64 with both cases and digits. Names, dates and
/// UUIDs are not.
pub(super) fn looks_generated(value: &str) -> bool {
    let any = |kind: fn(&u8) -> bool| value.bytes().any(|byte| kind(&byte));
    let hexadecimal = value.len() >= 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    let base64 = value.len() >= 20
        && any(u8::is_ascii_digit)
        && any(u8::is_ascii_lowercase)
        && any(u8::is_ascii_uppercase)
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/=-_.~".contains(&byte));
    hexadecimal || base64
}

/// The name for a message, unless it may be more than a name: a value can run into it (`password: VALUE`).
pub(super) fn shown(name: &str) -> String {
    let is_name = |character: char| character.is_ascii_alphanumeric() || "_-.[]$".contains(character);
    match name.len() <= 40 && name.chars().all(is_name) {
        true => format!("`{name}`"),
        false => "a name that is not shown here".to_owned(),
    }
}

/// Whether a secret's name is nothing but that: what runs into it may be the secret (`--passwordVALUE`).
pub(super) fn is_bare_name(name: &str) -> bool {
    let joined = words(name).concat();
    let is_letter = |character: char| character.is_ascii_alphabetic() || "_-".contains(character);
    let mut ends = PHRASES.iter().chain(DOUBTFUL_PHRASES).chain(ENDINGS).chain(&TOKENS);
    name.chars().all(is_letter) && ends.any(|end| joined.ends_with(end))
}

/// In lower case, split at changes of case, at separators and at digits. Words that only look like those of a secret are left
/// out.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        let begins_word = character.is_uppercase()
            && (before.is_lowercase()
                || (before.is_uppercase() && characters.peek().is_some_and(|next| next.is_lowercase())));
        if begins_word || !character.is_alphabetic() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut()
            && character.is_alphabetic()
        {
            word.extend(character.to_lowercase());
        }
        before = character;
    }
    for word in &mut words {
        if let Some(lookalike) = LOOKALIKES.iter().find(|lookalike| word.starts_with(**lookalike)) {
            word.drain(..lookalike.len());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn drop_fillers(words: &mut Vec<String>) {
    while words.len() > 1 && words.last().is_some_and(|word| FILLERS.contains(&word.as_str())) {
        words.pop();
    }
}

fn has_ending(words: &[String]) -> bool {
    let joined = words.concat();
    ENDINGS.iter().any(|ending| joined.ends_with(ending))
}

/// Whether the name is that of a token, or of several, that is a secret.
fn is_token(words: &[String]) -> bool {
    let Some((last, before)) = words.split_last() else {
        return false;
    };
    let Some(kind) = TOKENS.iter().find_map(|token| last.strip_suffix(token)) else {
        return false;
    };
    let is_any = |known: &[&str], kind: &str| known.contains(&kind);
    match (kind, before) {
        // In a word of its own.
        ("", [only]) if only == "change" => false,
        ("", []) => true,
        ("", [.., kind]) => !is_any(CURSORS, kind) && !is_any(COUNTERS, kind),
        // Run together with it.
        (kind, _) => {
            let ends = |known: &[&str]| known.iter().any(|known| kind.ends_with(known));
            !is_any(COUNTERS, kind) && (!ends(CURSORS) || ends(NO_CURSORS))
        }
    }
}

/// Whether one of the phrases stands in the name, and no mere description of it.
fn has_phrase(words: &[String], phrases: &[&str]) -> bool {
    let joined = words.concat();
    let last = words.last().map_or("", String::as_str);
    let mut end = 0;
    let ends: Vec<usize> = words
        .iter()
        .map(|word| {
            end += word.len();
            end
        })
        .collect();
    let begins_or_lies_in_word = |start: usize, length: usize| {
        let word = ends.partition_point(|end| *end <= start);
        let word_start = word.checked_sub(1).map_or(0, |before| ends[before]);
        start == word_start || start + length <= ends[word]
    };
    phrases.iter().any(|phrase| {
        let mut found = joined.rmatch_indices(phrase);
        let found = found.find(|(start, _)| begins_or_lies_in_word(*start, phrase.len()));
        found.is_some_and(|(start, _)| {
            let rest = &joined[start + phrase.len()..];
            !describes(rest, last)
        })
    })
}

/// Whether what follows a phrase says something of the secret: by its last word, or by its end where it is run together.
fn describes(rest: &str, last: &str) -> bool {
    if rest.is_empty() {
        return false;
    }
    let is_run_together = last.len() > rest.len();
    DESCRIPTIONS.contains(&rest)
        || (rest.ends_with(last) && DESCRIPTIONS.contains(&last))
        || (is_run_together && DESCRIPTIONS.iter().any(|end| end.len() > 2 && rest.ends_with(end)))
}

#[cfg(test)]
mod tests;
