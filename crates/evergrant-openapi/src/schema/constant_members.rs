//! Members with a constant value: single-value enums, and the tag of a struct that is a variant of unions.

use std::collections::HashMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use super::emit_enum::integer_literal;
use super::model::{Field, Shape};
use super::{Models, Type};

/// The tag values of structs, by struct and member name; `None` if unions use different values.
pub(super) struct ConstMembers<'s> {
    tags: HashMap<(&'s str, &'s str), Option<&'s str>>,
}

impl<'s> ConstMembers<'s> {
    pub(super) fn new(models: &'s Models) -> Self {
        let mut tags: HashMap<(&str, &str), Option<&str>> = HashMap::new();
        for model in &models.list {
            let Shape::Union(union) = &model.shape else { continue };
            let Some(tag) = &union.tag else { continue };
            for variant in &union.variants {
                let Type::Named(name) = &variant.ty else { continue };
                let value = match variant.tags.as_slice() {
                    [value] => Some(value.as_str()),
                    _ => None,
                };
                let known = tags.entry((name, tag)).or_insert(value);
                if *known != value {
                    *known = None;
                }
            }
        }
        Self { tags }
    }

    /// Returns the expression for a member that `new` sets without a parameter.
    pub(super) fn value(&self, models: &Models, owner: &str, field: &Field) -> Option<TokenStream> {
        if !field.required {
            return None;
        }
        match &field.constant {
            Some(Value::String(text)) => return Some(quote!(#text.to_owned())),
            Some(Value::Bool(value)) => return Some(quote!(#value)),
            Some(value) => return value.as_i64().map(integer_literal),
            None => {}
        }
        if let Some(constant) = constant(models, &field.ty) {
            return Some(constant);
        }
        let tag = (*self.tags.get(&(owner, field.wire.as_str()))?)?;
        match &field.ty {
            Type::String => Some(quote!(#tag.to_owned())),
            Type::Named(name) => {
                let Shape::StringEnum(texts) = &models.model(&field.ty)?.shape else {
                    return None;
                };
                let name = format_ident!("{name}");
                let variant = texts.variants.iter().find(|variant| variant.value == tag)?;
                let variant = format_ident!("{}", variant.name);
                Some(quote!(crate::models::#name::#variant))
            }
            _ => None,
        }
    }
}

/// Returns the variant of a single-value enum.
fn constant(models: &Models, ty: &Type) -> Option<TokenStream> {
    let Type::Named(name) = ty else { return None };
    let variant = match &models.model(ty)?.shape {
        Shape::StringEnum(texts) if texts.variants.len() == 1 => &texts.variants[0].name,
        Shape::IntegerEnum(integers) if integers.variants.len() == 1 => &integers.variants[0].name,
        _ => return None,
    };
    let (name, variant) = (format_ident!("{name}"), format_ident!("{variant}"));
    Some(quote!(crate::models::#name::#variant))
}
