//! The SDK's code becomes text item by item. Tokens, and what a formatter makes of them, take a hundred times the memory of the
//! text, so that there are never more of them than for one item.

use std::rc::Rc;

use proc_macro2::{TokenStream, TokenTree};
use quote::{format_ident, quote};

use super::Visibility;
use super::text::{self, MARK, Shell};
use crate::docs::docs;
use crate::limits::{FILES, OUTPUT, Spending};
use crate::problem::{Error, Place, Problem};

/// Where modules go.
pub(super) enum Layout {
    /// Each has a file of its own.
    Files,
    /// All are within one text, the outermost with these attributes.
    Nested(TokenStream),
}

/// Takes a module after the other, each with what is in it.
pub(super) struct Writer {
    layout: Layout,
    open: Vec<Open>,
    /// The files' paths and texts; of nested modules, one text.
    files: Vec<(String, String)>,
    /// The outermost modules.
    pub(super) modules: Vec<(String, Visibility)>,
    /// Whether a name has letters beyond ASCII.
    pub(super) is_foreign: bool,
    output: Spending,
}

/// A module that is not complete yet.
struct Open {
    name: String,
    docs: &'static str,
    visibility: Visibility,
    /// Its own modules, or their declarations, which stand before its items.
    modules: String,
    items: String,
    /// What its items are formatted within.
    shell: Rc<Shell>,
    /// Into the files.
    file: usize,
}

impl Writer {
    pub(super) fn new(layout: Layout) -> Self {
        Self {
            layout,
            open: Vec::new(),
            files: Vec::new(),
            modules: Vec::new(),
            is_foreign: false,
            output: Spending::of(&OUTPUT),
        }
    }

    /// As if it had written so much already.
    #[cfg(test)]
    fn having_written(mut self, bytes: usize) -> Self {
        self.output.spend(bytes).unwrap();
        self
    }

    /// Writes a module, unless it turns out to be empty.
    pub(super) fn module(
        &mut self,
        (name, docs, visibility): (&str, &'static str, Visibility),
        write: impl FnOnce(&mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let depth = match self.layout {
            Layout::Files => 0,
            Layout::Nested(_) => self.open.len() + 1,
        };
        self.open.push(Open {
            name: name.to_owned(),
            docs,
            visibility,
            modules: String::new(),
            items: String::new(),
            shell: Rc::new(Shell::of(vec![quote!(mod around); depth])?),
            file: self.files.len(),
        });
        if matches!(self.layout, Layout::Files) {
            within(FILES.check(self.files.len() + 1))?;
            // It comes before those of its own modules.
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

    /// Adds whole items to the module that is open.
    pub(super) fn items(&mut self, items: &TokenStream) -> Result<(), Error> {
        let shell = self.shell()?;
        self.add(&shell, items)
    }

    /// Adds one item that has others in it: a head such as `impl Books`, and what stands between its braces.
    pub(super) fn within(&mut self, head: TokenStream, items: impl Iterator<Item = TokenStream>) -> Result<(), Error> {
        let around = self.shell()?;
        let shell = around.with(head)?;
        let (begin, end) = shell.inside(&around)?;
        self.push(begin);
        for item in items {
            self.add(&shell, &item)?;
        }
        self.push(end);
        Ok(())
    }

    /// The files, in the order in which their modules began.
    pub(super) fn into_files(self) -> Vec<(String, String)> {
        self.files
    }

    /// All modules that are nested, in one text.
    pub(super) fn into_text(self) -> String {
        self.files.into_iter().map(|(_, text)| text).collect()
    }

    fn add(&mut self, shell: &Shell, items: &TokenStream) -> Result<(), Error> {
        self.is_foreign = self.is_foreign || has_foreign_names(items);
        let text = shell.formatted(items)?;
        within(self.output.spend(text.len()))?;
        self.push(&text);
        Ok(())
    }

    fn push(&mut self, text: &str) {
        if let Some(module) = self.open.last_mut() {
            module.items.push_str(text);
        }
    }

    /// What the items of the module that is open are formatted within.
    fn shell(&self) -> Result<Rc<Shell>, Error> {
        match self.open.last() {
            Some(module) => Ok(Rc::clone(&module.shell)),
            None => Shell::of(Vec::new()).map(Rc::new),
        }
    }

    fn close(&mut self, module: Open) -> Result<(), Error> {
        if self.open.is_empty() {
            self.modules.push((module.name.clone(), module.visibility));
        }
        match &self.layout {
            Layout::Files => self.close_file(module),
            Layout::Nested(attributes) => {
                let attributes = self.open.is_empty().then(|| attributes.clone());
                self.close_nested(module, attributes)?;
            }
        }
        Ok(())
    }

    fn close_file(&mut self, module: Open) {
        let mut directory = "src".to_owned();
        for around in &self.open {
            directory = format!("{directory}/{}", around.name);
        }
        let path = match module.modules.is_empty() {
            true => format!("{directory}/{}.rs", module.name),
            false => format!("{directory}/{}/mod.rs", module.name),
        };
        let mut text = module.items;
        text.insert_str(0, &module.modules);
        self.files[module.file] = (path, text::module(module.docs, &text));
        if let Some(around) = self.open.last_mut() {
            around.modules += &format!("{}mod {};\n", module.visibility.written(), module.name);
        }
    }

    fn close_nested(&mut self, module: Open, attributes: Option<TokenStream>) -> Result<(), Error> {
        let (docs, visibility, name) = (
            docs(module.docs),
            module.visibility.tokens(),
            format_ident!("{}", module.name),
        );
        let around = self.shell()?;
        let shell = around.with(quote!(#attributes #docs #visibility mod #name))?;
        let (begin, end) = shell.inside(&around)?;
        let text = [begin, &module.modules, &module.items, end].concat();
        match self.open.last_mut() {
            Some(around) => around.modules += &text,
            None => self.files.push((String::new(), text)),
        }
        Ok(())
    }
}

/// The file that all others belong to.
pub(super) fn file(modules: &str) -> String {
    format!("{MARK}\n{}", text::separated(modules))
}

fn within(budget: Result<(), String>) -> Result<(), Error> {
    budget.map_err(|message| Problem::new(&Place::root(), message).into())
}

fn has_foreign_names(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(name) => !name.to_string().is_ascii(),
        TokenTree::Group(group) => has_foreign_names(&group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(writer: &mut Writer, name: &str) -> Result<(), Error> {
        writer.module((name, "Outer.", Visibility::Public), |writer| {
            writer.items(&quote!(
                pub struct Before;
            ))?;
            writer.module(("inner", "Inner.", Visibility::Private), |writer| {
                let methods = ["one", "two"].map(|name| format_ident!("{name}"));
                let methods = methods
                    .iter()
                    .map(|name| quote!(/** Docs. */ pub fn #name(&self) -> u8 { 1 }));
                writer.within(quote!(impl super::Before), methods)
            })?;
            writer.module(("empty", "Nothing.", Visibility::Private), |_| Ok(()))
        })
    }

    /// All at once, as one piece of code.
    fn whole(items: TokenStream) -> String {
        text::separated(&text::formatted(&items).unwrap())
    }

    #[test]
    fn what_is_written_piece_by_piece_is_what_is_written_at_once() {
        let methods = quote! {
            impl super::Before {
                /** Docs. */ pub fn one(&self) -> u8 { 1 }
                /** Docs. */ pub fn two(&self) -> u8 { 1 }
            }
        };
        let mut files = Writer::new(Layout::Files);
        written(&mut files, "outer").unwrap();
        let files = files.into_files();
        let paths: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["src/outer/mod.rs", "src/outer/inner.rs"]);
        assert!(
            files[0].1.ends_with(&whole(quote!(
                mod inner;
                pub struct Before;
            ))),
            "{}",
            files[0].1
        );
        assert!(files[1].1.ends_with(&whole(methods.clone())), "{}", files[1].1);

        let mut nested = Writer::new(Layout::Nested(quote!(#[allow(dead_code)])));
        written(&mut nested, "outer").unwrap();
        let (outer, inner) = (docs("Outer."), docs("Inner."));
        let expected = whole(quote! {
            #[allow(dead_code)] #outer pub mod outer { #inner mod inner { #methods } pub struct Before; }
        });
        assert_eq!(text::separated(&nested.into_text()), expected);
    }

    #[test]
    fn files_and_their_bytes_are_counted() {
        let refused = |error: Error, budget: &str| {
            let message = error.to_string();
            assert!(message.contains(&format!("the budget `{budget}` allows")), "{message}");
        };
        let mut writer = Writer::new(Layout::Files).having_written(OUTPUT.most - 10_000);
        written(&mut writer, "outer").unwrap();
        let mut writer = Writer::new(Layout::Files).having_written(OUTPUT.most - 10);
        refused(written(&mut writer, "outer").unwrap_err(), "output");
        let mut writer = Writer::new(Layout::Files);
        writer.files.resize(FILES.most - 3, Default::default());
        written(&mut writer, "outer").unwrap();
        refused(written(&mut writer, "more").unwrap_err(), "files");
    }
}
