//! Generates one operation: a method with the required parameters, and a builder with the optional ones.

mod docs;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use self::docs::{operation_docs, parameter_docs};
use super::method_arguments::argument;
use super::send_methods;
use crate::api::{Api, Body, BodyKind, Location, Operation, Parameter, Style};
use crate::doc_sanitizer::{doc_attributes, docs};
use crate::one_line_docs::code;
use crate::schema::Type;

/// The method of the group.
pub(super) fn method(api: &Api, operation: &Operation) -> TokenStream {
    let (name, ty) = (
        format_ident!("{}", operation.method_name),
        format_ident!("{}", operation.type_name),
    );
    let metadata = format_ident!("{}", operation.static_name);
    let docs = doc_attributes(&operation_docs(api, operation));
    let required: Vec<&Parameter> = operation
        .parameters
        .iter()
        .filter(|parameter| parameter.required)
        .collect();
    let body = operation.body.as_ref().filter(|body| body.required);
    let mut arguments = Vec::new();
    let mut conversions = Vec::new();
    let mut steps: Vec<TokenStream> = operation.fixed_query.iter().map(constant_query).collect();
    for parameter in &required {
        let name = format_ident!("{}", parameter.ident);
        let argument = argument(&name, &parameter.ty);
        let ty = argument.ty;
        arguments.push(quote!(#name: #ty));
        conversions.push(argument.conversion);
        steps.push(parameter_step(parameter));
    }
    if let Some(body) = body {
        let name = format_ident!("{}", body.ident);
        let ty = body_type(body);
        arguments.push(quote!(#name: #ty));
        steps.push(body_step(body));
    }
    let many = (arguments.len() > 6)
        .then(|| quote!(#[expect(clippy::too_many_arguments, reason = "the operation requires as many parameters")]));
    quote! {
        #docs
        #many
        pub fn #name(&self, #(#arguments),*) -> #ty {
            #(#conversions)*
            let call = self.dispatcher.request(&#metadata) #(#steps)*;
            #ty { call }
        }
    }
}

/// A constant query parameter.
fn constant_query((name, value): &(String, String)) -> TokenStream {
    quote!(.query(#name, evergrant_sdk::QueryStyle::Form, evergrant_sdk::Explode::No, #value))
}

/// The builder of a call.
pub(super) fn call(operation: &Operation) -> TokenStream {
    let ty = format_ident!("{}", operation.type_name);
    let about = docs(&format!(
        "A call to {}. Set optional parameters, and then send the call.",
        code(&operation.method_name)
    ));
    let optional = operation
        .parameters
        .iter()
        .filter(|parameter| !parameter.required)
        .map(setter);
    let body = operation.body.as_ref().filter(|body| !body.required).map(body_setter);
    let send = send_methods::send(operation);
    quote! {
        #about
        #[derive(Debug)]
        #[must_use = "a call does nothing until it is sent"]
        pub struct #ty {
            call: evergrant_sdk::Call,
        }

        impl #ty {
            #(#optional)*

            #body

            /// Adds a header to this call.
            pub fn header(mut self, name: evergrant_sdk::http::HeaderName, value: evergrant_sdk::http::HeaderValue) -> Self {
                self.call = self.call.header(name, value);
                self
            }

            /// Sets the time limit of this call, in place of the client's limit. Zero means no limit.
            pub fn timeout(mut self, limit: std::time::Duration) -> Self {
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
    let (ty, conversion, step) = (argument.ty, argument.conversion, parameter_step(parameter));
    let docs = docs(&parameter_docs(parameter));
    quote! {
        #docs
        pub fn #name(mut self, #name: #ty) -> Self {
            #conversion
            self.call = self.call #step;
            self
        }
    }
}

fn body_setter(body: &Body) -> TokenStream {
    let name = format_ident!("{}", body.ident);
    let (ty, step) = (body_type(body), body_step(body));
    let text = match &body.description {
        Some(description) => description.trim().to_owned(),
        None => format!("Sets the request body, in the format {}.", code(&body.content_type)),
    };
    let docs = docs(&text);
    quote! {
        #docs
        pub fn #name(mut self, #name: #ty) -> Self {
            self.call = self.call #step;
            self
        }
    }
}

/// Adds a parameter to the call.
fn parameter_step(parameter: &Parameter) -> TokenStream {
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
        Style::DeepObjectBrackets => quote!(DeepObjectBrackets),
        Style::DeepObjectRepeat => quote!(DeepObjectRepeat),
        _ => quote!(Form),
    };
    quote!(evergrant_sdk::QueryStyle::#style)
}

fn body_type(body: &Body) -> TokenStream {
    match &body.kind {
        BodyKind::Json(Type::String) | BodyKind::Form(Type::String, _) => quote!(&str),
        BodyKind::Json(Type::Array(item)) => {
            let item = item.tokens();
            quote!(&[#item])
        }
        BodyKind::Json(ty) | BodyKind::Form(ty, _) => {
            let ty = ty.tokens();
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

fn body_step(body: &Body) -> TokenStream {
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
