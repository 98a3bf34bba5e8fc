//! Round trips of values through generated models. The models are checked in, so that they are compiled with this test;
//! the first test checks that they are up to date.

use std::fmt::Debug;
use std::path::Path;
use std::{env, fs};

use evergrant_openapi::{Document, Generator};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use self::generated::models::*;

#[rustfmt::skip]
#[expect(clippy::allow_attributes, unreachable_pub, reason = "generated code is independent of this crate's lints")]
mod generated;

/// Set `EVERGRANT_BLESS=1` to update the models.
#[test]
fn checked_in_models_are_up_to_date() {
    let document = Document::parse("round-trip-schemas.yaml", include_str!("round-trip-schemas.yaml")).unwrap();
    let sdk = Generator::new(document).generate().unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/behaviour/models/generated.rs");
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

/// Deserializes a value, and asserts that it serializes to the same value.
fn round_trip<T: DeserializeOwned + Serialize + Debug>(value: Value) -> T {
    let read: T = read(value.clone());
    assert_eq!(serde_json::to_value(&read).unwrap(), value, "{read:?}");
    read
}

#[test]
fn tagged_unions_round_trip_by_their_tag() {
    let paper = round_trip::<AnyBook>(json!({"id": "1", "title": "Dune", "kind": "paper", "pages": 3}));
    assert!(matches!(&paper, AnyBook::PaperBook(book) if book.pages == 3 && book.id.as_deref() == Some("1")));
    assert!(matches!(
        round_trip(json!({"title": "x", "kind": "e-book"})),
        AnyBook::EBook(_)
    ));
    // The union adds the variant's tag to a struct without it.
    assert!(matches!(
        round_trip(json!({"length": 1.5, "kind": "scroll"})),
        AnyBook::Scroll(_)
    ));
    assert!(matches!(
        round_trip(json!({"length": 1.5, "kind": "roll"})),
        AnyBook::Roll(_)
    ));
    assert!(matches!(
        round_trip(json!({"kind": "tablet", "clay": true})),
        AnyBook::Unknown(_)
    ));
    assert!(matches!(round_trip(json!({"kind": "paper"})), AnyBook::Unknown(_)));
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
fn enums_preserve_unknown_values() {
    assert_eq!(round_trip::<Status>(json!("in stock")), Status::InStock);
    assert_eq!(
        round_trip::<Status>(json!("burnt")),
        Status::UnknownValue("burnt".into())
    );
    assert_eq!(Status::from("unknown"), Status::Unknown);
    assert_eq!(Status::SoldOut.to_string(), "sold out");
    assert_eq!(round_trip::<Level>(json!(-1)), Level::ValueMinus1);
    assert_eq!(round_trip::<Level>(json!(9)), Level::Unknown(9));
    assert_eq!(round_trip::<Model>(json!("other")), Model::Unknown("other".into()));
}

#[test]
fn objects_preserve_members_and_required_nulls() {
    let value = json!({"status": "sold out", "note": null, "secret": "s3", "at": "2024-01-02T03:04:05Z", "kind": "shelf", "more": 1});
    let shelf: Shelf = round_trip(value);
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
    assert_eq!(round_trip::<Shelf>(value), shelf);
    let absent: Shelf = read(json!({"status": "a", "secret": "", "at": "someday", "kind": "shelf", "maybe": null}));
    assert_eq!((absent.note, absent.maybe), (None, None));
    assert_eq!(round_trip::<Counts>(json!({"a": 1}))["a"], 1);
    let option: OptionModel = read(json!({"value": "x", "unheard-of": 1}));
    assert_eq!(option, OptionModel::new().value("x"));
    assert_eq!(round_trip::<BookBase>(json!({"title": "x"})), BookBase::new("x"));
}

#[test]
fn recursive_models_round_trip() {
    let tree: Tree = round_trip(
        json!({"value": "a", "left": {"value": "b"}, "children": [{"value": "c"}], "by": {"tree": {"value": "d"}}}),
    );
    assert_eq!(tree.left.unwrap().value, "b");
    let tree = Tree::new("a").left(Tree::new("b")).by(Branch::new(Tree::new("c")));
    assert_eq!(round_trip::<Tree>(serde_json::to_value(&tree).unwrap()), tree);
}

#[test]
fn untagged_unions_choose_the_best_match() {
    assert!(matches!(
        round_trip(json!({"type": "text", "text": "a"})),
        Part::Text(_)
    ));
    assert!(matches!(
        round_trip(json!({"type": "image", "url": "a"})),
        Part::Image(_)
    ));
    assert!(matches!(
        round_trip(json!({"type": "film", "url": "a", "text": "b"})),
        Part::Unknown(_)
    ));
    assert_eq!(
        serde_json::to_value(Part::from(PartText::new("x"))).unwrap(),
        json!({"type": "text", "text": "x"})
    );
    assert!(matches!(round_trip(json!({"a": "x", "b": "y"})), Found::Large(_)));
    assert!(matches!(round_trip(json!({})), Found::Small(_)));
    assert!(matches!(round_trip(json!("x")), Found::String(_)));
    assert!(matches!(round_trip(json!(1)), Found::Integer(_)));
    assert!(matches!(round_trip(json!(["x"])), Found::StringArray(_)));
    assert!(matches!(round_trip(json!([1])), Found::Unknown(_)));
    assert_eq!(Found::from("x"), Found::String("x".into()));
}

#[test]
fn a_base_is_a_union_of_its_subtypes() {
    assert!(matches!(round_trip(json!({"species": "Cat", "lives": 9})), Animal::Cat(cat) if cat.lives == Some(9)));
    assert!(matches!(
        round_trip(json!({"species": "Dog", "name": "Rex"})),
        Animal::Dog(_)
    ));
    assert!(matches!(round_trip(json!({"species": "Newt"})), Animal::Unknown(_)));
    assert_eq!(
        serde_json::to_value(Cat::new().lives(9)).unwrap(),
        json!({"species": "Cat", "lives": 9})
    );
}
