//! Descriptions as they exist: several files, fragments in paths, placeholders, tabs, OpenAPI 3.2, and what requests
//! and responses contain.

use std::fs;
use std::path::{Path, PathBuf};

use evergrant_openapi::{Document, Error, Generator, Sdk};

fn parsed(rest: &str) -> Generator {
    let text = format!("info: {{title: Sample, version: '1'}}\n{rest}");
    let text = match rest.contains("openapi:") {
        true => text,
        false => format!("openapi: 3.1.0\n{text}"),
    };
    Generator::new(Document::parse("sample.yaml", &text).unwrap())
}

fn generated(rest: &str) -> Sdk {
    parsed(rest).generate().unwrap_or_else(|error| panic!("{error}"))
}

/// The code without line breaks and indentation.
fn code(sdk: &Sdk) -> String {
    sdk.module().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn assert_contains(text: &str, expected: &[&str]) {
    for expected in expected {
        assert!(text.contains(expected), "{expected}\n is not in\n{text}");
    }
}

fn warnings(sdk: &Sdk) -> String {
    sdk.warnings().iter().map(|warning| format!("{warning}\n")).collect()
}

#[test]
fn paths_that_differ_in_their_fragment_are_several_operations() {
    let code = code(&generated(
        "paths:
  /rpc/{id}#start: {post: {operationId: start, responses: {'204': {description: ok}}}}
  /rpc/{id}#stop?now: {post: {operationId: stop, responses: {'204': {description: ok}}}}
  /rpc?action=list#x: {get: {responses: {'204': {description: ok}}}}",
    ));
    assert_contains(
        &code,
        &[
            "pub fn start(&self, id:",
            "pub fn stop(&self, id:",
            "path: \"/rpc\"",
            "\"action\"",
        ],
    );
    assert_eq!(code.matches("path: \"/rpc/{id}\"").count(), 2);
}

#[test]
fn server_variables_without_a_value_are_required() {
    let generator = parsed(
        "servers: [{url: 'https://{tenant}.example.com/<region>'}, {url: '//b.example.com', description: B}, {url: '{baseUrl}/v1', description: C}]
paths: {/a: {get: {operationId: a, responses: {'204': {description: ok}}}}}",
    );
    let report = generator.inspect().unwrap().to_string();
    assert_contains(
        &report,
        &[
            "What are the values of `tenant`, `region` in the server URL",
            "Which scheme has the server URL `//b.example.com`?",
            "What is the URL of the server `{baseUrl}/v1`?",
            "variable {tenant}: `tenant(..)`, required",
        ],
    );
    let code = code(&generator.generate().unwrap());
    assert_contains(
        &code,
        &[
            "pub fn tenant(",
            "pub fn region(",
            "name: \"tenant\", default: None",
            "https://b.example.com",
        ],
    );
}

#[test]
fn relative_servers_have_a_path_for_each_environment() {
    let sdk = generated(
        "servers: [{url: /v1, description: One}, {url: /v2, description: Two}]
paths: {/a: {get: {operationId: a, responses: {'204': {description: ok}}}}}",
    );
    let code = sdk.module();
    assert!(
        code.contains("It ends with `/v1`") && code.contains("It ends with `/v2`"),
        "{code}"
    );
}

#[test]
fn quoted_text_with_tabs_is_read_with_a_warning() {
    let description =
        "openapi: 3.0.3\ninfo:\n  title: Sample\n  version: '1'\n  description: \"one\n\t\ttwo\n three\"\npaths: {}\n";
    let sdk = Generator::new(Document::parse("tabs.yaml", description).unwrap())
        .generate()
        .unwrap();
    assert!(
        warnings(&sdk).contains("the quoted text in line 5"),
        "{}",
        warnings(&sdk)
    );
    assert!(sdk.module().len() > 100);
    let error = Document::parse("broken.yaml", "a: [\nb: 1\n").unwrap_err().to_string();
    assert!(error.contains('\n') && !error.contains("error:"), "{error}");
}

#[test]
fn references_find_anchors_ids_and_definitions() {
    let code = code(&generated(
        "paths:
  /a: {get: {operationId: a, responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#book'}}}}}}}
  /b: {get: {operationId: b, responses: {'200': {description: ok, content: {application/json: {schema: {$ref: 'https://example.com/author'}}}}}}}
components:
  schemas:
    Book: {$anchor: book, type: object, properties: {title: {type: string}}}
    Author:
      $id: https://example.com/author
      type: object
      properties: {name: {$ref: '#/$defs/name'}}
      $defs: {name: {type: object, properties: {last: {type: string}}}}",
    ));
    assert_contains(
        &code,
        &["Response<Book>", "Response<Author>", "pub last: Option<String>"],
    );
}

#[test]
fn the_version_is_checked_after_overlays() {
    let directory = directory("version");
    let overlay = directory.join("overlay.yaml");
    let actions = "overlay: 1.0.0\ninfo: {title: t, version: '1'}\nactions: [{target: $, update: {openapi: 3.1.0}}]\n";
    fs::write(&overlay, actions).unwrap();
    let mut document = Document::parse("new.yaml", "openapi: 4.0.0\ninfo: {title: t, version: '1'}\n").unwrap();
    let error = Generator::new(document.clone()).generate().unwrap_err().to_string();
    assert!(
        error.contains("use 3.0, 3.1 or 3.2") && error.contains("overlay action"),
        "{error}"
    );
    document.overlay(&overlay).unwrap();
    Generator::new(document).generate().unwrap();
}

#[test]
fn openapi_3_2_has_further_methods_and_media_types_by_reference() {
    let sdk = generated(
        "openapi: 3.2.0
$self: https://example.com/api.yaml
paths:
  /books:
    query: {operationId: search, requestBody: {content: {application/json: {schema: {type: object}}}}, responses: {'200': {description: ok, content: {application/json: {$ref: '#/components/mediaTypes/Book'}}}}}
    additionalOperations:
      COPY: {operationId: copyBooks, responses: {'204': {description: ok}}}
  /lines: {get: {operationId: lines, parameters: [{name: all, in: querystring, content: {application/x-www-form-urlencoded: {schema: {type: object, properties: {a: {type: string}}}}}}], responses: {'200': {description: ok, content: {application/jsonl: {itemSchema: {type: object}}}}}}}
components:
  mediaTypes: {Book: {schema: {$ref: 'https://example.com/api.yaml#/components/schemas/Book'}}}
  schemas: {Book: {type: object, properties: {title: {type: string}}}}",
    );
    let code = code(&sdk);
    assert_contains(
        &code,
        &[
            "method: \"QUERY\"",
            "method: \"COPY\"",
            "Response<Book>",
            "pub fn copy_books(",
        ],
    );
    assert!(warnings(&sdk).contains("`itemSchema`"), "{}", warnings(&sdk));
}

#[test]
fn optional_nullable_members_of_requests_can_be_cleared() {
    let generator = parsed(
        "paths:
  /users: {patch: {operationId: patchUser, requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/UserPatch'}}}}, responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/User'}}}}}}}
components:
  schemas:
    UserPatch: {type: object, properties: {middleName: {type: [string, 'null']}, home: {oneOf: [{$ref: '#/components/schemas/Home'}, {type: 'null'}]}, nick: {type: string}}}
    Home: {type: object, properties: {city: {type: [string, 'null']}}}
    User: {type: object, properties: {nick: {type: [string, 'null']}}}",
    );
    let code = code(&generator.generate().unwrap());
    assert_contains(
        &code,
        &[
            "pub middle_name: Nullable<String>",
            "pub home: Nullable<Home>",
            "pub city: Nullable<String>",
            "pub fn clear_middle_name(mut self) -> Self",
            "pub nick: Option<String>",
        ],
    );
    assert!(
        !code.contains("clear_nick"),
        "null is not allowed there, or the model is not sent"
    );
    let report = generator.inspect().unwrap();
    let members = &report.to_json()["nullable_members"];
    assert_eq!(members.as_array().unwrap().len(), 3, "{members}");
    assert!(report.to_string().contains("UserPatch.middle_name"), "{report}");
}

#[test]
fn multipart_lists_are_several_parts_and_parts_have_content_types() {
    let sdk = generated(
        "paths:
  /upload:
    post:
      operationId: upload
      requestBody:
        content:
          multipart/form-data:
            schema:
              type: object
              properties:
                file: {type: string, format: binary}
                scan: {type: string, contentMediaType: image/png}
                csv: {type: string}
                tags: {type: array, items: {type: string}}
                levels: {type: array, items: {type: integer, enum: [1, 2]}}
                rows: {type: array, items: {type: object, properties: {a: {type: string}}}}
                words: {type: array, items: {type: string}}
                any: {type: string, format: binary}
            encoding:
              file: {contentType: image/jpeg, headers: {X-Kind: {schema: {const: photo}}, X-Free: {schema: {type: string}}}}
              csv: {contentType: text/csv}
              words: {contentType: application/json}
              any: {contentType: 'image/png, image/jpeg'}
      responses: {'204': {description: ok}}",
    );
    assert_contains(
        &code(&sdk).replace(' ', ""),
        &[
            "parts.file(\"file\",value).content_type(\"file\",\"image/jpeg\").part_header(\"file\",\"X-Kind\",\"photo\")",
            "parts.file(\"scan\",value).content_type(\"scan\",\"image/png\")",
            "parts.text(\"csv\",value).content_type(\"csv\",\"text/csv\")",
            "parts.values(\"tags\",&value)",
            "parts.values(\"levels\",&value)",
            "parts.json(\"rows\",&value)",
            "parts.json(\"words\",&value)",
            "parts.file(\"any\",value)",
        ],
    );
    assert!(
        warnings(&sdk).contains("X-Free: this header of a part"),
        "{}",
        warnings(&sdk)
    );
}

#[test]
fn lists_in_deep_objects_have_brackets_and_other_nesting_is_a_warning() {
    let sdk = generated(
        "paths:
  /invoices:
    get:
      operationId: invoices
      parameters:
        - {name: expand, in: query, style: deepObject, schema: {type: array, items: {type: string}}}
        - {name: rack, in: query, x-evergrant-array-format: brackets, schema: {type: array, items: {type: string}}}
        - {name: plain, in: query, schema: {type: array, items: {type: object, properties: {a: {type: string}}}}}
        - {name: X-Deep, in: header, schema: {type: object, properties: {a: {type: array, items: {type: string}}}}}
      responses: {'204': {description: ok}}
    post:
      operationId: create
      requestBody: {content: {application/x-www-form-urlencoded: {encoding: {lines: {style: deepObject}, ids: {x-evergrant-array-format: repeat}}, schema: {type: object, properties: {lines: {type: array, items: {type: object, properties: {price: {type: string}}}}, ids: {type: array, items: {type: string}}}}}}}
      responses: {'204': {description: ok}}",
    );
    assert_contains(
        &code(&sdk),
        &[
            "query(\"expand\", QueryStyle::DeepObject, Explode::Yes",
            "query(\"rack\", QueryStyle::DeepObjectBrackets, Explode::Yes",
            "(\"lines\", QueryStyle::DeepObject, Explode::Yes)",
            "(\"ids\", QueryStyle::DeepObjectRepeat, Explode::Yes)",
            "header_json(\"X-Deep\"",
        ],
    );
    assert_contains(
        &warnings(&sdk),
        &[
            "parameters/2: its style cannot write lists",
            "parameters/3: its style cannot write lists",
        ],
    );
}

#[test]
fn integers_accept_a_fraction_of_zero_and_follow_their_bounds() {
    let code = code(&generated(
        "paths: {/n: {get: {operationId: n, responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/N'}}}}}}}}
components:
  schemas:
    N: {type: object, properties: {count: {type: integer}, ms: {type: integer, format: int32, maximum: 9999999999999}, low: {type: integer, format: int32, minimum: -3000000000}, u: {type: integer, format: uint32, minimum: -1}, many: {type: array, items: {type: integer}}, either: {oneOf: [{type: integer}, {type: string}]}}}",
    ));
    assert_contains(
        &code,
        &[
            "deserialize_with = \"evergrant_sdk::integer::deserialize\"",
            "pub ms: Option<i64>",
            "pub low: Option<i64>",
            "pub u: Option<i64>",
            "integer::deserialize::<i64, _>(&value)",
        ],
    );
}

#[test]
fn a_token_url_of_one_environment_is_the_first_assumption() {
    let description = |servers: &str, url: &str| {
        parsed(&format!(
            "servers: {servers}
paths: {{/x: {{get: {{operationId: x, security: [{{o: []}}], responses: {{'204': {{description: ok}}}}}}}}}}
components: {{securitySchemes: {{o: {{type: oauth2, flows: {{clientCredentials: {{tokenUrl: '{url}', scopes: {{}}}}}}}}}}}}"
        ))
    };
    let first = |servers: &str, url: &str| {
        let report = description(servers, url).inspect().unwrap().to_json();
        report["assumptions"][0]["question"].as_str().unwrap().to_owned()
    };
    let two = "[{url: 'https://sandbox.example.com/api', description: Sandbox}, {url: 'https://live.example.com/api', description: Live}]";
    let question = first(two, "https://Sandbox.example.com:443/token");
    assert!(question.contains("environment `Live`"), "{question}");
    let variable = "[{url: 'https://{env}.example.com', variables: {env: {default: sandbox, enum: [sandbox, live]}}}]";
    let question = first(variable, "https://sandbox.example.com/token");
    assert!(question.contains("live.example.com"), "{question}");
    for (servers, url) in [
        (two, "https://auth.example.com/token"),
        (two, "/token"),
        ("[{url: 'https://a.example.com'}]", "https://a.example.com/token"),
    ] {
        assert!(!first(servers, url).contains("Which token endpoint"), "{servers} {url}");
    }
}

#[test]
fn alternatives_that_differ_in_constants_are_one_struct() {
    let error = |name: &str| {
        format!(
            "{{title: {name}, type: object, required: [issue], properties: {{issue: {{type: string, enum: [{name}]}}, text: {{type: string, enum: [The text of {name}.]}}, field: {{type: string}}}}}}"
        )
    };
    let errors: Vec<String> = (0..40).map(|index| error(&format!("ISSUE_{index}"))).collect();
    let code = code(&generated(&format!(
        "paths: {{/x: {{get: {{operationId: x, responses: {{'200': {{description: ok}}, '422': {{description: no, content: {{application/json: {{schema: {{$ref: '#/components/schemas/Refused'}}}}}}}}}}}}}}}}
components:
  schemas:
    Refused: {{type: object, properties: {{kind: {{type: string, enum: [refused]}}, details: {{type: array, items: {{anyOf: [{}]}}}}}}}}",
        errors.join(", ")
    )));
    assert_contains(
        &code,
        &[
            "pub struct RefusedDetailsItem {",
            "pub issue: RefusedDetailsItemIssue,",
            "Issue39,",
            "pub kind: Option<String>",
        ],
    );
    assert_eq!(code.matches("pub struct Refused").count(), 2, "{code}");
}

fn directory(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("descriptions-{name}"));
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    directory
}

fn write(directory: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = directory.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

#[test]
fn files_in_the_directory_of_the_description_are_part_of_it() {
    let directory = directory("files");
    write(
        &directory,
        &[
            (
                "api.yaml",
                "openapi: 3.1.0
info: {title: Sample, version: '1', description: {$ref: docs/about.md}}
tags: [{name: books, description: {$ref: docs/books.yml}}]
paths:
  /books: {$ref: paths/books.yaml}
  /authors: {get: {$ref: 'paths/authors.yaml#/get'}}
components: {schemas: {Shelf: {$ref: schemas/Shelf.yaml}}}
",
            ),
            ("docs/about.md", "About *books*.\n"),
            ("docs/books.yml", "All about books.\n"),
            (
                "paths/books.yaml",
                "get: {operationId: listBooks, tags: [books], responses: {'200': {description: ok, content: {application/json: {schema: {type: array, items: {$ref: ../schemas/Book.yaml}}}}}, default: {$ref: '../common.json#/responses/Error'}}}\n",
            ),
            (
                "paths/authors.yaml",
                "get: {operationId: listAuthors, responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '../schemas/Book.yaml#/$defs/Author'}}}}}}\n",
            ),
            (
                "schemas/Book.yaml",
                "type: object\nproperties: {title: {type: string}, author: {$ref: '#/$defs/Author'}, shelf: {$ref: './Shelf.yaml'}, next: {$ref: '../schemas/Book.yaml'}}\n$defs: {Author: {type: object, properties: {name: {type: string}}}}\n",
            ),
            (
                "schemas/Shelf.yaml",
                "type: object\nproperties: {books: {type: array, items: {$ref: 'Book.yaml'}}, main: {$ref: '../api.yaml#/components/schemas/Shelf'}}\n",
            ),
            (
                "common.json",
                r#"{"responses": {"Error": {"description": "An error.", "content": {"application/json": {"schema": {"title": "Problem", "type": "object", "properties": {"code": {"type": "integer"}}}}}}}}"#,
            ),
        ],
    );
    let sdk = Generator::new(Document::read(&directory.join("api.yaml")).unwrap())
        .generate()
        .unwrap();
    assert_contains(
        &code(&sdk),
        &[
            "Response<Vec<Book>>",
            "Response<Author>",
            "pub author: Option<Author>",
            "pub shelf: Option<Shelf>",
            "pub struct Shelf {",
            "pub next: Option<Box<Book>>",
            "All about books.",
        ],
    );
    assert!(!sdk.module().contains("Shelf2") && !sdk.module().contains("Book2"));
}

#[test]
fn files_elsewhere_are_not_read() {
    let directory = directory("elsewhere");
    write(
        &directory,
        &[
            ("secret.yaml", "type: object\n"),
            (
                "api/schemas/real.yaml",
                "type: object\nproperties: {found: {type: string}}\n",
            ),
        ],
    );
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(directory.join("secret.yaml"), directory.join("api/schemas/link.yaml")).unwrap();
        std::os::unix::fs::symlink(&directory, directory.join("api/up")).unwrap();
    }
    let problem = |reference: &str| {
        let text = format!(
            "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths: {{/a: {{get: {{operationId: a, responses: {{'200': {{description: ok, content: {{application/json: {{schema: {{$ref: '{reference}'}}}}}}}}}}}}}}}}\n"
        );
        write(&directory, &[("api/api.yaml", &text)]);
        let generator = Generator::new(Document::read(&directory.join("api/api.yaml")).unwrap());
        generator.generate().map(drop)
    };
    problem("schemas/real.yaml").unwrap();
    for (reference, expected) in [
        ("../secret.yaml", "is above the directory"),
        ("schemas/../../secret.yaml", "is above the directory"),
        ("schemas/link.yaml", "without following links"),
        ("up/secret.yaml", "without following links"),
        ("/etc/hostname", "is not a relative path"),
        ("file:///etc/hostname", "is a URL"),
        ("https://example.com/a.yaml", "is a URL"),
        ("schemas", "cannot be read"),
        ("schemas/none.yaml", "which does not exist"),
        ("schemas/real.yaml#/none", "the target of the reference"),
    ] {
        let error = problem(reference).unwrap_err();
        assert!(matches!(error, Error::Description(_)), "{error}");
        let message = error.to_string();
        let names_remedy = message.contains("bundle the description") || expected.contains("target");
        assert!(message.contains(expected) && names_remedy, "{reference}: {message}");
    }
}

#[test]
fn files_that_contain_each_other_are_an_error() {
    let directory = directory("cycle");
    write(
        &directory,
        &[
            (
                "api.yaml",
                "openapi: 3.1.0\ninfo: {title: t, version: '1', contact: {$ref: a.yaml}}\npaths: {}\n",
            ),
            ("a.yaml", "inner: {$ref: b.yaml}\n"),
            ("b.yaml", "inner: {$ref: a.yaml}\n"),
        ],
    );
    let error = Document::read(&directory.join("api.yaml")).unwrap_err();
    assert!(error.to_string().contains("part of a cycle"), "{error}");
}
