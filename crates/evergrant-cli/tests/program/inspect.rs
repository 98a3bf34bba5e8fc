//! `evergrant inspect`: what would be generated, and what the description lacks.

use crate::support::Fixture;

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
fn text_shows_the_sdk_and_the_assumptions() {
    let fixture = Fixture::new();
    let stdout = fixture
        .run_raw(&["inspect", &fixture.file("shop.yaml", DESCRIPTION)], "")
        .success();
    for expected in [
        "Example Shop 1.0.0 (package example-shop, crate example_shop)",
        "http://api.example.com/{stage}  (not encrypted: `danger_allow_http_to(..)`)",
        "not set: `base_url(..)`",
        "variable {stage}: `stage(..)`, default v1; `Stage`: V1 = v1, V2 = v2",
        "header X-Tenant on every call: `x_tenant(..)`",
        "machine: OAuth 2.0 Client Credentials Grant, for 2 operations",
        "token URL          {auth}/token",
        "client authentication: basic (assumed)",
        "header X-Session, from `token` of the response to `logIn`",
        "digest: not supported: HTTP authentication \"digest\"",
        "get_items_id GET /items/{id}",
        "authentication machine (items.read) and key; or session",
        "parameters id: string (path)",
        "returns Item (200)",
        "errors text (404)",
        "Skipped\n  #/paths/~1old/get\n",
        "Assumptions\n",
        "How do clients of `machine` authenticate at the token endpoint?",
        r#"- { target: "$.components.securitySchemes['machine']", update: {"x-evergrant-client-auth":"post"} }"#,
        "What do the scopes `items.read` of `machine` allow?",
        "Which operations use `unused`?",
        "What is the name of an operation? It has no `operationId`.",
    ] {
        assert!(stdout.contains(expected), "{expected} in\n{stdout}");
    }
}

#[test]
fn json_has_the_same_report() {
    let fixture = Fixture::new();
    let stdout = fixture
        .run_raw(&["inspect", &fixture.file("shop.yaml", DESCRIPTION), "--json"], "")
        .success();
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    let at = |pointer: &str| {
        report
            .pointer(pointer)
            .unwrap_or_else(|| panic!("{pointer} in {stdout}"))
    };
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
    assert_eq!(at("/groups/0/operations/0/parameters/0/in"), "path");
    assert_eq!(at("/groups/0/operations/0/responses/0/status"), "200");
    assert_eq!(at("/skipped/0/place"), "#/paths/~1old/get");
    let assumptions = at("/assumptions").as_array().unwrap();
    assert!(
        assumptions
            .iter()
            .all(|assumption| assumption["action"]["target"].is_string() && assumption["assumed"].is_string())
    );
}

#[test]
fn proposed_overlay_actions_resolve_the_assumptions() {
    let fixture = Fixture::new();
    let spec = fixture.file("shop.yaml", DESCRIPTION);
    let assumptions = |extra: &[&str]| {
        let stdout = fixture
            .run_raw(&[&["inspect", &spec, "--json"], extra].concat(), "")
            .success();
        let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        report["assumptions"].as_array().unwrap().clone()
    };
    let before = assumptions(&[]);
    assert!(before.len() >= 4, "{before:?}");
    let actions: Vec<_> = before.iter().map(|assumption| assumption["action"].clone()).collect();
    let overlay = serde_json::json!({"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": actions});
    let overlay = fixture.file("overlay.json", &overlay.to_string());
    assert_eq!(assumptions(&["--overlay", &overlay]), Vec::<serde_json::Value>::new());
}

#[test]
fn an_invalid_description_is_exit_code_2_with_its_location() {
    let fixture = Fixture::new();
    let spec = fixture.file("shop.yaml", &DESCRIPTION.replace("in: path", "in: nowhere"));
    let out = fixture.folder.join("out").display().to_string();
    // All problems, one in each line.
    let result = fixture.run_raw(&["generate", &spec, "--out", &out], "");
    assert!(
        result.code == 2
            && result
                .stderr
                .contains("problem: #/paths/~1items~1{id}/get/parameters/0: `in` must be"),
        "{}",
        result.stderr
    );
    // The report lists it with an overlay action.
    let report = fixture.run_raw(&["inspect", &spec], "").success();
    assert!(
        report.contains("#/paths/~1items~1{id}/get/parameters/0") && report.contains("x-evergrant-skip"),
        "{report}"
    );
    let swagger = fixture.file("old.yaml", "swagger: '2.0'\n");
    assert!(
        fixture
            .run_raw(&["inspect", &swagger], "")
            .failure(2)
            .contains("Swagger 2.0")
    );
}
