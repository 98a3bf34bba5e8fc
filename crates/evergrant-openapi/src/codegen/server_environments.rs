//! Generates the environments of the API, and the variables of their URLs.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::api::{Api, Server, Variable, is_plain_http};
use crate::doc_sanitizer::docs;
use crate::one_line_docs::code;

pub(super) fn items(api: &Api) -> TokenStream {
    let environments = &api.servers.environments;
    let variants = environments.iter().enumerate().map(|(index, environment)| {
        let name = format_ident!("{}", environment.variant);
        let docs = docs(&environment_docs(api, index));
        let default = (index == 0).then(|| quote!(#[default]));
        quote!(#docs #default #name)
    });
    let all = environments
        .iter()
        .map(|environment| format_ident!("{}", environment.variant));
    let variables = api.servers.variables.iter().filter_map(variable);
    quote! {
        /// An environment of the API, which determines the server URLs. The default is the first environment.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Environment {
            #(#variants),*
        }

        impl Environment {
            pub(crate) fn at(index: usize) -> Self {
                [#(Self::#all),*].get(index).copied().unwrap_or_default()
            }
        }

        #(#variables)*
    }
}

fn environment_docs(api: &Api, index: usize) -> String {
    let environment = &api.servers.environments[index];
    let mut text = match &environment.description {
        Some(description) => format!("{}\n\n", description.trim()),
        None => format!("The environment {}.\n\n", code(&environment.name)),
    };
    for server in &api.servers.list {
        text += &match server.url(index) {
            Some(url) => format!("- {}: {}\n", code(&server.name), code(url)),
            None => missing(server, index),
        };
    }
    let plain = |server: &Server| server.url(index).is_some_and(is_plain_http);
    if api.servers.list.iter().any(plain) {
        text += "\nThis environment uses plain `http`, which sends credentials unencrypted. Allow it with `danger_allow_http_to(..)` on the builder.\n";
    }
    text
}

fn missing(server: &Server, environment: usize) -> String {
    let below = match server.relative(environment) {
        Some(path) => format!(" It ends with {}.", code(path)),
        None => String::new(),
    };
    format!(
        "- {}: not in the API description; set it with `{}(..)`.{below}\n",
        code(&server.name),
        server.setter
    )
}

fn variable(variable: &Variable) -> Option<TokenStream> {
    let name = format_ident!("{}", variable.type_name.as_ref()?);
    let text = match &variable.description {
        Some(description) => description.clone(),
        None => format!("The variable {} of the server URLs.", code(&variable.name)),
    };
    let docs = docs(&text);
    let variants = variable.values.iter().map(|(value, variant)| {
        let docs = self::docs(&format!("The value {}.", code(value)));
        let name = format_ident!("{variant}");
        let default = (*value == variable.default).then(|| quote!(#[default]));
        quote!(#docs #default #name)
    });
    let arms = variable.values.iter().map(|(value, variant)| {
        let name = format_ident!("{variant}");
        quote!(Self::#name => #value)
    });
    Some(quote! {
        #docs
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum #name {
            #(#variants),*
        }

        impl #name {
            /// Returns the value that the URL contains.
            #[must_use]
            pub fn value(self) -> &'static str {
                match self {
                    #(#arms),*
                }
            }
        }
    })
}
