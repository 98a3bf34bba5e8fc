//! Path items with references: they add to the path item that they refer to and override it.

use super::{api, joined, rejection};

const SHARED: &str = "
components:
  pathItems:
    shared:
      servers: [{url: 'https://shared.example'}]
      parameters: [{name: q, in: query}, {name: r, in: query, schema: {type: boolean}}]
      get: {operationId: sharedGet, responses: {}}
      put: {operationId: sharedPut, responses: {}}
    between: {$ref: '#/components/pathItems/shared', parameters: [{name: s, in: query}]}
";

/// `get sharedGet(q r) at server`, for each operation.
fn summary(item: &str) -> String {
    let api = api(&format!(
        "servers: [{{url: 'https://a'}}]\npaths: {{/a: {{{item}}}}}\n{SHARED}"
    ));
    let operations = api.operations().map(|operation| {
        let parameters = operation.parameters.iter();
        let parameters =
            parameters.map(|parameter| format!("{}:{}", parameter.ident, super::short_type(&parameter.ty)));
        let server = &api.servers.list[operation.server].name;
        format!("{}({}) at {server}", operation.id, joined(parameters, " "))
    });
    joined(operations, ", ")
}

#[test]
fn members_next_to_a_reference_override_the_referenced_ones() {
    let cases = [
        (
            "$ref: '#/components/pathItems/shared'",
            "sharedGet(q:String r:bool) at shared.example, sharedPut(q:String r:bool) at shared.example",
        ),
        (
            "$ref: '#/components/pathItems/shared', summary: Here, parameters: [{name: q, in: query, schema: {type: integer}}], put: {operationId: own, responses: {}}",
            "sharedGet(r:bool q:i64) at shared.example, own(r:bool q:i64) at shared.example",
        ),
        (
            "$ref: '#/components/pathItems/between', servers: [{url: 'https://own.example'}], delete: {responses: {}}, put: {x-evergrant-skip: true, responses: {}}",
            "sharedGet(q:String r:bool s:String) at own.example, delete /a(q:String r:bool s:String) at own.example",
        ),
    ];
    for (item, expected) in cases {
        assert_eq!(summary(item), expected, "{item}");
    }
}

#[test]
fn broken_and_circular_references_are_rejected() {
    let cases = [
        (
            "$ref: '#/paths/~1a', get: {responses: {}}",
            "#/paths/~1a: this reference is part of a cycle",
        ),
        (
            "$ref: '#/nowhere', get: {responses: {}}",
            "#/paths/~1a: the target of the reference `#/nowhere` does not exist",
        ),
        ("$ref: '#/openapi'", "#/openapi: expected an object"),
        ("$ref: 1", "#/paths/~1a: `$ref` is not a string"),
        (
            "$ref: '#/components/pathItems/shared', get: null",
            "#/paths/~1a: its operation `get` is null",
        ),
    ];
    for (item, expected) in cases {
        let problem = rejection(&format!("paths: {{/a: {{{item}}}}}\n{SHARED}"));
        assert!(problem.contains(expected), "{problem}");
    }
}
