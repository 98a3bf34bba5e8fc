//! Generation takes a small multiple of the SDK's size in memory, and little for rejected descriptions.

#![expect(clippy::unwrap_used, reason = "a failed setup fails the test")]

use allocation_counter::measure;
use evergrant_openapi::{Document, Generator};

/// Returns a JSON description with these additional members.
fn description(members: &str) -> String {
    format!(r#"{{"openapi": "3.1.0", "info": {{"title": "Example", "version": "1"}}, {members}}}"#)
}

/// Returns a description with operations that have ten small enums each, which are separate types.
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

/// Returns the peak memory, relative to the size of the SDK.
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
fn peak_memory_is_a_small_multiple_of_the_sdk() {
    for count in [50, 200] {
        let ratio = ratio(&operations(count));
        assert!(ratio < 10, "{count} operations: {ratio} times the size of the SDK");
    }
}

#[test]
fn memory_for_a_large_enum_is_linear() {
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
fn memory_for_the_issuers_of_open_id_connect_schemes_is_linear() {
    let schemes = |count: usize, url: &dyn Fn(usize) -> String| {
        let scheme = |index: usize| {
            let url = url(index);
            format!(r#""s{index}": {{"type": "openIdConnect", "openIdConnectUrl": "{url}"}}"#)
        };
        let schemes: Vec<String> = (0..count).map(scheme).collect();
        description(&format!(
            r#""paths": {{}}, "components": {{"securitySchemes": {{{}}}}}"#,
            schemes.join(",")
        ))
    };
    let total = |text: &str| {
        let generate = || Generator::new(Document::parse("test", text).unwrap()).generate();
        measure(|| drop(generate())).bytes_total
    };
    let path = "/.well-known/openid-configuration";
    let host = "https://idp.example.com";
    let many = |n: usize| schemes(n / 64, &|at| format!("https://{at}.example.com{path}"));
    let long_issuer = |n: usize| schemes(1, &|_| format!("{host}/{}{path}", "a/".repeat(n)));
    let long_path = |n: usize| schemes(1, &|_| format!("{host}{}", path.repeat(n / 16)));
    let no_issuer = |n: usize| schemes(1, &|_| format!("{host}/?{}{path}", "%".repeat(n)));
    let texts: [(&str, &dyn Fn(usize) -> String); 4] = [
        ("many schemes", &many),
        ("a long issuer", &long_issuer),
        ("a long path", &long_path),
        ("no issuer", &no_issuer),
    ];
    for (what, text) in texts {
        let (once, twice, fourfold) = (total(&text(1 << 11)), total(&text(1 << 12)), total(&text(1 << 13)));
        let constant = 64 << 10;
        assert!(twice <= 3 * once + constant, "{what}: {once}, {twice}");
        assert!(fourfold <= 3 * twice + constant, "{what}: {twice}, {fourfold}");
    }
}

#[test]
fn too_many_values_are_rejected_before_they_take_memory() {
    let text = description(&format!(r#""x": [{}0]"#, "0,".repeat(30_000_000)));
    let measured = measure(|| drop(Document::parse("test", &text).unwrap_err()));
    assert!(measured.bytes_max < 512 << 20, "{} bytes", measured.bytes_max);
}

#[test]
fn paths_below_a_long_name_share_it() {
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
fn reasons_for_skipped_operations_do_not_repeat_a_long_name() {
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
            // With a long name in each operation, the description itself would be huge.
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
                let report = Generator::new(document).allow_skip().inspect().unwrap();
                let report = report.to_string();
                assert!(report.contains("~11999/get"), "{index}");
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
fn a_list_of_empty_lines_is_rejected_before_they_take_memory() {
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
