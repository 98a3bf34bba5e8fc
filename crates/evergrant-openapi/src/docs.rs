//! What a description says in prose, made harmless for Rust's documentation.

use proc_macro2::TokenStream;
use quote::quote;

/// One `#[doc]` for each line of a description.
pub(crate) fn docs(text: &str) -> TokenStream {
    let lines = text.lines().map(|line| format!(" {line}"));
    quote!(#(#[doc = #lines])*)
}
