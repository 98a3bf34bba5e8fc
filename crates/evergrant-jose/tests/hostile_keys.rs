//! Keys and certificates from outside cost memory in proportion to their size, and their errors are short and show no
//! part of them.
//!
//! A binary of its own, because `allocation_counter` replaces the allocator of the whole program.
#![expect(clippy::unwrap_used, reason = "a failed expectation fails its test")]

use allocation_counter::measure;
use evergrant_jose::google::ServiceAccount;
use evergrant_jose::{Algorithm, Certificate, KeyError, PrivateKey};

/// A text that grows with its argument.
type Text = fn(usize) -> String;
type BoxedText<'a> = Box<dyn Fn(usize) -> String + 'a>;

/// Asserts that the cost at most triples when the size doubles: quadratic cost would be four times as high.
#[track_caller]
fn assert_linear(what: &str, text: impl Fn(usize) -> String, read: impl Fn(&str) -> Result<(), KeyError>) {
    let cost = |n: usize| {
        let text = text(n);
        let mut outcome = Ok(());
        let bytes = measure(|| outcome = read(&text)).bytes_total;
        if let Err(error) = outcome {
            let message = error.to_string();
            assert!(message.len() < 400 && !message.contains("canary"), "{what}: {message}");
        }
        bytes
    };
    cost(1);
    let (once, twice, fourfold) = (cost(1 << 9), cost(1 << 10), cost(1 << 11));
    let constant = 16 << 10;
    assert!(twice <= 3 * once + constant, "{what}: {once}, {twice}");
    assert!(fourfold <= 3 * twice + constant, "{what}: {twice}, {fourfold}");
}

fn section(label: &str, content: &str) -> String {
    format!("-----BEGIN {label}-----\n{content}\n-----END {label}-----\n")
}

fn key() -> String {
    let key = PrivateKey::generate(Algorithm::Es256).unwrap();
    key.to_pem().unwrap().expose().to_owned()
}

#[test]
fn pem_keys_cost_as_much_as_they_are_long() {
    let key = key();
    let read = |text: &str| PrivateKey::parse(text).map(drop);
    let texts: [(&str, BoxedText<'_>); 7] = [
        (
            "other sections",
            Box::new(|n| section("CERTIFICATE", "AAAA").repeat(n) + &key),
        ),
        (
            "sections that do not end",
            Box::new(|n| "-----BEGIN PRIVATE KEY-----\n".repeat(n)),
        ),
        ("labels that do not end", Box::new(|n| "-----BEGIN ".repeat(n))),
        ("ends", Box::new(|n| "-----END PRIVATE KEY-----".repeat(n))),
        (
            "a long key",
            Box::new(|n| section("PRIVATE KEY", &"Y2FuYXJ5\n".repeat(n))),
        ),
        (
            "white space",
            Box::new(|n| section("EC PRIVATE KEY", &" \n\t".repeat(n))),
        ),
        ("text", Box::new(|n| "canary ".repeat(n))),
    ];
    for (what, text) in texts {
        assert_linear(what, text, read);
    }
}

#[test]
fn jwks_cost_as_much_as_they_are_long() {
    let read = |text: &str| PrivateKey::parse(text).map(drop);
    let texts: [(&str, Text); 7] = [
        ("unknown members", |n| {
            format!("{{{}}}", r#""x": "canary","#.repeat(n) + r#""y": 1"#)
        }),
        ("repeated members", |n| {
            format!("{{{}}}", r#""d": "canary","#.repeat(n) + r#""y": 1"#)
        }),
        ("many keys", |n| {
            let keys = r#"{"kty": "EC", "x": "canary"},"#.repeat(n);
            format!(r#"{{"keys": [{keys}{{}}]}}"#)
        }),
        ("many private keys", |n| {
            let keys = r#"{"kty": "EC", "d": "canary"},"#.repeat(n);
            format!(r#"{{"keys": [{keys}{{}}]}}"#)
        }),
        ("nested sets", |n| r#"{"keys": ["#.repeat(n)),
        ("a long modulus", |n| {
            format!(
                r#"{{"kty": "RSA", "n": "{}", "e": "AQAB", "d": "AA"}}"#,
                "Y2FuYXJ5".repeat(n)
            )
        }),
        ("an escaped member", |n| {
            format!(r#"{{"kty": "{}"}}"#, r"\u0041".repeat(n))
        }),
    ];
    for (what, text) in texts {
        assert_linear(what, text, read);
    }
}

#[test]
fn certificates_cost_as_much_as_they_are_long_and_a_chain_has_at_most_ten() {
    let read = |text: &str| Certificate::from_pem(text).map(drop);
    let texts: [(&str, Text); 5] = [
        ("many certificates", |n| section("CERTIFICATE", "Y2FuYXJ5").repeat(n)),
        ("a long certificate", |n| {
            section("CERTIFICATE", &"Y2FuYXJ5\n".repeat(n))
        }),
        ("other sections", |n| section("PRIVATE KEY", "Y2FuYXJ5").repeat(n)),
        ("sections that do not end", |n| {
            "-----BEGIN CERTIFICATE-----\n".repeat(n)
        }),
        ("text", |n| "canary\n".repeat(n)),
    ];
    for (what, text) in texts {
        assert_linear(what, text, read);
    }
    // The eleventh certificate ends the reading, for any number of others.
    let many = |n: usize| section("CERTIFICATE", &"Y2FuYXJ5\n".repeat(100)).repeat(n);
    let cost = |text: String| {
        let read = || drop(Certificate::from_pem(&text).unwrap_err());
        measure(read).bytes_total
    };
    let (eleven, thousand) = (cost(many(11)), cost(many(1000)));
    assert!(thousand <= eleven + 1024, "{eleven}, {thousand}");
}

#[test]
fn service_account_files_cost_as_much_as_they_are_long() {
    let read = |text: &str| ServiceAccount::from_json(text).map(drop);
    let texts: [(&str, Text); 4] = [
        ("unknown members", |n| {
            format!("{{{}}}", r#""x": "canary","#.repeat(n) + r#""y": 1"#)
        }),
        ("a long type", |n| {
            let kind = "canary".repeat(n).replace("canary", "X");
            format!(r#"{{"type": "{kind}", "client_email": "a", "private_key": "", "token_uri": "b"}}"#)
        }),
        ("a long key", |n| {
            let key = r"Y2FuYXJ5\n".repeat(n);
            format!(r#"{{"type": "service_account", "client_email": "a", "private_key": "{key}", "token_uri": "b"}}"#)
        }),
        ("nested values", |n| format!(r#"{{"type": {}"#, "[".repeat(n))),
    ];
    for (what, text) in texts {
        assert_linear(what, text, read);
    }
}
