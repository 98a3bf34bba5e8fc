//! Generates the API description as static data for the runtime.

use evergrant::GrantKind;
use evergrant::client_auth::ClientAuthMethod;

use std::collections::HashSet;

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use crate::api::{Api, KeyLocation, OAuth, Requirement, Scheme, SchemeKind};

pub(super) fn items(api: &Api) -> TokenStream {
    let (name, version) = (&api.package.name, &api.package.version);
    let environments = api.servers.environments.iter().map(|environment| &environment.name);
    let called: HashSet<usize> = api.operations().map(|operation| operation.server).collect();
    let servers = api.servers.list.iter().enumerate().map(|(index, server)| {
        let (name, setter) = (&server.name, &server.setter);
        let role = match called.contains(&index) || index == 0 && api.groups.is_empty() {
            true => quote!(Api),
            false => quote!(Authorization),
        };
        let urls = server.urls.iter().map(|url| optional(url.as_deref()));
        quote!(d::Server { name: #name, setter: #setter, role: d::Role::#role, urls: &[#(#urls),*] })
    });
    let variables = api.servers.variables.iter().map(|variable| {
        let name = &variable.name;
        let default = optional(Some(variable.default.as_str()).filter(|_| !variable.required));
        let values = variable.values.iter().map(|(value, _)| value);
        quote!(d::Variable { name: #name, default: #default, values: &[#(#values),*] })
    });
    let headers = api
        .headers
        .iter()
        .map(|header| &header.name)
        .map(|name| quote!(d::Header { name: #name }));
    let schemes = api.schemes.iter().filter_map(scheme);
    let indices: Vec<usize> = (0..api.schemes.len()).map(|scheme| index(api, scheme)).collect();
    let requirements = api
        .requirements
        .iter()
        .map(|requirement| self::requirement(&indices, requirement));
    quote! {
        use evergrant_sdk::metadata as d;

        pub(crate) static API: d::Api = d::Api {
            name: #name,
            version: #version,
            environments: &[#(#environments),*],
            servers: &[#(#servers),*],
            variables: &[#(#variables),*],
            headers: &[#(#headers),*],
            schemes: &[#(#schemes),*],
            requirements: &[#(#requirements),*],
        };
    }
}

/// The index of a scheme among the supported schemes.
pub(super) fn index(api: &Api, scheme: usize) -> usize {
    let before = api.schemes.iter().take(scheme);
    before
        .filter(|scheme| !matches!(scheme.kind, SchemeKind::Unsupported(_)))
        .count()
}

fn scheme(scheme: &Scheme) -> Option<TokenStream> {
    let name = &scheme.name;
    let kind = match &scheme.kind {
        SchemeKind::Basic => quote!(d::SchemeKind::Basic),
        SchemeKind::Bearer => quote!(d::SchemeKind::Bearer),
        SchemeKind::Keys(keys) => {
            let keys = keys.iter().map(|key| {
                let name = &key.name;
                let location = match key.location {
                    KeyLocation::Header => quote!(Header),
                    KeyLocation::Query => quote!(Query),
                    KeyLocation::Cookie => quote!(Cookie),
                };
                quote!(d::Key { name: #name, location: d::Location::#location })
            });
            quote!(d::SchemeKind::Keys(&[#(#keys),*]))
        }
        SchemeKind::Session(session) => {
            let header = &session.header;
            quote!(d::SchemeKind::Session { header: #header })
        }
        SchemeKind::OAuth(oauth) => {
            let oauth = self::oauth(oauth);
            quote!(d::SchemeKind::OAuth(#oauth))
        }
        SchemeKind::Unsupported(_) => return None,
    };
    Some(quote!(d::Scheme { name: #name, kind: #kind }))
}

fn oauth(oauth: &OAuth) -> TokenStream {
    let client_auth = match oauth.client_auth {
        ClientAuthMethod::Basic => quote!(Basic),
        ClientAuthMethod::BasicRaw => quote!(BasicRaw),
        ClientAuthMethod::Post => quote!(Post),
        _ => quote!(None),
    };
    let params = oauth.params.iter().map(|(name, value)| quote!((#name, #value)));
    let flows = oauth.flows.iter().map(|flow| {
        let grant = match flow.grant {
            GrantKind::ClientCredentials => quote!(ClientCredentials),
            GrantKind::Password => quote!(Password),
            GrantKind::AuthorizationCode => quote!(AuthorizationCode),
        };
        let token_url = optional(flow.token_url.as_deref());
        let authorization_url = optional(flow.authorization_url.as_deref());
        quote!(d::Flow { grant: evergrant_sdk::GrantKind::#grant, token_url: #token_url, authorization_url: #authorization_url })
    });
    let issuer = optional(oauth.issuer.as_deref());
    quote! {
        d::OAuth { client_auth: evergrant_sdk::ClientAuthMethod::#client_auth, params: &[#(#params),*], issuer: #issuer, flows: &[#(#flows),*] }
    }
}

fn requirement(indices: &[usize], requirement: &Requirement) -> TokenStream {
    let alternatives = requirement.alternatives.iter().map(|needs| {
        let needs = needs.iter().map(|need| {
            let scheme = Literal::usize_unsuffixed(indices[need.scheme]);
            let scopes = &need.scopes;
            quote!(d::RequiredScheme { scheme: #scheme, scopes: &[#(#scopes),*] })
        });
        quote!(&[#(#needs),*])
    });
    let (optional, conflict) = (requirement.optional, requirement.allow_header_conflict);
    quote! {
        d::Requirement { alternatives: &[#(#alternatives),*], optional: #optional, allow_header_conflict: #conflict }
    }
}

pub(super) fn optional(text: Option<&str>) -> TokenStream {
    match text {
        Some(text) => quote!(Some(#text)),
        None => quote!(None),
    }
}

/// The metadata of an operation.
pub(super) fn operation(operation: &crate::api::Operation) -> TokenStream {
    let name = format_ident!("{}", operation.static_name);
    let (id, path) = (&operation.id, &operation.path);
    let method = &operation.verb;
    let server = Literal::usize_unsuffixed(operation.server);
    let requirement = Literal::usize_unsuffixed(operation.requirement);
    let accept = operation.accept();
    quote! {
        static #name: d::Operation = d::Operation {
            id: #id,
            method: #method,
            path: #path,
            server: #server,
            requirement: #requirement,
            accept: #accept,
        };
    }
}
