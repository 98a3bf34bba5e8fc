//! Generates the arguments of methods: their types, and their conversions.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::schema::Type;

/// The type of an argument, and the statement that converts it.
pub(super) struct Argument {
    pub(super) ty: TokenStream,
    pub(super) conversion: TokenStream,
}

/// Returns the argument for a parameter of this name and type.
pub(super) fn argument(name: &Ident, ty: &Type) -> Argument {
    let ty = ty.non_null();
    let plain = ty.tokens();
    match ty {
        Type::String | Type::Sensitive | Type::DateTime => Argument {
            ty: quote!(impl Into<#plain>),
            conversion: quote!(let #name: #plain = #name.into();),
        },
        Type::Array(item) => {
            let item_plain = item.tokens();
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
