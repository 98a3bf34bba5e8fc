//! Operations: what each needs, takes and gives.

use std::fmt::{self, Formatter};

use super::line;
use crate::inspect::account::{Answer, Body, Group, Operation, Parameter};

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
    writeln!(f, "      needs {}", needs(operation))?;
    let mut takes: Vec<String> = operation.takes.iter().map(parameter).collect();
    takes.extend(operation.body.as_ref().map(body));
    if !takes.is_empty() {
        writeln!(f, "      takes {}", takes.join(", "))?;
    }
    writeln!(f, "      gives {}", answers(&operation.gives))?;
    if !operation.fails.is_empty() {
        writeln!(f, "      fails with {}", answers(&operation.fails))?;
    }
    Ok(())
}

fn needs(operation: &Operation) -> String {
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

fn answers(answers: &[Answer]) -> String {
    let shown = answers.iter().map(|answer| {
        let events = match &answer.events {
            Some(events) if !answer.ty.starts_with("events") => format!(" or events of {events}"),
            _ => String::new(),
        };
        format!("{} ({}){events}", answer.ty, answer.status)
    });
    shown.collect::<Vec<_>>().join(", ")
}
