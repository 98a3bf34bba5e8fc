//! Descriptions that ask for more than any that means well: each budget refuses them with its name, and lets pass what is just
//! below it.

#![expect(clippy::unwrap_used, reason = "what a test sets up is known to work")]

use std::fs;
use std::path::PathBuf;

use evergrant_openapi::{Document, Error, Generator};

/// `count` members or items, with commas between them.
fn list(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect::<Vec<_>>().join(",")
}

/// A description in JSON with these further members.
fn description(members: &str) -> String {
    format!(r#"{{"openapi": "3.1.0", "info": {{"title": "Example", "version": "1"}}, {members}}}"#)
}

fn schemas(schemas: &str) -> String {
    description(&format!(r#""components": {{"schemas": {{{schemas}}}}}"#))
}

fn schemes(schemes: &str) -> String {
    description(&format!(r#""components": {{"securitySchemes": {{{schemes}}}}}"#))
}

/// One operation with these members.
fn operation(members: &str) -> String {
    description(&format!(
        r#""paths": {{"/": {{"get": {{"responses": {{}}, {members}}}}}}}"#
    ))
}

/// A path item that `paths` paths refer to, each for eight operations.
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

/// Reads a description as far as it goes without code.
fn inspected(text: &str) -> Result<(), Error> {
    let document = Document::parse("test", text)?;
    Generator::new(document).inspect().map(drop)
}

#[track_caller]
fn refused(text: &str, budget: &str) {
    let message = inspected(text).unwrap_err().to_string();
    assert!(
        message.contains("too many ") && message.contains(&format!("the budget `{budget}` allows ")),
        "{budget}: {message}"
    );
    assert!(message.len() < 2_000, "{budget}: {} bytes", message.len());
}

#[track_caller]
fn passes(text: &str) {
    if let Err(error) = inspected(text) {
        panic!("{}", error.to_string().chars().take(500).collect::<String>());
    }
}

/// With so many of something it passes; with one more it is refused.
#[track_caller]
fn bounded(budget: &str, most: usize, text: impl Fn(usize) -> String) {
    passes(&text(most));
    refused(&text(most + 1), budget);
}

#[test]
fn values_are_counted_before_they_take_memory() {
    let values = |value: &str, count: usize| {
        let many = format!("{value},").repeat(count - 1);
        description(&format!(r#""paths": {{}}, "x": [{many}0]"#))
    };
    // Beside the root, its members, and those of `info`.
    bounded("nodes", 4_000_000 - 7, |count| values("0", count));
    refused(&values("[]", 5_000_000), "nodes");
    refused(&values(r#"{"":0}"#, 2_500_000), "nodes");
}

#[test]
fn levels_are_counted_in_json_and_yaml_alike() {
    // Below the root and `x`.
    let json = |depth: usize| {
        let (open, close) = ("[".repeat(depth - 1), "]".repeat(depth - 1));
        description(&format!(r#""paths": {{}}, "x": {open}{close}"#))
    };
    bounded("depth", 120, json);
    let yaml = |depth: usize| {
        let items = "- ".repeat(depth - 1);
        format!("openapi: 3.1.0\ninfo: {{title: Example, version: '1'}}\npaths: {{}}\nx:\n  {items}1\n")
    };
    bounded("depth", 120, yaml);
    refused(&json(1_000_000), "depth");
    refused(&yaml(100_000), "depth");
    refused(&format!("openapi: 3.1.0\nx: {}", "[".repeat(100_000)), "depth");
}

#[test]
fn a_file_and_its_texts_have_a_length() {
    refused(&description(&format!(r#""x": "{}""#, "a".repeat(64 << 20))), "source");
    let yaml = |aliases: usize| {
        let text = "a".repeat(1 << 20);
        let texts: String = (0..16).map(|index| format!("y{index}: &a{index} {text}\n")).collect();
        let aliases: String = (0..aliases).map(|index| format!("- *a{}\n", index % 16)).collect();
        format!("openapi: 3.1.0\ninfo: {{title: Example, version: '1'}}\npaths: {{}}\n{texts}x:\n{aliases}")
    };
    passes(&yaml(100));
    refused(&yaml(112), "source text");
}

#[test]
fn what_yaml_repeats_is_counted() {
    let head = "openapi: 3.1.0\ninfo: {title: Example, version: '1'}\npaths: {}\n";
    let bomb: String = (1..30)
        .map(|level| format!("x{level}: &a{level} [{}]\n", list(10, |_| format!("*a{}", level - 1))))
        .collect();
    refused(&format!("{head}x0: &a0 [1, 2]\n{bomb}"), "aliases");
    let anchors: String = (0..60_000).map(|index| format!("- &a{index} 1\n")).collect();
    refused(&format!("{head}x:\n{anchors}"), "aliases");
}

#[test]
fn operations_and_their_groups_are_counted() {
    let verb = |index: usize| format!(r#""/{index}": {{"get": {{"tags": ["t"], "responses": {{}}}}}}"#);
    passes(&description(&format!(r#""paths": {{{}}}"#, list(1_000, verb))));
    refused(&shared(6_251, r#""responses": {}"#), "operations");
    let tag = |index: usize| format!(r#""/{index}": {{"get": {{"tags": ["t{index}"], "responses": {{}}}}}}"#);
    bounded("tags", 10_000, |count| {
        description(&format!(r#""paths": {{{}}}"#, list(count, tag)))
    });
}

#[test]
fn parameters_are_counted_for_one_operation_and_for_all() {
    let parameter = |index: usize| format!(r#"{{"name": "p{index}", "in": "query"}}"#);
    bounded("own parameters", 1_000, |count| {
        operation(&format!(r#""parameters": [{}]"#, list(count, parameter)))
    });
    let path = |count: usize| {
        let path: String = (0..count).map(|index| format!("/{{p{index}}}")).collect();
        description(&format!(r#""paths": {{"{path}": {{"get": {{"responses": {{}}}}}}}}"#))
    };
    bounded("own parameters", 1_000, path);
    // These are left out, and cost no more than being looked at.
    let ignored = list(1_000, |_| r#"{"name": "Accept", "in": "header"}"#.to_owned());
    let ignored = format!(r#""parameters": [{ignored}], "responses": {{}}"#);
    refused(&shared(63, &ignored), "parameters");
}

#[test]
fn responses_and_media_types_are_counted_for_one_operation_and_for_all() {
    let responses = |count: usize| {
        let responses = list(count, |index| format!(r#""x-{index}": {{}}"#));
        description(&format!(
            r#""paths": {{"/": {{"get": {{"responses": {{{responses}}}}}}}}}"#
        ))
    };
    bounded("own responses", 1_000, responses);
    let media = |count: usize| {
        let media = list(count, |index| format!(r#""text/t{index}": {{}}"#));
        operation(&format!(r#""requestBody": {{"content": {{{media}}}}}"#))
    };
    bounded("own responses", 1_000, media);
    let responses = list(1_000, |index| format!(r#""x-{index}": {{}}"#));
    refused(&shared(126, &format!(r#""responses": {{{responses}}}"#)), "responses");
}

#[test]
fn security_is_counted_by_alternatives_schemes_and_scopes() {
    let keys = |count: usize| {
        list(count, |index| {
            format!(r#""k{index}": {{"type": "apiKey", "in": "header", "name": "h{index}"}}"#)
        })
    };
    bounded("security schemes", 1_000, |count| schemes(&keys(count)));
    // Each alternative, and its scheme.
    let alternatives = |count: usize| {
        let security = list(count / 2, |index| format!(r#"{{"k{}": []}}"#, index % 10));
        let more = if count % 2 == 1 { ", {}" } else { "" };
        description(&format!(
            r#""security": [{security}{more}], "paths": {{"/": {{"get": {{"responses": {{}}}}}}}}, "components": {{"securitySchemes": {{{}}}}}"#,
            keys(10)
        ))
    };
    bounded("security alternatives", 1_000, alternatives);
    // A thousand alternatives of a thousand schemes each.
    let all = list(1_000, |index| format!(r#""k{index}": []"#));
    let security = list(1_000, |_| format!("{{{all}}}"));
    refused(
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
    bounded("scopes", 10_000, |count| {
        schemes(&oauth(&list(count, |index| format!(r#""s{index}": """#))))
    });
    // Several scopes in one text.
    let text = (0..1_000)
        .map(|index| format!("s{index}"))
        .collect::<Vec<_>>()
        .join(" ");
    refused(
        &description(&format!(
            r#""security": [{{"o": ["{text}"]}}], "paths": {{"/": {{"get": {{"responses": {{}}}}}}}}, "components": {{"securitySchemes": {{{}}}}}"#,
            oauth("")
        )),
        "security alternatives",
    );
    bounded("keys", 100, |count| {
        let keys = list(count, |index| format!(r#"{{"name": "h{index}", "in": "header"}}"#));
        schemes(&format!(
            r#""k": {{"type": "apiKey", "in": "header", "name": "h", "x-evergrant-keys": [{keys}]}}"#
        ))
    });
}

#[test]
fn the_descriptions_own_security_counts_for_each_operation() {
    let text = |operations: usize| {
        let security = list(500, |_| r#"{"k": []}"#.to_owned());
        let paths = list(operations, |index| {
            format!(r#""/{index}": {{"get": {{"tags": ["t"], "responses": {{}}}}}}"#)
        });
        description(&format!(
            r#""security": [{security}], "paths": {{{paths}}}, "components": {{"securitySchemes": {{"k": {{"type": "apiKey", "in": "header", "name": "k"}}}}}}"#
        ))
    };
    bounded("all security alternatives", 500, text);
}

#[test]
fn servers_variables_and_headers_are_counted() {
    let server = |index: usize| format!(r#"{{"url": "https://s{index}.example"}}"#);
    bounded("servers", 200, |count| {
        description(&format!(r#""servers": [{}], "paths": {{}}"#, list(count, server)))
    });
    bounded("servers", 200, |count| {
        operation(&format!(r#""servers": [{}]"#, list(count, server)))
    });
    // Beside the default one, each path has one of its own.
    let path = |index: usize| {
        let server = server(index);
        format!(r#""/{index}": {{"servers": [{server}], "get": {{"responses": {{}}}}}}"#)
    };
    bounded("servers", 199, |count| {
        description(&format!(r#""paths": {{{}}}"#, list(count, path)))
    });
    bounded("server variables", 200, |count| {
        let variables = list(count, |index| format!(r#""v{index}": {{"default": "d"}}"#));
        description(&format!(
            r#""servers": [{{"url": "https://a.example", "variables": {{{variables}}}}}], "paths": {{}}"#
        ))
    });
    bounded("server variable values", 1_000, |count| {
        let values = list(count, |index| format!(r#""v{index}""#));
        description(&format!(
            r#""servers": [{{"url": "https://a.example/{{v}}", "variables": {{"v": {{"enum": [{values}]}}}}}}], "paths": {{}}"#
        ))
    });
    bounded("headers", 1_000, |count| {
        let headers = list(count, |index| format!(r#"{{"name": "h{index}"}}"#));
        description(&format!(r#""x-evergrant-headers": [{headers}], "paths": {{}}"#))
    });
}

#[test]
fn types_and_what_they_consist_of_are_counted() {
    bounded("types", 50_000, |count| {
        schemas(&list(count, |index| format!(r#""S{index}": {{"type": "string"}}"#)))
    });
    // Those without a name of their own, too.
    let inline = list(11, |schema| {
        let members = list(5_000, |member| format!(r#""m{member}": {{"enum": ["a"]}}"#));
        format!(r#""S{schema}": {{"properties": {{{members}}}}}"#)
    });
    refused(&schemas(&inline), "types");
    bounded("properties", 5_000, |count| {
        let members = list(count, |index| format!(r#""m{index}": {{}}"#));
        schemas(&format!(r#""S": {{"properties": {{{members}}}}}"#))
    });
    bounded("variants", 2_000, |count| {
        let branches = list(count, |index| format!(r#"{{"properties": {{"m{index}": {{}}}}}}"#));
        schemas(&format!(r#""S": {{"oneOf": [{branches}]}}"#))
    });
    let heirs = |count: usize| {
        let base = r#""B": {"properties": {"kind": {"type": "string"}}, "discriminator": {"propertyName": "kind"}}"#;
        let heir = |index: usize| format!(r##""K{index}": {{"allOf": [{{"$ref": "#/components/schemas/B"}}]}}"##);
        schemas(&format!("{base}, {}", list(count, heir)))
    };
    bounded("variants", 2_000, heirs);
}

#[test]
fn the_values_of_an_enum_are_counted_and_named_in_one_go() {
    // More than are variants: the same name for all of them.
    let same = |index: usize| format!(r#""a{}{}""#, "!".repeat(index % 300), "?".repeat(index / 300));
    bounded("enum values", 100_000, |count| {
        schemas(&format!(r#""E": {{"enum": [{}]}}"#, list(count, same)))
    });
    let named = list(100_000, |index| format!(r#""n{index}""#));
    passes(&schemas(&format!(
        r#""E": {{"enum": [{named}], "x-enum-varnames": [{named}]}}"#
    )));
    refused(
        &schemas(&format!(
            r#""E": {{"enum": [{}]}}"#,
            list(1_000_000, |index| index.to_string())
        )),
        "enum values",
    );
    // Two that are put together have what is in both.
    let values = list(50_000, |index| index.to_string());
    passes(&schemas(&format!(
        r#""E": {{"allOf": [{{"enum": [{values}]}}, {{"enum": [{values}]}}]}}"#
    )));
}

#[test]
fn what_schemas_take_over_from_each_other_is_counted() {
    let members = list(1_000, |index| format!(r#""m{index}": {{}}"#));
    let heirs = |count: usize| {
        let heir = |index: usize| {
            format!(r##""K{index}": {{"allOf": [{{"$ref": "#/components/schemas/B"}}, {{"required": ["a"]}}]}}"##)
        };
        schemas(&format!(
            r#""B": {{"properties": {{{members}}}}}, {}"#,
            list(count, heir)
        ))
    };
    passes(&heirs(100));
    refused(&heirs(500), "schemas");
    for keyword in ["required", "oneOf"] {
        let long = list(10_000, |index| match keyword {
            "oneOf" => "{}".to_owned(),
            _ => format!(r#""v{index}""#),
        });
        let heir = |index: usize| {
            format!(r##""K{index}": {{"allOf": [{{"$ref": "#/components/schemas/B"}}, {{"items": {{}}}}]}}"##)
        };
        let text = schemas(&format!(r#""B": {{"{keyword}": [{long}]}}, {}"#, list(1_000, heir)));
        refused(&text, "schemas");
    }
    // Each level has the one below it twice, which is seen once.
    let twice = |keyword: &str| {
        let level = |index: usize| {
            let below = format!(r##"{{"$ref": "#/components/schemas/S{}"}}"##, index + 1);
            format!(r#""S{index}": {{"{keyword}": [{below}, {below}]}}"#)
        };
        schemas(&format!(r#"{}, "S90": {{"type": "object"}}"#, list(90, level)))
    };
    passes(&twice("allOf"));
    passes(&twice("oneOf"));
}

#[test]
fn one_member_is_said_something_of_by_so_many_schemas() {
    let parts = |count: usize| {
        let part = |index: usize| format!(r#"{{"properties": {{"m": {{"maxLength": {index}}}}}}}"#);
        schemas(&format!(r#""S": {{"allOf": [{}]}}"#, list(count, part)))
    };
    bounded("schemas", 100, parts);
}

#[test]
fn text_that_is_referred_to_counts_for_each_that_repeats_it() {
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
    passes(&parameters(50));
    refused(&parameters(256), "text");
    let members = |count: usize| {
        let heir = |index: usize| {
            format!(r##""K{index}": {{"allOf": [{{"$ref": "#/components/schemas/B"}}, {{"required": ["a"]}}]}}"##)
        };
        schemas(&format!(
            r#""B": {{"properties": {{"{text}": {{}}}}}}, {}"#,
            list(count, heir)
        ))
    };
    refused(&members(256), "text");
    // What is cut is not copied as a whole.
    let field = |index: usize| format!(r##""f{index}": {{"$ref": "#/components/schemas/P"}}"##);
    passes(&schemas(&format!(
        r#""P": {{"type": "string", "pattern": "{text}", "description": "{text}", "default": "{text}"}}, "S": {{"properties": {{{}}}}}"#,
        list(1_000, field)
    )));
}

#[test]
fn lines_of_documentation_are_counted_for_each_type_operation_and_scheme() {
    let text = "a\\n".repeat(10_000 - 1);
    let lines = |count: usize| (count / 10_000, text.as_str());
    bounded("lines", 10 * 10_000, |count| {
        // One more line comes with one more member.
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
        refused(&operation(&members), "lines");
    }
    let responses = many(&|index| {
        format!(
            r#""{}": {{"description": "{text}", "content": {{"application/json": {{}}}}}}"#,
            400 + index
        )
    });
    refused(
        &description(&format!(
            r#""paths": {{"/": {{"get": {{"responses": {{{responses}}}}}}}}}"#
        )),
        "lines",
    );
    let scopes = many(&|index| format!(r#""s{index}": "{text}""#));
    refused(
        &schemes(&format!(
            r#""o": {{"type": "oauth2", "flows": {{"clientCredentials": {{"tokenUrl": "https://a.example/t", "scopes": {{{scopes}}}}}}}}}"#
        )),
        "lines",
    );
    let headers = many(&|index| format!(r#"{{"name": "h{index}", "description": "{text}"}}"#));
    refused(
        &description(&format!(r#""x-evergrant-headers": [{headers}], "paths": {{}}"#)),
        "lines",
    );
    let values = many(&|index| format!(r#""v{index}""#));
    let told = many(&|_| format!(r#""{text}""#));
    refused(
        &schemas(&format!(
            r#""E": {{"enum": [{values}], "x-enum-descriptions": [{told}]}}"#
        )),
        "lines",
    );
}

#[test]
fn what_tells_variants_apart_is_counted() {
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
    bounded("conditions", 33, unions);
}

#[test]
fn a_long_name_is_no_longer_than_itself_in_everything_below_it() {
    let long = "n".repeat(1 << 20);
    let members = list(1_000, |index| format!(r#""m{index}": {{"type": "string"}}"#));
    let text = schemas(&format!(r#""{long}": {{"properties": {{{members}}}}}"#));
    passes(&text);
    // Nor is a message on something below it.
    let wrong = list(500, |index| format!(r#""m{index}": {{"type": "wrong"}}"#));
    let error = inspected(&schemas(&format!(r#""{long}": {{"properties": {{{wrong}}}}}"#))).unwrap_err();
    assert!(error.to_string().len() < 1_000);
    passes(&description(&format!(
        r#""paths": {{"/{long}": {{"get": {{"operationId": "{long}", "tags": ["{long}"], "responses": {{}}}}}}}}"#
    )));
}

#[test]
fn two_thousand_operations_with_ten_small_enums_are_ordinary() {
    let parameter =
        |index: usize| format!(r#"{{"name": "p{index}", "in": "query", "schema": {{"enum": ["a", "b", "c"]}}}}"#);
    let parameters = list(10, parameter);
    let path = |index: usize| {
        format!(
            r#""/{index}": {{"get": {{"operationId": "get{index}", "parameters": [{parameters}], "responses": {{}}}}}}"#
        )
    };
    passes(&description(&format!(r#""paths": {{{}}}"#, list(2_000, path))));
}

fn overlaid(name: &str, description: &str, actions: &str) -> Result<(), Error> {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(
        &path,
        format!(r#"{{"overlay": "1.0.0", "info": {{}}, "actions": [{actions}]}}"#),
    )
    .unwrap();
    Document::parse("test", description).unwrap().overlay(&path)
}

#[test]
fn overlays_are_counted_by_actions_by_what_they_search_and_by_what_they_add() {
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
        // It finds little, and might look at everything.
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
        let error = overlaid(&format!("budget-{index}.json"), description, &actions).unwrap_err();
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
        // What is replaced does not count for ever.
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
        overlaid(&format!("within-{index}.json"), description, &actions).unwrap();
    }
}
