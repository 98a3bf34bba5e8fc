//! Where the API's servers are: the environment's URLs with their variables filled in, or those that the application gave.

use std::fmt;

use evergrant::BuildError;
use evergrant::origin::{Origin, check_endpoint};
use url::Url;

use crate::Settings;
use crate::describe::{Api, Role, Variable};
use crate::filled::Filled;

#[derive(Clone)]
pub(super) struct Servers {
    api: &'static Api,
    /// `None` where the application has to say.
    urls: Vec<Option<String>>,
}

impl Servers {
    /// Each with its URL, checked.
    pub(super) fn resolve(settings: &Settings) -> Result<Self, BuildError> {
        let api = settings.api;
        let plaintext = settings.plaintext_policy();
        let mut urls = Vec::with_capacity(api.servers.len());
        for (index, server) in api.servers.iter().enumerate() {
            let setting = server.setter;
            let described = server.urls.get(settings.environment).copied().flatten();
            let url = match (&settings.servers[index], described) {
                (Some(url), _) => Some(url.clone()),
                (None, Some(template)) => Some(expand(settings, setting, template)?),
                (None, None) => None,
            };
            if let Some(url) = &url {
                check_endpoint(setting, url, &plaintext)?;
            }
            urls.push(url);
        }
        let servers = Self { api, urls };
        let is_called = api.servers.first().is_some_and(|first| first.role == Role::Api);
        match servers.url(0) {
            Err(_) if is_called => Err(BuildError::MissingBaseUrl),
            _ => Ok(servers),
        }
    }

    /// The URL, or what to do to have one.
    pub(super) fn url(&self, index: usize) -> Result<&str, String> {
        if let Some(Some(url)) = self.urls.get(index) {
            return Ok(url);
        }
        let (name, setter) = self
            .api
            .servers
            .get(index)
            .map_or(("", ""), |server| (server.name, server.setter));
        Err(format!(
            "the URL of the server `{name}` is not known; call {setter}(\"https://...\")"
        ))
    }

    fn urls(&self) -> impl Iterator<Item = Option<&str>> {
        self.urls.iter().map(Option::as_deref)
    }

    /// Where calls go: nothing for a server that only has endpoints of schemes.
    pub(super) fn api_urls(&self) -> impl Iterator<Item = Option<&str>> {
        let servers = self.urls().zip(self.api.servers);
        servers.map(|(url, server)| url.filter(|_| server.role == Role::Api))
    }

    /// The origins where calls go.
    pub(super) fn api_origins(&self) -> impl Iterator<Item = Origin> {
        self.api_urls()
            .flatten()
            .filter_map(|url| Origin::of(&url.parse().ok()?))
    }

    /// A scheme's URL: a whole one, one below a server that it names in braces, or a path at the first server's origin.
    pub(super) fn endpoint(
        &self,
        settings: &Settings,
        setting: &'static str,
        text: &str,
    ) -> Result<String, BuildError> {
        let named = text.strip_prefix('{').and_then(|text| text.split_once('}'));
        let server = named.and_then(|(name, rest)| Some((self.named(name)?, rest)));
        let invalid = |problem: String| BuildError::InvalidUrl { setting, problem };
        let (server, rest) = match server {
            Some(below) => below,
            None if text.starts_with('/') => {
                let base = Url::parse(self.url(0).map_err(invalid)?).map_err(|error| invalid(error.to_string()))?;
                return Ok(format!(
                    "{}{}",
                    base.origin().ascii_serialization(),
                    expand(settings, setting, text)?
                ));
            }
            None => return expand(settings, setting, text),
        };
        let base = self.url(server).map_err(invalid)?;
        let rest = expand(settings, setting, rest)?;
        Ok(match rest.as_str() {
            "" => base.to_owned(),
            rest => format!("{}/{}", base.trim_end_matches('/'), rest.trim_start_matches('/')),
        })
    }

    fn named(&self, name: &str) -> Option<usize> {
        let index = self.api.servers.iter().position(|server| server.name == name);
        index.or_else(|| (name == "default").then_some(0))
    }
}

impl PartialEq for Servers {
    fn eq(&self, other: &Self) -> bool {
        self.urls == other.urls
    }
}

impl fmt::Debug for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.urls()).finish()
    }
}

/// Fills in the variables. What is inserted is checked, so that it changes nothing but its own place.
fn expand(settings: &Settings, setting: &'static str, template: &str) -> Result<String, BuildError> {
    let mut expanded = Filled::default();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        let index = settings.api.variables.iter().position(|variable| variable.name == name);
        let Some(index) = index else {
            let problem = format!("its variable `{name}` is not in the description");
            return Err(BuildError::InvalidUrl { setting, problem });
        };
        expanded.push(before);
        let variable = &settings.api.variables[index];
        let value = match &settings.variables[index] {
            Some(value) => fitting(variable, value, is_in_path(expanded.text()))?,
            None => variable.default,
        };
        expanded.fill(variable.name, value);
        rest = after;
    }
    expanded.push(rest);
    // Fixed steps are the description's own, and are taken when the URL is read.
    let start = path_start(expanded.text());
    let wrong = expanded.dot_segments(start).find_map(|names| names.first().copied());
    if let Some(setting) = wrong {
        let problem = "it makes a segment of the path that servers may read as `.` or `..`, which would lead elsewhere";
        return Err(BuildError::InvalidUrl {
            setting,
            problem: problem.to_owned(),
        });
    }
    Ok(expanded.into_text())
}

/// Where the path of a URL begins; what has no scheme is a path from its start.
fn path_start(url: &str) -> usize {
    let Some((scheme, rest)) = url.split_once("://").filter(|_| !url.starts_with('/')) else {
        return 0;
    };
    let authority = rest.find('/').unwrap_or(rest.len());
    scheme.len() + "://".len() + authority
}

/// Whether what follows belongs to the path of a URL.
fn is_in_path(before: &str) -> bool {
    match before.split_once("://") {
        Some((_, rest)) => rest.contains('/'),
        None => before.starts_with('/'),
    }
}

fn fitting<'a>(variable: &Variable, value: &'a str, in_path: bool) -> Result<&'a str, BuildError> {
    let invalid = |problem: String| BuildError::InvalidUrl {
        setting: variable.name,
        problem,
    };
    if !variable.values.is_empty() {
        return match variable.values.contains(&value) {
            true => Ok(value),
            false => Err(invalid(format!("its values are {}", list(variable.values)))),
        };
    }
    let leaves = |character: char| "?#@\\".contains(character) || character.is_whitespace() || character.is_control();
    if value.contains(leaves) || value.contains('/') && !in_path {
        return Err(invalid(
            "it has a character that would end its place in the URL".to_owned(),
        ));
    }
    if value.is_empty() && !in_path {
        return Err(invalid("it is empty".to_owned()));
    }
    Ok(value)
}

fn list(values: &[&str]) -> String {
    let values: Vec<_> = values.iter().map(|value| format!("`{value}`")).collect();
    values.join(", ")
}
