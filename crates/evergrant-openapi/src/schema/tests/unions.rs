//! Unions.

use super::{code, gives, models, refused};

const KINDS: &str = "
Cat: {type: object, required: [kind], properties: {kind: {type: string}, lives: {type: integer}}}
Dog: {type: object, properties: {name: {type: string}}}";

#[test]
fn tags_come_from_the_mapping_or_from_names() {
    let schemas = format!(
        "Pet: {{oneOf: [{{$ref: '#/components/schemas/Cat'}}, {{$ref: '#/components/schemas/Dog'}}], discriminator: {{propertyName: kind, mapping: {{cat: Cat}}}}}}{KINDS}"
    );
    gives(
        &schemas,
        &[
            "pub enum Pet { Cat(Box<super::Cat>), Dog(Box<super::Dog>), Unknown(serde_json::Value), }",
            "Some(\"cat\") =>",
            "Some(\"Dog\") =>",
            "impl From<super::Cat> for Pet",
            "kind: \"cat\".to_owned()",
        ],
    );
}

#[test]
fn tags_that_the_value_cannot_keep_are_variants_of_their_own() {
    let schemas = format!(
        "Pet: {{oneOf: [{{$ref: '#/components/schemas/Cat'}}, {{$ref: '#/components/schemas/Dog'}}], discriminator: {{propertyName: kind, mapping: {{cat: Cat, tomcat: Cat, dog: Dog, puppy: Dog}}}}}}{KINDS}"
    );
    gives(
        &schemas,
        &[
            "Cat(Box<super::Cat>), Dog(Box<super::Dog>), Puppy(Box<super::Dog>)",
            "Some(\"cat\" | \"tomcat\")",
        ],
    );
    assert!(!code(&models(&schemas)).contains("From<super::Dog>"));
}

#[test]
fn the_most_specific_is_tried_first() {
    let code = code(&models(
        "A: {anyOf: [{type: string}, {title: Loose, type: object, properties: {a: {type: string}}}, {title: Strict, type: object, required: [a], properties: {a: {type: string}}}]}",
    ));
    let reads = code.split("fn deserialize").nth(1).unwrap();
    assert!(reads.find("AStrict").unwrap() < reads.find("ALoose").unwrap());
}

#[test]
fn branches_that_only_require_are_dropped() {
    gives(
        "A: {type: object, properties: {a: {type: string}, b: {type: string}}, anyOf: [{required: [a]}, {title: B, required: [b]}]}",
        &["pub struct A { #[serde(default, skip_serializing_if = \"Option::is_none\")] pub a: Option<String>"],
    );
}

#[test]
fn what_stands_beside_a_choice_comes_into_each_variant() {
    gives(
        "A: {type: object, required: [id], properties: {id: {type: string}}, oneOf: [{title: First, type: object, properties: {x: {type: string}}}, {title: Second, type: object, properties: {y: {type: string}}}]}",
        &[
            "pub enum A { First(Box<super::AFirst>), Second(Box<super::ASecond>)",
            "pub struct AFirst { pub id: String,",
        ],
    );
}

#[test]
fn several_types_are_a_union() {
    gives(
        "A: {type: [string, integer, 'null']}",
        &["pub enum A { Integer(i64), String(String), Unknown(serde_json::Value), }"],
    );
}

#[test]
fn a_base_with_a_discriminator_is_all_of_its_kinds() {
    gives(
        "Pet: {type: object, required: [kind], discriminator: {propertyName: kind}, properties: {kind: {type: string}}}\nCat: {allOf: [{$ref: '#/components/schemas/Pet'}, {type: object, properties: {lives: {type: integer}}}]}\nHome: {type: object, properties: {pet: {$ref: '#/components/schemas/Pet'}}}",
        &[
            "pub enum Pet { Cat(Box<super::Cat>),",
            "pub struct Cat { pub kind: String, ",
            "pub pet: Option<super::Pet>",
        ],
    );
}

#[test]
fn a_variant_may_have_the_union_in_its_all_of() {
    gives(
        "Pet: {type: object, required: [kind], discriminator: {propertyName: kind}, properties: {kind: {type: string}}, oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]}\nCat: {allOf: [{$ref: '#/components/schemas/Pet'}, {type: object, properties: {lives: {type: integer}}}]}\nDog: {allOf: [{$ref: '#/components/schemas/Pet'}]}",
        &[
            "pub enum Pet { Cat(Box<super::Cat>), Dog(Box<super::Dog>),",
            "pub struct Dog { pub kind: String, }",
        ],
    );
}

#[test]
fn a_discriminator_needs_its_member() {
    let problem = refused(
        "A: {oneOf: [{type: object, properties: {x: {type: string}}}, {type: string}], discriminator: {mapping: {}}}",
    );
    assert!(problem.to_string().contains("propertyName"));
}
