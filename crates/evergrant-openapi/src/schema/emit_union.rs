//! Unions as enums: read by their tag, or by trying the variants. What is none of them is kept as it came.

use std::collections::HashMap;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::boxes::Held;
use super::emit::Context;
use super::guards::{guard, ordered};
use super::model::{Shape, Union, UnionVariant};
use super::{Models, Type};
use crate::docs::docs;

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
    let held = |ty: &Type| context.boxes.variant(models, index, ty);
    let variants = union.variants.iter().map(|variant| {
        let about = docs(&variant.docs);
        let ty = variant.ty.tokens(&quote!(super));
        let (name, ty) = (ident(variant), held(&variant.ty).ty(ty));
        quote!(#about #name(#ty),)
    });
    let conversions = conversions(models, &name, union, held);
    let (serialize, deserialize) = match &union.tag {
        Some(tag) => (
            serialize_tagged(models, tag, union),
            deserialize_tagged(tag, union, held),
        ),
        None => (serialize(union), deserialize(models, union, held)),
    };
    quote! {
        #about
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum #name {
            #(#variants)*
            /// Anything else, as it came.
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
                let value = <serde_json::Value as serde::Deserialize>::deserialize(deserializer)?;
                #deserialize
            }
        }
    }
}

fn ident(variant: &UnionVariant) -> Ident {
    format_ident!("{}", variant.name)
}

/// `From` for each type that only one variant has.
fn conversions(models: &Models, name: &Ident, union: &Union, held: impl Fn(&Type) -> Held) -> TokenStream {
    let mut count: HashMap<&Type, usize> = HashMap::new();
    for variant in &union.variants {
        *count.entry(&variant.ty).or_default() += 1;
    }
    let is_own = |ty: &Type| match models.model(ty).map(|model| &model.shape) {
        Some(Shape::Alias(_) | Shape::Pending) => false,
        Some(Shape::Union(union)) => !union.variants.is_empty(),
        _ => *ty != Type::Json,
    };
    let only = union
        .variants
        .iter()
        .filter(|variant| count[&variant.ty] == 1 && is_own(&variant.ty));
    let conversions = only.map(|variant| {
        let (variant_name, ty) = (ident(variant), variant.ty.tokens(&quote!(super)));
        let value = held(&variant.ty).made(quote!(value));
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
            #(Self::#names(value) => serde::Serialize::serialize(value, serializer),)*
            Self::#unknown(value) => serde::Serialize::serialize(value, serializer),
        }
    }
}

/// The tag is written once: as the value itself has it, if that means this variant.
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
            Self::#unknown(value) => return serde::Serialize::serialize(value, serializer),
        };
        let mut value = value.map_err(serde::ser::Error::custom)?;
        if let Some(members) = value.as_object_mut() {
            let tag = members.get(#tag).and_then(serde_json::Value::as_str);
            if !tag.is_some_and(|tag| tags.contains(&tag)) {
                members.insert(#tag.to_owned(), tags[0].into());
            }
        }
        serde::Serialize::serialize(&value, serializer)
    }
}

/// Reading a borrowed value, so that it is still there if it cannot be read.
fn read(ty: &Type, held: Held) -> TokenStream {
    let ty = ty.tokens(&quote!(super));
    match held {
        Held::Nested => quote!(<#ty as evergrant_sdk::Nest>::read(&value)),
        _ => quote!(<#ty as serde::Deserialize>::deserialize(&value)),
    }
}

fn made(variant: &UnionVariant, held: Held) -> TokenStream {
    let (name, value) = (ident(variant), held.made(quote!(read)));
    quote!(Self::#name(#value))
}

fn deserialize_tagged(tag: &str, union: &Union, held: impl Fn(&Type) -> Held) -> TokenStream {
    let unknown = format_ident!("{}", union.unknown);
    let arms = union.variants.iter().map(|variant| {
        let (tags, read, made) = (
            &variant.tags,
            read(&variant.ty, held(&variant.ty)),
            made(variant, held(&variant.ty)),
        );
        quote!(Some(#(#tags)|*) => #read.ok().map(|read| #made),)
    });
    quote! {
        let read = match value.get(#tag).and_then(serde_json::Value::as_str) {
            #(#arms)*
            _ => None,
        };
        Ok(read.unwrap_or(Self::#unknown(value)))
    }
}

fn deserialize(models: &Models, union: &Union, held: impl Fn(&Type) -> Held) -> TokenStream {
    let unknown = format_ident!("{}", union.unknown);
    let variants = ordered(models, union).into_iter();
    let variants: Vec<_> = variants.map(|variant| (variant, guard(models, &variant.ty))).collect();
    let rounds = variants.iter().any(|(_, guard)| !guard.first.is_empty());
    let tries = variants.iter().map(|(variant, guard)| {
        let (always, first, held) = (&guard.always, &guard.first, held(&variant.ty));
        let (read, made) = (read(&variant.ty, held), made(variant, held));
        let first = match first.is_empty() {
            // The second round would find what the first did, and in unions of unions so often that it takes forever.
            true => rounds.then(|| quote!(first &&)),
            false => Some(quote!((!first || #(#first)&&*) &&)),
        };
        let except = guard.except.as_ref().map(|except| quote!(&&!matches!(read, #except)));
        quote! {
            if #(#always &&)* #first let Ok(read) = #read #except {
                return Ok(#made);
            }
        }
    });
    let tries = tries.collect::<Vec<_>>();
    let tries = match rounds {
        // First only what keeps all of the value, then whatever can be read of it.
        true => quote!(for first in [true, false] { #(#tries)* }),
        false => quote!(#(#tries)*),
    };
    quote! {
        #tries
        Ok(Self::#unknown(value))
    }
}
