//! The examples of OpenAPI's table of styles, and cases that it does not cover.

use serde::Serialize;

use super::*;

/// The object of the specification, with the same order of members.
#[derive(Serialize)]
struct Color {
    #[serde(rename = "R")]
    r: u8,
    #[serde(rename = "G")]
    g: u8,
    #[serde(rename = "B")]
    b: u8,
}

const COLOR: Color = Color { r: 100, g: 200, b: 150 };
const COLORS: [&str; 3] = ["blue", "black", "brown"];

fn value(value: &(impl Serialize + ?Sized)) -> Value {
    Value::from_serialize(value).unwrap()
}

fn in_query(name: &str, style: QueryStyle, explode: Explode, input: &(impl Serialize + ?Sized)) -> String {
    query(name, style, explode, &value(input)).unwrap().join("&")
}

#[test]
fn path_styles_match_the_specification() {
    use Explode::{No, Yes};
    use PathStyle::{Label, Matrix, Simple};
    let cases = [
        (Simple, No, ["blue", "blue,black,brown", "R,100,G,200,B,150"]),
        (Simple, Yes, ["blue", "blue,black,brown", "R=100,G=200,B=150"]),
        (Label, No, [".blue", ".blue,black,brown", ".R,100,G,200,B,150"]),
        (Label, Yes, [".blue", ".blue.black.brown", ".R=100.G=200.B=150"]),
        (
            Matrix,
            No,
            [";color=blue", ";color=blue,black,brown", ";color=R,100,G,200,B,150"],
        ),
        (
            Matrix,
            Yes,
            [
                ";color=blue",
                ";color=blue;color=black;color=brown",
                ";R=100;G=200;B=150",
            ],
        ),
    ];
    for (style, explode, [text, list, object]) in cases {
        let serialized = |input: Value| path("color", style, explode, &input).unwrap();
        assert_eq!(serialized(value("blue")), text, "{style:?} {explode:?}");
        assert_eq!(serialized(value(&COLORS)), list, "{style:?} {explode:?}");
        assert_eq!(serialized(value(&COLOR)), object, "{style:?} {explode:?}");
    }
    assert_eq!(path("color", Matrix, No, &value("")).unwrap(), ";color");
}

#[test]
fn query_styles_match_the_specification() {
    use Explode::{No, Yes};
    use QueryStyle::{DeepObject, Form, PipeDelimited, SpaceDelimited};
    let exploded = ["color=blue", "color=blue&color=black&color=brown", "R=100&G=200&B=150"];
    let cases = [
        (Form, Yes, exploded),
        (
            Form,
            No,
            ["color=blue", "color=blue,black,brown", "color=R,100,G,200,B,150"],
        ),
        (
            SpaceDelimited,
            No,
            [
                "color=blue",
                "color=blue%20black%20brown",
                "color=R%20100%20G%20200%20B%20150",
            ],
        ),
        (SpaceDelimited, Yes, exploded),
        (
            PipeDelimited,
            No,
            [
                "color=blue",
                "color=blue%7Cblack%7Cbrown",
                "color=R%7C100%7CG%7C200%7CB%7C150",
            ],
        ),
        (PipeDelimited, Yes, exploded),
        (
            DeepObject,
            Yes,
            [
                exploded[0],
                "color%5B0%5D=blue&color%5B1%5D=black&color%5B2%5D=brown",
                "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150",
            ],
        ),
    ];
    for (style, explode, [text, list, object]) in cases {
        assert_eq!(in_query("color", style, explode, "blue"), text, "{style:?} {explode:?}");
        assert_eq!(
            in_query("color", style, explode, &COLORS),
            list,
            "{style:?} {explode:?}"
        );
        assert_eq!(
            in_query("color", style, explode, &COLOR),
            object,
            "{style:?} {explode:?}"
        );
    }
}

#[test]
fn header_and_cookie_styles_match_the_specification() {
    use Explode::{No, Yes};
    let in_header = |explode, input: Value| header(explode, &input).unwrap().unwrap();
    assert_eq!(in_header(No, value("blue")), "blue");
    assert_eq!(in_header(No, value(&COLORS)), "blue,black,brown");
    assert_eq!(in_header(No, value(&COLOR)), "R,100,G,200,B,150");
    assert_eq!(in_header(Yes, value(&COLOR)), "R=100,G=200,B=150");
    let in_cookie = |explode, input: Value| cookie("color", explode, &input).unwrap().join("; ");
    assert_eq!(in_cookie(No, value(&COLORS)), "color=blue,black,brown");
    assert_eq!(in_cookie(Yes, value(&COLORS)), "color=blue; color=black; color=brown");
    assert_eq!(in_cookie(No, value("a;b c")), "color=a%3Bb%20c");
}

#[test]
fn null_and_empty_lists_are_omitted() {
    let null: Option<&str> = None;
    let empty: [&str; 0] = [];
    for explode in [Explode::Yes, Explode::No] {
        for style in [
            QueryStyle::Form,
            QueryStyle::SpaceDelimited,
            QueryStyle::PipeDelimited,
            QueryStyle::DeepObject,
        ] {
            assert_eq!(in_query("q", style, explode, &null), "");
            assert_eq!(in_query("q", style, explode, &empty), "");
        }
        assert_eq!(header(explode, &value(&null)).unwrap(), None);
        assert_eq!(header(explode, &value(&empty)).unwrap(), None);
        assert!(cookie("c", explode, &value(&null)).unwrap().is_empty());
        assert_eq!(in_query("q", QueryStyle::Form, explode, &[Some("a"), None]), "q=a");
    }
    assert_eq!(
        in_query("q", QueryStyle::Form, Explode::Yes, ""),
        "q=",
        "an empty string is sent"
    );
}

#[test]
fn an_empty_path_value_is_an_error() {
    let empty: [&str; 0] = [];
    let problem = |input: Value| path("id", PathStyle::Simple, Explode::No, &input).unwrap_err();
    assert!(problem(value("")).contains("is empty"));
    assert!(problem(value(&empty)).contains("is empty"));
    assert!(problem(Value::Null).contains("has no value"));
}

#[test]
fn reserved_characters_are_encoded() {
    let reserved = "a/b?c&d=e#f,g;h.i j%k+l[m]é\\\r\n";
    let encoded = "a%2Fb%3Fc%26d%3De%23f%2Cg%3Bh.i%20j%25k%2Bl%5Bm%5D%C3%A9%5C%0D%0A";
    assert_eq!(
        path("id", PathStyle::Simple, Explode::No, &value(reserved)).unwrap(),
        encoded
    );
    assert_eq!(
        in_query("q", QueryStyle::Form, Explode::Yes, reserved),
        format!("q={encoded}")
    );
    assert_eq!(
        in_query("q", QueryStyle::Form, Explode::No, &[reserved, "x"]),
        format!("q={encoded},x")
    );
    assert_eq!(in_query("a&b[]", QueryStyle::Form, Explode::Yes, "1"), "a%26b%5B%5D=1");
}

#[test]
fn numbers_and_booleans_have_their_json_form() {
    assert_eq!(
        in_query(
            "n",
            QueryStyle::Form,
            Explode::No,
            &(1.0, 0.25, -3, u64::MAX, true, 1e300)
        ),
        "n=1,0.25,-3,18446744073709551615,true,1e%2B300"
    );
}

#[test]
fn deep_objects_may_be_nested() {
    #[derive(Serialize)]
    struct Filter {
        price: Price,
        tags: Vec<&'static str>,
        author: Option<&'static str>,
    }
    #[derive(Serialize)]
    struct Price {
        from: u8,
    }
    let filter = Filter {
        price: Price { from: 1 },
        tags: vec!["a", "b"],
        author: None,
    };
    assert_eq!(
        in_query("f", QueryStyle::DeepObject, Explode::Yes, &filter),
        "f%5Bprice%5D%5Bfrom%5D=1&f%5Btags%5D%5B0%5D=a&f%5Btags%5D%5B1%5D=b"
    );
    let repeated = in_query("f", QueryStyle::DeepObjectRepeat, Explode::Yes, &filter);
    assert_eq!(repeated, "f%5Bprice%5D%5Bfrom%5D=1&f%5Btags%5D=a&f%5Btags%5D=b");
    // Other styles do not support nested values. They have brackets, too.
    for style in [QueryStyle::Form, QueryStyle::SpaceDelimited, QueryStyle::PipeDelimited] {
        assert_eq!(
            in_query("f", style, Explode::No, &filter),
            "f%5Bprice%5D%5Bfrom%5D=1&f%5Btags%5D%5B0%5D=a&f%5Btags%5D%5B1%5D=b"
        );
        assert_eq!(
            in_query("f", style, Explode::Yes, &filter),
            "price%5Bfrom%5D=1&tags%5B0%5D=a&tags%5B1%5D=b"
        );
    }
}

#[test]
fn lists_of_objects_have_brackets() {
    let lines = [COLOR];
    for (style, expected) in [
        (
            QueryStyle::DeepObject,
            "l%5B0%5D%5BR%5D=100&l%5B0%5D%5BG%5D=200&l%5B0%5D%5BB%5D=150",
        ),
        (
            QueryStyle::DeepObjectBrackets,
            "l%5B%5D%5BR%5D=100&l%5B%5D%5BG%5D=200&l%5B%5D%5BB%5D=150",
        ),
    ] {
        assert_eq!(in_query("l", style, Explode::Yes, &lines), expected);
    }
    let brackets = in_query("l", QueryStyle::DeepObjectBrackets, Explode::Yes, &["a", "b"]);
    assert_eq!(brackets, "l%5B%5D=a&l%5B%5D=b");
}

#[test]
fn form_members_without_a_style_are_repeated_or_json() {
    #[derive(Serialize)]
    struct Order {
        name: &'static str,
        ids: [u8; 2],
        color: Color,
        history: Vec<Color>,
        note: Option<&'static str>,
    }
    let order = |history| Order {
        name: "a b",
        ids: [1, 2],
        color: COLOR,
        history,
        note: None,
    };
    let json = "%7B%22R%22%3A100%2C%22G%22%3A200%2C%22B%22%3A150%7D";
    assert_eq!(
        form(&value(&order(vec![COLOR])), &[]).unwrap(),
        format!("name=a%20b&ids=1&ids=2&color={json}&history={json}")
    );
    let styles = [
        ("ids", QueryStyle::PipeDelimited, Explode::No),
        ("color", QueryStyle::DeepObject, Explode::Yes),
    ];
    assert_eq!(
        form(&value(&order(vec![])), &styles).unwrap(),
        "name=a%20b&ids=1%7C2&color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"
    );
    assert!(form(&value("text"), &[]).is_err());
    assert_eq!(form(&Value::Null, &[]).unwrap(), "");
}
