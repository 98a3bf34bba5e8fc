//! Types for the description of an API. Generated crates contain a description as `static` data.
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
//!     variables: &[d::Variable { name: "tenant", default: "www", values: &[] }],
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
use http::Method;

/// The description of an API.
#[derive(Debug)]
pub struct Api {
    /// The name of the API. The name and the version form the `User-Agent` of the client: `bookstore/1.0.0`.
    pub name: &'static str,
    /// The version of the API.
    pub version: &'static str,
    /// The names of the environments. The first environment is the default. The list is never empty.
    pub environments: &'static [&'static str],
    /// The servers of the API. The first server is the default, and its role is [`Role::Api`]. The list is never empty.
    pub servers: &'static [Server],
    /// The variables in the server URLs.
    pub variables: &'static [Variable],
    /// The headers that are sent with every call. The settings of the client contain their values.
    pub headers: &'static [Header],
    /// The security schemes, which the requirements refer to by index.
    pub schemes: &'static [Scheme],
    /// The distinct security requirements of the operations, which refer to them by index.
    pub requirements: &'static [Requirement],
}

/// A server of the API: one URL for each environment.
#[derive(Debug)]
pub struct Server {
    /// The name of the server. URLs of schemes refer to the server by this name, as in `{auth server}/token`.
    pub name: &'static str,
    /// The name of the builder method that sets the URL of this server, such as `base_url`. Error messages contain this
    /// name.
    pub setter: &'static str,
    /// Whether the server receives calls, or only has endpoints of security schemes.
    pub role: Role,
    /// The URL of the server in each environment, with `{variable}` placeholders. `None` means that the application
    /// must set the URL.
    pub urls: &'static [Option<&'static str>],
}

/// The role of a server, which determines whether it receives credentials of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The server receives calls and their credentials.
    Api,
    /// The server only has endpoints of security schemes. The server receives no calls, and a redirect to this server
    /// does not include credentials.
    Authorization,
}

/// A variable in server URLs.
#[derive(Debug)]
pub struct Variable {
    /// The name of the variable, as written inside the braces of a URL.
    pub name: &'static str,
    /// The value that is used if the application sets none.
    pub default: &'static str,
    /// The allowed values of the variable. An empty list allows every value.
    pub values: &'static [&'static str],
}

/// A header that is sent with every call.
#[derive(Debug)]
pub struct Header {
    /// The name of the header, which is case-insensitive.
    pub name: &'static str,
}

/// A security scheme.
#[derive(Debug)]
pub struct Scheme {
    /// The name of the scheme in the description. Error messages contain this name.
    pub name: &'static str,
    /// The kind of the scheme, with its parameters.
    pub kind: SchemeKind,
}

/// The kind of a security scheme.
#[derive(Debug)]
pub enum SchemeKind {
    /// HTTP Basic authentication with a user name and a password (RFC 7617).
    Basic,
    /// A fixed bearer token (RFC 6750), which the client does not renew.
    Bearer,
    /// One or more API keys that form one credential.
    Keys(&'static [Key]),
    /// A session token from a login operation. The API invalidates the token after a time without calls. The header
    /// contains the token without a prefix.
    Session {
        /// The header name. It is case-insensitive.
        header: &'static str,
    },
    /// Tokens from an OAuth 2.0 authorization server.
    OAuth(OAuth),
}

/// An API key.
#[derive(Debug)]
pub struct Key {
    /// The name of the header, query parameter or cookie that contains the key.
    pub name: &'static str,
    /// The location of the key in the request.
    pub location: Location,
}

/// The location of an API key in the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// The key is sent in the query of the URL.
    Query,
    /// The key is sent in a header.
    Header,
    /// The key is sent in a cookie.
    Cookie,
}

/// The description of an OAuth scheme.
#[derive(Debug)]
pub struct OAuth {
    /// The client authentication method, unless the application sets another one. Credentials of public clients have
    /// separate constructors and always use [`ClientAuthMethod::None`].
    pub client_auth: ClientAuthMethod,
    /// Additional parameters of token requests, including `audience` and `resource`.
    pub params: &'static [(&'static str, &'static str)],
    /// The grants that the scheme offers.
    pub flows: &'static [Flow],
}

/// A grant of an OAuth scheme.
#[derive(Debug)]
pub struct Flow {
    /// The kind of the grant.
    pub grant: GrantKind,
    /// The URL of the token endpoint. It has one of three forms: an absolute URL, a URL that starts with a server name
    /// in braces (`{default}` is the first server), or a path at the origin of the first server.
    pub token_url: &'static str,
    /// The URL of the authorization endpoint, in one of the forms of [`token_url`](Self::token_url). `None` if the
    /// grant does not use it.
    pub authorization_url: Option<&'static str>,
}

/// The security requirement of an operation: a call needs the credentials of one of several alternatives.
#[derive(Debug)]
pub struct Requirement {
    /// The alternatives. A call satisfies an alternative with the credentials of all schemes of this alternative.
    pub alternatives: &'static [&'static [RequiredScheme]],
    /// Whether a call is sent without credentials if no alternative has credentials.
    pub optional: bool,
    /// Whether schemes of one alternative may write to the same header, query parameter or cookie. If they do, only the
    /// scheme that is listed last is sent.
    pub allow_header_conflict: bool,
}

/// One scheme that an alternative requires, with the required scopes.
#[derive(Debug)]
pub struct RequiredScheme {
    /// The index of the scheme in [`Api::schemes`].
    pub scheme: usize,
    /// The scopes that the operation requires.
    pub scopes: &'static [&'static str],
}

/// An operation of the API: a method and a path.
#[derive(Debug)]
pub struct Operation {
    /// The id of the operation in the description.
    pub id: &'static str,
    /// The HTTP method of the operation.
    pub method: Method,
    /// The path of the operation, relative to the server's URL, with `{parameter}` placeholders.
    pub path: &'static str,
    /// The index of the operation's server in [`Api::servers`].
    pub server: usize,
    /// The index of the operation's security requirement in [`Api::requirements`].
    pub requirement: usize,
    /// The value of the `Accept` header. An empty string means that the header is not sent.
    pub accept: &'static str,
}
