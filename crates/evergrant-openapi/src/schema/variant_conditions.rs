//! Conditions of untagged unions: a variant is only deserialized if the members and constants of the value match.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use super::model::{Field, Shape, Struct, Union, UnionVariant};
use super::{Models, Type};

/// Conditions on `value`.
#[derive(Default)]
pub(super) struct Guard {
    /// Conditions for every pass.
    pub(super) always: Vec<TokenStream>,
    /// Additional conditions for the first pass, in which the variant must represent the value completely.
    pub(super) exact: Vec<TokenStream>,
    /// Pattern of a deserialized value that is not a match.
    pub(super) except: Option<TokenStream>,
}

/// Returns the variants in the order in which they are tried: most specific first.
pub(super) fn by_specificity<'u>(models: &Models, union: &'u Union) -> Vec<&'u UnionVariant> {
    let mut variants: Vec<&UnionVariant> = union.variants.iter().collect();
    variants.sort_by_cached_key(|variant| rank(models, &variant.ty));
    variants
}

/// Returns the number of conditions that a variant adds to the code of a union.
pub(super) fn condition_count(models: &Models, union: &Union, variant: &UnionVariant) -> usize {
    let tags = variant.tags.len();
    match models.model(&variant.ty).map(|model| &model.shape) {
        Some(Shape::Union(inner)) if inner.tag.is_some() && inner.tag == union.tag => {
            tags + inner.variants.iter().map(|variant| variant.tags.len()).sum::<usize>()
        }
        Some(Shape::Struct(object)) if union.tag.is_none() => {
            let values = object.fields.iter().map(|field| count(models, field).unwrap_or(0));
            object.fields.len() + values.sum::<usize>()
        }
        Some(Shape::StringEnum(texts)) => texts.variants.len(),
        Some(Shape::IntegerEnum(integers)) => integers.variants.len(),
        _ => tags,
    }
}

fn rank(models: &Models, ty: &Type) -> (u8, usize) {
    match (ty, models.model(ty).map(|model| &model.shape)) {
        (Type::Named(_), Some(Shape::Struct(object))) => {
            let required = object.fields.iter().filter(|field| field.required).count();
            let constant = object
                .fields
                .iter()
                .filter(|field| count(models, field) == Some(1))
                .count();
            (0, usize::MAX - required - constant)
        }
        (Type::Bool | Type::I32 | Type::I64 | Type::U32 | Type::U64, _) => (1, 0),
        (Type::Named(_), Some(Shape::IntegerEnum(_))) => (0, 0),
        (Type::Named(_), Some(Shape::StringEnum(_))) => (1, 0),
        (Type::F64 | Type::String | Type::Sensitive | Type::DateTime | Type::Date | Type::Bytes, _) => (2, 0),
        (Type::Array(_), _) => (3, 0),
        (Type::Named(_), _) => (4, 0),
        (Type::Map(_) | Type::Nullable(_), _) => (5, 0),
        (Type::Json, _) => (6, 0),
    }
}

pub(super) fn guard(models: &Models, ty: &Type) -> Guard {
    let mut guard = Guard::default();
    let Type::Named(name) = ty else { return guard };
    match models.model(ty).map(|model| &model.shape) {
        Some(Shape::Struct(object)) => members(models, object, &mut guard),
        Some(Shape::StringEnum(texts)) => {
            let values = texts.variants.iter().map(|variant| variant.value.as_str());
            guard
                .exact
                .push(quote!(value.as_str().is_some_and(|text| matches!(text, #(#values)|*))));
        }
        Some(Shape::IntegerEnum(integers)) => {
            let values = integers
                .variants
                .iter()
                .map(|variant| variant.value)
                .map(super::emit_enum::integer_literal);
            guard.exact.push(quote!(
                value.as_i64().is_some_and(|integer| matches!(integer, #(#values)|*))
            ));
        }
        Some(Shape::Union(union)) if !union.variants.is_empty() => {
            let (name, unknown) = (format_ident!("{name}"), format_ident!("{}", union.unknown));
            guard.except = Some(quote!(crate::models::#name::#unknown(_)));
        }
        _ => {}
    }
    guard
}

fn members(models: &Models, object: &Struct, guard: &mut Guard) {
    guard.always.push(quote!(value.is_object()));
    for field in &object.fields {
        let Some(values) = values(models, field) else { continue };
        let wire = &field.wire;
        let condition = quote!(value.get(#wire).is_none_or(|member| #(#values)||*));
        match values.len() {
            1 if !field.ty.is_nullable() => guard.always.push(condition),
            1 => guard
                .always
                .push(quote!(value.get(#wire).is_none_or(|member| member.is_null() || #(#values)||*))),
            _ => guard
                .exact
                .push(quote!(value.get(#wire).is_none_or(|member| member.is_null() || #(#values)||*))),
        }
    }
    if object.additional.is_none() && !object.fields.is_empty() {
        let names = object.fields.iter().map(|field| field.wire.as_str());
        guard.exact.push(quote!(value.as_object().is_some_and(|members| {
            members.keys().all(|name| matches!(name.as_str(), #(#names)|*))
        })));
    }
}

/// Returns the number of enum values of a member.
fn count(models: &Models, field: &Field) -> Option<usize> {
    if field.constant.is_some() {
        return Some(1);
    }
    match &models.model(&field.ty)?.shape {
        Shape::StringEnum(texts) => Some(texts.variants.len()),
        Shape::IntegerEnum(integers) => Some(integers.variants.len()),
        _ => None,
    }
}

/// Returns the conditions on `member`, one for each of its enum values.
fn values(models: &Models, field: &Field) -> Option<Vec<TokenStream>> {
    match &field.constant {
        Some(Value::String(text)) => return Some(vec![quote!(member == #text)]),
        Some(Value::Bool(value)) => return Some(vec![quote!(member.as_bool() == Some(#value))]),
        Some(value) => {
            let value = super::emit_enum::integer_literal(value.as_i64()?);
            return Some(vec![quote!(member.as_i64() == Some(#value))]);
        }
        None => {}
    }
    Some(match &models.model(&field.ty)?.shape {
        Shape::StringEnum(texts) => texts
            .variants
            .iter()
            .map(|variant| variant.value.as_str())
            .map(|value| quote!(member == #value))
            .collect(),
        Shape::IntegerEnum(integers) => {
            let values = integers
                .variants
                .iter()
                .map(|variant| super::emit_enum::integer_literal(variant.value));
            values.map(|value| quote!(member.as_i64() == Some(#value))).collect()
        }
        _ => return None,
    })
}
