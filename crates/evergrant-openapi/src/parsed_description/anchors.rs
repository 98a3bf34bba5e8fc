//! Names of schemas: `$anchor` and `$id` of JSON Schema.

use std::collections::HashMap;

use serde_json::Value;

/// More names, and names of values at longer locations, are not found.
const MAX_ANCHORS: usize = 10_000;
const MAX_POINTER_BYTES: usize = 2_000;

/// Returns the JSON pointers of named values: `#name` for a `$anchor`, and the `$id`. The first one counts.
pub(super) fn anchors(root: &Value) -> HashMap<String, String> {
    let mut anchors = HashMap::new();
    collect(root, &mut String::new(), &mut anchors);
    anchors
}

/// Recursion is bounded by the depth that the reader allows.
fn collect(value: &Value, pointer: &mut String, anchors: &mut HashMap<String, String>) {
    if anchors.len() >= MAX_ANCHORS || pointer.len() > MAX_POINTER_BYTES {
        return;
    }
    let length = pointer.len();
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate().filter(|(_, item)| item.is_object()) {
                pointer.push_str(&format!("/{index}"));
                collect(item, pointer, anchors);
                pointer.truncate(length);
            }
        }
        Value::Object(members) => {
            let text = |keyword: &str| members.get(keyword).and_then(Value::as_str);
            let anchor = text("$anchor")
                .or(text("$dynamicAnchor"))
                .map(|name| format!("#{name}"));
            for name in anchor.into_iter().chain(text("$id").map(str::to_owned)) {
                anchors.entry(name).or_insert_with(|| pointer.clone());
            }
            for (key, member) in members
                .iter()
                .filter(|(_, member)| member.is_object() || member.is_array())
            {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                collect(member, pointer, anchors);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}
