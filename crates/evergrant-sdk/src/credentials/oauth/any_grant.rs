//! Credentials of OAuth schemes with several grants.

use evergrant::client_auth::SharedClientAuth;
use evergrant::{AuthorizationCode, ClientCredentials, Password, Secret};

use super::{OAuthCredentials, Offers};

/// The grant type parameter of [`OAuthCredentials`] for an OAuth scheme that offers several grants.
///
/// Each constructor of `OAuthCredentials<AnyGrant, S>` returns credentials with the type parameter of one grant.
/// Credentials that are read back from a client have the type parameter `AnyGrant`.
///
/// ```
/// use evergrant_sdk::{AnyGrant, AuthorizationCode, ClientCredentials, OAuthCredentials, Offers};
///
/// #[derive(Debug)]
/// pub enum ShopScheme {}
/// impl Offers<ClientCredentials> for ShopScheme {}
/// impl Offers<AuthorizationCode> for ShopScheme {}
/// pub type ShopCredentials<G = AnyGrant> = OAuthCredentials<G, ShopScheme>;
///
/// let service = ShopCredentials::client_credentials("client-id", "not-a-real-secret").least_privilege();
/// let user = ShopCredentials::authorization_code_public("client-id", "http://127.0.0.1/callback");
/// ```
///
/// A constructor for a grant that the scheme does not offer does not compile:
/// ```compile_fail,E0277
/// use evergrant_sdk::{AnyGrant, ClientCredentials, OAuthCredentials, Offers};
///
/// #[derive(Debug)]
/// pub enum ShopScheme {}
/// impl Offers<ClientCredentials> for ShopScheme {}
/// type ShopCredentials<G = AnyGrant> = OAuthCredentials<G, ShopScheme>;
///
/// let user = ShopCredentials::authorization_code_public("client-id", "http://127.0.0.1/callback");
/// ```
#[derive(Debug)]
pub enum AnyGrant {}

/// Constructors for schemes with several grants.
impl<S> OAuthCredentials<AnyGrant, S> {
    /// Creates credentials of the client credentials grant (RFC 6749 section 4.4), for a client with a secret.
    pub fn client_credentials(
        client_id: impl Into<String>,
        client_secret: impl Into<Secret>,
    ) -> OAuthCredentials<ClientCredentials, S>
    where
        S: Offers<ClientCredentials>,
    {
        OAuthCredentials::<ClientCredentials, S>::new(client_id, client_secret)
    }

    /// Creates credentials of the client credentials grant, for a client with another
    /// [client authentication method](evergrant::client_auth), such as `PrivateKeyJwt` of `evergrant-jose`.
    pub fn client_credentials_with_client_auth(
        client_id: impl Into<String>,
        auth: impl Into<SharedClientAuth>,
    ) -> OAuthCredentials<ClientCredentials, S>
    where
        S: Offers<ClientCredentials>,
    {
        OAuthCredentials::<ClientCredentials, S>::with_client_auth(client_id, auth)
    }

    /// Creates credentials of the client credentials grant, for a client without a secret.
    pub fn client_credentials_public(client_id: impl Into<String>) -> OAuthCredentials<ClientCredentials, S>
    where
        S: Offers<ClientCredentials>,
    {
        OAuthCredentials::<ClientCredentials, S>::public(client_id)
    }

    /// Creates credentials of the password grant (RFC 6749 section 4.3), for a client with a secret.
    pub fn password(
        client_id: impl Into<String>,
        client_secret: impl Into<Secret>,
        username: impl Into<String>,
        password: impl Into<Secret>,
    ) -> OAuthCredentials<Password, S>
    where
        S: Offers<Password>,
    {
        OAuthCredentials::<Password, S>::new(client_id, client_secret, username, password)
    }

    /// Creates credentials of the password grant, for a client without a secret.
    pub fn password_public(
        client_id: impl Into<String>,
        username: impl Into<String>,
        password: impl Into<Secret>,
    ) -> OAuthCredentials<Password, S>
    where
        S: Offers<Password>,
    {
        OAuthCredentials::<Password, S>::public(client_id, username, password)
    }

    /// Creates credentials of the authorization code grant (RFC 6749 section 4.1), for a client with a secret. After
    /// the sign-in, the authorization server redirects the user's browser to `redirect_uri`.
    pub fn authorization_code(
        client_id: impl Into<String>,
        client_secret: impl Into<Secret>,
        redirect_uri: impl Into<String>,
    ) -> OAuthCredentials<AuthorizationCode, S>
    where
        S: Offers<AuthorizationCode>,
    {
        OAuthCredentials::<AuthorizationCode, S>::new(client_id, client_secret, redirect_uri)
    }

    /// Creates credentials of the authorization code grant, for a client with another
    /// [client authentication method](evergrant::client_auth), such as `PrivateKeyJwt` of `evergrant-jose`.
    pub fn authorization_code_with_client_auth(
        client_id: impl Into<String>,
        auth: impl Into<SharedClientAuth>,
        redirect_uri: impl Into<String>,
    ) -> OAuthCredentials<AuthorizationCode, S>
    where
        S: Offers<AuthorizationCode>,
    {
        OAuthCredentials::<AuthorizationCode, S>::with_client_auth(client_id, auth, redirect_uri)
    }

    /// Creates credentials of the authorization code grant, for a client without a secret.
    pub fn authorization_code_public(
        client_id: impl Into<String>,
        redirect_uri: impl Into<String>,
    ) -> OAuthCredentials<AuthorizationCode, S>
    where
        S: Offers<AuthorizationCode>,
    {
        OAuthCredentials::<AuthorizationCode, S>::public(client_id, redirect_uri)
    }
}
