//! Paths that refer to others: what stands beside the reference counts, and what it names is not lost.

use super::{api, joined, refused};

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
fn shown(item: &str) -> String {
    let api = api(&format!(
        "servers: [{{url: 'https://a'}}]\npaths: {{/a: {{{item}}}}}\n{SHARED}"
    ));
    let operations = api.operations().map(|operation| {
        let parameters = operation.parameters.iter();
        let parameters = parameters.map(|parameter| format!("{}:{}", parameter.ident, super::shown(&parameter.ty)));
        let server = &api.servers.list[operation.server].name;
        format!("{}({}) at {server}", operation.id, joined(parameters, " "))
    });
    joined(operations, ", ")
}

#[test]
fn what_stands_beside_a_reference_counts_before_what_it_names() {
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
        assert_eq!(shown(item), expected, "{item}");
    }
}

#[test]
fn references_that_lead_nowhere_or_in_a_circle_are_refused() {
    let cases = [
        (
            "$ref: '#/paths/~1a', get: {responses: {}}",
            "#/paths/~1a: this reference leads in a circle",
        ),
        (
            "$ref: '#/nowhere', get: {responses: {}}",
            "#/paths/~1a: the reference `#/nowhere` leads nowhere",
        ),
        ("$ref: '#/openapi'", "#/openapi: an object is expected"),
        ("$ref: 1", "#/paths/~1a: `$ref` is not text"),
        (
            "$ref: '#/components/pathItems/shared', get: null",
            "#/paths/~1a: its operation `get` is null",
        ),
    ];
    for (item, expected) in cases {
        let problem = refused(&format!("paths: {{/a: {{{item}}}}}\n{SHARED}"));
        assert!(problem.contains(expected), "{problem}");
    }
}
