//! The paths in a file that refer to its crate.

use proc_macro2::{Spacing, Span, TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, ItemMod, ItemUse, Macro, Meta, Token, UseTree, Visibility};

/// The paths, module declarations and imported names of a file.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    /// The path of the current module from the crate root.
    module: Vec<String>,
    /// The paths into the crate.
    pub(crate) references: Vec<PathReference>,
    /// The declared modules with separate files.
    pub(crate) files: Vec<Vec<String>>,
    /// The names imported by `use`, with their paths from the crate root or into another crate.
    pub(crate) names: Vec<(String, Vec<String>)>,
}

/// A path into the crate.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PathReference {
    pub(crate) line: usize,
    /// The path as written.
    pub(crate) path: String,
    /// The path from the crate root.
    pub(crate) absolute: Vec<String>,
}

impl Paths {
    /// Parses the file of a module. `module` is its path from the crate root.
    pub(crate) fn read(module: &[String], text: &str) -> syn::Result<Self> {
        let mut paths = Self {
            module: module.to_vec(),
            ..Self::default()
        };
        paths.visit_file(&syn::parse_file(text)?);
        Ok(paths)
    }

    fn add(&mut self, span: Span, segments: &[String]) {
        if let Some(absolute) = self.absolute(segments) {
            self.references.push(PathReference {
                line: span.start().line,
                path: segments.join("::"),
                absolute,
            });
        }
    }

    /// Returns `None` for a path that starts with a name: an external crate, a local item or an imported name.
    fn absolute(&self, segments: &[String]) -> Option<Vec<String>> {
        let (mut module, mut rest) = match segments.first()?.as_str() {
            "crate" => (Vec::new(), &segments[1..]),
            "self" => (self.module.clone(), &segments[1..]),
            "super" => (self.module.clone(), segments),
            _ => return None,
        };
        while rest.first().is_some_and(|segment| segment == "super") {
            module.pop()?;
            rest = &rest[1..];
        }
        module.extend_from_slice(rest);
        Some(module)
    }

    fn use_tree(&mut self, prefix: &mut Vec<String>, tree: &UseTree) {
        let mut end = |span: Span, last: Option<String>, name: String| {
            let segments: Vec<String> = prefix.iter().cloned().chain(last).collect();
            self.add(span, &segments);
            let target = self.absolute(&segments).unwrap_or(segments);
            self.names.push((name, target));
        };
        match tree {
            UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.use_tree(prefix, &path.tree);
                prefix.pop();
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.use_tree(prefix, tree)),
            UseTree::Glob(glob) => end(glob.star_token.span, None, "*".to_owned()),
            UseTree::Rename(rename) => end(
                rename.ident.span(),
                Some(rename.ident.to_string()),
                rename.rename.to_string(),
            ),
            UseTree::Name(name) if name.ident == "self" => {
                let last = prefix.last().cloned().unwrap_or_default();
                end(name.ident.span(), None, last);
            }
            UseTree::Name(name) => end(name.ident.span(), Some(name.ident.to_string()), name.ident.to_string()),
        }
    }

    /// Finds paths like `crate::a::b` in the arguments or the definition of a macro.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(first) => {
                    let mut segments = vec![first.to_string()];
                    while tokens.next_if(|token| is_colon(token, Spacing::Joint)).is_some() {
                        tokens.next_if(|token| is_colon(token, Spacing::Alone));
                        if let Some(TokenTree::Ident(next)) =
                            tokens.next_if(|token| matches!(token, TokenTree::Ident(_)))
                        {
                            segments.push(next.to_string());
                        }
                    }
                    if segments.len() > 1 {
                        self.add(first.span(), &segments);
                    }
                }
                _ => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item(&mut self, item: &'ast Item) {
        if !attributes(item).iter().any(is_for_tests) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let attributes = match item {
            ImplItem::Const(item) => &item.attrs,
            ImplItem::Fn(item) => &item.attrs,
            ImplItem::Type(item) => &item.attrs,
            ImplItem::Macro(item) => &item.attrs,
            _ => return,
        };
        if !attributes.iter().any(is_for_tests) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.module.push(item.ident.to_string());
        if item.content.is_none() {
            self.files.push(self.module.clone());
        }
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.use_tree(&mut Vec::new(), &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        // A single `self` is the receiver of a method.
        if segments.len() > 1
            && let Some(first) = path.segments.first()
        {
            self.add(first.ident.span(), &segments);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        // `quote!` contains the code of another crate.
        if called.path.is_ident("quote") {
            return;
        }
        visit::visit_macro(self, called);
        self.tokens(called.tokens.clone());
    }

    /// Ignores `pub(in crate::a)`, which is not an import.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}

fn is_colon(token: &TokenTree, spacing: Spacing) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':' && punct.spacing() == spacing)
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Whether an item with this attribute is compiled only for tests: `#[cfg(test)]`, `#[cfg(all(test, unix))]`.
fn is_for_tests(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg") && attribute.parse_args().is_ok_and(|condition| needs_test(&condition))
}

fn needs_test(condition: &Meta) -> bool {
    let Meta::List(list) = condition else {
        return condition.path().is_ident("test");
    };
    let Ok(parts) = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated) else {
        return false;
    };
    (list.path.is_ident("all") && parts.iter().any(needs_test))
        || (list.path.is_ident("any") && parts.iter().all(needs_test))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the paths from the crate root in a file of the module `a::b`.
    fn references(text: &str) -> Vec<String> {
        let module = ["a", "b"].map(str::to_owned);
        let paths = Paths::read(&module, text).unwrap();
        paths
            .references
            .iter()
            .map(|reference| reference.absolute.join("::"))
            .collect()
    }

    #[test]
    fn imports_of_all_forms_are_found() {
        assert_eq!(references("use crate::{c::{self, D as E}, f::*};"), ["c", "c::D", "f"]);
        assert_eq!(
            references("use super::super::c::D; use super::e; use self::f::G;"),
            ["c::D", "a::e", "a::b::f::G"]
        );
        assert_eq!(references("use std::io; use serde_json::Value;"), [""; 0]);
    }

    #[test]
    fn paths_in_types_expressions_and_macros_are_found() {
        let text =
            "struct A(crate::c::D); impl crate::e::F for A { fn g(&self) { self.h(crate::i::j::<super::K>(1)) } }";
        assert_eq!(references(text), ["c::D", "e::F", "i::j", "a::K"]);
        assert_eq!(
            references("fn a() { crate::event!(if b { crate::c::d() }, x::crate_) }"),
            ["event", "c::d"]
        );
        assert_eq!(references("macro_rules! fail { () => { $crate::c::d!() } }"), ["c::d"]);
        assert_eq!(references("fn f() { quote!(crate::c::d) }"), [""; 0]);
    }

    #[test]
    fn code_for_tests_is_ignored() {
        assert_eq!(references("#[cfg(test)] mod tests { use crate::c::D; }"), [""; 0]);
        assert_eq!(references("#[cfg(all(test, unix))] use crate::c::D;"), [""; 0]);
        assert_eq!(references("impl A { #[cfg(test)] fn b() { crate::c::d() } }"), [""; 0]);
        assert_eq!(references("#[cfg(any(test, unix))] use crate::c::D;"), ["c::D"]);
        assert_eq!(references("#[cfg(not(test))] use crate::c::D;"), ["c::D"]);
        assert_eq!(references("pub(in crate::a) struct A;"), [""; 0]);
    }

    #[test]
    fn lines_files_and_names_are_recorded() {
        let text = "pub use self::c::{D, e as f};\nmod g;\nmod h { mod i; use super::super::j; }\nuse k::L;";
        let paths = Paths::read(&["a".to_owned()], text).unwrap();
        let lines: Vec<_> = paths
            .references
            .iter()
            .map(|reference| (reference.line, &*reference.path))
            .collect();
        assert_eq!(lines, [(1, "self::c::D"), (1, "self::c::e"), (3, "super::super::j")]);
        assert_eq!(paths.files, [vec!["a", "g"], vec!["a", "h", "i"]]);
        let names: Vec<_> = paths
            .names
            .iter()
            .map(|(name, path)| (&**name, path.join("::")))
            .collect();
        let expected = [("D", "a::c::D"), ("f", "a::c::e"), ("j", "j"), ("L", "k::L")];
        assert_eq!(names, expected.map(|(name, path)| (name, path.to_owned())));
    }
}
