//! OpenAPI Overlay 1.0: changes to a description that is not ours to edit, each for what a JSONPath (RFC 9535) finds.

use serde_json::Value;
use serde_json_path::JsonPath;

use super::node::kind;

/// Takes the actions in their order. On `Err`, the description may be half changed.
pub(super) fn apply(description: &mut Value, overlay: &Value) -> Result<(), String> {
    match overlay.get("overlay").and_then(Value::as_str) {
        Some(version) if version.starts_with("1.") => {}
        Some(version) => return Err(format!("Overlay {version:?} is not supported; 1.0 is")),
        None => {
            return Err(
                "this is no OpenAPI Overlay: the member `overlay` (its version, as text) is missing".to_owned(),
            );
        }
    }
    let Some(actions) = overlay.get("actions").and_then(Value::as_array) else {
        return Err("this overlay has no list of `actions`".to_owned());
    };
    for (index, action) in actions.iter().enumerate() {
        act(description, action).map_err(|problem| format!("#/actions/{index}: {problem}"))?;
    }
    Ok(())
}

fn act(description: &mut Value, action: &Value) -> Result<(), String> {
    let target = action.get("target").and_then(Value::as_str);
    let target = target.ok_or("it has no `target`")?;
    let path = JsonPath::parse(target).map_err(|error| format!("`{target}` is no JSONPath: {error}"))?;
    let found: Vec<String> = path
        .query_located(description)
        .locations()
        .map(|found| found.to_json_pointer())
        .collect();
    if found.is_empty() {
        return Err(format!("`{target}` finds nothing in the description"));
    }
    if action.get("remove").and_then(Value::as_bool) == Some(true) {
        // From the last to the first: removing an item moves those behind it.
        return found.iter().rev().try_for_each(|pointer| remove(description, pointer));
    }
    let update = action
        .get("update")
        .ok_or("it has neither `update` nor `remove: true`")?;
    for pointer in &found {
        if let Some(value) = description.pointer_mut(pointer) {
            match value {
                Value::Array(items) => items.push(update.clone()),
                Value::Object(_) if update.is_object() => merge(value, update),
                _ => {
                    return Err(format!(
                        "`{target}` finds {} at {pointer}, which {} cannot be merged into; aim at the object around it",
                        kind(value),
                        kind(update)
                    ));
                }
            }
        }
    }
    Ok(())
}

/// Objects are merged member by member, arrays added to, anything else replaced.
fn merge(into: &mut Value, update: &Value) {
    match (into, update) {
        (Value::Object(members), Value::Object(update)) => {
            for (key, value) in update {
                match members.get_mut(key) {
                    Some(member) => merge(member, value),
                    None => {
                        members.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (Value::Array(items), Value::Array(update)) => items.extend(update.iter().cloned()),
        (into, update) => *into = update.clone(),
    }
}

fn remove(description: &mut Value, pointer: &str) -> Result<(), String> {
    let (parent, key) = pointer
        .rsplit_once('/')
        .ok_or("the whole description cannot be removed")?;
    let key = key.replace("~1", "/").replace("~0", "~");
    match description.pointer_mut(parent) {
        Some(Value::Object(members)) => {
            members.shift_remove(&key);
        }
        Some(Value::Array(items)) => {
            if let Ok(index) = key.parse::<usize>()
                && index < items.len()
            {
                items.remove(index);
            }
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn overlaid(mut description: Value, actions: Value) -> Result<Value, String> {
        let overlay = json!({"overlay": "1.0.0", "info": {}, "actions": actions});
        apply(&mut description, &overlay).map(|()| description)
    }

    #[test]
    fn an_update_is_merged_and_a_removal_removes_every_match() {
        let description = json!({"servers": [{"url": "a"}, {"url": "b"}], "info": {"title": "x", "tags": [1]}});
        let actions = json!([
            {"target": "$.info", "update": {"title": "y", "tags": [2], "new": {"a": 1}}},
            {"target": "$.servers[*]", "remove": true},
            {"target": "$.servers", "update": {"url": "c"}},
        ]);
        let expected = json!({"servers": [{"url": "c"}], "info": {"title": "y", "tags": [1, 2], "new": {"a": 1}}});
        assert_eq!(overlaid(description, actions).unwrap(), expected);
    }

    #[test]
    fn what_finds_nothing_or_is_no_path_is_said() {
        let description = json!({"info": {"title": "x"}});
        let problem = |target| overlaid(description.clone(), json!([{"target": target, "update": {}}])).unwrap_err();
        assert!(problem("$.paths").contains("finds nothing"));
        assert!(problem("paths[").contains("no JSONPath"));
        assert!(problem("$.info.title").contains("aim at the object around it"));
    }
}
