//! `evergrant inspect`: what would be generated, and what is left open.

use crate::support::World;

const DESCRIPTION: &str = r##"
openapi: 3.0.3
info: { title: Example Shop, version: "1" }
servers:
  - { url: "http://api.example.com/{stage}", x-evergrant-environment: Live, variables: { stage: { default: v1, enum: [v1, v2] } } }
  - { url: "https://auth.example.com", x-evergrant-environment: Live, x-evergrant-server: auth }
  - { url: "/v1", x-evergrant-environment: Test }
x-evergrant-headers: [{ name: X-Tenant }]
paths:
  /items/{id}:
    get:
      tags: [items]
      security: [{ machine: [items.read], key: [] }, { session: [] }]
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses:
        "200": { description: One., content: { application/json: { schema: { $ref: "#/components/schemas/Item" } } } }
        "404": { description: None., content: { text/plain: {} } }
  /log-in:
    post:
      operationId: logIn
      tags: [sessions]
      security: [{ machine: [] }]
      responses: { "200": { description: In., content: { application/json: { schema: { type: object, required: [token], properties: { token: { type: string } } } } } } }
  /old:
    get: { operationId: old, tags: [items], security: [{ digest: [] }], responses: { "204": { description: Gone. } } }
components:
  schemas:
    Item: { type: object, properties: { name: { type: string } } }
  securitySchemes:
    machine: { type: oauth2, flows: { clientCredentials: { tokenUrl: /token, x-evergrant-token-url: "{auth}/token", scopes: {} } } }
    key: { type: apiKey, in: query, name: key }
    session: { type: apiKey, in: header, name: X-Session, x-evergrant-session: { login: logIn, token: token } }
    digest: { type: http, scheme: digest }
    unused: { type: http, scheme: bearer }
"##;

#[test]
fn people_read_what_would_be_generated_and_what_is_left_open() {
    let world = World::new();
    let told = world
        .raw(&["inspect", &world.file("shop.yaml", DESCRIPTION)], "")
        .success();
    for expected in [
        "Example Shop 1.0.0 (package example-shop, in code example_shop)",
        "http://api.example.com/{stage}  (not encrypted: `danger_allow_http_to(..)`)",
        "not described: `base_url(..)`",
        "variable {stage}: `stage(..)`, v1 by default; `Stage`: V1 = v1, V2 = v2",
        "header X-Tenant of every call: `x_tenant(..)`",
        "machine: OAuth 2.0 Client Credentials Grant, for 2 operations",
        "token URL          {auth}/token",
        "client authentication: basic, which is assumed",
        "header X-Session, had from `logIn` as its `token`",
        "digest: not supported: HTTP authentication \"digest\"",
        "get_items_id GET /items/{id}",
        "needs machine (items.read) and key; or session",
        "takes id: text (path)",
        "gives Item (200)",
        "fails with text (404)",
        "Left out\n  #/paths/~1old/get\n",
        "What the description does not say",
        "How the clients of `machine` authenticate at the token endpoint.",
        r#"- { target: "$.components.securitySchemes['machine']", update: {"x-evergrant-client-auth":"post"} }"#,
        "What the scopes `items.read` of `machine` allow",
        "Which operations ask for `unused`.",
        "What an operation is called: no `operationId`.",
    ] {
        assert!(told.contains(expected), "{expected} in\n{told}");
    }
}

#[test]
fn programs_read_the_same_as_json() {
    let world = World::new();
    let told = world
        .raw(&["inspect", &world.file("shop.yaml", DESCRIPTION), "--json"], "")
        .success();
    let report: serde_json::Value = serde_json::from_str(&told).unwrap();
    let at = |pointer: &str| report.pointer(pointer).unwrap_or_else(|| panic!("{pointer} in {told}"));
    assert_eq!(at("/package/crate"), "example_shop");
    assert_eq!(at("/environments/0/servers/0/plain_http"), true);
    assert!(at("/environments/1/servers/0/url").is_null());
    assert_eq!(at("/variables/0/values/1/variant"), "V2");
    assert_eq!(at("/headers/0/setter"), "x_tenant");
    assert_eq!(at("/schemes/0/kind"), "oauth");
    assert_eq!(at("/schemes/0/oauth/flows/0/token_url"), "{auth}/token");
    assert_eq!(at("/schemes/1/keys/0/in"), "query");
    assert_eq!(at("/schemes/2/session/login"), "logIn");
    assert_eq!(at("/schemes/3/kind"), "unsupported");
    assert_eq!(
        at("/groups/0/operations/0/security/alternatives/0/0/scopes/0"),
        "items.read"
    );
    assert_eq!(at("/groups/0/operations/0/takes/0/in"), "path");
    assert_eq!(at("/groups/0/operations/0/gives/0/status"), "200");
    assert_eq!(at("/skipped/0/place"), "#/paths/~1old/get");
    let unsaid = at("/unsaid").as_array().unwrap();
    assert!(
        unsaid
            .iter()
            .all(|unsaid| unsaid["action"]["target"].is_string() && unsaid["assumed"].is_string())
    );
}

#[test]
fn the_actions_that_are_proposed_are_taken_by_an_overlay_and_said_no_longer() {
    let world = World::new();
    let spec = world.file("shop.yaml", DESCRIPTION);
    let unsaid = |more: &[&str]| {
        let told = world.raw(&[&["inspect", &spec, "--json"], more].concat(), "").success();
        let report: serde_json::Value = serde_json::from_str(&told).unwrap();
        report["unsaid"].as_array().unwrap().clone()
    };
    let before = unsaid(&[]);
    assert!(before.len() >= 4, "{before:?}");
    let actions: Vec<_> = before.iter().map(|unsaid| unsaid["action"].clone()).collect();
    let overlay = serde_json::json!({"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": actions});
    let overlay = world.file("overlay.json", &overlay.to_string());
    assert_eq!(unsaid(&["--overlay", &overlay]), Vec::<serde_json::Value>::new());
}

#[test]
fn a_description_that_cannot_be_used_is_exit_code_2_and_says_where() {
    let world = World::new();
    let spec = world.file("shop.yaml", &DESCRIPTION.replace("in: path", "in: nowhere"));
    let error = world.raw(&["inspect", &spec], "").failure(2);
    assert!(
        error.contains("#/paths/~1items~1{id}/get/parameters/0: `in` is none of"),
        "{error}"
    );
    let swagger = world.file("old.yaml", "swagger: '2.0'\n");
    assert!(world.raw(&["inspect", &swagger], "").failure(2).contains("Swagger 2.0"));
}
