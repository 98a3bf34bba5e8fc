//! What calls give back: the sending, and enumerations where answers differ.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::values::models;
use crate::api::{Answer, Answers, Operation, Payload, Shape, Status};
use crate::docs::{docs, written};
use crate::prose::code;

/// The methods that send.
pub(super) fn send(operation: &Operation) -> TokenStream {
    let (success, failure) = (&operation.success, &operation.failure);
    let (ok, error) = (success_type(success), failure_type(failure));
    let errors = failures(failure);
    let text = "\n# Errors\nAs described at [`Error`]; [`Error::api`] gives the API's own.";
    let only_events = matches!(success.payload(), Some(Payload::Events(_)));
    let events = success.events().map(|ty| {
        let item = ty.tokens(&models());
        let name = if only_events {
            format_ident!("send")
        } else {
            format_ident!("events")
        };
        let docs = written(&format!(
            "Sends the call, and gives its answer as a stream of events.\n{text}"
        ));
        quote! {
            #docs
            pub fn #name(
                self,
            ) -> impl Future<Output = Result<evergrant_sdk::EventStream<#item>, Error<#error>>> + Send {
                self.call.events(&[#(#errors),*])
            }
        }
    });
    let stream = matches!(success.payload(), Some(Payload::Bytes)).then(|| {
        let docs = written(&format!(
            "Sends the call, and gives its answer piece by piece, as it comes.\n{text}"
        ));
        quote! {
            #docs
            pub fn stream(
                self,
            ) -> impl Future<Output = Result<evergrant_sdk::ByteStream, Error<#error>>> + Send {
                self.call.stream(&[#(#errors),*])
            }
        }
    });
    let send = (!only_events).then(|| {
        let docs = written(&format!("Sends the call.\n{text}"));
        let answers = successes(success);
        quote! {
            #docs
            pub fn send(self) -> impl Future<Output = Result<Response<#ok>, Error<#error>>> + Send {
                self.call.send(&[#(#answers),*], &[#(#errors),*])
            }
        }
    });
    quote!(#send #events #stream)
}

/// The enumerations that the operation's answers need.
pub(super) fn enumerations(operation: &Operation) -> TokenStream {
    let method = code(&operation.method_name);
    let success = enumeration(&operation.success, &format!("What {method} is answered with."));
    let failure = enumeration(&operation.failure, &format!("How the API says that {method} failed."));
    quote!(#success #failure)
}

fn enumeration(answers: &Answers, about: &str) -> Option<TokenStream> {
    let Shape::Several(name) = &answers.shape else {
        return None;
    };
    let name = format_ident!("{name}");
    let about = docs(about);
    let variants = answers.list.iter().map(|answer| {
        let variant = format_ident!("{}", answer.variant);
        let text = answer.description.clone().unwrap_or_default();
        let docs = docs(&format!("{}. {}", code(&answer.status.to_string()), text.trim()));
        match payload_type(&answer.payload) {
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

fn success_type(answers: &Answers) -> TokenStream {
    let body = answers.payload().and_then(payload_type).unwrap_or_else(|| quote!(()));
    match &answers.shape {
        Shape::One => body,
        Shape::OneOrNothing => quote!(Option<#body>),
        Shape::Several(name) => {
            let name = format_ident!("{name}");
            quote!(#name)
        }
    }
}

fn failure_type(answers: &Answers) -> TokenStream {
    match answers.list.is_empty() {
        true => quote!(evergrant_sdk::Untyped),
        false => success_type(answers),
    }
}

fn payload_type(payload: &Payload) -> Option<TokenStream> {
    Some(match payload {
        Payload::Empty => return None,
        Payload::Json(ty) => {
            let ty = ty.tokens(&models());
            match ty.to_string() == "()" {
                true => return None,
                false => ty,
            }
        }
        Payload::Text | Payload::Events(_) => quote!(String),
        Payload::Bytes => quote!(evergrant_sdk::bytes::Bytes),
    })
}

fn successes(answers: &Answers) -> Vec<TokenStream> {
    match (&answers.shape, answers.payload()) {
        // Whatever success it is: servers say 200 where they have described 201.
        (Shape::One, Some(payload)) => {
            let decode = decode(payload);
            vec![quote!(evergrant_sdk::Expect::new(evergrant_sdk::Status::Range(2), #decode))]
        }
        _ => each(answers),
    }
}

fn failures(answers: &Answers) -> Vec<TokenStream> {
    each(answers)
}

/// What is expected of each status.
fn each(answers: &Answers) -> Vec<TokenStream> {
    let expected = answers.list.iter().map(|answer| {
        let decode = decode(&answer.payload);
        let has_body = payload_type(&answer.payload).is_some();
        let decoded = match (&answers.shape, has_body) {
            (Shape::One, _) => decode,
            (Shape::OneOrNothing, true) => quote!(|body| #decode(body).map(Some)),
            (Shape::OneOrNothing, false) => quote!(|body| #decode(body).map(|()| None)),
            (Shape::Several(name), _) => {
                let (name, variant) = (format_ident!("{name}"), format_ident!("{}", answer.variant));
                match has_body {
                    true => quote!(|body| #decode(body).map(#name::#variant)),
                    false => quote!(|body| #decode(body).map(|()| #name::#variant)),
                }
            }
        };
        expect(answer, &decoded)
    });
    expected.collect()
}

fn expect(answer: &Answer, decode: &TokenStream) -> TokenStream {
    let status = match answer.status {
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
        Payload::Json(_) => quote!(json),
        Payload::Text | Payload::Events(_) => quote!(text),
        Payload::Bytes => quote!(bytes),
    };
    quote!(evergrant_sdk::decode::#name)
}
