//! Reads a token off the members of a JSON object: leniently where servers differ, strictly where a guess could be
//! wrong.

use serde_json::Value;

use super::error::{Problem, TokenJsonError};
use super::expiry::{self, End, Number};
use super::extra::Extra;
use super::field::{self, ACCESS_TOKEN, EXPIRES_IN, EXPIRY, Field, REFRESH_TOKEN, SCOPE, TOKEN_TYPE};
use super::{JsonObject, Token};
use crate::redact::Redactor;
use crate::{Scopes, Secret};

/// Longest token type that an error repeats, in bytes; a type is a short name, such as `DPoP`, or a URI (RFC 6749
/// section 8.1).
const LONGEST_TYPE: usize = 64;

/// Longest name of a member that an error or an event repeats, in characters.
const LONGEST_NAME: usize = 64;

/// The members of a token response or of a stored token.
pub(crate) struct Members<'a> {
    pub(crate) object: &'a JsonObject,
    pub(crate) origin: Origin<'a>,
    /// Knows the request's secrets; it need not know this token's.
    pub(crate) redactor: &'a Redactor,
}

/// Where the members come from.
#[derive(Clone, Copy)]
pub(crate) enum Origin<'a> {
    /// A token endpoint, now.
    Response {
        /// The member that holds the access token.
        access_token: &'a str,
        /// Names of bearer tokens beside `Bearer`.
        token_types: &'a [String],
        /// The scopes that were asked for.
        asked: &'a Scopes,
    },
    /// A program's store, at some time.
    Stored,
}

/// A token, and what of its members was of no use.
pub(crate) struct Reading {
    pub(crate) token: Token,
    pub(crate) ignored: Vec<Ignored>,
    pub(crate) end: Option<EndMember>,
}

/// The member that the absolute end comes from.
pub(crate) struct EndMember {
    pub(crate) name: String,
    /// It leaves out its zone, and UTC is assumed.
    pub(crate) in_some_zone: bool,
}

/// A member that could not be read, so that the token is used without it.
pub(crate) struct Ignored {
    pub(crate) member: String,
    pub(crate) problem: Unreadable,
}

/// What a member is that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    Lifetime,
    RefreshToken,
    Scope,
}

impl Unreadable {
    pub(crate) fn problem(self) -> &'static str {
        match self {
            Self::Lifetime => "it is no lifetime and no time that can be read",
            Self::RefreshToken => "a refresh token is a string",
            Self::Scope => "scopes are a string or a list of strings",
        }
    }
}

impl Members<'_> {
    pub(crate) fn read(&self) -> Result<Reading, TokenJsonError> {
        let mut token = Token::new(self.access_token()?);
        self.check_type()?;
        if !token.access_token().fits_header() {
            return Err(wrong("has an `access_token` with characters that no header can carry"));
        }
        let mut ignored = Vec::new();
        let end = self.read_end(&mut token, &mut ignored);
        let parts = token.parts_mut();
        let refresh_token = |value: &Value| Some(value.as_str()?.to_owned());
        let refresh_token = self.first(&REFRESH_TOKEN, refresh_token, Unreadable::RefreshToken, &mut ignored);
        parts.refresh_token = refresh_token.filter(|text| !text.is_empty()).map(Secret::from);
        parts.scopes = self.first(&SCOPE, |value| self.scopes(value), Unreadable::Scope, &mut ignored);
        for (name, value) in self.object {
            let is_token = matches!(self.origin, Origin::Response { access_token, .. } if access_token == name);
            if !is_token && !field::is_known(name) && !value.is_null() {
                parts.extras.insert(name.clone(), Extra::new(value));
            }
        }
        Ok(Reading { token, ignored, end })
    }

    fn access_token(&self) -> Result<&str, TokenJsonError> {
        let value = match self.origin {
            Origin::Response { access_token, .. } => self.object.get(access_token).filter(|value| !value.is_null()),
            Origin::Stored => ACCESS_TOKEN.values(self.object).first().map(|(_, value)| *value),
        };
        match value {
            Some(Value::String(text)) if !text.is_empty() => Ok(text),
            Some(Value::String(_)) => Err(wrong("has an empty `access_token`")),
            Some(_) => Err(wrong("has an `access_token` that is not a string")),
            None => Err(wrong("has no `access_token`")),
        }
    }

    /// RFC 6749 section 7.1: a token of a type that we do not know must not be used. Absent means bearer.
    fn check_type(&self) -> Result<(), TokenJsonError> {
        let values = TOKEN_TYPE.values(self.object);
        let Some((_, value)) = values.first() else {
            return Ok(());
        };
        let Some(kind) = value.as_str().map(str::trim) else {
            return Err(wrong("has a `token_type` that is not a string"));
        };
        let accepted = match self.origin {
            Origin::Response { token_types, .. } => token_types,
            Origin::Stored => &[],
        };
        let is = |name: &str| kind.eq_ignore_ascii_case(name);
        if kind.is_empty() || is("Bearer") || accepted.iter().any(|name| is(name)) {
            return Ok(());
        }
        let problem = match kind.len() > LONGEST_TYPE {
            true => format!("is of a type of more than {LONGEST_TYPE} bytes, and only `Bearer` is supported"),
            false => {
                let kind = self.redactor_of_all().line(kind, LONGEST_TYPE);
                format!("is of type `{kind}`, and only `Bearer` is supported")
            }
        };
        let kind = match needs_proof(kind) {
            Some(_) => Problem::ProofType,
            None => Problem::Type,
        };
        Err(TokenJsonError::new(problem, kind))
    }

    /// Gives the token its lifetime and its end, and says which member the end comes from. In a response, a lifetime
    /// that can be read is believed before an end by the server's clock; in a store, it says nothing without the time
    /// when it began.
    fn read_end(&self, token: &mut Token, ignored: &mut Vec<Ignored>) -> Option<EndMember> {
        let lifetimes = EXPIRES_IN.values(self.object).into_iter();
        let lifetimes: Vec<_> = lifetimes
            .map(|(name, value)| (name, self.end(value, Number::Lifetime)))
            .collect();
        let ends = EXPIRY.values(self.object).into_iter();
        let ends: Vec<_> = ends
            .map(|(name, value)| (name, self.end(value, self.meaning(name))))
            .collect();
        let stated = || lifetimes.iter().chain(&ends);
        let lifetime = stated().find_map(|(_, end)| match end {
            Some(End::In(lifetime)) => Some(*lifetime),
            _ => None,
        });
        let points = || ends.iter().chain(&lifetimes);
        let certain = points().find_map(|(name, end)| match end {
            Some(End::At(time)) => Some((*name, *time, false)),
            _ => None,
        });
        let at = certain.or_else(|| {
            points().find_map(|(name, end)| match end {
                Some(End::InSomeZone(time)) => Some((*name, *time, true)),
                _ => None,
            })
        });
        let (lifetime, at) = match (self.origin, lifetime) {
            (Origin::Response { .. }, Some(lifetime)) => (Some(lifetime), None),
            (_, lifetime) => (lifetime, at),
        };
        let unreadable = match (self.origin, lifetime) {
            _ if at.is_some() => None,
            (Origin::Response { .. }, Some(_)) => None,
            (Origin::Stored, Some(_)) => ends.iter().find(|(_, end)| end.is_none()),
            (_, None) => stated().find(|(_, end)| end.is_none()),
        };
        if let Some((name, _)) = unreadable {
            ignored.push(self.ignored(name, Unreadable::Lifetime));
        }
        let parts = token.parts_mut();
        parts.expires_in = lifetime;
        parts.expires_at = at.map(|(_, time, _)| time);
        at.map(|(name, _, in_some_zone)| EndMember {
            name: self.shown(name),
            in_some_zone,
        })
    }

    /// In a store, a time without a zone is not read: programs write their machine's.
    fn end(&self, value: &Value, meaning: Number) -> Option<End> {
        expiry::read(value, meaning).filter(|end| !matches!((self.origin, end), (Origin::Stored, End::InSomeZone(_))))
    }

    fn meaning(&self, name: &str) -> Number {
        match self.origin {
            Origin::Stored if field::plain(name) == "expiry" => Number::ExactTime,
            _ if field::may_be_lifetime(name) => Number::Either,
            _ => Number::Time,
        }
    }

    /// The first of a field's values that can be read. If there are some, and none can be, the first of them is
    /// ignored.
    fn first<T>(
        &self,
        field: &Field,
        read: impl Fn(&Value) -> Option<T>,
        problem: Unreadable,
        ignored: &mut Vec<Ignored>,
    ) -> Option<T> {
        let values = field.values(self.object);
        let found = values.iter().find_map(|(_, value)| read(value));
        if found.is_none()
            && let Some((name, _)) = values.first()
        {
            ignored.push(self.ignored(name, problem));
        }
        found
    }

    /// An empty text or list says that there is none.
    fn scopes(&self, value: &Value) -> Option<Scopes> {
        let names: Vec<&str> = match value {
            Value::String(text) => vec![text],
            Value::Array(names) => names.iter().map(Value::as_str).collect::<Option<_>>()?,
            _ => return None,
        };
        Some(match self.origin {
            Origin::Response { asked, .. } => Scopes::granted(&names, asked),
            Origin::Stored => names.into_iter().collect(),
        })
    }

    fn ignored(&self, name: &str, problem: Unreadable) -> Ignored {
        let member = self.shown(name);
        Ignored { member, problem }
    }

    fn shown(&self, name: &str) -> String {
        self.redactor_of_all().line(name, LONGEST_NAME)
    }

    /// Knows the tokens too, under whichever name.
    fn redactor_of_all(&self) -> Redactor {
        let of = |field: &Field| field.values(self.object);
        let mut values: Vec<&Value> = [&ACCESS_TOKEN, &REFRESH_TOKEN]
            .into_iter()
            .flat_map(of)
            .map(|(_, value)| value)
            .take(8)
            .collect();
        values.extend(self.object.get("id_token"));
        if let Origin::Response { access_token, .. } = self.origin {
            values.extend(self.object.get(access_token));
        }
        let texts = values.into_iter().filter_map(Value::as_str);
        let secrets: Vec<Secret> = texts.filter(|text| !text.is_empty()).map(Secret::from).collect();
        self.redactor.and(&secrets)
    }
}

/// What a token of a registered type needs that we do not do, or why it is none to send: an alias does not make it a
/// bearer token.
pub(crate) fn needs_proof(kind: &str) -> Option<&'static str> {
    let proofs = ["DPoP", "PoP", "mac", "hok"];
    let is = |name: &&str| kind.trim().eq_ignore_ascii_case(name);
    if proofs.iter().any(is) {
        Some("its tokens need a proof with each request")
    } else if is(&"N_A") {
        Some("it says that the token is no access token (RFC 8693 section 2.2.1)")
    } else {
        None
    }
}

fn wrong(problem: &str) -> TokenJsonError {
    TokenJsonError::new(problem.to_owned(), Problem::Other)
}
