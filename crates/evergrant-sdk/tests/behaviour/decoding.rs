//! Decode errors name the position and the expected form, and contain no values.

use std::collections::HashMap;

use bytes::Bytes;
use evergrant_sdk::decode;
use serde::Deserialize;
use serde::de::DeserializeOwned;

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only deserialization matters")]
struct Order {
    id: u32,
    kind: Kind,
    items: Vec<Item>,
    prices: HashMap<String, Option<f64>>,
    #[serde(flatten)]
    rest: Option<Rest>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only deserialization matters")]
struct Rest {
    note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Sale,
    Gift,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
#[expect(dead_code, reason = "only deserialization matters")]
enum Item {
    Book { pages: u8 },
    Card(HashMap<String, bool>),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "only deserialization matters")]
enum Either {
    Number(u8),
    Text(String),
}

fn problem<T: DeserializeOwned>(text: &str) -> String {
    match decode::json::<T>(&text.to_owned().into()) {
        Ok(_) => panic!("it is decoded: {text}"),
        Err(problem) => problem.to_string(),
    }
}

/// An order with one member replaced.
fn order(name: &str, json: &str) -> String {
    let mut order = serde_json::json!({
        "id": 1,
        "kind": "sale",
        "items": [{"type": "book", "pages": 1}, {"type": "card", "1": true}],
        "prices": {"hushhush": 1.5},
        "note": "hushhush",
    });
    order[name] = serde_json::from_str(json).unwrap();
    order.to_string()
}

#[test]
fn errors_name_the_position_and_not_the_value() {
    let cases = [
        ("id", r#""hushhush""#, "id: expected u32, found a string"),
        ("id", "-7777777", "id: expected u32, found another value (an integer)"),
        (
            "kind",
            r#""hushhush""#,
            "kind: expected one of `sale`, `gift`, found something else",
        ),
        (
            "items",
            r#"{"hushhush": 1}"#,
            "items: expected a sequence, found an object",
        ),
        (
            "items",
            r#"[{"type": "book", "pages": 1}, {"type": "book", "pages": "hushhush"}]"#,
            "items[1]: expected u8, found a string",
        ),
        ("items", r#"[{"pages": 1}]"#, "items[0]: the member `type` is missing"),
        (
            "items",
            r#"[{"type": "hushhush"}]"#,
            "items[0].*: expected one of `book`, `card`, found something else",
        ),
    ];
    for (name, json, expected) in cases {
        let text = order(name, json);
        assert_eq!(problem::<Order>(&text), expected, "{text}");
    }
}

#[test]
fn map_keys_are_values_too() {
    let text = r#"{"hushhush": {"hushhush": "hushhush"}}"#;
    assert_eq!(
        problem::<HashMap<String, HashMap<String, u8>>>(text),
        "*.*: expected u8, found a string"
    );
    assert_eq!(
        problem::<HashMap<u8, u8>>(r#"{"1": 1, "2": "hushhush"}"#),
        "*: expected u8, found a string"
    );
    assert!(!problem::<HashMap<u8, u8>>(r#"{"hushhush": 1}"#).contains("hushhush"));
}

#[test]
fn custom_messages_of_a_type_are_replaced() {
    #[derive(Debug)]
    struct Strict;
    impl<'de> Deserialize<'de> for Strict {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = String::deserialize(deserializer)?;
            Err(serde::de::Error::custom(format!("what is {text}?")))
        }
    }
    assert_eq!(
        problem::<Vec<Strict>>(r#"["hushhush"]"#),
        "[0]: the type rejects the value"
    );
    assert_eq!(
        problem::<Vec<Either>>(r#"[1, "a", {"hushhush": 1}]"#),
        "[2]: data did not match any variant of untagged enum Either"
    );
}

#[test]
fn invalid_json_is_reported_with_its_position() {
    assert_eq!(problem::<Order>(""), "the body is empty; expected JSON");
    assert_eq!(
        problem::<Order>("<hushhush>"),
        "the body is not valid JSON: expected value at line 1 column 1"
    );
    assert_eq!(
        problem::<Vec<u8>>("[1, 2"),
        "the body is not valid JSON: EOF while parsing a list at line 1 column 5"
    );
    assert_eq!(
        problem::<u8>("1 hushhush"),
        "the body is not valid JSON: trailing characters at line 1 column 3"
    );
    // A duplicate member is not found by the second deserialization.
    let duplicate = r#"{"pages": 1, "pages": 2}"#;
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only deserialization matters")]
    struct Pages {
        pages: u8,
    }
    assert_eq!(
        problem::<Pages>(duplicate),
        "the body is not the expected JSON, at line 1 column 20"
    );
}

#[test]
fn a_byte_order_mark_is_skipped_and_an_empty_body_is_null() {
    assert_eq!(decode::json::<u8>(&"\u{FEFF}7".into()).unwrap(), 7);
    assert_eq!(decode::json::<Option<u8>>(&"".into()).unwrap(), None);
    decode::json::<()>(&" \n".into()).unwrap();
    assert_eq!(problem::<Vec<u8>>(""), "the body is empty; expected JSON");
}

#[test]
fn text_is_utf_8_and_an_ignored_body_may_be_anything() {
    assert_eq!(decode::text(&"ü".into()).unwrap(), "ü");
    let problem = decode::text(&Bytes::from_static(b"ab\xFF").into()).unwrap_err();
    assert_eq!(problem.to_string(), "the body is not valid UTF-8 at byte 2");
    assert_eq!(decode::empty(&"anything".into()), Ok(()));
}
