//! Checks that no name is declared twice in a namespace.

use std::collections::HashSet;

use syn::{Fields, ImplItem, Item};

/// Panics if a name is declared twice in these items, or within one of them.
pub(super) fn check(items: &[Item]) {
    let (mut types, mut values, mut methods) = (Scope::default(), Scope::default(), Scope::default());
    for item in items {
        match item {
            Item::Struct(item) => {
                types.declare(&item.ident);
                if !matches!(item.fields, Fields::Named(_)) {
                    values.declare(&item.ident);
                }
                check_fields(&item.fields);
            }
            Item::Enum(item) => {
                types.declare(&item.ident);
                let mut variants = Scope::default();
                for variant in &item.variants {
                    variants.declare(&variant.ident);
                    check_fields(&variant.fields);
                }
            }
            Item::Type(item) => types.declare(&item.ident),
            Item::Trait(item) => types.declare(&item.ident),
            Item::Mod(item) => {
                types.declare(&item.ident);
                if let Some((_, items)) = &item.content {
                    check(items);
                }
            }
            Item::Fn(item) => values.declare(&item.sig.ident),
            Item::Static(item) => values.declare(&item.ident),
            Item::Const(item) if item.ident != "_" => values.declare(&item.ident),
            Item::Impl(item) if item.trait_.is_none() => {
                if let syn::Type::Path(of) = &*item.self_ty
                    && let Some(of) = of.path.get_ident()
                {
                    for function in &item.items {
                        if let ImplItem::Fn(function) = function {
                            methods.declare(format!("{of}::{}", function.sig.ident));
                            check_arguments(&function.sig);
                        }
                    }
                }
            }
            _ => {}
        }
    }
}

fn check_fields(fields: &Fields) {
    let mut names = Scope::default();
    for name in fields.iter().filter_map(|field| field.ident.as_ref()) {
        names.declare(name);
    }
}

fn check_arguments(signature: &syn::Signature) {
    let mut names = Scope::default();
    for argument in &signature.inputs {
        if let syn::FnArg::Typed(argument) = argument
            && let syn::Pat::Ident(name) = &*argument.pat
        {
            names.declare(&name.ident);
        }
    }
}

/// The names of one namespace.
#[derive(Default)]
struct Scope(HashSet<String>);

impl Scope {
    fn declare(&mut self, name: impl ToString) {
        let name = name.to_string();
        assert!(self.0.insert(name.clone()), "{name} is declared twice");
    }
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    fn is_sound(text: &str) -> bool {
        let file = syn::parse_file(text).unwrap();
        catch_unwind(|| super::check(&file.items)).is_ok()
    }

    #[test]
    fn duplicate_names_are_found_in_every_namespace() {
        for twice in [
            "struct A {} enum A {}",
            "mod a { fn b() {} static b: u8 = 1; }",
            "struct A { b: u8, b: u8 }",
            "enum A { B, B }",
            "struct A {} impl A { fn b() {} } impl A { fn b() {} }",
            "struct A {} impl A { fn b(c: u8, c: u8) {} }",
        ] {
            assert!(!is_sound(twice), "{twice}");
        }
        for sound in [
            "struct A {} fn A() {}",
            "mod a { fn b() {} } fn b() {}",
            "trait T {} struct A {} impl T for A {}",
        ] {
            assert!(is_sound(sound), "{sound}");
        }
    }
}
