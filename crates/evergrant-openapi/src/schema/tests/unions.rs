//! Unions of schemas: `oneOf` and `anyOf`.

use super::{assert_code, code, models, rejected};

const KINDS: &str = "
Cat: {type: object, required: [kind], properties: {kind: {type: string}, lives: {type: integer}}}
Dog: {type: object, properties: {name: {type: string}}}";

#[test]
fn tags_are_mapping_values_or_component_names() {
    let schemas = format!(
        "Pet: {{oneOf: [{{$ref: '#/components/schemas/Cat'}}, {{$ref: '#/components/schemas/Dog'}}], discriminator: {{propertyName: kind, mapping: {{cat: Cat}}}}}}{KINDS}"
    );
    assert_code(
        &schemas,
        &[
            "pub enum Pet { Cat(Box<crate::models::Cat>), Dog(Box<crate::models::Dog>), Unknown(serde_json::Value), }",
            "Some(\"cat\") =>",
            "Some(\"Dog\") =>",
            "impl From<crate::models::Cat> for Pet",
            "kind: \"cat\".to_owned()",
        ],
    );
}

#[test]
fn tags_missing_in_the_value_are_separate_variants() {
    let schemas = format!(
        "Pet: {{oneOf: [{{$ref: '#/components/schemas/Cat'}}, {{$ref: '#/components/schemas/Dog'}}], discriminator: {{propertyName: kind, mapping: {{cat: Cat, tomcat: Cat, dog: Dog, puppy: Dog}}}}}}{KINDS}"
    );
    assert_code(
        &schemas,
        &[
            "Cat(Box<crate::models::Cat>), Dog(Box<crate::models::Dog>), Puppy(Box<crate::models::Dog>)",
            "Some(\"cat\" | \"tomcat\")",
        ],
    );
    assert!(!code(&models(&schemas)).contains("From<crate::models::Dog>"));
}

#[test]
fn the_most_specific_variant_is_tried_first() {
    let code = code(&models(
        "A: {anyOf: [{type: string}, {title: Loose, type: object, properties: {a: {type: string}}}, {title: Strict, type: object, required: [a], properties: {a: {type: string}}}]}",
    ));
    let reads = code.split("fn deserialize").nth(1).unwrap();
    assert!(reads.find("AStrict").unwrap() < reads.find("ALoose").unwrap());
}

#[test]
fn branches_that_only_require_members_are_ignored() {
    assert_code(
        "A: {type: object, properties: {a: {type: string}, b: {type: string}}, anyOf: [{required: [a]}, {title: B, required: [b]}]}",
        &["pub struct A { #[serde(default, skip_serializing_if = \"Option::is_none\")] pub a: Option<String>"],
    );
}

#[test]
fn siblings_of_a_choice_are_merged_into_each_variant() {
    assert_code(
        "A: {type: object, required: [id], properties: {id: {type: string}}, oneOf: [{title: First, type: object, properties: {x: {type: string}}}, {title: Second, type: object, properties: {y: {type: string}}}]}",
        &[
            "pub enum A { First(Box<crate::models::AFirst>), Second(Box<crate::models::ASecond>)",
            "pub struct AFirst { pub id: String,",
        ],
    );
}

#[test]
fn several_types_are_a_union() {
    assert_code(
        "A: {type: [string, integer, 'null']}",
        &["pub enum A { Integer(i64), String(String), Unknown(serde_json::Value), }"],
    );
}

#[test]
fn a_base_with_a_discriminator_is_a_union_of_its_subtypes() {
    assert_code(
        "Pet: {type: object, required: [kind], discriminator: {propertyName: kind}, properties: {kind: {type: string}}}\nCat: {allOf: [{$ref: '#/components/schemas/Pet'}, {type: object, properties: {lives: {type: integer}}}]}\nHome: {type: object, properties: {pet: {$ref: '#/components/schemas/Pet'}}}",
        &[
            "pub enum Pet { Cat(Box<crate::models::Cat>),",
            "pub struct Cat { pub kind: String, ",
            "pub pet: Option<crate::models::Pet>",
        ],
    );
}

#[test]
fn a_variant_may_reference_the_union_in_its_all_of() {
    assert_code(
        "Pet: {type: object, required: [kind], discriminator: {propertyName: kind}, properties: {kind: {type: string}}, oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]}\nCat: {allOf: [{$ref: '#/components/schemas/Pet'}, {type: object, properties: {lives: {type: integer}}}]}\nDog: {allOf: [{$ref: '#/components/schemas/Pet'}]}",
        &[
            "pub enum Pet { Cat(Box<crate::models::Cat>), Dog(Box<crate::models::Dog>),",
            "pub struct Dog { pub kind: String, }",
        ],
    );
}

#[test]
fn a_discriminator_requires_a_property_name() {
    let problem = rejected(
        "A: {oneOf: [{type: object, properties: {x: {type: string}}}, {type: string}], discriminator: {mapping: {}}}",
    );
    assert!(problem.to_string().contains("propertyName"));
}
