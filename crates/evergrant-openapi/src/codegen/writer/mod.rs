//! Writes the code of an SDK item by item. Tokens and formatted syntax trees take about a hundred times the memory of
//! the text, so only one item is held in that form at a time.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use proc_macro2::{TokenStream, TokenTree};
use quote::{format_ident, quote};

use super::Visibility;
use super::format_source::{self, MARK, Wrapper};
use super::imports::Imports;
use crate::doc_sanitizer::docs;
use crate::errors_and_warnings::{Error, Pointer, Problem};
use crate::limits::{Budget, FILES, OUTPUT};

/// How modules are written.
pub(super) enum Layout {
    /// Writes each module to its own file.
    Files,
    /// Writes all modules nested in one text. The outermost modules have these attributes.
    Nested(TokenStream),
}

/// Writes modules one after another.
pub(super) struct Writer {
    layout: Layout,
    open: Vec<OpenModule>,
    /// The paths and texts of files. Nested modules are one text.
    files: Vec<(String, String)>,
    /// The outermost modules.
    pub(super) modules: Vec<(String, Visibility)>,
    /// Whether any name has non-ASCII letters.
    pub(super) has_non_ascii_names: bool,
    output: Budget,
}

/// A module that is being written.
struct OpenModule {
    name: String,
    /// Empty if there is no documentation.
    docs: String,
    visibility: Visibility,
    /// The submodules or their declarations, which come before the items.
    modules: Vec<String>,
    imports: Imports,
    /// The re-exports from submodules, by module name.
    reexports: BTreeMap<String, TokenStream>,
    items: String,
    /// The wrapper in which the items are formatted.
    wrapper: Rc<Wrapper>,
    /// The index of its file.
    file: usize,
}

impl Writer {
    pub(super) fn new(layout: Layout) -> Self {
        Self {
            layout,
            open: Vec::new(),
            files: Vec::new(),
            modules: Vec::new(),
            has_non_ascii_names: false,
            output: Budget::of(&OUTPUT),
        }
    }

    /// Counts these bytes as already written.
    #[cfg(test)]
    fn with_output(mut self, bytes: usize) -> Self {
        self.output.spend(bytes).unwrap();
        self
    }

    /// Writes a module, unless it is empty.
    pub(super) fn module(
        &mut self,
        (name, docs, visibility): (&str, &str, Visibility),
        write: impl FnOnce(&mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let (depth, levels) = match self.layout {
            Layout::Files => (0, None),
            Layout::Nested(_) => (self.open.len() + 1, Some(self.open.len() + 1)),
        };
        self.open.push(OpenModule {
            name: name.to_owned(),
            docs: docs.to_owned(),
            visibility,
            modules: Vec::new(),
            imports: Imports::new(levels),
            reexports: BTreeMap::new(),
            items: String::new(),
            wrapper: Rc::new(Wrapper::of(vec![quote!(mod outer); depth])?),
            file: self.files.len(),
        });
        if matches!(self.layout, Layout::Files) {
            check_budget(FILES.check(self.files.len() + 1))?;
            // Its file comes before those of its submodules.
            self.files.push(Default::default());
        }
        write(self)?;
        let Some(module) = self.open.pop() else { return Ok(()) };
        match module.modules.is_empty() && module.items.is_empty() {
            true => self.files.truncate(module.file),
            false => self.close(module)?,
        }
        Ok(())
    }

    /// Registers the names of the items that the current module will define, and their path in other modules.
    pub(super) fn register<'n>(&mut self, path: &str, names: impl IntoIterator<Item = &'n str>) {
        if let Some(module) = self.open.last_mut() {
            for name in names {
                module.imports.register(name, &format!("{path}::{name}"));
            }
        }
    }

    /// Re-exports items of a submodule from the current module.
    pub(super) fn reexport<'n>(&mut self, module: &str, names: impl IntoIterator<Item = &'n str>) {
        let name = format_ident!("{module}");
        let names: BTreeSet<&str> = names.into_iter().collect();
        let names = names.into_iter().map(|name| format_ident!("{name}"));
        if let Some(open) = self.open.last_mut() {
            let declaration = quote!(pub use self::#name::{#(#names),*};);
            open.reexports.insert(module.to_owned(), declaration);
        }
    }

    /// Adds items to the current module.
    pub(super) fn items(&mut self, items: &TokenStream) -> Result<(), Error> {
        let wrapper = self.wrapper()?;
        self.add(&wrapper, items)
    }

    /// Adds an item that contains others: a head such as `impl Books`, and the items between its braces.
    pub(super) fn items_within(
        &mut self,
        head: TokenStream,
        items: impl Iterator<Item = TokenStream>,
    ) -> Result<(), Error> {
        let around = self.wrapper()?;
        let wrapper = around.with(head)?;
        let (begin, end) = wrapper.inside(&around)?;
        self.push(begin);
        for item in items {
            self.add(&wrapper, &item)?;
        }
        self.push(end);
        Ok(())
    }

    /// The files, in the order in which their modules were opened.
    pub(super) fn into_files(self) -> Vec<(String, String)> {
        self.files
    }

    /// All nested modules, as one text.
    pub(super) fn into_text(self) -> String {
        self.files.into_iter().map(|(_, text)| text).collect()
    }

    fn add(&mut self, wrapper: &Wrapper, items: &TokenStream) -> Result<(), Error> {
        self.has_non_ascii_names = self.has_non_ascii_names || contains_non_ascii_name(items);
        let items = match self.open.last_mut() {
            Some(module) => module.imports.shorten(items.clone())?,
            None => items.clone(),
        };
        let text = wrapper.formatted(&items)?;
        check_budget(self.output.spend(text.len()))?;
        self.push(&text);
        Ok(())
    }

    fn push(&mut self, text: &str) {
        if let Some(module) = self.open.last_mut() {
            module.items.push_str(text);
        }
    }

    /// The wrapper of the current module.
    fn wrapper(&self) -> Result<Rc<Wrapper>, Error> {
        match self.open.last() {
            Some(module) => Ok(Rc::clone(&module.wrapper)),
            None => Wrapper::of(Vec::new()).map(Rc::new),
        }
    }

    /// The lines before a module's items: submodules, imports and re-exports.
    fn head(&mut self, module: &mut OpenModule) -> Result<String, Error> {
        if matches!(self.layout, Layout::Files) {
            module.modules.sort();
        }
        let mut groups = vec![module.modules.concat()];
        let reexports = std::mem::take(&mut module.reexports).into_values().collect();
        for declarations in module.imports.declarations()?.into_iter().chain([reexports]) {
            let text = module.wrapper.formatted(&declarations)?;
            check_budget(self.output.spend(text.len()))?;
            groups.push(text);
        }
        groups.retain(|group| !group.is_empty());
        Ok(groups.into_iter().map(|group| group + "\n").collect())
    }

    fn close(&mut self, mut module: OpenModule) -> Result<(), Error> {
        let head = self.head(&mut module)?;
        if self.open.is_empty() {
            self.modules.push((module.name.clone(), module.visibility));
        }
        match &self.layout {
            Layout::Files => self.close_file(module, &head),
            Layout::Nested(attributes) => {
                let attributes = self.open.is_empty().then(|| attributes.clone());
                self.close_nested(module, &head, attributes)?;
            }
        }
        Ok(())
    }

    fn close_file(&mut self, module: OpenModule, head: &str) {
        let mut directory = "src".to_owned();
        for around in &self.open {
            directory = format!("{directory}/{}", around.name);
        }
        let path = match module.modules.is_empty() {
            true => format!("{directory}/{}.rs", module.name),
            false => format!("{directory}/{}/mod.rs", module.name),
        };
        let mut text = module.items;
        text.insert_str(0, head);
        self.files[module.file] = (path, format_source::module(&module.docs, &text));
        if let Some(around) = self.open.last_mut() {
            let declaration = format!("{}mod {};\n", module.visibility.prefix(), module.name);
            around.modules.push(declaration);
        }
    }

    fn close_nested(&mut self, module: OpenModule, head: &str, attributes: Option<TokenStream>) -> Result<(), Error> {
        let (docs, visibility, name) = (
            docs(&module.docs),
            module.visibility.tokens(),
            format_ident!("{}", module.name),
        );
        let around = self.wrapper()?;
        let wrapper = around.with(quote!(#attributes #docs #visibility mod #name))?;
        let (begin, end) = wrapper.inside(&around)?;
        let text = [begin, head, &module.items, end].concat();
        match self.open.last_mut() {
            Some(around) => around.modules.push(text),
            None => self.files.push((String::new(), text)),
        }
        Ok(())
    }
}

/// The text of an included module as a file.
pub(super) fn file(modules: &str) -> String {
    format!("{MARK}\n{}", format_source::separate_items(modules))
}

fn check_budget(budget: Result<(), String>) -> Result<(), Error> {
    budget.map_err(|message| Problem::new(&Pointer::root(), message).into())
}

fn contains_non_ascii_name(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(name) => !name.to_string().is_ascii(),
        TokenTree::Group(group) => contains_non_ascii_name(&group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
