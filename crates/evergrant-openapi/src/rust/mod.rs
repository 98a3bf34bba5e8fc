//! The SDK's Rust: one module after another, each read off the API. Names enter as identifiers and literals alone, so that
//! nothing a description says becomes code.

mod answers;
mod client;
mod credentials;
mod describe;
mod environment;
mod forms;
mod front;
mod operation;
mod operations;
mod text;
mod values;
mod writer;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

pub(crate) use self::environment::is_plain_http;
pub(crate) use self::operation::requirement;
use self::writer::{Layout, Writer};
use crate::api::Api;
use crate::problem::Error;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Visibility {
    Public,
    Private,
}

/// One file for each module, with the paths below the package's directory.
pub(crate) fn files(api: &Api) -> Result<Vec<(String, String)>, Error> {
    let mut writer = Writer::new(Layout::Files);
    modules(api, &mut writer)?;
    let library = front::Front::of(api).library(&writer.modules, writer.is_foreign)?;
    let mut files = vec![("src/lib.rs".to_owned(), library)];
    files.append(&mut writer.into_files());
    Ok(files)
}

/// Everything in one text.
pub(crate) fn module(api: &Api) -> Result<String, Error> {
    let uses = text::formatted(&front::Front::of(api).uses())?;
    let mut writer = Writer::new(Layout::Nested(front::allowed_where_included()));
    modules(api, &mut writer)?;
    Ok(writer::file(&(uses + &writer.into_text())))
}

fn modules(api: &Api, writer: &mut Writer) -> Result<(), Error> {
    let mut private =
        |name, docs, items| writer.module((name, docs, Visibility::Private), |writer| writer.items(&items));
    let about = "What the description says of the API, for the runtime.";
    private("api", about, describe::items(api))?;
    private("client", "The client and its settings.", client::items(api))?;
    credentials::write(api, writer)?;
    let about = ("environment", "Where the API is.", Visibility::Private);
    writer.module(about, |writer| writer.items(&environment::items(api)))?;
    models(api, writer)?;
    operations::write(api, writer)
}

impl Visibility {
    fn tokens(self) -> TokenStream {
        match self {
            Self::Public => quote!(pub),
            Self::Private => quote!(),
        }
    }

    /// As it stands before a declaration.
    fn written(self) -> &'static str {
        match self {
            Self::Public => "pub ",
            Self::Private => "",
        }
    }
}

fn models(api: &Api, writer: &mut Writer) -> Result<(), Error> {
    let context = api.models.context();
    writer.module(("models", "What calls take and give.", Visibility::Public), |writer| {
        for module in api.models.modules() {
            let name = format_ident!("{}", module.name);
            let types = api.models.types(module).map(|name| format_ident!("{name}"));
            writer.items(&quote!(pub use self::#name::{#(#types),*};))?;
            let about = (module.name.as_str(), "A model of the API.", Visibility::Private);
            writer.module(about, |writer| {
                let mut items = context.items(module);
                items.try_for_each(|item| writer.items(&item))
            })?;
        }
        Ok(())
    })
}
