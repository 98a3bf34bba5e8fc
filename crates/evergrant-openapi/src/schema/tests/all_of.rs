//! Merging of schemas by `allOf`.

use super::{assert_code, models, rejected};

const BASE: &str =
    "\nBase: {type: object, required: [id], properties: {id: {type: string}, state: {type: string, enum: [on, off]}}}";

#[test]
fn members_of_all_parts_are_merged() {
    let schemas = format!(
        "A: {{description: Both., allOf: [{{$ref: '#/components/schemas/Base'}}, {{type: object, required: [state], properties: {{x: {{type: integer}}}}}}]}}{BASE}"
    );
    assert_code(
        &schemas,
        &[
            "pub struct A { pub id: String, pub state: crate::models::BaseState, ",
            "pub x: Option<i64>",
        ],
    );
}

#[test]
fn a_single_part_with_annotations_is_that_part() {
    let schemas = format!(
        "A: {{type: object, properties: {{b: {{description: Words., nullable: true, allOf: [{{$ref: '#/components/schemas/Base'}}]}}}}}}{BASE}"
    );
    assert_code(&schemas, &["pub b: Option<crate::models::Base>"]);
}

#[test]
fn a_member_in_two_parts_is_merged() {
    let schemas = format!(
        "A: {{allOf: [{{$ref: '#/components/schemas/Base'}}, {{properties: {{id: {{minLength: 3}}, state: {{enum: [on]}}}}}}]}}{BASE}"
    );
    assert_code(
        &schemas,
        &[
            "pub id: String",
            "pub enum BaseState",
            "pub enum AState { On, Unknown(String), }",
        ],
    );
}

#[test]
fn scalar_parts_are_merged() {
    assert_code(
        "A: {allOf: [{type: string}, {enum: [x, y]}]}",
        &["pub enum A { X, Y, Unknown(String), }"],
    );
    let models = models("A: {allOf: [{type: string}, {type: integer}]}");
    assert_eq!(models.warnings.len(), 1);
}

#[test]
fn cycles_are_rejected() {
    for schemas in [
        "A: {allOf: [{$ref: '#/components/schemas/A'}, {type: object}]}",
        "A: {allOf: [{$ref: '#/components/schemas/B'}, {minLength: 1}]}\nB: {allOf: [{$ref: '#/components/schemas/A'}, {maxLength: 1}]}",
        "A: {$ref: '#/components/schemas/B'}\nB: {$ref: '#/components/schemas/A'}",
        "A: {anyOf: [{$ref: '#/components/schemas/A'}]}",
    ] {
        rejected(schemas);
    }
}
