//! What stands within a line: code and web links are kept, all else that Markdown could take for more than text is escaped.

/// Tags that mean a line or a paragraph become that, wherever they stand outside of code.
pub(super) fn without_markup(text: &str) -> String {
    let mut text = text.to_owned();
    for (tag, meaning) in [
        ("<br>", "\n"),
        ("<br/>", "\n"),
        ("<br />", "\n"),
        ("</br>", "\n"),
        ("<p>", "\n\n"),
        ("</p>", "\n\n"),
    ] {
        text = text.replace(tag, meaning);
    }
    text
}

/// A line's text, which begins nothing but a paragraph or goes on with one.
pub(super) fn inline(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 16);
    let mut rest = line;
    while let Some(letter) = rest.chars().next() {
        let taken = match letter {
            '`' => code(rest, &mut out),
            '[' => link(rest, &mut out),
            'h' if !out.ends_with(char::is_alphanumeric) => url(rest, &mut out),
            _ => None,
        };
        if let Some(taken) = taken {
            rest = &rest[taken..];
            continue;
        }
        rest = &rest[letter.len_utf8()..];
        match letter {
            // What was escaped already stays so.
            '\\' => match rest.chars().next().filter(char::is_ascii_punctuation) {
                Some(escaped) => {
                    out.extend(['\\', escaped]);
                    rest = &rest[1..];
                }
                None => out.push_str("\\\\"),
            },
            '[' | ']' | '<' | '>' | '`' => out.extend(['\\', letter]),
            '!' if rest.starts_with('[') => {}
            _ => out.push(letter),
        }
    }
    match out.starts_with(['-', '+', '*', '#', '=', '~', ':']) && !out.starts_with("**") {
        true => format!("\\{out}"),
        false => numbered(out),
    }
}

/// A number that begins a line and is no list's.
fn numbered(line: String) -> String {
    let digits = line.len() - line.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
    match digits > 0
        && line[digits..].starts_with(['.', ')'])
        && line[digits + 1..].chars().next().is_none_or(char::is_whitespace)
    {
        true => format!("{}\\{}", &line[..digits], &line[digits..]),
        false => line,
    }
}

/// A code span that ends on this line.
fn code(rest: &str, out: &mut String) -> Option<usize> {
    let fence = rest.len() - rest.trim_start_matches('`').len();
    let mut from = fence;
    loop {
        let start = from + rest[from..].find('`')?;
        let run = rest[start..].len() - rest[start..].trim_start_matches('`').len();
        if run == fence {
            out.push_str(&rest[..start + run]);
            return Some(start + run);
        }
        from = start + run;
    }
}

/// `[text](https://...)`.
fn link(rest: &str, out: &mut String) -> Option<usize> {
    let middle = rest.find("](")?;
    let text = &rest[1..middle];
    let target = &rest[middle + 2..];
    let end = target.find(')')?;
    let target = target[..end].trim();
    let plain = !text.is_empty() && !text.contains(['[', ']', '`', '\\', '<', '>']);
    if !plain || web(target) != Some(target.len()) {
        return None;
    }
    // An address as text is no link within the link.
    let address = web(text) == Some(text.len());
    out.push_str(&if address {
        format!("<{target}>")
    } else {
        format!("[{}](<{target}>)", text.replace('!', "\\!"))
    });
    Some(middle + 2 + end + 1)
}

fn url(rest: &str, out: &mut String) -> Option<usize> {
    let length = web(rest)?;
    out.push_str(&format!("<{}>", &rest[..length]));
    Some(length)
}

/// How long the web address is that a text begins with.
fn web(text: &str) -> Option<usize> {
    let start = ["https://", "http://"]
        .into_iter()
        .find(|start| text.starts_with(start))?
        .len();
    let is_end = |letter: char| {
        letter.is_whitespace()
            || letter.is_control()
            || matches!(letter, '<' | '>' | '`' | '"' | '[' | ']' | '\\' | '|' | '{' | '}')
    };
    let end = text[start..].find(is_end).map_or(text.len(), |end| start + end);
    let address = text[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\'', '*', '_']);
    (address.len() > start).then_some(address.len())
}
