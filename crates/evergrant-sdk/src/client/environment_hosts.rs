//! The hosts of environments. An endpoint of the description that is on the host of another environment must not
//! receive the secrets of this one.

use crate::configuration::Configuration;
use crate::metadata::Variable;

/// More combinations of values are not compared.
const MAX_HOSTS: usize = 100;

/// Returns the environment whose host an absolute URL has, unless the selected environment has the same host. The URLs
/// of the application also belong to the selected environment.
pub(super) fn foreign_environment(
    configuration: &Configuration,
    own_urls: impl Iterator<Item = String>,
    url: &str,
) -> Option<&'static str> {
    let host = authority(url)?;
    let api = configuration.api;
    let described = |environment: usize| {
        let servers = api.servers.iter();
        servers.filter_map(move |server| server.urls.get(environment).copied().flatten())
    };
    let mut own = own_urls.filter_map(|url| authority(&url)).collect::<Vec<_>>();
    own.extend(described(configuration.environment).flat_map(|url| hosts(configuration, url, Values::Selected)));
    if own.contains(&host) {
        return None;
    }
    let mut environments = api.environments.iter().enumerate();
    let found = environments.find(|(environment, _)| {
        described(*environment).any(|url| hosts(configuration, url, Values::All).contains(&host))
    });
    found.map(|(_, name)| *name)
}

/// The values of variables that are filled in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Values {
    /// The value of the application, or the default. Variables without a list of values have both.
    Selected,
    /// All listed values, or the default.
    All,
}

fn hosts(configuration: &Configuration, url: &str, values: Values) -> Vec<String> {
    let mut hosts: Vec<String> = authority(url).into_iter().collect();
    for (index, variable) in configuration.api.variables.iter().enumerate() {
        let placeholder = format!("{{{}}}", variable.name).to_lowercase();
        if hosts.len() > MAX_HOSTS || !hosts.iter().any(|host| host.contains(&placeholder)) {
            continue;
        }
        let set = configuration.variables[index].as_deref();
        let filled = hosts.iter().flat_map(|host| {
            let values = values_of(variable, set, values).into_iter();
            values.map(|value| host.replace(&placeholder, &value.to_lowercase()))
        });
        hosts = filled.collect();
    }
    hosts
}

fn values_of<'v>(variable: &'v Variable, set: Option<&'v str>, values: Values) -> Vec<&'v str> {
    match (values, variable.values) {
        (Values::Selected, []) => set.into_iter().chain(variable.default).collect(),
        (Values::Selected, _) => set.or(variable.default).into_iter().collect(),
        (Values::All, []) => variable.default.into_iter().collect(),
        (Values::All, listed) => listed.iter().copied().take(MAX_HOSTS).collect(),
    }
}

/// Returns the host and port of an absolute URL, in lower case and without the scheme's default port.
fn authority(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?.to_lowercase();
    let default_port = if scheme == "http" { ":80" } else { ":443" };
    Some(authority.strip_suffix(default_port).unwrap_or(&authority).to_owned())
}
