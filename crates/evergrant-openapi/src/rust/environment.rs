//! Environments, and the variables of their URLs.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::api::{Api, Server, Variable};
use crate::docs::docs;
use crate::prose::code;

pub(super) fn items(api: &Api) -> TokenStream {
    let environments = &api.servers.environments;
    let variants = environments.iter().enumerate().map(|(index, environment)| {
        let name = format_ident!("{}", environment.variant);
        let docs = docs(&described(api, index));
        let default = (index == 0).then(|| quote!(#[default]));
        quote!(#docs #default #name)
    });
    let all = environments
        .iter()
        .map(|environment| format_ident!("{}", environment.variant));
    let variables = api.servers.variables.iter().filter_map(variable);
    quote! {
        /// Where the API is. The first environment is the default one.
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

fn described(api: &Api, index: usize) -> String {
    let environment = &api.servers.environments[index];
    let mut text = match &environment.description {
        Some(description) => format!("{}\n\n", description.trim()),
        None => format!("The environment {}.\n\n", code(&environment.name)),
    };
    for server in &api.servers.list {
        text += &match server.url(index) {
            Some(url) => format!("- {}: {}\n", code(&server.name), code(url)),
            None => missing(server),
        };
    }
    let plain = |server: &Server| server.url(index).is_some_and(is_plain_http);
    if api.servers.list.iter().any(plain) {
        text += "\nPlain `http`: credentials would be readable on the way, so the application has to allow it: `danger_allow_http_to(..)` on the builder.\n";
    }
    text
}

fn missing(server: &Server) -> String {
    let below = match &server.relative {
        Some(path) => format!(" It ends with {}.", code(path)),
        None => String::new(),
    };
    format!(
        "- {}: not in the description; set it with `{}(..)`.{below}\n",
        code(&server.name),
        server.setter
    )
}

/// Plain `http` to another machine.
pub(crate) fn is_plain_http(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else {
        return false;
    };
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    !(host == "localhost" || host == "127.0.0.1" || rest.starts_with("[::1]"))
}

fn variable(variable: &Variable) -> Option<TokenStream> {
    let name = format_ident!("{}", variable.type_name.as_ref()?);
    let text = match &variable.description {
        Some(description) => description.clone(),
        None => format!("The part {} of the servers' URLs.", code(&variable.name)),
    };
    let docs = docs(&text);
    let variants = variable.values.iter().map(|(value, variant)| {
        let docs = self::docs(&format!("{}.", code(value)));
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
            /// What stands in the URL.
            #[must_use]
            pub fn value(self) -> &'static str {
                match self {
                    #(#arms),*
                }
            }
        }
    })
}
