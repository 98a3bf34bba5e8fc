//! Generates one module for each group of operations.

use quote::{format_ident, quote};

use super::writer::Writer;
use super::{Visibility, api_metadata, multipart, operation, send_methods};
use crate::api::{Api, BodyKind, Group, Shape};
use crate::doc_sanitizer::docs;
use crate::errors_and_warnings::Error;
use crate::one_line_docs::code;

pub(super) fn write(api: &Api, writer: &mut Writer) -> Result<(), Error> {
    let about = "The operations of the API, in groups.";
    writer.module(("operations", about, Visibility::Public), |writer| {
        for group in &api.groups {
            // Only the type of the group is re-exported; the types of its calls stay in its module.
            writer.reexport(&group.module, [group.type_name.as_str()]);
            let about = format!("The operations of [`{}`].", group.type_name);
            writer.module((&group.module, &about, Visibility::Public), |writer| {
                items(api, group, writer)
            })?;
        }
        Ok(())
    })
}

fn items(api: &Api, group: &Group, writer: &mut Writer) -> Result<(), Error> {
    writer.register(&format!("crate::operations::{}", group.module), types(group));
    writer.items(&quote!(
        use evergrant_sdk::metadata as d;
    ))?;
    for operation in &group.operations {
        writer.items(&api_metadata::operation(operation))?;
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
            pub(crate) dispatcher: &'a evergrant_sdk::Dispatcher,
        }
    })?;
    let methods = group
        .operations
        .iter()
        .map(|operation| operation::method(api, operation));
    writer.items_within(quote!(impl #name<'_>), methods)?;
    for operation in &group.operations {
        writer.items(&operation::call(operation))?;
        if let Some(body) = &operation.body
            && let BodyKind::Multipart { type_name, parts } = &body.kind
        {
            writer.items(&multipart::form(type_name, parts))?;
        }
        writer.items(&send_methods::enums(operation))?;
    }
    Ok(())
}

/// The names of the types in a group's module.
fn types(group: &Group) -> impl Iterator<Item = &str> {
    let of_operations = group.operations.iter().flat_map(|operation| {
        let form = operation.body.as_ref().and_then(|body| match &body.kind {
            BodyKind::Multipart { type_name, .. } => Some(type_name.as_str()),
            _ => None,
        });
        let responses = [&operation.success, &operation.failure].map(|responses| match &responses.shape {
            Shape::Enum(name) => Some(name.as_str()),
            _ => None,
        });
        let call = Some(operation.type_name.as_str());
        [call, form].into_iter().chain(responses).flatten()
    });
    [group.type_name.as_str()].into_iter().chain(of_operations)
}
