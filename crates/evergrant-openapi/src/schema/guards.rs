//! How an untagged union tells its variants apart, as far as a value's members and constants say more than reading it would.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::model::{Field, Shape, Struct, Union, UnionVariant};
use super::{Schemas, Type};

/// Conditions on `value`.
#[derive(Default)]
pub(super) struct Guard {
    /// What always has to be.
    pub(super) always: Vec<TokenStream>,
    /// What has to be in the first round, in which nothing of the value may be lost or unknown.
    pub(super) first: Vec<TokenStream>,
    /// The pattern of what was read that is no match.
    pub(super) except: Option<TokenStream>,
}

/// The variants in the order in which they are tried: most specific first.
pub(super) fn ordered<'u>(schemas: &Schemas<'_>, union: &'u Union) -> Vec<&'u UnionVariant> {
    let mut variants: Vec<&UnionVariant> = union.variants.iter().collect();
    variants.sort_by_key(|variant| rank(schemas, &variant.ty));
    variants
}

fn rank(schemas: &Schemas<'_>, ty: &Type) -> (u8, usize) {
    match (ty, schemas.model(ty).map(|model| &model.shape)) {
        (Type::Named(_), Some(Shape::Struct(object))) => {
            let required = object.fields.iter().filter(|field| field.required).count();
            let constant = object
                .fields
                .iter()
                .filter(|field| values(schemas, field).is_some_and(|values| values.len() == 1))
                .count();
            (0, usize::MAX - required - constant)
        }
        (Type::Bool | Type::I32 | Type::I64 | Type::U32 | Type::U64, _) => (1, 0),
        (Type::Named(_), Some(Shape::Integers(_))) => (0, 0),
        (Type::Named(_), Some(Shape::Texts(_))) => (1, 0),
        (Type::F64 | Type::String | Type::Sensitive | Type::DateTime | Type::Date | Type::Bytes, _) => (2, 0),
        (Type::Array(_), _) => (3, 0),
        (Type::Named(_), _) => (4, 0),
        (Type::Map(_) | Type::Nullable(_), _) => (5, 0),
        (Type::Json, _) => (6, 0),
    }
}

pub(super) fn guard(schemas: &Schemas<'_>, ty: &Type) -> Guard {
    let mut guard = Guard::default();
    let Type::Named(name) = ty else { return guard };
    match schemas.model(ty).map(|model| &model.shape) {
        Some(Shape::Struct(object)) => members(schemas, object, &mut guard),
        Some(Shape::Texts(texts)) => {
            let values = texts.variants.iter().map(|variant| variant.value.as_str());
            guard
                .first
                .push(quote!(value.as_str().is_some_and(|text| matches!(text, #(#values)|*))));
        }
        Some(Shape::Integers(integers)) => {
            let values = integers
                .variants
                .iter()
                .map(|variant| variant.value)
                .map(super::emit_enum::integer);
            guard.first.push(quote!(
                value.as_i64().is_some_and(|integer| matches!(integer, #(#values)|*))
            ));
        }
        Some(Shape::Union(union)) if !union.variants.is_empty() => {
            let (name, unknown) = (format_ident!("{name}"), format_ident!("{}", union.unknown));
            guard.except = Some(quote!(super::#name::#unknown(_)));
        }
        _ => {}
    }
    guard
}

fn members(schemas: &Schemas<'_>, object: &Struct, guard: &mut Guard) {
    guard.always.push(quote!(value.is_object()));
    for field in &object.fields {
        let Some(values) = values(schemas, field) else { continue };
        let wire = &field.wire;
        let condition = quote!(value.get(#wire).is_none_or(|member| #(#values)||*));
        match values.len() {
            1 if !field.ty.is_nullable() => guard.always.push(condition),
            1 => guard
                .always
                .push(quote!(value.get(#wire).is_none_or(|member| member.is_null() || #(#values)||*))),
            _ => guard
                .first
                .push(quote!(value.get(#wire).is_none_or(|member| member.is_null() || #(#values)||*))),
        }
    }
    if object.rest.is_none() && !object.fields.is_empty() {
        let names = object.fields.iter().map(|field| field.wire.as_str());
        guard.first.push(quote!(value.as_object().is_some_and(|members| {
            members.keys().all(|name| matches!(name.as_str(), #(#names)|*))
        })));
    }
}

/// The conditions on `member` for each of the values that the description has for it.
fn values(schemas: &Schemas<'_>, field: &Field) -> Option<Vec<TokenStream>> {
    Some(match &schemas.model(&field.ty)?.shape {
        Shape::Texts(texts) => texts
            .variants
            .iter()
            .map(|variant| variant.value.as_str())
            .map(|value| quote!(member == #value))
            .collect(),
        Shape::Integers(integers) => {
            let values = integers
                .variants
                .iter()
                .map(|variant| super::emit_enum::integer(variant.value));
            values.map(|value| quote!(member.as_i64() == Some(#value))).collect()
        }
        _ => return None,
    })
}
