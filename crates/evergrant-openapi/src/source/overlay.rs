//! OpenAPI Overlay 1.0: changes to a description that is not ours to edit, each for what a JSONPath (RFC 9535) finds.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use serde_json::Value;
use serde_json_path::JsonPath;

use super::node::kind;
use super::search;
use super::size::Size;
use crate::limits::{ACTIONS, DEPTH, NODES, SEARCHES, SOURCE_TEXT, Spending};

/// A description on its way through the actions.
struct Overlaid<'d> {
    description: &'d mut Value,
    /// No less than it is: what an action replaces is not taken off until it matters.
    size: Size,
    searched: Spending,
}

/// Takes the actions in their order. On `Err`, the description may be half changed.
pub(super) fn apply(description: &mut Value, overlay: &Value) -> Result<(), String> {
    match overlay.get("overlay") {
        Some(Value::String(version)) if version.starts_with("1.") => {}
        Some(Value::String(version)) => return Err(format!("Overlay {version:?} is not supported; 1.0 is")),
        Some(Value::Number(_)) => {
            return Err("the member `overlay` is a number; write it in quotes: '1.0.0'".to_owned());
        }
        _ => {
            return Err(
                "this is no OpenAPI Overlay: the member `overlay` (its version, as text) is missing".to_owned(),
            );
        }
    }
    let Some(actions) = overlay.get("actions").and_then(Value::as_array) else {
        return Err("this overlay has no list of `actions`".to_owned());
    };
    ACTIONS.check(actions.len())?;
    let mut overlaid = Overlaid {
        size: Size::of(description),
        description,
        searched: Spending::of(&SEARCHES),
    };
    for (index, action) in actions.iter().enumerate() {
        let acted = overlaid.act(action);
        acted.map_err(|problem| format!("#/actions/{index}: {problem}"))?;
    }
    Ok(())
}

impl Overlaid<'_> {
    fn act(&mut self, action: &Value) -> Result<(), String> {
        let target = action.get("target").and_then(Value::as_str);
        let target = target.ok_or("it has no `target`")?;
        let shown = || target.escape_debug().take(200).collect::<String>();
        self.searched.spend(search::cost(target, &self.size)?)?;
        let path = JsonPath::parse(target).map_err(|error| format!("`{}` is no JSONPath: {error}", shown()))?;
        // A JSONPath may find one value twice, and in any order.
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
            return Err(format!("`{}` finds nothing in the description", shown()));
        }
        if action.get("remove").and_then(Value::as_bool) == Some(true) {
            return remove(self.description, &found);
        }
        let update = action
            .get("update")
            .ok_or("it has neither `update` nor `remove: true`")?;
        self.grow(&found, update)?;
        for pointer in &found {
            let Some(value) = self.description.pointer_mut(pointer) else {
                continue;
            };
            match value {
                Value::Array(items) => items.push(update.clone()),
                Value::Object(_) if update.is_object() => merge(value, update),
                _ => {
                    return Err(format!(
                        "`{}` finds {} at {pointer}, which {} cannot be merged into; aim at the object around it",
                        shown(),
                        kind(value),
                        kind(update)
                    ));
                }
            }
        }
        Ok(())
    }

    /// Whether there is room for a copy of the update at each place.
    fn grow(&mut self, places: &[String], update: &Value) -> Result<(), String> {
        let update = Size::of(update);
        let mut grown = self.size.with(&update, places);
        if grown.nodes > NODES.most || grown.text > SOURCE_TEXT.most {
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

/// Removes what is deepest first, and from each object or list all at once, as removing one moves those behind it.
fn remove(description: &mut Value, pointers: &[String]) -> Result<(), String> {
    let mut parents: HashMap<&str, HashSet<String>> = HashMap::new();
    for pointer in pointers {
        let (parent, key) = pointer
            .rsplit_once('/')
            .ok_or("the whole description cannot be removed")?;
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
    fn a_removal_takes_what_was_found_whatever_its_order() {
        let cases = [
            ("$.list[2,0]", json!(["b", "d"])),
            ("$.list[::-1]", json!([])),
            ("$.list[0,0]", json!(["b", "c", "d"])),
            ("$.list[-1,1]", json!(["a", "c"])),
        ];
        for (target, expected) in cases {
            let description = json!({"list": ["a", "b", "c", "d"]});
            let left = overlaid(description, json!([{"target": target, "remove": true}])).unwrap();
            assert_eq!(left["list"], expected, "{target}");
        }
        let many: Vec<u8> = (0..12).collect();
        let left = overlaid(
            json!({"list": many}),
            json!([{"target": "$.list[2,10,9,1]", "remove": true}]),
        )
        .unwrap();
        assert_eq!(left["list"], json!([0, 3, 4, 5, 6, 7, 8, 11]));
        let nested = json!({"a": [[1, 2], [3], [4, 5]]});
        let left = overlaid(nested, json!([{"target": "$..[0]", "remove": true}])).unwrap();
        assert_eq!(left, json!({"a": [[], [5]]}));
    }

    #[test]
    fn an_update_of_what_is_found_twice_is_made_once() {
        let actions = json!([{"target": "$['tags','tags']", "update": 2}]);
        assert_eq!(
            overlaid(json!({"tags": [1]}), actions).unwrap(),
            json!({"tags": [1, 2]})
        );
    }

    #[test]
    fn a_version_that_is_a_number_is_asked_for_in_quotes() {
        let problem = apply(&mut json!({}), &json!({"overlay": 1.0, "actions": []})).unwrap_err();
        assert!(problem.contains("in quotes: '1.0.0'"), "{problem}");
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
