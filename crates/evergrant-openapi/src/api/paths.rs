//! The paths of a description become operations, in groups.

mod reserved;
mod template;

use std::collections::HashSet;
use std::collections::hash_map::{Entry, HashMap};

use self::reserved::{MODULES_OWN, REQUEST_METHODS};
use super::operations::{Group, Operation};
use super::requirements::{Refused, Requirements};
use super::{Body, ClientNames, Servers, answers, bodies, parameters};
use crate::docs;
use crate::limits::{LINES, Spending, TAGS};
use crate::names::{Names, module, pascal, shouting, snake};
use crate::problem::Problem;
use crate::schema::Schemas;
use crate::source::Node;

const VERBS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// What reading an operation takes, and adds to.
pub(super) struct Reading<'r, 'a> {
    pub(super) servers: &'r mut Servers,
    pub(super) requirements: &'r mut Requirements<'a>,
    pub(super) schemas: &'r mut Schemas<'a>,
    pub(super) names: &'r mut ClientNames,
    pub(super) warnings: &'r mut Vec<Problem>,
    pub(super) skipped: Vec<Problem>,
    /// The operationIds that several operations have.
    pub(super) repeated: HashSet<&'a str>,
    /// The groups' modules.
    pub(super) modules: Names,
    /// Where groups are, by their methods.
    pub(super) groups: HashMap<String, usize>,
    pub(super) count: Spending,
}

/// A group in the making, with the names that are taken in it.
struct Open {
    group: Group,
    methods: Names,
    types: Names,
    statics: Names,
}

/// One operation where it stands.
struct Found<'n, 'a> {
    path: &'a str,
    verb: &'a str,
    /// The path's own, and what it refers to.
    item: &'n [Node<'a>],
    node: &'n Node<'a>,
    /// Its operationId, unless another has it.
    id: Option<&'a str>,
}

impl<'a> Reading<'_, 'a> {
    pub(super) fn operations(&mut self, root: &Node<'a>) -> Result<Vec<Group>, Problem> {
        let mut open: Vec<Open> = Vec::new();
        let mut tags = HashMap::new();
        for tag in root.list("tags")? {
            tags.insert(tag.required("name")?, tag.string("description")?);
        }
        let mut ids = HashMap::new();
        let version = root
            .get("openapi")
            .map(|version| version.value().to_string())
            .unwrap_or_default();
        match root.value().get("paths") {
            Some(serde_json::Value::Null) => return Err(root.problem("`paths` is null")),
            None if version.contains("3.0") => return Err(root.problem("the member `paths` is missing")),
            _ => {}
        }
        for (path, item) in root.map("paths")? {
            if path.starts_with("x-") {
                continue;
            }
            template::check(&item, path)?;
            let item = item.layers()?;
            for layer in &item {
                layer.object()?;
            }
            for verb in VERBS {
                let is_null = |layer: &&Node<'_>| layer.value().get(verb).is_some_and(serde_json::Value::is_null);
                if let Some(layer) = item.iter().find(is_null) {
                    return Err(layer.problem(format!("its operation `{verb}` is null")));
                }
                let Some(node) = item.iter().find_map(|layer| layer.get(verb)) else {
                    continue;
                };
                if node.flag("x-evergrant-skip")? {
                    continue;
                }
                let mut id = node.string("operationId")?;
                if let Some(name) = id {
                    match ids.entry(name) {
                        Entry::Vacant(entry) => {
                            entry.insert(node.clone());
                        }
                        Entry::Occupied(first) => {
                            let first = first.get().place();
                            self.warnings.push(node.problem(format!(
                                "its operationId is that of {first} as well; its method is numbered where both are in one group"
                            )));
                            self.repeated.insert(name);
                            id = None;
                        }
                    }
                }
                let found = Found {
                    path,
                    verb,
                    item: &item,
                    node: &node,
                    id,
                };
                self.operation(&found, &tags, &mut open)?;
            }
        }
        Ok(open.into_iter().map(|open| open.group).collect())
    }

    fn operation(
        &mut self,
        found: &Found<'_, 'a>,
        tags: &HashMap<&str, Option<&str>>,
        open: &mut Vec<Open>,
    ) -> Result<(), Problem> {
        let Found {
            path,
            verb,
            item,
            node,
            id,
        } = found;
        node.object()?;
        self.count.spend_at(1, node)?;
        let (requirement, security) = match self.requirements.of(node, self.warnings) {
            Ok(requirement) => requirement,
            Err(Refused::Wrong(problem)) => return Err(problem),
            Err(Refused::Unsupported(problem)) => {
                self.skipped.push(problem);
                return Ok(());
            }
        };
        let mut server = None;
        for place in [*node].into_iter().chain(*item) {
            if server.is_none() {
                server = self.servers.of(place, self.names, self.warnings)?;
            }
        }
        let tag = match node.string("x-evergrant-group")? {
            Some(group) => Some(group),
            None => node.list("tags")?.first().map(Node::text).transpose()?,
        };
        let position = self.group(tag.unwrap_or("default"), tags, open, node)?;
        let (summary, description) = (node.string("summary")?, node.string("description")?);
        let prose = summary.map_or(0, str::len) + description.map_or(0, str::len);
        self.schemas.copied.text.spend_at(prose + path.len() + security, node)?;
        let group = &mut open[position];

        let own_name = node.string("x-evergrant-name")?;
        let described = node.string("operationId")?;
        // A second one with the same operationId is numbered.
        let is_numbered = own_name.is_none() && id.is_none() && described.is_some();
        let id = id.map_or_else(|| format!("{verb} {path}"), str::to_owned);
        let name = own_name.or(described).unwrap_or(&id).to_owned();
        let (method_name, type_name) = match is_numbered {
            true => (group.methods.take(snake(&name)), group.types.take(pascal(&name))),
            false => (
                group.methods.take_or(snake(&name), "_call"),
                group.types.take_or(pascal(&name), "Call"),
            ),
        };
        let mut idents = Names::reserving(REQUEST_METHODS);
        let parameters = parameters::read(item, node, path, &type_name, (self.schemas, &mut idents, self.warnings))?;
        let body = bodies::read(
            node,
            &type_name,
            (self.schemas, self.warnings),
            (&mut idents, &mut group.types),
        )?;
        let (success, failure) = answers::read(node, &type_name, self.schemas, &mut group.types)?;
        let mut texts: Vec<Option<&str>> = vec![summary, description];
        texts.extend(parameters.iter().map(|parameter| parameter.description.as_deref()));
        texts.extend(body.iter().flat_map(Body::descriptions));
        let answers = success.list.iter().chain(&failure.list);
        texts.extend(answers.map(|answer| answer.description.as_deref()));
        LINES.check_at(texts.into_iter().flatten().map(docs::lines).sum(), node)?;
        group.group.operations.push(Operation {
            static_name: group.statics.take(shouting(&name)),
            id,
            method_name,
            type_name,
            verb: verb.to_uppercase(),
            path: template::path(path).to_owned(),
            fixed_query: template::query(path),
            server: server.unwrap_or(0),
            requirement,
            summary: summary.map(str::to_owned),
            description: description.map(str::to_owned),
            deprecated: node.flag("deprecated")?,
            parameters,
            body,
            success,
            failure,
            place: node.place(),
        });
        Ok(())
    }

    fn group(
        &mut self,
        tag: &str,
        tags: &HashMap<&str, Option<&str>>,
        open: &mut Vec<Open>,
        node: &Node<'a>,
    ) -> Result<usize, Problem> {
        let method = snake(tag);
        let named = [
            self.groups.get(&method),
            self.groups.get(&format!("{method}_operations")),
        ];
        if let Some(known) = named.into_iter().flatten().min() {
            return Ok(*known);
        }
        TAGS.check_at(open.len() + 1, node)?;
        let method = self.names.client.take_or(method, "_operations");
        self.groups.insert(method.clone(), open.len());
        let type_name = Names::reserving(MODULES_OWN).take_or(pascal(&method), "Operations");
        open.push(Open {
            types: Names::reserving(MODULES_OWN.into_iter().chain([type_name.as_str()])),
            methods: Names::reserving(["clone", "fmt", "into", "from", "core", "eq", "cmp", "new", "drop"]),
            statics: Names::default(),
            group: Group {
                module: self.modules.take(module(&method)),
                method,
                type_name,
                description: tags.get(tag).copied().flatten().map(str::to_owned),
                operations: Vec::new(),
            },
        });
        Ok(open.len() - 1)
    }
}
