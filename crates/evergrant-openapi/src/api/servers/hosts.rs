//! The hosts of environments: an endpoint may belong to some of them only.

use std::collections::HashSet;

use super::{Servers, Variable};

/// The hosts of each server in each environment.
pub(crate) struct EnvironmentHosts<'s> {
    servers: &'s Servers,
    /// By environment and server.
    hosts: Vec<Vec<HashSet<String>>>,
}

impl<'s> EnvironmentHosts<'s> {
    pub(crate) fn of(servers: &'s Servers) -> Self {
        let of_environment = |environment: usize| {
            let urls = servers.list.iter().filter_map(move |server| server.url(environment));
            urls.map(|url| servers.hosts(url)).collect()
        };
        Self {
            servers,
            hosts: (0..servers.environments.len()).map(of_environment).collect(),
        }
    }

    /// Returns the environments that an absolute URL does not belong to: other environments have a server on its host,
    /// and these do not. Values of a variable in a host count as environments, too.
    pub(crate) fn others(&self, url: &str) -> Vec<String> {
        let Some(host) = authority(url) else { return Vec::new() };
        let has_host = |hosts: &Vec<HashSet<String>>| hosts.iter().any(|hosts| hosts.contains(&host));
        if !self.hosts.iter().any(has_host) {
            return Vec::new();
        }
        let mut names: Vec<String> = Vec::new();
        for (environment, hosts) in self.servers.environments.iter().zip(&self.hosts) {
            if !has_host(hosts) {
                names.push(environment.name.clone());
                continue;
            }
            let other_values = hosts.iter().filter(|hosts| hosts.contains(&host)).flatten();
            let mut other_values: Vec<&String> = other_values.filter(|other| **other != host).collect();
            other_values.sort_unstable();
            names.extend(other_values.into_iter().take(MAX_SHOWN_HOSTS).cloned());
        }
        names
    }
}

impl Servers {
    /// Returns the hosts of a server URL, one for each listed value of its variables. Other variables have their
    /// default.
    fn hosts(&self, url: &str) -> HashSet<String> {
        let mut hosts: Vec<String> = authority(url).into_iter().collect();
        for variable in &self.variables {
            let placeholder = format!("{{{}}}", variable.name);
            if hosts.len() > MAX_HOSTS || !hosts.iter().any(|host| host.contains(&placeholder.to_lowercase())) {
                continue;
            }
            let filled = hosts.iter().flat_map(|host| {
                values(variable).map(|value| host.replace(&placeholder.to_lowercase(), &value.to_lowercase()))
            });
            hosts = filled.collect();
        }
        hosts.into_iter().collect()
    }
}

/// More combinations of values are not compared.
const MAX_HOSTS: usize = 100;

const MAX_VALUES: usize = 50;

const MAX_SHOWN_HOSTS: usize = 10;

fn values(variable: &Variable) -> impl Iterator<Item = &str> {
    let listed = variable.values.iter().map(|(value, _)| value.as_str());
    let default = Some(variable.default.as_str()).filter(|_| variable.values.is_empty());
    listed.take(MAX_VALUES).chain(default)
}

/// Returns the host and port of an absolute URL, in lower case and without the scheme's default port.
fn authority(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?.to_lowercase();
    let default_port = if scheme == "http" { ":80" } else { ":443" };
    Some(authority.strip_suffix(default_port).unwrap_or(&authority).to_owned())
}
