//! Generates the documentation of operations: texts of the description, parameters, authentication, errors.

use crate::api::{Api, Operation, Parameter, requirement_text};
use crate::doc_sanitizer::{sanitize, sanitize_line};
use crate::one_line_docs::code;

pub(super) fn parameter_docs(parameter: &Parameter) -> String {
    let mut text = match &parameter.description {
        Some(description) => description.trim().to_owned(),
        None => format!("The {} parameter {}.", parameter.location.word(), code(&parameter.name)),
    };
    if parameter.deprecated {
        text += "\n\nDeprecated.";
    }
    text
}

/// The documentation of an operation's method.
pub(super) fn operation_docs(api: &Api, operation: &Operation) -> String {
    let mut text = match (&operation.summary, &operation.description) {
        (Some(summary), Some(description)) if summary.trim() != description.trim() => {
            format!("{}\n\n{}", sanitize(summary), sanitize(description))
        }
        (Some(text), _) | (None, Some(text)) => sanitize(text),
        (None, None) => format!("Calls {}.", code(&operation.id)),
    };
    text += &format!("\n\n{}", code(&format!("{} {}", operation.verb, operation.path)));
    if operation.server != 0 {
        text += &format!(" on the server {}", code(&api.servers.list[operation.server].name));
    }
    text.push('\n');
    if operation.deprecated {
        text += "\nDeprecated: the API may remove this operation.\n";
    }
    let required: Vec<&Parameter> = operation
        .parameters
        .iter()
        .filter(|parameter| parameter.required)
        .collect();
    if !required.is_empty() {
        text += "\n# Parameters\n";
        for parameter in required {
            let line = sanitize_line(&parameter_docs(parameter));
            text += &format!("- {}: {line}\n", code(&parameter.ident));
        }
    }
    text += &format!("\n# Authentication\n{}\n", requirement_text(api, operation));
    if !operation.failure.list.is_empty() {
        text += "\n# Errors\n";
        for response in &operation.failure.list {
            let line = sanitize_line(response.description.as_deref().unwrap_or_default());
            text += &format!("- {}: {line}\n", code(&response.status.to_string()));
        }
    }
    text
}
