//! Generates the credentials of OAuth schemes: types of the runtime, by grant and scheme.

use evergrant::GrantKind;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::api::{Flow, Scheme};

/// The runtime type of a grant.
pub(super) fn grant(grant: GrantKind) -> TokenStream {
    match grant {
        GrantKind::ClientCredentials => quote!(evergrant_sdk::ClientCredentials),
        GrantKind::Password => quote!(evergrant_sdk::Password),
        GrantKind::AuthorizationCode => quote!(evergrant_sdk::AuthorizationCode),
    }
}

/// One alias with the grant as its parameter.
pub(super) fn of_several_grants(scheme: &Scheme, flows: &[Flow]) -> TokenStream {
    let (docs, name) = (super::about(scheme), format_ident!("{}", scheme.credentials));
    let marker = scheme.marker.as_ref().map(|name| format_ident!("{name}"));
    let definition = super::marker(scheme);
    let offers = flows.iter().map(|flow| {
        let grant = grant(flow.grant);
        quote!(impl evergrant_sdk::Offers<#grant> for #marker {})
    });
    quote! {
        #docs
        pub type #name<G = evergrant_sdk::AnyGrant> = evergrant_sdk::OAuthCredentials<G, #marker>;

        #definition

        #(#offers)*
    }
}
