//! Item-by-item writing, and the limits of the output.

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
            writer.items_within(quote!(impl super::Before), methods)
        })?;
        writer.module(("empty", "Nothing.", Visibility::Private), |_| Ok(()))
    })
}

/// Formats all items at once.
fn format_all(items: TokenStream) -> String {
    format_source::separate_items(&format_source::formatted(&items).unwrap())
}

#[test]
fn writing_item_by_item_equals_writing_at_once() {
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
        files[0].1.ends_with(&format_all(quote!(
            mod inner;
            pub struct Before;
        ))),
        "{}",
        files[0].1
    );
    assert!(files[1].1.ends_with(&format_all(methods.clone())), "{}", files[1].1);

    let mut nested = Writer::new(Layout::Nested(quote!(#[allow(dead_code)])));
    written(&mut nested, "outer").unwrap();
    let (outer, inner) = (docs("Outer."), docs("Inner."));
    let expected = format_all(quote! {
        #[allow(dead_code)] #outer pub mod outer { #inner mod inner { #methods } pub struct Before; }
    });
    assert_eq!(format_source::separate_items(&nested.into_text()), expected);
}

#[test]
fn the_budgets_limit_files_and_bytes() {
    let check_budget = |error: Error, budget: &str| {
        let message = error.to_string();
        assert!(message.contains(&format!("the budget `{budget}` allows")), "{message}");
    };
    let mut writer = Writer::new(Layout::Files).with_output(OUTPUT.max - 10_000);
    written(&mut writer, "outer").unwrap();
    let mut writer = Writer::new(Layout::Files).with_output(OUTPUT.max - 10);
    check_budget(written(&mut writer, "outer").unwrap_err(), "output");
    let mut writer = Writer::new(Layout::Files);
    writer.files.resize(FILES.max - 3, Default::default());
    written(&mut writer, "outer").unwrap();
    check_budget(written(&mut writer, "more").unwrap_err(), "files");
}
