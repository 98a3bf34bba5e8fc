//! A secret in text that encoders have gone over: each character of it may stand there bare or escaped, one by one, so no
//! encoder's own idea of what needs escaping matters.

/// How many encoders may have gone over the text one after another.
const LAYERS: usize = 2;

/// What an escape begins with, escaped itself or not; a `+` may be a space.
const LEADS: &[u8] = b"%\\&+";

/// Where the secret ends that begins at `at`; the last place if it can be read in several ways.
pub(super) fn end(text: &[u8], at: usize, secret: &str) -> Option<usize> {
    let (first, wanted) = (text.get(at)?, secret.as_bytes().first()?);
    if !first.eq_ignore_ascii_case(wanted) && !LEADS.contains(first) {
        return None;
    }
    let mut ends = vec![at];
    for character in secret.chars() {
        // Most text is bare, and then there is one way on at most.
        match ends[..] {
            [at] if !text.get(at).is_some_and(|first| LEADS.contains(first)) => ends[0] = bare(text, at, character)?,
            _ => ends = each(&ends, |at| ends_of(text, at, character, LAYERS)),
        }
        if ends.is_empty() {
            return None;
        }
    }
    ends.last().copied()
}

/// Every place where `character` may end if it begins at `at`.
fn ends_of(text: &[u8], at: usize, character: char, layers: usize) -> Vec<usize> {
    let mut ends: Vec<usize> = bare(text, at, character).into_iter().collect();
    if layers > 0 && text.get(at).is_some_and(|first| LEADS.contains(first)) {
        let inner = layers - 1;
        if character == ' ' {
            ends.extend(ends_of(text, at, '+', inner));
        }
        ends.extend(percent(text, at, character, inner));
        ends.extend(backslash(text, at, character, inner));
        ends.extend(entity(text, at, character, inner));
    }
    ends
}

fn bare(text: &[u8], at: usize, character: char) -> Option<usize> {
    let mut buffer = [0; 4];
    let bytes = character.encode_utf8(&mut buffer).as_bytes();
    starts_with(text, at, bytes).then_some(at + bytes.len())
}

/// `%2B`, in either case.
fn percent(text: &[u8], at: usize, character: char, layers: usize) -> Vec<usize> {
    let mut ends = vec![at];
    for byte in character.encode_utf8(&mut [0; 4]).bytes() {
        let hex = |at| number(text, at, 2, 16).filter(|value| same(*value, u32::from(byte)));
        ends = each(&ends, |at| ends_of(text, at, '%', layers));
        ends = each(&ends, |at| hex(at).map(|_| at + 2));
    }
    ends
}

/// `\/`, `\n`, `\u002B` and `\x2B`, as JSON and JavaScript have them.
fn backslash(text: &[u8], at: usize, character: char, layers: usize) -> Vec<usize> {
    let lead = |at| ends_of(text, at, '\\', layers);
    let leads = lead(at);
    if leads.is_empty() {
        return leads;
    }
    let mut ends = Vec::new();
    let short = match character {
        '\u{8}' => Some('b'),
        '\u{c}' => Some('f'),
        '\n' => Some('n'),
        '\r' => Some('r'),
        '\t' => Some('t'),
        _ => Some(character).filter(char::is_ascii_punctuation),
    };
    if let Some(short) = short {
        ends.extend(each(&leads, |at| ends_of(text, at, short, layers)));
    }
    let escape = |at, letter, digits, unit| {
        let value = text.get(at).filter(|byte| **byte == letter);
        let value = value.and_then(|_| number(text, at + 1, digits, 16));
        value.filter(|value| same(*value, unit)).map(|_| at + 1 + digits)
    };
    ends.extend(each(&leads, |at| escape(at, b'x', 2, u32::from(character))));
    let mut units = vec![at];
    for unit in character.encode_utf16(&mut [0; 2]) {
        units = each(&units, lead);
        units = each(&units, |at| escape(at, b'u', 4, u32::from(*unit)));
    }
    ends.extend(units);
    ends
}

/// `&amp;`, `&#43;` and `&#x2B;`.
fn entity(text: &[u8], at: usize, character: char, layers: usize) -> Vec<usize> {
    let leads = ends_of(text, at, '&', layers);
    if leads.is_empty() {
        return leads;
    }
    let name = match character {
        '&' => Some("amp"),
        '<' => Some("lt"),
        '>' => Some("gt"),
        '"' => Some("quot"),
        '\'' => Some("apos"),
        _ => None,
    };
    let named = each(&leads, |at| {
        let name = name.filter(|name| starts_with(text, at, name.as_bytes()))?;
        Some(at + name.len())
    });
    let hashes = each(&leads, |at| ends_of(text, at, '#', layers));
    let numbered = each(&hashes, |at| {
        let hex = starts_with(text, at, b"x");
        let (at, radix) = if hex { (at + 1, 16) } else { (at, 10) };
        let digits = text.get(at..)?.iter().take(8);
        let digits = digits.take_while(|byte| char::from(**byte).is_digit(radix)).count();
        let value = number(text, at, digits, radix)?;
        same(value, u32::from(character)).then_some(at + digits)
    });
    let bodies: Vec<usize> = named.into_iter().chain(numbered).collect();
    each(&bodies, |at| ends_of(text, at, ';', layers))
}

/// The places that each of these leads to, in order and once each.
fn each<I: IntoIterator<Item = usize>>(places: &[usize], next: impl Fn(usize) -> I) -> Vec<usize> {
    let mut reached: Vec<usize> = places.iter().flat_map(|at| next(*at)).collect();
    reached.sort_unstable();
    reached.dedup();
    reached
}

fn number(text: &[u8], at: usize, digits: usize, radix: u32) -> Option<u32> {
    let text = std::str::from_utf8(text.get(at..at + digits)?).ok()?;
    // `from_str_radix` takes a sign, too.
    let bare = text.chars().all(|digit| digit.is_digit(radix));
    u32::from_str_radix(text, radix).ok().filter(|_| bare)
}

fn same(one: u32, other: u32) -> bool {
    let lower = |value| char::from_u32(value).map_or(value, |value| u32::from(value.to_ascii_lowercase()));
    lower(one) == lower(other)
}

fn starts_with(text: &[u8], at: usize, prefix: &[u8]) -> bool {
    text.get(at..at + prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masks(secret: &str, shown: &str) {
        assert_eq!(
            end(shown.as_bytes(), 0, secret),
            Some(shown.len()),
            "{secret} as {shown}"
        );
    }

    #[test]
    fn a_secret_is_found_as_each_encoder_writes_it() {
        for (secret, shown) in [
            ("a!b+c*d~e(f)'g h", "a!b+c*d~e(f)'g h"),
            ("a!b+c*d~e(f)'g h", "A!B+C*D~E(F)'G H"),
            ("a!b+c*d~e(f)'g h", "a!b%2Bc*d~e(f)'g%20h"),
            ("a!b+c*d~e(f)'g h", "a%21b%2Bc*d%7Ee%28f%29%27g+h"),
            ("a!b+c*d~e(f)'g h", "a%21b%2bc%2ad~e%28f%29%27g%20h"),
            ("ab/cd+ef", "ab/cd%2Bef"),
            ("ab/cd+ef", "ab%252Fcd%252bef"),
            ("ab/cd+ef", r"ab\/cd+ef"),
            ("ab/cd+ef", r"ab/cd\u002Bef"),
            ("ab/cd+ef", r"ab\x2fcd\x2Bef"),
            ("a\"b\\c\nd", r#"a\"b\\c\nd"#),
            ("a\"b\\c\nd", r#"a\\\"b\\\\c\\nd"#),
            ("a&b<c>d\"e'f+g", "a&amp;b&lt;c&gt;d&quot;e&apos;f+g"),
            ("a&b<c>d\"e'f+g", "a&#38;b&#60;c&#62;d&#34;e&#39;f&#43;g"),
            ("a&b<c>d\"e'f+g", "a&#x26;b&#x3C;c&#X3e;d&#x0022;e&#x27;f&#x2b;g"),
            ("a&b", "a&amp;amp;b"),
            ("a&b", r"a\u0026amp;b"),
            ("a+b", "a%26%2343%3Bb"),
            ("a£b", "a%C2%A3b"),
            ("a£b", r"a\u00A3b"),
            ("a£b", "a&#163;b"),
            ("a😀b", r"a\uD83D\uDE00b"),
            ("a😀b", "a&#x1F600;b"),
        ] {
            masks(secret, shown);
        }
    }

    #[test]
    fn a_secret_that_looks_encoded_is_found_bare_and_encoded() {
        for shown in ["a%2Fb+c&amp;d\\", "a%252Fb%2Bc%26amp%3Bd%5C", r"a%2Fb+c\u0026amp;d\\"] {
            masks(r"a%2Fb+c&amp;d\", shown);
        }
    }

    #[test]
    fn what_is_not_the_secret_is_left_alone() {
        for shown in [
            "a%2",
            "a%2Cb",
            "a%+2b",
            r"a\u002",
            "a&#4",
            "a&#43b",
            "ab",
            "%",
            "",
            "a&#99999999;b",
        ] {
            assert_eq!(end(shown.as_bytes(), 0, "a+b"), None, "{shown}");
        }
        assert_eq!(end(b"a", 0, ""), None);
        assert_eq!(end(b"a", 1, "a"), None);
    }

    #[test]
    fn every_way_of_escaping_each_character_is_found() {
        let secret = "s3:cr/t+ é%\\&\"";
        let ways: [fn(char) -> String; 6] = [
            |character| character.to_string(),
            |character| {
                character
                    .to_string()
                    .bytes()
                    .map(|byte| format!("%{byte:02x}"))
                    .collect()
            },
            |character| {
                character
                    .to_string()
                    .bytes()
                    .map(|byte| format!("%25{byte:02X}"))
                    .collect()
            },
            |character| format!("\\u{:04x}", u32::from(character)),
            |character| format!("&#{};", u32::from(character)),
            |character| format!("&#x{:X};", u32::from(character)),
        ];
        for first in ways {
            for second in ways {
                let shown: String = secret
                    .chars()
                    .enumerate()
                    .map(|(index, character)| [first, second][index % 2](character))
                    .collect();
                masks(secret, &shown);
            }
        }
    }
}
