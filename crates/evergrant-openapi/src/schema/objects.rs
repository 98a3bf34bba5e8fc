//! Objects with named members, and maps.

use serde_json::Value;

use super::merged_schema::{AdditionalProperties, MergedSchema, Part};
use super::model::{Field, Struct};
use super::resolve_schema::ModelHint;
use super::{Schemas, Type, model_documentation};
use crate::doc_sanitizer;
use crate::errors_and_warnings::Problem;
use crate::limits::{LINES, PROPERTIES};
use crate::names::{self, Names};
use crate::parsed_description::Node;

/// Budget of a member in generated code, relative to a member in a description.
const FIELD_COST: usize = 10;

impl<'a> Schemas<'a> {
    /// Returns the members of an object with this type name. Problems of its members are collected.
    pub(super) fn object(
        &mut self,
        merged: &MergedSchema<'a>,
        name: &str,
        module: Option<usize>,
        problems: &mut Vec<Problem>,
    ) -> Result<Struct, Problem> {
        let mut names = Names::default();
        if let Some(member) = merged.members.first() {
            PROPERTIES.check_at(merged.members.len(), &member.nodes[0])?;
            self.spend(&member.nodes[0], merged.members.len() * FIELD_COST)?;
        }
        let mut lines = 0;
        let mut fields = Vec::with_capacity(merged.members.len());
        for member in merged
            .members
            .iter()
            .filter(|member| !member.nodes.iter().any(|node| *node.value() == false))
        {
            // A member that several schemas describe has a type specific to this object.
            let owner = member
                .owner
                .as_deref()
                .filter(|_| member.nodes.len() == 1)
                .unwrap_or(name);
            let name = Self::member_type_name(owner, member.name);
            let constant = Self::only_value(&member.nodes);
            let hint = ModelHint { name, module };
            let ty = match constant {
                _ if member.is_choice => self.type_of_constants(&member.nodes, &hint),
                Some(value) => Ok(Self::type_of_value(value)),
                None => self.resolve_all(&member.nodes, &hint),
            };
            let ty = match ty {
                Ok(ty) => ty,
                Err(problem) if problem.is_fatal() => return Err(problem),
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            };
            let described = if member.is_choice {
                &member.nodes[..1]
            } else {
                &member.nodes
            };
            let mut docs = self.member_docs(member.name, described);
            if let Some(value) = constant {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                docs.push_str(&format!("\n\nThe value is {}.", model_documentation::code(&value)));
            }
            self.copy_budgets
                .text
                .spend_at(docs.len() + member.name.len(), &member.nodes[0])?;
            lines += doc_sanitizer::lines(&docs);
            LINES.check_at(lines, &member.nodes[0])?;
            let is_one_way = member.nodes.iter().any(|node| self.is_read_or_write_only(node));
            fields.push(Field {
                wire: member.name.to_owned(),
                rust: field_name(&mut names, &member.nodes[0], member.name),
                is_binary: ty.is_binary(),
                ty: ty.in_json(),
                required: merged.required.contains(member.name) && !is_one_way,
                constant: constant.cloned(),
                docs,
            });
        }
        if matches!(merged.additional, AdditionalProperties::Unspecified) {
            let unnamed = merged
                .required
                .iter()
                .filter(|required| merged.member(required).is_none());
            fields.extend(unnamed.map(|required| Field {
                wire: (*required).to_owned(),
                rust: names.take(names::snake(required)),
                ty: Type::Json,
                required: true,
                is_binary: false,
                constant: None,
                docs: format!("The member {}.", model_documentation::code(required)),
            }));
        }
        let hint = ModelHint {
            name: name.to_owned(),
            module,
        };
        let additional = self.additional(merged, &hint)?;
        let additional = additional.map(|ty| (names.take("additional_properties".to_owned()), ty.in_json()));
        Ok(Struct { fields, additional })
    }

    /// Returns the type of an object without named members.
    pub(super) fn map(&mut self, merged: &MergedSchema<'a>, hint: &ModelHint) -> Result<Type, Problem> {
        Ok(self.additional(merged, hint)?.unwrap_or(Type::Json).map())
    }

    /// Returns the type of additional properties, if the description specifies them.
    fn additional(&mut self, merged: &MergedSchema<'a>, hint: &ModelHint) -> Result<Option<Type>, Problem> {
        let nodes = match &merged.additional {
            AdditionalProperties::Unspecified => return Ok(None),
            AdditionalProperties::Any => return Ok(Some(Type::Json)),
            AdditionalProperties::Schemas(nodes) => nodes,
        };
        let mut types = Vec::new();
        for node in nodes {
            types.push(self.resolve(&[Part::whole(node.clone())], &hint.child("Value"))?);
        }
        types.dedup();
        Ok(match types.as_slice() {
            [ty] => Some(ty.clone()),
            _ => Some(Type::Json),
        })
    }

    /// Returns whether a member occurs only in responses or only in requests, and is therefore optional.
    fn is_read_or_write_only(&self, node: &Node<'a>) -> bool {
        let is_set = |node: &Node<'a>| {
            ["readOnly", "writeOnly"]
                .iter()
                .any(|keyword| node.value().get(keyword) == Some(&Value::Bool(true)))
        };
        is_set(node) || self.equivalent(node).is_some_and(|(other, _)| is_set(&other))
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
    names.take(super::model_names::truncate(name))
}
