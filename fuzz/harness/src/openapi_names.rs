//! Arbitrary names in a description.

use evergrant_openapi::{Document, Generator};
use serde_json::{Map, Value, json};

use crate::generated_sdk;
use crate::fuzz_input::Input;
use crate::openapi::assert_rejection;

/// Maximum number of names.
const MAX_NAMES: usize = 8;

/// Each line is the name of a schema, a property, a value, a parameter, an operation, a tag and a security scheme. All
/// names must become unique identifiers.
pub fn openapi_names(data: &[u8]) {
    let mut input = Input::new(data);
    let mut names: Vec<String> = Vec::new();
    while !input.is_empty() && names.len() < MAX_NAMES {
        let name = input.line().into_owned();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let document = Document::parse("names.json", &description(&names).to_string());
    let document = document.expect("a valid description");
    match Generator::new(document).name("fuzzed").allow_skip().generate() {
        Ok(sdk) => generated_sdk::check(&sdk),
        Err(error) => assert_rejection(&error),
    }
}

fn description(names: &[String]) -> Value {
    let named = |value: &dyn Fn(&str) -> Value| -> Value {
        let members: Map<String, Value> = names.iter().map(|name| (name.clone(), value(name))).collect();
        members.into()
    };
    let mut schemas = named(&|name| json!({"type": "object", "properties": {name: {"type": "string"}}}));
    schemas["an object"] = json!({"type": "object", "properties": named(&|_| json!({"type": "string"}))});
    schemas["an enumeration"] = json!({"type": "string", "enum": names});
    let parameters: Vec<Value> = names
        .iter()
        .map(|name| json!({"name": name, "in": "query", "schema": {"type": "string"}}))
        .collect();
    let mut paths = Map::new();
    for (index, name) in names.iter().enumerate() {
        let operation = json!({
            "operationId": name,
            "tags": [name],
            "parameters": if index == 0 { parameters.clone() } else { Vec::new() },
            "responses": {"204": {"description": "Nothing."}},
        });
        paths.insert(format!("/{index}"), json!({ "get": operation }));
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Names", "version": "1"},
        "servers": [{"url": "https://api.example.com"}],
        "security": [],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": named(&|_| json!({"type": "http", "scheme": "basic"})),
        },
    })
}
