//! What a generated crate says about its API: all of it `static`, so that the rest is ordinary code that reads it.
//!
//! ```
//! use evergrant_sdk::describe as d;
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
//!         alternatives: &[&[d::Need { scheme: 0, scopes: &[] }]],
//!         optional: false,
//!         allow_header_conflict: false,
//!     }],
//! };
//! # let _ = evergrant_sdk::Settings::new(&API);
//! ```

use http::Method;

/// An API.
#[derive(Debug)]
pub struct Api {
    /// Its name; with the version, the `User-Agent` of its clients: `bookstore/1.0.0`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// The names of its environments, the default one first; never empty.
    pub environments: &'static [&'static str],
    /// Its servers, the default one first, which is one of the API; never empty.
    pub servers: &'static [Server],
    /// The variables of the servers' URLs.
    pub variables: &'static [Variable],
    /// Headers of every call, whose values are set on the client.
    pub headers: &'static [Header],
    /// Its security schemes.
    pub schemes: &'static [Scheme],
    /// What its operations ask for, each distinct requirement once.
    pub requirements: &'static [Requirement],
}

/// A server.
#[derive(Debug)]
pub struct Server {
    /// The name by which scheme URLs refer to it, as in `{auth server}/token`.
    pub name: &'static str,
    /// The method of the client's builder that sets its URL, such as `base_url`; errors call it by that.
    pub setter: &'static str,
    /// What it is there for.
    pub role: Role,
    /// A URL for each environment, with `{variable}`s; `None` where the application has to give it.
    pub urls: &'static [Option<&'static str>],
}

/// What a server is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Operations go there, and so do their credentials.
    Api,
    /// Only endpoints of schemes are there: calls do not go there, and a redirect to it takes no credentials along.
    Authorization,
}

/// A variable of servers' URLs.
#[derive(Debug)]
pub struct Variable {
    /// The name in braces.
    pub name: &'static str,
    /// The value unless another is set.
    pub default: &'static str,
    /// All values that there are; empty for any text.
    pub values: &'static [&'static str],
}

/// A header of every call.
#[derive(Debug)]
pub struct Header {
    /// The header's name, in any case.
    pub name: &'static str,
}

/// A security scheme.
#[derive(Debug)]
pub struct Scheme {
    /// The name in the description, by which errors call it.
    pub name: &'static str,
    /// Which kind it is.
    pub kind: SchemeKind,
}

/// The kinds of schemes.
#[derive(Debug)]
pub enum SchemeKind {
    /// A user and a password (RFC 7617).
    Basic,
    /// A token that the application manages by itself (RFC 6750).
    Bearer,
    /// One or more keys that are one credential.
    Keys(&'static [Key]),
    /// A key that a login operation gives, until it has idled out; the header carries it as it is.
    Session {
        /// The header's name, in any case.
        header: &'static str,
    },
    /// Tokens of an authorization server.
    OAuth(OAuth),
}

/// A key.
#[derive(Debug)]
pub struct Key {
    /// The name of the header, the query key or the cookie.
    pub name: &'static str,
    /// Where it is sent.
    pub place: Place,
}

/// Where a key is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the URL's query.
    Query,
    /// In a header.
    Header,
    /// In a cookie.
    Cookie,
}

/// What is known of an OAuth scheme.
#[derive(Debug)]
pub struct OAuth {
    /// How clients prove who they are, unless the application says otherwise.
    pub client_auth: ClientAuth,
    /// Further parameters of token requests, `audience` and `resource` included.
    pub params: &'static [(&'static str, &'static str)],
    /// Its grants.
    pub flows: &'static [Flow],
}

/// How a client proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    /// `client_secret_basic`, percent-encoded (RFC 6749 section 2.3.1).
    Basic,
    /// `client_secret_basic` without the percent-encoding.
    BasicRaw,
    /// `client_secret_post`.
    Post,
}

/// A grant on offer.
#[derive(Debug)]
pub struct Flow {
    /// Which one.
    pub grant: Grant,
    /// The token endpoint: a whole URL, one that starts with a server's name in braces (`{default}` is the first server), or a path at the
    /// first server's origin.
    pub token_url: &'static str,
    /// The authorization endpoint, likewise.
    pub authorization_url: Option<&'static str>,
}

/// The grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// RFC 6749 section 4.4.
    ClientCredentials,
    /// RFC 6749 section 4.3.
    Password,
    /// RFC 6749 section 4.1.
    AuthorizationCode,
}

/// Which credentials a call needs: any of several alternatives.
#[derive(Debug)]
pub struct Requirement {
    /// Each of them all of several schemes.
    pub alternatives: &'static [&'static [Need]],
    /// Whether the call is sent without credentials when none is configured.
    pub optional: bool,
    /// Whether schemes of one alternative may write the same place: the last listed is sent.
    pub allow_header_conflict: bool,
}

/// One scheme of an alternative.
#[derive(Debug)]
pub struct Need {
    /// Its index among the API's schemes.
    pub scheme: usize,
    /// The scopes that the operations need.
    pub scopes: &'static [&'static str],
}

/// An operation.
#[derive(Debug)]
pub struct Operation {
    /// Its id in the description.
    pub id: &'static str,
    /// Its method.
    pub method: Method,
    /// Its path below the server's URL, with `{parameter}`s.
    pub path: &'static str,
    /// The index of its server.
    pub server: usize,
    /// The index of what it asks for.
    pub requirement: usize,
    /// The `Accept` header; empty for none.
    pub accept: &'static str,
}
