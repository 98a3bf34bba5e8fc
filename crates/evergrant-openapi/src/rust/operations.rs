//! A module for each group of operations.

use quote::{format_ident, quote};

use super::writer::Writer;
use super::{Visibility, answers, describe, forms, operation};
use crate::api::{Api, BodyKind, Group};
use crate::docs::docs;
use crate::problem::Error;
use crate::prose::code;

pub(super) fn write(api: &Api, writer: &mut Writer) -> Result<(), Error> {
    let about = "The API's operations, grouped as the description groups them.";
    writer.module(("operations", about, Visibility::Public), |writer| {
        for group in &api.groups {
            let (module, name) = (format_ident!("{}", group.module), format_ident!("{}", group.type_name));
            // The group's own type alone is found beside those of other groups; what calls are made of stays in its module.
            writer.items(&quote!(pub use self::#module::{#name};))?;
            let about = (group.module.as_str(), "One group of operations.", Visibility::Public);
            writer.module(about, |writer| items(api, group, writer))?;
        }
        Ok(())
    })
}

fn items(api: &Api, group: &Group, writer: &mut Writer) -> Result<(), Error> {
    writer.items(&quote! {
        use std::time::Duration;

        use evergrant_sdk::describe as d;
        use evergrant_sdk::http::{HeaderName, HeaderValue};
        use evergrant_sdk::{Call, Core, Error, Response};
    })?;
    for operation in &group.operations {
        writer.items(&describe::operation(operation))?;
    }
    let name = format_ident!("{}", group.type_name);
    let text = match &group.description {
        Some(description) => description.trim().to_owned(),
        None => format!("The operations of {}.", code(&group.method)),
    };
    let docs = docs(&text);
    writer.items(&quote! {
        #docs
        #[derive(Debug, Clone, Copy)]
        pub struct #name<'a> {
            pub(crate) core: &'a Core,
        }
    })?;
    let methods = group
        .operations
        .iter()
        .map(|operation| operation::method(api, operation));
    writer.within(quote!(impl #name<'_>), methods)?;
    for operation in &group.operations {
        writer.items(&operation::call(operation))?;
        if let Some(body) = &operation.body
            && let BodyKind::Multipart { type_name, parts } = &body.kind
        {
            writer.items(&forms::form(type_name, parts))?;
        }
        writer.items(&answers::enumerations(operation))?;
    }
    Ok(())
}
