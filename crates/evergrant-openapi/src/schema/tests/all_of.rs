//! What is put together from several schemas.

use super::{gives, models, refused};

const BASE: &str =
    "\nBase: {type: object, required: [id], properties: {id: {type: string}, state: {type: string, enum: [on, off]}}}";

#[test]
fn members_come_from_all_parts_and_keep_their_types() {
    let schemas = format!(
        "A: {{description: Both., allOf: [{{$ref: '#/components/schemas/Base'}}, {{type: object, required: [state], properties: {{x: {{type: integer}}}}}}]}}{BASE}"
    );
    gives(
        &schemas,
        &[
            "pub struct A { pub id: String, pub state: super::BaseState, ",
            "pub x: Option<i64>",
        ],
    );
}

#[test]
fn one_part_with_words_around_it_is_that_part() {
    let schemas = format!(
        "A: {{type: object, properties: {{b: {{description: Words., nullable: true, allOf: [{{$ref: '#/components/schemas/Base'}}]}}}}}}{BASE}"
    );
    gives(&schemas, &["pub b: Option<super::Base>"]);
}

#[test]
fn what_two_parts_say_of_one_member_is_put_together() {
    let schemas = format!(
        "A: {{allOf: [{{$ref: '#/components/schemas/Base'}}, {{properties: {{id: {{minLength: 3}}, state: {{enum: [on]}}}}}}]}}{BASE}"
    );
    gives(
        &schemas,
        &[
            "pub id: String",
            "pub enum BaseState",
            "pub enum AState { On, Unknown(String), }",
        ],
    );
}

#[test]
fn parts_that_are_no_objects() {
    gives(
        "A: {allOf: [{type: string}, {enum: [x, y]}]}",
        &["pub enum A { X, Y, Unknown(String), }"],
    );
    let models = models("A: {allOf: [{type: string}, {type: integer}]}");
    assert_eq!(models.warnings.len(), 1);
}

#[test]
fn circles_are_refused() {
    for schemas in [
        "A: {allOf: [{$ref: '#/components/schemas/A'}, {type: object}]}",
        "A: {allOf: [{$ref: '#/components/schemas/B'}, {minLength: 1}]}\nB: {allOf: [{$ref: '#/components/schemas/A'}, {maxLength: 1}]}",
        "A: {$ref: '#/components/schemas/B'}\nB: {$ref: '#/components/schemas/A'}",
        "A: {anyOf: [{$ref: '#/components/schemas/A'}]}",
    ] {
        refused(schemas);
    }
}
