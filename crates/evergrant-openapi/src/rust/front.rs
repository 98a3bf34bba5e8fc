//! The front page: the library's own file, and what it gives away from the runtime.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::{Visibility, text};
use crate::api::Api;
use crate::docs::{harmless, harmless_line, written};
use crate::problem::Error;
use crate::prose::first_line;

/// What the library's file says.
pub(super) struct Front {
    docs: String,
    credentials: Vec<String>,
    environment: Vec<String>,
    /// Pages with code, to be compiled by the tests.
    pages: Vec<(String, String)>,
}

/// What applications need of the runtime, besides what they do not name.
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

/// Why lints on names and on the shape of types are off.
const REASON: &str = "the description's names and shapes";

/// Lints that nothing but another description would satisfy.
const ALLOWED: [&str; 4] = [
    "clippy::just_underscores_and_digits",
    "clippy::large_enum_variant",
    "clippy::module_inception",
    "clippy::type_complexity",
];

/// Those on names beyond ASCII, which are the whole library's.
const FOREIGN: &[&str] = &["confusable_idents", "mixed_script_confusables", "uncommon_codepoints"];

/// The first of them, and what a program that uses but a part of an included module has no use for.
pub(super) fn allowed_where_included() -> TokenStream {
    let lints = ALLOWED
        .into_iter()
        .chain(["dead_code", "unreachable_pub", "unused_qualifications"]);
    let lints = lints.filter_map(|lint| syn::parse_str::<syn::Path>(lint).ok());
    quote!(#[allow(#(#lints,)* reason = #REASON)])
}

impl Front {
    pub(super) fn of(api: &Api) -> Self {
        let schemes = api.schemes.iter().filter(|scheme| !scheme.credentials.is_empty());
        let credentials = schemes.clone().flat_map(|scheme| {
            let scopes = scheme.oauth().and_then(|oauth| oauth.scope_type.clone());
            [Some(scheme.credentials.clone()), scopes].into_iter().flatten()
        });
        let mut environment = vec!["Environment".to_owned()];
        environment.extend(
            api.servers
                .variables
                .iter()
                .filter_map(|variable| variable.type_name.clone()),
        );
        let mut pages = vec![("Readme".to_owned(), "../README.md".to_owned())];
        for (index, (_, path)) in crate::pages::auth_paths(api).iter().enumerate() {
            pages.push((format!("Page{}", index + 1), format!("../{path}")));
        }
        let title = first_line(&api.package.title);
        let mut docs = format!(
            "{}: a client whose authentication looks after itself.\n",
            harmless_line(&title)
        );
        if let Some(description) = &api.package.description {
            docs += &format!("\n{}\n", harmless(description));
        }
        docs += "\nStart with [`Client::builder`].";
        docs += match api.groups.is_empty() {
            true => "\n",
            false => " Calls are grouped: see [`operations`].\n",
        };
        Self {
            docs,
            credentials: credentials.collect(),
            environment,
            pages,
        }
    }

    /// As its own file, formatted as formatters would.
    pub(super) fn library(&self, modules: &[(String, Visibility)], is_foreign: bool) -> Result<String, Error> {
        let mut lines = vec![front(&self.docs)?, String::new()];
        let foreign = if is_foreign { FOREIGN } else { &[] };
        let lints = ALLOWED.iter().chain(foreign).map(|lint| format!("    {lint},\n"));
        let lints: String = lints.collect();
        lines.push(format!("#![allow(\n{lints}    reason = \"{REASON}\"\n)]\n"));
        let mut modules: Vec<_> = modules.iter().collect();
        modules.sort_by_key(|(name, _)| name);
        for (name, visibility) in modules {
            lines.push(format!("#[rustfmt::skip]\n{}mod {name};", visibility.written()));
        }
        lines.push(String::new());
        for (name, types) in self.exports() {
            lines.push(format!("#[rustfmt::skip]\npub use {name}::{{{}}};", types.join(", ")));
        }
        lines.push("pub use evergrant_sdk;".to_owned());
        for (name, path) in &self.pages {
            lines.push(format!(
                "\n#[cfg(doctest)]\n#[doc = include_str!(\"{path}\")]\nstruct {name};"
            ));
        }
        lines.push(String::new());
        Ok(text::library(&lines.join("\n")))
    }

    /// As the first items of a module.
    pub(super) fn uses(&self) -> TokenStream {
        let exports = self.exports().into_iter().map(|(name, types)| {
            let types: Vec<Ident> = types.iter().map(|name| format_ident!("{name}")).collect();
            let path: syn::Path = match syn::parse_str(name) {
                Ok(path) => path,
                Err(_) => return quote!(),
            };
            quote!(#[allow(unused_imports, reason = "a program may need but some of them")] pub use #path::{#(#types),*};)
        });
        quote!(#(#exports)*)
    }

    fn exports(&self) -> Vec<(&'static str, Vec<String>)> {
        let runtime = RUNTIME.iter().map(|name| (*name).to_owned()).collect();
        let mut exports = vec![("self::client", vec!["Client".to_owned(), "ClientBuilder".to_owned()])];
        if !self.credentials.is_empty() {
            exports.push(("self::credentials", self.credentials.clone()));
        }
        exports.push(("self::environment", self.environment.clone()));
        exports.push(("evergrant_sdk", runtime));
        exports
    }
}

/// The documentation of the library itself, line by line.
fn front(text: &str) -> Result<String, Error> {
    let docs = written(text);
    let item: syn::ItemStruct =
        syn::parse2(quote!(#docs struct Front;)).map_err(|error| Error::Internal(error.to_string()))?;
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
