//! Enums.

use super::{gives, models, refused, type_of};

#[test]
fn texts_are_open_and_keep_what_they_do_not_know() {
    gives(
        "Status: {type: string, enum: [in stock, '+1', '-1', '', unknown]}",
        &[
            "pub enum Status { InStock, Plus1, Minus1, Empty, Unknown, UnknownValue(String), }",
            "Self::InStock => \"in stock\"",
            "_ => Self::UnknownValue(value.to_owned())",
        ],
    );
}

#[test]
fn integers_have_names_of_their_values_or_chosen_ones() {
    gives(
        "A: {type: integer, enum: [1, -2]}",
        &[
            "pub enum A { Value1, ValueMinus2, Unknown(i64), }",
            "-2 => Self::ValueMinus2",
        ],
    );
    gives(
        "A: {type: integer, enum: [1, 2], x-enum-varnames: [low, high]}",
        &["pub enum A { Low, High, Unknown(i64), }"],
    );
    gives(
        "A: {type: string, enum: [a, b], x-evergrant-enum-names: [First, Second]}",
        &["Self::First => \"a\""],
    );
    let problem = refused("A: {type: string, enum: [a, b], x-evergrant-enum-names: [First]}");
    assert!(problem.to_string().contains("x-evergrant-enum-names"));
}

#[test]
fn null_among_the_values_makes_it_an_option() {
    assert_eq!(type_of("{type: [string, 'null'], enum: [a, null]}"), "Option<m::A>");
}

#[test]
fn one_of_with_constants_is_an_enum() {
    gives(
        "A: {oneOf: [{const: small, title: Small ones}, {const: large}]}\nB: {anyOf: [{type: string}, {type: string, enum: [x]}]}",
        &[
            "pub enum A { Small, Large, Unknown(String), }",
            "pub enum B { X, Unknown(String), }",
        ],
    );
}

#[test]
fn others_are_plain_or_free_json() {
    assert_eq!(type_of("{type: boolean, enum: [true]}"), "bool");
    assert_eq!(type_of("{enum: [0.5, 1]}"), "f64");
    let models = models("A: {enum: [1, a]}");
    assert_eq!(models.warnings[0].place().to_string(), "#/components/schemas/A");
}

#[test]
fn a_constant_that_is_required_is_set_by_new() {
    gives(
        "A: {type: object, required: [kind, x], properties: {kind: {const: book}, x: {type: string}}}",
        &["pub fn new(x: impl Into<String>) -> Self { Self { kind: super::AKind::Book, x: x.into(), } }"],
    );
}
