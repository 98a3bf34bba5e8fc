//! Path templates: what stands in them, and what must not.

use crate::problem::Problem;
use crate::source::Node;

/// Refuses what would be another path by the time that it is sent. A query of fixed members is no part of OpenAPI's templates,
/// and occurs all the same.
pub(super) fn check(node: &Node<'_>, template: &str) -> Result<(), Problem> {
    if !template.starts_with('/') {
        return Err(node.problem("a path begins with a slash"));
    }
    let literal = filled(path(template), "");
    let query = template.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let is_odd = |letter: char| letter.is_control() || matches!(letter, '}' | '#' | '\\');
    if literal.contains(is_odd)
        || query.contains(|letter: char| is_odd(letter) || letter.is_whitespace() || matches!(letter, '{' | '?' | '%'))
        || path(template).matches('{').count() != path(template).matches('}').count()
    {
        return Err(node.problem("this is no path template: `#`, `\\` and unmatched braces have no place in it, nor has a query with variables"));
    }
    if filled(path(template), "x")
        .split('/')
        .any(|segment| segment == "." || segment == "..")
    {
        return Err(node.problem("a path with `.` or `..` is another path by the time that it is sent"));
    }
    Ok(())
}

/// Without the query.
pub(super) fn path(template: &str) -> &str {
    template.split_once('?').map_or(template, |(path, _)| path)
}

/// The query's members.
pub(super) fn query(template: &str) -> Vec<(String, String)> {
    let query = template.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let members = query.split('&').filter(|member| !member.is_empty());
    members
        .map(|member| {
            let (name, value) = member.split_once('=').unwrap_or((member, ""));
            (name.to_owned(), value.to_owned())
        })
        .collect()
}

/// With `value` in place of each parameter.
fn filled(template: &str, value: &str) -> String {
    let parts = template.split('{').enumerate();
    parts
        .map(|(index, part)| match part.split_once('}') {
            Some((_, rest)) if index > 0 => format!("{value}{rest}"),
            _ => part.to_owned(),
        })
        .collect()
}
