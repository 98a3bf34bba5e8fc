//! The generated code of schemas, rule by rule.

mod all_of;
mod enums;
mod hostile;
mod objects;
mod types;
mod unions;

use super::{Models, Schemas, Type};
use crate::errors_and_warnings::Problem;
use crate::parsed_description::Document;

/// Parses a description with these component schemas.
fn document(schemas: &str) -> Document {
    let text = format!(
        "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths: {{}}\ncomponents:\n  schemas:\n{}",
        indented(schemas)
    );
    Document::parse("test", &text).unwrap()
}

fn models(schemas: &str) -> Models {
    Schemas::new(&document(schemas)).unwrap().finish().unwrap()
}

fn rejected(schemas: &str) -> Problem {
    let document = document(schemas);
    let result = Schemas::new(&document).map(drop);
    result.unwrap_err()
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}

/// Returns the formatted code of all models, without documentation and line breaks.
fn code(models: &Models) -> String {
    let context = models.context();
    let items = models.modules().flat_map(|module| context.items(module)).map(pretty);
    let code = items.collect::<Vec<_>>().join("\n");
    let lines = code.lines().map(str::trim).filter(|line| !line.starts_with("///"));
    lines.collect::<Vec<_>>().join(" ")
}

fn pretty(items: proc_macro2::TokenStream) -> String {
    let file = syn::parse2::<syn::File>(items).unwrap();
    prettyplease::unparse(&file)
}

/// Asserts that the code of these schemas contains all fragments.
#[track_caller]
fn assert_code(schemas: &str, fragments: &[&str]) {
    let code = code(&models(schemas));
    for fragment in fragments {
        assert!(code.contains(fragment), "{fragment}\n is not in\n{code}");
    }
}

/// Returns the type of the schema `A` as used by other schemas.
fn type_of(schema: &str) -> String {
    let document = document(&format!(
        "A: {schema}\nOther: {{type: object, properties: {{x: {{type: string}}}}}}"
    ));
    let mut schemas = Schemas::new(&document).unwrap();
    let node = document
        .root()
        .get("components")
        .unwrap()
        .get("schemas")
        .unwrap()
        .get("A")
        .unwrap();
    let ty: Type = schemas.type_of(&node, "A").unwrap();
    ty.tokens()
        .to_string()
        .replace(' ', "")
        .replace("crate::models::", "m::")
}
