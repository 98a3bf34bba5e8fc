//! Compiles every block of Rust in the guides: `cargo test --doc`. The tutorial's blocks are files of a generated SDK;
//! a test of `evergrant-cli` follows the tutorial, and compiles and runs them.
#![cfg(doctest)]

#[doc = include_str!("../migrating-from-reqwest.md")]
struct FromReqwest;

#[doc = include_str!("../migrating-from-the-oauth2-crate.md")]
struct FromTheOauth2Crate;

#[doc = include_str!("../migrating-from-go-x-oauth2.md")]
struct FromGoXOauth2;

#[doc = include_str!("../migrating-from-generated-sdks.md")]
struct FromGeneratedSdks;

#[doc = include_str!("../sharing-one-token-among-processes.md")]
struct OneTokenForTheFleet;

#[doc = include_str!("../client-authentication-without-passwords.md")]
struct ClientsWithoutPasswords;

#[doc = include_str!("../tokens-bound-to-a-key.md")]
struct TokensBoundToAKey;

#[doc = include_str!("../issuers-and-endpoint-discovery.md")]
struct Issuers;

#[doc = include_str!("../signing-users-in-to-web-applications.md")]
struct WebApplications;

#[doc = include_str!("../nonstandard-authorization-servers.md")]
struct NonStandardServers;

#[doc = include_str!("../assertions-and-token-exchange.md")]
struct AssertionsAndTokenExchange;

#[doc = include_str!("../sign-in-and-sign-out.md")]
struct SignInAndSignOut;
