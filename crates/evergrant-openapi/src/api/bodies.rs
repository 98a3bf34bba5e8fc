//! Request bodies: what is sent, as which media type.

use super::media::{self, Content, Media};
use super::parameters::Style;
use crate::names::{Names, pascal, snake};
use crate::problem::Problem;
use crate::schema::{Field, Kind, Schemas, Type};
use crate::source::Node;

/// Which of several media types a body is sent as.
const CONTENT_TYPE: &str = "x-evergrant-content-type";

const JSON: &str = "application/json";

/// Other names for it, which nobody misses.
const SAME_AS_JSON: [&str; 2] = ["text/json", "application/*+json"];

#[derive(Debug, Clone)]
pub(crate) struct Body {
    /// The argument or setter.
    pub(crate) ident: String,
    pub(crate) kind: BodyKind,
    pub(crate) content_type: String,
    pub(crate) required: bool,
    pub(crate) description: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) enum BodyKind {
    Json(Type),
    /// With the fields that have a style of their own.
    Form(Type, Vec<(String, Style, bool)>),
    /// A form of its own type, made of these parts.
    Multipart {
        type_name: String,
        parts: Vec<Part>,
    },
    /// A form that the description says nothing of.
    AnyMultipart,
    Text,
    Bytes,
}

#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) ident: String,
    pub(crate) kind: PartKind,
    pub(crate) required: bool,
    pub(crate) description: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) enum PartKind {
    File,
    Files,
    /// Sent as text.
    Text(Type),
    Json(Type),
}

pub(super) fn read<'a>(
    operation: &Node<'a>,
    hint: &str,
    (schemas, warnings): (&mut Schemas<'a>, &mut Vec<Problem>),
    (idents, types): (&mut Names, &mut Names),
) -> Result<Option<Body>, Problem> {
    let Some(node) = operation.get("requestBody") else {
        return Ok(None);
    };
    let layers = node.layers()?;
    let node = node.resolved()?;
    node.object()?;
    let mut wanted = None;
    for place in [operation].into_iter().chain(&layers) {
        wanted = wanted.or(place.get(CONTENT_TYPE));
    }
    let Some(content) = chosen(&node, wanted.as_ref(), warnings)? else {
        return Ok(None);
    };
    let schema = content.node.get("schema");
    let inline = format!("{hint} body");
    let kind = match content.media {
        Media::Json => BodyKind::Json(match &schema {
            Some(schema) => schemas.type_of(schema, &inline)?,
            None => Type::Json,
        }),
        Media::Form => {
            let ty = match &schema {
                Some(schema) => schemas.type_of(schema, &inline)?,
                None => Type::Json,
            };
            BodyKind::Form(ty, styles(&content.node)?)
        }
        Media::Multipart => match parts(schema.as_ref(), &content.node, hint, schemas)? {
            Some(parts) => BodyKind::Multipart {
                type_name: types.take(pascal(&format!("{hint} form"))),
                parts,
            },
            None => BodyKind::AnyMultipart,
        },
        Media::Text | Media::Events => BodyKind::Text,
        Media::Bytes => BodyKind::Bytes,
    };
    let content_type = match (content.name.contains('*'), content.media) {
        (false, _) => content.name,
        (true, Media::Json) => "application/json",
        (true, Media::Text) => "text/plain",
        (true, _) => "application/octet-stream",
    };
    let ident = match &kind {
        BodyKind::Multipart { .. } | BodyKind::AnyMultipart => "form",
        _ => "body",
    };
    Ok(Some(Body {
        ident: idents.take(ident.to_owned()),
        kind,
        content_type: content_type.to_owned(),
        required: node.flag("required")?,
        description: node.string("description")?.map(str::to_owned),
    }))
}

/// The media type that is sent: the one that the description asks for, or else the preferred one.
fn chosen<'a>(
    body: &Node<'a>,
    wanted: Option<&Node<'a>>,
    warnings: &mut Vec<Problem>,
) -> Result<Option<Content<'a>>, Problem> {
    let mut contents = media::contents(body)?;
    let listed = |contents: &[Content<'_>]| {
        let names: Vec<String> = contents.iter().map(|content| format!("`{}`", content.name)).collect();
        names.join(", ")
    };
    if let Some(wanted) = wanted {
        let name = wanted.text()?;
        let found = contents.iter().find(|content| content.name.eq_ignore_ascii_case(name));
        return match found {
            Some(content) => Ok(Some(content.clone())),
            None => Err(wanted.problem(format!("the body has no such media type; it has {}", listed(&contents)))),
        };
    }
    let mut ranked = Vec::with_capacity(contents.len());
    for content in contents.drain(..) {
        ranked.push((rank(&content)?, content));
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    let mut ranked = ranked.into_iter().map(|(_, content)| content);
    let Some(first) = ranked.next() else { return Ok(None) };
    let is_same = |other: &Content<'_>| {
        other.name.eq_ignore_ascii_case(first.name) || JSON == first.name && SAME_AS_JSON.contains(&other.name)
    };
    let left_out: Vec<Content<'a>> = ranked.filter(|content| !is_same(content)).collect();
    if !left_out.is_empty() {
        warnings.push(body.problem(format!(
            "the body is sent as `{}`; left out: {} ({CONTENT_TYPE} chooses)",
            first.name,
            listed(&left_out)
        )));
    }
    Ok(Some(first))
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
    let name = content.name.to_ascii_lowercase();
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

fn styles(media: &Node<'_>) -> Result<Vec<(String, Style, bool)>, Problem> {
    let mut styles = Vec::new();
    for (name, encoding) in media.map("encoding")? {
        let style = match encoding.string("style")? {
            Some(style) => {
                Style::named(style).ok_or_else(|| encoding.problem("its `style` is none that OpenAPI knows"))?
            }
            None if encoding.get("explode").is_some() => Style::Form,
            None => continue,
        };
        let explode = match encoding.get("explode") {
            Some(_) => encoding.flag("explode")?,
            None => matches!(style, Style::Form | Style::DeepObject),
        };
        styles.push((name.to_owned(), style, explode));
    }
    Ok(styles)
}

/// `None` when the schema is not an object whose members are known.
fn parts<'a>(
    schema: Option<&Node<'a>>,
    media: &Node<'a>,
    hint: &str,
    schemas: &mut Schemas<'a>,
) -> Result<Option<Vec<Part>>, Problem> {
    let Some(schema) = schema else { return Ok(None) };
    let Some(members) = schemas.members(schema, hint)? else {
        return Ok(None);
    };
    let encodings = media.map("encoding")?;
    let mut idents = Names::reserving(["new", "into_multipart"]);
    let mut parts = Vec::new();
    for member in members {
        let encoding = encodings
            .iter()
            .find(|(name, _)| *name == member.wire)
            .map(|(_, encoding)| encoding);
        let content_type = encoding
            .map(|encoding| encoding.string("contentType"))
            .transpose()?
            .flatten();
        parts.push(Part {
            ident: idents.take(snake(&member.rust)),
            kind: part_kind(&member, content_type.unwrap_or_default(), schemas),
            name: member.wire,
            required: member.required,
            description: Some(member.docs).filter(|docs| !docs.is_empty()),
        });
    }
    // The constructor takes the required ones.
    parts.sort_by_key(|part| !part.required);
    Ok(Some(parts))
}

fn part_kind(member: &Field, content_type: &str, schemas: &Schemas<'_>) -> PartKind {
    let ty = member.ty.present().clone();
    let sent_as_file = [
        "image/",
        "audio/",
        "video/",
        "application/octet-stream",
        "application/pdf",
    ];
    let as_file = sent_as_file.iter().any(|kind| content_type.starts_with(kind));
    match &ty {
        _ if member.is_binary && matches!(ty, Type::Array(_)) => PartKind::Files,
        _ if member.is_binary => PartKind::File,
        // A schema that says nothing beside a media type that says it all.
        Type::Json | Type::String if as_file => PartKind::File,
        _ if content_type.contains("json") => PartKind::Json(ty),
        _ => match is_text(&ty, schemas) {
            true => PartKind::Text(ty),
            false => PartKind::Json(ty),
        },
    }
}

/// What has one text.
pub(super) fn is_text(ty: &Type, schemas: &Schemas<'_>) -> bool {
    match ty {
        Type::Array(_) | Type::Map(_) | Type::Json | Type::Nullable(_) => false,
        Type::Named(_) => matches!(schemas.kind(ty), Some(Kind::StringEnum | Kind::IntegerEnum)),
        _ => true,
    }
}
