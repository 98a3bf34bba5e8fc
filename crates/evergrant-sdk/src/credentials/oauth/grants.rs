//! Constructors and settings of OAuth credentials for each grant.

use evergrant::client_auth::SharedClientAuth;
use evergrant::{AuthorizationCode, ClientCredentials, GrantKind, Password, Secret, Sharing, TokenManagerBuilder};

use super::settings::{ClientIdentity, ClientType};
use super::{AnyGrant, OAuthCredentials, OAuthSettings, Scoping};

mod sealed {
    pub trait Sealed {
        /// The kind of grant; `None` for any.
        const KIND: Option<super::GrantKind>;
    }
}

/// A grant that [`OAuthCredentials`] can have. This trait is sealed.
pub trait OAuthGrant: sealed::Sealed {}

/// Declares that an OAuth scheme with several grants offers the grant `G`. Generated crates implement this trait for
/// the marker type of the scheme, so that [`AnyGrant`](crate::AnyGrant) only has constructors for these grants.
#[diagnostic::on_unimplemented(message = "the scheme of `{Self}` does not offer the grant `{G}`")]
pub trait Offers<G: OAuthGrant> {}

macro_rules! grants {
    ($($grant:ty => $kind:expr;)*) => {
        $(
            impl OAuthGrant for $grant {}

            impl sealed::Sealed for $grant {
                const KIND: Option<GrantKind> = $kind;
            }
        )*
    };
}

grants! {
    ClientCredentials => Some(GrantKind::ClientCredentials);
    Password => Some(GrantKind::Password);
    AuthorizationCode => Some(GrantKind::AuthorizationCode);
    AnyGrant => None;
}

/// Credentials of the client credentials grant (RFC 6749 section 4.4).
impl<S> OAuthCredentials<ClientCredentials, S> {
    /// Creates credentials of the client credentials grant, for a client with a secret.
    pub fn new(client_id: impl Into<String>, client_secret: impl Into<Secret>) -> Self {
        let (id, secret) = (client_id.into(), client_secret.into());
        Self::from_settings(OAuthSettings::new(
            (GrantKind::ClientCredentials, ClientType::Confidential(secret)),
            ClientIdentity::new(&id),
            move |auth, _| ClientCredentials::builder(id.clone(), auth),
        ))
    }

    /// Creates credentials of the client credentials grant, for a client with another
    /// [client authentication method](evergrant::client_auth), such as an assertion that the platform signs, or
    /// `PrivateKeyJwt` of `evergrant-jose`.
    ///
    /// ```
    /// use evergrant::client_auth::ClientAssertion;
    /// use evergrant_sdk::{ClientCredentials, OAuthCredentials};
    ///
    /// type Credentials = OAuthCredentials<ClientCredentials>;
    /// let assertion = ClientAssertion::from_file("/var/run/secrets/tokens/auth");
    /// let credentials = Credentials::with_client_auth("client-id", assertion);
    /// ```
    pub fn with_client_auth(client_id: impl Into<String>, auth: impl Into<SharedClientAuth>) -> Self {
        let id = client_id.into();
        Self::from_settings(OAuthSettings::new(
            (GrantKind::ClientCredentials, ClientType::WithMethod(auth.into())),
            ClientIdentity::new(&id),
            move |auth, _| ClientCredentials::builder(id.clone(), auth),
        ))
    }

    /// Creates credentials of the client credentials grant, for a client without a secret.
    pub fn public(client_id: impl Into<String>) -> Self {
        let id = client_id.into();
        Self::from_settings(OAuthSettings::new(
            (GrantKind::ClientCredentials, ClientType::Public),
            ClientIdentity::new(&id),
            move |auth, _| ClientCredentials::builder(id.clone(), auth),
        ))
    }
}

/// Credentials of the password grant (RFC 6749 section 4.3).
impl<S> OAuthCredentials<Password, S> {
    /// Creates credentials of the password grant, for a client with a secret.
    pub fn new(
        client_id: impl Into<String>,
        client_secret: impl Into<Secret>,
        username: impl Into<String>,
        password: impl Into<Secret>,
    ) -> Self {
        let (id, secret) = (client_id.into(), client_secret.into());
        let (username, password) = (username.into(), password.into());
        Self::from_settings(OAuthSettings::new(
            (GrantKind::Password, ClientType::Confidential(secret)),
            ClientIdentity::new(&id).with_username(&username),
            move |auth, _| Password::new(username.clone(), password.clone()).builder(id.clone(), auth),
        ))
    }

    /// Creates credentials of the password grant, for a client with another
    /// [client authentication method](evergrant::client_auth), such as `PrivateKeyJwt` of `evergrant-jose`.
    pub fn with_client_auth(
        client_id: impl Into<String>,
        auth: impl Into<SharedClientAuth>,
        username: impl Into<String>,
        password: impl Into<Secret>,
    ) -> Self {
        let (id, username, password) = (client_id.into(), username.into(), password.into());
        Self::from_settings(OAuthSettings::new(
            (GrantKind::Password, ClientType::WithMethod(auth.into())),
            ClientIdentity::new(&id).with_username(&username),
            move |auth, _| Password::new(username.clone(), password.clone()).builder(id.clone(), auth),
        ))
    }

    /// Creates credentials of the password grant, for a client without a secret.
    pub fn public(client_id: impl Into<String>, username: impl Into<String>, password: impl Into<Secret>) -> Self {
        let (id, username, password) = (client_id.into(), username.into(), password.into());
        Self::from_settings(OAuthSettings::new(
            (GrantKind::Password, ClientType::Public),
            ClientIdentity::new(&id).with_username(&username),
            move |auth, _| Password::new(username.clone(), password.clone()).builder(id.clone(), auth),
        ))
    }
}

/// Credentials of the authorization code grant (RFC 6749 section 4.1), in which a user signs in. The authorization
/// server redirects the user's browser to `redirect_uri`, which must be exactly as registered.
impl<S> OAuthCredentials<AuthorizationCode, S> {
    /// Creates credentials of the authorization code grant, for a client with a secret.
    pub fn new(
        client_id: impl Into<String>,
        client_secret: impl Into<Secret>,
        redirect_uri: impl Into<String>,
    ) -> Self {
        let (id, secret, redirect) = (client_id.into(), client_secret.into(), redirect_uri.into());
        Self::from_settings(OAuthSettings::new(
            (GrantKind::AuthorizationCode, ClientType::Confidential(secret)),
            ClientIdentity::new(&id).with_redirect_uri(&redirect),
            move |auth, url| authorization_code_builder(&id, auth, &redirect, url),
        ))
    }

    /// Creates credentials of the authorization code grant, for a client with another
    /// [client authentication method](evergrant::client_auth), such as `PrivateKeyJwt` of `evergrant-jose`.
    pub fn with_client_auth(
        client_id: impl Into<String>,
        auth: impl Into<SharedClientAuth>,
        redirect_uri: impl Into<String>,
    ) -> Self {
        let (id, redirect) = (client_id.into(), redirect_uri.into());
        Self::from_settings(OAuthSettings::new(
            (GrantKind::AuthorizationCode, ClientType::WithMethod(auth.into())),
            ClientIdentity::new(&id).with_redirect_uri(&redirect),
            move |auth, url| authorization_code_builder(&id, auth, &redirect, url),
        ))
    }

    /// Creates credentials of the authorization code grant, for a client without a secret, such as a program on the
    /// user's machine.
    pub fn public(client_id: impl Into<String>, redirect_uri: impl Into<String>) -> Self {
        let (id, redirect) = (client_id.into(), redirect_uri.into());
        Self::from_settings(OAuthSettings::new(
            (GrantKind::AuthorizationCode, ClientType::Public),
            ClientIdentity::new(&id).with_redirect_uri(&redirect),
            move |auth, url| authorization_code_builder(&id, auth, &redirect, url),
        ))
    }

    /// Sets the URL of the authorization endpoint. The default is the endpoint in the API description.
    #[must_use]
    pub fn authorization_url(mut self, url: impl Into<String>) -> Self {
        self.settings.authorization_url = Some(url.into());
        self
    }
}

/// Creates the manager builder of the authorization code grant.
fn authorization_code_builder(
    client_id: &str,
    auth: SharedClientAuth,
    redirect_uri: &str,
    authorization_url: Option<&str>,
) -> TokenManagerBuilder<AuthorizationCode> {
    let builder = AuthorizationCode::builder(client_id, auth).redirect_uri(redirect_uri);
    match authorization_url {
        Some(url) => builder.authorization_url(url),
        None => builder,
    }
}

/// Settings of the grants without a sign-in.
macro_rules! non_interactive {
    ($($grant:ty),*) => {
        $(
            impl<S> OAuthCredentials<$grant, S> {
                /// Fetches a separate token for each distinct set of scopes that operations require, instead of one
                /// token for all operations.
                ///
                /// This setting cannot be combined with [`manual`](Self::manual) or with an initial
                /// [`token`](Self::token).
                #[must_use]
                pub fn least_privilege(mut self) -> Self {
                    self.settings.scoping = Scoping::LeastPrivilege;
                    self
                }

                /// Shares the tokens with other processes through a token store; see
                /// [`TokenManagerBuilder::store`](evergrant::TokenManagerBuilder::store).
                #[must_use]
                pub fn store(self, store: impl Into<Sharing>) -> Self {
                    let store = store.into();
                    self.configure(move |tokens| tokens.store(store.clone()))
                }
            }
        )*
    };
}

non_interactive!(ClientCredentials, Password);

impl<G: OAuthGrant, S> OAuthCredentials<G, S> {
    /// Creates credentials from settings; `None` if they belong to another grant.
    pub(crate) fn for_grant(settings: &OAuthSettings) -> Option<Self> {
        let matches = G::KIND.is_none_or(|kind| kind == settings.grant);
        matches.then(|| Self::from_settings(settings.clone()))
    }
}

impl ClientIdentity {
    fn new(client_id: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            ..Self::default()
        }
    }

    fn with_username(self, username: &str) -> Self {
        Self {
            username: Some(username.to_owned()),
            ..self
        }
    }

    fn with_redirect_uri(self, redirect_uri: &str) -> Self {
        Self {
            redirect_uri: Some(redirect_uri.to_owned()),
            ..self
        }
    }
}
