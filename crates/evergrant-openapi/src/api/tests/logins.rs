//! Sessions: which operations can begin them.

use super::{api, refused};
use crate::api::SchemeKind;

fn description(login: &str, answer: &str, more: &str) -> String {
    format!(
        "
paths:
  /login: {{post: {{operationId: logIn, {login} responses: {{'200': {{content: {{application/json: {{schema: {answer}}}}}}}}}}}}}
  {more}
components:
  schemas:
    Key: {{type: object, properties: {{key: {{type: string}}}}}}
    Alias: {{$ref: '#/components/schemas/Key'}}
    Whole: {{allOf: [{{$ref: '#/components/schemas/Key'}}, {{type: object, properties: {{until: {{type: string}}}}}}]}}
  securitySchemes:
    basic: {{type: http, scheme: basic}}
    session: {{type: apiKey, in: header, name: X-Session, x-evergrant-session: {{login: logIn, token: key}}}}
    other: {{type: apiKey, in: header, name: X-Other, x-evergrant-session: {{login: otherLogIn, token: key}}}}"
    )
}

const OTHER: &str = "/other: {post: {operationId: otherLogIn, responses: {'200': {content: {application/json: {schema: {$ref: '#/components/schemas/Key'}}}}}}}";
const KEY: &str = "{$ref: '#/components/schemas/Key'}";

#[test]
fn a_login_whose_answer_has_the_key_begins_a_session() {
    let cases = [
        ("", KEY),
        ("security: [{basic: []}],", KEY),
        // There is a way without the other session.
        ("security: [{other: []}, {basic: []}],", KEY),
        ("security: [{other: []}, {}],", KEY),
        ("", "{$ref: '#/components/schemas/Alias'}"),
        ("", "{$ref: '#/components/schemas/Whole'}"),
        ("", "{type: object, properties: {key: {type: string}}}"),
        ("requestBody: {required: true, content: {application/json: {}}},", KEY),
        ("parameters: [{name: q, in: query}],", KEY),
    ];
    for (login, answer) in cases {
        let api = api(&description(login, answer, OTHER));
        let SchemeKind::Session(session) = &api.schemes[1].kind else {
            panic!("this is a session")
        };
        let (group, operation) = session.operation.unwrap();
        assert_eq!(api.groups[group].operations[operation].id, "logIn", "{login} {answer}");
    }
}

#[test]
fn a_login_that_cannot_work_is_refused() {
    let twice = format!("{OTHER}\n  /again: {{get: {{operationId: logIn, responses: {{}}}}}}");
    let cases = [
        (
            "security: [{session: []}],",
            KEY,
            OTHER,
            "needs the session that it begins",
        ),
        (
            "security: [{session: []}, {basic: []}],",
            KEY,
            OTHER,
            "needs the session that it begins",
        ),
        ("security: [{other: []}],", KEY, OTHER, "needs another session"),
        (
            "security: [{other: [], basic: []}],",
            KEY,
            OTHER,
            "needs another session",
        ),
        (
            "",
            "{type: object, properties: {token: {type: string}}}",
            OTHER,
            "no member of the login's answer",
        ),
        ("", "{type: object}", OTHER, "no member of the login's answer"),
        ("", "{type: string}", OTHER, "no member of the login's answer"),
        (
            "",
            "{type: array, items: {type: string}}",
            OTHER,
            "no member of the login's answer",
        ),
        ("", KEY, twice.as_str(), "of several operations"),
        (
            "requestBody: {required: true, content: {text/plain: {}}},",
            KEY,
            OTHER,
            "body that is not JSON",
        ),
        (
            "parameters: [{name: q, in: query, required: true}],",
            KEY,
            OTHER,
            "a required parameter",
        ),
    ];
    for (login, answer, more, expected) in cases {
        let problem = refused(&description(login, answer, more));
        let place = "#/components/securitySchemes/session/x-evergrant-session: ";
        assert!(problem.contains(place) && problem.contains(expected), "{problem}");
    }
    let problem = refused(&description("", KEY, ""));
    assert!(
        problem.contains("securitySchemes/other") && problem.contains("of no operation"),
        "{problem}"
    );
}
