//! What schemas become, rule by rule.

mod compile;
mod corpus;

use super::{Models, Schemas};
use crate::source::Document;

/// The models of a description with these component schemas.
fn models(schemas: &str) -> Models {
    let text = format!(
        "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths: {{}}\ncomponents:\n  schemas:\n{}",
        indented(schemas)
    );
    let document = Document::parse("test", &text).unwrap();
    Schemas::new(&document).unwrap().finish()
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}

/// As it is written to files, without documentation.
fn code(models: &Models) -> String {
    let items = models.modules.iter().map(|module| pretty(module.items.clone()));
    let code = items.collect::<Vec<_>>().join("\n");
    code.lines()
        .filter(|line| !line.trim_start().starts_with("///"))
        .map(|line| format!("{line}\n"))
        .collect()
}

fn pretty(items: proc_macro2::TokenStream) -> String {
    let file = syn::parse2::<syn::File>(items).unwrap();
    prettyplease::unparse(&file)
}
