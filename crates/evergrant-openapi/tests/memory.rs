//! What generation takes of memory follows what it makes: a few times the SDK's text, and nothing for what is refused.

#![expect(clippy::unwrap_used, reason = "what a test sets up is known to work")]

use allocation_counter::measure;
use evergrant_openapi::{Document, Generator};

/// A description in JSON with these further members.
fn description(members: &str) -> String {
    format!(r#"{{"openapi": "3.1.0", "info": {{"title": "Example", "version": "1"}}, {members}}}"#)
}

/// Operations with ten small enums each, which are types of their own.
fn operations(count: usize) -> String {
    let enums: Vec<String> = (0..10)
        .map(|index| format!(r#"{{"name": "p{index}", "in": "query", "schema": {{"enum": ["a", "b", "c"]}}}}"#))
        .collect();
    let enums = enums.join(",");
    let path = |index: usize| {
        format!(r#""/{index}": {{"get": {{"operationId": "get{index}", "parameters": [{enums}], "responses": {{}}}}}}"#)
    };
    let paths: Vec<String> = (0..count).map(path).collect();
    description(&format!(r#""paths": {{{}}}"#, paths.join(",")))
}

/// Most bytes at one time, for each byte of the SDK.
fn ratio(text: &str) -> u64 {
    let mut length = 0;
    let measured = measure(|| {
        let sdk = Generator::new(Document::parse("test", text).unwrap())
            .generate()
            .unwrap();
        length = sdk.files().map(|(_, text)| text.len() as u64).sum();
    });
    measured.bytes_max / length
}

#[test]
fn an_sdk_takes_a_few_times_its_text_however_many_operations_and_types_it_has() {
    for count in [50, 200] {
        let ratio = ratio(&operations(count));
        assert!(ratio < 10, "{count} operations: {ratio} times the SDK's text");
    }
}

#[test]
fn an_enum_that_is_only_text_takes_no_more_than_its_values() {
    let values = |count: usize| {
        let values: Vec<String> = (0..count).map(|index| format!(r#""v{index}""#)).collect();
        description(&format!(
            r#""paths": {{}}, "components": {{"schemas": {{"E": {{"enum": [{}]}}}}}}"#,
            values.join(",")
        ))
    };
    let peak = |count: usize| {
        let text = values(count);
        measure(|| {
            drop(
                Generator::new(Document::parse("test", &text).unwrap())
                    .generate()
                    .unwrap(),
            )
        })
        .bytes_max
    };
    let (half, whole) = (peak(50_000), peak(100_000));
    assert!(
        whole < 3 * half && whole < 100_000 * 1_000,
        "{half} bytes, then {whole}"
    );
}

#[test]
fn a_description_with_too_many_values_is_refused_before_they_take_memory() {
    let text = description(&format!(r#""x": [{}0]"#, "0,".repeat(30_000_000)));
    let measured = measure(|| drop(Document::parse("test", &text).unwrap_err()));
    assert!(measured.bytes_max < 512 << 20, "{} bytes", measured.bytes_max);
}

#[test]
fn what_is_below_a_long_name_does_not_repeat_it() {
    let members: Vec<String> = (0..2_000)
        .map(|index| format!(r#""m{index}": {{"type": "string"}}"#))
        .collect();
    let text = description(&format!(
        r#""paths": {{}}, "components": {{"schemas": {{"{}": {{"properties": {{{}}}}}}}}}"#,
        "n".repeat(1 << 20),
        members.join(",")
    ));
    let measured = measure(|| {
        let document = Document::parse("test", &text).unwrap();
        drop(Generator::new(document).inspect().unwrap());
    });
    assert!(measured.bytes_total < 200 << 20, "{} bytes", measured.bytes_total);
}

#[test]
fn what_is_skipped_for_one_long_name_does_not_keep_it() {
    let name = "n".repeat(1 << 20);
    let header = r#"{"type": "apiKey", "in": "header", "name": "NAME"}"#.replace("NAME", &name);
    let both = format!(r#"{{"a": {header}, "b": {header}, "c": {{"type": "http", "scheme": "basic"}}}}"#);
    let unsupported = format!(r#""{name}": {{"type": "mutualTLS"}}"#);
    let cases = [
        (format!("{{{unsupported}}}"), format!(r#"[{{"{name}": []}}]"#)),
        (format!("{{{unsupported}}}"), format!(r#"[{{"{name}": []}}, {{}}]"#)),
        (both.clone(), r#"[{"a": [], "b": []}, {"c": []}]"#.to_owned()),
        (both, r#"[{"a": [], "b": []}]"#.to_owned()),
        (
            format!(r#"{{"a": {{"type": "http", "scheme": "{name}"}}}}"#),
            r#"[{"a": []}]"#.to_owned(),
        ),
    ];
    for (index, (schemes, security)) in cases.into_iter().enumerate() {
        for is_own in [false, true] {
            // A long name within each operation would be the description's own size.
            if is_own && security.len() > 1_000 {
                continue;
            }
            let operation = match is_own {
                true => format!(r#"{{"security": {security}}}"#),
                false => "{}".to_owned(),
            };
            let paths: Vec<String> = (0..2_000)
                .map(|path| format!(r#""/{path}": {{"get": {operation}}}"#))
                .collect();
            let text = description(&format!(
                r#""security": {security}, "components": {{"securitySchemes": {schemes}}}, "paths": {{{}}}"#,
                paths.join(",")
            ));
            let measured = measure(|| {
                let document = Document::parse("test", &text).unwrap();
                let account = Generator::new(document).allow_skip().inspect().unwrap();
                let account = account.to_string();
                assert!(account.contains("~11999/get"), "{index}");
            });
            assert!(
                measured.bytes_total < 400 << 20,
                "{index}: {} bytes in all",
                measured.bytes_total
            );
            assert!(measured.bytes_max < 100 << 20, "{index}: {} bytes", measured.bytes_max);
        }
    }
}

#[test]
fn a_list_of_empty_lines_is_refused_before_its_lines_take_memory() {
    let directory = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("empty-lines");
    std::fs::create_dir_all(&directory).unwrap();
    let text = description(r#""paths": {}"#);
    let sdk = Generator::new(Document::parse("test", &text).unwrap())
        .generate()
        .unwrap();
    std::fs::write(directory.join(".evergrant-files"), "\n".repeat(32 << 20)).unwrap();
    let measured = measure(|| {
        let error = sdk.write(&directory).unwrap_err();
        assert!(error.to_string().starts_with("line 1 of "), "{error}");
    });
    std::fs::remove_dir_all(&directory).unwrap();
    assert!(measured.bytes_max < 100 << 20, "{} bytes", measured.bytes_max);
}
