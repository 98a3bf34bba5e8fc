//! Request bodies and their media types.

use super::{Api, api, first, joined, rejection, short_type as typed, warnings};
use crate::api::{BodyKind, PartKind};

fn description(operation: &str, body: &str) -> String {
    format!(
        "
paths: {{/a: {{patch: {{operationId: a, {operation} requestBody: {{{body}}}, responses: {{}}}}}}}}
components: {{schemas: {{Thing: {{type: object, properties: {{name: {{type: string}}}}}}}}}}"
    )
}

const THING: &str = "{schema: {$ref: '#/components/schemas/Thing'}}";

/// `body?: json m::Thing as application/json`.
fn summary(api: &Api) -> String {
    let Some(body) = &first(api).body else {
        return "none".to_owned();
    };
    let kind = match &body.kind {
        BodyKind::Json(ty) => format!("json {}", typed(ty)),
        BodyKind::Form(ty, styles) => {
            let styles = styles
                .iter()
                .map(|(name, style, explode)| format!(" {name}:{style:?}{}", if *explode { "*" } else { "" }));
            format!("form {}{}", typed(ty), joined(styles, ""))
        }
        BodyKind::Multipart { type_name, parts } => {
            let parts = parts.iter().map(|part| {
                let kind = match &part.kind {
                    PartKind::File => "file".to_owned(),
                    PartKind::Files => "files".to_owned(),
                    PartKind::Text(ty) => format!("text {}", typed(ty)),
                    PartKind::Texts(ty) => format!("texts {}", typed(ty)),
                    PartKind::Json(ty) => format!("json {}", typed(ty)),
                };
                format!("{}{}: {kind}", part.ident, if part.required { "" } else { "?" })
            });
            format!("{type_name}({})", joined(parts, ", "))
        }
        BodyKind::AnyMultipart => "any form".to_owned(),
        BodyKind::Text => "text".to_owned(),
        BodyKind::Bytes => "bytes".to_owned(),
    };
    format!(
        "{}{}: {kind} as {}",
        body.ident,
        if body.required { "" } else { "?" },
        body.content_type
    )
}

#[test]
fn the_media_type_determines_how_the_body_is_sent() {
    let object = "{schema: {type: object, required: [b], properties: {a: {type: integer}, b: {type: string, format: binary}, c: {type: array, items: {type: string, format: binary}}, d: {$ref: '#/components/schemas/Thing'}}}}";
    let cases = [
        (String::new(), "none"),
        ("content: {}".to_owned(), "none"),
        (
            format!("required: true, content: {{application/json: {THING}}}"),
            "body: json m::Thing as application/json",
        ),
        (
            format!("content: {{'application/json; charset=utf-8': {THING}}}"),
            "body?: json m::Thing as application/json",
        ),
        (
            "content: {application/json: {}}".to_owned(),
            "body?: json Value as application/json",
        ),
        (
            format!("content: {{application/vnd.thing+json: {THING}}}"),
            "body?: json m::Thing as application/vnd.thing+json",
        ),
        (
            format!("content: {{'application/*+json': {THING}}}"),
            "body?: json m::Thing as application/json",
        ),
        (
            format!("content: {{application/x-www-form-urlencoded: {THING}}}"),
            "body?: form m::Thing as application/x-www-form-urlencoded",
        ),
        (
            format!("content: {{multipart/form-data: {object}}}"),
            "form?: AForm(b: file, a?: text i64, c?: files, d?: json m::Thing) as multipart/form-data",
        ),
        (
            "content: {multipart/form-data: {}}".to_owned(),
            "form?: any form as multipart/form-data",
        ),
        ("content: {text/csv: {}}".to_owned(), "body?: text as text/csv"),
        ("content: {'text/*': {}}".to_owned(), "body?: text as text/plain"),
        (
            "content: {application/xml: {}}".to_owned(),
            "body?: text as application/xml",
        ),
        ("content: {image/png: {}}".to_owned(), "body?: bytes as image/png"),
        (
            "content: {'*/*': {}}".to_owned(),
            "body?: bytes as application/octet-stream",
        ),
    ];
    for (body, expected) in cases {
        let api = api(&description("", &body));
        assert_eq!(summary(&api), expected, "{body}");
        assert_eq!(warnings(&api), "", "{body}");
    }
}

#[test]
fn form_members_have_the_described_styles() {
    let cases = [
        ("{}", ""),
        ("{name: {contentType: text/plain}}", ""),
        ("{name: {style: pipeDelimited}}", " name:PipeDelimited"),
        ("{name: {style: form}}", " name:Form*"),
        ("{name: {explode: false}}", " name:Form"),
        ("{name: {explode: true}}", " name:Form*"),
        ("{name: {style: deepObject, explode: true}}", " name:DeepObject*"),
    ];
    for (encoding, expected) in cases {
        let media = THING.replacen('{', &format!("{{encoding: {encoding}, "), 1);
        let api = api(&description(
            "",
            &format!("content: {{application/x-www-form-urlencoded: {media}}}"),
        ));
        assert_eq!(
            summary(&api),
            format!("body?: form m::Thing{expected} as application/x-www-form-urlencoded"),
            "{encoding}"
        );
    }
}

/// The media types of a body, their schema, the selected type, and the types in the warning.
const CHOICES: [(&str, &str, &str, &str); 13] = [
    (
        "application/json-patch+json text/json application/*+json",
        THING,
        "application/json",
        "`application/json-patch+json`",
    ),
    (
        "application/json multipart/form-data",
        THING,
        "application/json",
        "`multipart/form-data`",
    ),
    (
        "multipart/form-data application/json",
        THING,
        "application/json",
        "`multipart/form-data`",
    ),
    (
        "application/xml application/x-www-form-urlencoded",
        THING,
        "application/x-www-form-urlencoded",
        "`application/xml`",
    ),
    (
        "application/json text/json application/*+json",
        THING,
        "application/json",
        "",
    ),
    (
        "application/vnd.a+json application/json",
        THING,
        "application/json",
        "`application/vnd.a+json`",
    ),
    (
        "application/vnd.a+json application/vnd.b+json",
        THING,
        "application/vnd.a+json",
        "`application/vnd.b+json`",
    ),
    (
        "application/json-patch+json application/merge-patch+json application/strategic-merge-patch+json",
        THING,
        "application/merge-patch+json",
        "`application/strategic-merge-patch+json`, `application/json-patch+json`",
    ),
    (
        "application/json-patch+json application/json",
        THING,
        "application/json",
        "`application/json-patch+json`",
    ),
    (
        "application/json-patch+json text/plain",
        THING,
        "text/plain",
        "`application/json-patch+json`",
    ),
    ("application/json-patch+json", THING, "application/json-patch+json", ""),
    (
        "application/json-patch+json text/plain",
        "{schema: {type: array}}",
        "application/json-patch+json",
        "`text/plain`",
    ),
    (
        "application/json-patch+json application/vnd.a+json",
        "{}",
        "application/vnd.a+json",
        "`application/json-patch+json`",
    ),
];

#[test]
fn one_media_type_is_selected_and_the_others_are_in_a_warning() {
    for (media, schema, selected, ignored) in CHOICES {
        let content = joined(media.split(' ').map(|name| format!("'{name}': {schema}")), ", ");
        let api = api(&description("", &format!("content: {{{content}}}")));
        assert_eq!(first(&api).body.as_ref().unwrap().content_type, selected, "{media}");
        let expected = match ignored {
            "" => String::new(),
            _ => format!(
                "#/paths/~1a/patch/requestBody: the body is sent as `{selected}`; ignored: {ignored} (select another with x-evergrant-content-type)"
            ),
        };
        assert_eq!(warnings(&api), expected, "{media}");
    }
}

#[test]
fn the_description_can_select_the_media_type() {
    let content = format!("content: {{application/json: {THING}, text/csv: {{}}, 'image/png; q=1': {{}}}}");
    let cases = [
        ("x-evergrant-content-type: text/csv,", "", "body?: text as text/csv"),
        ("", "x-evergrant-content-type: image/png,", "body?: bytes as image/png"),
        // The operation takes precedence, as the body may be shared.
        (
            "x-evergrant-content-type: TEXT/CSV,",
            "x-evergrant-content-type: image/png,",
            "body?: text as text/csv",
        ),
        (
            "x-evergrant-content-type: application/json,",
            "",
            "body?: json m::Thing as application/json",
        ),
    ];
    for (operation, body, expected) in cases {
        let api = api(&description(operation, &format!("{body} {content}")));
        assert_eq!(
            (summary(&api).as_str(), warnings(&api).as_str()),
            (expected, ""),
            "{operation} {body}"
        );
    }
    let problem = rejection(&description("x-evergrant-content-type: text/html,", &content));
    assert!(
        problem.contains("patch/x-evergrant-content-type: the body does not have this"),
        "{problem}"
    );
    assert!(
        problem.contains("`application/json`, `text/csv`, `image/png`"),
        "{problem}"
    );
}
