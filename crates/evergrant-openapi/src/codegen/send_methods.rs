//! Generates the methods that send a call, and enums for operations with several response types.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use crate::api::{Operation, Payload, Response, Responses, Shape, Status};
use crate::doc_sanitizer::{doc_attributes, docs};
use crate::one_line_docs::code;

/// The methods that send a call.
pub(super) fn send(operation: &Operation) -> TokenStream {
    let (success, failure) = (&operation.success, &operation.failure);
    let (ok, error) = (success_type(success), failure_type(failure));
    let errors = error_expectations(failure);
    let text = "\n# Errors\nSee [`Error`]. [`Error::api`] returns the error response of the API.";
    let only_events = matches!(success.payload(), Some(Payload::Events(_)));
    let events = success.events().map(|ty| {
        let item = ty.tokens();
        let name = if only_events {
            format_ident!("send")
        } else {
            format_ident!("events")
        };
        let docs = doc_attributes(&format!(
            "Sends the call and returns its response as a stream of events.\n{text}"
        ));
        quote! {
            #docs
            pub fn #name(
                self,
            ) -> impl Future<Output = Result<evergrant_sdk::EventStream<#item>, evergrant_sdk::Error<#error>>> + Send {
                self.call.events(&[#(#errors),*])
            }
        }
    });
    let stream = matches!(success.payload(), Some(Payload::Bytes)).then(|| {
        let docs = doc_attributes(&format!(
            "Sends the call and returns the response body as a stream of bytes.\n{text}"
        ));
        quote! {
            #docs
            pub fn stream(
                self,
            ) -> impl Future<Output = Result<evergrant_sdk::ByteStream, evergrant_sdk::Error<#error>>> + Send {
                self.call.stream(&[#(#errors),*])
            }
        }
    });
    let send = (!only_events).then(|| {
        let docs = doc_attributes(&format!("Sends the call and returns its response.\n{text}"));
        let responses = success_expectations(success);
        quote! {
            #docs
            pub fn send(self) -> impl Future<Output = Result<evergrant_sdk::Response<#ok>, evergrant_sdk::Error<#error>>> + Send {
                self.call.send(&[#(#responses),*], &[#(#errors),*])
            }
        }
    });
    quote!(#send #events #stream)
}

/// The enums of an operation with several response or error types.
pub(super) fn enums(operation: &Operation) -> TokenStream {
    let method = code(&operation.method_name);
    let success = response_enum(&operation.success, &format!("A response to {method}."));
    let failure = response_enum(&operation.failure, &format!("An error response to {method}."));
    quote!(#success #failure)
}

fn response_enum(responses: &Responses, about: &str) -> Option<TokenStream> {
    let Shape::Enum(name) = &responses.shape else {
        return None;
    };
    let name = format_ident!("{name}");
    let about = docs(about);
    let variants = responses.list.iter().map(|response| {
        let variant = format_ident!("{}", response.variant);
        let text = response.description.clone().unwrap_or_default();
        let status = code(&response.status.to_string());
        let docs = docs(&match text.trim() {
            "" => format!("A response with the status {status}."),
            text => format!("Status {status}: {text}"),
        });
        match payload_type(&response.payload) {
            Some(ty) => quote!(#docs #variant(#ty)),
            None => quote!(#docs #variant),
        }
    });
    Some(quote! {
        #about
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum #name {
            #(#variants),*
        }
    })
}

fn success_type(responses: &Responses) -> TokenStream {
    let body = responses.payload().and_then(payload_type).unwrap_or_else(|| quote!(()));
    match &responses.shape {
        Shape::Single => body,
        Shape::Optional => quote!(Option<#body>),
        Shape::Enum(name) => {
            let name = format_ident!("{name}");
            quote!(#name)
        }
    }
}

fn failure_type(responses: &Responses) -> TokenStream {
    match responses.list.is_empty() {
        true => quote!(evergrant_sdk::Untyped),
        false => success_type(responses),
    }
}

fn payload_type(payload: &Payload) -> Option<TokenStream> {
    Some(match payload {
        Payload::Empty => return None,
        Payload::Json(ty) => {
            let ty = ty.tokens();
            match ty.to_string() == "()" {
                true => return None,
                false => ty,
            }
        }
        Payload::Text | Payload::Events(_) => quote!(String),
        Payload::Bytes => quote!(evergrant_sdk::bytes::Bytes),
    })
}

fn success_expectations(responses: &Responses) -> Vec<TokenStream> {
    match (&responses.shape, responses.payload()) {
        // Accepts any 2XX status: some servers respond with 200 where they describe 201.
        (Shape::Single, Some(payload)) => {
            let decode = decode(payload);
            vec![quote!(evergrant_sdk::Expect::new(evergrant_sdk::Status::Range(2), #decode))]
        }
        _ => expectations(responses),
    }
}

fn error_expectations(responses: &Responses) -> Vec<TokenStream> {
    expectations(responses)
}

/// The expected response of each status.
fn expectations(responses: &Responses) -> Vec<TokenStream> {
    let expected = responses.list.iter().map(|response| {
        let decode = decode(&response.payload);
        let has_body = payload_type(&response.payload).is_some();
        let decoded = match (&responses.shape, has_body) {
            (Shape::Single, _) => decode,
            (Shape::Optional, true) => quote!(|body| #decode(body).map(Some)),
            (Shape::Optional, false) => quote!(|body| #decode(body).map(|()| None)),
            (Shape::Enum(name), _) => {
                let (name, variant) = (format_ident!("{name}"), format_ident!("{}", response.variant));
                match has_body {
                    true => quote!(|body| #decode(body).map(#name::#variant)),
                    false => quote!(|body| #decode(body).map(|()| #name::#variant)),
                }
            }
        };
        expect(response, &decoded)
    });
    expected.collect()
}

fn expect(response: &Response, decode: &TokenStream) -> TokenStream {
    let status = match response.status {
        Status::Exact(status) => {
            let status = Literal::u16_unsuffixed(status);
            quote!(Exact(#status))
        }
        Status::Range(hundreds) => {
            let hundreds = Literal::u8_unsuffixed(hundreds);
            quote!(Range(#hundreds))
        }
        Status::Any => quote!(Any),
    };
    quote!(evergrant_sdk::Expect::new(evergrant_sdk::Status::#status, #decode))
}

fn decode(payload: &Payload) -> TokenStream {
    let name = match payload {
        Payload::Empty => quote!(empty),
        Payload::Json(ty) if ty.contains_integers() => quote!(integers),
        Payload::Json(_) => quote!(json),
        Payload::Text | Payload::Events(_) => quote!(text),
        Payload::Bytes => quote!(bytes),
    };
    quote!(evergrant_sdk::decode::#name)
}
