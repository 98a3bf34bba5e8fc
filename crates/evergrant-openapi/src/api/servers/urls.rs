//! Server URLs: their variables, and their validation.

use std::collections::HashMap;

use url::Url;

use super::{Servers, Variable};
use crate::api::ClientNames;
use crate::errors_and_warnings::Problem;
use crate::parsed_description::Node;

/// The maximum length in bytes, as there is one URL per environment and server.
pub(super) const MAX_URL_LENGTH: usize = 8_000;

impl Servers {
    /// Reads the URL, or the path if the URL has no host.
    pub(super) fn url(
        &mut self,
        node: &Node<'_>,
        names: &mut ClientNames,
        warnings: &mut Vec<Problem>,
    ) -> Result<(Option<String>, Option<String>), Problem> {
        let text = node.required("url")?;
        let fits = |url: &str| match url.len() <= MAX_URL_LENGTH {
            true => Ok(()),
            false => Err(node.problem(format!(
                "its URL is longer than {MAX_URL_LENGTH} bytes, with the defaults of its variables"
            ))),
        };
        fits(text)?;
        if !is_plain_url(text) {
            return Err(node.problem("its URL contains spaces or invalid characters, or has no host"));
        }
        let mut url = text.trim_end_matches('/').to_owned();
        let mut placeholders = HashMap::new();
        for (name, variable) in node.map("variables")? {
            let read = self.variable(name, &variable, names, warnings)?;
            placeholders.insert(name, format!("{{{}}}", read.name));
        }
        url = fill_variables(&url, |name| placeholders.get(name).map(String::as_str));
        let defaults = self.variables.iter();
        let defaults: HashMap<&str, &str> = defaults
            .map(|variable| (variable.name.as_str(), variable.default.as_str()))
            .collect();
        let filled = fill_variables(&url, |name| defaults.get(name).copied());
        fits(&filled)?;
        if filled.contains(['{', '}']) {
            return Err(node.problem("its URL has a variable that `variables` does not define"));
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
