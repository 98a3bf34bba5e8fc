//! Environments, named servers, and the variables of their URLs.

mod hosts;
mod urls;
mod variables;

use std::collections::HashMap;

use url::Url;

use super::ClientNames;
use crate::errors_and_warnings::{Pointer, Problem};
use crate::limits::SERVERS;
use crate::names::{Names, pascal, snake};
use crate::parsed_description::{Node, NodeId};
use crate::problem_list::ProblemList;

pub(crate) use self::hosts::EnvironmentHosts;
pub(crate) use self::urls::is_plain_http;
pub(super) use self::urls::is_plain_url;
pub(crate) use self::variables::Variable;

#[derive(Debug)]
pub(crate) struct Servers {
    /// Never empty; the first is the default.
    pub(crate) environments: Vec<Environment>,
    /// Never empty; the first is the server of operations that do not name another one.
    pub(crate) list: Vec<Server>,
    pub(crate) variables: Vec<Variable>,
    pub(crate) gaps: Vec<UrlGap>,
    variants: Names,
    variable_names: Names,
    /// The servers of paths and operations, by node.
    read: HashMap<NodeId, Option<usize>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Environment {
    pub(crate) name: String,
    pub(crate) variant: String,
    pub(crate) description: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub(crate) name: String,
    /// The method on the client builder: `base_url`, `auth_server_url`.
    pub(crate) setter: String,
    /// One URL for each environment; `None` if the application must set it.
    pub(crate) urls: Vec<Option<String>>,
    /// The described paths without a host, by environment.
    pub(crate) relatives: Vec<Option<String>>,
}

/// A URL that the description does not state completely.
#[derive(Debug, Clone)]
pub(crate) struct UrlGap {
    pub(crate) place: Pointer,
    pub(crate) json_path: String,
    pub(crate) url: String,
    pub(crate) kind: UrlGapKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UrlGapKind {
    /// Variables without a value, which the application sets.
    Variables(Vec<String>),
    /// A placeholder for the whole URL or for a part that cannot be a variable.
    Placeholder,
    /// A URL without a scheme, such as `//api.example.com`.
    Scheme,
}

pub(crate) const DEFAULT: &str = "default";

impl Servers {
    /// Reads the servers. One with a problem has no URL, so that the application must set it.
    pub(super) fn read(
        root: &Node<'_>,
        names: &mut ClientNames,
        warnings: &mut Vec<Problem>,
        problems: &mut ProblemList,
    ) -> Result<Self, Problem> {
        let mut servers = Self {
            environments: Vec::new(),
            list: vec![Server::new(DEFAULT, "base_url".to_owned())],
            variables: Vec::new(),
            gaps: Vec::new(),
            variants: Names::default(),
            variable_names: Names::default(),
            read: HashMap::new(),
        };
        let listed = problems.catch(root.list("servers"))?.unwrap_or_default();
        SERVERS.check_at(listed.len(), root)?;
        let is_single = listed.len() == 1;
        for (index, node) in listed.iter().enumerate() {
            let added = servers.add(node, index, is_single, names, warnings);
            if problems.catch(added)?.is_none() && servers.environments.is_empty() && is_single {
                servers.environment("Production", None);
            }
        }
        if servers.environments.is_empty() {
            servers.environment("Production", None);
        }
        let count = servers.environments.len();
        for server in &mut servers.list {
            server.urls.resize(count, None);
            server.relatives.resize(count, None);
        }
        Ok(servers)
    }

    fn add(
        &mut self,
        node: &Node<'_>,
        index: usize,
        is_single: bool,
        names: &mut ClientNames,
        warnings: &mut Vec<Problem>,
    ) -> Result<(), Problem> {
        let (url, relative) = self.url(node, names, warnings)?;
        let description = node.string("description")?;
        let label = node.string("x-evergrant-environment")?;
        let name = match label {
            Some(name) => name.to_owned(),
            None if is_single => "Production".to_owned(),
            None => match node.string("name")?.or(description).filter(|text| is_label(text)) {
                Some(label) => label.to_owned(),
                None => format!("Server {}", index + 1),
            },
        };
        let server_name = node.string("x-evergrant-server")?.unwrap_or(DEFAULT);
        let server = self.find_or_add(server_name, names);
        let known = self
            .environments
            .iter()
            .position(|environment| environment.name == name);
        let environment = match known {
            Some(known) if self.list[server].is_free(known) => known,
            Some(_) if label.is_some() => {
                return Err(node.problem("this environment already has a server of this name"));
            }
            // Two servers of the same name without a label are two environments.
            _ => self.environment(&name, description),
        };
        let urls = &mut self.list[server].urls;
        urls.resize(urls.len().max(environment + 1), None);
        urls[environment] = url;
        let relatives = &mut self.list[server].relatives;
        relatives.resize(relatives.len().max(environment + 1), None);
        relatives[environment] = relative;
        Ok(())
    }

    /// The descriptions of environments and variables.
    pub(super) fn descriptions(&self) -> impl Iterator<Item = &Option<String>> {
        let environments = self.environments.iter().map(|environment| &environment.description);
        environments.chain(self.variables.iter().map(|variable| &variable.description))
    }

    fn environment(&mut self, name: &str, description: Option<&str>) -> usize {
        self.environments.push(Environment {
            variant: self.variants.take(pascal(name)),
            name: name.to_owned(),
            description: description.map(str::to_owned),
        });
        self.environments.len() - 1
    }

    fn find_or_add(&mut self, name: &str, names: &mut ClientNames) -> usize {
        if let Some(known) = self.position(name) {
            return known;
        }
        let base = snake(name);
        let setter = names.builder.take(match base.ends_with("url") {
            true => base,
            false => format!("{base}_url"),
        });
        self.list.push(Server::new(name, setter));
        self.list.len() - 1
    }

    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.list.iter().position(|server| server.name == name)
    }

    /// Returns the server of a path or an operation, from `x-evergrant-server` or its own `servers`.
    pub(super) fn of(
        &mut self,
        node: &Node<'_>,
        names: &mut ClientNames,
        warnings: &mut Vec<Problem>,
    ) -> Result<Option<usize>, Problem> {
        if let Some(name) = node.string("x-evergrant-server")? {
            let known = self.position(name);
            return known
                .map(Some)
                .ok_or_else(|| node.problem(format!("no server is named {name:?}")));
        }
        let Some(listed) = node.get("servers") else {
            return Ok(None);
        };
        if let Some(known) = self.read.get(&listed.id()) {
            return Ok(*known);
        }
        let server = self.read_list(&listed, names, warnings)?;
        self.read.insert(listed.id(), server);
        Ok(server)
    }

    /// Returns the server for a list of URLs, each for one or more environments.
    fn read_list(
        &mut self,
        listed: &Node<'_>,
        names: &mut ClientNames,
        warnings: &mut Vec<Problem>,
    ) -> Result<Option<usize>, Problem> {
        let servers: Vec<Node<'_>> = listed.items()?.collect();
        SERVERS.check_at(servers.len(), listed)?;
        let Some(first) = servers.first() else { return Ok(None) };
        let (fallback, relative) = self.url(first, names, warnings)?;
        let relatives = vec![relative; self.environments.len()];
        let urls = self.assign_urls(&servers, names, warnings)?;
        if let Some(known) = self
            .list
            .iter()
            .position(|server| server.urls == urls && server.relatives == relatives)
        {
            return Ok(Some(known));
        }
        let host = fallback
            .as_deref()
            .and_then(|url| Url::parse(&url.replace(['{', '}'], "")).ok());
        let host = host.and_then(|url| url.host_str().map(str::to_owned));
        let name = first
            .string("x-evergrant-server")?
            .map(str::to_owned)
            .or(host)
            .unwrap_or_else(|| "own".to_owned());
        SERVERS.check_at(self.list.len() + 1, first)?;
        let mut unique = Names::with_reserved(self.list.iter().map(|server| server.name.as_str()));
        let index = self.find_or_add(&unique.take(name), names);
        self.list[index].urls = urls;
        self.list[index].relatives = relatives;
        Ok(Some(index))
    }

    /// Assigns URLs to environments: by environment name, or by position if there are as many. A single URL is for all.
    fn assign_urls(
        &mut self,
        servers: &[Node<'_>],
        names: &mut ClientNames,
        warnings: &mut Vec<Problem>,
    ) -> Result<Vec<Option<String>>, Problem> {
        let mut listed = Vec::with_capacity(servers.len());
        for server in servers {
            let label = server
                .string("x-evergrant-environment")?
                .or(server.string("description")?);
            let environment = self
                .environments
                .iter()
                .position(|environment| label == Some(&environment.name));
            listed.push((environment, self.url(server, names, warnings)?.0));
        }
        let has_labels = listed.iter().any(|(environment, _)| environment.is_some());
        let count = self.environments.len();
        let mut urls = vec![None; count];
        for (position, (environment, url)) in listed.iter().enumerate() {
            match environment {
                Some(environment) => urls[*environment].clone_from(url),
                None if servers.len() == 1 => urls.fill(url.clone()),
                None if servers.len() == count && !has_labels => {
                    urls[position].clone_from(url);
                    warnings.push(servers[position].problem(format!(
                        "it does not name its environment; its position suggests {:?} (set x-evergrant-environment)",
                        self.environments[position].name
                    )));
                }
                None => warnings.push(
                    servers[position]
                        .problem("it does not name its environment, and is ignored (set x-evergrant-environment)"),
                ),
            }
        }
        Ok(urls)
    }
}

impl Server {
    fn new(name: &str, setter: String) -> Self {
        Self {
            name: name.to_owned(),
            setter,
            urls: Vec::new(),
            relatives: Vec::new(),
        }
    }

    pub(crate) fn url(&self, environment: usize) -> Option<&str> {
        self.urls.get(environment)?.as_deref()
    }

    /// Returns the described path of a server without a host.
    pub(crate) fn relative(&self, environment: usize) -> Option<&str> {
        self.relatives.get(environment)?.as_deref()
    }

    fn is_free(&self, environment: usize) -> bool {
        self.url(environment).is_none() && self.relative(environment).is_none()
    }
}

/// Whether the text is short enough for a name.
fn is_label(text: &str) -> bool {
    let words = text.split_whitespace().count();
    (1..=3).contains(&words) && text.len() <= 40 && text.chars().any(char::is_alphanumeric)
}
