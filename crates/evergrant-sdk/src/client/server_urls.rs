//! Resolves server URLs: those of the application, or those of the environment with their variables expanded.

use std::fmt;

use evergrant::BuildError;
use evergrant::origin::Origin;
use url::Url;

use super::environment_hosts::foreign_environment;
use crate::configuration::Configuration;
use crate::metadata::{Api, Role, Variable};
use crate::url_template::ExpandedTemplate;

#[derive(Clone)]
pub(super) struct Servers {
    api: &'static Api,
    /// `None` if the application has to set the URL.
    urls: Vec<Option<String>>,
}

impl Servers {
    /// Resolves and validates the URL of each server.
    pub(super) fn resolve(configuration: &Configuration) -> Result<Self, BuildError> {
        let api = configuration.api;
        let plaintext = configuration.plaintext_policy();
        let mut urls = Vec::with_capacity(api.servers.len());
        for (index, server) in api.servers.iter().enumerate() {
            let setting = server.setter;
            let described = server.urls.get(configuration.environment).copied().flatten();
            let url = match (&configuration.servers[index], described) {
                (Some(url), _) => Some(url.clone()),
                // A value that is missing for a server other than the first is an error when that server is used.
                (None, Some(template)) if index > 0 && lacks_value(configuration, template) => None,
                (None, Some(template)) => Some(expand(configuration, setting, template)?),
                (None, None) => None,
            };
            if let Some(url) = &url {
                plaintext.parse_endpoint(setting, url)?;
            }
            urls.push(url);
        }
        let servers = Self { api, urls };
        let needs_url = api.servers.first().is_some_and(|first| first.role == Role::Api);
        match servers.url(0) {
            Err(_) if needs_url => Err(BuildError::MissingBaseUrl),
            _ => Ok(servers),
        }
    }

    /// Returns the URL of a server. The error names the setter.
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
            "the URL of the server `{name}` is not set; call {setter}(\"https://...\")"
        ))
    }

    fn urls(&self) -> impl Iterator<Item = Option<&str>> {
        self.urls.iter().map(Option::as_deref)
    }

    /// Returns the URLs for calls: `None` for a server that only has endpoints of schemes.
    pub(super) fn api_urls(&self) -> impl Iterator<Item = Option<&str>> {
        let servers = self.urls().zip(self.api.servers);
        servers.map(|(url, server)| url.filter(|_| server.role == Role::Api))
    }

    /// Returns the origins of the servers for calls.
    pub(super) fn api_origins(&self) -> impl Iterator<Item = Origin> {
        self.api_urls()
            .flatten()
            .filter_map(|url| Origin::of(&url.parse().ok()?))
    }

    /// Resolves an endpoint of a scheme: an absolute URL, a URL that starts with a server name in braces, or a path at
    /// the origin of the first server.
    pub(super) fn endpoint(
        &self,
        configuration: &Configuration,
        setting: &'static str,
        text: &str,
    ) -> Result<String, BuildError> {
        let placeholder = text.strip_prefix('{').and_then(|text| text.split_once('}'));
        let server = placeholder.and_then(|(name, rest)| Some((self.index_of(name)?, rest)));
        let invalid = |problem: String| BuildError::InvalidUrl { setting, problem };
        let (server, rest) = match server {
            Some(server_and_rest) => server_and_rest,
            None if text.starts_with('/') => {
                let base = Url::parse(self.url(0).map_err(invalid)?).map_err(|error| invalid(error.to_string()))?;
                return Ok(format!(
                    "{}{}",
                    base.origin().ascii_serialization(),
                    expand(configuration, setting, text)?
                ));
            }
            None => {
                let url = expand(configuration, setting, text)?;
                return self.check_environment(configuration, setting, &url).map(|()| url);
            }
        };
        let base = self.url(server).map_err(invalid)?;
        let rest = expand(configuration, setting, rest)?;
        Ok(match rest.as_str() {
            "" => base.to_owned(),
            rest => format!("{}/{}", base.trim_end_matches('/'), rest.trim_start_matches('/')),
        })
    }

    /// Rejects an absolute URL of the description that is on the host of another environment.
    pub(super) fn check_environment(
        &self,
        configuration: &Configuration,
        setting: &'static str,
        url: &str,
    ) -> Result<(), BuildError> {
        let own = self.urls().flatten().map(str::to_owned);
        match foreign_environment(configuration, own, url) {
            None => Ok(()),
            Some(other) => Err(BuildError::InvalidUrl {
                setting,
                problem: format!(
                    "the URL in the API description is on the host of another environment ({other}), and secrets are not sent there; set `{setting}` of this environment on the credentials"
                ),
            }),
        }
    }

    fn index_of(&self, name: &str) -> Option<usize> {
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

/// Whether a URL contains a variable without a value.
fn lacks_value(configuration: &Configuration, template: &str) -> bool {
    let variables = configuration.api.variables.iter().zip(&configuration.variables);
    let mut missing = variables.filter(|(variable, value)| variable.default.is_none() && value.is_none());
    missing.any(|(variable, _)| template.contains(&format!("{{{}}}", variable.name)))
}

/// Expands the variables. Values are validated, so that they cannot change other parts of the URL.
fn expand(configuration: &Configuration, setting: &'static str, template: &str) -> Result<String, BuildError> {
    let mut expanded = ExpandedTemplate::default();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        let index = configuration
            .api
            .variables
            .iter()
            .position(|variable| variable.name == name);
        let Some(index) = index else {
            let problem = format!("the description does not define its variable `{name}`");
            return Err(BuildError::InvalidUrl { setting, problem });
        };
        expanded.push_literal(before);
        let variable = &configuration.api.variables[index];
        let value = match &configuration.variables[index] {
            Some(value) => checked_value(variable, value, is_in_path(expanded.text()))?,
            None => variable.default.ok_or_else(|| BuildError::InvalidUrl {
                setting: variable.name,
                problem:
                    "the description has no value for this variable of the server URL; set it, or set the whole URL"
                        .to_owned(),
            })?,
        };
        expanded.push_value(variable.name, value);
        rest = after;
    }
    expanded.push_literal(rest);
    // Dot segments without values come from the description and are resolved when the URL is parsed.
    let start = path_start(expanded.text());
    let invalid_variable = expanded.dot_segments(start).find_map(|names| names.first().copied());
    if let Some(setting) = invalid_variable {
        let problem = "it creates a path segment that servers may read as `.` or `..`, which would change the path";
        return Err(BuildError::InvalidUrl {
            setting,
            problem: problem.to_owned(),
        });
    }
    Ok(expanded.into_text())
}

/// Returns the start of the path in a URL: 0 if there is no scheme.
fn path_start(url: &str) -> usize {
    let Some((scheme, rest)) = url.split_once("://").filter(|_| !url.starts_with('/')) else {
        return 0;
    };
    let authority = rest.find('/').unwrap_or(rest.len());
    scheme.len() + "://".len() + authority
}

/// Returns whether the position after this text is in the path of a URL.
fn is_in_path(before: &str) -> bool {
    match before.split_once("://") {
        Some((_, rest)) => rest.contains('/'),
        None => before.starts_with('/'),
    }
}

fn checked_value<'a>(variable: &Variable, value: &'a str, in_path: bool) -> Result<&'a str, BuildError> {
    let invalid = |problem: String| BuildError::InvalidUrl {
        setting: variable.name,
        problem,
    };
    if !variable.values.is_empty() {
        return match variable.values.contains(&value) {
            true => Ok(value),
            false => Err(invalid(format!("the allowed values are {}", list(variable.values)))),
        };
    }
    let ends_value =
        |character: char| "?#@\\".contains(character) || character.is_whitespace() || character.is_control();
    if value.contains(ends_value) || value.contains('/') && !in_path {
        return Err(invalid(
            "it contains a character that is not allowed at its position in the URL".to_owned(),
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
