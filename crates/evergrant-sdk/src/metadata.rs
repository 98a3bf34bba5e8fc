//! Types for the metadata of an API: its servers, security schemes and operations. Generated crates contain this
//! metadata as `static` data, which the generator creates from the OpenAPI description.
//!
//! ```
//! use evergrant_sdk::metadata as d;
//!
//! static API: d::Api = d::Api {
//!     name: "bookstore",
//!     version: "1.0.0",
//!     environments: &["Production"],
//!     servers: &[d::Server {
//!         name: "default",
//!         setter: "base_url",
//!         role: d::Role::Api,
//!         urls: &[Some("https://{tenant}.example.com/v1")],
//!     }],
//!     variables: &[d::Variable { name: "tenant", default: Some("www"), values: &[] }],
//!     headers: &[],
//!     schemes: &[d::Scheme { name: "basicAuth", kind: d::SchemeKind::Basic }],
//!     requirements: &[d::Requirement {
//!         alternatives: &[&[d::RequiredScheme { scheme: 0, scopes: &[] }]],
//!         optional: false,
//!         allow_header_conflict: false,
//!     }],
//! };
//! # let _ = evergrant_sdk::Settings::new(&API);
//! ```

use evergrant::GrantKind;
use evergrant::client_auth::ClientAuthMethod;

/// The metadata of an API, which the generator creates from the OpenAPI description.
#[derive(Debug)]
pub struct Api {
    /// The name of the API. The name and the version form the `User-Agent` header of the client: `bookstore/1.0.0`.
    pub name: &'static str,
    /// The version of the API.
    pub version: &'static str,
    /// The names of the API's environments, such as `Production` and `Sandbox`. The first environment is the default.
    /// The list is never empty.
    pub environments: &'static [&'static str],
    /// The servers of the API. The first server is the default, and its role is [`Role::Api`]. The list is never empty.
    pub servers: &'static [Server],
    /// The variables in the URLs of the servers.
    pub variables: &'static [Variable],
    /// The headers that are sent with every call. The application sets their values with
    /// [`Settings::described_header`](crate::Settings::described_header).
    pub headers: &'static [Header],
    /// The security schemes of the API. A [`RequiredScheme`] refers to a scheme by its index in this list.
    pub schemes: &'static [Scheme],
    /// The distinct security requirements of the operations. An [`Operation`] refers to its requirement by its index in
    /// this list.
    pub requirements: &'static [Requirement],
}

/// A server of the API, with one URL for each environment.
#[derive(Debug)]
pub struct Server {
    /// The name of the server in the API description. The token and authorization URLs of OAuth schemes refer to the
    /// server by this name, as in `{auth server}/token`.
    pub name: &'static str,
    /// The name of the builder method that sets the URL of this server, such as `base_url`. Error messages contain this
    /// name.
    pub setter: &'static str,
    /// Whether the server receives calls, or only has endpoints of an authorization server.
    pub role: Role,
    /// The URL of the server in each environment, in the order of [`Api::environments`], with `{variable}`
    /// placeholders. `None` means that the application must set the URL.
    pub urls: &'static [Option<&'static str>],
}

/// The role of a server. The role determines whether the server receives the credentials of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The server receives calls and their credentials.
    Api,
    /// The server only has endpoints of an authorization server, such as the token endpoint. The server receives no
    /// calls, and a call that is redirected to this server is sent without credentials.
    Authorization,
}

/// A variable in the URLs of servers.
#[derive(Debug)]
pub struct Variable {
    /// The name of the variable, as written inside the braces of a URL.
    pub name: &'static str,
    /// The value of the variable if the application sets none. `None` means that the application must set a value.
    pub default: Option<&'static str>,
    /// The allowed values of the variable. An empty list allows every value.
    pub values: &'static [&'static str],
}

/// A header that the API description requires for every call, such as an API version. The application sets its value.
#[derive(Debug)]
pub struct Header {
    /// The name of the header, which is case-insensitive.
    pub name: &'static str,
}

/// A security scheme of the API, as the OpenAPI description defines it.
#[derive(Debug)]
pub struct Scheme {
    /// The name of the scheme in the OpenAPI description. Error messages contain this name.
    pub name: &'static str,
    /// The kind of the security scheme, such as an API key or OAuth, with the parameters of this kind.
    pub kind: SchemeKind,
}

/// The kind of a security scheme, such as HTTP Basic, API keys or OAuth.
#[derive(Debug)]
pub enum SchemeKind {
    /// HTTP Basic authentication with a user name and a password (RFC 7617).
    Basic,
    /// A fixed bearer token (RFC 6750), which the client does not renew.
    Bearer,
    /// One or more API keys that form one credential.
    Keys(&'static [Key]),
    /// A session token from a login operation of the API. The API invalidates the token after a time without calls. The
    /// header contains only the token, without a prefix such as `Bearer`.
    Session {
        /// The name of the header that contains the session token. It is case-insensitive.
        header: &'static str,
    },
    /// Tokens from an OAuth 2.0 authorization server.
    OAuth(OAuth),
}

/// One API key of a security scheme: the name of the header, query parameter or cookie that contains the key.
#[derive(Debug)]
pub struct Key {
    /// The name of the header, query parameter or cookie that contains the key.
    pub name: &'static str,
    /// The location of the API key in a request.
    pub location: Location,
}

/// The location of an API key in a request: a header, the query or a cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// The key is sent in the query of the URL.
    Query,
    /// The key is sent in a header.
    Header,
    /// The key is sent in a cookie.
    Cookie,
}

/// The metadata of an OAuth 2.0 or OpenID Connect security scheme, as the OpenAPI description defines it.
#[derive(Debug)]
pub struct OAuth {
    /// The client authentication method (RFC 6749 section 2.3) for clients with a secret. It applies unless the
    /// application sets another one. The credentials of a public client always use [`ClientAuthMethod::None`].
    pub client_auth: ClientAuthMethod,
    /// The names and values of additional parameters in token requests, including `audience` and `resource`.
    pub params: &'static [(&'static str, &'static str)],
    /// The issuer of an OpenID Connect scheme, whose metadata contains the URLs of the endpoints. `None` if
    /// [`flows`](Self::flows) contain these URLs.
    pub issuer: Option<&'static str>,
    /// The grants that the scheme offers, each with its endpoints.
    pub flows: &'static [Flow],
}

/// A grant that an OAuth scheme offers, with its endpoints.
#[derive(Debug)]
pub struct Flow {
    /// The OAuth grant, such as client credentials.
    pub grant: GrantKind,
    /// The URL of the token endpoint. It is written in one of three ways: as an absolute URL; as a server name in
    /// braces with a path, such as `{auth server}/token` (`{default}` is the first server of the API); or as a path at
    /// the origin of the first server. `None` if the metadata of the [issuer](OAuth::issuer) contains the URL.
    pub token_url: Option<&'static str>,
    /// The URL of the authorization endpoint, written in one of the ways of [`token_url`](Self::token_url). `None` if
    /// the grant does not use this endpoint, or if the metadata of the issuer contains the URL.
    pub authorization_url: Option<&'static str>,
}

/// The security requirement of an operation: a list of alternatives, one of which a call must satisfy.
#[derive(Debug)]
pub struct Requirement {
    /// The alternatives, each a list of schemes. A call satisfies an alternative if it has the credentials of all
    /// schemes in that list.
    pub alternatives: &'static [&'static [RequiredScheme]],
    /// Whether a call is sent without credentials if no alternative has all of its credentials configured.
    pub optional: bool,
    /// Whether several schemes of one alternative may write to the same header, query parameter or cookie. If they do,
    /// only the credentials of the scheme that the alternative lists last are sent.
    pub allow_header_conflict: bool,
}

/// One security scheme that an alternative of a [`Requirement`] requires, with the required scopes.
#[derive(Debug)]
pub struct RequiredScheme {
    /// The index of the security scheme in [`Api::schemes`].
    pub scheme: usize,
    /// The OAuth scopes that the operation requires from this scheme.
    pub scopes: &'static [&'static str],
}

/// An operation of the API: an HTTP method and a path.
#[derive(Debug)]
pub struct Operation {
    /// The id of the operation (`operationId`) in the OpenAPI description.
    pub id: &'static str,
    /// The HTTP method of the operation, such as `GET`.
    pub method: &'static str,
    /// The path of the operation, relative to the server's URL, with `{parameter}` placeholders.
    pub path: &'static str,
    /// The index of the operation's server in [`Api::servers`].
    pub server: usize,
    /// The index of the operation's security requirement in [`Api::requirements`].
    pub requirement: usize,
    /// The value of the `Accept` header of requests to this operation. If the string is empty, the header is not sent.
    pub accept: &'static str,
}
