//! Types of scalars, arrays and maps.

use super::type_of;

#[test]
fn scalars_depend_on_type_and_format() {
    for (schema, ty) in [
        ("{type: boolean}", "bool"),
        ("{type: integer}", "i64"),
        ("{type: integer, format: int32}", "i32"),
        ("{type: integer, format: uint64}", "u64"),
        ("{type: integer, minimum: 0, maximum: 18446744073709551615}", "u64"),
        ("{type: integer, format: int64, maximum: 18446744073709551615}", "u64"),
        ("{type: integer, minimum: 0, maximum: 9223372036854775807}", "i64"),
        ("{type: integer, minimum: -1, maximum: 18446744073709551615}", "i64"),
        ("{type: number, format: float}", "f64"),
        ("{type: string, format: uuid}", "String"),
        ("{type: string, format: PASSWORD}", "evergrant_sdk::SensitiveString"),
        ("{type: string, format: date-time}", "evergrant_sdk::DateTime"),
        ("{type: string, format: date}", "evergrant_sdk::Date"),
        ("{type: string, format: binary}", "evergrant_sdk::bytes::Bytes"),
        (
            "{contentMediaType: application/octet-stream, type: string}",
            "evergrant_sdk::bytes::Bytes",
        ),
        ("{}", "serde_json::Value"),
        ("true", "serde_json::Value"),
        ("false", "serde_json::Value"),
    ] {
        assert_eq!(type_of(schema), ty, "{schema}");
    }
}

#[test]
fn nullable_schemas_are_optional() {
    for schema in [
        "{type: string, nullable: true}",
        "{type: [string, 'null']}",
        "{oneOf: [{type: string}, {type: 'null'}]}",
        "{anyOf: [{type: string, nullable: true}, {enum: [null]}]}",
        "{allOf: [{type: string}], nullable: true}",
    ] {
        assert_eq!(type_of(schema), "Option<String>", "{schema}");
    }
    assert_eq!(
        type_of("{oneOf: [{$ref: '#/components/schemas/Other'}, {type: 'null'}]}"),
        "Option<m::Other>"
    );
    assert_eq!(
        type_of("{$ref: '#/components/schemas/Other', nullable: true}"),
        "Option<m::Other>"
    );
}

#[test]
fn arrays_and_maps_have_typed_items() {
    for (schema, ty) in [
        ("{type: array, items: {type: string}}", "Vec<String>"),
        ("{items: {type: [integer, 'null']}}", "Vec<Option<i64>>"),
        ("{type: array}", "Vec<serde_json::Value>"),
        (
            "{type: array, prefixItems: [{type: number}, {type: number}]}",
            "Vec<f64>",
        ),
        (
            "{type: array, prefixItems: [{type: number}, {type: string}]}",
            "Vec<serde_json::Value>",
        ),
        ("{type: object}", "serde_json::Map<String,serde_json::Value>"),
        (
            "{additionalProperties: {type: integer}}",
            "std::collections::BTreeMap<String,i64>",
        ),
        (
            "{patternProperties: {'^x': {type: boolean}}}",
            "std::collections::BTreeMap<String,bool>",
        ),
        (
            "{type: object, additionalProperties: true}",
            "serde_json::Map<String,serde_json::Value>",
        ),
    ] {
        assert_eq!(type_of(schema), ty, "{schema}");
    }
}

#[test]
fn a_missing_type_is_inferred_from_other_keywords() {
    for (schema, ty) in [
        ("{minLength: 1}", "String"),
        ("{maximum: 1}", "f64"),
        ("{format: date}", "evergrant_sdk::Date"),
        ("{properties: {a: {type: string}}}", "m::A"),
        ("{minItems: 1}", "Vec<serde_json::Value>"),
        ("{not: {type: string}, type: integer, if: {}, then: {}}", "i64"),
    ] {
        assert_eq!(type_of(schema), ty, "{schema}");
    }
}
