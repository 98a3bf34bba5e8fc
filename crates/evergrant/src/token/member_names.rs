//! The members of a token that this library reads, and their names in the responses of servers and SDKs.

use serde_json::Value;

use super::JsonObject;

/// A property of a token.
pub(super) struct Field {
    /// The name of RFC 6749, or for the expiry our own.
    name: &'static str,
    /// Other names, in order of precedence, normalized: lower case without separators.
    aliases: &'static [&'static str],
}

pub(super) const ACCESS_TOKEN: Field = Field::new("access_token", &[]);
pub(super) const TOKEN_TYPE: Field = Field::new("token_type", &[]);
pub(super) const REFRESH_TOKEN: Field = Field::new("refresh_token", &[]);
pub(super) const SCOPE: Field = Field::new("scope", &["scopes", "grantedscopes"]);
pub(super) const EXPIRES_IN: Field = Field::new("expires_in", &["expirein", "expiresinseconds"]);
pub(super) const EXPIRY: Field = Field::new(
    "expiry",
    &[
        "expiresat",
        "expireat",
        "expireson",
        "expireon",
        "expiration",
        "expires",
        "expire",
        "expirationtime",
        "expirationdate",
        "expirytime",
        "expirydate",
        "expiretime",
        "expiredate",
        "expiresdate",
        "expirationtimestamp",
        "expiresattimestamp",
        "accesstokenexpiresat",
        "accesstokenexpireson",
        "accesstokenexpiration",
        "accesstokenexpiry",
        "tokenexpiresat",
        "tokenexpiration",
        "tokenexpiry",
        "tokenexpirydate",
        "tokenexpirationdate",
        "tokenexpireson",
        "validuntil",
        "exp",
    ],
);

/// All fields.
const FIELDS: [&Field; 6] = [&ACCESS_TOKEN, &TOKEN_TYPE, &REFRESH_TOKEN, &SCOPE, &EXPIRES_IN, &EXPIRY];

/// Names that servers use for a lifetime as well as for an expiry.
const LIFETIME_OR_EXPIRY: [&str; 4] = ["expiry", "expiration", "expires", "expire"];

impl Field {
    const fn new(name: &'static str, aliases: &'static [&'static str]) -> Self {
        Self { name, aliases }
    }

    /// Returns the values of all the field's names in an object except `null`, in order of precedence: the standard
    /// name, its other spellings (`accessToken`, `AccessToken`), other names.
    pub(super) fn values<'a>(&self, object: &'a JsonObject) -> Vec<(&'a str, &'a Value)> {
        let mut found: Vec<_> = object
            .iter()
            .filter(|(_, value)| !value.is_null())
            .filter_map(|(name, value)| Some((self.rank(name)?, name.as_str(), value)))
            .collect();
        found.sort_unstable_by_key(|(rank, name, _)| (*rank, *name));
        found.into_iter().map(|(_, name, value)| (name, value)).collect()
    }

    fn rank(&self, name: &str) -> Option<usize> {
        if name == self.name {
            return Some(0);
        }
        let normalized = normalize(name);
        if is_spelling(&normalized, self.name) {
            return Some(1);
        }
        let alias = self.aliases.iter().position(|alias| *alias == normalized);
        alias.map(|index| index + 2)
    }
}

/// Returns whether this name is a standard field, so that it is not an additional member.
pub(super) fn is_known(name: &str) -> bool {
    let normalized = normalize(name);
    FIELDS.iter().any(|field| is_spelling(&normalized, field.name))
}

/// Returns whether a small number with this name is a lifetime.
pub(super) fn may_be_lifetime(name: &str) -> bool {
    LIFETIME_OR_EXPIRY.contains(&normalize(name).as_str())
}

/// Returns whether this looks like the name of the member with the access token.
pub(crate) fn names_access_token(name: &str) -> bool {
    let normalized = normalize(name);
    normalized.ends_with("accesstoken") || ["token", "bearer", "bearertoken", "jwt"].contains(&normalized.as_str())
}

/// Normalizes a name, so that all its spellings are equal: `access_token`, `accessToken`, `AccessToken` and
/// `Access-Token`.
pub(super) fn normalize(name: &str) -> String {
    let characters = name.chars().filter(|character| !"_-. ".contains(*character));
    characters.map(|character| character.to_ascii_lowercase()).collect()
}

fn is_spelling(normalized: &str, name: &str) -> bool {
    normalized.bytes().eq(name.bytes().filter(|byte| *byte != b'_'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_standard_name_comes_first_and_other_names_last() {
        let object = json!({"expirein": 4, "expiresinseconds": 5, "ExpiresIn": 2, "expires_in": 1, "expiresIn": 3});
        let values = EXPIRES_IN.values(object.as_object().unwrap());
        let names: Vec<_> = values.into_iter().map(|(name, _)| name).collect();
        let order = ["expires_in", "ExpiresIn", "expiresIn", "expirein", "expiresinseconds"];
        assert_eq!(names, order);
    }
}
