//! How arguments come in: what callers may give, and what becomes of it.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::schema::Type;

/// The type of an argument, and the statement that makes a value of it.
pub(super) struct Argument {
    pub(super) ty: TokenStream,
    pub(super) conversion: TokenStream,
}

/// For an argument of this name and type, with models two modules up.
pub(super) fn argument(name: &Ident, ty: &Type) -> Argument {
    let ty = ty.present();
    let plain = ty.tokens(&models());
    match ty {
        Type::String | Type::Sensitive | Type::DateTime => Argument {
            ty: quote!(impl Into<#plain>),
            conversion: quote!(let #name: #plain = #name.into();),
        },
        Type::Array(item) => {
            let item_plain = item.tokens(&models());
            let (item_ty, map) = match **item {
                Type::String | Type::Sensitive | Type::DateTime => {
                    (quote!(impl Into<#item_plain>), quote!(.map(Into::into)))
                }
                _ => (quote!(#item_plain), quote!()),
            };
            Argument {
                ty: quote!(impl IntoIterator<Item = #item_ty>),
                conversion: quote!(let #name: #plain = #name.into_iter()#map.collect();),
            }
        }
        _ => Argument {
            ty: plain,
            conversion: quote!(),
        },
    }
}

/// Where operations find the models.
pub(super) fn models() -> TokenStream {
    quote!(super::super::models)
}
