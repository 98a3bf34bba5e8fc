//! Values go through generated models and come out the same. The models are checked in, so that they are compiled with this
//! test; another test says whether they are still what is generated.

#![expect(clippy::unwrap_used, reason = "what a test sets up is known to work")]

use std::fmt::Debug;
use std::path::Path;
use std::{env, fs};

use evergrant_openapi::{Document, Generator};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use self::tricky::models::*;

#[rustfmt::skip]
#[expect(clippy::allow_attributes, unreachable_pub, reason = "it is written for any program")]
mod tricky;

/// Where it is not, `EVERGRANT_BLESS=1` writes it anew.
#[test]
fn the_models_are_what_their_description_generates() {
    let document = Document::parse("tricky.yaml", include_str!("tricky.yaml")).unwrap();
    let sdk = Generator::new(document).generate().unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models/tricky.rs");
    if env::var_os("EVERGRANT_BLESS").is_some() {
        fs::write(&path, sdk.module()).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap() == sdk.module(),
        "run this test with EVERGRANT_BLESS=1"
    );
}

fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

/// What is read from a value is written as that value again.
fn same<T: DeserializeOwned + Serialize + Debug>(value: Value) -> T {
    let read: T = read(value.clone());
    assert_eq!(serde_json::to_value(&read).unwrap(), value, "{read:?}");
    read
}

#[test]
fn a_union_with_a_tag_is_read_and_written_by_it() {
    let paper = same::<AnyBook>(json!({"id": "1", "title": "Dune", "kind": "paper", "pages": 3}));
    assert!(matches!(&paper, AnyBook::PaperBook(book) if book.pages == 3 && book.id.as_deref() == Some("1")));
    assert!(matches!(
        same(json!({"title": "x", "kind": "e-book"})),
        AnyBook::EBook(_)
    ));
    // A struct without the tag gets it, once, and its variant says which.
    assert!(matches!(
        same(json!({"length": 1.5, "kind": "scroll"})),
        AnyBook::Scroll(_)
    ));
    assert!(matches!(same(json!({"length": 1.5, "kind": "roll"})), AnyBook::Roll(_)));
    assert!(matches!(
        same(json!({"kind": "tablet", "clay": true})),
        AnyBook::Unknown(_)
    ));
    assert!(matches!(same(json!({"kind": "paper"})), AnyBook::Unknown(_)));
    let book = AnyBook::from(PaperBook::new("Dune", 3));
    assert_eq!(
        serde_json::to_value(&book).unwrap(),
        json!({"title": "Dune", "kind": "paper", "pages": 3})
    );
    let mut wrong = PaperBook::new("Dune", 3);
    wrong.kind = "wrong".into();
    assert_eq!(serde_json::to_value(AnyBook::from(wrong)).unwrap()["kind"], "paper");
    assert_eq!(EBook::new("Dune").kind, EBookKind::EBook);
}

#[test]
fn enumerations_keep_values_that_they_do_not_know() {
    assert_eq!(same::<Status>(json!("in stock")), Status::InStock);
    assert_eq!(same::<Status>(json!("burnt")), Status::UnknownValue("burnt".into()));
    assert_eq!(Status::from("unknown"), Status::Unknown);
    assert_eq!(Status::SoldOut.to_string(), "sold out");
    assert_eq!(same::<Level>(json!(-1)), Level::ValueMinus1);
    assert_eq!(same::<Level>(json!(9)), Level::Unknown(9));
    assert_eq!(same::<Model>(json!("other")), Model::Unknown("other".into()));
}

#[test]
fn objects_keep_every_member_and_say_null_where_they_must() {
    let value = json!({"status": "sold out", "note": null, "secret": "s3", "at": "2024-01-02T03:04:05Z", "kind": "shelf", "more": 1});
    let shelf: Shelf = same(value);
    assert_eq!((shelf.note, shelf.additional_properties["more"]), (None, 1));
    let shelf = Shelf::new("in stock", None, "hidden-text", "2024-01-02T03:04:05Z")
        .type_("x")
        .with_new(true)
        .with_default("d")
        .day("2024-01-02")
        .maybe("sold out")
        .level(2);
    assert!(!format!("{shelf:?}").contains("hidden-text"));
    let value = serde_json::to_value(&shelf).unwrap();
    assert_eq!(value["note"], Value::Null);
    assert_eq!(value["kind"], "shelf");
    assert_eq!(value["secret"], "hidden-text");
    assert_eq!(
        (value["type"].as_str(), value["new"].as_bool(), value["level"].as_i64()),
        (Some("x"), Some(true), Some(2))
    );
    assert_eq!(same::<Shelf>(value), shelf);
    let absent: Shelf = read(json!({"status": "a", "secret": "", "at": "someday", "kind": "shelf", "maybe": null}));
    assert_eq!((absent.note, absent.maybe), (None, None));
    assert_eq!(same::<Counts>(json!({"a": 1}))["a"], 1);
    let option: OptionModel = read(json!({"value": "x", "unheard-of": 1}));
    assert_eq!(option, OptionModel::new().value("x"));
    assert_eq!(same::<BookBase>(json!({"title": "x"})), BookBase::new("x"));
}

#[test]
fn what_contains_itself_has_an_end() {
    let tree: Tree = same(
        json!({"value": "a", "left": {"value": "b"}, "children": [{"value": "c"}], "by": {"tree": {"value": "d"}}}),
    );
    assert_eq!(tree.left.unwrap().value, "b");
    let tree = Tree::new("a").left(Tree::new("b")).by(Branch::new(Tree::new("c")));
    assert_eq!(same::<Tree>(serde_json::to_value(&tree).unwrap()), tree);
}

#[test]
fn a_union_without_a_tag_is_read_as_what_fits_best() {
    assert!(matches!(same(json!({"type": "text", "text": "a"})), Part::Text(_)));
    assert!(matches!(same(json!({"type": "image", "url": "a"})), Part::Image(_)));
    assert!(matches!(
        same(json!({"type": "film", "url": "a", "text": "b"})),
        Part::Unknown(_)
    ));
    assert_eq!(
        serde_json::to_value(Part::from(PartText::new("x"))).unwrap(),
        json!({"type": "text", "text": "x"})
    );
    assert!(matches!(same(json!({"a": "x", "b": "y"})), Found::Large(_)));
    assert!(matches!(same(json!({})), Found::Small(_)));
    assert!(matches!(same(json!("x")), Found::String(_)));
    assert!(matches!(same(json!(1)), Found::Integer(_)));
    assert!(matches!(same(json!(["x"])), Found::StringArray(_)));
    assert!(matches!(same(json!([1])), Found::Unknown(_)));
    assert_eq!(Found::from("x"), Found::String("x".into()));
}

#[test]
fn what_inherits_a_tag_is_a_union_of_its_heirs() {
    assert!(matches!(same(json!({"species": "Cat", "lives": 9})), Animal::Cat(cat) if cat.lives == Some(9)));
    assert!(matches!(same(json!({"species": "Dog", "name": "Rex"})), Animal::Dog(_)));
    assert!(matches!(same(json!({"species": "Newt"})), Animal::Unknown(_)));
    assert_eq!(
        serde_json::to_value(Cat::new().lives(9)).unwrap(),
        json!({"species": "Cat", "lives": 9})
    );
}
