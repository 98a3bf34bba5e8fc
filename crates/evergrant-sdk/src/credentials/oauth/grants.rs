//! What entitles to the tokens, and whether the client has a secret: a constructor for each pair.

use evergrant::{AuthorizationCode, ClientCredentials, Password, Secret};

use super::{Client, Identity, OAuthCredentials};
use crate::describe::Grant;

impl OAuthCredentials {
    /// The client credentials grant: the program acts for itself (RFC 6749 section 4.4).
    pub fn client_credentials(client_id: impl Into<String>, client_secret: impl Into<Secret>) -> Self {
        let (id, secret) = (client_id.into(), client_secret.into());
        let kind = (Grant::ClientCredentials, Client::Confidential);
        Self::new(kind, Identity::of(&id), move || {
            ClientCredentials::new(id.clone(), secret.clone())
        })
    }

    /// The client credentials grant, for a client without a secret.
    pub fn client_credentials_public(client_id: impl Into<String>) -> Self {
        let id = client_id.into();
        let kind = (Grant::ClientCredentials, Client::Public);
        Self::new(kind, Identity::of(&id), move || ClientCredentials::public(id.clone()))
    }

    /// The password grant: a user's name and password, shown by the program (RFC 6749 section 4.3).
    pub fn password(
        client_id: impl Into<String>,
        client_secret: impl Into<Secret>,
        username: impl Into<String>,
        password: impl Into<Secret>,
    ) -> Self {
        let (id, secret) = (client_id.into(), client_secret.into());
        let (username, password) = (username.into(), password.into());
        let identity = Identity::of(&id).for_user(&username);
        Self::new((Grant::Password, Client::Confidential), identity, move || {
            Password::new(username.clone(), password.clone()).client(id.clone(), secret.clone())
        })
    }

    /// The password grant, for a client without a secret.
    pub fn password_public(
        client_id: impl Into<String>,
        username: impl Into<String>,
        password: impl Into<Secret>,
    ) -> Self {
        let (id, username, password) = (client_id.into(), username.into(), password.into());
        let identity = Identity::of(&id).for_user(&username);
        Self::new((Grant::Password, Client::Public), identity, move || {
            Password::new(username.clone(), password.clone()).public_client(id.clone())
        })
    }

    /// The authorization code grant: a user signs in with the server (RFC 6749 section 4.1). `redirect_uri` is where the
    /// server sends users back to, exactly as registered.
    pub fn authorization_code(
        client_id: impl Into<String>,
        client_secret: impl Into<Secret>,
        redirect_uri: impl Into<String>,
    ) -> Self {
        let (id, secret, redirect) = (client_id.into(), client_secret.into(), redirect_uri.into());
        let identity = Identity::of(&id).back_at(&redirect);
        Self::new((Grant::AuthorizationCode, Client::Confidential), identity, move || {
            AuthorizationCode::new(id.clone(), secret.clone()).redirect_uri(redirect.clone())
        })
    }

    /// The authorization code grant, for a client without a secret: a program on its user's own machine.
    pub fn authorization_code_public(client_id: impl Into<String>, redirect_uri: impl Into<String>) -> Self {
        let (id, redirect) = (client_id.into(), redirect_uri.into());
        let identity = Identity::of(&id).back_at(&redirect);
        Self::new((Grant::AuthorizationCode, Client::Public), identity, move || {
            AuthorizationCode::public(id.clone()).redirect_uri(redirect.clone())
        })
    }
}

impl Identity {
    fn of(client_id: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            ..Self::default()
        }
    }

    fn for_user(self, username: &str) -> Self {
        Self {
            username: Some(username.to_owned()),
            ..self
        }
    }

    fn back_at(self, redirect_uri: &str) -> Self {
        Self {
            redirect_uri: Some(redirect_uri.to_owned()),
            ..self
        }
    }
}
