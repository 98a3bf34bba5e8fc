//! Which of a body's media types is sent.

use crate::api::media::{self, Content, Media};
use crate::limits::Copied;
use crate::problem::Problem;
use crate::source::Node;

/// Which of several media types a body is sent as.
const CONTENT_TYPE: &str = "x-evergrant-content-type";

const JSON: &str = "application/json";

/// Another name for it, which nobody misses.
const TEXT_JSON: &str = "text/json";

/// The media type that is sent: the one that the description asks for, or else the preferred one.
///
/// `saying`: who may ask for one, whoever comes first.
pub(super) fn content<'n, 'a: 'n>(
    body: &Node<'a>,
    mut saying: impl Iterator<Item = &'n Node<'a>>,
    (copied, warnings): (&mut Copied, &mut Vec<Problem>),
) -> Result<Option<Content<'a>>, Problem> {
    let contents = media::contents(body, copied)?;
    let listed = |contents: &[Content<'_>]| {
        let names: Vec<String> = contents.iter().map(|content| format!("`{}`", content.name)).collect();
        names.join(", ")
    };
    if let Some(wanted) = saying.find_map(|node| node.get(CONTENT_TYPE)) {
        let name = wanted.text()?;
        let found = contents.iter().find(|content| content.name.eq_ignore_ascii_case(name));
        return match found {
            Some(content) => Ok(Some(content.clone())),
            None => Err(wanted.problem(format!("the body has no such media type; it has {}", listed(&contents)))),
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
        let (other, first) = (sent(other), sent(&first));
        other.eq_ignore_ascii_case(first) || first == JSON && other == TEXT_JSON
    };
    let left_out: Vec<Content<'a>> = ranked.filter(|content| !is_same(content)).collect();
    if !left_out.is_empty() {
        warnings.push(body.problem(format!(
            "the body is sent as `{}`; left out: {} ({CONTENT_TYPE} chooses)",
            sent(&first),
            listed(&left_out)
        )));
    }
    Ok(Some(first))
}

/// As which media type it is sent: one of a range that is its plainest.
pub(super) fn sent<'a>(content: &Content<'a>) -> &'a str {
    match (content.name.contains('*'), content.media) {
        (false, _) => content.name,
        (true, Media::Json) => JSON,
        (true, Media::Text) => "text/plain",
        (true, _) => "application/octet-stream",
    }
}

/// The first is preferred: the plainest kind, and no patch that the schema is not made for.
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
    let name = sent(content).to_ascii_lowercase();
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
