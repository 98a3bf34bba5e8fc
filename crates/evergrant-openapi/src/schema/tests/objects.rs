//! Objects, their members and names.

use super::{assert_code, code, models};
use crate::problem_list::ProblemList;
use crate::schema::{ModelKind, Schemas, Type};

#[test]
fn members_are_required_optional_or_nullable() {
    assert_code(
        "Book: {type: object, required: [id, note, read], properties: {id: {type: string}, note: {type: [string, 'null']}, read: {type: string, readOnly: true}, pages: {type: integer}, secret: {type: string, format: password}}}",
        &[
            "pub id: String, pub note: Option<String>,",
            "#[serde(default, skip_serializing_if = \"Option::is_none\")] pub read: Option<String>,",
            "pub fn new(id: impl Into<String>, note: Option<String>) -> Self",
            "pub fn pages(mut self, pages: i64) -> Self { self.pages = Some(pages); self }",
            "pub secret: Option<evergrant_sdk::SensitiveString>",
        ],
    );
}

#[test]
fn objects_with_optional_members_only_implement_default() {
    assert_code(
        "A: {type: object, properties: {x: {type: string}}}",
        &["#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)] pub struct A {"],
    );
    assert!(
        !code(&models(
            "A: {type: object, required: [x], properties: {x: {type: string}}}"
        ))
        .contains("Default")
    );
}

#[test]
fn names_are_valid_and_unique_identifiers() {
    assert_code(
        "'a b': {type: object, properties: {type: {type: string}, a-b: {type: string}, a_b: {type: string}, new: {type: string}, '1': {type: string}}}\na-b: {type: object, properties: {x: {type: string}}}\nString: {type: string}\nResult: {type: object, properties: {self: {type: string}}}",
        &[
            "pub struct AB {",
            "pub struct AB2 {",
            "pub type StringModel = String;",
            "pub struct ResultModel {",
            "#[serde(rename = \"type\", default, skip_serializing_if = \"Option::is_none\")] pub type_: Option<String>",
            "pub a_b: Option<String>",
            "pub a_b_2: Option<String>",
            "pub fn with_new(mut self",
        ],
    );
}

#[test]
fn extensions_set_names() {
    assert_code(
        "A: {x-evergrant-name: Chosen, type: object, properties: {x: {x-evergrant-name: better, type: string}, y: {x-evergrant-name: Inner, type: object, properties: {z: {type: string}}}}}",
        &[
            "pub struct Chosen {",
            "rename = \"x\"",
            "pub better: Option<String>",
            "pub struct Inner {",
        ],
    );
}

#[test]
fn additional_properties_are_kept_if_specified() {
    assert_code(
        "A: {type: object, properties: {additional_properties: {type: string}}, additionalProperties: {type: integer}}",
        &[
            "#[serde(flatten, deserialize_with = \"evergrant_sdk::integer::deserialize\")] pub additional_properties_2: std::collections::BTreeMap<String, i64>",
        ],
    );
    assert!(
        !code(&models(
            "A: {type: object, properties: {x: {type: string}}, additionalProperties: false}"
        ))
        .contains("flatten")
    );
}

#[test]
fn recursive_members_are_boxed() {
    assert_code(
        "Tree: {type: object, required: [v], properties: {v: {type: string}, left: {$ref: '#/components/schemas/Tree'}, all: {type: array, items: {$ref: '#/components/schemas/Tree'}}, leaf: {$ref: '#/components/schemas/Leaf'}}}\nLeaf: {type: object, properties: {x: {type: string}}}",
        &[
            "pub left: Option<Box<crate::models::Tree>>",
            "pub all: Option<Vec<crate::models::Tree>>",
            "pub leaf: Option<crate::models::Leaf>",
            "self.left = Some(Box::new(left.into()));",
        ],
    );
}

#[test]
fn a_constructor_with_many_arguments_expects_the_lint() {
    let names: Vec<String> = (0..8).map(|index| format!("m{index}")).collect();
    let members: Vec<String> = names.iter().map(|name| format!("{name}: {{type: string}}")).collect();
    let schema = format!(
        "A: {{type: object, required: [{}], properties: {{{}}}}}",
        names.join(", "),
        members.join(", ")
    );
    assert_code(&schema, &["#[expect(clippy::too_many_arguments, reason ="]);
}

#[test]
fn inline_objects_are_in_the_module_of_their_component() {
    let models = models(
        "Book: {type: object, properties: {author: {type: object, properties: {name: {type: string}}}, tags: {type: array, items: {type: object, properties: {t: {type: string}}}}}}",
    );
    assert_eq!(models.modules().count(), 1);
    let module = models.modules().next().unwrap();
    assert_eq!(module.name, "book");
    assert!(models.types(module).eq(["Book", "BookAuthor", "BookTagsItem"]));
}

#[test]
fn members_are_returned_without_a_model() {
    let document = super::document(
        "Upload: {type: object, required: [file], properties: {file: {type: string, format: binary}, more: {type: array, items: {type: string, format: binary}}, note: {type: string}}}",
    );
    let mut schemas = Schemas::new(&document, &mut ProblemList::new()).unwrap();
    assert_eq!(schemas.kind(&Type::Named("Upload".into())), Some(ModelKind::Struct));
    let node = document.find("#/components/schemas/Upload", &document.root()).unwrap();
    let fields = schemas.members(&node, "Upload").unwrap().unwrap();
    let seen: Vec<_> = fields
        .iter()
        .map(|field| {
            (
                field.wire.as_str(),
                field.required,
                field.is_binary,
                field.ty.describe(),
            )
        })
        .collect();
    let expected = [
        ("file", true, true, "string"),
        ("more", false, true, "array of string"),
        ("note", false, false, "string"),
    ];
    assert_eq!(
        seen,
        expected.map(|(wire, required, binary, shown)| (wire, required, binary, shown.to_owned()))
    );
}

#[test]
fn documentation_contains_constraints() {
    let models = models(
        "A: {description: 'A [thing].', type: object, properties: {x: {type: string, minLength: 1, maxLength: 20, pattern: '^[a-z]+$', default: y}, p: {type: string, format: password, example: 'hidden-value'}}}",
    );
    let (context, module) = (models.context(), models.modules().next().unwrap());
    let code: String = context.items(module).map(super::pretty).collect();
    for line in [
        "/// A \\[thing\\].",
        "/// The member `x`.",
        "/// Sets the member `x`.",
        "/// Pattern: `^[a-z]+$`. From 1 to 20 characters. Default: `y`.",
    ] {
        assert!(code.contains(line), "{line}\n is not in\n{code}");
    }
    assert!(!code.contains("hidden-value"));
}
