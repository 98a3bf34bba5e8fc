//! Generates enums of strings and of integers. Unknown values are preserved.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::model::{Enumeration, Model};
use crate::doc_sanitizer::docs;

pub(super) fn string_enum(model: &Model, texts: &Enumeration<String>) -> TokenStream {
    let name = format_ident!("{}", model.name);
    let unknown = format_ident!("{}", texts.unknown);
    let about = docs(&model.docs);
    let variants = texts
        .variants
        .iter()
        .map(|variant| format_ident!("{}", variant.name))
        .collect::<Vec<_>>();
    let variant_docs = texts.variants.iter().map(|variant| docs(&variant.docs));
    let values = texts
        .variants
        .iter()
        .map(|variant| variant.value.as_str())
        .collect::<Vec<_>>();
    quote! {
        #about
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum #name {
            #(#variant_docs #variants,)*
            /// A value that the API description does not list, as received.
            #unknown(String),
        }

        impl #name {
            /// Returns the value as it is sent and received.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    #(Self::#variants => #values,)*
                    Self::#unknown(value) => value,
                }
            }
        }

        impl std::fmt::Display for #name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl From<&str> for #name {
            fn from(value: &str) -> Self {
                match value {
                    #(#values => Self::#variants,)*
                    _ => Self::#unknown(value.to_owned()),
                }
            }
        }

        impl From<String> for #name {
            fn from(value: String) -> Self {
                Self::from(value.as_str())
            }
        }

        impl serde::Serialize for #name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for #name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(Self::from)
            }
        }
    }
}

pub(super) fn integer_enum(model: &Model, integers: &Enumeration<i64>) -> TokenStream {
    let name = format_ident!("{}", model.name);
    let unknown = format_ident!("{}", integers.unknown);
    let about = docs(&model.docs);
    let variants = integers
        .variants
        .iter()
        .map(|variant| format_ident!("{}", variant.name))
        .collect::<Vec<_>>();
    let variant_docs = integers.variants.iter().map(|variant| docs(&variant.docs));
    let values = integers
        .variants
        .iter()
        .map(|variant| integer_literal(variant.value))
        .collect::<Vec<_>>();
    quote! {
        #about
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum #name {
            #(#variant_docs #variants,)*
            /// A value that the API description does not list, as received.
            #unknown(i64),
        }

        impl #name {
            /// Returns the value as it is sent and received.
            #[must_use]
            pub fn value(&self) -> i64 {
                match self {
                    #(Self::#variants => #values,)*
                    Self::#unknown(value) => *value,
                }
            }
        }

        impl std::fmt::Display for #name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.value().fmt(f)
            }
        }

        impl From<i64> for #name {
            fn from(value: i64) -> Self {
                match value {
                    #(#values => Self::#variants,)*
                    _ => Self::#unknown(value),
                }
            }
        }

        impl serde::Serialize for #name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_i64(self.value())
            }
        }

        impl<'de> serde::Deserialize<'de> for #name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                evergrant_sdk::integer::deserialize::<i64, D>(deserializer).map(Self::from)
            }
        }
    }
}

/// Returns an integer literal with the sign as a separate token.
pub(super) fn integer_literal(value: i64) -> TokenStream {
    let digits = proc_macro2::Literal::u64_unsuffixed(value.unsigned_abs());
    if value < 0 { quote!(-#digits) } else { quote!(#digits) }
}
