//! Where the API is: environments, the named servers that each has, and the variables of their URLs.

mod variables;

use std::collections::HashMap;

use url::Url;

use super::ClientNames;
use crate::limits::SERVERS;
use crate::names::{Names, pascal, snake};
use crate::problem::Problem;
use crate::source::{Node, NodeId};

pub(crate) use self::variables::Variable;

#[derive(Debug)]
pub(crate) struct Servers {
    /// Never empty; the first is the default.
    pub(crate) environments: Vec<Environment>,
    /// Never empty; the first is the one that operations without a word on it go to.
    pub(crate) list: Vec<Server>,
    pub(crate) variables: Vec<Variable>,
    variants: Names,
    variable_names: Names,
    /// The servers of paths and operations, by their lists.
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
    /// The builder's method: `base_url`, `auth_server_url`.
    pub(crate) setter: String,
    /// One for each environment; `None` where only the application knows.
    pub(crate) urls: Vec<Option<String>>,
    /// A path that the description gave without a host.
    pub(crate) relative: Option<String>,
}

pub(crate) const DEFAULT: &str = "default";

/// In bytes. Each environment has one for each server.
const LONGEST_URL: usize = 8_000;

impl Servers {
    pub(super) fn read(root: &Node<'_>, names: &mut ClientNames, warnings: &mut Vec<Problem>) -> Result<Self, Problem> {
        let mut servers = Self {
            environments: Vec::new(),
            list: vec![Server::named(DEFAULT, "base_url".to_owned())],
            variables: Vec::new(),
            variants: Names::default(),
            variable_names: Names::default(),
            read: HashMap::new(),
        };
        let listed = root.list("servers")?;
        SERVERS.check_at(listed.len(), root)?;
        let alone = listed.len() == 1;
        for (index, node) in listed.iter().enumerate() {
            servers.add(node, index, alone, names, warnings)?;
        }
        if servers.environments.is_empty() {
            servers.environment("Production", None);
        }
        let count = servers.environments.len();
        for server in &mut servers.list {
            server.urls.resize(count, None);
        }
        Ok(servers)
    }

    fn add(
        &mut self,
        node: &Node<'_>,
        index: usize,
        alone: bool,
        names: &mut ClientNames,
        warnings: &mut Vec<Problem>,
    ) -> Result<(), Problem> {
        let (url, relative) = self.url(node, names, warnings)?;
        let description = node.string("description")?;
        let labelled = node.string("x-evergrant-environment")?;
        let name = match labelled {
            Some(name) => name.to_owned(),
            None if alone => "Production".to_owned(),
            None => match node.string("name")?.or(description).filter(|text| is_label(text)) {
                Some(label) => label.to_owned(),
                None => format!("Server {}", index + 1),
            },
        };
        let server_name = node.string("x-evergrant-server")?.unwrap_or(DEFAULT);
        let server = self.named(server_name, names);
        let known = self
            .environments
            .iter()
            .position(|environment| environment.name == name);
        let environment = match known {
            Some(known) if self.list[server].url(known).is_none() => known,
            Some(_) if labelled.is_some() => {
                return Err(node.problem("this environment has a server of this name already"));
            }
            // Two servers of one name and no word on how they differ are two environments.
            _ => self.environment(&name, description),
        };
        let urls = &mut self.list[server].urls;
        urls.resize(urls.len().max(environment + 1), None);
        urls[environment] = url;
        self.list[server].relative = relative.or(self.list[server].relative.take());
        Ok(())
    }

    /// What is said of environments and variables.
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

    fn named(&mut self, name: &str, names: &mut ClientNames) -> usize {
        if let Some(known) = self.position(name) {
            return known;
        }
        let base = snake(name);
        let setter = names.builder.take(match base.ends_with("url") {
            true => base,
            false => format!("{base}_url"),
        });
        self.list.push(Server::named(name, setter));
        self.list.len() - 1
    }

    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.list.iter().position(|server| server.name == name)
    }

    /// The server that a path or an operation names: by `x-evergrant-server`, or by `servers` of its own.
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
        let server = self.listed(&listed, names, warnings)?;
        self.read.insert(listed.id(), server);
        Ok(server)
    }

    /// The server that a list names, of which each member is for some environments.
    fn listed(
        &mut self,
        listed: &Node<'_>,
        names: &mut ClientNames,
        warnings: &mut Vec<Problem>,
    ) -> Result<Option<usize>, Problem> {
        let own: Vec<Node<'_>> = listed.items()?.collect();
        SERVERS.check_at(own.len(), listed)?;
        let Some(first) = own.first() else { return Ok(None) };
        let (fallback, relative) = self.url(first, names, warnings)?;
        let urls = self.matched(&own, names, warnings)?;
        if let Some(known) = self
            .list
            .iter()
            .position(|server| server.urls == urls && server.relative == relative)
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
        let mut unique = Names::reserving(self.list.iter().map(|server| server.name.as_str()));
        let index = self.named(&unique.take(name), names);
        self.list[index].urls = urls;
        self.list[index].relative = relative;
        Ok(Some(index))
    }

    /// A URL for each environment: by the environment's name, or in their order where there are as many; one alone is for all.
    fn matched(
        &mut self,
        own: &[Node<'_>],
        names: &mut ClientNames,
        warnings: &mut Vec<Problem>,
    ) -> Result<Vec<Option<String>>, Problem> {
        let mut listed = Vec::with_capacity(own.len());
        for server in own {
            let label = server
                .string("x-evergrant-environment")?
                .or(server.string("description")?);
            let environment = self
                .environments
                .iter()
                .position(|environment| label == Some(&environment.name));
            listed.push((environment, self.url(server, names, warnings)?.0));
        }
        let labelled = listed.iter().any(|(environment, _)| environment.is_some());
        let count = self.environments.len();
        let mut urls = vec![None; count];
        for (position, (environment, url)) in listed.iter().enumerate() {
            match environment {
                Some(environment) => urls[*environment].clone_from(url),
                None if own.len() == 1 => urls.fill(url.clone()),
                None if own.len() == count && !labelled => {
                    urls[position].clone_from(url);
                    warnings.push(own[position].problem(format!(
                        "it does not say of which environment it is; it is taken for that of {:?}, by its position (x-evergrant-environment says otherwise)",
                        self.environments[position].name
                    )));
                }
                None => warnings.push(own[position].problem(
                    "it does not say of which environment it is, and is left out (x-evergrant-environment says so)",
                )),
            }
        }
        Ok(urls)
    }

    /// The URL, or the path alone if that is all there is.
    fn url(
        &mut self,
        node: &Node<'_>,
        names: &mut ClientNames,
        warnings: &mut Vec<Problem>,
    ) -> Result<(Option<String>, Option<String>), Problem> {
        let text = node.required("url")?;
        let fits = |url: &str| match url.len() <= LONGEST_URL {
            true => Ok(()),
            false => Err(node.problem(format!(
                "its URL is longer than {LONGEST_URL} bytes, with the defaults of its variables"
            ))),
        };
        fits(text)?;
        if !is_plain_url(text) {
            return Err(node.problem("its URL has spaces or characters that no URL has, or no host"));
        }
        let mut url = text.trim_end_matches('/').to_owned();
        let mut own = HashMap::new();
        for (name, variable) in node.map("variables")? {
            let read = self.variable(name, &variable, names, warnings)?;
            own.insert(name, format!("{{{}}}", read.name));
        }
        url = filled(&url, |name| own.get(name).map(String::as_str));
        let defaults = self.variables.iter();
        let defaults: HashMap<&str, &str> = defaults
            .map(|variable| (variable.name.as_str(), variable.default.as_str()))
            .collect();
        let filled = filled(&url, |name| defaults.get(name).copied());
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
            return Err(node.problem("its URL must be http or https, without user, query and fragment"));
        }
        Ok((Some(url), None))
    }
}

impl Server {
    fn named(name: &str, setter: String) -> Self {
        Self {
            name: name.to_owned(),
            setter,
            urls: Vec::new(),
            relative: None,
        }
    }

    pub(crate) fn url(&self, environment: usize) -> Option<&str> {
        self.urls.get(environment)?.as_deref()
    }
}

/// A URL with values in place of its variables; one that has none stays. It ends where it is too long.
fn filled<'v>(url: &str, value: impl Fn(&str) -> Option<&'v str>) -> String {
    let mut filled = String::with_capacity(url.len());
    let mut rest = url;
    while filled.len() <= LONGEST_URL
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

/// Whether a URL is written as it is read: parsers pass over line ends, and take backslashes for slashes.
pub(super) fn is_plain_url(text: &str) -> bool {
    let odd = |letter: char| letter.is_whitespace() || letter.is_control() || letter == '\\';
    let host = text.split_once("://").map(|(_, rest)| rest);
    !text.contains(odd) && !host.is_some_and(|host| host.is_empty() || host.starts_with('/'))
}

/// Short enough to be a name.
fn is_label(text: &str) -> bool {
    let words = text.split_whitespace().count();
    (1..=3).contains(&words) && text.len() <= 40 && text.chars().any(char::is_alphanumeric)
}
