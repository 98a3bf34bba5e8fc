//! The README section that lists the operations, one per line.

use super::escape_text;
use crate::api::{Api, Operation, requirement_text};
use crate::one_line_docs::first_line;
use crate::sdk_docs::escape_text::{bars, cell, code_cell};

pub(super) fn section(api: &Api) -> Option<String> {
    if api.groups.is_empty() {
        return None;
    }
    let mut section = "## Operations\n".to_owned();
    for group in &api.groups {
        section += &format!("\n### `client.{}()`\n", group.method);
        if let Some(description) = group
            .description
            .as_deref()
            .map(escape_text::block)
            .filter(|text| !text.is_empty())
        {
            section += &format!("\n{description}\n");
        }
        section += "\n| Method | HTTP request | Description | Authentication |\n|---|---|---|---|\n";
        for operation in &group.operations {
            section += &format!(
                "| [`{}`](src/operations/{}.rs) | {} | {} | {} |\n",
                operation.method_name,
                group.module,
                code_cell(&format!("{} {}", operation.verb, operation.path)),
                summary(operation),
                bars(requirement_text(api, operation).trim_end_matches('.'))
            )
            .replace("|  |", "| |");
        }
    }
    Some(section)
}

fn summary(operation: &Operation) -> String {
    let text = operation
        .summary
        .as_deref()
        .or(operation.description.as_deref())
        .map(first_line)
        .unwrap_or_default();
    match operation.deprecated {
        true => format!("Deprecated. {}", cell(&text)),
        false => cell(&text),
    }
}
