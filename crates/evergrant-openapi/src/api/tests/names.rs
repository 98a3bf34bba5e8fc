//! Names of groups and operations, and duplicates.

use super::{Api, api, joined, warnings};

/// `books.get_book GetBook id`, for each operation.
fn summary(api: &Api) -> String {
    let groups = api.groups.iter().flat_map(|group| {
        let operations = group.operations.iter();
        operations.map(|operation| {
            let (method, type_name, id) = (&operation.method_name, &operation.type_name, &operation.id);
            format!("{}.{method} {type_name} `{id}`", group.method)
        })
    });
    joined(groups, ", ")
}

#[test]
fn operations_are_named_by_id_and_grouped_by_tag() {
    let cases = [
        (
            "/a: {get: {operationId: getA, responses: {}}}",
            "default.get_a GetA `getA`",
        ),
        ("/a/{b}: {put: {responses: {}}}", "default.put_a_b PutAB `put /a/{b}`"),
        (
            "/a: {get: {operationId: x, tags: [My books, b], responses: {}}}",
            "my_books.x X `x`",
        ),
        (
            "/a: {get: {operationId: x, tags: [b], x-evergrant-group: c, responses: {}}}",
            "c.x X `x`",
        ),
        (
            "/a: {get: {operationId: x, x-evergrant-name: find, responses: {}}}",
            "default.find Find `x`",
        ),
        (
            "/a: {get: {operationId: type, responses: {}}}",
            "default.type_ Type `type`",
        ),
        (
            "/a: {get: {operationId: clone, responses: {}}}",
            "default.clone_call CloneCall `clone`",
        ),
        (
            "/a: {get: {operationId: x, tags: [builder], responses: {}}}",
            "builder_operations.x X `x`",
        ),
        ("/a: {get: {operationId: x, x-evergrant-skip: true, responses: {}}}", ""),
        (
            "/a: {get: {operationId: getA, responses: {}}, put: {operationId: get_a, responses: {}}}",
            "default.get_a GetA `getA`, default.get_a_call GetACall `get_a`",
        ),
    ];
    for (paths, expected) in cases {
        let api = api(&format!("paths: {{{}}}", paths.replacen("/a/{b}", "'/a/{b}'", 1)));
        assert_eq!(summary(&api), expected, "{paths}");
    }
}

#[test]
fn duplicate_operation_ids_are_numbered_with_a_warning() {
    let cases = [
        (
            "",
            "",
            "default.get_a GetA `getA`, default.get_a_2 GetA2 `get /b`, default.get_a_3 GetA3 `get /c`",
        ),
        (
            "tags: [b],",
            "",
            "default.get_a GetA `getA`, default.get_a_2 GetA2 `get /c`, b.get_a GetA `get /b`",
        ),
        (
            "x-evergrant-name: other,",
            "x-evergrant-skip: true,",
            "default.get_a GetA `getA`, default.other Other `get /b`",
        ),
    ];
    for (second, third, expected) in cases {
        let operation = |more: &str| format!("{{get: {{operationId: getA, {more} responses: {{}}}}}}");
        let paths = [operation(""), operation(second), operation(third)];
        let api = api(&format!(
            "paths: {{/a: {}, /b: {}, /c: {}}}",
            paths[0], paths[1], paths[2]
        ));
        assert_eq!(summary(&api), expected);
        assert!(warnings(&api).contains("#/paths/~1b/get: #/paths/~1a/get has the same operationId"));
    }
}
