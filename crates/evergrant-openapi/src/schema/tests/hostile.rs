//! Hostile schemas: excessive size, depth and cycles.

use super::{code, document, models, rejected};
use crate::parsed_description::Document;
use crate::problem_list::ProblemList;
use crate::schema::Schemas;

/// Parses schemas as JSON, which is faster than YAML.
fn json_document(schemas: impl Iterator<Item = String>) -> Document {
    let schemas = schemas.collect::<Vec<_>>().join(",");
    let text =
        format!(r#"{{"openapi": "3.0.3", "info": {{}}, "paths": {{}}, "components": {{"schemas": {{{schemas}}}}}}}"#);
    Document::parse("test", &text).unwrap()
}

#[test]
fn a_ring_of_ten_thousand_schemas_is_generated() {
    let object = |index: usize| {
        let next = (index + 1) % 10_000;
        format!(
            r##""S{index}": {{"type": "object", "required": ["next"], "properties": {{"next": {{"$ref": "#/components/schemas/S{next}"}}}}}}"##
        )
    };
    let document = json_document((0..10_000).map(object));
    let models = Schemas::new(&document, &mut ProblemList::new())
        .unwrap()
        .finish()
        .unwrap();
    assert_eq!(models.modules().count(), 10_000);
}

#[test]
fn deeply_nested_models_use_opaque_boxes() {
    let ring = |count: usize| {
        let object = move |index: usize| {
            let next = (index + 1) % count;
            format!(
                r##""S{index}": {{"type": "object", "properties": {{"to": {{"$ref": "#/components/schemas/S{next}"}}, "all": {{"type": "array", "items": {{"$ref": "#/components/schemas/S{next}"}}}}}}}}"##
            )
        };
        let document = json_document((0..count).map(object));
        let models = Schemas::new(&document, &mut ProblemList::new())
            .unwrap()
            .finish()
            .unwrap();
        code(&models)
    };
    let small = ring(4);
    assert!(small.contains("Option<Box<crate::models::S1>>") && !small.contains("Opaque"));
    let code = ring(45);
    for fragment in [
        "pub to: Option<evergrant_sdk::OpaqueBox<crate::models::S1>>,",
        "pub all: Option<evergrant_sdk::OpaqueBox<Vec<crate::models::S1>>>,",
        "pub fn to(mut self, to: impl Into<crate::models::S1>) -> Self",
        "self.all = Some(evergrant_sdk::OpaqueBox::new(all));",
        "impl evergrant_sdk::OpaqueValue for S0 {",
        "(READERS.reader_0)(value)",
        "(crate::models::s0::READERS.reader_1)(value)",
    ] {
        assert!(code.contains(fragment), "{fragment}\n is not in\n{code}");
    }
    assert_eq!(code.matches("pub(crate) static READERS").count(), 1);
}

#[test]
fn long_chains_of_aliases_and_arrays_end_with_warnings() {
    let reference = |index: usize| format!(r##""S{index}": {{"$ref": "#/components/schemas/S{}"}}"##, index + 1);
    let document = json_document(
        (0..5_000)
            .map(reference)
            .chain([r#""S5000": {"type": "string"}"#.to_owned()]),
    );
    let models = Schemas::new(&document, &mut ProblemList::new())
        .unwrap()
        .finish()
        .unwrap();
    assert!(!models.warnings.is_empty());
    let array = |index: usize| {
        format!(
            r##""S{index}": {{"type": "array", "items": {{"$ref": "#/components/schemas/S{}"}}}}"##,
            index + 1
        )
    };
    let document = json_document(
        (0..5_000)
            .map(array)
            .chain([r#""S5000": {"type": "string"}"#.to_owned()]),
    );
    let models = Schemas::new(&document, &mut ProblemList::new())
        .unwrap()
        .finish()
        .unwrap();
    assert!(code(&models).contains("pub type S4999 = Vec<"));
}

#[test]
fn long_chains_of_all_of_end_with_warnings() {
    let part = |index: usize| {
        let below = format!(r##"{{"$ref": "#/components/schemas/S{}"}}"##, index + 1);
        format!(r#""S{index}": {{"allOf": [{below}, {{"type": "object", "properties": {{"p{index}": {{}}}}}}]}}"#)
    };
    let document = json_document((0..500).map(part).chain([r#""S500": {"type": "object"}"#.to_owned()]));
    let models = Schemas::new(&document, &mut ProblemList::new())
        .unwrap()
        .finish()
        .unwrap();
    assert!(!models.warnings.is_empty());
}

#[test]
fn a_small_description_cannot_generate_an_enormous_sdk() {
    let members: Vec<String> = (0..5_000)
        .map(|index| format!(r#""m{index}": {{"type": "string"}}"#))
        .collect();
    let base = format!(
        r#""Base": {{"type": "object", "properties": {{{}}}}}"#,
        members.join(",")
    );
    let kind = |index: usize| {
        format!(
            r##""K{index}": {{"allOf": [{{"$ref": "#/components/schemas/Base"}}, {{"minProperties": 1, "required": ["a"]}}]}}"##
        )
    };
    let document = json_document((0..5_000).map(kind).chain([base]));
    let problem = Schemas::new(&document, &mut ProblemList::new()).map(drop).unwrap_err();
    assert!(problem.to_string().contains("too many"));
}

#[test]
fn hostile_names_do_not_become_code() {
    let evil = r#""); std::process::exit(1); //"#;
    let name = serde_json::json!(evil);
    let prose = serde_json::json!("*/ ```\nfn main() {}\n");
    let code = code(&models(&format!(
        "{name}: {{type: object, properties: {{{name}: {{type: string, enum: [{name}]}}}}}}\nx: {{type: object, description: {prose}, x-rust-type: 'evil::Evil', properties: {{a: {{type: string}}}}}}"
    )));
    assert!(code.contains("pub struct StdProcessExit1 {"));
    assert!(!code.contains("evil::Evil"));
}

#[test]
fn invalid_schemas_are_rejected_with_their_location() {
    for (schemas, pointer) in [
        ("A: text", "#/components/schemas/A"),
        ("A: {type: object, properties: [a]}", "#/components/schemas/A"),
        ("A: {type: strnig}", "#/components/schemas/A"),
        ("A: {type: array, items: text}", "#/components/schemas/A"),
        (
            "A: {properties: {a: {$ref: '#/nowhere'}}}",
            "#/components/schemas/A/properties/a",
        ),
        (
            "A: {properties: {a: {$ref: 'other.yaml#/A'}}}",
            "#/components/schemas/A/properties/a",
        ),
        ("A: {properties: {a: {$ref: '#'}}}", "#"),
        ("A: {properties: {a: {$ref: 5}}}", "#/components/schemas/A/properties/a"),
    ] {
        assert_eq!(rejected(schemas).pointer().to_string(), pointer, "{schemas}");
    }
}

#[test]
fn arrays_of_themselves_contain_arbitrary_json() {
    let models = models("Forest: {type: array, items: {$ref: '#/components/schemas/Forest'}}");
    assert_eq!(models.warnings.len(), 1);
    assert!(code(&models).contains("pub type Forest = Vec<serde_json::Value>;"));
}

#[test]
fn generation_is_deterministic() {
    let schemas = "A: {type: object, properties: {b: {oneOf: [{type: object, properties: {x: {type: string}}}, {type: integer}]}, c: {type: string, enum: [x]}}}";
    assert_eq!(code(&models(schemas)), code(&models(schemas)));
    let document = document(schemas);
    let first = Schemas::new(&document, &mut ProblemList::new())
        .unwrap()
        .finish()
        .unwrap();
    assert_eq!(code(&first), code(&models(schemas)));
}
