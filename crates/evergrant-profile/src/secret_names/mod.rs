//! Recognizes the names of secrets in options, parameters, headers, queries and bodies, and values that look like
//! secrets.
//!
//! All names are matched in the same way: digits and separators are removed, and the rest is compared in lower case, so
//! that `refresh_token`, `Refresh-Token`, `refreshToken`, `refreshtoken` and `refresh_token2` are the same name. A name
//! is the name of a secret if one of these rules applies:
//!
//! 1. It contains one of the `PHRASES`, and the rest does not only describe the secret (`DESCRIPTIONS`):
//!    `client_secret` and `passwordConfirmation` are secrets, `secret_name` and `passwordPolicy` are not. A phrase
//!    starts where a word starts, or is within one word: `compass_key` does not contain `passkey`.
//! 2. It ends with one of the `ENDINGS`, or its last word is one of the `LAST_WORDS`.
//! 3. It is a token, but not a cursor of a list, such as `nextPageToken` (`CURSORS`).
//!
//! `key` and `code` alone are not secrets, because they are harmless in most APIs. In the query of a URL, more names
//! are ambiguous ([`is_ambiguous`]), and the value decides. A value that cannot be a secret is never one
//! ([`is_harmless_value`]).

mod word_lists;

use self::word_lists::{
    AMBIGUOUS, AMBIGUOUS_PHRASES, AUTH, COUNTERS, CURSOR_EXCEPTIONS, CURSORS, DESCRIPTIONS, ENDINGS, FILLERS,
    HARMLESS_VALUES, LAST_WORDS, LOOKALIKES, PHRASES, SCHEMES, SECRET_ID, TOKENS,
};

/// Returns whether a parameter with this name usually contains a secret. The parameter may be an option, a header, a
/// query or form parameter, or a JSON member.
pub fn is_secret_parameter(name: &str) -> bool {
    let mut words = words(name);
    if has_phrase(&words, PHRASES) || has_phrase(&words, AMBIGUOUS_PHRASES) {
        return true;
    }
    drop_fillers(&mut words);
    has_ending(&words) || is_token(&words) || words.last().is_some_and(|word| LAST_WORDS.contains(&word.as_str()))
}

/// Returns whether `value` is probably a secret, judging by its name and its content.
pub fn is_secret(name: &str, value: &str) -> bool {
    match words(name).concat() == SECRET_ID {
        true => looks_generated(value) || is_uuid(value),
        false => is_secret_parameter(name) && !is_harmless_value(name, value),
    }
}

/// Returns whether a query parameter with this name may contain a secret, but usually does not. Examples are `key`,
/// `signature`, and a name that does not say which kind of token it means (`?sellToken=DAI`). A program should not
/// reject such a parameter, because in a query there is no other way to pass the value, such as a file.
pub fn is_ambiguous(name: &str) -> bool {
    let mut words = words(name);
    if AMBIGUOUS.contains(&words.concat().as_str()) {
        return true;
    }
    let has_sure_phrase = has_phrase(&words, PHRASES);
    drop_fillers(&mut words);
    !has_sure_phrase && !has_ending(&words) && is_secret_parameter(name)
}

/// Returns whether a JSON member with this name describes authentication, such as `auth`. If the value of such a member
/// is an object, the object contains more than secrets.
pub fn is_auth(name: &str) -> bool {
    words(name).last().is_some_and(|word| word == AUTH)
}

/// Returns whether a JSON member with this name only describes a secret in the same object, as the member `type` does.
pub fn is_description(name: &str) -> bool {
    words(name)
        .last()
        .is_some_and(|word| DESCRIPTIONS.contains(&word.as_str()))
}

/// Returns whether `value` cannot be a secret, even if `name` is that of a secret. Examples are `?show_password=false`,
/// `{"auth": "basic"}`, a short number, and a number of tokens. A longer number is not harmless, because it can be a
/// PIN.
pub fn is_harmless_value(name: &str, value: &str) -> bool {
    let is_one_of = |list: &[&str]| list.iter().any(|item| value.eq_ignore_ascii_case(item));
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let is_count = || words(name).last().is_some_and(|word| word.ends_with(TOKENS[0]));
    is_one_of(HARMLESS_VALUES)
        || (is_number && (value.len() <= 3 || is_count()))
        || (is_auth(name) && is_one_of(SCHEMES))
}

fn is_uuid(value: &str) -> bool {
    let parts = value.split('-').map(str::len);
    parts.eq([8, 4, 4, 4, 12]) && value.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Returns whether `value` looks like a generated key or signature. Such a value is long, and either hexadecimal, or
/// base64 with both cases and digits. Names, dates and UUIDs do not count as generated.
pub fn looks_generated(value: &str) -> bool {
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

/// Returns `name` for use in a message, or a placeholder if the text may contain a value too, as in `password: VALUE`.
pub fn display_name(name: &str) -> String {
    let is_name = |character: char| character.is_ascii_alphanumeric() || "_-.[]$".contains(character);
    match name.len() <= 40 && name.chars().all(is_name) {
        true => format!("`{name}`"),
        false => "a name that is not shown here".to_owned(),
    }
}

/// Returns whether the text `name` is only the name of a secret. Text after the name may be the secret itself, as in
/// `--passwordVALUE`.
pub fn is_bare_name(name: &str) -> bool {
    let joined = words(name).concat();
    let is_letter = |character: char| character.is_ascii_alphabetic() || "_-".contains(character);
    let mut ends = PHRASES.iter().chain(AMBIGUOUS_PHRASES).chain(ENDINGS).chain(&TOKENS);
    name.chars().all(is_letter) && ends.any(|end| joined.ends_with(end))
}

/// Splits a name at changes of case, at separators and at digits, in lower case. Omits words that only look like those
/// of a secret.
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

/// Returns whether the name is that of one or several secret tokens.
fn is_token(words: &[String]) -> bool {
    let Some((last, before)) = words.split_last() else {
        return false;
    };
    let Some(kind) = TOKENS.iter().find_map(|token| last.strip_suffix(token)) else {
        return false;
    };
    let is_any = |list: &[&str], kind: &str| list.contains(&kind);
    match (kind, before) {
        // `token` is a separate word.
        ("", [only]) if only == "change" => false,
        ("", []) => true,
        ("", [.., kind]) => !is_any(CURSORS, kind) && !is_any(COUNTERS, kind),
        // `token` is part of a longer word.
        (kind, _) => {
            let ends = |list: &[&str]| list.iter().any(|ending| kind.ends_with(ending));
            !is_any(COUNTERS, kind) && (!ends(CURSORS) || ends(CURSOR_EXCEPTIONS))
        }
    }
}

/// Returns whether the name contains one of the phrases, and does not only describe it.
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
    let is_at_word_boundary = |start: usize, length: usize| {
        let word = ends.partition_point(|end| *end <= start);
        let word_start = word.checked_sub(1).map_or(0, |before| ends[before]);
        start == word_start || start + length <= ends[word]
    };
    phrases.iter().any(|phrase| {
        let mut matches = joined.rmatch_indices(phrase);
        let last_match = matches.find(|(start, _)| is_at_word_boundary(*start, phrase.len()));
        last_match.is_some_and(|(start, _)| {
            let rest = &joined[start + phrase.len()..];
            !describes(rest, last)
        })
    })
}

/// Returns whether the text after a phrase describes the secret, according to its last word, or to its end if it is one
/// word.
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
