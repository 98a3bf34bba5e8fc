//! The paths that imports shorten.

use super::*;

fn shorten(imports: &mut Imports, items: TokenStream) -> (String, String) {
    let items = imports.shorten(items).unwrap();
    let declarations = imports.declarations().unwrap().map(|group| group.to_string()).join(" ");
    (items.to_string(), declarations)
}

fn same(found: &str, expected: TokenStream) {
    assert_eq!(found, expected.to_string());
}

#[test]
fn paths_become_imported_names() {
    let (items, declarations) = shorten(
        &mut Imports::new(None),
        quote! {
            use evergrant_sdk::http::{HeaderName, HeaderValue};
            #[derive(Debug, serde::Serialize)]
            pub struct A { b: Vec<crate::models::B>, name: HeaderName, error: serde_json::Error }
            impl std::fmt::Display for A {}
            pub(crate) fn f() -> evergrant_sdk::Core { evergrant_sdk::decode::json(std::time::Duration::ZERO) }
        },
    );
    same(
        &items,
        quote! {
            #[derive(Debug, Serialize)]
            pub struct A { b: Vec<B>, name: HeaderName, error: serde_json::Error }
            impl fmt::Display for A {}
            pub(crate) fn f() -> Core { decode::json(Duration::ZERO) }
        },
    );
    let expected = [
        quote!(
            use std::time::{Duration};
            use std::{fmt};
        ),
        quote!(
            use evergrant_sdk::http::{HeaderName, HeaderValue};
            use evergrant_sdk::{decode, Core};
            use serde::{Serialize};
        ),
        quote!(
            use crate::models::{B};
        ),
    ];
    assert_eq!(declarations, expected.map(|group| group.to_string()).join(" "));
}

#[test]
fn a_name_with_another_meaning_keeps_its_path() {
    let mut imports = Imports::new(None);
    imports.register("Status", "crate::models::Status");
    let (items, declarations) = shorten(
        &mut imports,
        quote! {
            pub struct Call;
            fn f<D>(a: crate::models::Status, b: evergrant_sdk::Status, c: evergrant_sdk::Call, d: crate::models::D) {}
            fn g(a: crate::models::Order, b: evergrant_sdk::Order, c: crate::models::Option) {}
        },
    );
    same(
        &items,
        quote! {
            pub struct Call;
            fn f<D>(a: Status, b: evergrant_sdk::Status, c: evergrant_sdk::Call, d: crate::models::D) {}
            fn g(a: Order, b: evergrant_sdk::Order, c: crate::models::Option) {}
        },
    );
    assert_eq!(
        declarations.trim(),
        quote!(
            use crate::models::{Order};
        )
        .to_string()
    );
    let late = imports.shorten(quote!(
        pub struct Order;
    ));
    assert!(late.is_err(), "the name is already imported");
}

#[test]
fn paths_in_an_included_module_use_super() {
    let (items, declarations) = shorten(
        &mut Imports::new(Some(2)),
        quote!(
            fn f(a: crate::models::A, d: crate::models::D) {}
        ),
    );
    same(
        &items,
        quote!(
            fn f(a: A, d: super::super::models::D) {}
        ),
    );
    assert_eq!(
        declarations.trim(),
        quote!(
            use super::super::models::{A};
        )
        .to_string()
    );
}
