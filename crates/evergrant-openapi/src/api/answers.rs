//! What an operation is answered with: its success, and its failures.

use serde_json::{Map, Value};

use super::media::{self, Media};
use crate::limits::OWN_RESPONSES;
use crate::names::{Names, pascal};
use crate::problem::Problem;
use crate::schema::{Schemas, Type};
use crate::source::Node;

/// All answers of one kind, success or failure.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answers {
    pub(crate) list: Vec<Answer>,
    pub(crate) shape: Shape,
}

/// What answers have in common.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Shape {
    /// All have the same body.
    #[default]
    One,
    /// All have the same body, or none.
    OneOrNothing,
    /// Their bodies differ; the enumeration of this name tells them apart.
    Several(String),
}

#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// `404`, `4XX`, `default`.
    pub(crate) status: Status,
    pub(crate) payload: Payload,
    /// In the enumeration.
    pub(crate) variant: String,
    pub(crate) description: Option<String>,
    /// For `Accept`; several where a stream may be asked for as well.
    pub(crate) media: Vec<String>,
    /// What its events hold, where it can be had as a stream of events.
    pub(crate) events: Option<Type>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Exact(u16),
    /// The hundreds: 4 is `4XX`.
    Range(u8),
    Any,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Payload {
    Empty,
    Json(Type),
    Text,
    Bytes,
    /// Nothing but a stream of events.
    Events(Type),
}

impl Answers {
    /// The one body that there is.
    pub(crate) fn payload(&self) -> Option<&Payload> {
        match self.shape {
            Shape::One => self.list.first().map(|first| &first.payload),
            Shape::OneOrNothing => self
                .list
                .iter()
                .map(|answer| &answer.payload)
                .find(|payload| **payload != Payload::Empty),
            Shape::Several(_) => None,
        }
    }

    /// What the events of a stream hold.
    pub(crate) fn events(&self) -> Option<&Type> {
        self.list.iter().find_map(|answer| answer.events.as_ref())
    }

    fn settled(mut self, name: String, types: &mut Names) -> Self {
        let mut bodies: Vec<&Payload> = Vec::new();
        for answer in &self.list {
            if answer.payload != Payload::Empty && !bodies.contains(&&answer.payload) {
                bodies.push(&answer.payload);
            }
        }
        let some_have_none = self.list.iter().any(|answer| answer.payload == Payload::Empty);
        self.shape = match bodies.len() {
            0 => Shape::One,
            1 if some_have_none => Shape::OneOrNothing,
            1 => Shape::One,
            _ => Shape::Several(types.take(name)),
        };
        if matches!(self.shape, Shape::Several(_)) {
            let mut variants = Names::reserving(["Self"]);
            for answer in &mut self.list {
                answer.variant = variants.take(answer.status.variant());
            }
        }
        self
    }
}

impl Status {
    fn parse(node: &Node<'_>, text: &str) -> Result<Self, Problem> {
        let digits = text.as_bytes();
        match text {
            "default" => Ok(Self::Any),
            _ if text.len() == 3 && text[1..].eq_ignore_ascii_case("xx") && (b'1'..=b'5').contains(&digits[0]) => {
                Ok(Self::Range(digits[0] - b'0'))
            }
            _ => match text.parse::<u16>() {
                Ok(status) if (100..600).contains(&status) => Ok(Self::Exact(status)),
                _ => Err(node.problem("this is no status: 200, 4XX and default are")),
            },
        }
    }

    fn hundreds(self) -> Option<u16> {
        match self {
            Self::Exact(status) => Some(status / 100),
            Self::Range(hundreds) => Some(hundreds.into()),
            Self::Any => None,
        }
    }

    fn variant(self) -> String {
        match self {
            Self::Exact(status) => match reason(status) {
                Some(reason) => pascal(reason),
                None => format!("Status{status}"),
            },
            Self::Range(2) => "Success".to_owned(),
            Self::Range(4) => "ClientError".to_owned(),
            Self::Range(5) => "ServerError".to_owned(),
            Self::Range(hundreds) => format!("Status{hundreds}xx"),
            Self::Any => "Other".to_owned(),
        }
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exact(status) => status.fmt(f),
            Self::Range(hundreds) => write!(f, "{hundreds}XX"),
            Self::Any => f.write_str("any other"),
        }
    }
}

/// What matters of an operation's method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    /// Its answers have no body, whatever is described (RFC 9110 section 9.3.2).
    Head,
    Other,
}

/// The success and the failures of an operation.
pub(super) fn read<'a>(
    operation: &Node<'a>,
    hint: &str,
    schemas: &mut Schemas<'a>,
    types: &mut Names,
) -> Result<(Answers, Answers), Problem> {
    let (mut success, mut failure) = (Answers::default(), Answers::default());
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
    schemas.copied.responses.spend_at(count, operation)?;
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
        let answer = answer(&node, (method, status), &name, schemas)?;
        if succeeds {
            success.list.push(answer.clone());
        }
        if fails && matches!(answer.payload, Payload::Json(_) | Payload::Text) {
            failure.list.push(answer);
        }
    }
    if success.list.is_empty() {
        success.list.push(Answer {
            status: Status::Any,
            payload: Payload::Empty,
            variant: String::new(),
            description: None,
            media: Vec::new(),
            events: None,
        });
    }
    let success = success.settled(pascal(&format!("{hint} answer")), types);
    let failure = match failure.list.is_empty() {
        true => failure,
        false => failure.settled(pascal(&format!("{hint} error")), types),
    };
    Ok((success, failure))
}

fn answer<'a>(
    node: &Node<'a>,
    (method, status): (Method, Status),
    hint: &str,
    schemas: &mut Schemas<'a>,
) -> Result<Answer, Problem> {
    let contents = media::contents(node, &mut schemas.copied)?;
    let description = node.string("description")?;
    schemas.copied.text.spend_at(description.map_or(0, str::len), node)?;
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
    let named = first.into_iter().map(|content| content.name.to_owned());
    Ok(Answer {
        status,
        payload,
        variant: String::new(),
        description: description.map(str::to_owned),
        media: named.collect(),
        events: event_type,
    })
}

fn reason(status: u16) -> Option<&'static str> {
    Some(match status {
        200 => "ok",
        201 => "created",
        202 => "accepted",
        203 => "non authoritative",
        204 => "no content",
        205 => "reset content",
        206 => "partial content",
        207 => "multi status",
        400 => "bad request",
        401 => "unauthorized",
        402 => "payment required",
        403 => "forbidden",
        404 => "not found",
        405 => "method not allowed",
        406 => "not acceptable",
        408 => "request timeout",
        409 => "conflict",
        410 => "gone",
        412 => "precondition failed",
        413 => "content too large",
        415 => "unsupported media type",
        422 => "unprocessable content",
        423 => "locked",
        429 => "too many requests",
        500 => "internal server error",
        501 => "not implemented",
        502 => "bad gateway",
        503 => "service unavailable",
        504 => "gateway timeout",
        _ => return None,
    })
}
