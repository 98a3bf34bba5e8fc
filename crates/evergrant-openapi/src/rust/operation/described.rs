//! What is said of operations: everything that the description says, and what they ask for.

use crate::api::{Api, Operation, Parameter};
use crate::docs::{harmless, harmless_line};
use crate::prose::code;

pub(super) fn parameter_text(parameter: &Parameter) -> String {
    let mut text = match &parameter.description {
        Some(description) => description.trim().to_owned(),
        None => format!("The {} parameter {}.", parameter.location.word(), code(&parameter.name)),
    };
    if parameter.deprecated {
        text += "\n\nDeprecated.";
    }
    text
}

/// Everything that the description says of the operation.
pub(super) fn described(api: &Api, operation: &Operation) -> String {
    let mut text = match (&operation.summary, &operation.description) {
        (Some(summary), Some(description)) if summary.trim() != description.trim() => {
            format!("{}\n\n{}", harmless(summary), harmless(description))
        }
        (Some(text), _) | (None, Some(text)) => harmless(text),
        (None, None) => format!("Calls {}.", code(&operation.id)),
    };
    text += &format!("\n\n{}", code(&format!("{} {}", operation.verb, operation.path)));
    if operation.server != 0 {
        text += &format!(" on the server {}", code(&api.servers.list[operation.server].name));
    }
    text.push('\n');
    if operation.deprecated {
        text += "\nDeprecated: the API may drop it.\n";
    }
    let required: Vec<&Parameter> = operation
        .parameters
        .iter()
        .filter(|parameter| parameter.required)
        .collect();
    if !required.is_empty() {
        text += "\n# Parameters\n";
        for parameter in required {
            let line = harmless_line(&parameter_text(parameter));
            text += &format!("- {}: {line}\n", code(&parameter.ident));
        }
    }
    text += &format!("\n# Authentication\n{}\n", requirement(api, operation));
    if !operation.failure.list.is_empty() {
        text += "\n# Errors\n";
        for answer in &operation.failure.list {
            let line = harmless_line(answer.description.as_deref().unwrap_or_default());
            text += &format!("- {}: {line}\n", code(&answer.status.to_string()));
        }
    }
    text
}

/// In words: which schemes, with which scopes.
pub(crate) fn requirement(api: &Api, operation: &Operation) -> String {
    let requirement = &api.requirements[operation.requirement];
    let mut alternatives: Vec<String> = requirement
        .alternatives
        .iter()
        .map(|needs| {
            let needs: Vec<String> = needs
                .iter()
                .map(|need| {
                    let name = code(&api.schemes[need.scheme].name);
                    match need.scopes.is_empty() {
                        true => name,
                        false => format!(
                            "{name} ({})",
                            need.scopes
                                .iter()
                                .map(|scope| code(scope))
                                .collect::<Vec<_>>()
                                .join(", ")
                        ),
                    }
                })
                .collect();
            needs.join(" and ")
        })
        .collect();
    if requirement.optional {
        alternatives.push("none".to_owned());
    }
    let mut text = alternatives.join(", or ");
    if let Some(first) = text.get(..1) {
        text = format!("{}{}", first.to_uppercase(), &text[1..]);
    }
    format!("{text}.")
}
