//! The security schemes of the API with credentials that the emulation accepts, and the operations with their
//! requirements.

use emulations::Multiauth;
use multiauth::{
    ApiError, ApiHeaderCredentials, ApiKeyCredentials, BasicAuthCredentials, Client, ClientBuilder,
    CustomAuthCredentials, Error, OAuthAcgCredentials, OAuthBearerTokenCredentials, OAuthCcgCredentials,
    OAuthRopcgCredentials, OAuthScopeOAuthAcg, Response,
};

/// A security scheme of the description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Basic,
    Query,
    Header,
    Ccg,
    Acg,
    Ropcg,
    Bearer,
    Custom,
}

impl Scheme {
    pub(crate) const ALL: [Self; 8] = [
        Self::Basic,
        Self::Query,
        Self::Header,
        Self::Ccg,
        Self::Acg,
        Self::Ropcg,
        Self::Bearer,
        Self::Custom,
    ];

    /// Returns the name of the scheme in the description.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Basic => "basicAuth",
            Self::Query => "apiKey",
            Self::Header => "apiHeader",
            Self::Ccg => "OAuthCCG",
            Self::Acg => "OAuthACG",
            Self::Ropcg => "OAuthROPCG",
            Self::Bearer => "OAuthBearerToken",
            Self::Custom => "CustomAuth",
        }
    }

    /// Sets credentials for the scheme that the emulation accepts.
    pub(crate) fn configure(self, builder: ClientBuilder) -> ClientBuilder {
        match self {
            Self::Basic => builder.basic_auth_credentials(basic()),
            Self::Query => builder.api_key_credentials(query()),
            Self::Header => builder.api_header_credentials(header()),
            Self::Ccg => builder.oauth_ccg_credentials(ccg()),
            Self::Acg => builder.oauth_acg_credentials(acg()),
            Self::Ropcg => builder.oauth_ropcg_credentials(ropcg()),
            Self::Bearer => builder.oauth_bearer_token_credentials(bearer()),
            Self::Custom => builder.custom_auth_credentials(custom()),
        }
    }
}

pub(crate) fn basic() -> BasicAuthCredentials {
    BasicAuthCredentials::new(Multiauth::BASIC_USERNAME, Multiauth::BASIC_PASSWORD)
}

pub(crate) fn query() -> ApiKeyCredentials {
    ApiKeyCredentials::new(Multiauth::QUERY_TOKEN, Multiauth::QUERY_API_KEY)
}

pub(crate) fn header() -> ApiHeaderCredentials {
    ApiHeaderCredentials::new(Multiauth::HEADER_TOKEN, Multiauth::HEADER_API_KEY)
}

pub(crate) fn ccg() -> OAuthCcgCredentials {
    OAuthCcgCredentials::new(Multiauth::CCG_CLIENT_ID, Multiauth::CCG_CLIENT_SECRET)
}

pub(crate) fn acg() -> OAuthAcgCredentials {
    let (id, secret) = (Multiauth::ACG_CLIENT_ID, Multiauth::ACG_CLIENT_SECRET);
    OAuthAcgCredentials::new(id, secret, Multiauth::ACG_REDIRECT_URI).scopes(OAuthScopeOAuthAcg::ALL)
}

pub(crate) fn ropcg() -> OAuthRopcgCredentials {
    let (id, secret) = (Multiauth::ROPCG_CLIENT_ID, Multiauth::ROPCG_CLIENT_SECRET);
    OAuthRopcgCredentials::new(id, secret, Multiauth::ROPCG_USERNAME, Multiauth::ROPCG_PASSWORD)
}

pub(crate) fn bearer() -> OAuthBearerTokenCredentials {
    OAuthBearerTokenCredentials::new(Multiauth::BEARER_TOKEN)
}

pub(crate) fn custom() -> CustomAuthCredentials {
    CustomAuthCredentials::new(Multiauth::ACCESS_TOKEN)
}

/// An operation of the description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    OAuthBearerToken,
    CustomAuthentication,
    CustomQueryOrHeaderParam,
    BasicAndApiKeyAndApiHeader,
    MultipleAuthCombination,
    NoAuth,
    GetStatus,
    GetUser,
    OAuthOrCombination,
}

/// A failed call.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: Error,
    /// The typed body of the error response.
    pub(crate) text: Option<String>,
}

impl Operation {
    pub(crate) const ALL: [Self; 9] = [
        Self::OAuthBearerToken,
        Self::CustomAuthentication,
        Self::CustomQueryOrHeaderParam,
        Self::BasicAndApiKeyAndApiHeader,
        Self::MultipleAuthCombination,
        Self::NoAuth,
        Self::GetStatus,
        Self::GetUser,
        Self::OAuthOrCombination,
    ];

    /// Returns the alternatives of the security requirement. The first one whose schemes are all configured is sent.
    pub(crate) fn alternatives(self) -> &'static [&'static [Scheme]] {
        use Scheme::{Acg, Basic, Bearer, Ccg, Custom, Header, Query, Ropcg};
        match self {
            Self::OAuthBearerToken => &[&[Bearer]],
            Self::CustomAuthentication => &[&[Custom]],
            Self::CustomQueryOrHeaderParam => &[&[Query], &[Header]],
            Self::BasicAndApiKeyAndApiHeader => &[&[Basic, Query, Header]],
            Self::MultipleAuthCombination => &[&[Custom], &[Bearer], &[Basic, Query, Header]],
            Self::NoAuth => &[&[]],
            Self::GetStatus => &[&[Ccg]],
            Self::GetUser => &[&[Acg, Ropcg]],
            Self::OAuthOrCombination => &[&[Ccg], &[Bearer]],
        }
    }

    /// Calls the operation and returns `passed`, the text of a successful response.
    pub(crate) async fn call(self, client: &Client) -> Result<String, Failure> {
        let (plain, oauth) = (client.authentication(), client.oauth_authorization());
        match self {
            Self::OAuthBearerToken => plain.oauth_bearer_token().send().await.map(Response::into_inner),
            Self::CustomAuthentication => plain.custom_authentication().send().await.map(Response::into_inner),
            Self::CustomQueryOrHeaderParam => {
                let call = plain.custom_query_or_header_param();
                call.send().await.map(Response::into_inner)
            }
            Self::BasicAndApiKeyAndApiHeader => {
                let call = plain.basic_and_api_key_and_api_header();
                call.send().await.map(Response::into_inner)
            }
            Self::MultipleAuthCombination => {
                let call = plain.multiple_auth_combination();
                call.send().await.map(Response::into_inner)
            }
            Self::NoAuth => {
                let response = plain.no_auth().send().await.map(Response::into_inner);
                return response.map_err(|error| Failure { error, text: None });
            }
            Self::GetStatus => oauth
                .get_status()
                .send()
                .await
                .map(|response| response.into_inner().status),
            Self::GetUser => oauth
                .get_user()
                .send()
                .await
                .map(|user| match user.into_inner().name.as_deref() {
                    Some(Multiauth::ROPCG_USERNAME) => "passed".to_owned(),
                    other => format!("{other:?}"),
                }),
            Self::OAuthOrCombination => {
                let call = oauth.oauth_or_combination();
                call.send().await.map(Response::into_inner)
            }
        }
        .map_err(|error| Failure {
            text: error.api().and_then(ApiError::error).cloned(),
            error: error.untyped(),
        })
    }
}
