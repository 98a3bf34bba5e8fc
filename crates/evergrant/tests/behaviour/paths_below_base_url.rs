//! Paths below a base URL: paths that could leave it are rejected, and all others are accepted.

use evergrant::origin::{is_dot_segment, resolve};
use proptest::prelude::*;
use url::Url;

fn base() -> Url {
    "https://api.example.com/v1/tenant-a/".parse().unwrap()
}

/// Paths that leave the base, directly or after a server decodes them, drops matrix parameters or treats `\` as `/`.
const REJECTED: &[&str] = &[
    // Unencoded.
    "..",
    "../",
    "../tenant-b/x",
    "/../../admin",
    "//../x",
    "a/../../x",
    "./../x",
    "../tenant-ab",
    "..?q=1",
    "..#x",
    // Characters that a URL parser drops.
    ".\t./x",
    "\n../x",
    "a/.\r./../x",
    "a/../.. ",
    "%2\te%2e/x",
    "x/%252e%252e \u{1}",
    // Decoded once.
    "%2e%2e/x",
    "%2E%2e/x",
    ".%2e/x",
    "%2e./x",
    "%2e/x",
    "a/%2e%2e/b",
    "users/%2e%2e/%2e%2e/%2E%2e/admin",
    "..%2Fx",
    "..%2f..%2fadmin",
    "%2e%2e%2Fx",
    "%2F..%2Fx",
    "a%2F..%2F..%2Fx",
    "a%2F.%2Fb",
    "a/x%2F..",
    // Decoded twice.
    "%252e%252e/x",
    "%252E%252e/x",
    "%25%32%65%25%32%65/x",
    "%2%65%2%65/x",
    ".%252e/x",
    "%2e%252e/x",
    "a/%252e",
    "..%252Fx",
    "%252e%252e%252fadmin",
    "a%252F..%252F..%252Fx",
    // Backslashes.
    "..\\x",
    "x/..\\..\\..\\admin",
    "\\\\elsewhere.example.com\\x",
    "/\\elsewhere.example.com/x",
    "a\\b",
    "..%5Cx",
    "%5c..%5cx",
    "..%255Cx",
    "a%5C..%2f..%5cx",
    "%2e%2e%5cx",
    // Matrix parameters.
    "..;/x",
    "..;a=1/x",
    ".;a=1/x",
    "a/..;",
    "..%3b/x",
    "..%3Ba=1/x",
    "..%253b/x",
    "%2e%2e;/x",
    "%252e%252e;x/y",
    "a%2F..;%2Fx",
    "a;b=1%2F..%2Fx",
];

/// Paths that stay below the base, with the form in which they are sent.
const ACCEPTED: &[(&str, &str)] = &[
    ("", ""),
    ("/", ""),
    (".", ""),
    ("books", "books"),
    ("/books", "books"),
    ("//books", "books"),
    ("///elsewhere.example.com/x", "elsewhere.example.com/x"),
    ("./books", "books"),
    ("books/", "books/"),
    ("a//b", "a//b"),
    ("a/./b", "a/b"),
    ("a/../b", "b"),
    ("a/b/../../c", "c"),
    ("a/..", ""),
    // Encoded slashes and backslashes inside a segment.
    ("a%2Fb", "a%2Fb"),
    ("a%2fb/c", "a%2fb/c"),
    ("%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd"),
    ("a%252Fb", "a%252Fb"),
    ("https%3A%2F%2Fx.example%2Fy", "https%3A%2F%2Fx.example%2Fy"),
    ("domain%5Cuser", "domain%5Cuser"),
    ("a%2F%2Fb", "a%2F%2Fb"),
    // Names with dots.
    ("...", "..."),
    ("....", "...."),
    (".well-known/x", ".well-known/x"),
    ("..a", "..a"),
    ("a..", "a.."),
    ("a..b", "a..b"),
    ("1...2", "1...2"),
    ("%2E%2Ewell", "%2E%2Ewell"),
    ("%2e%2e%2e", "%2e%2e%2e"),
    ("a%2e%2e%2Fb", "a%2e%2e%2Fb"),
    ("...%2Fb", "...%2Fb"),
    ("x.json", "x.json"),
    // Encoded three times.
    ("%25252e%25252e", "%25252e%25252e"),
    ("..%25252Fx", "..%25252Fx"),
    // Matrix parameters with or without a name.
    ("a;b=..", "a;b=.."),
    ("v1;..", "v1;.."),
    (";x=1", ";x=1"),
    ("a%3B..", "a%3B.."),
    ("...;x", "...;x"),
    // Invalid escapes.
    ("%", "%"),
    ("%2", "%2"),
    ("%zz", "%zz"),
    ("%2g%2e", "%2g%2e"),
    ("100%25", "100%25"),
    // Colons, at signs, other characters.
    ("a:b/c", "a:b/c"),
    ("javascript:x", "javascript:x"),
    ("ftp://elsewhere.example.com/x", "ftp://elsewhere.example.com/x"),
    ("https:x", "https:x"),
    (":80/x", ":80/x"),
    ("@elsewhere.example.com", "@elsewhere.example.com"),
    ("é", "%C3%A9"),
    ("a b", "a%20b"),
    ("\u{ff0e}\u{ff0e}/x", "%EF%BC%8E%EF%BC%8E/x"),
    ("..%00", "..%00"),
    // Query and fragment are not part of the path.
    ("?q=../..", "?q=../.."),
    ("books?q=%2e%2e/..;", "books?q=%2e%2e/..;"),
    ("books?q=a\\b", "books?q=a\\b"),
    ("books#/../..", "books#/../.."),
];

#[test]
fn a_path_that_leaves_the_base_url_is_rejected() {
    for path in REJECTED {
        let error = resolve(&base(), path).map(|url| url.to_string()).unwrap_err();
        assert!(error.to_string().contains("out of the base URL"), "{path}: {error}");
        let secret = resolve(&base(), &format!("{path}/not-a-real-secret"));
        if let Err(error) = secret {
            assert!(
                !format!("{error} {error:?}").contains("not-a-real"),
                "{path}: {error:?}"
            );
        }
    }
}

#[test]
fn accepted_paths_are_unchanged() {
    for (path, sent) in ACCEPTED {
        let url = resolve(&base(), path).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(url.as_str(), format!("{}{sent}", base()), "{path}");
    }
}

#[test]
fn a_base_url_is_a_folder_with_or_without_a_trailing_slash() {
    let base: Url = "https://api.example.com/v1?a=b#c".parse().unwrap();
    assert_eq!(
        resolve(&base, "books").unwrap().as_str(),
        "https://api.example.com/v1/books"
    );
    for path in ["../v1x", "../v1", ".."] {
        resolve(&base, path).unwrap_err();
    }
    // The base itself is not checked.
    let odd: Url = "https://api.example.com/..;/a%2F..%2Fb/".parse().unwrap();
    assert_eq!(resolve(&odd, "x").unwrap().as_str(), format!("{odd}x"));
}

/// The cost is linear in the length: each round of decoding returns at most as many bytes as its input.
#[test]
fn a_path_of_a_megabyte_is_resolved() {
    for (piece, is_rejected) in [
        ("%25", false),
        ("a%2F", false),
        ("a/../", false),
        ("%2e%2e/", true),
        ("..;/", true),
    ] {
        let path = piece.repeat(1024 * 1024 / piece.len());
        assert_eq!(resolve(&base(), &path).is_err(), is_rejected, "{piece}");
    }
}

#[test]
fn dot_segments_are_recognized_in_every_encoding() {
    for segment in [
        ".",
        "..",
        "%2E",
        ".%2e",
        "%252e%252e",
        "..;",
        ".;a=b",
        "..%2Fx",
        "x%5C..",
        "..%253Bx",
        "a/..",
    ] {
        assert!(is_dot_segment(segment), "{segment}");
    }
    for segment in [
        "", "a", "...", "..a", "a%2Fb", "a%5Cb", ";..", "a;..", "%25252e", "%", "%2",
    ] {
        assert!(!is_dot_segment(segment), "{segment}");
    }
}

/// Returns whether the path stays below the base for a server that decodes it `rounds` times.
fn stays_below(sent: &str, rounds: usize, backslashes: bool, parameters: bool) -> bool {
    let mut path = sent.as_bytes().to_vec();
    for _ in 0..rounds {
        path = percent_decode(&path);
    }
    let separates = |byte: &u8| *byte == b'/' || backslashes && *byte == b'\\';
    let mut depth = 0;
    for segment in path.split(separates) {
        let name = match segment.iter().position(|byte| *byte == b';') {
            Some(end) if parameters => &segment[..end],
            _ => segment,
        };
        match name {
            b"." | b"" => {}
            b".." => depth -= 1,
            _ => depth += 1,
        }
        if depth < 0 {
            return false;
        }
    }
    true
}

/// A separate implementation, so that a mistake in the library is not repeated here.
fn percent_decode(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut index = 0;
    while index < text.len() {
        let digits = text
            .get(index + 1..index + 3)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if text[index] == b'%' => {
                decoded.push(byte);
                index += 3;
            }
            _ => {
                decoded.push(text[index]);
                index += 1;
            }
        }
    }
    decoded
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_accepted_path_never_leaves_the_base(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                ".", "..", "/", "\\", ";", "a", "b=1", "%", "2", "5", "e", "E", "F", "c", "%2e", "%2E", "%2f", "%5C", "%3b", "%25",
                "%252e", "%252F", "%255c", "%253B", "\t", "\n", " ", "\u{1}", "?", "#", ":", "@", "é", "%00",
            ]),
            0..12,
        ),
    ) {
        let path = pieces.concat();
        if let Ok(url) = resolve(&base(), &path) {
            let text = url.as_str().split(['?', '#']).next().unwrap();
            let below = text.strip_prefix(base().as_str());
            prop_assert!(below.is_some(), "{path:?} is {url}");
            for rounds in 0..=2 {
                for (backslashes, parameters) in [(false, false), (false, true), (true, false), (true, true)] {
                    prop_assert!(stays_below(below.unwrap(), rounds, backslashes, parameters), "{path:?} is {url}");
                }
            }
        }
    }
}
