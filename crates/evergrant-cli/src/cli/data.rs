//! Looks for secrets in the body that `-d` gives on the command line: JSON, or a form.

use url::form_urlencoded;

use super::names::{is_description, is_secret_parameter, says_nothing};

/// What some editors put at the start of a text.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The name of the first secret in the data, if there is any.
pub(super) fn secret_in(data: &str) -> Option<String> {
    if is_json(data) {
        return Scan::new(data).find();
    }
    form_urlencoded::parse(data.trim().as_bytes()).find_map(|(name, value)| match is_json(&value) {
        // A form can have JSON in it.
        true if !is_secret_parameter(&name) => Scan::new(&value).find(),
        _ => (is_secret_parameter(&name) && !says_nothing(&value)).then(|| name.into_owned()),
    })
}

fn is_json(text: &str) -> bool {
    text.trim_start_matches(BYTE_ORDER_MARK)
        .trim_start()
        .starts_with(['{', '[', '"'])
}

/// One pass over JSON, valid or not: what a server would refuse stands on the command line all the same.
struct Scan<'a> {
    rest: &'a str,
    /// The name whose value comes next.
    name: Option<String>,
    /// How many objects and arrays are open.
    depth: usize,
    /// The outermost of them that is a secret by its name, and its depth: `{"password": {"value": ..}}`.
    within: Option<(String, usize)>,
}

impl<'a> Scan<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            rest: text.trim_start_matches(BYTE_ORDER_MARK),
            name: None,
            depth: 0,
            within: None,
        }
    }

    fn find(mut self) -> Option<String> {
        loop {
            self.rest = self.rest.trim_start();
            let first = self.rest.chars().next()?;
            match first {
                '{' | '[' => self.open(),
                '}' | ']' => self.close(),
                ',' => self.name = None,
                ':' => {}
                _ => {
                    let text = self.text(first);
                    if self.rest.trim_start().starts_with(':') {
                        self.name = Some(text);
                    } else if let Some(secret) = self.secret_of(&text) {
                        return Some(secret);
                    }
                    continue;
                }
            }
            self.rest = &self.rest[first.len_utf8()..];
        }
    }

    fn open(&mut self) {
        self.depth += 1;
        let name = self.name.take();
        if self.within.is_none() {
            let secret = name.filter(|name| is_secret_parameter(name));
            self.within = secret.map(|name| (name, self.depth));
        }
    }

    fn close(&mut self) {
        self.name = None;
        self.within.take_if(|(_, depth)| *depth == self.depth);
        self.depth = self.depth.saturating_sub(1);
    }

    /// The name of the secret that a value is, by its own name or by what it is part of.
    fn secret_of(&mut self, value: &str) -> Option<String> {
        let name = self.name.take();
        if says_nothing(value) {
            return None;
        }
        match name {
            Some(name) if is_secret_parameter(&name) => Some(name),
            Some(name) if is_description(&name) => None,
            _ => self.within.as_ref().map(|(name, _)| name.clone()),
        }
    }

    /// A string, in quotes of either kind, or whatever stands there without.
    fn text(&mut self, first: char) -> String {
        let end = match first {
            '"' | '\'' => self.closing(first),
            _ => self
                .rest
                .find(|character: char| character.is_whitespace() || ",:{}[]\"'".contains(character)),
        };
        let (text, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        // With its escapes read, where it has any.
        serde_json::from_str(text).unwrap_or_else(|_| text.trim_matches(['"', '\'']).to_owned())
    }

    /// Where the string in these quotes ends.
    fn closing(&self, quote: char) -> Option<usize> {
        let mut escaped = false;
        let mut characters = self.rest.char_indices().skip(1);
        let end = characters.find(|(_, character)| {
            let closes = *character == quote && !escaped;
            escaped = *character == '\\' && !escaped;
            closes
        });
        end.map(|(start, _)| start + quote.len_utf8())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_in_json_however_deep_and_however_it_is_written() {
        let deep = format!("{}\"pwd\":\"x\"{}", "{\"a\":[{".repeat(5_000), "}]}".repeat(5_000));
        for (data, name) in [
            (r#"{"a":{"refreshToken":"x"}}"#, "refreshToken"),
            (r#" [{"a": 1}, {"pwd" : "x"}]"#, "pwd"),
            (r#"{"refresh\u0054oken":"x"}"#, "refreshToken"),
            (r#"{"pwd":"x","pwd":null}"#, "pwd"),
            (r#"{"pin": 1234}"#, "pin"),
            (r#"{"passwords":["x"]}"#, "passwords"),
            (r#"{"password":{"value":"x"}}"#, "password"),
            (r#"{"credentials":[{"type":"a"},{"more":["x"]}]}"#, "credentials"),
            ("{\"a\":1}\n{\"pwd\":\"x\"}", "pwd"),
            ("{'apiKey': 'x', }", "apiKey"),
            ("{apiKey: x}", "apiKey"),
            (r#"{"a": "b", "pwd": "x"#, "pwd"),
            (r#"{"a":"\"","pwd":"x"}"#, "pwd"),
            ("\u{feff}{\"pwd\":\"x\"}", "pwd"),
            (deep.as_str(), "pwd"),
        ] {
            assert_eq!(secret_in(data).as_deref(), Some(name), "{data:.80}");
        }
    }

    #[test]
    fn secrets_are_found_in_forms() {
        for (data, name) in [
            ("accessToken=x", "accessToken"),
            ("a=b&pwd=x", "pwd"),
            ("a=b&access%5Ftoken=x", "access_token"),
            ("user%5Bpassword%5D=x", "user[password]"),
            (r#"payload={"client_secret":"x"}"#, "client_secret"),
        ] {
            assert_eq!(secret_in(data).as_deref(), Some(name), "{data}");
        }
    }

    #[test]
    fn other_data_is_let_through() {
        for data in [
            "",
            "hello",
            "the password is in the safe",
            "title=Secretary&page_token=x&token_type=bearer",
            "grant_type=password&reset_password=true&pwd=",
            r#"{"title":"password: none","note":"{\"pwd\":\"x\"}"}"#,
            r#"{"max_tokens":100,"nextPageToken":"x","reset_password":true,"password":null,"secret":""}"#,
            r#"{"credentials":{"type":"password","name":"OKTA"},"a":"x"}"#,
            r#"{"password":{},"secrets":[],"a":["x"]}"#,
            r#"["password","secret"]"#,
            "[1,2",
        ] {
            assert_eq!(secret_in(data), None, "{data}");
        }
    }
}
