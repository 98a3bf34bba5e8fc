//! Enums of strings and integers.

use super::{assert_code, models, rejected, type_of};

#[test]
fn string_enums_are_open_and_preserve_unknown_values() {
    assert_code(
        "Status: {type: string, enum: [in stock, '+1', '-1', '', unknown]}",
        &[
            "pub enum Status { InStock, Plus1, Minus1, Empty, Unknown, UnknownValue(String), }",
            "Self::InStock => \"in stock\"",
            "_ => Self::UnknownValue(value.to_owned())",
        ],
    );
}

#[test]
fn integer_variants_are_named_after_their_value_or_an_extension() {
    assert_code(
        "A: {type: integer, enum: [1, -2]}",
        &[
            "pub enum A { Value1, ValueMinus2, Unknown(i64), }",
            "-2 => Self::ValueMinus2",
        ],
    );
    assert_code(
        "A: {type: integer, enum: [1, 2], x-enum-varnames: [low, high]}",
        &["pub enum A { Low, High, Unknown(i64), }"],
    );
    assert_code(
        "A: {type: string, enum: [a, b], x-evergrant-enum-names: [First, Second]}",
        &["Self::First => \"a\""],
    );
    let problem = rejected("A: {type: string, enum: [a, b], x-evergrant-enum-names: [First]}");
    assert!(problem.to_string().contains("x-evergrant-enum-names"));
}

#[test]
fn a_null_value_makes_the_enum_optional() {
    assert_eq!(type_of("{type: [string, 'null'], enum: [a, null]}"), "Option<m::A>");
}

#[test]
fn a_one_of_constants_is_an_enum() {
    assert_code(
        "A: {oneOf: [{const: small, title: Small ones}, {const: large}]}\nB: {anyOf: [{type: string}, {type: string, enum: [x]}]}",
        &[
            "pub enum A { Small, Large, Unknown(String), }",
            "pub enum B { X, Unknown(String), }",
        ],
    );
}

#[test]
fn enums_of_other_types_are_scalars_or_arbitrary_json() {
    assert_eq!(type_of("{type: boolean, enum: [true]}"), "bool");
    assert_eq!(type_of("{enum: [0.5, 1]}"), "f64");
    let models = models("A: {enum: [1, a]}");
    assert_eq!(models.warnings[0].pointer().to_string(), "#/components/schemas/A");
}

#[test]
fn required_constants_are_set_by_new() {
    assert_code(
        "A: {type: object, required: [kind, x], properties: {kind: {const: book}, x: {type: string}}}",
        &["pub fn new(x: impl Into<String>) -> Self { Self { kind: \"book\".to_owned(), x: x.into(), } }"],
    );
}
