//! Generates structs for objects: `new` takes the required members, and all others have setters.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::Type;
use super::boxed_members::Indirection;
use super::emit_models::Context;
use super::model::{Field, Struct};
use super::model_documentation::{code, first_sentence};
use crate::doc_sanitizer::docs;
use crate::names::Names;

/// The limit of clippy's `too_many_arguments`.
const MAX_ARGUMENTS: usize = 7;

/// Method names that have a conventional meaning.
const RESERVED_METHODS: &[&str] = &[
    "new",
    "clone",
    "clone_from",
    "eq",
    "ne",
    "fmt",
    "default",
    "serialize",
    "deserialize",
    "from",
    "into",
    "try_from",
    "try_into",
    "to_owned",
    "to_string",
    "borrow",
    "borrow_mut",
    "type_id",
    "clone_into",
    "hash",
    "cmp",
    "partial_cmp",
    "add",
    "sub",
    "mul",
    "div",
    "rem",
    "neg",
    "not",
    "shl",
    "shr",
    "bitand",
    "bitor",
    "bitxor",
    "deref",
    "deref_mut",
    "drop",
    "index",
    "index_mut",
    "next",
    "as_ref",
    "as_mut",
    "from_str",
    "from_iter",
    "into_iter",
];

/// A field and its properties in the generated code.
struct Member<'s> {
    field: &'s Field,
    ident: Ident,
    indirection: Indirection,
    constant: Option<TokenStream>,
    /// Whether the member can be absent or null.
    clearable: bool,
}

pub(super) fn item(context: &Context<'_>, index: usize, object: &Struct) -> TokenStream {
    let model = &context.models.list[index];
    let name = format_ident!("{}", model.name);
    let members = object.fields.iter().map(|field| Member {
        field,
        ident: format_ident!("{}", field.rust),
        indirection: context.indirections.member(context.models, index, &field.ty),
        constant: context.consts.value(context.models, &model.name, field),
        clearable: context.models.is_clearable(index, field),
    });
    let members = members.collect::<Vec<_>>();
    let about = docs(&model.docs);
    let default = members
        .iter()
        .all(|member| !member.field.required)
        .then(|| quote!(Default,));
    let fields = members.iter().map(Member::definition);
    let additional = object.additional.as_ref().map(|(name, ty)| {
        let indirection = context.indirections.additional(context.models, index, ty);
        additional(name, ty, indirection)
    });
    let new = constructor(&members, object, default.is_some());
    let has_no_parameters = members
        .iter()
        .all(|member| !member.field.required || member.constant.is_some());
    let default_by_new = (default.is_none() && has_no_parameters).then(|| {
        quote! {
            impl Default for #name {
                fn default() -> Self {
                    Self::new()
                }
            }
        }
    });
    let mut methods = Names::with_reserved(RESERVED_METHODS.iter().copied());
    let setters = members
        .iter()
        .filter(|member| !member.field.required)
        .map(|member| member.setter(&mut methods));
    let setters = setters.collect::<Vec<_>>();
    quote! {
        #about
        #[derive(Debug, Clone, PartialEq, #default serde::Serialize, serde::Deserialize)]
        pub struct #name {
            #(#fields)*
            #additional
        }

        impl #name {
            #new
            #(#setters)*
        }

        #default_by_new
    }
}

impl Member<'_> {
    /// Returns the type without `Option`.
    fn non_null_type(&self) -> TokenStream {
        self.indirection.wrap_type(self.field.ty.non_null().tokens())
    }

    fn is_option(&self) -> bool {
        !self.field.required || self.field.ty.is_nullable()
    }

    fn definition(&self) -> TokenStream {
        let Self { field, ident, .. } = self;
        let mut about = field.docs.clone();
        if self.constant.is_some() {
            about.push_str("\n\n`new` sets this member to its constant value.");
        }
        let about = docs(&about);
        let mut serde: Vec<TokenStream> = Vec::new();
        let wire = &field.wire;
        if *wire != field.rust {
            serde.push(quote!(rename = #wire));
        }
        if field.ty.contains_integers() {
            serde.push(quote!(deserialize_with = "evergrant_sdk::integer::deserialize"));
        }
        if self.clearable {
            serde.push(quote!(default));
            serde.push(quote!(skip_serializing_if = "evergrant_sdk::Nullable::is_absent"));
        } else if !field.required {
            serde.push(quote!(default));
            serde.push(quote!(skip_serializing_if = "Option::is_none"));
        } else if field.ty.is_nullable() && field.ty.contains_integers() {
            // `deserialize_with` would require the member.
            serde.push(quote!(default));
        }
        let serde = (!serde.is_empty()).then(|| quote!(#[serde(#(#serde),*)]));
        let ty = self.non_null_type();
        let ty = match (self.clearable, self.is_option()) {
            (true, _) => quote!(evergrant_sdk::Nullable<#ty>),
            (false, true) => quote!(Option<#ty>),
            (false, false) => ty,
        };
        quote! {
            #about
            #serde
            pub #ident: #ty,
        }
    }

    /// Returns the parameter of `new`, and the expression for the field.
    fn parameter(&self) -> (TokenStream, TokenStream) {
        let ident = &self.ident;
        if self.field.ty.is_nullable() {
            let ty = self.field.ty.tokens();
            let value = match self.indirection.constructor() {
                Some(constructor) => quote!(#ident.map(#constructor)),
                None => quote!(#ident),
            };
            return (quote!(#ident: #ty), value);
        }
        let (ty, value) = argument(&self.field.ty, ident);
        let value = self.indirection.wrap_value(value);
        (quote!(#ident: #ty), value)
    }

    fn setter(&self, methods: &mut Names) -> TokenStream {
        let name = &self.field.rust;
        let method = match RESERVED_METHODS.contains(&name.as_str()) {
            true => methods.take(format!("with_{name}")),
            false => methods.take(name.clone()),
        };
        let method = format_ident!("{method}");
        let ident = &self.ident;
        let mut about = format!("Sets the member {}.", code(&self.field.wire));
        let meaning = first_sentence(&self.field.docs);
        if !meaning.is_empty() && !self.field.docs.starts_with("The member ") {
            about.push_str("\n\n");
            about.push_str(meaning);
        }
        let about = docs(&about);
        let (ty, value) = argument(self.field.ty.non_null(), ident);
        let value = self.indirection.wrap_value(value);
        let value = match self.clearable {
            true => quote!(evergrant_sdk::Nullable::Value(#value)),
            false => quote!(Some(#value)),
        };
        let clear = self.clearable.then(|| {
            let method = format_ident!("{}", methods.take(format!("clear_{}", name.trim_matches('_'))));
            let about = docs(&format!("Sets the member {} to null.", code(&self.field.wire)));
            quote! {
                #about
                #[must_use]
                pub fn #method(mut self) -> Self {
                    self.#ident = evergrant_sdk::Nullable::Null;
                    self
                }
            }
        });
        quote! {
            #about
            #[must_use]
            pub fn #method(mut self, #ident: #ty) -> Self {
                self.#ident = #value;
                self
            }

            #clear
        }
    }
}

/// Returns the type of an argument, and the expression that converts it.
fn argument(ty: &Type, ident: &Ident) -> (TokenStream, TokenStream) {
    let tokens = ty.tokens();
    match ty {
        Type::String | Type::Sensitive | Type::DateTime | Type::Date | Type::Json => {
            (quote!(impl Into<#tokens>), quote!(#ident.into()))
        }
        Type::Named(_) => (quote!(impl Into<#tokens>), quote!(#ident.into())),
        _ => (tokens, quote!(#ident)),
    }
}

fn constructor(members: &[Member<'_>], object: &Struct, default: bool) -> TokenStream {
    let about = docs(match default {
        true => "Creates a value in which no member is set.",
        false => "Creates a value with the required members.",
    });
    if default {
        return quote! {
            #about
            #[must_use]
            pub fn new() -> Self {
                Self::default()
            }
        };
    }
    let mut parameters = Vec::new();
    let mut values = Vec::new();
    for member in members {
        let ident = &member.ident;
        if let Some(constant) = &member.constant {
            values.push(quote!(#ident: #constant));
        } else if member.field.required {
            let (parameter, value) = member.parameter();
            let plain = *ident == value.to_string();
            values.push(if plain { quote!(#ident) } else { quote!(#ident: #value) });
            parameters.push(parameter);
        } else if member.clearable {
            values.push(quote!(#ident: evergrant_sdk::Nullable::Absent));
        } else {
            values.push(quote!(#ident: None));
        }
    }
    values.extend(object.additional.as_ref().map(|(name, _)| {
        let name = format_ident!("{name}");
        quote!(#name: Default::default())
    }));
    let lint = (parameters.len() > MAX_ARGUMENTS)
        .then(|| quote!(#[expect(clippy::too_many_arguments, reason = "the API requires this many members")]));
    quote! {
        #about
        #lint
        #[must_use]
        pub fn new(#(#parameters),*) -> Self {
            Self { #(#values),* }
        }
    }
}

/// Generates the field for additional properties.
fn additional(name: &str, inner: &Type, indirection: Indirection) -> TokenStream {
    let name = format_ident!("{name}");
    let ty = inner.tokens();
    let ty = indirection.wrap_type(quote!(std::collections::BTreeMap<String, #ty>));
    let is_plain = matches!(indirection, Indirection::None) && inner.contains_integers();
    let integers = is_plain.then(|| quote!(, deserialize_with = "evergrant_sdk::integer::deserialize"));
    quote! {
        /// Additional properties of the object, by name.
        #[serde(flatten #integers)]
        pub #name: #ty,
    }
}
