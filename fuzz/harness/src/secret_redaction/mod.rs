//! A server that echoes the client's secret in its response, in any encoding.

mod encode;

use bytes::Bytes;
use evergrant::Transport;
use evergrant::client_auth::ClientAuthMethod;
use evergrant::error::TransportError;
use evergrant_testing::{LogCapture, ManualClock};
use http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Request, Response, StatusCode};
use serde_json::{Value, json};

use self::encode::{decodes_to, encode};
use crate::error_display::{assert_presentable, texts};
use crate::fuzz_input::Input;
use crate::scripted_manager::{block_on, client};

/// The part of the secret that reveals whether it was masked. It occurs in no message, and encoders change it only when
/// instructed to.
const MARK: &str = "q9zK7x";

/// Maximum length of the secret before and after the mark, in characters.
const MAX_PART_LENGTH: usize = 48;

/// Maximum length of an escaped escape, in characters.
const MAX_ESCAPE_LENGTH: usize = 32;

/// Where the server echoes the secret.
#[derive(Debug, Clone, Copy)]
enum EchoLocation {
    ErrorBody,
    HtmlPage,
    PlainText,
    Description,
    Code,
    Uri,
    Nested,
    TokenType,
    Lifetime,
    Location,
    ContentType,
}

const LOCATIONS: [EchoLocation; 11] = [
    EchoLocation::ErrorBody,
    EchoLocation::HtmlPage,
    EchoLocation::PlainText,
    EchoLocation::Description,
    EchoLocation::Code,
    EchoLocation::Uri,
    EchoLocation::Nested,
    EchoLocation::TokenType,
    EchoLocation::Lifetime,
    EchoLocation::Location,
    EchoLocation::ContentType,
];

/// What the server echoes.
#[derive(Debug, Clone, Copy)]
enum Echo {
    Secret,
    /// The request's `Authorization` header.
    Header,
    /// The request's body.
    Form,
}

/// The secret occurs in no message, no `Debug` output and no event, encoded or not.
///
/// The lines are: the choices; the secret before and after the mark; the encodings of its characters, and those of a
/// second encoder; the text before the secret. The remaining input is the text after it.
pub fn secret_redaction(data: &[u8]) {
    let mut input = Input::new(data);
    let location = input.choice(&LOCATIONS);
    let echo = input.choice(&[Echo::Secret, Echo::Header, Echo::Form]);
    let auth = input.choice(&[
        ClientAuthMethod::Basic,
        ClientAuthMethod::Post,
        ClientAuthMethod::BasicRaw,
    ]);
    input.line();
    let part = |line: &str| line.chars().take(MAX_PART_LENGTH).collect::<String>();
    let secret = format!("{}{MARK}{}", part(&input.line()), part(&input.line()));
    let (first, second) = (input.line(), input.line());
    let (before, after) = (input.line(), input.text());
    if secret.chars().count() < 8 || [&before, &after].iter().any(|text| decodes_to(text, MARK)) {
        return;
    }
    let server = Server {
        location,
        echo,
        echoed: encode(&encode(&secret, first.as_bytes(), false), second.as_bytes(), true),
        before: separated(before.into_owned()),
        after: after.into_owned(),
    };
    let builder = client(&secret, &ManualClock::new()).client_auth(auth.with(secret.as_str()));
    let Ok(tokens) = builder.build(server) else {
        return;
    };
    let logs = LogCapture::new();
    let guard = logs.install();
    let outcome = block_on(tokens.token());
    drop(guard);
    let Err(error) = outcome else { return };
    assert_presentable(&error);
    let records = logs
        .records()
        .into_iter()
        .flat_map(|record| record.fields.into_values());
    for text in texts(&error).into_iter().chain(records) {
        assert!(!decodes_to(&text, MARK), "the secret {secret:?} is visible: {text}");
    }
}

/// Appends a space to the text if an escape in it could extend into the following text, because no decoder could
/// separate the two.
fn separated(mut text: String) -> String {
    if text
        .chars()
        .rev()
        .take(MAX_ESCAPE_LENGTH)
        .any(|last| "%\\&".contains(last))
    {
        text.push(' ');
    }
    text
}

#[derive(Debug)]
struct Server {
    location: EchoLocation,
    echo: Echo,
    echoed: String,
    before: String,
    after: String,
}

impl Server {
    fn text(&self, request: &Request<Bytes>) -> String {
        let header = request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes);
        let echoed = match self.echo {
            Echo::Secret => self.echoed.as_str().into(),
            Echo::Header => String::from_utf8_lossy(header.unwrap_or_default()),
            Echo::Form => String::from_utf8_lossy(request.body()),
        };
        format!("{}{echoed}{}", self.before, self.after)
    }

    fn respond(&self, text: String) -> Response<Bytes> {
        let json = |object: Value| Bytes::from(object.to_string());
        let (status, kind, body) = match self.location {
            EchoLocation::ErrorBody => (400, "text/plain", text.clone().into()),
            EchoLocation::HtmlPage => (200, "text/html", text.clone().into()),
            EchoLocation::PlainText => (200, "text/plain", text.clone().into()),
            EchoLocation::Description => (
                400,
                "application/json",
                json(json!({"error": "e", "error_description": text})),
            ),
            EchoLocation::Code => (400, "application/json", json(json!({"error": text}))),
            EchoLocation::Uri => (400, "application/json", json(json!({"error": "e", "error_uri": text}))),
            EchoLocation::Nested => (
                400,
                "application/json",
                json(json!({"error": {"code": text, "message": text}})),
            ),
            EchoLocation::TokenType => (
                200,
                "application/json",
                json(json!({"access_token": "t", "token_type": text})),
            ),
            EchoLocation::Lifetime => (
                200,
                "application/json",
                json(json!({"access_token": "t", "expires_in": text})),
            ),
            EchoLocation::Location => (302, "text/plain", Bytes::new()),
            EchoLocation::ContentType => (200, "", Bytes::from_static(b"not JSON")),
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(status).expect("a status");
        let (name, value) = match self.location {
            EchoLocation::Location => (LOCATION, text.as_str()),
            EchoLocation::ContentType => (CONTENT_TYPE, text.as_str()),
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
        Ok(self.respond(self.text(&request)))
    }
}
