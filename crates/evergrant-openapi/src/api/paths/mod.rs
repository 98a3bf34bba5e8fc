//! Reads the paths of a description as groups of operations.

mod reserved_names;
mod template;

use std::collections::HashSet;
use std::collections::hash_map::{Entry, HashMap};

use self::reserved_names::{REQUEST_METHODS, RESERVED_TYPES};
use super::operations::{Group, Operation};
use super::security_requirements::{RequirementError, Requirements};
use super::{Body, ClientNames, Servers, bodies, parameters, responses};
use crate::doc_sanitizer;
use crate::errors_and_warnings::Problem;
use crate::limits::{Budget, LINES, TAGS};
use crate::names::{Names, module, pascal, screaming_snake, snake};
use crate::parsed_description::Node;
use crate::schema::Schemas;

const VERBS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Reads operations.
pub(super) struct OperationReader<'r, 'a> {
    pub(super) servers: &'r mut Servers,
    pub(super) requirements: &'r mut Requirements<'a>,
    pub(super) schemas: &'r mut Schemas<'a>,
    pub(super) names: &'r mut ClientNames,
    pub(super) warnings: &'r mut Vec<Problem>,
    pub(super) skipped: Vec<Problem>,
    /// Every `operationId` that several operations have.
    pub(super) repeated: HashSet<&'a str>,
    /// The module names of the groups.
    pub(super) modules: Names,
    /// The indices of the groups, by method name.
    pub(super) groups: HashMap<String, usize>,
    pub(super) count: Budget,
}

/// A group under construction, with its assigned names.
struct GroupBuilder {
    group: Group,
    methods: Names,
    types: Names,
    statics: Names,
}

/// An operation in its path item.
struct OperationNode<'n, 'a> {
    path: &'a str,
    verb: &'a str,
    /// The path item, and the path items that it refers to.
    item: &'n [Node<'a>],
    node: &'n Node<'a>,
    /// Its `operationId`, unless an earlier operation has the same.
    id: Option<&'a str>,
}

impl<'a> OperationReader<'_, 'a> {
    pub(super) fn operations(&mut self, root: &Node<'a>) -> Result<Vec<Group>, Problem> {
        let mut builders: Vec<GroupBuilder> = Vec::new();
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
            let item = item.reference_chain()?;
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
                            let first = first.get().pointer();
                            self.warnings.push(node.problem(format!(
                                "{first} has the same operationId; the method gets a number if both are in one group"
                            )));
                            self.repeated.insert(name);
                            id = None;
                        }
                    }
                }
                let operation = OperationNode {
                    path,
                    verb,
                    item: &item,
                    node: &node,
                    id,
                };
                self.operation(&operation, &tags, &mut builders)?;
            }
        }
        Ok(builders.into_iter().map(|builder| builder.group).collect())
    }

    fn operation(
        &mut self,
        operation: &OperationNode<'_, 'a>,
        tags: &HashMap<&str, Option<&str>>,
        builders: &mut Vec<GroupBuilder>,
    ) -> Result<(), Problem> {
        let OperationNode {
            path,
            verb,
            item,
            node,
            id,
        } = operation;
        node.object()?;
        self.count.spend_at(1, node)?;
        let (requirement, security) = match self.requirements.of(node, self.warnings) {
            Ok(requirement) => requirement,
            Err(RequirementError::Invalid(problem)) => return Err(problem),
            Err(RequirementError::Unsupported(problem)) => {
                self.skipped.push(problem);
                return Ok(());
            }
        };
        let mut server = None;
        for level in [*node].into_iter().chain(*item) {
            if server.is_none() {
                server = self.servers.of(level, self.names, self.warnings)?;
            }
        }
        let tag = match node.string("x-evergrant-group")? {
            Some(group) => Some(group),
            None => node.list("tags")?.first().map(Node::text).transpose()?,
        };
        let position = self.group(tag.unwrap_or("default"), tags, builders, node)?;
        let (summary, description) = (node.string("summary")?, node.string("description")?);
        let prose = summary.map_or(0, str::len) + description.map_or(0, str::len);
        self.schemas
            .copy_budgets
            .text
            .spend_at(prose + path.len() + security, node)?;
        let group = &mut builders[position];

        let preferred = node.string("x-evergrant-name")?;
        let described = node.string("operationId")?;
        // Further operations with the same operationId get a number.
        let is_numbered = preferred.is_none() && id.is_none() && described.is_some();
        let id = id.map_or_else(|| format!("{verb} {path}"), str::to_owned);
        let name = preferred.or(described).unwrap_or(&id).to_owned();
        let (method_name, type_name) = match is_numbered {
            true => (group.methods.take(snake(&name)), group.types.take(pascal(&name))),
            false => (
                group.methods.take_or_suffixed(snake(&name), "_call"),
                group.types.take_or_suffixed(pascal(&name), "Call"),
            ),
        };
        let mut idents = Names::with_reserved(REQUEST_METHODS);
        let parameters = parameters::read(item, node, path, &type_name, (self.schemas, &mut idents, self.warnings))?;
        let body = bodies::read(
            node,
            &type_name,
            (self.schemas, self.warnings),
            (&mut idents, &mut group.types),
        )?;
        let (success, failure) = responses::read(node, &type_name, self.schemas, &mut group.types)?;
        let mut texts: Vec<Option<&str>> = vec![summary, description];
        texts.extend(parameters.iter().map(|parameter| parameter.description.as_deref()));
        texts.extend(body.iter().flat_map(Body::descriptions));
        let responses = success.list.iter().chain(&failure.list);
        texts.extend(responses.map(|response| response.description.as_deref()));
        LINES.check_at(texts.into_iter().flatten().map(doc_sanitizer::lines).sum(), node)?;
        group.group.operations.push(Operation {
            static_name: group.statics.take(screaming_snake(&name)),
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
            place: node.pointer(),
        });
        Ok(())
    }

    fn group(
        &mut self,
        tag: &str,
        tags: &HashMap<&str, Option<&str>>,
        builders: &mut Vec<GroupBuilder>,
        node: &Node<'a>,
    ) -> Result<usize, Problem> {
        let method = snake(tag);
        let known = [
            self.groups.get(&method),
            self.groups.get(&format!("{method}_operations")),
        ];
        if let Some(known) = known.into_iter().flatten().min() {
            return Ok(*known);
        }
        TAGS.check_at(builders.len() + 1, node)?;
        let method = self.names.client.take_or_suffixed(method, "_operations");
        self.groups.insert(method.clone(), builders.len());
        let type_name = Names::with_reserved(RESERVED_TYPES).take_or_suffixed(pascal(&method), "Operations");
        builders.push(GroupBuilder {
            types: Names::with_reserved(RESERVED_TYPES.into_iter().chain([type_name.as_str()])),
            methods: Names::with_reserved(["clone", "fmt", "into", "from", "core", "eq", "cmp", "new", "drop"]),
            statics: Names::default(),
            group: Group {
                module: self.modules.take(module(&method)),
                method,
                type_name,
                description: tags.get(tag).copied().flatten().map(str::to_owned),
                operations: Vec::new(),
            },
        });
        Ok(builders.len() - 1)
    }
}
