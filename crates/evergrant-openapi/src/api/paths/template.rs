//! Path templates and their parameters.

use crate::errors_and_warnings::Problem;
use crate::parsed_description::Node;

/// Rejects templates that would change when they are sent. OpenAPI does not allow a query or a fragment in a template,
/// but some descriptions have a query with constant parameters, or tell operations apart by a fragment, which is never
/// sent.
pub(super) fn check(node: &Node<'_>, template: &str) -> Result<(), Problem> {
    let literal = fill_parameters(path(template), "");
    let query = query_text(template);
    let is_odd = |letter: char| letter.is_control() || matches!(letter, '}' | '\\');
    if literal.contains(is_odd)
        || query.contains(|letter: char| is_odd(letter) || letter.is_whitespace() || matches!(letter, '{' | '?' | '%'))
        || template.contains(char::is_control)
        || path(template).contains("://")
        || path(template).matches('{').count() != path(template).matches('}').count()
    {
        return Err(node.problem(
            "invalid path template: URLs, control characters, `\\`, unmatched braces and variables in a query are not allowed",
        ));
    }
    if fill_parameters(path(template), "x")
        .split('/')
        .any(|segment| segment == "." || segment == "..")
    {
        return Err(node.problem("a path must not contain `.` or `..` segments"));
    }
    Ok(())
}

/// The template without its query and fragment.
pub(super) fn path(template: &str) -> &str {
    template.split(['?', '#']).next().unwrap_or_default()
}

/// The query, without the fragment.
fn query_text(template: &str) -> &str {
    let before = template.split('#').next().unwrap_or_default();
    before.split_once('?').map(|(_, query)| query).unwrap_or_default()
}

/// The parameters of the query.
pub(super) fn query(template: &str) -> Vec<(String, String)> {
    let members = query_text(template).split('&').filter(|member| !member.is_empty());
    members
        .map(|member| {
            let (name, value) = member.split_once('=').unwrap_or((member, ""));
            (name.to_owned(), value.to_owned())
        })
        .collect()
}

/// Replaces each parameter with `value`.
fn fill_parameters(template: &str, value: &str) -> String {
    let parts = template.split('{').enumerate();
    parts
        .map(|(index, part)| match part.split_once('}') {
            Some((_, rest)) if index > 0 => format!("{value}{rest}"),
            _ => part.to_owned(),
        })
        .collect()
}
