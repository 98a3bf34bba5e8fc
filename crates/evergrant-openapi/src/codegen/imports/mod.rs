//! The imports of a module. Generators write full paths. Each path becomes a short name with a `use` declaration at the
//! top of the module, unless the name means something else there.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use proc_macro2::{Group, Ident, Spacing, TokenStream, TokenTree};
use quote::quote;

use crate::errors_and_warnings::Error;
use crate::names::PRELUDE;

/// The roots of paths that are shortened.
const ROOTS: [&str; 5] = ["crate", "evergrant_sdk", "serde", "serde_json", "std"];

/// Modules that are imported as a whole, because the names of their items alone are unclear.
const MODULES: [&[&str]; 3] = [
    &["std", "fmt"],
    &["evergrant_sdk", "http", "response"],
    &["evergrant_sdk", "reqwest"],
];

/// Type parameters of generated functions.
const PARAMETERS: [&str; 2] = ["S", "D"];

/// The short names in one module.
pub(super) struct Imports {
    /// The path that each name stands for. It is empty for names of the prelude and for most items of the module
    /// itself.
    names: HashMap<String, String>,
    /// The imported names, by the path of their module.
    used: BTreeMap<String, BTreeSet<String>>,
    /// What replaces `crate` in the paths of the module: a chain of `super` if the module is included in another crate.
    base: TokenStream,
}

impl Imports {
    /// `levels` is the depth of the module below the one that `crate` stands for. `None` means that this is the crate.
    pub(super) fn new(levels: Option<usize>) -> Self {
        let base = match levels {
            None => quote!(crate),
            Some(levels) => {
                let levels = std::iter::repeat_n(quote!(super), levels);
                quote!(#(#levels)::*)
            }
        };
        let known = PRELUDE.iter().chain(&PARAMETERS);
        Self {
            names: known.map(|name| ((*name).to_owned(), String::new())).collect(),
            used: BTreeMap::new(),
            base,
        }
    }

    /// Registers a name that the module defines, and its path in other modules.
    pub(super) fn register(&mut self, name: &str, path: &str) {
        self.names.entry(name.to_owned()).or_insert_with(|| path.to_owned());
    }

    /// Shortens the paths in items. Leading `use` declarations are removed and added to those of the module.
    pub(super) fn shorten(&mut self, items: TokenStream) -> Result<TokenStream, Error> {
        let mut tokens = items.into_iter().peekable();
        while tokens.peek().is_some_and(|token| is_ident(token, "use")) {
            let declaration = tokens.by_ref().take_while(|token| !is_punct(token, ';'));
            let declaration: TokenStream = declaration.collect();
            let parsed: syn::ItemUse =
                syn::parse2(quote!(#declaration;)).map_err(|error| Error::Internal(error.to_string()))?;
            self.add_use_tree(&mut Vec::new(), &parsed.tree);
        }
        let rest: Vec<TokenTree> = tokens.collect();
        self.add_definitions(&rest)?;
        Ok(self.shorten_paths(&rest))
    }

    /// The `use` declarations of the module: of the standard library, of other crates, and of this crate.
    pub(super) fn declarations(&self) -> Result<[TokenStream; 3], Error> {
        let mut groups: [TokenStream; 3] = Default::default();
        let mut used: Vec<_> = self.used.iter().collect();
        // The order of rustfmt: deeper paths come first.
        used.sort_by_key(|(path, _)| format!("{path}::~"));
        for (path, names) in used {
            let mut names: Vec<&String> = names.iter().collect();
            names.sort_by_key(|name| (name.starts_with(char::is_uppercase), *name));
            let root = path.split("::").next().unwrap_or_default();
            let names = names.into_iter().map(|name| parse_path(name));
            let names: Vec<TokenStream> = names.collect::<Result<_, _>>()?;
            let path = match path.strip_prefix("crate::") {
                Some(rest) => {
                    let (base, rest) = (&self.base, parse_path(rest)?);
                    quote!(#base::#rest)
                }
                None => parse_path(path)?,
            };
            let group = match root {
                "std" => 0,
                "crate" | "super" => 2,
                _ => 1,
            };
            groups[group].extend(quote!(use #path::{#(#names),*};));
        }
        Ok(groups)
    }

    fn add_use_tree(&mut self, before: &mut Vec<String>, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.add_use_tree(before, &path.tree);
                before.pop();
            }
            syn::UseTree::Name(name) => self.import(&before.join("::"), &name.ident.to_string(), None),
            syn::UseTree::Rename(name) => {
                self.import(
                    &before.join("::"),
                    &name.ident.to_string(),
                    Some(&name.rename.to_string()),
                );
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_use_tree(before, tree)),
            syn::UseTree::Glob(_) => {}
        }
    }

    fn import(&mut self, before: &str, name: &str, rename: Option<&str>) {
        let written = rename.map_or_else(|| name.to_owned(), |rename| format!("{name} as {rename}"));
        self.names
            .insert(rename.unwrap_or(name).to_owned(), format!("{before}::{name}"));
        self.used.entry(before.to_owned()).or_default().insert(written);
    }

    /// Registers the names of the items that are defined here.
    fn add_definitions(&mut self, items: &[TokenTree]) -> Result<(), Error> {
        for pair in items.windows(2) {
            let [TokenTree::Ident(keyword), TokenTree::Ident(name)] = pair else {
                continue;
            };
            if !["struct", "enum", "type", "static", "const"]
                .iter()
                .any(|known| keyword == known)
            {
                continue;
            }
            let name = name.to_string();
            let imported = self.names.get(&name).is_some_and(|path| {
                path.rsplit_once("::")
                    .is_some_and(|(before, _)| self.used.get(before).is_some_and(|names| names.contains(&name)))
            });
            if imported {
                return Err(Error::Internal(format!("`{name}` is imported where it is defined")));
            }
            self.register(&name, "");
        }
        Ok(())
    }

    fn shorten_paths(&mut self, tokens: &[TokenTree]) -> TokenStream {
        let mut output: Vec<TokenTree> = Vec::with_capacity(tokens.len());
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            if let TokenTree::Group(group) = token {
                let inside: Vec<TokenTree> = group.stream().into_iter().collect();
                output.push(Group::new(group.delimiter(), self.shorten_paths(&inside)).into());
                at += 1;
                continue;
            }
            let path = match output.last() {
                // The end of another path, or a field or method.
                Some(before) if is_punct(before, ':') && is_separator(tokens, at.wrapping_sub(2)) => Vec::new(),
                Some(before) if is_punct(before, '.') => Vec::new(),
                _ => path(&tokens[at..]),
            };
            if path.len() < 2 || !ROOTS.iter().any(|root| path[0] == root) {
                output.push(token.clone());
                at += 1;
                continue;
            }
            let whole = &tokens[at..at + 3 * path.len() - 2];
            match self.shortened_by(&path) {
                0 if path[0] == "crate" => {
                    output.extend(self.base.clone());
                    output.extend_from_slice(&whole[1..]);
                }
                names => output.extend_from_slice(&whole[3 * names..]),
            }
            at += whole.len();
        }
        output.into_iter().collect()
    }

    /// Returns by how many segments a path is shortened.
    fn shortened_by(&mut self, path: &[Ident]) -> usize {
        let Some(last) = imported_segment(path) else { return 0 };
        let names: Vec<String> = path[..=last].iter().map(Ident::to_string).collect();
        let (before, name) = (names[..last].join("::"), &names[last]);
        match self.names.get(name) {
            None => self.import(&before, name, None),
            Some(known) if *known == names.join("::") => {}
            Some(_) => return 0,
        }
        last
    }
}

/// Returns the index of the segment that is imported.
fn imported_segment(path: &[Ident]) -> Option<usize> {
    let names: Vec<String> = path.iter().map(Ident::to_string).collect();
    let begins =
        |known: &&&[&str]| names.len() > known.len() && names.iter().zip(**known).all(|(name, known)| name == known);
    if let Some(module) = MODULES.iter().find(begins) {
        return Some(module.len() - 1);
    }
    if names[0] == "crate" {
        // Items directly in modules of the crate. Their names may be in any script.
        return (names.len() > 2).then_some(2);
    }
    let last = names.iter().position(|name| name.starts_with(char::is_uppercase));
    let module = |index: usize| (index > 1).then(|| index - 1);
    match last {
        Some(last) if names[0] == "serde_json" && names[last] != "Value" => None,
        // Names that many crates have.
        Some(last) if names[0] != "evergrant_sdk" && matches!(names[last].as_str(), "Error" | "Result") => module(last),
        Some(last) => Some(last),
        None => module(names.len() - 1),
    }
}

/// The segments of the path at the start of the tokens.
fn path(tokens: &[TokenTree]) -> Vec<Ident> {
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(TokenTree::Ident(name)) = tokens.get(at) {
        names.push(name.clone());
        if !is_separator(tokens, at + 1) {
            break;
        }
        at += 3;
    }
    names
}

/// Whether there is a `::` at this index.
fn is_separator(tokens: &[TokenTree], at: usize) -> bool {
    let is_colon = |at: usize| tokens.get(at).is_some_and(|token| is_punct(token, ':'));
    let is_joint = matches!(tokens.get(at), Some(TokenTree::Punct(colon)) if colon.spacing() == Spacing::Joint);
    is_colon(at) && is_joint && is_colon(at + 1)
}

fn is_ident(token: &TokenTree, name: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == name)
}

fn is_punct(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

fn parse_path(path: &str) -> Result<TokenStream, Error> {
    path.parse()
        .map_err(|error: proc_macro2::LexError| Error::Internal(error.to_string()))
}
