//! Chooses the media type of a request body if the description offers several.

use crate::api::media_types::{self, Content, Media};
use crate::errors_and_warnings::Problem;
use crate::limits::CopyBudgets;
use crate::parsed_description::Node;

/// The extension that selects the media type.
const CONTENT_TYPE: &str = "x-evergrant-content-type";

const JSON: &str = "application/json";

/// An obsolete alias of it.
const TEXT_JSON: &str = "text/json";

/// Returns the media type to send: the one that the description selects, or the preferred one.
///
/// `choosers` are the nodes that may select one. The first takes precedence.
pub(super) fn content<'n, 'a: 'n>(
    body: &Node<'a>,
    mut choosers: impl Iterator<Item = &'n Node<'a>>,
    (copied, warnings): (&mut CopyBudgets, &mut Vec<Problem>),
) -> Result<Option<Content<'a>>, Problem> {
    let contents = media_types::contents(body, copied)?;
    let listed = |contents: &[Content<'_>]| {
        let names: Vec<String> = contents.iter().map(|content| format!("`{}`", content.name)).collect();
        names.join(", ")
    };
    if let Some(wanted) = choosers.find_map(|node| node.get(CONTENT_TYPE)) {
        let name = wanted.text()?;
        let selected = contents.iter().find(|content| content.name.eq_ignore_ascii_case(name));
        return match selected {
            Some(content) => Ok(Some(content.clone())),
            None => Err(wanted.problem(format!(
                "the body does not have this media type; it has {}",
                listed(&contents)
            ))),
        };
    }
    let mut ranked = Vec::with_capacity(contents.len());
    for content in contents {
        ranked.push((rank(&content)?, content));
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    let mut ranked = ranked.into_iter().map(|(_, content)| content);
    let Some(first) = ranked.next() else { return Ok(None) };
    let is_same = |other: &Content<'_>| {
        let (other, first) = (sent_type(other), sent_type(&first));
        other.eq_ignore_ascii_case(first) || first == JSON && other == TEXT_JSON
    };
    let ignored: Vec<Content<'a>> = ranked.filter(|content| !is_same(content)).collect();
    if !ignored.is_empty() {
        warnings.push(body.problem(format!(
            "the body is sent as `{}`; ignored: {} (select another with {CONTENT_TYPE})",
            sent_type(&first),
            listed(&ignored)
        )));
    }
    Ok(Some(first))
}

/// The media type to send. A range is replaced by a concrete type.
pub(super) fn sent_type<'a>(content: &Content<'a>) -> &'a str {
    match (content.name.contains('*'), content.media) {
        (false, _) => content.name,
        (true, Media::Json) => JSON,
        (true, Media::Text) => "text/plain",
        (true, _) => "application/octet-stream",
    }
}

/// The lowest rank is preferred: simple kinds first, and patch formats only if they match the schema.
fn rank(content: &Content<'_>) -> Result<impl Ord + Copy + use<>, Problem> {
    let schema = content.node.get("schema").map(|schema| schema.resolved()).transpose()?;
    let is_object = schema.is_some_and(|schema| {
        let ty = schema.value().get("type");
        let types = ty.and_then(|ty| ty.as_array());
        let is_object = |ty: &serde_json::Value| ty == "object";
        ty.is_some_and(is_object)
            || types.is_some_and(|types| types.iter().any(is_object))
            || schema.get("properties").is_some()
    });
    let name = sent_type(content).to_ascii_lowercase();
    let (merges, patches) = (
        name == "application/merge-patch+json",
        name == "application/json-patch+json",
    );
    let among_json = match name.as_str() {
        JSON => 0,
        _ if merges && is_object => 1,
        _ if merges || patches => 3,
        _ => 2,
    };
    Ok((patches && is_object, content.media, among_json))
}
