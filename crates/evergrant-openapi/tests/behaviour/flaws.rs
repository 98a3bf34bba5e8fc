//! Small flaws of descriptions: what each of them does. `FLAWS.md` has the same table, with reasons.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use evergrant_openapi::{Document, Error, Generator};

const SOUND: &str = r##"
openapi: 3.0.3
info: {title: Sample, version: "1"}
servers: [{url: "https://api.example.com"}]
tags: [{name: things}]
paths:
  /ok: {get: {operationId: ok, responses: {"200": {description: ok}}}}
  /x:
    post:
      operationId: x
      tags: [things]
      security: [{key: []}]
      parameters: [{name: q, in: query, schema: {type: string}}]
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/A"}}}}
      responses: {"200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/A"}}}}}
  /y: {get: {operationId: y, security: [{oauth: []}], responses: {"200": {description: ok}}}}
components:
  schemas:
    A: {type: object, properties: {member: {type: string}}}
    B: {type: object, properties: {b: {type: string}}}
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: "https://auth.example.com/token", scopes: {}}}}
"##;

/// The name of each flaw, and the text of the sound description that it replaces.
const FLAWS: &[(&str, &str, &str)] = &[
    (
        "a reference without a target in a used schema",
        "member: {type: string}",
        "member: {$ref: '#/components/schemas/No'}",
    ),
    (
        "a reference without a target in an unused schema",
        "b: {type: string}",
        "b: {$ref: '#/components/schemas/No'}",
    ),
    (
        "an unused schema that is a reference without a target",
        "B: {type: object, properties: {b: {type: string}}}",
        "B: {$ref: '#/components/schemas/No'}",
    ),
    (
        "a parameter that is a reference without a target",
        "{name: q, in: query, schema: {type: string}}",
        "{$ref: '#/components/parameters/No'}",
    ),
    (
        "a response that is a reference without a target",
        "{description: ok, content: {application/json: {schema: {$ref: \"#/components/schemas/A\"}}}}",
        "{$ref: '#/components/responses/No'}",
    ),
    (
        "a request body that is a reference without a target",
        "requestBody: {content: {application/json: {schema: {$ref: \"#/components/schemas/A\"}}}}",
        "requestBody: {$ref: '#/components/requestBodies/No'}",
    ),
    (
        "a reference to another file that does not exist",
        "member: {type: string}",
        "member: {$ref: 'no.yaml'}",
    ),
    (
        "a reference to a URL",
        "member: {type: string}",
        "member: {$ref: 'https://example.com/a.yaml'}",
    ),
    (
        "a description that is a reference to a file",
        "tags: [{name: things}]",
        "tags: [{name: things, description: {$ref: no.md}}]",
    ),
    (
        "an operation with an unknown security scheme",
        "security: [{key: []}]",
        "security: [{no: []}]",
    ),
    (
        "an operation with an empty `security`",
        "security: [{key: []}]",
        "security:",
    ),
    (
        "an empty `security` of the description",
        "tags: [{name: things}]",
        "security:",
    ),
    (
        "scopes that are a string",
        "security: [{oauth: []}]",
        "security: [{oauth: read}]",
    ),
    ("a security scheme without a type", "key: {type: apiKey,", "key: {"),
    (
        "a security scheme of an unknown type",
        "key: {type: apiKey,",
        "key: {type: token,",
    ),
    ("an API key without a name", "in: header, name: X-Key", "in: header"),
    ("an API key with an invalid header name", "name: X-Key", "name: 'X Key'"),
    ("an empty token URL", "\"https://auth.example.com/token\"", "''"),
    (
        "a missing token URL",
        "tokenUrl: \"https://auth.example.com/token\", ",
        "",
    ),
    (
        "a token URL with a fragment",
        "https://auth.example.com/token",
        "https://auth.example.com/token#a",
    ),
    (
        "an OAuth scheme without flows",
        "type: oauth2, flows: {clientCredentials: {tokenUrl: \"https://auth.example.com/token\", scopes: {}}}",
        "type: oauth2",
    ),
    (
        "an unsupported security scheme that no operation uses",
        "    key: {type",
        "    tls: {type: mutualTLS}\n    key: {type",
    ),
    (
        "an invalid security scheme that no operation uses",
        "    key: {type",
        "    odd: {type: odd}\n    key: {type",
    ),
    (
        "a parameter listed twice in the same form",
        "parameters: [",
        "parameters: [{name: q, in: query, schema: {type: string}}, ",
    ),
    (
        "a parameter listed twice in different forms",
        "parameters: [",
        "parameters: [{name: q, in: query, schema: {type: integer}}, ",
    ),
    ("a parameter without a name", "{name: q, in: query,", "{in: query,"),
    ("a parameter without a location", "{name: q, in: query,", "{name: q,"),
    ("a parameter in the body", "{name: q, in: query,", "{name: q, in: body,"),
    (
        "a parameter with an unknown style",
        "{name: q, in: query,",
        "{name: q, in: query, style: odd,",
    ),
    (
        "a parameter with a style of another location",
        "{name: q, in: query,",
        "{name: q, in: query, style: matrix,",
    ),
    (
        "a header parameter with an invalid name",
        "{name: q, in: query,",
        "{name: 'a b', in: header,",
    ),
    (
        "a path parameter that is not in the path",
        "{name: q, in: query,",
        "{name: q, in: path, required: true,",
    ),
    ("a path parameter that is not described", "  /x:\n", "  /x/{id}:\n"),
    (
        "parameters that are an object",
        "parameters: [{name: q, in: query, schema: {type: string}}]",
        "parameters: {q: {in: query}}",
    ),
    ("a path without a slash", "  /x:\n", "  x:\n"),
    ("a path with a fragment", "  /x:\n", "  '/x#a':\n"),
    ("a path with constant query parameters", "  /x:\n", "  '/x?a=b':\n"),
    ("a path with a variable in its query", "  /x:\n", "  '/x?a={b}':\n"),
    ("a path with an unmatched brace", "  /x:\n", "  '/x/{a':\n"),
    ("a path with dot segments", "  /x:\n", "  /a/../x:\n"),
    (
        "a path item that is null",
        "  /y: {get: {operationId: y, security: [{oauth: []}], responses: {\"200\": {description: ok}}}}",
        "  /y:",
    ),
    (
        "an operation that is null",
        "/y: {get: {operationId: y, security: [{oauth: []}], responses: {\"200\": {description: ok}}}}",
        "/y: {get: null}",
    ),
    ("an operationId that is used twice", "operationId: y", "operationId: ok"),
    ("an operationId that is a number", "operationId: y", "operationId: 5"),
    (
        "an operation without responses",
        "operationId: y, security: [{oauth: []}], responses: {\"200\": {description: ok}}",
        "operationId: y",
    ),
    (
        "a response with an invalid status",
        "operationId: y, security: [{oauth: []}], responses: {\"200\"",
        "operationId: y, security: [{oauth: []}], responses: {\"20\"",
    ),
    (
        "a response without a description",
        "operationId: y, security: [{oauth: []}], responses: {\"200\": {description: ok}}",
        "operationId: y, security: [{oauth: []}], responses: {\"200\": {}}",
    ),
    (
        "a media type that is not one",
        "requestBody: {content: {application/json:",
        "requestBody: {content: {'json body':",
    ),
    (
        "tags that are objects",
        "      tags: [things]",
        "      tags: [{name: things}]",
    ),
    (
        "a tag without a name",
        "tags: [{name: things}]",
        "tags: [{description: d}]",
    ),
    (
        "an operation with a tag that is not described",
        "      tags: [things]",
        "      tags: [others]",
    ),
    (
        "an unknown `type` in a used schema",
        "member: {type: string}",
        "member: {type: text}",
    ),
    (
        "an unknown `type` in an unused schema",
        "b: {type: string}",
        "b: {type: text}",
    ),
    (
        "`required` that is a boolean",
        "member: {type: string}",
        "member: {type: string, required: true}",
    ),
    (
        "`properties` that is an array",
        "A: {type: object, properties: {member: {type: string}}}",
        "A: {type: object, properties: []}",
    ),
    (
        "`enum` that is a string",
        "member: {type: string}",
        "member: {type: string, enum: x}",
    ),
    (
        "`items` that is missing",
        "member: {type: string}",
        "member: {type: array}",
    ),
    (
        "an unknown `format`",
        "member: {type: string}",
        "member: {type: string, format: odd}",
    ),
    (
        "`allOf` that contains itself",
        "A: {type: object, properties: {member: {type: string}}}",
        "A: {allOf: [{$ref: '#/components/schemas/A'}, {type: object}]}",
    ),
    ("a schema that is a string", "member: {type: string}", "member: string"),
    (
        "a description that is a number",
        "member: {type: string}",
        "member: {type: string, description: 5}",
    ),
    (
        "`info` that is missing",
        "info: {title: Sample, version: \"1\"}",
        "x-no: 1",
    ),
    ("a title that is missing", "title: Sample, ", ""),
    ("a version that is missing", ", version: \"1\"", ""),
    (
        "servers that are missing",
        "servers: [{url: \"https://api.example.com\"}]",
        "x-no: 1",
    ),
    (
        "a server without a URL",
        "servers: [{url: \"https://api.example.com\"}]",
        "servers: [{description: d}]",
    ),
    (
        "a server URL with an undefined variable",
        "https://api.example.com",
        "https://{tenant}.example.com",
    ),
    (
        "a server URL with a placeholder",
        "https://api.example.com",
        "https://<your-domain>.example.com",
    ),
    (
        "a server URL that is a placeholder",
        "https://api.example.com",
        "{baseUrl}",
    ),
    (
        "a server URL without a scheme",
        "https://api.example.com",
        "//api.example.com",
    ),
    ("a server URL that is relative", "https://api.example.com", "/v1"),
    (
        "a server URL with a query",
        "https://api.example.com",
        "https://api.example.com?a=b",
    ),
    (
        "a server URL of another scheme",
        "https://api.example.com",
        "ftp://api.example.com",
    ),
    (
        "a version of OpenAPI that is a number",
        "openapi: 3.0.3",
        "openapi: 3.0",
    ),
    ("an unknown version of OpenAPI", "openapi: 3.0.3", "openapi: 9.0.0"),
];

/// What a flaw does.
fn effect(name: &str, text: &str) -> String {
    let strict = generate(text, false);
    let lenient = generate(text, true);
    match (strict, lenient) {
        (Ok((0, _)), _) => "nothing".to_owned(),
        (Ok(_), _) => "warning".to_owned(),
        (Err(error), Ok((_, left_out))) => {
            let part = if left_out > 0 { "operation" } else { "part" };
            match mend(name, text) {
                Ok(()) => part.to_owned(),
                Err(why) => format!("{part}, but {why} ({error})"),
            }
        }
        (Err(_), Err(_)) => "file".to_owned(),
    }
}

/// Returns the numbers of warnings and of operations that are left out.
fn generate(text: &str, allow_skip: bool) -> Result<(usize, usize), Error> {
    let generator = Generator::new(Document::parse("flawed.yaml", text)?);
    let generator = if allow_skip { generator.allow_skip() } else { generator };
    let sdk = generator.generate()?;
    let has_operation = |name: &str| sdk.module().contains(&format!("pub fn {name}("));
    assert!(
        has_operation("ok") || text.contains("\nsecurity:\n"),
        "the sound operation is generated"
    );
    Ok((sdk.warnings().len(), sdk.skipped().len()))
}

/// Applies the overlay actions of all problems until there are none.
fn mend(name: &str, text: &str) -> Result<(), String> {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("flaws");
    fs::create_dir_all(&directory).unwrap();
    let overlay = directory.join(format!(
        "{}.yaml",
        name.replace(|letter: char| !letter.is_alphanumeric(), "-")
    ));
    let mut document = Document::parse("flawed.yaml", text).unwrap();
    for _ in 0..4 {
        let problems = match Generator::new(document.clone()).generate() {
            Ok(_) => return Ok(()),
            Err(Error::Description(problems)) => problems,
            Err(error) => return Err(error.to_string()),
        };
        let actions: Vec<String> = problems.iter().filter_map(|problem| problem.overlay_action()).collect();
        if actions.len() < problems.len() {
            return Err("a problem has no overlay action".to_owned());
        }
        let text = format!(
            "overlay: 1.0.0\ninfo: {{title: t, version: '1'}}\nactions:\n{}\n",
            actions.join("\n")
        );
        fs::write(&overlay, text).unwrap();
        document.overlay(&overlay).map_err(|error| error.to_string())?;
    }
    Err("the overlay actions do not remove the problem".to_owned())
}

#[test]
fn each_flaw_has_the_effect_in_the_table() {
    let table: BTreeMap<String, String> = include_str!("../../FLAWS.md")
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix("| ")?.split(" | ");
            Some((cells.next()?.to_owned(), cells.next()?.to_owned()))
        })
        .collect();
    assert!(generate(SOUND, false).is_ok());
    let mut differences = Vec::new();
    for (name, sound, flawed) in FLAWS {
        assert!(SOUND.contains(sound), "{name}");
        let effect = effect(name, &SOUND.replacen(sound, flawed, 1));
        if table.get(*name) != Some(&effect) {
            differences.push(format!("| {name} | {effect} |"));
        }
    }
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

#[test]
fn all_problems_are_reported_at_once() {
    let text = SOUND
        .replacen(
            "member: {type: string}",
            "member: {$ref: '#/components/schemas/No'}, c: {type: text}",
            1,
        )
        .replacen("security: [{oauth: []}]", "security: [{no: []}]", 1)
        .replacen(
            "parameters: [{name: q, in: query,",
            "parameters: [{in: query}, {name: q, in: odd,",
            1,
        )
        .replacen("https://api.example.com", "ftp://api.example.com", 1);
    let error = Generator::new(Document::parse("flawed.yaml", &text).unwrap())
        .generate()
        .unwrap_err();
    let message = error.to_string();
    for expected in [
        "#/components/schemas/A/properties/member: the target of the reference",
        "#/components/schemas/A/properties/c: `type`",
        "#/paths/~1y/get/security/0/no: there is no security scheme",
        "#/servers/0: its URL must be http",
        "#/paths/~1x/post/parameters/0: the member `name` is missing",
        "overlay action: - {",
    ] {
        assert!(message.contains(expected), "{expected} is not in {message}");
    }
    let report = Generator::new(Document::parse("flawed.yaml", &text).unwrap())
        .inspect()
        .unwrap();
    let report = report.to_json();
    assert!(report["problems"].as_array().unwrap().len() >= 5, "{report}");
    assert!(report["problems"][0]["action"]["target"].is_string(), "{report}");
}
