//! Authorization details (RFC 9396): checks their JSON, and writes it in one form, so that equal details have one store
//! key.

use serde_json::Value;

/// The request parameter, and the member of a token response (RFC 9396 sections 2 and 7).
pub(crate) const AUTHORIZATION_DETAILS: &str = "authorization_details";

/// Maximum length of the JSON, in bytes.
const MAX_BYTES: usize = 64 * 1024;

/// Returns the JSON without spaces and with the members of all objects in the order of their names. The error is the
/// problem.
pub(crate) fn canonical(json: &str) -> Result<String, String> {
    if json.len() > MAX_BYTES {
        return Err(format!("they have more than {} KiB", MAX_BYTES / 1024));
    }
    let details = serde_json::from_str(json).map_err(|error| format!("they are not JSON ({error})"))?;
    let Value::Array(elements) = &details else {
        return Err("they are not a JSON array".to_owned());
    };
    if elements.is_empty() {
        return Err("they are empty".to_owned());
    }
    let has_type = |element: &Value| element.get("type").is_some_and(Value::is_string);
    if let Some(index) = elements.iter().position(|element| !has_type(element)) {
        return Err(format!(
            "element {index} is not an object with the string member `type`"
        ));
    }
    let mut text = String::with_capacity(json.len());
    write(&details, &mut text);
    Ok(text)
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Array(elements) => {
            text.push('[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(element, text);
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (index, (name, value)) in members.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
        value => text.push_str(&value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_details_have_one_form() {
        let expected = r#"[{"actions":["read","write"],"limit":{"amount":"1.50","currency":"EUR"},"type":"a\"b"}]"#;
        for json in [
            expected,
            r#" [ { "type" : "a\u0022b", "limit":{"currency":"EUR","amount":"1.50"}, "actions":["read","write"] } ] "#,
        ] {
            assert_eq!(canonical(json).as_deref(), Ok(expected));
        }
        assert_ne!(
            canonical(r#"[{"type":"a","actions":["write","read"]}]"#).unwrap(),
            expected
        );
    }

    #[test]
    fn details_without_a_type_are_rejected() {
        for (json, problem) in [
            ("", "not JSON"),
            ("{}", "not a JSON array"),
            ("[]", "empty"),
            (r#"[{"type":"a"},{"type":1}]"#, "element 1"),
            (r#"["a"]"#, "element 0"),
        ] {
            let error = canonical(json).unwrap_err();
            assert!(error.contains(problem), "{error}");
        }
        assert!(canonical(&format!(r#"[{{"type":"{}"}}]"#, "x".repeat(MAX_BYTES))).is_err());
    }
}
