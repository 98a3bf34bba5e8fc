//! The names in the metadata of an authorization server: its endpoints and capabilities.

macro_rules! named {
    (
        $(#[$docs:meta])* $type:ident;
        $($(#[$doc:meta])* $variant:ident = $name:literal,)+
    ) => {
        $(#[$docs])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $type {
            $($(#[$doc])* #[doc = concat!("(`", $name, "`).")] $variant,)+
        }

        impl $type {
            /// All variants of this enum, in the order of their definition.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Returns the name of the member of the server's metadata (RFC 8414 section 2) that this variant stands
            /// for.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

named! {
    /// An endpoint of an authorization server.
    ///
    /// ```
    /// use evergrant::discovery::Endpoint;
    ///
    /// assert_eq!(Endpoint::Token.name(), "token_endpoint");
    /// ```
    Endpoint;
    /// The token endpoint
    Token = "token_endpoint",
    /// The authorization endpoint, where users sign in
    Authorization = "authorization_endpoint",
    /// The endpoint for pushed authorization requests, RFC 9126
    PushedAuthorization = "pushed_authorization_request_endpoint",
    /// The device authorization endpoint, RFC 8628
    DeviceAuthorization = "device_authorization_endpoint",
    /// The endpoint for revocation, RFC 7009
    Revocation = "revocation_endpoint",
    /// The endpoint for introspection, RFC 7662
    Introspection = "introspection_endpoint",
    /// The endpoint for the registration of clients, RFC 7591
    Registration = "registration_endpoint",
    /// The keys of the server, RFC 7517
    Jwks = "jwks_uri",
    /// The endpoint with claims about a user, OpenID Connect Core
    Userinfo = "userinfo_endpoint",
    /// The endpoint that signs a user out, OpenID Connect RP-Initiated Logout
    EndSession = "end_session_endpoint",
}

named! {
    /// A capability of an authorization server. The metadata of the server can contain a list of the values that it
    /// supports.
    ///
    /// ```
    /// use evergrant::discovery::Capability;
    ///
    /// assert_eq!(Capability::GrantTypes.name(), "grant_types_supported");
    /// ```
    Capability;
    /// Grant types
    GrantTypes = "grant_types_supported",
    /// Client authentication methods of the token endpoint
    ClientAuthMethods = "token_endpoint_auth_methods_supported",
    /// Signature algorithms of client assertions at the token endpoint
    ClientAuthAlgorithms = "token_endpoint_auth_signing_alg_values_supported",
    /// Scopes
    Scopes = "scopes_supported",
    /// Response types of the authorization endpoint
    ResponseTypes = "response_types_supported",
    /// Response modes of the authorization endpoint
    ResponseModes = "response_modes_supported",
    /// PKCE methods, RFC 7636
    CodeChallengeMethods = "code_challenge_methods_supported",
    /// Signature algorithms of DPoP proofs, RFC 9449
    DpopAlgorithms = "dpop_signing_alg_values_supported",
    /// Signature algorithms of ID tokens
    IdTokenAlgorithms = "id_token_signing_alg_values_supported",
    /// Signature algorithms of request objects, RFC 9101
    RequestObjectAlgorithms = "request_object_signing_alg_values_supported",
    /// Client authentication methods of the revocation endpoint
    RevocationAuthMethods = "revocation_endpoint_auth_methods_supported",
    /// Client authentication methods of the introspection endpoint
    IntrospectionAuthMethods = "introspection_endpoint_auth_methods_supported",
}
