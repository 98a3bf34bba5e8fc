//! Security requirements: global ones, those of operations, and unsupported ones.

use super::{Api, Unsupported, api, first, joined, read, rejection, warnings};

const SCHEMES: &str = "
components:
  securitySchemes:
    key: {type: apiKey, in: query, name: key}
    basic: {type: http, scheme: basic}
    digest: {type: http, scheme: digest}
    bearer: {type: http, scheme: bearer}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://a.example/t', scopes: {r: R, w: W}}}}
";

fn description(global: &str, own: &str) -> String {
    format!("{global}\npaths: {{/a: {{get: {{operationId: a, {own} responses: {{}}}}}}}}\n{SCHEMES}")
}

/// The first operation's: `oauth[r,w] & key | none`.
fn summary(api: &Api) -> String {
    let requirement = &api.requirements[first(api).requirement];
    let alternatives = requirement.alternatives.iter().map(|needs| {
        let needs = needs.iter().map(|need| match need.scopes.is_empty() {
            true => api.schemes[need.scheme].name.clone(),
            false => format!("{}[{}]", api.schemes[need.scheme].name, need.scopes.join(",")),
        });
        joined(needs, " & ")
    });
    joined(
        alternatives.chain(requirement.optional.then(|| "none".to_owned())),
        " | ",
    )
}

#[test]
fn requirements_of_the_operation_replace_the_global_ones() {
    let cases = [
        ("", "", "none"),
        ("security: []", "", "none"),
        ("security: [{key: []}]", "", "key"),
        ("security: [{key: []}]", "security: [],", "none"),
        ("security: [{key: []}]", "security: [{}],", "none"),
        ("security: [{key: []}]", "security: [{basic: []}],", "basic"),
        ("", "security: [{key: [], basic: []}],", "key & basic"),
        ("", "security: [{basic: [], key: []}],", "basic & key"),
        ("", "security: [{key: []}, {basic: []}],", "key | basic"),
        ("", "security: [{basic: []}, {key: []}],", "basic | key"),
        ("", "security: [{}, {key: []}],", "key | none"),
        ("", "security: [{key: []}, {}],", "key | none"),
        ("", "security: [{oauth: [w, r]}],", "oauth[w,r]"),
        (
            "",
            "security: [{oauth: [r], key: []}, {oauth: []}],",
            "oauth[r] & key | oauth",
        ),
        // Roles of a scheme without tokens are not scopes.
        ("", "security: [{key: [admin]}],", "key"),
    ];
    for (global, own, expected) in cases {
        assert_eq!(summary(&api(&description(global, own))), expected, "{global} {own}");
    }
}

#[test]
fn unsupported_alternatives_are_skipped_and_security_is_never_weakened() {
    let cases = [
        ("security: [{digest: []}, {key: []}],", Some("key")),
        ("security: [{key: []}, {digest: [], basic: []}],", Some("key")),
        ("security: [{digest: []}],", None),
        ("security: [{digest: [], key: []}],", None),
        // A call without credentials does not replace an unsupported alternative.
        ("security: [{digest: []}, {}],", None),
        ("security: [{basic: [], bearer: []}],", None),
        ("security: [{basic: [], oauth: []}, {key: []}],", Some("key")),
        (
            "x-evergrant-allow-header-conflict: true, security: [{basic: [], bearer: []}],",
            Some("basic & bearer"),
        ),
    ];
    for (own, expected) in cases {
        let text = description("", own);
        match expected {
            Some(expected) => {
                let api = api(&text);
                assert_eq!(summary(&api), expected, "{own}");
                assert!(warnings(&api).contains("#/paths/~1a/get"), "{own}: {}", warnings(&api));
            }
            None => {
                assert!(rejection(&text).contains("#/paths/~1a/get: "), "{own}");
                let skipped = read(&text, Unsupported::Skip).unwrap();
                assert_eq!((skipped.operations().count(), skipped.skipped.len()), (0, 1), "{own}");
            }
        }
    }
}

#[test]
fn equal_requirements_are_stored_once() {
    let operations = "
security: [{key: []}]
paths:
  /a: {get: {responses: {}}, put: {security: [{key: []}], responses: {}}, post: {security: [], responses: {}}}
  /b: {get: {security: [{}], responses: {}}, put: {security: [{basic: []}], responses: {}}}";
    let api = api(&format!("{operations}\n{SCHEMES}"));
    let indexes: Vec<usize> = api.operations().map(|operation| operation.requirement).collect();
    assert_eq!((indexes, api.requirements.len()), (vec![0, 0, 1, 1, 2], 3));
}

#[test]
fn unknown_schemes_and_null_are_rejected() {
    let cases = [
        (
            "",
            "security: [{nobody: []}],",
            "#/paths/~1a/get/security/0/nobody: there is no security scheme",
        ),
        (
            "security: [{nobody: []}]",
            "",
            "#/security/0/nobody: there is no security scheme",
        ),
        ("", "security: null,", "#/paths/~1a/get: `security` is null"),
        ("security: null", "", "#: `security` is null"),
        (
            "",
            "security: {key: []},",
            "#/paths/~1a/get/security: expected an array",
        ),
    ];
    for (global, own, expected) in cases {
        let problem = rejection(&description(global, own));
        assert!(problem.contains(expected), "{problem}");
    }
}
