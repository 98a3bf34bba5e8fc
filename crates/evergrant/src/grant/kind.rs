//! The kinds of grants, for OpenAPI documents that list the grants of an authorization server.

/// The kind of a grant (RFC 6749 section 1.3), for OpenAPI documents that list the grants of an authorization server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GrantKind {
    /// The program acts on its own behalf (RFC 6749 section 4.4).
    ClientCredentials,
    /// The program has the user's name and password (RFC 6749 section 4.3).
    Password,
    /// A user signs in with the authorization server (RFC 6749 section 4.1).
    AuthorizationCode,
}
