//! Objects as structs: `new` takes what is required, and each other member has a setter.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::Type;
use super::boxes::Held;
use super::describe::code;
use super::emit::Context;
use super::model::{Field, Struct};
use crate::docs::docs;
use crate::names::Names;

/// What clippy takes for too many arguments.
const MOST_ARGUMENTS: usize = 7;

/// Methods that mean something else on every type.
const OTHER_METHODS: &[&str] = &[
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

/// A field with what is found out about it.
struct Member<'s> {
    field: &'s Field,
    ident: Ident,
    held: Held,
    fixed: Option<TokenStream>,
}

pub(super) fn item(context: &Context<'_>, index: usize, object: &Struct) -> TokenStream {
    let model = &context.models.list[index];
    let name = format_ident!("{}", model.name);
    let members = object.fields.iter().map(|field| Member {
        field,
        ident: format_ident!("{}", field.rust),
        held: context.boxes.member(context.models, index, &field.ty),
        fixed: context.fixed.value(context.models, &model.name, field),
    });
    let members = members.collect::<Vec<_>>();
    let about = docs(&model.docs);
    let default = members
        .iter()
        .all(|member| !member.field.required)
        .then(|| quote!(Default,));
    let fields = members.iter().map(Member::definition);
    let rest = object.rest.as_ref().map(|(name, ty)| {
        let held = context.boxes.rest(context.models, index, ty);
        rest(name, ty, held)
    });
    let new = constructor(&members, object, default.is_some());
    let takes_nothing = members
        .iter()
        .all(|member| !member.field.required || member.fixed.is_some());
    let default_by_new = (default.is_none() && takes_nothing).then(|| {
        quote! {
            impl Default for #name {
                fn default() -> Self {
                    Self::new()
                }
            }
        }
    });
    let mut methods = Names::reserving(OTHER_METHODS.iter().copied());
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
            #rest
        }

        impl #name {
            #new
            #(#setters)*
        }

        #default_by_new
    }
}

impl Member<'_> {
    /// The type of a value that is there.
    fn present(&self) -> TokenStream {
        self.held.ty(self.field.ty.present().tokens(&quote!(super)))
    }

    fn is_option(&self) -> bool {
        !self.field.required || self.field.ty.is_nullable()
    }

    fn definition(&self) -> TokenStream {
        let Self { field, ident, .. } = self;
        let mut about = field.docs.clone();
        if self.fixed.is_some() {
            about.push_str("\n\nSet by `new`.");
        }
        let about = docs(&about);
        let mut serde: Vec<TokenStream> = Vec::new();
        let wire = &field.wire;
        if *wire != field.rust {
            serde.push(quote!(rename = #wire));
        }
        if !field.required {
            serde.push(quote!(default));
            serde.push(quote!(skip_serializing_if = "Option::is_none"));
        }
        let serde = (!serde.is_empty()).then(|| quote!(#[serde(#(#serde),*)]));
        let ty = self.present();
        let ty = if self.is_option() { quote!(Option<#ty>) } else { ty };
        quote! {
            #about
            #serde
            pub #ident: #ty,
        }
    }

    /// The parameter of `new`, and what is made of it.
    fn parameter(&self) -> (TokenStream, TokenStream) {
        let ident = &self.ident;
        if self.field.ty.is_nullable() {
            let ty = self.field.ty.tokens(&quote!(super));
            let value = match self.held.maker() {
                Some(maker) => quote!(#ident.map(#maker)),
                None => quote!(#ident),
            };
            return (quote!(#ident: #ty), value);
        }
        let (ty, value) = argument(&self.field.ty, ident);
        let value = self.held.made(value);
        (quote!(#ident: #ty), value)
    }

    fn setter(&self, methods: &mut Names) -> TokenStream {
        let name = &self.field.rust;
        let method = match OTHER_METHODS.contains(&name.as_str()) {
            true => methods.take(format!("with_{name}")),
            false => methods.take(name.clone()),
        };
        let method = format_ident!("{method}");
        let ident = &self.ident;
        let about = docs(&format!("Sets {}.", code(&self.field.wire)));
        let (ty, value) = argument(self.field.ty.present(), ident);
        let value = self.held.made(value);
        quote! {
            #about
            #[must_use]
            pub fn #method(mut self, #ident: #ty) -> Self {
                self.#ident = Some(#value);
                self
            }
        }
    }
}

/// What a caller may give for a value of a type, and how it becomes one.
fn argument(ty: &Type, ident: &Ident) -> (TokenStream, TokenStream) {
    let tokens = ty.tokens(&quote!(super));
    match ty {
        Type::String | Type::Sensitive | Type::DateTime | Type::Date | Type::Json => {
            (quote!(impl Into<#tokens>), quote!(#ident.into()))
        }
        Type::Named(_) => (quote!(impl Into<#tokens>), quote!(#ident.into())),
        _ => (tokens, quote!(#ident)),
    }
}

fn constructor(members: &[Member<'_>], object: &Struct, default: bool) -> TokenStream {
    let about = docs(&match default {
        true => "With nothing in it yet.".to_owned(),
        false => "With the members that it cannot do without.".to_owned(),
    });
    if default {
        return quote! {
            #about
            #[must_use]
            pub fn new() -> Self {
                <Self as Default>::default()
            }
        };
    }
    let mut parameters = Vec::new();
    let mut values = Vec::new();
    for member in members {
        let ident = &member.ident;
        if let Some(fixed) = &member.fixed {
            values.push(quote!(#ident: #fixed));
        } else if member.field.required {
            let (parameter, value) = member.parameter();
            let plain = *ident == value.to_string();
            values.push(if plain { quote!(#ident) } else { quote!(#ident: #value) });
            parameters.push(parameter);
        } else {
            values.push(quote!(#ident: None));
        }
    }
    values.extend(object.rest.as_ref().map(|(name, _)| {
        let name = format_ident!("{name}");
        quote!(#name: Default::default())
    }));
    let many = (parameters.len() > MOST_ARGUMENTS)
        .then(|| quote!(#[expect(clippy::too_many_arguments, reason = "the description requires as many members")]));
    quote! {
        #about
        #many
        #[must_use]
        pub fn new(#(#parameters),*) -> Self {
            Self { #(#values),* }
        }
    }
}

/// The field for all other members.
fn rest(name: &str, ty: &Type, held: Held) -> TokenStream {
    let name = format_ident!("{name}");
    let ty = ty.tokens(&quote!(super));
    let ty = held.ty(quote!(std::collections::BTreeMap<String, #ty>));
    quote! {
        /// All other members.
        #[serde(flatten)]
        pub #name: #ty,
    }
}
