//! Writes the operations of the report as text.

use std::fmt::{self, Formatter};

use super::line;
use crate::inspect::report::{Body, Group, Operation, Parameter, Response};

pub(super) fn group(group: &Group, f: &mut Formatter<'_>) -> fmt::Result {
    writeln!(f, "  `{}()`", group.method)?;
    group
        .operations
        .iter()
        .try_for_each(|operation| self::operation(operation, f))
}

fn operation(operation: &Operation, f: &mut Formatter<'_>) -> fmt::Result {
    let deprecated = if operation.deprecated { ", deprecated" } else { "" };
    writeln!(
        f,
        "    {} {} {}{deprecated}",
        operation.name,
        operation.method,
        line(&operation.path)
    )?;
    if operation.server != "default" {
        writeln!(f, "      server {}", line(&operation.server))?;
    }
    writeln!(f, "      authentication {}", authentication(operation))?;
    let mut parameters: Vec<String> = operation.parameters.iter().map(parameter).collect();
    parameters.extend(operation.body.as_ref().map(body));
    if !parameters.is_empty() {
        writeln!(f, "      parameters {}", parameters.join(", "))?;
    }
    writeln!(f, "      returns {}", responses(&operation.responses))?;
    if !operation.errors.is_empty() {
        writeln!(f, "      errors {}", responses(&operation.errors))?;
    }
    Ok(())
}

fn authentication(operation: &Operation) -> String {
    let security = &operation.security;
    let mut alternatives: Vec<String> = security
        .alternatives
        .iter()
        .map(|needs| {
            let needs = needs.iter().map(|need| match need.scopes.is_empty() {
                true => line(&need.scheme),
                false => format!("{} ({})", line(&need.scheme), line(&need.scopes.join(" "))),
            });
            needs.collect::<Vec<_>>().join(" and ")
        })
        .collect();
    if security.optional {
        alternatives.push(
            if alternatives.is_empty() {
                "no credentials"
            } else {
                "none"
            }
            .to_owned(),
        );
    }
    alternatives.join("; or ")
}

fn parameter(parameter: &Parameter) -> String {
    let optional = if parameter.required { "" } else { "?" };
    format!(
        "{}{optional}: {} ({})",
        parameter.argument, parameter.ty, parameter.location
    )
}

fn body(body: &Body) -> String {
    let optional = if body.required { "" } else { "?" };
    format!(
        "{}{optional}: {} ({})",
        body.argument,
        line(&body.ty),
        line(&body.media)
    )
}

fn responses(responses: &[Response]) -> String {
    let lines = responses.iter().map(|response| {
        let events = match &response.events {
            Some(events) if !response.ty.starts_with("events") => format!(" or events of {events}"),
            _ => String::new(),
        };
        format!("{} ({}){events}", response.ty, response.status)
    });
    lines.collect::<Vec<_>>().join(", ")
}
