//! Reads the paths of a description as groups of operations.

mod groups;
mod reserved_names;
mod template;

use std::collections::HashSet;
use std::collections::hash_map::{Entry, HashMap};

use self::groups::GroupBuilder;
use self::reserved_names::REQUEST_METHODS;
use super::operations::{Group, Operation};
use super::security_requirements::{RequirementError, Requirements};
use super::{Body, ClientNames, Servers, bodies, broken_operations, parameters, responses};
use crate::doc_sanitizer;
use crate::errors_and_warnings::Problem;
use crate::limits::{Budget, LINES};
use crate::names::{Names, pascal, screaming_snake, snake};
use crate::overlay_action::Action;
use crate::parsed_description::Node;
use crate::problem_list::ProblemList;
use crate::schema::{Schemas, Type};

const VERBS: [&str; 9] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace", "query",
];

/// Reads operations.
pub(super) struct OperationReader<'r, 'a> {
    pub(super) servers: &'r mut Servers,
    pub(super) requirements: &'r mut Requirements<'a>,
    pub(super) schemas: &'r mut Schemas<'a>,
    pub(super) names: &'r mut ClientNames,
    pub(super) warnings: &'r mut Vec<Problem>,
    pub(super) problems: &'r mut ProblemList,
    /// Operations with unsupported security.
    pub(super) unsupported: Vec<Problem>,
    /// Operations with problems.
    pub(super) left_out: Vec<Problem>,
    /// The types that these operations use.
    pub(super) left_out_types: Vec<Type>,
    /// Every `operationId` that several operations have.
    pub(super) repeated: HashSet<&'a str>,
    /// The first operation with each `operationId`.
    pub(super) ids: HashMap<&'a str, Node<'a>>,
    /// The module names of the groups.
    pub(super) modules: Names,
    /// The indices of the groups, by method name.
    pub(super) groups: HashMap<String, usize>,
    pub(super) builders: Vec<GroupBuilder>,
    pub(super) tags: HashMap<&'a str, Option<&'a str>>,
    pub(super) count: Budget,
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
        for tag in self.problems.catch(root.list("tags"))?.unwrap_or_default() {
            let named = tag
                .required("name")
                .and_then(|name| Ok((name, tag.string("description")?)));
            self.tags.extend(self.problems.catch(named)?);
        }
        let version = root.get("openapi").map(|version| version.value().to_string());
        let paths = match root.value().get("paths") {
            Some(serde_json::Value::Null) => Err(root.problem("`paths` is null")),
            None if version.is_some_and(|version| version.contains("3.0")) => {
                Err(root.problem("the member `paths` is missing"))
            }
            _ => root.map("paths"),
        };
        let paths =
            paths.map_err(|problem| problem.or_action(|| Some(Action::update("$", serde_json::json!({"paths": {}})))));
        for (path, item) in self.problems.catch(paths)?.unwrap_or_default() {
            if path.starts_with("x-") {
                continue;
            }
            if let Err(problem) = self.path_item(path, &item) {
                self.leave_out(problem, &item)?;
            }
        }
        let builders = std::mem::take(&mut self.builders).into_iter();
        let groups = builders.map(|builder| builder.group);
        Ok(groups.filter(|group| !group.operations.is_empty()).collect())
    }

    fn path_item(&mut self, path: &'a str, item: &Node<'a>) -> Result<(), Problem> {
        template::check(item, path)?;
        if !path.starts_with('/') {
            self.warnings
                .push(item.problem("the path does not start with a slash; one is added"));
        }
        let layers = item.reference_chain()?;
        for layer in &layers {
            layer.object()?;
        }
        for verb in VERBS {
            let is_null = |layer: &&Node<'_>| layer.value().get(verb).is_some_and(serde_json::Value::is_null);
            if let Some(layer) = layers.iter().find(is_null) {
                let problem = layer.problem(format!("its operation `{verb}` is null"));
                self.leave_out(problem, layer)?;
            } else if let Some(node) = layers.iter().find_map(|layer| layer.get(verb)) {
                self.operation_at(path, verb, &layers, &node)?;
            }
        }
        // OpenAPI 3.2: methods without their own member.
        for layer in &layers {
            for (method, node) in layer.map("additionalOperations")? {
                match is_token(method) {
                    true => self.operation_at(path, method, &layers, &node)?,
                    false => {
                        self.leave_out(node.problem("this is not an HTTP method (RFC 9110 section 9.1)"), &node)?
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads an operation. If it has a problem, it is left out with its warnings.
    fn operation_at(
        &mut self,
        path: &'a str,
        verb: &'a str,
        item: &[Node<'a>],
        node: &Node<'a>,
    ) -> Result<(), Problem> {
        let warnings = self.warnings.len();
        let read = self.named_operation(path, verb, item, node);
        if let Err(problem) = read {
            self.warnings.truncate(warnings);
            self.leave_out(problem, node)?;
        }
        Ok(())
    }

    fn named_operation(
        &mut self,
        path: &'a str,
        verb: &'a str,
        item: &[Node<'a>],
        node: &Node<'a>,
    ) -> Result<(), Problem> {
        if node.flag("x-evergrant-skip")? {
            return Ok(());
        }
        let mut id = node.string("operationId")?;
        if let Some(name) = id {
            match self.ids.entry(name) {
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
        self.operation(&OperationNode {
            path,
            verb,
            item,
            node,
            id,
        })
    }

    /// Records that an operation or path is left out because of a problem.
    fn leave_out(&mut self, problem: Problem, node: &Node<'a>) -> Result<(), Problem> {
        let place = node.pointer();
        let problem = problem.of_operation(&place);
        self.left_out.push(Problem::new(
            &place,
            format!("left out, because {}: {}", problem.pointer(), problem.message()),
        ));
        self.problems.add(problem)
    }

    fn operation(&mut self, operation: &OperationNode<'_, 'a>) -> Result<(), Problem> {
        let OperationNode {
            path,
            verb,
            item,
            node,
            id,
        } = operation;
        node.object()?;
        self.count.spend_at(1, node)?;
        let security = match self.requirements.of(node, self.warnings) {
            Ok(requirement) => Ok(requirement),
            Err(RequirementError::Invalid(problem)) => Err(problem),
            Err(RequirementError::Unsupported(problem)) => {
                self.unsupported.push(problem);
                return Ok(());
            }
            Err(RequirementError::InvalidScheme(problem)) => {
                self.left_out.push(problem);
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
        let position = self.group(tag.unwrap_or("default"), node)?;
        let (summary, description) = (node.string("summary")?, node.string("description")?);
        let prose = summary.map_or(0, str::len) + description.map_or(0, str::len);
        self.schemas.copy_budgets.text.spend_at(
            prose + path.len() + security.as_ref().map_or(0, |(_, length)| *length),
            node,
        )?;
        let group = &mut self.builders[position];

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
        let sent = template::path(path);
        let parameters = parameters::read(
            item,
            node,
            sent,
            &type_name,
            (self.schemas, &mut idents, self.warnings, self.problems),
        );
        let body = bodies::read(
            node,
            &type_name,
            (self.schemas, self.warnings),
            (&mut idents, &mut group.types),
        );
        let responses = responses::read(node, &type_name, self.schemas, &mut group.types);
        // All parts are read before the first problem is returned, so that all problems are reported.
        let read = (security, parameters, body, responses);
        let ((requirement, _), parameters, body, (success, failure)) = match read {
            (Ok(security), Ok(parameters), Ok(body), Ok(responses)) => (security, parameters, body, responses),
            (security, parameters, body, responses) => {
                self.left_out_types.extend(broken_operations::types_of_parts(
                    parameters.as_ref().ok(),
                    body.as_ref().ok(),
                    responses.as_ref().ok(),
                ));
                let problems = [security.err(), parameters.err(), body.err(), responses.err()];
                let mut problems = problems.into_iter().flatten();
                let first = problems.next();
                let place = node.pointer();
                problems.try_for_each(|problem| self.problems.add(problem.of_operation(&place)))?;
                return Err(first.unwrap_or_else(|| node.problem("the operation cannot be read")));
            }
        };
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
            verb: match VERBS.contains(verb) {
                true => verb.to_uppercase(),
                false => (*verb).to_owned(),
            },
            path: match sent.starts_with('/') {
                true => sent.to_owned(),
                false => format!("/{sent}"),
            },
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
            json_path: node.json_path(),
        });
        Ok(())
    }
}

/// Whether the text is a method name (RFC 9110 section 5.6.2).
fn is_token(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    (1..=40).contains(&name.len()) && name.bytes().all(allowed)
}
