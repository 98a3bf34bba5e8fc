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

use proc_macro2::{TokenStream, TokenTree};
use quote::{format_ident, quote};

pub(crate) use self::environment::is_plain_http;
pub(crate) use self::operation::requirement;
use self::text::file;
use crate::api::Api;
use crate::docs::docs;
use crate::problem::Error;

/// A module of the SDK.
struct Module {
    name: String,
    docs: &'static str,
    visibility: Visibility,
    items: TokenStream,
    modules: Vec<Module>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visibility {
    Public,
    Private,
}

/// The Rust of an SDK.
pub(crate) struct Source {
    front: front::Front,
    modules: Vec<Module>,
}

impl Source {
    pub(crate) fn of(api: &Api) -> Self {
        let private = |name: &str, docs, items| Module::new(name, docs, Visibility::Private, items);
        let mut modules = vec![
            private(
                "api",
                "What the description says of the API, for the runtime.",
                describe::items(api),
            ),
            private("client", "The client and its settings.", client::items(api)),
            credentials::module(api),
            private("environment", "Where the API is.", environment::items(api)),
        ];
        modules.push(models(api));
        modules.push(operations::module(api));
        modules.retain(|module| !module.is_empty());
        Self {
            front: front::Front::of(api),
            modules,
        }
    }

    /// One file for each module.
    pub(crate) fn files(&self) -> Result<Vec<(String, String)>, Error> {
        let mut files = vec![("src/lib.rs".to_owned(), self.front.library(&self.modules)?)];
        for module in &self.modules {
            module.files("src", &mut files)?;
        }
        Ok(files)
    }

    /// Everything in one text.
    pub(crate) fn module(&self) -> Result<String, Error> {
        let uses = self.front.uses();
        let allowed = front::allowed_where_included();
        let modules = self
            .modules
            .iter()
            .map(Module::nested)
            .map(|module| quote!(#allowed #module));
        file(&quote!(#uses #(#modules)*))
    }
}

impl Module {
    fn new(name: &str, docs: &'static str, visibility: Visibility, items: TokenStream) -> Self {
        Self {
            name: name.to_owned(),
            docs,
            visibility,
            items,
            modules: Vec::new(),
        }
    }

    fn is_empty(&self) -> bool {
        self.items.is_empty() && self.modules.is_empty()
    }

    fn declaration(&self) -> TokenStream {
        let (name, visibility) = (format_ident!("{}", self.name), self.visibility.tokens());
        quote!(#visibility mod #name;)
    }

    fn nested(&self) -> TokenStream {
        let name = format_ident!("{}", self.name);
        let docs = docs(self.docs);
        let items = &self.items;
        let modules = self.modules.iter().map(Self::nested);
        let visibility = self.visibility.tokens();
        quote!(#docs #visibility mod #name { #(#modules)* #items })
    }

    /// Whether a name of it has letters beyond ASCII.
    fn is_foreign(&self) -> bool {
        has_foreign_names(&self.items) || self.modules.iter().any(Self::is_foreign)
    }

    fn files(&self, directory: &str, files: &mut Vec<(String, String)>) -> Result<(), Error> {
        let items = &self.items;
        let declarations = self.modules.iter().map(Self::declaration);
        let text = text::module(self.docs, &quote!(#(#declarations)* #items))?;
        if self.modules.is_empty() {
            files.push((format!("{directory}/{}.rs", self.name), text));
            return Ok(());
        }
        let directory = format!("{directory}/{}", self.name);
        files.push((format!("{directory}/mod.rs"), text));
        self.modules
            .iter()
            .try_for_each(|module| module.files(&directory, files))
    }
}

impl Visibility {
    fn tokens(self) -> TokenStream {
        match self {
            Self::Public => quote!(pub),
            Self::Private => quote!(),
        }
    }
}

fn has_foreign_names(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(name) => !name.to_string().is_ascii(),
        TokenTree::Group(group) => has_foreign_names(&group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

fn models(api: &Api) -> Module {
    let mut module = Module::new(
        "models",
        "What calls take and give.",
        Visibility::Public,
        TokenStream::new(),
    );
    for model in &api.models.modules {
        let name = format_ident!("{}", model.name);
        let types = model.types.iter().map(|name| format_ident!("{name}"));
        module.items.extend(quote!(pub use self::#name::{#(#types),*};));
        module.modules.push(Module::new(
            &model.name,
            "A model of the API.",
            Visibility::Private,
            model.items.clone(),
        ));
    }
    module
}
