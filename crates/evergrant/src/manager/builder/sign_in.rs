//! What a manager can be told of its users' sign-in, and what of it cannot work.

use std::collections::HashSet;

use url::Url;

use super::TokenManagerBuilder;
use super::check::check_repetition;
use crate::error::BuildError;
use crate::grant::Grant;
use crate::origin::{self, Origin};
use crate::relaxation::Relaxation;
use crate::sign_in::{SignInSettings, unguessable_segment};

/// As given, and not yet checked.
#[derive(Debug, Default)]
pub(super) struct Draft {
    authorization_url: Option<String>,
    redirect_uri: Option<String>,
    issuer: Option<String>,
    parameters: Vec<(String, String)>,
    allow_missing_state: bool,
}

/// Parameters of the authorization URL that are not for the application to set (RFC 6749 section 4.1.1, RFC 7636).
const OURS: [&str; 7] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
];

impl TokenManagerBuilder {
    /// The authorization endpoint, where users sign in (RFC 6749 section 3.1). For the authorization code grant.
    pub fn authorization_url(mut self, url: impl Into<String>) -> Self {
        self.sign_in.authorization_url = Some(url.into());
        self
    }

    /// Where the server sends users back to, exactly as registered (RFC 6749 section 3.1.2). For the authorization code
    /// grant.
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.sign_in.redirect_uri = Some(uri.into());
        self
    }

    /// What the server calls itself (`issuer` in its metadata), where it says so in its redirects (RFC 9207): any other is refused.
    /// For programs that work with several servers, one of which could pass for another. For the authorization code grant.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.sign_in.issuer = Some(issuer.into());
        self
    }

    /// Adds a parameter of the server's own to the authorization URL, such as `prompt` or `access_type`; `audience` and
    /// `resource` are there by themselves. For the authorization code grant.
    pub fn authorization_param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.sign_in.parameters.push((name.into(), value.into()));
        self
    }

    /// Takes a redirect without `state`, for servers that drop it (RFC 6749 section 4.1.2 forbids that): what ties the
    /// redirect to this program is then the path of the redirect URI, and the code verifier of PKCE (RFC 7636), which
    /// is always sent. A wrong `state` is still refused. For the authorization code grant.
    ///
    /// The path must end in a segment that cannot be guessed: 128 random bits, as
    /// [`SignIn::random_path_segment`](crate::SignIn::random_path_segment) or `openssl rand -hex 16` gives them;
    /// `build` fails with [`BuildError::InvalidUrl`] where it looks otherwise. Draw it once where the server compares
    /// whole redirect URIs, and for each sign-in where it takes any path below the registered one.
    /// [`SignIn::finish`](crate::SignIn::finish) then needs the whole URL or its path, beside the query.
    ///
    /// What is lost: a `state` is another one for each sign-in, and is bound to the user's browser. Whoever learns the
    /// path (from a link, a browser's history, a log) can have a user signed in with a code of the attacker's own
    /// account (RFC 9700 section 4.7), unless the server checks the code verifier; and a server that drops `state` may
    /// not. An answer to an older sign-in cannot be told from one to this one. Use it for a program on its user's own
    /// machine, and not for a website.
    ///
    /// ```
    /// use evergrant::{AuthorizationCode, SignIn};
    ///
    /// let path = SignIn::random_path_segment()?;
    /// let builder = AuthorizationCode::public("client-id")
    ///     .authorization_url("https://auth.example.com/oauth2/authorize")
    ///     .token_url("https://auth.example.com/oauth2/token")
    ///     .redirect_uri(format!("http://127.0.0.1:8765/callback/{path}"))
    ///     .danger_allow_missing_state();
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn danger_allow_missing_state(mut self) -> Self {
        self.sign_in.allow_missing_state = true;
        self
    }

    /// `None` without an authorization URL: the manager then lives from stored tokens.
    pub(super) fn check_sign_in(&self) -> Result<Option<SignInSettings>, BuildError> {
        let draft = &self.sign_in;
        let given = [
            ("authorization_url", draft.authorization_url.is_some()),
            ("redirect_uri", draft.redirect_uri.is_some()),
            ("issuer", draft.issuer.is_some()),
            ("authorization_param", !draft.parameters.is_empty()),
            ("danger_allow_missing_state", draft.allow_missing_state),
        ];
        if !matches!(self.grant, Grant::AuthorizationCode)
            && let Some((setting, _)) = given.into_iter().find(|(_, given)| *given)
        {
            let grant = self.grant.name();
            return Err(BuildError::WrongGrant { setting, grant });
        }
        if let Some((name, _)) = draft.parameters.iter().find(|(name, _)| OURS.contains(&name.as_str())) {
            return Err(BuildError::ReservedParameter {
                name: name.clone(),
                instead: "the builder's own setting, if there is one",
            });
        }
        check_repetition(&draft.parameters)?;
        let Some(url) = &draft.authorization_url else {
            return Ok(None);
        };
        let authorization_url = origin::check_endpoint("authorization_url", url, &self.plaintext)?;
        if let Some((name, _)) = authorization_url
            .query_pairs()
            .find(|(name, _)| OURS.contains(&&**name))
        {
            return Err(BuildError::InvalidUrl {
                setting: "authorization_url",
                problem: format!("it has `{name}` in its query, which is added to it for each sign-in"),
            });
        }
        let set: HashSet<&str> = draft.parameters.iter().map(|(name, _)| name.as_str()).collect();
        if let Some((name, _)) = authorization_url.query_pairs().find(|(name, _)| set.contains(&**name)) {
            return Err(BuildError::RepeatedParameter {
                name: name.into_owned(),
            });
        }
        let setting = "redirect_uri";
        let Some(redirect_uri) = draft.redirect_uri.clone() else {
            return Err(BuildError::MissingForSignIn { setting });
        };
        let unfit = |problem: String| BuildError::InvalidUrl { setting, problem };
        let uri = Url::parse(&redirect_uri).map_err(|error| unfit(format!("it is not a URL ({error})")))?;
        if uri.fragment().is_some() {
            return Err(unfit(
                "it has a fragment (#...), which RFC 6749 section 3.1.2 forbids".to_owned(),
            ));
        }
        // https, this machine, or a scheme of the program's own, which RFC 8252 section 7.1 wants to be a reversed domain name.
        let fit = match Origin::of(&uri) {
            Some(origin) => self.plaintext.permits(&origin),
            None => uri.scheme().contains('.'),
        };
        if !fit {
            let problem = "it is neither https, nor of this machine, nor of a scheme such as com.example.app";
            return Err(unfit(problem.to_owned()));
        }
        let instead_of_state = match draft.allow_missing_state {
            false => None,
            true => {
                let segment = unguessable_segment(&uri).ok_or_else(|| {
                    unfit("danger_allow_missing_state() needs a path that cannot be guessed: let it end in 128 random bits, such as the 32 digits of `openssl rand -hex 16`".to_owned())
                })?;
                Relaxation::missing_state().apply()?;
                Some(segment.to_owned())
            }
        };
        Ok(Some(SignInSettings {
            authorization_url,
            redirect_uri,
            issuer: draft.issuer.clone(),
            parameters: draft.parameters.clone(),
            instead_of_state,
        }))
    }
}
