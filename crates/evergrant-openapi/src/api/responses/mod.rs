//! Successful responses and error responses of operations.

mod status;

use serde_json::{Map, Value};

pub(crate) use self::status::Status;
use super::media_types::{self, Media};
use crate::errors_and_warnings::Problem;
use crate::limits::OWN_RESPONSES;
use crate::names::{Names, pascal};
use crate::parsed_description::Node;
use crate::schema::{Schemas, Type};

/// The successful responses of an operation, or its error responses.
#[derive(Debug, Clone, Default)]
pub(crate) struct Responses {
    pub(crate) list: Vec<Response>,
    pub(crate) shape: Shape,
}

/// How the types of responses combine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Shape {
    /// All responses have the same body.
    #[default]
    Single,
    /// Some responses have the same body, and the others have no body.
    Optional,
    /// The bodies of the responses differ. The enum of this name has a variant for each.
    Enum(String),
}

#[derive(Debug, Clone)]
pub(crate) struct Response {
    /// `404`, `4XX`, `default`.
    pub(crate) status: Status,
    pub(crate) payload: Payload,
    /// The variant in the enum.
    pub(crate) variant: String,
    pub(crate) description: Option<String>,
    /// The media types for `Accept`.
    pub(crate) media: Vec<String>,
    /// The type of the events in a stream of the response.
    pub(crate) events: Option<Type>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Payload {
    Empty,
    Json(Type),
    Text,
    Bytes,
    /// The only response is a stream of events with this data.
    Events(Type),
}

impl Responses {
    /// The payload that all responses share.
    pub(crate) fn payload(&self) -> Option<&Payload> {
        match self.shape {
            Shape::Single => self.list.first().map(|first| &first.payload),
            Shape::Optional => self
                .list
                .iter()
                .map(|response| &response.payload)
                .find(|payload| **payload != Payload::Empty),
            Shape::Enum(_) => None,
        }
    }

    /// The type of the events of a stream.
    pub(crate) fn events(&self) -> Option<&Type> {
        self.list.iter().find_map(|response| response.events.as_ref())
    }

    fn with_shape(mut self, name: String, types: &mut Names) -> Self {
        let mut bodies: Vec<&Payload> = Vec::new();
        for response in &self.list {
            if response.payload != Payload::Empty && !bodies.contains(&&response.payload) {
                bodies.push(&response.payload);
            }
        }
        let some_have_none = self.list.iter().any(|response| response.payload == Payload::Empty);
        self.shape = match bodies.len() {
            0 => Shape::Single,
            1 if some_have_none => Shape::Optional,
            1 => Shape::Single,
            _ => Shape::Enum(types.take(name)),
        };
        if matches!(self.shape, Shape::Enum(_)) {
            let mut variants = Names::with_reserved(["Self"]);
            for response in &mut self.list {
                response.variant = variants.take(response.status.variant());
            }
        }
        self
    }
}

/// The HTTP method, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    /// Responses to a `HEAD` request, which never have a body (RFC 9110 section 9.3.2).
    Head,
    Other,
}

/// Reads the successful responses and the error responses of an operation.
pub(super) fn read<'a>(
    operation: &Node<'a>,
    hint: &str,
    schemas: &mut Schemas<'a>,
    types: &mut Names,
) -> Result<(Responses, Responses), Problem> {
    let (mut success, mut failure) = (Responses::default(), Responses::default());
    let method = match operation.names().last() == Some(&Some("head")) {
        true => Method::Head,
        false => Method::Other,
    };
    let count = operation
        .value()
        .get("responses")
        .and_then(Value::as_object)
        .map_or(0, Map::len);
    OWN_RESPONSES.check_at(count, operation)?;
    schemas.copy_budgets.responses.spend_at(count, operation)?;
    let described = operation.map("responses")?;
    let has_success = described.iter().any(|(status, _)| status.starts_with('2'));
    for (status, node) in described {
        if status.starts_with("x-") {
            continue;
        }
        let status = Status::parse(&node, status)?;
        let node = node.resolved()?;
        let succeeds = status.hundreds() == Some(2) || status == Status::Any && !has_success;
        let fails = matches!(status.hundreds(), Some(4 | 5) | None);
        let label = status.variant();
        let name = match succeeds && !fails {
            true => format!("{hint} response"),
            false => format!("{hint} {label}"),
        };
        let response = response(&node, (method, status), &name, schemas)?;
        if succeeds {
            success.list.push(response.clone());
        }
        if fails && matches!(response.payload, Payload::Json(_) | Payload::Text) {
            failure.list.push(response);
        }
    }
    if success.list.is_empty() {
        success.list.push(Response {
            status: Status::Any,
            payload: Payload::Empty,
            variant: String::new(),
            description: None,
            media: Vec::new(),
            events: None,
        });
    }
    let success = success.with_shape(pascal(&format!("{hint} response")), types);
    let failure = match failure.list.is_empty() {
        true => failure,
        false => failure.with_shape(pascal(&format!("{hint} error")), types),
    };
    Ok((success, failure))
}

fn response<'a>(
    node: &Node<'a>,
    (method, status): (Method, Status),
    hint: &str,
    schemas: &mut Schemas<'a>,
) -> Result<Response, Problem> {
    let contents = media_types::contents(node, &mut schemas.copy_budgets)?;
    let description = node.string("description")?;
    schemas
        .copy_budgets
        .text
        .spend_at(description.map_or(0, str::len), node)?;
    let no_body = method == Method::Head || matches!(status, Status::Exact(204 | 205 | 304));
    let events = contents
        .iter()
        .find(|content| content.media == Media::Events && !no_body);
    let event_type = match events {
        Some(content) => {
            let item = content.node.get("itemSchema").or_else(|| content.node.get("schema"));
            Some(match item {
                Some(schema) => schemas.type_of(&schema, &format!("{hint} event"))?,
                None => Type::String,
            })
        }
        None => None,
    };
    let first = contents.first().filter(|_| !no_body);
    if let Some(content) = first.filter(|content| content.media != Media::Events)
        && content.node.get("itemSchema").is_some()
        && content.node.get("schema").is_none()
    {
        schemas.report(
            content.node.problem(
                "`itemSchema` is only supported for text/event-stream; the response is not divided into items",
            ),
        );
    }
    let payload = match first {
        None => Payload::Empty,
        Some(content) => match (content.media, &event_type) {
            (Media::Json, _) => match content.node.get("schema") {
                Some(schema) => Payload::Json(schemas.type_of(&schema, hint)?),
                None => Payload::Json(Type::Json),
            },
            (Media::Events, Some(ty)) => Payload::Events(ty.clone()),
            (Media::Text | Media::Form, _) => Payload::Text,
            _ => Payload::Bytes,
        },
    };
    let media = first.into_iter().map(|content| content.name.to_owned());
    Ok(Response {
        status,
        payload,
        variant: String::new(),
        description: description.map(str::to_owned),
        media: media.collect(),
        events: event_type,
    })
}
