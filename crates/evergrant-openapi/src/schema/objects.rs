//! Objects: their members, and the maps that have no named ones.

use serde_json::Value;

use super::facts::{Facts, Part, Rest};
use super::model::{Field, Struct};
use super::resolve::At;
use super::{Schemas, Type};
use crate::docs;
use crate::limits::{LINES, PROPERTIES};
use crate::names::{self, Names};
use crate::problem::Problem;
use crate::source::Node;

/// A member that is written costs more than one that is read.
const WEIGHT: usize = 10;

impl<'a> Schemas<'a> {
    /// The members of an object that is called `name`.
    pub(super) fn object(&mut self, facts: &Facts<'a>, name: &str, module: Option<usize>) -> Result<Struct, Problem> {
        let mut names = Names::default();
        if let Some(member) = facts.members.first() {
            PROPERTIES.check_at(facts.members.len(), &member.nodes[0])?;
            self.spend(&member.nodes[0], facts.members.len() * WEIGHT)?;
        }
        let mut lines = 0;
        let mut fields = Vec::with_capacity(facts.members.len());
        for member in facts
            .members
            .iter()
            .filter(|member| !member.nodes.iter().any(|node| *node.value() == false))
        {
            // What several schemas say of it is nobody's but this one's.
            let owner = member
                .owner
                .as_deref()
                .filter(|_| member.nodes.len() == 1)
                .unwrap_or(name);
            let hint = Self::member_hint(owner, member.name);
            let ty = self.resolve_all(&member.nodes, &At { hint, module })?;
            let docs = self.member_docs(&member.nodes, member.name);
            self.copied
                .text
                .spend_at(docs.len() + member.name.len(), &member.nodes[0])?;
            lines += docs::lines(&docs);
            LINES.check_at(lines, &member.nodes[0])?;
            let one_way = member.nodes.iter().any(|node| self.is_one_way(node));
            fields.push(Field {
                wire: member.name.to_owned(),
                rust: field_name(&mut names, &member.nodes[0], member.name),
                is_binary: ty.is_binary(),
                ty: ty.in_json(),
                required: facts.required.contains(member.name) && !one_way,
                docs,
            });
        }
        if matches!(facts.rest, Rest::Unsaid) {
            let unnamed = facts
                .required
                .iter()
                .filter(|required| facts.member(required).is_none());
            fields.extend(unnamed.map(|required| Field {
                wire: (*required).to_owned(),
                rust: names.take(names::snake(required)),
                ty: Type::Json,
                required: true,
                is_binary: false,
                docs: format!("The member {}.", super::describe::code(required)),
            }));
        }
        let at = At {
            hint: name.to_owned(),
            module,
        };
        let rest = self.rest(facts, &at)?;
        let rest = rest.map(|ty| (names.take("additional_properties".to_owned()), ty.in_json()));
        Ok(Struct { fields, rest })
    }

    /// An object of which no member is named.
    pub(super) fn map(&mut self, facts: &Facts<'a>, at: &At) -> Result<Type, Problem> {
        Ok(self.rest(facts, at)?.unwrap_or(Type::Json).map())
    }

    /// What the members are that are not named, if there may be any and the description says so.
    fn rest(&mut self, facts: &Facts<'a>, at: &At) -> Result<Option<Type>, Problem> {
        let nodes = match &facts.rest {
            Rest::Unsaid => return Ok(None),
            Rest::Any => return Ok(Some(Type::Json)),
            Rest::Of(nodes) => nodes,
        };
        let mut types = Vec::new();
        for node in nodes {
            types.push(self.resolve(&[Part::whole(node.clone())], &at.part("Value"))?);
        }
        types.dedup();
        Ok(match types.as_slice() {
            [ty] => Some(ty.clone()),
            _ => Some(Type::Json),
        })
    }

    /// Only in answers, or only in requests: then it may always be absent.
    fn is_one_way(&self, node: &Node<'a>) -> bool {
        let says = |node: &Node<'a>| {
            ["readOnly", "writeOnly"]
                .iter()
                .any(|keyword| node.value().get(keyword) == Some(&Value::Bool(true)))
        };
        says(node) || self.only_other(node).is_some_and(|(other, _)| says(&other))
    }
}

fn field_name(names: &mut Names, node: &Node<'_>, wire: &str) -> String {
    let own = node.value().get("x-evergrant-name").and_then(Value::as_str);
    let name = names::snake(own.unwrap_or(wire));
    let is_number = name.chars().all(|letter| letter == '_' || letter.is_ascii_digit());
    let name = if is_number {
        format!("n{}", name.trim_matches('_'))
    } else {
        name
    };
    names.take(super::naming::shortened(name))
}
