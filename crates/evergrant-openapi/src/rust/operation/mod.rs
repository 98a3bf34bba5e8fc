//! One operation: the method that takes what it must have, and the call in the making that takes what it may have.

mod described;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

pub(crate) use self::described::requirement;
use self::described::{described, parameter_text};
use super::answers;
use super::values::{argument, models};
use crate::api::{Api, Body, BodyKind, Location, Operation, Parameter, Style};
use crate::docs::{docs, written};
use crate::prose::code;
use crate::schema::Type;

/// The group's method.
pub(super) fn method(api: &Api, operation: &Operation) -> TokenStream {
    let (name, ty) = (
        format_ident!("{}", operation.method_name),
        format_ident!("{}", operation.type_name),
    );
    let facts = format_ident!("{}", operation.static_name);
    let docs = written(&described(api, operation));
    let required: Vec<&Parameter> = operation
        .parameters
        .iter()
        .filter(|parameter| parameter.required)
        .collect();
    let body = operation.body.as_ref().filter(|body| body.required);
    let mut arguments = Vec::new();
    let mut steps: Vec<TokenStream> = operation.fixed_query.iter().map(fixed).collect();
    for parameter in &required {
        let name = format_ident!("{}", parameter.ident);
        let argument = argument(&name, &parameter.ty);
        let (ty, conversion, applied) = (argument.ty, argument.conversion, applied(parameter));
        arguments.push(quote!(#name: #ty));
        steps.push(quote!(#conversion let call = call #applied;));
    }
    if let Some(body) = body {
        let name = format_ident!("{}", body.ident);
        let (ty, applied) = (body_type(body), sent(body));
        arguments.push(quote!(#name: #ty));
        steps.push(quote!(let call = call #applied;));
    }
    let many = (arguments.len() > 6)
        .then(|| quote!(#[expect(clippy::too_many_arguments, reason = "the operation cannot do without them")]));
    quote! {
        #docs
        #many
        pub fn #name(&self, #(#arguments),*) -> #ty {
            let call = self.core.request(&#facts);
            #(#steps)*
            #ty { call }
        }
    }
}

/// A member of the query that is always there.
fn fixed((name, value): &(String, String)) -> TokenStream {
    quote! {
        let call = call.query(#name, evergrant_sdk::QueryStyle::Form, evergrant_sdk::Explode::No, #value);
    }
}

/// The call in the making.
pub(super) fn call(operation: &Operation) -> TokenStream {
    let ty = format_ident!("{}", operation.type_name);
    let about = docs(&format!(
        "A call of {} in the making: what it may have besides, and the sending.",
        code(&operation.method_name)
    ));
    let optional = operation
        .parameters
        .iter()
        .filter(|parameter| !parameter.required)
        .map(setter);
    let body = operation.body.as_ref().filter(|body| !body.required).map(body_setter);
    let send = answers::send(operation);
    quote! {
        #about
        #[derive(Debug)]
        #[must_use = "a call does nothing until it is sent"]
        pub struct #ty {
            call: Call,
        }

        impl #ty {
            #(#optional)*

            #body

            /// Adds a header to this call alone.
            pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
                self.call = self.call.header(name, value);
                self
            }

            /// Another time limit for this call alone; zero for none.
            pub fn timeout(mut self, limit: Duration) -> Self {
                self.call = self.call.timeout(limit);
                self
            }

            #send
        }
    }
}

fn setter(parameter: &Parameter) -> TokenStream {
    let name = format_ident!("{}", parameter.ident);
    let argument = argument(&name, &parameter.ty);
    let (ty, conversion, applied) = (argument.ty, argument.conversion, applied(parameter));
    let docs = docs(&parameter_text(parameter));
    quote! {
        #docs
        pub fn #name(mut self, #name: #ty) -> Self {
            #conversion
            self.call = self.call #applied;
            self
        }
    }
}

fn body_setter(body: &Body) -> TokenStream {
    let name = format_ident!("{}", body.ident);
    let (ty, applied) = (body_type(body), sent(body));
    let text = match &body.description {
        Some(description) => description.trim().to_owned(),
        None => format!("The body, as {}.", code(&body.content_type)),
    };
    let docs = docs(&text);
    quote! {
        #docs
        pub fn #name(mut self, #name: #ty) -> Self {
            self.call = self.call #applied;
            self
        }
    }
}

/// The step that puts a parameter's value into the call.
fn applied(parameter: &Parameter) -> TokenStream {
    let value = format_ident!("{}", parameter.ident);
    let name = &parameter.name;
    let explode = match parameter.explode {
        true => quote!(evergrant_sdk::Explode::Yes),
        false => quote!(evergrant_sdk::Explode::No),
    };
    match (parameter.location, parameter.style) {
        (Location::Path, Style::Json) => quote!(.path_json(#name, &#value)),
        (Location::Query, Style::Json) => quote!(.query_json(#name, &#value)),
        (Location::Header, Style::Json) => quote!(.header_json(#name, &#value)),
        (Location::Cookie, Style::Json) => quote!(.cookie_json(#name, &#value)),
        (Location::Path, style) => {
            let style = match style {
                Style::Label => quote!(Label),
                Style::Matrix => quote!(Matrix),
                _ => quote!(Simple),
            };
            quote!(.path(#name, evergrant_sdk::PathStyle::#style, #explode, &#value))
        }
        (Location::Query, style) => {
            let style = query_style(style);
            quote!(.query(#name, #style, #explode, &#value))
        }
        (Location::Header, _) => quote!(.header_param(#name, #explode, &#value)),
        (Location::Cookie, _) => quote!(.cookie_param(#name, #explode, &#value)),
    }
}

fn query_style(style: Style) -> TokenStream {
    let style = match style {
        Style::SpaceDelimited => quote!(SpaceDelimited),
        Style::PipeDelimited => quote!(PipeDelimited),
        Style::DeepObject => quote!(DeepObject),
        _ => quote!(Form),
    };
    quote!(evergrant_sdk::QueryStyle::#style)
}

fn body_type(body: &Body) -> TokenStream {
    match &body.kind {
        BodyKind::Json(Type::String) | BodyKind::Form(Type::String, _) => quote!(&str),
        BodyKind::Json(Type::Array(item)) => {
            let item = item.tokens(&models());
            quote!(&[#item])
        }
        BodyKind::Json(ty) | BodyKind::Form(ty, _) => {
            let ty = ty.tokens(&models());
            quote!(&#ty)
        }
        BodyKind::Multipart { type_name, .. } => {
            let name = format_ident!("{type_name}");
            quote!(#name)
        }
        BodyKind::AnyMultipart => quote!(evergrant_sdk::Multipart),
        BodyKind::Text => quote!(impl Into<String>),
        BodyKind::Bytes => quote!(impl Into<evergrant_sdk::Body>),
    }
}

fn sent(body: &Body) -> TokenStream {
    let name = format_ident!("{}", body.ident);
    let content_type = &body.content_type;
    match &body.kind {
        BodyKind::Json(_) => quote!(.json(#content_type, #name)),
        BodyKind::Form(_, styles) if styles.is_empty() => quote!(.form(#name)),
        BodyKind::Form(_, styles) => {
            let styles = styles.iter().map(|(name, style, explode)| {
                let style = query_style(*style);
                let explode = match explode {
                    true => quote!(evergrant_sdk::Explode::Yes),
                    false => quote!(evergrant_sdk::Explode::No),
                };
                quote!((#name, #style, #explode))
            });
            quote!(.form_with(#name, &[#(#styles),*]))
        }
        BodyKind::Multipart { .. } => quote!(.multipart(#name.into())),
        BodyKind::AnyMultipart => quote!(.multipart(#name)),
        BodyKind::Text => quote!(.text(#content_type, #name)),
        BodyKind::Bytes => quote!(.body(#content_type, #name)),
    }
}
