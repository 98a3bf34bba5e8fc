//! Applies OpenAPI Overlay 1.0: changes to the values that a JSONPath (RFC 9535) matches.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use serde_json::Value;
use serde_json_path::JsonPath;

use super::jsonpath_cost;
use super::located_value::type_name;
use super::value_size::Size;
use crate::limits::{ACTIONS, Budget, DEPTH, NODES, SEARCHES, SOURCE_TEXT};

/// A description while the actions of an overlay are applied.
struct OverlayTarget<'d> {
    description: &'d mut Value,
    /// An upper bound: values that an action replaces are only subtracted when a budget is reached.
    size: Size,
    searched: Budget,
}

/// Applies the actions in order. After an error, the description may be partially changed.
pub(super) fn apply(description: &mut Value, overlay: &Value) -> Result<(), String> {
    match overlay.get("overlay") {
        Some(Value::String(version)) if version.starts_with("1.") => {}
        Some(Value::String(version)) => return Err(format!("Overlay {version:?} is not supported; use 1.0")),
        Some(Value::Number(_)) => {
            return Err("the member `overlay` is a number; write it in quotes: '1.0.0'".to_owned());
        }
        _ => {
            return Err("not an OpenAPI Overlay: the member `overlay` (the version, a string) is missing".to_owned());
        }
    }
    let Some(actions) = overlay.get("actions").and_then(Value::as_array) else {
        return Err("the overlay has no array `actions`".to_owned());
    };
    ACTIONS.check(actions.len())?;
    let mut target = OverlayTarget {
        size: Size::of(description),
        description,
        searched: Budget::of(&SEARCHES),
    };
    for (index, action) in actions.iter().enumerate() {
        let applied = target.apply_action(action);
        applied.map_err(|problem| format!("#/actions/{index}: {problem}"))?;
    }
    Ok(())
}

impl OverlayTarget<'_> {
    fn apply_action(&mut self, action: &Value) -> Result<(), String> {
        let target = action.get("target").and_then(Value::as_str);
        let target = target.ok_or("the action has no `target`")?;
        let shown = || target.escape_debug().take(200).collect::<String>();
        self.searched.spend(jsonpath_cost::cost(target, &self.size)?)?;
        let path = JsonPath::parse(target).map_err(|error| format!("`{}` is not a JSONPath: {error}", shown()))?;
        // A JSONPath may match a value twice, and in any order.
        let mut known = HashSet::new();
        let mut found: Vec<String> = Vec::new();
        for location in path.query_located(self.description).locations() {
            let pointer = location.to_json_pointer();
            if !known.contains(&pointer) {
                known.insert(pointer.clone());
                found.push(pointer);
            }
        }
        drop(known);
        if found.is_empty() {
            return Err(format!("`{}` matches nothing in the description", shown()));
        }
        if action.get("remove").and_then(Value::as_bool) == Some(true) {
            return remove(self.description, &found);
        }
        let update = action
            .get("update")
            .ok_or("the action has neither `update` nor `remove: true`")?;
        self.reserve(&found, update)?;
        for pointer in &found {
            let Some(value) = self.description.pointer_mut(pointer) else {
                continue;
            };
            match value {
                Value::Array(items) => items.push(update.clone()),
                Value::Object(_) if update.is_object() => merge(value, update),
                _ => {
                    return Err(format!(
                        "`{}` matches {} at {pointer}, and {} cannot be merged into it; target the enclosing object",
                        shown(),
                        type_name(value),
                        type_name(update)
                    ));
                }
            }
        }
        Ok(())
    }

    /// Checks the budgets for a copy of the update at each location.
    fn reserve(&mut self, places: &[String], update: &Value) -> Result<(), String> {
        let update = Size::of(update);
        let mut grown = self.size.with(&update, places);
        if grown.nodes > NODES.max || grown.text > SOURCE_TEXT.max {
            // Earlier updates may have replaced more than they added.
            self.searched.spend(self.size.nodes)?;
            grown = Size::of(self.description).with(&update, places);
        }
        NODES.check(grown.nodes)?;
        SOURCE_TEXT.check(grown.text)?;
        DEPTH.check(grown.depth)?;
        self.size = grown;
        Ok(())
    }
}

/// Merges objects member by member, appends to arrays, and replaces all other values.
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

/// Removes the deepest values first, and all values of an object or array at once, as each removal shifts later
/// indices.
fn remove(description: &mut Value, pointers: &[String]) -> Result<(), String> {
    let mut parents: HashMap<&str, HashSet<String>> = HashMap::new();
    for pointer in pointers {
        let (parent, key) = pointer
            .rsplit_once('/')
            .ok_or("the root of the description cannot be removed")?;
        let key = key.replace("~1", "/").replace("~0", "~");
        parents.entry(parent).or_default().insert(key);
    }
    let mut parents: Vec<_> = parents.into_iter().collect();
    parents.sort_by_cached_key(|(parent, _)| Reverse(parent.matches('/').count()));
    for (parent, keys) in parents {
        match description.pointer_mut(parent) {
            Some(Value::Object(members)) => members.retain(|key, _| !keys.contains(key)),
            Some(Value::Array(items)) => {
                let indices: HashSet<usize> = keys.iter().filter_map(|key| key.parse().ok()).collect();
                let mut index = 0..;
                items.retain(|_| index.next().is_none_or(|index| !indices.contains(&index)));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn apply_actions(mut description: Value, actions: Value) -> Result<Value, String> {
        let overlay = json!({"overlay": "1.0.0", "info": {}, "actions": actions});
        apply(&mut description, &overlay).map(|()| description)
    }

    #[test]
    fn updates_are_merged_and_removals_remove_every_match() {
        let description = json!({"servers": [{"url": "a"}, {"url": "b"}], "info": {"title": "x", "tags": [1]}});
        let actions = json!([
            {"target": "$.info", "update": {"title": "y", "tags": [2], "new": {"a": 1}}},
            {"target": "$.servers[*]", "remove": true},
            {"target": "$.servers", "update": {"url": "c"}},
        ]);
        let expected = json!({"servers": [{"url": "c"}], "info": {"title": "y", "tags": [1, 2], "new": {"a": 1}}});
        assert_eq!(apply_actions(description, actions).unwrap(), expected);
    }

    #[test]
    fn removals_work_for_matches_in_any_order() {
        let cases = [
            ("$.list[2,0]", json!(["b", "d"])),
            ("$.list[::-1]", json!([])),
            ("$.list[0,0]", json!(["b", "c", "d"])),
            ("$.list[-1,1]", json!(["a", "c"])),
        ];
        for (target, expected) in cases {
            let description = json!({"list": ["a", "b", "c", "d"]});
            let result = apply_actions(description, json!([{"target": target, "remove": true}])).unwrap();
            assert_eq!(result["list"], expected, "{target}");
        }
        let many: Vec<u8> = (0..12).collect();
        let result = apply_actions(
            json!({"list": many}),
            json!([{"target": "$.list[2,10,9,1]", "remove": true}]),
        )
        .unwrap();
        assert_eq!(result["list"], json!([0, 3, 4, 5, 6, 7, 8, 11]));
        let nested = json!({"a": [[1, 2], [3], [4, 5]]});
        let result = apply_actions(nested, json!([{"target": "$..[0]", "remove": true}])).unwrap();
        assert_eq!(result, json!({"a": [[], [5]]}));
    }

    #[test]
    fn a_value_matched_twice_is_updated_once() {
        let actions = json!([{"target": "$['tags','tags']", "update": 2}]);
        assert_eq!(
            apply_actions(json!({"tags": [1]}), actions).unwrap(),
            json!({"tags": [1, 2]})
        );
    }

    #[test]
    fn a_numeric_version_is_an_error_that_suggests_quotes() {
        let problem = apply(&mut json!({}), &json!({"overlay": 1.0, "actions": []})).unwrap_err();
        assert!(problem.contains("in quotes: '1.0.0'"), "{problem}");
    }

    #[test]
    fn a_target_without_a_match_or_with_invalid_syntax_is_an_error() {
        let description = json!({"info": {"title": "x"}});
        let problem =
            |target| apply_actions(description.clone(), json!([{"target": target, "update": {}}])).unwrap_err();
        assert!(problem("$.paths").contains("matches nothing"));
        assert!(problem("paths[").contains("not a JSONPath"));
        assert!(problem("$.info.title").contains("target the enclosing object"));
    }
}
