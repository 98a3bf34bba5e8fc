//! Generates enums for unions, deserialized by tag or by trying the variants. Unknown values are preserved.

use std::collections::HashMap;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::boxed_members::Indirection;
use super::emit_models::Context;
use super::model::{Shape, Union, UnionVariant};
use super::variant_conditions::{by_specificity, guard};
use super::{Models, Type};
use crate::doc_sanitizer::docs;

pub(super) fn item(context: &Context<'_>, index: usize, union: &Union) -> TokenStream {
    let model = &context.models.list[index];
    let about = docs(&model.docs);
    let name = format_ident!("{}", model.name);
    let unknown = format_ident!("{}", union.unknown);
    if union.variants.is_empty() {
        return quote! {
            #about
            pub type #name = serde_json::Value;
        };
    }
    let models = context.models;
    let indirection = |ty: &Type| context.indirections.variant(models, index, ty);
    let variants = union.variants.iter().map(|variant| {
        let about = docs(&variant.docs);
        let ty = variant.ty.tokens();
        let (name, ty) = (ident(variant), indirection(&variant.ty).wrap_type(ty));
        quote!(#about #name(#ty),)
    });
    let conversions = conversions(models, &name, union, indirection);
    let (serialize, deserialize) = match &union.tag {
        Some(tag) => (
            serialize_tagged(models, tag, union),
            deserialize_tagged(tag, union, indirection),
        ),
        None => (serialize(union), deserialize(models, union, indirection)),
    };
    quote! {
        #about
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum #name {
            #(#variants)*
            /// A value that matches no other variant, as received.
            #unknown(serde_json::Value),
        }

        #conversions

        impl serde::Serialize for #name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                #serialize
            }
        }

        impl<'de> serde::Deserialize<'de> for #name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = serde_json::Value::deserialize(deserializer)?;
                #deserialize
            }
        }
    }
}

fn ident(variant: &UnionVariant) -> Ident {
    format_ident!("{}", variant.name)
}

/// Generates `From` for each type that occurs in one variant only.
fn conversions(
    models: &Models,
    name: &Ident,
    union: &Union,
    indirection: impl Fn(&Type) -> Indirection,
) -> TokenStream {
    let mut count: HashMap<&Type, usize> = HashMap::new();
    for variant in &union.variants {
        *count.entry(&variant.ty).or_default() += 1;
    }
    let is_distinct = |ty: &Type| match models.model(ty).map(|model| &model.shape) {
        Some(Shape::Alias(_) | Shape::Pending) => false,
        Some(Shape::Union(union)) => !union.variants.is_empty(),
        _ => *ty != Type::Json,
    };
    let unique = union
        .variants
        .iter()
        .filter(|variant| count[&variant.ty] == 1 && is_distinct(&variant.ty));
    let conversions = unique.map(|variant| {
        let (variant_name, ty) = (ident(variant), variant.ty.tokens());
        let value = indirection(&variant.ty).wrap_value(quote!(value));
        let from_str = (variant.ty == Type::String).then(|| {
            quote! {
                impl From<&str> for #name {
                    fn from(value: &str) -> Self {
                        Self::#variant_name(value.to_owned())
                    }
                }
            }
        });
        quote! {
            impl From<#ty> for #name {
                fn from(value: #ty) -> Self {
                    Self::#variant_name(#value)
                }
            }
            #from_str
        }
    });
    quote!(#(#conversions)*)
}

fn serialize(union: &Union) -> TokenStream {
    let names = union.variants.iter().map(ident);
    let unknown = format_ident!("{}", union.unknown);
    quote! {
        match self {
            #(Self::#names(value) => value.serialize(serializer),)*
            Self::#unknown(value) => value.serialize(serializer),
        }
    }
}

/// Serializes the tag once: with the value's own tag if it belongs to this variant.
fn serialize_tagged(models: &Models, tag: &str, union: &Union) -> TokenStream {
    let names = union.variants.iter().map(ident);
    let unknown = format_ident!("{}", union.unknown);
    let tags = union.variants.iter().map(|variant| {
        let mut tags: Vec<&str> = variant.tags.iter().map(String::as_str).collect();
        if let Some(Shape::Union(inner)) = models.model(&variant.ty).map(|model| &model.shape)
            && inner.tag.as_deref() == Some(tag)
        {
            tags.extend(
                inner
                    .variants
                    .iter()
                    .flat_map(|variant| variant.tags.iter().map(String::as_str)),
            );
        }
        quote!(&[#(#tags),*])
    });
    quote! {
        let (value, tags): (_, &[&str]) = match self {
            #(Self::#names(value) => (serde_json::to_value(value), #tags),)*
            Self::#unknown(value) => return value.serialize(serializer),
        };
        let mut value = value.map_err(serde::ser::Error::custom)?;
        if let Some(members) = value.as_object_mut() {
            let tag = members.get(#tag).and_then(serde_json::Value::as_str);
            if !tag.is_some_and(|tag| tags.contains(&tag)) {
                members.insert(#tag.to_owned(), tags[0].into());
            }
        }
        value.serialize(serializer)
    }
}

/// Deserializes from a borrowed value, which is still available after a failure.
fn read(ty: &Type, indirection: Indirection) -> TokenStream {
    let tokens = ty.tokens();
    match (indirection, ty) {
        (Indirection::Opaque, _) => quote!(<#tokens as evergrant_sdk::OpaqueValue>::from_value(&value)),
        (_, ty) if ty.contains_integers() => quote!(evergrant_sdk::integer::deserialize::<#tokens, _>(&value)),
        (_, Type::Named(_) | Type::String | Type::Bool) => quote!(#tokens::deserialize(&value)),
        _ => quote!(<#tokens>::deserialize(&value)),
    }
}

fn construct(variant: &UnionVariant, indirection: Indirection) -> TokenStream {
    let (name, value) = (ident(variant), indirection.wrap_value(quote!(read)));
    quote!(Self::#name(#value))
}

fn deserialize_tagged(tag: &str, union: &Union, indirection: impl Fn(&Type) -> Indirection) -> TokenStream {
    let unknown = format_ident!("{}", union.unknown);
    let arms = union.variants.iter().map(|variant| {
        let (tags, read, constructed) = (
            &variant.tags,
            read(&variant.ty, indirection(&variant.ty)),
            construct(variant, indirection(&variant.ty)),
        );
        quote!(Some(#(#tags)|*) => #read.ok().map(|read| #constructed),)
    });
    quote! {
        let read = match value.get(#tag).and_then(serde_json::Value::as_str) {
            #(#arms)*
            _ => None,
        };
        Ok(read.unwrap_or(Self::#unknown(value)))
    }
}

fn deserialize(models: &Models, union: &Union, indirection: impl Fn(&Type) -> Indirection) -> TokenStream {
    let unknown = format_ident!("{}", union.unknown);
    let variants = by_specificity(models, union).into_iter();
    let variants: Vec<_> = variants.map(|variant| (variant, guard(models, &variant.ty))).collect();
    let two_passes = variants.iter().any(|(_, guard)| !guard.exact.is_empty());
    let attempts = variants.iter().map(|(variant, guard)| {
        let (always, exact, indirection) = (&guard.always, &guard.exact, indirection(&variant.ty));
        let (read, constructed) = (read(&variant.ty, indirection), construct(variant, indirection));
        let exact = match exact.is_empty() {
            // A second attempt would have the same result, and in nested unions the attempts would multiply.
            true => two_passes.then(|| quote!(exact &&)),
            false => Some(quote!((!exact || #(#exact)&&*) &&)),
        };
        let except = guard.except.as_ref().map(|except| quote!(&&!matches!(read, #except)));
        quote! {
            if #(#always &&)* #exact let Ok(read) = #read #except {
                return Ok(#constructed);
            }
        }
    });
    let attempts = attempts.collect::<Vec<_>>();
    let attempts = match two_passes {
        // The first pass accepts only variants that represent the value completely.
        true => quote!(for exact in [true, false] { #(#attempts)* }),
        false => quote!(#(#attempts)*),
    };
    quote! {
        #attempts
        Ok(Self::#unknown(value))
    }
}
