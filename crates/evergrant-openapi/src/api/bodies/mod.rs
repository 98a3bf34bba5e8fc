//! Request bodies and their media types.

mod media_type_choice;

use std::collections::HashMap;

use super::global_headers::check_name;
use super::media_types::Media;
use super::parameters::{Style, array_format};
use crate::errors_and_warnings::Problem;
use crate::names::{Names, pascal, snake};
use crate::parsed_description::Node;
use crate::schema::{Field, ModelKind, Schemas, Type};

#[derive(Debug, Clone)]
pub(crate) struct Body {
    /// The name of the argument or setter.
    pub(crate) ident: String,
    pub(crate) kind: BodyKind,
    pub(crate) content_type: String,
    pub(crate) required: bool,
    pub(crate) description: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) enum BodyKind {
    Json(Type),
    /// A form, with the styles that `encoding` sets for its fields.
    Form(Type, Vec<(String, Style, bool)>),
    /// A multipart form with a generated type.
    Multipart {
        type_name: String,
        parts: Vec<Part>,
    },
    /// A multipart form without a described structure.
    AnyMultipart,
    Text,
    Bytes,
}

impl Body {
    /// The descriptions of the body and of its parts.
    pub(super) fn descriptions(&self) -> impl Iterator<Item = Option<&str>> {
        let parts = match &self.kind {
            BodyKind::Multipart { parts, .. } => parts.as_slice(),
            _ => &[],
        };
        let parts = parts.iter().map(|part| part.description.as_deref());
        parts.chain([self.description.as_deref()])
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) ident: String,
    pub(crate) kind: PartKind,
    pub(crate) required: bool,
    pub(crate) description: Option<String>,
    /// The content type, if the description states one.
    pub(crate) content_type: Option<String>,
    /// Headers with a constant value.
    pub(crate) headers: Vec<(String, String)>,
}

#[derive(Debug, Clone)]
pub(crate) enum PartKind {
    File,
    Files,
    /// A value that is sent as plain text.
    Text(Type),
    /// A list, each item of which is sent as plain text in its own part.
    Texts(Type),
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
    let layers = node.reference_chain()?;
    let node = node.resolved()?;
    node.object()?;
    let choosers = [operation].into_iter().chain(&layers);
    let Some(content) = media_type_choice::content(&node, choosers, (&mut schemas.copy_budgets, warnings))? else {
        return Ok(None);
    };
    let description = node.string("description")?;
    schemas
        .copy_budgets
        .text
        .spend_at(description.map_or(0, str::len), &node)?;
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
            let styles = styles(&content.node)?;
            schemas.copy_budgets.responses.spend_at(styles.len(), &content.node)?;
            BodyKind::Form(ty, styles)
        }
        Media::Multipart => match parts(schema.as_ref(), &content.node, hint, (schemas, warnings))? {
            Some(parts) => BodyKind::Multipart {
                type_name: types.take(pascal(&format!("{hint} form"))),
                parts,
            },
            None => BodyKind::AnyMultipart,
        },
        Media::Text | Media::Events => BodyKind::Text,
        Media::Bytes => BodyKind::Bytes,
    };
    let ident = match &kind {
        BodyKind::Multipart { .. } | BodyKind::AnyMultipart => "form",
        _ => "body",
    };
    Ok(Some(Body {
        ident: idents.take(ident.to_owned()),
        kind,
        content_type: media_type_choice::sent_type(&content).to_owned(),
        required: node.flag("required")?,
        description: description.map(str::to_owned),
    }))
}

fn styles(media: &Node<'_>) -> Result<Vec<(String, Style, bool)>, Problem> {
    let mut styles = Vec::new();
    for (name, encoding) in media.map("encoding")? {
        let selected = array_format(&encoding)?;
        let style = match encoding.string("style")? {
            _ if selected.is_some() => selected.unwrap_or(Style::DeepObject),
            Some(style) => Style::parse(style).ok_or_else(|| encoding.problem("unknown `style`"))?,
            None if encoding.get("explode").is_some() => Style::Form,
            None => continue,
        };
        let explode = match encoding.get("explode") {
            Some(_) => encoding.flag("explode")?,
            None => !matches!(style, Style::SpaceDelimited | Style::PipeDelimited),
        };
        styles.push((name.to_owned(), style, explode));
    }
    Ok(styles)
}

/// Returns `None` if the schema is not an object with known members.
fn parts<'a>(
    schema: Option<&Node<'a>>,
    media: &Node<'a>,
    hint: &str,
    (schemas, warnings): (&mut Schemas<'a>, &mut Vec<Problem>),
) -> Result<Option<Vec<Part>>, Problem> {
    let Some(schema) = schema else { return Ok(None) };
    let Some(members) = schemas.members(schema, hint)? else {
        return Ok(None);
    };
    let encodings: HashMap<&str, Node<'a>> = media.map("encoding")?.into_iter().collect();
    schemas.copy_budgets.responses.spend_at(encodings.len(), media)?;
    let mut idents = Names::with_reserved(["new", "into_multipart"]);
    let mut parts = Vec::new();
    for member in members {
        let encoding = encodings.get(member.wire.as_str());
        let content_type = encoding
            .map(|encoding| encoding.string("contentType"))
            .transpose()?
            .flatten();
        let described = described_media_type(schema, &member.wire);
        let headers = encoding
            .map(|encoding| constant_headers(encoding, warnings))
            .transpose()?;
        let kind = part_kind(&member, content_type.unwrap_or_default(), schemas);
        let plain = content_type.map(str::trim).filter(|name| is_plain(name));
        let content_type = plain.or(described.filter(|_| matches!(kind, PartKind::File | PartKind::Files)));
        parts.push(Part {
            ident: idents.take(snake(&member.rust)),
            content_type: content_type
                .filter(|_| !matches!(kind, PartKind::Json(_)) || plain.is_some_and(|name| name != "application/json"))
                .map(str::to_owned),
            headers: headers.unwrap_or_default(),
            kind,
            name: member.wire,
            required: member.required,
            description: Some(member.docs).filter(|docs| !docs.is_empty()),
        });
    }
    // The required parts are arguments of the constructor and come first.
    parts.sort_by_key(|part| !part.required);
    Ok(Some(parts))
}

fn part_kind(member: &Field, content_type: &str, schemas: &Schemas<'_>) -> PartKind {
    let ty = member.ty.non_null().clone();
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
        // The media type decides if the schema is unspecific.
        Type::Json | Type::String if as_file => PartKind::File,
        _ if content_type.contains("json") => PartKind::Json(ty),
        Type::Array(item) if is_text(item, schemas) => PartKind::Texts(ty),
        _ => match is_text(&ty, schemas) {
            true => PartKind::Text(ty),
            false => PartKind::Json(ty),
        },
    }
}

/// Whether this is one media type, without a range or alternatives.
fn is_plain(name: &str) -> bool {
    let allowed = |letter: char| letter.is_ascii_graphic() || letter == ' ';
    name.contains('/') && !name.contains(['*', ',']) && name.chars().all(allowed)
}

/// The `contentMediaType` of a property (OpenAPI 3.1).
fn described_media_type<'a>(schema: &Node<'a>, name: &str) -> Option<&'a str> {
    let property = schema.resolved().ok()?.get("properties")?.get(name)?.resolved().ok()?;
    let property = match property.get("items") {
        Some(items) => items.resolved().ok()?,
        None => property,
    };
    property.string("contentMediaType").ok()?.filter(|name| is_plain(name))
}

/// The headers of a part whose schema has one value. Others cannot be sent.
fn constant_headers(encoding: &Node<'_>, warnings: &mut Vec<Problem>) -> Result<Vec<(String, String)>, Problem> {
    let mut headers = Vec::new();
    for (name, header) in encoding.map("headers")? {
        if name.eq_ignore_ascii_case("content-type") || name.eq_ignore_ascii_case("content-disposition") {
            continue;
        }
        check_name(&header, name)?;
        let schema = header
            .resolved()?
            .get("schema")
            .map(|schema| schema.resolved())
            .transpose()?;
        let value = schema.as_ref().and_then(|schema| {
            let get = |keyword: &str| schema.value().get(keyword);
            let listed = get("enum")
                .and_then(|values| values.as_array())
                .filter(|values| values.len() == 1);
            get("const").or_else(|| listed?.first()).or_else(|| get("default"))
        });
        let text = value.and_then(|value| match value {
            serde_json::Value::String(text) if !text.contains(char::is_control) => Some(text.clone()),
            serde_json::Value::Number(number) => Some(number.to_string()),
            _ => None,
        });
        match text {
            Some(text) => headers.push((name.to_owned(), text)),
            None => warnings.push(header.problem("this header of a part has no `const` or `default`, and is not sent")),
        }
    }
    Ok(headers)
}

/// Whether the value has a plain text form.
pub(super) fn is_text(ty: &Type, schemas: &Schemas<'_>) -> bool {
    match ty {
        Type::Array(_) | Type::Map(_) | Type::Json | Type::Nullable(_) => false,
        Type::Named(_) => matches!(schemas.kind(ty), Some(ModelKind::StringEnum | ModelKind::IntegerEnum)),
        _ => true,
    }
}
