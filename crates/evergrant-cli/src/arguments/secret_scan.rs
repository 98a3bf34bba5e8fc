//! Finds secrets in the request body that `-d` passes on the command line: JSON or a form.

use evergrant_profile::secret_names::{is_auth, is_description, is_harmless_value, is_secret, is_secret_parameter};
use url::form_urlencoded;

/// Some editors write it at the start of a file.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Returns the name of the first secret in the data.
pub(super) fn secret_in(data: &str) -> Option<String> {
    if is_json(data) {
        return secret_in_json(data);
    }
    form_urlencoded::parse(data.trim().as_bytes()).find_map(|(name, value)| match is_secret(&name, &value) {
        true => Some(name.into_owned()),
        // A form field may contain JSON.
        false => secret_in_json(&value),
    })
}

/// Returns the name of the first secret in JSON; `None` if the text is not JSON.
pub(super) fn secret_in_json(text: &str) -> Option<String> {
    is_json(text).then(|| Scan::new(text).find()).flatten()
}

fn is_json(text: &str) -> bool {
    text.trim_start_matches(BYTE_ORDER_MARK)
        .trim_start()
        .starts_with(['{', '[', '"'])
}

/// A name and a value in one object: `{"name": "DB_PASSWORD", "value": ".."}`.
#[derive(Default)]
struct Pair {
    /// The name, if it is one of a secret.
    name: Option<String>,
    value: Option<String>,
}

impl Pair {
    /// Adds a member of the object. Returns the name once the pair is a secret.
    fn add(&mut self, member: &str, text: &str) -> Option<String> {
        match member.to_ascii_lowercase().as_str() {
            "name" | "key" if !text.contains(char::is_whitespace) && is_secret_parameter(text) => {
                self.name = Some(text.to_owned());
            }
            "value" => self.value = Some(text.to_owned()),
            _ => return None,
        }
        let (name, value) = (self.name.as_ref()?, self.value.as_ref()?);
        is_secret(name, value).then(|| name.clone())
    }
}

/// One pass over JSON. Invalid JSON is scanned too: its secrets are on the command line all the same.
struct Scan<'a> {
    rest: &'a str,
    /// The name of the next value.
    name: Option<String>,
    /// The open objects and arrays.
    open: Vec<Pair>,
    /// Name and depth of the outermost open value whose name is one of a secret: `{"password": {"value": ..}}`.
    within: Option<(String, usize)>,
}

impl<'a> Scan<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            rest: text.trim_start_matches(BYTE_ORDER_MARK),
            name: None,
            open: Vec::new(),
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
        let name = self.name.take();
        // `{"name": "passwords", "value": ["x"]}`
        let paired = match &name {
            Some(name) if name.eq_ignore_ascii_case("value") => self.open.last().and_then(|pair| pair.name.clone()),
            _ => None,
        };
        self.open.push(Pair::default());
        if self.within.is_none() {
            let secret = name.filter(|name| is_secret_parameter(name) && !is_auth(name));
            self.within = paired.or(secret).map(|name| (name, self.open.len()));
        }
    }

    fn close(&mut self) {
        self.name = None;
        self.within.take_if(|(_, depth)| *depth == self.open.len());
        self.open.pop();
    }

    /// Returns the secret's name if the value is one, by its own name or by that of an enclosing value.
    fn secret_of(&mut self, value: &str) -> Option<String> {
        let name = self.name.take();
        if let Some(name) = &name {
            if is_secret(name, value) {
                return Some(name.clone());
            }
            let paired = self.open.last_mut().and_then(|pair| pair.add(name, value));
            if paired.is_some() || is_description(name) || is_secret_parameter(name) {
                return paired;
            }
        }
        let (within, _) = self.within.as_ref()?;
        (!is_harmless_value(within, value)).then(|| within.clone())
    }

    /// Reads a string in single or double quotes, or an unquoted word.
    fn text(&mut self, first: char) -> String {
        let end = match first {
            '"' | '\'' => self.closing(first),
            _ => self
                .rest
                .find(|character: char| character.is_whitespace() || ",:{}[]\"'".contains(character)),
        };
        let (text, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        // Decodes the escapes of valid JSON strings.
        serde_json::from_str(text).unwrap_or_else(|_| text.trim_matches(['"', '\'']).to_owned())
    }

    /// Returns the end of the quoted string.
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
    fn finds_secrets_in_nested_and_malformed_json() {
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
            (r#"{"tokens":["ghp_x"]}"#, "tokens"),
            (r#"{"auth":"dXNlcjpwYXNz"}"#, "auth"),
            (r#"{"auth":{"user":"me","pass":"x"}}"#, "pass"),
            (r#"[{"name":"DB_PASSWORD","value":"x"}]"#, "DB_PASSWORD"),
            (r#"{"a":[{"Value":"x","b":{},"Key":"apiKey"}]}"#, "apiKey"),
            (r#"{"name":"tokens","value":["x"]}"#, "tokens"),
            (deep.as_str(), "pwd"),
        ] {
            assert_eq!(secret_in(data).as_deref(), Some(name), "{data:.80}");
        }
    }

    #[test]
    fn finds_secrets_in_forms() {
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
    fn accepts_data_without_secrets() {
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
            r#"{"valid_tokens":5,"paidTokens":5,"max_user_tokens":100000,"tokens":{"input":5000}}"#,
            r#"{"SecretId":"prod/db","auth":"basic"}"#,
            r#"{"auth":{"type":"oauth2","tenant":"books"}}"#,
            r#"[{"name":"DB_PASSWORD","value":""},{"name":"DB_HOST","value":"x"},{"value":"x"}]"#,
            r#"{"name":"Reset your password","value":"x"}"#,
            "[1,2",
        ] {
            assert_eq!(secret_in(data), None, "{data}");
        }
    }
}
