//! The members of a token that mean something to us, and the names that servers and SDKs give them.

use serde_json::Value;

use super::JsonObject;

/// One thing that a token says of itself.
pub(super) struct Field {
    /// RFC 6749's name, or for the absolute end of a token our own.
    name: &'static str,
    /// Further names, in the order in which they are believed; without separators and in lower case.
    others: &'static [&'static str],
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

/// All of them.
const FIELDS: [&Field; 6] = [&ACCESS_TOKEN, &TOKEN_TYPE, &REFRESH_TOKEN, &SCOPE, &EXPIRES_IN, &EXPIRY];

/// Names under which a lifetime is found as well as an end.
const EITHER: [&str; 4] = ["expiry", "expiration", "expires", "expire"];

impl Field {
    const fn new(name: &'static str, others: &'static [&'static str]) -> Self {
        Self { name, others }
    }

    /// What an object has under any of the field's names but `null`, in the order in which it is believed: the proper
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
        let plain = plain(name);
        if is_spelling(&plain, self.name) {
            return Some(1);
        }
        let other = self.others.iter().position(|other| *other == plain);
        other.map(|index| index + 2)
    }
}

/// Whether a token has a place of its own for what is under this name, so that it is no extra member.
pub(super) fn is_known(name: &str) -> bool {
    let plain = plain(name);
    FIELDS.iter().any(|field| is_spelling(&plain, field.name))
}

/// Whether a small number under this name is a lifetime.
pub(super) fn may_be_lifetime(name: &str) -> bool {
    EITHER.contains(&plain(name).as_str())
}

/// Whether a member of this name looks like the one that holds the access token.
pub(crate) fn names_access_token(name: &str) -> bool {
    let plain = plain(name);
    plain.ends_with("accesstoken") || ["token", "bearer", "bearertoken", "jwt"].contains(&plain.as_str())
}

/// The name without what its spellings differ by: `access_token`, `accessToken`, `AccessToken` and `Access-Token` are
/// one.
pub(super) fn plain(name: &str) -> String {
    let characters = name.chars().filter(|character| !"_-. ".contains(*character));
    characters.map(|character| character.to_ascii_lowercase()).collect()
}

fn is_spelling(plain: &str, name: &str) -> bool {
    plain.bytes().eq(name.bytes().filter(|byte| *byte != b'_'))
}
