//! Server URLs: their variables, and their validation.

use std::collections::HashMap;

use url::Url;

use super::{Servers, UrlGap, UrlGapKind, Variable};
use crate::api::ClientNames;
use crate::errors_and_warnings::Problem;
use crate::limits::{SERVERS, VARIABLES};
use crate::parsed_description::Node;

/// The maximum length in bytes, as there is one URL per environment and server.
pub(super) const MAX_URL_LENGTH: usize = 8_000;

/// Longer names are not variables.
const MAX_VARIABLE_NAME: usize = 80;

impl Servers {
    /// Reads the URL, or the path if the URL has no host.
    pub(super) fn url(
        &mut self,
        node: &Node<'_>,
        names: &mut ClientNames,
        warnings: &mut Vec<Problem>,
    ) -> Result<(Option<String>, Option<String>), Problem> {
        let written = node.required("url")?.trim();
        let text = without_placeholders(written);
        let fits = |url: &str| match url.len() <= MAX_URL_LENGTH {
            true => Ok(()),
            false => Err(node.problem(format!(
                "its URL is longer than {MAX_URL_LENGTH} bytes, with the defaults of its variables"
            ))),
        };
        fits(&text)?;
        if starts_with_placeholder(&text) {
            self.gap(node, written, UrlGapKind::Placeholder);
            return Ok((None, None));
        }
        let text = match text.strip_prefix("//") {
            Some(rest) if rest.starts_with(|first: char| first.is_alphanumeric() || first == '{') => {
                self.gap(node, written, UrlGapKind::Scheme);
                format!("https://{rest}")
            }
            _ => text,
        };
        let mut url = text.trim_end_matches('/').to_owned();
        let mut placeholders = HashMap::new();
        let mut defaults = HashMap::new();
        let mut undefined = Vec::new();
        let described: HashMap<&str, Node<'_>> = node.map("variables")?.into_iter().collect();
        for (name, variable) in node.map("variables")? {
            let read = self.variable(name, Some(&variable), names, warnings)?;
            if read.required && variables(&url).any(|known| known == name) {
                undefined.push(name.to_owned());
            }
            placeholders.insert(name.to_owned(), format!("{{{}}}", read.name));
            defaults.insert(read.name, read.default);
        }
        for name in variables(&url).filter(|name| is_variable_name(name)) {
            if !described.contains_key(name) && !placeholders.contains_key(name) {
                VARIABLES.check_at(self.variables.len() + 1, node)?;
                let read = self.variable(name, None, names, warnings)?;
                undefined.push(name.to_owned());
                placeholders.insert(name.to_owned(), format!("{{{}}}", read.name));
                defaults.insert(read.name, read.default);
            }
        }
        if !undefined.is_empty() {
            self.gap(node, written, UrlGapKind::Variables(undefined.clone()));
        }
        url = fill_variables(&url, |name| placeholders.get(name).map(String::as_str));
        let mut filled = fill_variables(&url, |name| defaults.get(name).map(String::as_str));
        if Url::parse(&filled).is_err() && !undefined.is_empty() {
            // The example value of a port.
            let is_undefined = |name: &str| {
                undefined
                    .iter()
                    .any(|known| placeholders[known] == format!("{{{name}}}"))
            };
            filled = fill_variables(&url, |name| match is_undefined(name) {
                true => Some("1"),
                false => defaults.get(name).map(String::as_str),
            });
        }
        fits(&filled)?;
        if filled.contains(['{', '}']) {
            return Err(node.problem("its URL has a brace without its counterpart, or a variable without a name"));
        }
        if has_marker(written)
            && (!is_plain_url(&filled)
                || filled.contains("://") && Url::parse(&filled).is_err()
                || filled.contains('*'))
        {
            self.gap(node, written, UrlGapKind::Placeholder);
            return Ok((None, None));
        }
        if !is_plain_url(&filled) {
            return Err(node.problem("its URL contains spaces or invalid characters, or has no host"));
        }
        let is_relative = !filled.contains("://") && !filled.contains(':');
        if is_relative {
            let path = Some(url).filter(|path| !path.is_empty());
            return Ok((None, path));
        }
        let host_of = |url: &str| {
            url.split_once("://")
                .and_then(|(_, rest)| rest.split('/').next().map(str::to_owned))
        };
        let in_host =
            |variable: &&Variable| host_of(&url).is_some_and(|host| host.contains(&format!("{{{}}}", variable.name)));
        for variable in self.variables.iter().filter(in_host) {
            let mut values = variable
                .values
                .iter()
                .map(|(value, _)| value)
                .chain([&variable.default]);
            if values.any(|value| value.contains('/')) {
                return Err(node.problem("a variable in its host has a slash in one of its values"));
            }
        }
        let parsed = Url::parse(&filled).map_err(|error| node.problem(format!("its URL cannot be used: {error}")))?;
        let plain = parsed.username().is_empty() && parsed.password().is_none() && parsed.has_host();
        if !matches!(parsed.scheme(), "http" | "https")
            || !plain
            || parsed.query().is_some()
            || parsed.fragment().is_some()
        {
            return Err(node.problem("its URL must be http or https without user, query and fragment"));
        }
        Ok((Some(url), None))
    }

    fn gap(&mut self, node: &Node<'_>, url: &str, kind: UrlGapKind) {
        let place = node.pointer();
        if self.gaps.len() < SERVERS.max && !self.gaps.iter().any(|known| known.place == place) {
            self.gaps.push(UrlGap {
                place,
                json_path: node.json_path(),
                url: url.to_owned(),
                kind,
            });
        }
    }
}

/// Returns the names of the variables in a URL.
fn variables(url: &str) -> impl Iterator<Item = &str> {
    let parts = url.split('{').skip(1);
    parts.filter_map(|rest| Some(rest.split_once('}')?.0))
}

fn is_variable_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= MAX_VARIABLE_NAME && !name.contains(['/', '{', '<', '>'])
}

/// Writes the placeholders `<name>`, `{{name}}` and `${name}` as variables.
fn without_placeholders(url: &str) -> String {
    let url = url.replace("{{", "{").replace("}}", "}").replace("${", "{");
    let mut text = String::with_capacity(url.len());
    let mut rest = url.as_str();
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        match after.split_once('>') {
            Some((name, after)) if is_variable_name(name) => {
                text.push('{');
                text.push_str(name);
                text.push('}');
                rest = after;
            }
            _ => {
                text.push('<');
                rest = after;
            }
        }
    }
    text + rest
}

/// Whether a placeholder stands for the scheme or the whole URL.
fn starts_with_placeholder(url: &str) -> bool {
    let Some((name, rest)) = url.strip_prefix('{').and_then(|rest| rest.split_once('}')) else {
        return false;
    };
    is_variable_name(name) && (rest.is_empty() || rest.starts_with('/') || rest.starts_with("://"))
}

/// Whether a URL has a placeholder such as `%TENANT%`, `*` or `[tenant]`.
fn has_marker(url: &str) -> bool {
    let in_brackets = url.split_once('[').and_then(|(_, rest)| Some(rest.split_once(']')?.0));
    url.contains(['<', '*'])
        || url.matches('%').count() > 1
        || in_brackets.is_some_and(|name| {
            name.chars()
                .all(|letter| letter.is_alphanumeric() || letter == '-' || letter == '_')
        })
}

/// Replaces the variables of a URL with their values. Unknown variables stay. The result is cut when it is too long.
fn fill_variables<'v>(url: &str, value: impl Fn(&str) -> Option<&'v str>) -> String {
    let mut filled = String::with_capacity(url.len());
    let mut rest = url;
    while filled.len() <= MAX_URL_LENGTH
        && let Some((before, variable)) = rest.split_once('{')
    {
        filled.push_str(before);
        rest = match variable
            .split_once('}')
            .and_then(|(name, rest)| Some((value(name)?, rest)))
        {
            Some((value, after)) => {
                filled.push_str(value);
                after
            }
            None => {
                filled.push('{');
                variable
            }
        };
    }
    filled + rest
}

/// Whether parsers read a URL as it is written: they skip line breaks, and treat backslashes as slashes.
pub(in crate::api) fn is_plain_url(text: &str) -> bool {
    let odd = |letter: char| letter.is_whitespace() || letter.is_control() || letter == '\\';
    let host = text.split_once("://").map(|(_, rest)| rest);
    !text.contains(odd) && !host.is_some_and(|host| host.is_empty() || host.starts_with('/'))
}

/// Whether the URL is plain `http` to another machine.
pub(crate) fn is_plain_http(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else {
        return false;
    };
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    !(host == "localhost" || host == "127.0.0.1" || rest.starts_with("[::1]"))
}
