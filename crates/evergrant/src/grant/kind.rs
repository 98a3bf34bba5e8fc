//! The grants that an OpenAPI description can name.

/// A grant (RFC 6749 section 1.3) that an OpenAPI description can name as a flow of an OAuth scheme. A generated SDK
/// states with it which grants its API supports. To use a grant, start with its type, such as
/// [`ClientCredentials`](crate::ClientCredentials).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GrantKind {
    /// The program acts on its own behalf (RFC 6749 section 4.4).
    ClientCredentials,
    /// The program has the user's name and password (RFC 6749 section 4.3).
    Password,
    /// A user signs in with the authorization server (RFC 6749 section 4.1).
    AuthorizationCode,
}
