//! Responses: statuses, bodies, and shared types.

use super::{Api, api, first, joined, rejection, short_type as typed};
use crate::api::{Payload, Responses, Shape};

fn description(responses: &str) -> String {
    format!(
        "
paths: {{/a: {{get: {{operationId: getA, responses: {{{responses}}}}}}}}}
components: {{schemas: {{A: {{type: object, properties: {{x: {{type: string}}}}}}, B: {{type: object, properties: {{y: {{type: string}}}}}}}}}}"
    )
}

/// `200 json m::A, 204 nothing (or nothing)`, with variants if there are several types.
fn summary(responses: &Responses) -> String {
    let list = responses.list.iter().map(|response| {
        let payload = match &response.payload {
            Payload::Empty => "nothing".to_owned(),
            Payload::Json(ty) => format!("json {}", typed(ty)),
            Payload::Text => "text".to_owned(),
            Payload::Bytes => "bytes".to_owned(),
            Payload::Events(ty) => format!("events {}", typed(ty)),
        };
        let variant = if response.variant.is_empty() {
            String::new()
        } else {
            format!(" {}", response.variant)
        };
        format!("{}{variant} {payload}", response.status)
    });
    let shape = match &responses.shape {
        Shape::Single => String::new(),
        Shape::Optional => " (or nothing)".to_owned(),
        Shape::Enum(name) => format!(" ({name})"),
    };
    joined(list, ", ") + &shape
}

fn both(api: &Api) -> (String, String) {
    (summary(&first(api).success), summary(&first(api).failure))
}

/// A response with JSON of a schema.
fn json(schema: &str) -> String {
    format!("{{content: {{application/json: {{schema: {{$ref: '#/components/schemas/{schema}'}}}}}}}}")
}

#[test]
fn the_status_separates_successful_from_error_responses() {
    let (a, b) = (json("A"), json("B"));
    let cases = [
        (String::new(), "any other nothing", ""),
        ("'204': {}".to_owned(), "204 nothing", ""),
        (format!("'200': {a}"), "200 json m::A", ""),
        (format!("2XX: {a}"), "2XX json m::A", ""),
        (format!("'200': {a}, '201': {a}"), "200 json m::A, 201 json m::A", ""),
        (
            format!("'200': {a}, '204': {{}}"),
            "200 json m::A, 204 nothing (or nothing)",
            "",
        ),
        // 204 never has a body.
        (
            format!("'200': {a}, '204': {b}"),
            "200 json m::A, 204 nothing (or nothing)",
            "",
        ),
        (
            format!("'200': {a}, '202': {b}"),
            "200 Ok json m::A, 202 Accepted json m::B (GetAResponse)",
            "",
        ),
        (format!("'200': {a}, '404': {b}"), "200 json m::A", "404 json m::B"),
        (format!("'200': {a}, '404': {{}}"), "200 json m::A", ""),
        (
            format!("'200': {a}, '404': {b}, 5XX: {b}"),
            "200 json m::A",
            "404 json m::B, 5XX json m::B",
        ),
        (
            format!("'200': {a}, '404': {a}, 4XX: {b}"),
            "200 json m::A",
            "404 NotFound json m::A, 4XX ClientError json m::B (GetAError)",
        ),
        (
            format!("'200': {a}, default: {b}"),
            "200 json m::A",
            "any other json m::B",
        ),
    ];
    for (responses, success, failure) in cases {
        let (success, failure) = (success.to_owned(), failure.to_owned());
        assert_eq!(both(&api(&description(&responses))), (success, failure), "{responses}");
    }
}

#[test]
fn a_lone_default_is_the_successful_response() {
    let responses = both(&api(&description(&format!("default: {}", json("A")))));
    assert_eq!(
        responses,
        ("any other json m::A".to_owned(), "any other json m::A".to_owned())
    );
}

#[test]
fn the_media_type_determines_how_the_body_is_read() {
    let cases = [
        ("text/plain: {}", "200 text", "text/plain"),
        ("image/png: {}", "200 bytes", "image/png"),
        ("application/json: {}", "200 json Value", "application/json"),
        (
            "application/hal+json: {schema: {type: integer}}",
            "200 json i64",
            "application/hal+json",
        ),
        (
            "text/plain: {}, application/json: {schema: {type: integer}}",
            "200 json i64",
            "application/json",
        ),
        (
            "text/event-stream: {schema: {type: integer}}",
            "200 events i64",
            "text/event-stream",
        ),
        (
            "text/event-stream: {itemSchema: {type: boolean}}",
            "200 events bool",
            "text/event-stream",
        ),
        ("text/event-stream: {}", "200 events String", "text/event-stream"),
        (
            "application/json: {schema: {type: integer}}, text/event-stream: {schema: {type: string}}",
            "200 json i64",
            "application/json",
        ),
    ];
    for (content, expected, accept) in cases {
        let api = api(&description(&format!("'200': {{content: {{{content}}}}}")));
        let operation = first(&api);
        assert_eq!(
            (summary(&operation.success).as_str(), operation.accept().as_str()),
            (expected, accept),
            "{content}"
        );
        assert_eq!(
            operation.success.events().is_some(),
            content.contains("event-stream"),
            "{content}"
        );
    }
}

#[test]
fn invalid_statuses_are_rejected() {
    for status in ["OK", "20", "2000", "999", "0XX", "6XX", "099"] {
        let problem = rejection(&description(&format!("'{status}': {{}}")));
        assert!(problem.contains(&format!("/get/responses/{status}")), "{problem}");
    }
}
