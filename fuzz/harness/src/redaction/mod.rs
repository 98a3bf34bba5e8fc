//! A server that repeats the client's secret in its response, in whatever encoding.

mod encode;

use bytes::Bytes;
use evergrant::error::TransportError;
use evergrant::{ClientAuth, Transport};
use evergrant_testing::{LogCapture, ManualClock};
use http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Request, Response, StatusCode};
use serde_json::{Value, json};

use self::encode::{decodes_to, encoded};
use crate::errors::{assert_presentable, texts};
use crate::input::Input;
use crate::managers::{block_on, client};

/// The part of the secret that shows whether it was masked: it stands in no message, and encoders leave it alone unless told otherwise.
const MARK: &str = "q9zK7x";

/// The longest part of the secret before and behind the mark, in characters.
const LONGEST: usize = 48;

/// How far an escape goes that is escaped itself, in characters.
const LONGEST_ESCAPE: usize = 32;

/// Where the server repeats it.
#[derive(Debug, Clone, Copy)]
enum Place {
    Refusal,
    Page,
    Text,
    Description,
    Code,
    Uri,
    Nested,
    TokenType,
    Lifetime,
    Location,
    ContentType,
}

const PLACES: [Place; 11] = [
    Place::Refusal,
    Place::Page,
    Place::Text,
    Place::Description,
    Place::Code,
    Place::Uri,
    Place::Nested,
    Place::TokenType,
    Place::Lifetime,
    Place::Location,
    Place::ContentType,
];

/// What the server repeats.
#[derive(Debug, Clone, Copy)]
enum Echo {
    Secret,
    /// The request's `Authorization` header.
    Header,
    /// The request's body.
    Form,
}

/// The secret is in no message, no `Debug` and no event, decoded or not.
///
/// The lines are: the choices; what stands in the secret before the mark, and behind it; the encodings of its characters, and those of
/// a second encoder; the text before it. All else stands behind it.
pub fn redaction(data: &[u8]) {
    let mut input = Input::new(data);
    let place = input.choice(&PLACES);
    let echo = input.choice(&[Echo::Secret, Echo::Header, Echo::Form]);
    let auth = input.choice(&[ClientAuth::Basic, ClientAuth::Post, ClientAuth::BasicRaw]);
    input.line();
    let part = |line: &str| line.chars().take(LONGEST).collect::<String>();
    let secret = format!("{}{MARK}{}", part(&input.line()), part(&input.line()));
    let (first, second) = (input.line(), input.line());
    let (before, after) = (input.line(), input.text());
    if secret.chars().count() < 8 || [&before, &after].iter().any(|text| decodes_to(text, MARK)) {
        return;
    }
    let server = Server {
        place,
        echo,
        repeated: encoded(&encoded(&secret, first.as_bytes(), false), second.as_bytes(), true),
        before: apart(before.into_owned()),
        after: after.into_owned(),
    };
    let builder = client(&secret, &ManualClock::new()).client_auth(auth);
    let Ok(tokens) = builder.build(server) else {
        return;
    };
    let logs = LogCapture::new();
    let guard = logs.install();
    let outcome = block_on(tokens.token());
    drop(guard);
    let Err(error) = outcome else { return };
    assert_presentable(&error);
    let records = logs.records().into_iter().flat_map(|record| record.fields.into_values());
    for text in texts(&error).into_iter().chain(records) {
        assert!(!decodes_to(&text, MARK), "the secret {secret:?} shows: {text}");
    }
}

/// The text with a space behind it where an escape in it would go on into what follows: no decoder could tell the two apart.
fn apart(mut text: String) -> String {
    if text.chars().rev().take(LONGEST_ESCAPE).any(|last| "%\\&".contains(last)) {
        text.push(' ');
    }
    text
}

#[derive(Debug)]
struct Server {
    place: Place,
    echo: Echo,
    repeated: String,
    before: String,
    after: String,
}

impl Server {
    fn text(&self, request: &Request<Bytes>) -> String {
        let header = request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes);
        let repeated = match self.echo {
            Echo::Secret => self.repeated.as_str().into(),
            Echo::Header => String::from_utf8_lossy(header.unwrap_or_default()),
            Echo::Form => String::from_utf8_lossy(request.body()),
        };
        format!("{}{repeated}{}", self.before, self.after)
    }

    fn answer(&self, text: String) -> Response<Bytes> {
        let json = |object: Value| Bytes::from(object.to_string());
        let (status, kind, body) = match self.place {
            Place::Refusal => (400, "text/plain", text.clone().into()),
            Place::Page => (200, "text/html", text.clone().into()),
            Place::Text => (200, "text/plain", text.clone().into()),
            Place::Description => (400, "application/json", json(json!({"error": "e", "error_description": text}))),
            Place::Code => (400, "application/json", json(json!({"error": text}))),
            Place::Uri => (400, "application/json", json(json!({"error": "e", "error_uri": text}))),
            Place::Nested => (400, "application/json", json(json!({"error": {"code": text, "message": text}}))),
            Place::TokenType => (200, "application/json", json(json!({"access_token": "t", "token_type": text}))),
            Place::Lifetime => (200, "application/json", json(json!({"access_token": "t", "expires_in": text}))),
            Place::Location => (302, "text/plain", Bytes::new()),
            Place::ContentType => (200, "", Bytes::from_static(b"no JSON")),
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(status).expect("a status");
        let (name, value) = match self.place {
            Place::Location => (LOCATION, text.as_str()),
            Place::ContentType => (CONTENT_TYPE, text.as_str()),
            _ => (CONTENT_TYPE, kind),
        };
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

impl Transport for Server {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        Ok(self.answer(self.text(&request)))
    }
}
