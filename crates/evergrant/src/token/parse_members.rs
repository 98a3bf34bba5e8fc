//! Parses a token from the members of a JSON object: leniently where servers differ, strictly where a guess could be
//! wrong.

use serde_json::Value;

use super::confirmation::DPOP_KEY;
use super::expiry::{self, Expiry, NumberMeaning};
use super::extra_members::Extra;
use super::member_names::{self, ACCESS_TOKEN, EXPIRES_IN, EXPIRY, Field, REFRESH_TOKEN, SCOPE, TOKEN_TYPE};
use super::{JsonObject, Token};
use crate::error::{TokenJsonError, TokenProblem};
use crate::redact::Redactor;
use crate::{Scopes, Secret};

/// Maximum length of a token type in an error, in bytes; types are short names such as `DPoP`, or URIs (RFC 6749
/// section 8.1).
const MAX_TYPE_LENGTH: usize = 64;

/// Maximum length of a member's name in an error or an event, in characters.
const MAX_NAME_LENGTH: usize = 64;

/// The members of a token response or of a stored token.
pub(crate) struct Members<'a> {
    pub(crate) object: &'a JsonObject,
    pub(crate) source: Source<'a>,
    /// Masks the request's secrets; the token's own are added here.
    pub(crate) redactor: &'a Redactor,
}

/// The source of the members.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    /// A response of a token endpoint.
    Response {
        /// The member that holds the access token.
        access_token: &'a str,
        /// Additional names for the type `Bearer`.
        token_types: &'a [String],
        /// The only accepted type, if the client proves possession of a key.
        proof: Option<&'a str>,
        /// The requested scopes.
        requested: &'a Scopes,
    },
    /// A stored token.
    Stored,
}

/// A parsed token, and the members that were ignored.
pub(crate) struct ParsedToken {
    pub(crate) token: Token,
    pub(crate) ignored: Vec<IgnoredMember>,
    pub(crate) end: Option<ExpiryMember>,
}

/// The member with the absolute expiry.
pub(crate) struct ExpiryMember {
    pub(crate) name: String,
    /// It has no offset, and UTC is assumed.
    pub(crate) without_offset: bool,
}

/// A member that could not be read, so that the token is used without it.
pub(crate) struct IgnoredMember {
    pub(crate) member: String,
    pub(crate) problem: MemberProblem,
}

/// The kind of a member that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MemberProblem {
    Lifetime,
    RefreshToken,
    Scope,
}

impl MemberProblem {
    pub(crate) fn description(self) -> &'static str {
        match self {
            Self::Lifetime => "it is neither a readable lifetime nor a readable time",
            Self::RefreshToken => "a refresh token must be a string",
            Self::Scope => "scopes must be a string or a list of strings",
        }
    }
}

impl Members<'_> {
    pub(crate) fn read(&self) -> Result<ParsedToken, TokenJsonError> {
        let mut token = Token::new(self.access_token()?);
        self.check_type()?;
        if !token.access_token().fits_header() {
            return Err(invalid(
                "has an `access_token` with characters that are not allowed in headers",
            ));
        }
        let mut ignored = Vec::new();
        let end = self.read_expiry(&mut token, &mut ignored);
        let parts = token.parts_mut();
        let refresh_token = |value: &Value| Some(value.as_str()?.to_owned());
        let refresh_token = self.first(&REFRESH_TOKEN, refresh_token, MemberProblem::RefreshToken, &mut ignored);
        parts.refresh_token = refresh_token.filter(|text| !text.is_empty()).map(Secret::from);
        parts.scopes = self.first(&SCOPE, |value| self.scopes(value), MemberProblem::Scope, &mut ignored);
        for (name, value) in self.object {
            let is_token = matches!(self.source, Source::Response { access_token, .. } if access_token == name);
            if !is_token && !member_names::is_known(name) && !value.is_null() {
                parts.extras.insert(name.clone(), Extra::new(value));
            }
        }
        Ok(ParsedToken { token, ignored, end })
    }

    fn access_token(&self) -> Result<&str, TokenJsonError> {
        let value = match self.source {
            Source::Response { access_token, .. } => self.object.get(access_token).filter(|value| !value.is_null()),
            Source::Stored => ACCESS_TOKEN.values(self.object).first().map(|(_, value)| *value),
        };
        match value {
            Some(Value::String(text)) if !text.is_empty() => Ok(text),
            Some(Value::String(_)) => Err(invalid("has an empty `access_token`")),
            Some(_) => Err(invalid("has an `access_token` that is not a string")),
            None => Err(invalid("has no `access_token`")),
        }
    }

    /// RFC 6749 section 7.1: a token of an unknown type must not be used. A missing type means bearer.
    fn check_type(&self) -> Result<(), TokenJsonError> {
        let values = TOKEN_TYPE.values(self.object);
        let proof = match self.source {
            Source::Response { proof, .. } => proof,
            Source::Stored => None,
        };
        let Some((_, value)) = values.first() else {
            return match proof {
                Some(scheme) => Err(unbound_error("has no `token_type`", scheme)),
                None => Ok(()),
            };
        };
        let Some(kind) = value.as_str().map(str::trim) else {
            return Err(invalid("has a `token_type` that is not a string"));
        };
        let accepted = match self.source {
            Source::Response { token_types, .. } => token_types,
            Source::Stored => &[],
        };
        let is = |name: &str| kind.eq_ignore_ascii_case(name);
        let is_accepted = || accepted.iter().any(|name| is(name));
        match proof {
            Some(scheme) if is(scheme) => return Ok(()),
            Some(scheme) if kind.is_empty() => return Err(unbound_error("has an empty `token_type`", scheme)),
            // The other names of the type `Bearer` too. A token that is not an access token has no type.
            Some(scheme) if is("Bearer") || (!is("N_A") && is_accepted()) => {
                return Err(unbound_error(&format!("has the type `{kind}`"), scheme));
            }
            _ => {}
        }
        if kind.is_empty() || is("Bearer") || is_accepted() {
            return Ok(());
        }
        // The key is compared with that of the client which uses the token.
        let has_key = || self.object.get("cnf").is_some_and(|key| key[DPOP_KEY].is_string());
        if matches!(self.source, Source::Stored) && is("DPoP") && has_key() {
            return Ok(());
        }
        let problem = match kind.len() > MAX_TYPE_LENGTH {
            true => format!("has a type of more than {MAX_TYPE_LENGTH} bytes, and only `Bearer` is supported"),
            false => {
                let kind = self.redactor_of_all().line(kind, MAX_TYPE_LENGTH);
                format!("has the type `{kind}`, and only `Bearer` is supported")
            }
        };
        let kind = match unsupported_type_reason(kind) {
            Some(_) => TokenProblem::ProofType,
            None => TokenProblem::Type,
        };
        Err(TokenJsonError::new(problem, kind))
    }

    /// Sets the token's lifetime and expiry, and returns the member with the expiry. In a response, a readable lifetime
    /// takes precedence over an expiry by the server's clock; in a stored token, it is of no use without its start.
    fn read_expiry(&self, token: &mut Token, ignored: &mut Vec<IgnoredMember>) -> Option<ExpiryMember> {
        let lifetimes = EXPIRES_IN.values(self.object).into_iter();
        let lifetimes: Vec<_> = lifetimes
            .map(|(name, value)| (name, self.end(value, NumberMeaning::Lifetime)))
            .collect();
        let ends = EXPIRY.values(self.object).into_iter();
        let ends: Vec<_> = ends
            .map(|(name, value)| (name, self.end(value, self.meaning(name))))
            .collect();
        let stated = || lifetimes.iter().chain(&ends);
        let lifetime = stated().find_map(|(_, end)| match end {
            Some(Expiry::Lifetime(lifetime)) => Some(*lifetime),
            _ => None,
        });
        let points = || ends.iter().chain(&lifetimes);
        let certain = points().find_map(|(name, end)| match end {
            Some(Expiry::At(time)) => Some((*name, *time, false)),
            _ => None,
        });
        let at = certain.or_else(|| {
            points().find_map(|(name, end)| match end {
                Some(Expiry::AtWithoutOffset(time)) => Some((*name, *time, true)),
                _ => None,
            })
        });
        let (lifetime, at) = match (self.source, lifetime) {
            (Source::Response { .. }, Some(lifetime)) => (Some(lifetime), None),
            (_, lifetime) => (lifetime, at),
        };
        let unreadable = match (self.source, lifetime) {
            _ if at.is_some() => None,
            (Source::Response { .. }, Some(_)) => None,
            (Source::Stored, Some(_)) => ends.iter().find(|(_, end)| end.is_none()),
            (_, None) => stated().find(|(_, end)| end.is_none()),
        };
        if let Some((name, _)) = unreadable {
            ignored.push(self.ignored(name, MemberProblem::Lifetime));
        }
        let parts = token.parts_mut();
        parts.expires_in = lifetime;
        parts.expires_at = at.map(|(_, time, _)| time);
        at.map(|(name, _, without_offset)| ExpiryMember {
            name: self.shown(name),
            without_offset,
        })
    }

    /// In a stored token, a time without an offset is ignored: programs write their machine's local time.
    fn end(&self, value: &Value, meaning: NumberMeaning) -> Option<Expiry> {
        expiry::parse(value, meaning)
            .filter(|end| !matches!((self.source, end), (Source::Stored, Expiry::AtWithoutOffset(_))))
    }

    fn meaning(&self, name: &str) -> NumberMeaning {
        match self.source {
            Source::Stored if member_names::normalize(name) == "expiry" => NumberMeaning::ExactTime,
            _ if member_names::may_be_lifetime(name) => NumberMeaning::Either,
            _ => NumberMeaning::Time,
        }
    }

    /// Returns the first readable value of a field. If there are values but none is readable, the first one is reported
    /// as ignored.
    fn first<T>(
        &self,
        field: &Field,
        read: impl Fn(&Value) -> Option<T>,
        problem: MemberProblem,
        ignored: &mut Vec<IgnoredMember>,
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

    /// Parses scopes. An empty string or list means none.
    fn scopes(&self, value: &Value) -> Option<Scopes> {
        let names: Vec<&str> = match value {
            Value::String(text) => vec![text],
            Value::Array(names) => names.iter().map(Value::as_str).collect::<Option<_>>()?,
            _ => return None,
        };
        Some(match self.source {
            Source::Response { requested, .. } => Scopes::granted(&names, requested),
            Source::Stored => names.into_iter().collect(),
        })
    }

    fn ignored(&self, name: &str, problem: MemberProblem) -> IgnoredMember {
        let member = self.shown(name);
        IgnoredMember { member, problem }
    }

    fn shown(&self, name: &str) -> String {
        self.redactor_of_all().line(name, MAX_NAME_LENGTH)
    }

    /// A redactor that also masks the tokens, whatever their names.
    fn redactor_of_all(&self) -> Redactor {
        let of = |field: &Field| field.values(self.object);
        let mut values: Vec<&Value> = [&ACCESS_TOKEN, &REFRESH_TOKEN]
            .into_iter()
            .flat_map(of)
            .map(|(_, value)| value)
            .take(8)
            .collect();
        values.extend(self.object.get("id_token"));
        if let Source::Response { access_token, .. } = self.source {
            values.extend(self.object.get(access_token));
        }
        let texts = values.into_iter().filter_map(Value::as_str);
        let secrets: Vec<Secret> = texts.filter(|text| !text.is_empty()).map(Secret::from).collect();
        self.redactor.with(&secrets)
    }
}

/// Returns why a registered token type cannot be used; an alias does not make it a bearer type.
pub(crate) fn unsupported_type_reason(kind: &str) -> Option<&'static str> {
    let proofs = ["DPoP", "PoP", "mac", "hok"];
    let is = |name: &&str| kind.trim().eq_ignore_ascii_case(name);
    if proofs.iter().any(is) {
        Some("its tokens need a proof with each request")
    } else if is(&"N_A") {
        Some("it means that the token is not an access token (RFC 8693 section 2.2.1)")
    } else {
        None
    }
}

/// A bearer token must not be accepted in place of one that is bound to a key.
fn unbound_error(problem: &str, scheme: &str) -> TokenJsonError {
    let problem = format!("{problem}, but this client requires tokens bound to its key (`{scheme}`)");
    TokenJsonError::new(problem, TokenProblem::Unbound)
}

fn invalid(problem: &str) -> TokenJsonError {
    TokenJsonError::new(problem.to_owned(), TokenProblem::Other)
}
