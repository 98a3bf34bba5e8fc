//! The Rust types of schemas, and their textual forms.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::merged_schema::JsonTypes;

/// Limit of clippy's `type_complexity`, which counts ten for each type, multiplied by its depth.
const MAX_COMPLEXITY: usize = 240;

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
    /// A string that `Debug` does not show.
    Sensitive,
    DateTime,
    Date,
    /// Binary data of a body or a part. Within JSON, it is a string.
    Bytes,
    /// Arbitrary JSON.
    Json,
    Array(Box<Type>),
    Map(Box<Type>),
    Nullable(Box<Type>),
    /// A model.
    Named(String),
}

impl Type {
    /// Returns the type as code in the crate of the models.
    pub(crate) fn tokens(&self) -> TokenStream {
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
                let item = item.tokens();
                quote!(Vec<#item>)
            }
            Self::Map(value) if **value == Self::Json => quote!(serde_json::Map<String, serde_json::Value>),
            Self::Map(value) => {
                let value = value.tokens();
                quote!(std::collections::BTreeMap<String, #value>)
            }
            Self::Nullable(inner) => {
                let inner = inner.tokens();
                quote!(Option<#inner>)
            }
            Self::Named(name) => {
                let name = format_ident!("{name}");
                quote!(crate::models::#name)
            }
        }
    }

    /// Describes the type in words, such as `array of Book`.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Bool => "boolean".to_owned(),
            Self::I32 | Self::I64 | Self::U32 | Self::U64 => "integer".to_owned(),
            Self::F64 => "number".to_owned(),
            Self::String => "string".to_owned(),
            Self::Sensitive => "secret string".to_owned(),
            Self::DateTime => "date and time".to_owned(),
            Self::Date => "date".to_owned(),
            Self::Bytes => "bytes".to_owned(),
            Self::Json => "any JSON".to_owned(),
            Self::Array(item) => format!("array of {}", item.describe()),
            Self::Map(value) => format!("map of {}", value.describe()),
            Self::Nullable(inner) => format!("{} or null", inner.describe()),
            Self::Named(name) => name.clone(),
        }
    }

    /// Returns the type of a string, number or boolean with a format.
    pub(super) fn scalar(json_type: JsonTypes, format: Option<&str>) -> Self {
        let format = format.unwrap_or_default();
        match json_type {
            JsonTypes::BOOL => Self::Bool,
            JsonTypes::NUMBER => Self::F64,
            JsonTypes::INTEGER => match format {
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

    /// Returns the nullable type.
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

    /// Returns the type without null.
    pub(crate) fn non_null(&self) -> &Self {
        match self {
            Self::Nullable(inner) => inner,
            other => other,
        }
    }

    pub(crate) fn is_nullable(&self) -> bool {
        matches!(self, Self::Nullable(_))
    }

    /// Returns whether any string may be a value of this type.
    pub(super) fn is_string_like(&self) -> bool {
        matches!(
            self,
            Self::String | Self::Sensitive | Self::DateTime | Self::Date | Self::Bytes
        )
    }

    /// Returns whether the type consists of integers, which may be written as `5.0`.
    pub(crate) fn contains_integers(&self) -> bool {
        match self {
            Self::I32 | Self::I64 | Self::U32 | Self::U64 => true,
            Self::Array(inner) | Self::Map(inner) | Self::Nullable(inner) => inner.contains_integers(),
            _ => false,
        }
    }

    /// Returns whether the type is binary outside of JSON, or an array of such.
    pub(crate) fn is_binary(&self) -> bool {
        match self {
            Self::Bytes => true,
            Self::Array(inner) | Self::Nullable(inner) => inner.is_binary(),
            _ => false,
        }
    }

    /// Returns the type within JSON, where binary data is a string.
    pub(crate) fn in_json(&self) -> Self {
        match self {
            Self::Bytes => Self::String,
            Self::Array(inner) => inner.in_json().array(),
            Self::Map(inner) => inner.in_json().map(),
            Self::Nullable(inner) => inner.in_json().nullable(),
            other => other.clone(),
        }
    }

    /// Returns whether the type exceeds clippy's limit of complexity.
    pub(super) fn is_too_deep(&self) -> bool {
        // The type of an optional member is within an `Option`.
        self.complexity(2) > MAX_COMPLEXITY
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
