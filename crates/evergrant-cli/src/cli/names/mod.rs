//! Which names stand for secrets in options, parameters, headers, queries and bodies, and which values look like one.
//!
//! One matcher serves all of them. It drops digits and separators, and compares what is left in lower case, so that
//! `refresh_token`, `Refresh-Token`, `refreshToken`, `refreshtoken` and `refresh_token2` are the same name:
//!
//! 1. A name with one of the [`PHRASES`] in it is that of a secret, unless what follows the phrase only describes the secret:
//!    `client_secret` and `passwordConfirmation` are secrets, `secret_name` and `passwordPolicy` are not ([`DESCRIPTIONS`]).
//! 2. So is a name that ends with one of the [`ENDINGS`], or whose last word is one of the [`LAST_WORDS`].
//! 3. A token that continues a list is not a secret: `nextPageToken` ([`CURSORS`]).
//!
//! A mere `key` or `code` is none of these, since most APIs mean something harmless by them. In a URL's query, some more names
//! are in doubt ([`is_ambiguous`]): there the value decides.

mod lists;

use self::lists::{AMBIGUOUS, CURSORS, DESCRIPTIONS, ENDINGS, FILLERS, LAST_WORDS, LOOKALIKES, PHRASES, TOKEN};

/// Whether a parameter of that name holds a secret: an option, a header, a parameter of a query or a form, a member of JSON.
pub(crate) fn is_secret_parameter(name: &str) -> bool {
    let mut words = words(name);
    if has_phrase(&words) {
        return true;
    }
    while words.len() > 1 && words.last().is_some_and(|word| FILLERS.contains(&word.as_str())) {
        words.pop();
    }
    let joined = words.concat();
    let ending = ENDINGS.iter().find(|ending| joined.ends_with(**ending));
    match ending {
        Some(ending) if *ending == TOKEN => {
            let before = &joined[..joined.len() - TOKEN.len()];
            !CURSORS.iter().any(|cursor| before.ends_with(cursor))
        }
        Some(_) => true,
        None => words.last().is_some_and(|word| LAST_WORDS.contains(&word.as_str())),
    }
}

/// Whether a query's parameter of that name may hold a secret, and mostly does not: besides the [`AMBIGUOUS`] names, a token of
/// a kind that is not known (`?sellToken=DAI`). A query cannot be read from a file, so that a refusal would be final.
pub(super) fn is_ambiguous(name: &str) -> bool {
    let words = words(name);
    let joined = words.concat();
    AMBIGUOUS.contains(&joined.as_str()) || (joined.ends_with(TOKEN) && !has_phrase(&words))
}

/// Whether a member of that name says something of the secret that it is part of, as `type` does.
pub(super) fn is_description(name: &str) -> bool {
    words(name)
        .last()
        .is_some_and(|word| DESCRIPTIONS.contains(&word.as_str()))
}

/// Whether the value is none to hide, whatever its name: `?show_password=false`.
pub(super) fn says_nothing(value: &str) -> bool {
    ["", "true", "false", "null"]
        .iter()
        .any(|nothing| value.eq_ignore_ascii_case(nothing))
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
    name.chars().all(is_letter) && PHRASES.iter().chain(ENDINGS).any(|end| joined.ends_with(end))
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
    words.retain(|word| !word.is_empty() && !LOOKALIKES.contains(&word.as_str()));
    words
}

/// Whether one of the [`PHRASES`] stands in the name, and no mere description of it.
fn has_phrase(words: &[String]) -> bool {
    let joined = words.concat();
    let last = words.last().map_or("", String::as_str);
    PHRASES.iter().any(|phrase| {
        joined.rfind(phrase).is_some_and(|start| {
            let rest = &joined[start + phrase.len()..];
            let described = DESCRIPTIONS.contains(&rest) || (rest.ends_with(last) && DESCRIPTIONS.contains(&last));
            rest.is_empty() || !described
        })
    })
}

#[cfg(test)]
mod tests;
