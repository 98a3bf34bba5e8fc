//! Describes security requirements in words, for documentation.

use crate::api::{Api, Operation};
use crate::one_line_docs::code;

/// Describes the requirement of an operation: its schemes and scopes.
pub(crate) fn requirement_text(api: &Api, operation: &Operation) -> String {
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
