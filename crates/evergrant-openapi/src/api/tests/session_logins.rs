//! Session schemes and their login operations.

use super::{api, rejection};
use crate::api::SchemeKind;

fn description(login: &str, response: &str, more: &str) -> String {
    format!(
        "
paths:
  /login: {{post: {{operationId: logIn, {login} responses: {{'200': {{content: {{application/json: {{schema: {response}}}}}}}}}}}}}
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
fn a_login_that_returns_the_key_is_accepted() {
    let cases = [
        ("", KEY),
        ("security: [{basic: []}],", KEY),
        // An alternative without the other session exists.
        ("security: [{other: []}, {basic: []}],", KEY),
        ("security: [{other: []}, {}],", KEY),
        ("", "{$ref: '#/components/schemas/Alias'}"),
        ("", "{$ref: '#/components/schemas/Whole'}"),
        ("", "{type: object, properties: {key: {type: string}}}"),
        ("requestBody: {required: true, content: {application/json: {}}},", KEY),
        ("parameters: [{name: q, in: query}],", KEY),
    ];
    for (login, response) in cases {
        let api = api(&description(login, response, OTHER));
        let SchemeKind::Session(session) = &api.schemes[1].kind else {
            panic!("this is a session")
        };
        let (group, operation) = session.operation.unwrap();
        assert_eq!(
            api.groups[group].operations[operation].id, "logIn",
            "{login} {response}"
        );
    }
}

#[test]
fn an_unusable_login_is_rejected() {
    let twice = format!("{OTHER}\n  /again: {{get: {{operationId: logIn, responses: {{}}}}}}");
    let cases = [
        (
            "security: [{session: []}],",
            KEY,
            OTHER,
            "needs the session that it starts",
        ),
        (
            "security: [{session: []}, {basic: []}],",
            KEY,
            OTHER,
            "needs the session that it starts",
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
            "not a member of the login's response",
        ),
        ("", "{type: object}", OTHER, "not a member of the login's response"),
        ("", "{type: string}", OTHER, "not a member of the login's response"),
        (
            "",
            "{type: array, items: {type: string}}",
            OTHER,
            "not a member of the login's response",
        ),
        ("", KEY, twice.as_str(), "several operations have the operationId"),
        (
            "requestBody: {required: true, content: {text/plain: {}}},",
            KEY,
            OTHER,
            "a body that is not JSON",
        ),
        (
            "parameters: [{name: q, in: query, required: true}],",
            KEY,
            OTHER,
            "a required parameter",
        ),
    ];
    for (login, response, more, expected) in cases {
        let problem = rejection(&description(login, response, more));
        let place = "#/components/securitySchemes/session/x-evergrant-session: ";
        assert!(problem.contains(place) && problem.contains(expected), "{problem}");
    }
    let problem = rejection(&description("", KEY, ""));
    assert!(
        problem.contains("securitySchemes/other") && problem.contains("no operation has the operationId"),
        "{problem}"
    );
}
