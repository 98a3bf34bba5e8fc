//! The types that schemas become, and how they are written in Rust and in words.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::facts::Kinds;

/// Ten for each type, times its depth: what clippy counts.
const MOST_COMPLEX: usize = 240;

/// A Rust type for a value of the API.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Type {
    Bool,
    I32,
    I64,
    U32,
    U64,
    F64,
    String,
    /// A text that `Debug` does not show.
    Sensitive,
    DateTime,
    Date,
    /// A body or part of bytes. Within JSON it is a text.
    Bytes,
    /// Anything.
    Json,
    Array(Box<Type>),
    Map(Box<Type>),
    Nullable(Box<Type>),
    /// A model.
    Named(String),
}

impl Type {
    /// As written where the models are at `models`, such as `super::models`.
    pub(crate) fn tokens(&self, models: &TokenStream) -> TokenStream {
        match self {
            Self::Bool => quote!(bool),
            Self::I32 => quote!(i32),
            Self::I64 => quote!(i64),
            Self::U32 => quote!(u32),
            Self::U64 => quote!(u64),
            Self::F64 => quote!(f64),
            Self::String => quote!(String),
            Self::Sensitive => quote!(evergrant_sdk::SensitiveString),
            Self::DateTime => quote!(evergrant_sdk::DateTime),
            Self::Date => quote!(evergrant_sdk::Date),
            Self::Bytes => quote!(evergrant_sdk::bytes::Bytes),
            Self::Json => quote!(serde_json::Value),
            Self::Array(item) => {
                let item = item.tokens(models);
                quote!(Vec<#item>)
            }
            Self::Map(value) if **value == Self::Json => quote!(serde_json::Map<String, serde_json::Value>),
            Self::Map(value) => {
                let value = value.tokens(models);
                quote!(std::collections::BTreeMap<String, #value>)
            }
            Self::Nullable(inner) => {
                let inner = inner.tokens(models);
                quote!(Option<#inner>)
            }
            Self::Named(name) => {
                let name = format_ident!("{name}");
                quote!(#models::#name)
            }
        }
    }

    /// In words, such as `array of Book`.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Bool => "true or false".to_owned(),
            Self::I32 | Self::I64 | Self::U32 | Self::U64 => "integer".to_owned(),
            Self::F64 => "number".to_owned(),
            Self::String => "text".to_owned(),
            Self::Sensitive => "secret text".to_owned(),
            Self::DateTime => "date and time".to_owned(),
            Self::Date => "date".to_owned(),
            Self::Bytes => "bytes".to_owned(),
            Self::Json => "any JSON".to_owned(),
            Self::Array(item) => format!("array of {}", item.shown()),
            Self::Map(value) => format!("map of {}", value.shown()),
            Self::Nullable(inner) => format!("{} or null", inner.shown()),
            Self::Named(name) => name.clone(),
        }
    }

    /// Text, number, or true or false, by its format.
    pub(super) fn scalar(kind: Kinds, format: Option<&str>) -> Self {
        let format = format.unwrap_or_default();
        match kind {
            Kinds::BOOL => Self::Bool,
            Kinds::NUMBER => Self::F64,
            Kinds::INTEGER => match format {
                "int32" | "int16" | "int8" | "uint16" | "uint8" => Self::I32,
                "uint32" => Self::U32,
                "uint64" => Self::U64,
                _ => Self::I64,
            },
            _ => match format {
                "password" => Self::Sensitive,
                "date-time" => Self::DateTime,
                "date" => Self::Date,
                "binary" => Self::Bytes,
                _ => Self::String,
            },
        }
    }

    /// This or null.
    pub(crate) fn nullable(self) -> Self {
        match self {
            Self::Json | Self::Nullable(_) => self,
            other => Self::Nullable(Box::new(other)),
        }
    }

    pub(crate) fn array(self) -> Self {
        Self::Array(Box::new(self))
    }

    pub(crate) fn map(self) -> Self {
        Self::Map(Box::new(self))
    }

    /// Without the null.
    pub(crate) fn present(&self) -> &Self {
        match self {
            Self::Nullable(inner) => inner,
            other => other,
        }
    }

    pub(crate) fn is_nullable(&self) -> bool {
        matches!(self, Self::Nullable(_))
    }

    /// Any text at all is a value of this type.
    pub(super) fn is_text(&self) -> bool {
        matches!(
            self,
            Self::String | Self::Sensitive | Self::DateTime | Self::Date | Self::Bytes
        )
    }

    /// Bytes where it is no JSON, or several of them.
    pub(crate) fn is_binary(&self) -> bool {
        match self {
            Self::Bytes => true,
            Self::Array(inner) | Self::Nullable(inner) => inner.is_binary(),
            _ => false,
        }
    }

    /// As it is within JSON, where bytes are text.
    pub(crate) fn in_json(&self) -> Self {
        match self {
            Self::Bytes => Self::String,
            Self::Array(inner) => inner.in_json().array(),
            Self::Map(inner) => inner.in_json().map(),
            Self::Nullable(inner) => inner.in_json().nullable(),
            other => other.clone(),
        }
    }

    /// Whether a type is so deep that readers, and clippy, give up on it.
    pub(super) fn is_too_deep(&self) -> bool {
        // A member may be an option, which comes around it.
        self.complexity(2) > MOST_COMPLEX
    }

    fn complexity(&self, depth: usize) -> usize {
        let inside = match self {
            Self::Array(inner) | Self::Nullable(inner) => inner.complexity(depth + 1),
            Self::Map(inner) => 10 * (depth + 1) + inner.complexity(depth + 1),
            _ => 0,
        };
        10 * depth + inside
    }
}
