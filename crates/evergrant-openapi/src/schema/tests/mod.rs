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
use crate::problem_list::ProblemList;

/// Parses a description with these component schemas.
fn document(schemas: &str) -> Document {
    let text = format!(
        "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths: {{}}\ncomponents:\n  schemas:\n{}",
        indented(schemas)
    );
    Document::parse("test", &text).unwrap()
}

fn models(schemas: &str) -> Models {
    let document = document(schemas);
    let models = Schemas::new(&document, &mut ProblemList::new())
        .unwrap()
        .finish()
        .unwrap();
    assert!(models.broken.is_empty(), "{:?}", models.broken);
    models
}

fn rejected(schemas: &str) -> Problem {
    let document = document(schemas);
    let mut problems = ProblemList::new();
    match Schemas::new(&document, &mut problems).and_then(Schemas::finish) {
        Ok(models) => {
            let mut broken = models.broken.into_iter().map(|(_, problem)| problem);
            broken.next().or_else(|| problems.into_list().pop()).unwrap()
        }
        Err(problem) => problem,
    }
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
    let mut schemas = Schemas::new(&document, &mut ProblemList::new()).unwrap();
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
