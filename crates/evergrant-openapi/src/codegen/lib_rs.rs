//! Generates the file `lib.rs`: documentation, modules and re-exports.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{Visibility, format_source};
use crate::api::Api;
use crate::doc_sanitizer::{doc_attributes, sanitize, sanitize_line};
use crate::errors_and_warnings::Error;
use crate::one_line_docs::first_line;

/// The contents of `lib.rs`.
pub(super) struct LibRs {
    docs: String,
    credentials: Vec<String>,
    environment: Vec<String>,
}

/// The re-exports of the runtime.
const RUNTIME: [&str; 9] = [
    "ApiError",
    "BuildError",
    "Error",
    "OAuthProviderError",
    "Response",
    "Scope",
    "Secret",
    "Token",
    "TokenManager",
];

/// The reason for the allowed lints.
const REASON: &str = "names, types and documentation come from the API description";

/// Lints that only a change of the API description could satisfy.
const ALLOWED: [&str; 5] = [
    "clippy::just_underscores_and_digits",
    "clippy::large_enum_variant",
    "clippy::module_inception",
    "clippy::type_complexity",
    "missing_docs",
];

/// Lints on non-ASCII names, which only work at the crate level.
const NON_ASCII_LINTS: &[&str] = &["confusable_idents", "mixed_script_confusables", "uncommon_codepoints"];

/// The allowed lints of an included module, of which a program may use only a part.
pub(super) fn included_module_lints() -> TokenStream {
    let lints = ALLOWED.into_iter().chain([
        "dead_code",
        "unreachable_pub",
        "unused_imports",
        "unused_qualifications",
    ]);
    let lints = lints.filter_map(|lint| syn::parse_str::<syn::Path>(lint).ok());
    quote!(#[allow(#(#lints,)* reason = #REASON)])
}

impl LibRs {
    pub(super) fn of(api: &Api) -> Self {
        let schemes = api.schemes.iter().filter(|scheme| !scheme.credentials.is_empty());
        let credentials = schemes.clone().flat_map(|scheme| {
            let scopes = scheme.oauth().and_then(|oauth| oauth.scope_type.clone());
            [Some(scheme.credentials.clone()), scheme.marker.clone(), scopes]
                .into_iter()
                .flatten()
        });
        let mut environment = vec!["Environment".to_owned()];
        environment.extend(
            api.servers
                .variables
                .iter()
                .filter_map(|variable| variable.type_name.clone()),
        );
        let title = first_line(&api.package.title);
        let mut docs = format!("A client for {}.\n", sanitize_line(&title));
        if api.schemes.iter().any(|scheme| scheme.oauth().is_some()) {
            docs += "\nThe client fetches access tokens, renews them, and sends them with calls.\n";
        }
        if let Some(description) = &api.package.description {
            docs += &format!("\n{}\n", sanitize(description));
        }
        docs += "\nStart with [`Client::builder`].";
        docs += match api.groups.is_empty() {
            true => "\n",
            false => " The operations of the API are in groups: see [`operations`].\n",
        };
        Self {
            docs,
            credentials: credentials.collect(),
            environment,
        }
    }

    /// Writes the file.
    pub(super) fn library(
        &self,
        modules: &[(String, Visibility)],
        has_non_ascii_names: bool,
        guides: &[String],
    ) -> Result<String, Error> {
        let non_ascii = if has_non_ascii_names { NON_ASCII_LINTS } else { &[] };
        let lints = ALLOWED.iter().chain(non_ascii).map(|lint| format!("    {lint},\n"));
        let lints: String = lints.collect();
        let mut modules: Vec<_> = modules.iter().collect();
        modules.sort();
        let modules = modules
            .into_iter()
            .map(|(name, visibility)| format!("{}mod {name};\n", visibility.prefix()));
        let exports = self.exports();
        let exports = format_source::formatted(&quote!(#(#exports)* pub use evergrant_sdk;))?;
        let mut paragraphs = vec![
            crate_docs(&self.docs)?,
            format!("#![allow(\n{lints}    reason = \"{REASON}\"\n)]"),
            modules.collect::<String>().trim_end().to_owned(),
            exports.trim_end().to_owned(),
        ];
        let readme = ("Readme".to_owned(), "README.md");
        let guides = guides.iter().enumerate();
        let guides = guides.map(|(index, path)| (format!("Guide{}", index + 1), path.as_str()));
        for (name, path) in [readme].into_iter().chain(guides) {
            paragraphs.push(format!(
                "#[cfg(doctest)]\n#[doc = include_str!(\"../{path}\")]\nstruct {name};"
            ));
        }
        Ok(format_source::library(&(paragraphs.join("\n\n") + "\n")))
    }

    /// The re-exports, as the first items of a module.
    pub(super) fn uses(&self) -> TokenStream {
        let exports = self
            .exports()
            .into_iter()
            .map(|export| quote!(#[allow(unused_imports, reason = "a program may use only some of them")] #export));
        quote!(#(#exports)*)
    }

    fn exports(&self) -> Vec<TokenStream> {
        let sorted = |names: &[String]| {
            let names: BTreeSet<&String> = names.iter().collect();
            names
                .into_iter()
                .map(|name| format_ident!("{name}"))
                .collect::<Vec<_>>()
        };
        let (credentials, environment) = (sorted(&self.credentials), sorted(&self.environment));
        let runtime = RUNTIME.map(|name| format_ident!("{name}"));
        let credentials = (!credentials.is_empty()).then(|| quote!(pub use self::credentials::{#(#credentials),*};));
        [
            Some(quote!(
                pub use self::client::{Client, ClientBuilder};
            )),
            credentials,
            Some(quote!(pub use self::environment::{#(#environment),*};)),
            Some(quote!(pub use evergrant_sdk::{#(#runtime),*};)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// The documentation of the crate, line by line.
fn crate_docs(text: &str) -> Result<String, Error> {
    let docs = doc_attributes(text);
    let item: syn::ItemStruct =
        syn::parse2(quote!(#docs struct LibRs;)).map_err(|error| Error::Internal(error.to_string()))?;
    let lines = item.attrs.iter().map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(syn::MetaNameValue {
            value:
                syn::Expr::Lit(syn::ExprLit {
                    lit: syn::Lit::Str(line),
                    ..
                }),
            ..
        }) => format!("//!{}", line.value().trim_end()),
        _ => "//!".to_owned(),
    });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}
