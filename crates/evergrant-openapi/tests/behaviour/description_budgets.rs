//! Every budget rejects a description that exceeds it, with its name, and accepts one at the limit.

use std::fs;
use std::path::PathBuf;

use evergrant_openapi::{Document, Error, Generator};

/// Returns `count` members or items, separated by commas.
fn list(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect::<Vec<_>>().join(",")
}

/// Returns a JSON description with these additional members.
fn description(members: &str) -> String {
    format!(r#"{{"openapi": "3.1.0", "info": {{"title": "Example", "version": "1"}}, {members}}}"#)
}

fn schemas(schemas: &str) -> String {
    description(&format!(r#""components": {{"schemas": {{{schemas}}}}}"#))
}

fn schemes(schemes: &str) -> String {
    description(&format!(r#""components": {{"securitySchemes": {{{schemes}}}}}"#))
}

/// Returns a description of one operation with these members.
fn operation(members: &str) -> String {
    description(&format!(
        r#""paths": {{"/": {{"get": {{"responses": {{}}, {members}}}}}}}"#
    ))
}

/// Returns a description with `paths` paths that share a path item with eight operations.
fn shared(paths: usize, operation: &str) -> String {
    let verbs = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
    let operations = verbs.map(|verb| format!(r#""{verb}": {{{operation}}}"#)).join(",");
    let paths = list(paths, |index| {
        format!(r##""/{index}": {{"$ref": "#/components/pathItems/i"}}"##)
    });
    description(&format!(
        r#""paths": {{{paths}}}, "components": {{"pathItems": {{"i": {{{operations}}}}}}}"#
    ))
}

/// Reads a description without generating code.
fn inspect(text: &str) -> Result<(), Error> {
    let document = Document::parse("test", text)?;
    Generator::new(document).inspect().map(drop)
}

#[track_caller]
fn assert_rejected(text: &str, budget: &str) {
    let message = inspect(text).unwrap_err().to_string();
    assert!(
        message.contains("too many ") && message.contains(&format!("the budget `{budget}` allows ")),
        "{budget}: {message}"
    );
    assert!(message.len() < 2_000, "{budget}: {} bytes", message.len());
}

#[track_caller]
fn assert_accepted(text: &str) {
    if let Err(error) = inspect(text) {
        panic!("{}", error.to_string().chars().take(500).collect::<String>());
    }
}

/// Asserts that a description with `max` items is accepted, and one with another item rejected.
#[track_caller]
fn assert_budget(budget: &str, max: usize, text: impl Fn(usize) -> String) {
    assert_accepted(&text(max));
    assert_rejected(&text(max + 1), budget);
}

#[test]
fn values_are_counted_before_they_take_memory() {
    let values = |value: &str, count: usize| {
        let many = format!("{value},").repeat(count - 1);
        description(&format!(r#""paths": {{}}, "x": [{many}0]"#))
    };
    // In addition to the root, its members and those of `info`.
    assert_budget("nodes", 4_000_000 - 7, |count| values("0", count));
    assert_rejected(&values("[]", 5_000_000), "nodes");
    assert_rejected(&values(r#"{"":0}"#, 2_500_000), "nodes");
}

#[test]
fn depth_is_limited_in_json_and_yaml() {
    // Below the root and `x`.
    let json = |depth: usize| {
        let (open, close) = ("[".repeat(depth - 1), "]".repeat(depth - 1));
        description(&format!(r#""paths": {{}}, "x": {open}{close}"#))
    };
    assert_budget("depth", 120, json);
    let yaml = |depth: usize| {
        let items = "- ".repeat(depth - 1);
        format!("openapi: 3.1.0\ninfo: {{title: Example, version: '1'}}\npaths: {{}}\nx:\n  {items}1\n")
    };
    assert_budget("depth", 120, yaml);
    assert_rejected(&json(1_000_000), "depth");
    assert_rejected(&yaml(100_000), "depth");
    assert_rejected(&format!("openapi: 3.1.0\nx: {}", "[".repeat(100_000)), "depth");
}

#[test]
fn files_and_strings_have_a_maximum_size() {
    assert_rejected(&description(&format!(r#""x": "{}""#, "a".repeat(64 << 20))), "source");
    let yaml = |aliases: usize| {
        let text = "a".repeat(1 << 20);
        let texts: String = (0..16).map(|index| format!("y{index}: &a{index} {text}\n")).collect();
        let aliases: String = (0..aliases).map(|index| format!("- *a{}\n", index % 16)).collect();
        format!("openapi: 3.1.0\ninfo: {{title: Example, version: '1'}}\npaths: {{}}\n{texts}x:\n{aliases}")
    };
    assert_accepted(&yaml(100));
    assert_rejected(&yaml(112), "source text");
}

#[test]
fn yaml_aliases_are_counted() {
    let head = "openapi: 3.1.0\ninfo: {title: Example, version: '1'}\npaths: {}\n";
    let bomb: String = (1..30)
        .map(|level| format!("x{level}: &a{level} [{}]\n", list(10, |_| format!("*a{}", level - 1))))
        .collect();
    assert_rejected(&format!("{head}x0: &a0 [1, 2]\n{bomb}"), "aliases");
    let anchors: String = (0..60_000).map(|index| format!("- &a{index} 1\n")).collect();
    assert_rejected(&format!("{head}x:\n{anchors}"), "aliases");
}

#[test]
fn operations_and_tags_are_counted() {
    let verb = |index: usize| format!(r#""/{index}": {{"get": {{"tags": ["t"], "responses": {{}}}}}}"#);
    assert_accepted(&description(&format!(r#""paths": {{{}}}"#, list(1_000, verb))));
    assert_rejected(&shared(6_251, r#""responses": {}"#), "operations");
    let tag = |index: usize| format!(r#""/{index}": {{"get": {{"tags": ["t{index}"], "responses": {{}}}}}}"#);
    assert_budget("tags", 10_000, |count| {
        description(&format!(r#""paths": {{{}}}"#, list(count, tag)))
    });
}

#[test]
fn parameters_are_counted_per_operation_and_in_total() {
    let parameter = |index: usize| format!(r#"{{"name": "p{index}", "in": "query"}}"#);
    assert_budget("own parameters", 1_000, |count| {
        operation(&format!(r#""parameters": [{}]"#, list(count, parameter)))
    });
    let path = |count: usize| {
        let path: String = (0..count).map(|index| format!("/{{p{index}}}")).collect();
        description(&format!(r#""paths": {{"{path}": {{"get": {{"responses": {{}}}}}}}}"#))
    };
    assert_budget("own parameters", 1_000, path);
    // These parameters are ignored, but still counted.
    let ignored = list(1_000, |_| r#"{"name": "Accept", "in": "header"}"#.to_owned());
    let ignored = format!(r#""parameters": [{ignored}], "responses": {{}}"#);
    assert_rejected(&shared(63, &ignored), "parameters");
}

#[test]
fn responses_and_media_types_are_counted_per_operation_and_in_total() {
    let responses = |count: usize| {
        let responses = list(count, |index| format!(r#""x-{index}": {{}}"#));
        description(&format!(
            r#""paths": {{"/": {{"get": {{"responses": {{{responses}}}}}}}}}"#
        ))
    };
    assert_budget("own responses", 1_000, responses);
    let media = |count: usize| {
        let media = list(count, |index| format!(r#""text/t{index}": {{}}"#));
        operation(&format!(r#""requestBody": {{"content": {{{media}}}}}"#))
    };
    assert_budget("own responses", 1_000, media);
    let responses = list(1_000, |index| format!(r#""x-{index}": {{}}"#));
    assert_rejected(&shared(126, &format!(r#""responses": {{{responses}}}"#)), "responses");
}

#[test]
fn security_alternatives_schemes_and_scopes_are_counted() {
    let keys = |count: usize| {
        list(count, |index| {
            format!(r#""k{index}": {{"type": "apiKey", "in": "header", "name": "h{index}"}}"#)
        })
    };
    assert_budget("security schemes", 1_000, |count| schemes(&keys(count)));
    // Each alternative and its scheme count.
    let alternatives = |count: usize| {
        let security = list(count / 2, |index| format!(r#"{{"k{}": []}}"#, index % 10));
        let more = if count % 2 == 1 { ", {}" } else { "" };
        description(&format!(
            r#""security": [{security}{more}], "paths": {{"/": {{"get": {{"responses": {{}}}}}}}}, "components": {{"securitySchemes": {{{}}}}}"#,
            keys(10)
        ))
    };
    assert_budget("security alternatives", 1_000, alternatives);
    // A thousand alternatives of a thousand schemes each.
    let all = list(1_000, |index| format!(r#""k{index}": []"#));
    let security = list(1_000, |_| format!("{{{all}}}"));
    assert_rejected(
        &description(&format!(
            r#""security": [{security}], "components": {{"securitySchemes": {{{}}}}}"#,
            keys(1_000)
        )),
        "security alternatives",
    );
    let oauth = |scopes: &str| {
        format!(
            r#""o": {{"type": "oauth2", "flows": {{"clientCredentials": {{"tokenUrl": "https://a.example/t", "scopes": {{{scopes}}}}}}}}}"#
        )
    };
    assert_budget("scopes", 10_000, |count| {
        schemes(&oauth(&list(count, |index| format!(r#""s{index}": """#))))
    });
    // Several scopes in one string.
    let text = (0..1_000)
        .map(|index| format!("s{index}"))
        .collect::<Vec<_>>()
        .join(" ");
    assert_rejected(
        &description(&format!(
            r#""security": [{{"o": ["{text}"]}}], "paths": {{"/": {{"get": {{"responses": {{}}}}}}}}, "components": {{"securitySchemes": {{{}}}}}"#,
            oauth("")
        )),
        "security alternatives",
    );
    assert_budget("keys", 100, |count| {
        let keys = list(count, |index| format!(r#"{{"name": "h{index}", "in": "header"}}"#));
        schemes(&format!(
            r#""k": {{"type": "apiKey", "in": "header", "name": "h", "x-evergrant-keys": [{keys}]}}"#
        ))
    });
}

#[test]
fn global_security_counts_for_each_operation() {
    let text = |operations: usize| {
        let security = list(500, |_| r#"{"k": []}"#.to_owned());
        let paths = list(operations, |index| {
            format!(r#""/{index}": {{"get": {{"tags": ["t"], "responses": {{}}}}}}"#)
        });
        description(&format!(
            r#""security": [{security}], "paths": {{{paths}}}, "components": {{"securitySchemes": {{"k": {{"type": "apiKey", "in": "header", "name": "k"}}}}}}"#
        ))
    };
    assert_budget("all security alternatives", 500, text);
}

#[test]
fn servers_variables_and_headers_are_counted() {
    let server = |index: usize| format!(r#"{{"url": "https://s{index}.example"}}"#);
    assert_budget("servers", 200, |count| {
        description(&format!(r#""servers": [{}], "paths": {{}}"#, list(count, server)))
    });
    assert_budget("servers", 200, |count| {
        operation(&format!(r#""servers": [{}]"#, list(count, server)))
    });
    // In addition to the default server, each path has its own.
    let path = |index: usize| {
        let server = server(index);
        format!(r#""/{index}": {{"servers": [{server}], "get": {{"responses": {{}}}}}}"#)
    };
    assert_budget("servers", 199, |count| {
        description(&format!(r#""paths": {{{}}}"#, list(count, path)))
    });
    assert_budget("server variables", 200, |count| {
        let variables = list(count, |index| format!(r#""v{index}": {{"default": "d"}}"#));
        description(&format!(
            r#""servers": [{{"url": "https://a.example", "variables": {{{variables}}}}}], "paths": {{}}"#
        ))
    });
    assert_budget("server variable values", 1_000, |count| {
        let values = list(count, |index| format!(r#""v{index}""#));
        description(&format!(
            r#""servers": [{{"url": "https://a.example/{{v}}", "variables": {{"v": {{"enum": [{values}]}}}}}}], "paths": {{}}"#
        ))
    });
    assert_budget("headers", 1_000, |count| {
        let headers = list(count, |index| format!(r#"{{"name": "h{index}"}}"#));
        description(&format!(r#""x-evergrant-headers": [{headers}], "paths": {{}}"#))
    });
}

#[test]
fn types_properties_and_variants_are_counted() {
    assert_budget("types", 50_000, |count| {
        schemas(&list(count, |index| format!(r#""S{index}": {{"type": "string"}}"#)))
    });
    // Inline schemas count as well.
    let inline = list(11, |schema| {
        let members = list(5_000, |member| format!(r#""m{member}": {{"enum": ["a", "b"]}}"#));
        format!(r#""S{schema}": {{"properties": {{{members}}}}}"#)
    });
    assert_rejected(&schemas(&inline), "types");
    assert_budget("properties", 5_000, |count| {
        let members = list(count, |index| format!(r#""m{index}": {{}}"#));
        schemas(&format!(r#""S": {{"properties": {{{members}}}}}"#))
    });
    assert_budget("variants", 2_000, |count| {
        let branches = list(count, |index| format!(r#"{{"properties": {{"m{index}": {{}}}}}}"#));
        schemas(&format!(r#""S": {{"oneOf": [{branches}]}}"#))
    });
    let subtypes = |count: usize| {
        let base = r#""B": {"properties": {"kind": {"type": "string"}}, "discriminator": {"propertyName": "kind"}}"#;
        let subtype = |index: usize| format!(r##""K{index}": {{"allOf": [{{"$ref": "#/components/schemas/B"}}]}}"##);
        schemas(&format!("{base}, {}", list(count, subtype)))
    };
    assert_budget("variants", 2_000, subtypes);
}

#[test]
fn enum_values_are_counted_and_named_in_linear_time() {
    // More values than an enum has variants, all with the same name.
    let same = |index: usize| format!(r#""a{}{}""#, "!".repeat(index % 300), "?".repeat(index / 300));
    assert_budget("enum values", 100_000, |count| {
        schemas(&format!(r#""E": {{"enum": [{}]}}"#, list(count, same)))
    });
    let named = list(100_000, |index| format!(r#""n{index}""#));
    assert_accepted(&schemas(&format!(
        r#""E": {{"enum": [{named}], "x-enum-varnames": [{named}]}}"#
    )));
    assert_rejected(
        &schemas(&format!(
            r#""E": {{"enum": [{}]}}"#,
            list(1_000_000, |index| index.to_string())
        )),
        "enum values",
    );
    // Merged enums contain the values of both.
    let values = list(50_000, |index| index.to_string());
    assert_accepted(&schemas(&format!(
        r#""E": {{"allOf": [{{"enum": [{values}]}}, {{"enum": [{values}]}}]}}"#
    )));
}

#[test]
fn merged_schemas_are_counted() {
    let members = list(1_000, |index| format!(r#""m{index}": {{}}"#));
    let subtypes = |count: usize| {
        let subtype = |index: usize| {
            format!(r##""K{index}": {{"allOf": [{{"$ref": "#/components/schemas/B"}}, {{"required": ["a"]}}]}}"##)
        };
        schemas(&format!(
            r#""B": {{"properties": {{{members}}}}}, {}"#,
            list(count, subtype)
        ))
    };
    assert_accepted(&subtypes(100));
    assert_rejected(&subtypes(500), "schemas");
    for keyword in ["required", "oneOf"] {
        let long = list(10_000, |index| match keyword {
            "oneOf" => "{}".to_owned(),
            _ => format!(r#""v{index}""#),
        });
        let subtype = |index: usize| {
            format!(r##""K{index}": {{"allOf": [{{"$ref": "#/components/schemas/B"}}, {{"items": {{}}}}]}}"##)
        };
        let text = schemas(&format!(r#""B": {{"{keyword}": [{long}]}}, {}"#, list(1_000, subtype)));
        assert_rejected(&text, "schemas");
    }
    // Each level references the next one twice, which is visited once.
    let twice = |keyword: &str| {
        let level = |index: usize| {
            let below = format!(r##"{{"$ref": "#/components/schemas/S{}"}}"##, index + 1);
            format!(r#""S{index}": {{"{keyword}": [{below}, {below}]}}"#)
        };
        schemas(&format!(r#"{}, "S90": {{"type": "object"}}"#, list(90, level)))
    };
    assert_accepted(&twice("allOf"));
    assert_accepted(&twice("oneOf"));
}

#[test]
fn schemas_of_one_member_are_limited() {
    let parts = |count: usize| {
        let part = |index: usize| format!(r#"{{"properties": {{"m": {{"maxLength": {index}}}}}}}"#);
        schemas(&format!(r#""S": {{"allOf": [{}]}}"#, list(count, part)))
    };
    assert_budget("schemas", 100, parts);
}

#[test]
fn shared_text_counts_for_each_copy() {
    let text = "a".repeat(1 << 20);
    let parameters = |operations: usize| {
        let path = |index: usize| {
            format!(
                r##""/{index}": {{"get": {{"parameters": [{{"$ref": "#/components/parameters/p"}}], "responses": {{}}}}}}"##
            )
        };
        description(&format!(
            r#""paths": {{{}}}, "components": {{"parameters": {{"p": {{"name": "p", "in": "query", "description": "{text}"}}}}}}"#,
            list(operations, path)
        ))
    };
    assert_accepted(&parameters(50));
    assert_rejected(&parameters(256), "text");
    let members = |count: usize| {
        let subtype = |index: usize| {
            format!(r##""K{index}": {{"allOf": [{{"$ref": "#/components/schemas/B"}}, {{"required": ["a"]}}]}}"##)
        };
        schemas(&format!(
            r#""B": {{"properties": {{"{text}": {{}}}}}}, {}"#,
            list(count, subtype)
        ))
    };
    assert_rejected(&members(256), "text");
    // Truncated text is not copied completely.
    let field = |index: usize| format!(r##""f{index}": {{"$ref": "#/components/schemas/P"}}"##);
    assert_accepted(&schemas(&format!(
        r#""P": {{"type": "string", "pattern": "{text}", "description": "{text}", "default": "{text}"}}, "S": {{"properties": {{{}}}}}"#,
        list(1_000, field)
    )));
}

#[test]
fn lines_of_documentation_are_counted() {
    let text = "a\\n".repeat(10_000 - 1);
    let lines = |count: usize| (count / 10_000, text.as_str());
    assert_budget("lines", 10 * 10_000, |count| {
        // One more line requires one more member.
        let (members, text) = lines(count + 9_999);
        let field = |index: usize| format!(r##""f{index}": {{"$ref": "#/components/schemas/P"}}"##);
        schemas(&format!(
            r#""P": {{"type": "string", "description": "{text}"}}, "S": {{"properties": {{{}}}}}"#,
            list(members, field)
        ))
    });
    let many = |item: &dyn Fn(usize) -> String| list(11, item);
    let operations = [
        format!(
            r#""parameters": [{}]"#,
            many(&|index| format!(r#"{{"name": "p{index}", "in": "query", "description": "{text}"}}"#))
        ),
        format!(
            r#""requestBody": {{"content": {{"multipart/form-data": {{"schema": {{"properties": {{{}}}}}}}}}}}"#,
            many(&|index| format!(r#""p{index}": {{"type": "string", "description": "{text}"}}"#))
        ),
    ];
    for members in operations {
        assert_rejected(&operation(&members), "lines");
    }
    let responses = many(&|index| {
        format!(
            r#""{}": {{"description": "{text}", "content": {{"application/json": {{}}}}}}"#,
            400 + index
        )
    });
    assert_rejected(
        &description(&format!(
            r#""paths": {{"/": {{"get": {{"responses": {{{responses}}}}}}}}}"#
        )),
        "lines",
    );
    let scopes = many(&|index| format!(r#""s{index}": "{text}""#));
    assert_rejected(
        &schemes(&format!(
            r#""o": {{"type": "oauth2", "flows": {{"clientCredentials": {{"tokenUrl": "https://a.example/t", "scopes": {{{scopes}}}}}}}}}"#
        )),
        "lines",
    );
    let headers = many(&|index| format!(r#"{{"name": "h{index}", "description": "{text}"}}"#));
    assert_rejected(
        &description(&format!(r#""x-evergrant-headers": [{headers}], "paths": {{}}"#)),
        "lines",
    );
    let values = many(&|index| format!(r#""v{index}""#));
    let descriptions = many(&|_| format!(r#""{text}""#));
    assert_rejected(
        &schemas(&format!(
            r#""E": {{"enum": [{values}], "x-enum-descriptions": [{descriptions}]}}"#
        )),
        "lines",
    );
}

#[test]
fn conditions_of_unions_are_counted() {
    let values = list(3_000, |index| format!(r#""v{index}""#));
    let unions = |count: usize| {
        let variant = |index: usize| {
            format!(
                r##""V{index}": {{"properties": {{"kind": {{"$ref": "#/components/schemas/E"}}, "m{index}": {{}}}}}}"##
            )
        };
        let union = |index: usize| {
            let branches = list(10, |variant| {
                format!(r##"{{"$ref": "#/components/schemas/V{variant}"}}"##)
            });
            format!(r#""U{index}": {{"oneOf": [{branches}]}}"#)
        };
        let (variants, unions) = (list(10, variant), list(count, union));
        schemas(&format!(r#""E": {{"enum": [{values}]}}, {variants}, {unions}"#))
    };
    assert_budget("conditions", 33, unions);
}

#[test]
fn a_long_name_is_not_repeated_for_everything_below_it() {
    let long = "n".repeat(1 << 20);
    let members = list(1_000, |index| format!(r#""m{index}": {{"type": "string"}}"#));
    let text = schemas(&format!(r#""{long}": {{"properties": {{{members}}}}}"#));
    assert_accepted(&text);
    // Messages truncate it.
    let wrong = list(500, |index| format!(r#""m{index}": {{"type": "wrong"}}"#));
    let text = schemas(&format!(r#""{long}": {{"properties": {{{wrong}}}}}"#));
    let sdk = Generator::new(Document::parse("test", &text).unwrap())
        .generate()
        .unwrap();
    assert!(sdk.warnings().iter().all(|warning| warning.to_string().len() < 1_000));
    assert_accepted(&description(&format!(
        r#""paths": {{"/{long}": {{"get": {{"operationId": "{long}", "tags": ["{long}"], "responses": {{}}}}}}}}"#
    )));
}

#[test]
fn two_thousand_operations_with_ten_enums_are_accepted() {
    let parameter =
        |index: usize| format!(r#"{{"name": "p{index}", "in": "query", "schema": {{"enum": ["a", "b", "c"]}}}}"#);
    let parameters = list(10, parameter);
    let path = |index: usize| {
        format!(
            r#""/{index}": {{"get": {{"operationId": "get{index}", "parameters": [{parameters}], "responses": {{}}}}}}"#
        )
    };
    assert_accepted(&description(&format!(r#""paths": {{{}}}"#, list(2_000, path))));
}

fn apply_overlay(name: &str, description: &str, actions: &str) -> Result<(), Error> {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(
        &path,
        format!(r#"{{"overlay": "1.0.0", "info": {{}}, "actions": [{actions}]}}"#),
    )
    .unwrap();
    Document::parse("test", description).unwrap().overlay(&path)
}

#[test]
fn overlay_actions_searches_and_additions_are_counted() {
    let add = |target: &str, update: &str| format!(r#"{{"target": "{target}", "update": {update}}}"#);
    let lists = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let small = description(r#""paths": {}, "x": []"#);
    let wide = list(20_000, |_| "{}".to_owned());
    let wide = description(&format!(r#""paths": {{"y": {{}}}}, "x": [{wide}]"#));
    let deep = description(&format!(r#""paths": {{}}, "x": {}"#, lists(100)));
    let member = |length: usize| format!(r#"{{"a": "{}"}}"#, "a".repeat(length));
    let cases = [
        ("overlay actions", &small, list(10_001, |_| add("$.x", "1"))),
        ("overlay search", &wide, add("$..*..*..*..*..*..*..*..*..*..*", "1")),
        ("overlay search", &wide, add("$.x[?@.a == $..b]", "1")),
        (
            "overlay search",
            &small,
            add(&format!("$.x{}", "[0,0,0,0,0,0,0,0]".repeat(30)), "1"),
        ),
        // The target matches little, but may visit everything.
        (
            "all overlay searches",
            &wide,
            list(9_000, |_| add("$['paths', 'b', 'c', 'd']..y", "{}")),
        ),
        (
            "nodes",
            &wide,
            add("$.x[*]", &format!(r#"{{"a": [{}]}}"#, list(1_000, |_| "1".to_owned()))),
        ),
        ("source text", &wide, add("$.x[*]", &member(10_000))),
        ("depth", &deep, add(&format!("$.x{}", "[0]".repeat(10)), &lists(115))),
        (
            "depth",
            &small,
            list(8, |index| add(&format!("$.x{}", "[0]".repeat(index * 20)), &lists(20))),
        ),
    ];
    for (index, (budget, description, actions)) in cases.into_iter().enumerate() {
        let error = apply_overlay(&format!("budget-{index}.json"), description, &actions).unwrap_err();
        let message = error.to_string();
        assert!(
            message.contains(&format!("the budget `{budget}` allows ")),
            "{budget}: {message}"
        );
    }
    for (index, (description, actions)) in [
        (&small, list(1_000, |_| add("$.x", "1"))),
        (&wide, list(1_000, |_| add("$.paths..y", "{}"))),
        (&wide, add("$..x", "1")),
        (&wide, add("$.x[*]", r#"{"a": 1}"#)),
        // Replaced values do not count permanently.
        (&wide, list(4, |_| add("$.x[*]", &member(3_000)))),
        (&wide, r#"{"target": "$.x[*]", "remove": true}"#.to_owned()),
        (
            &wide,
            r#"{"target": "$.x[*]", "update": {"a": 1, "b": 2}}, {"target": "$.x[*].a", "remove": true}"#.to_owned(),
        ),
    ]
    .into_iter()
    .enumerate()
    {
        apply_overlay(&format!("within-{index}.json"), description, &actions).unwrap();
    }
}
