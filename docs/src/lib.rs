//! Compiles every block of Rust in the guides: `cargo test --doc`. The tutorial's blocks are files of a generated SDK;
//! a test of `evergrant-cli` follows the tutorial, and compiles and runs them.
#![cfg(doctest)]

#[doc = include_str!("../from-reqwest.md")]
struct FromReqwest;

#[doc = include_str!("../from-the-oauth2-crate.md")]
struct FromTheOauth2Crate;

#[doc = include_str!("../from-go-x-oauth2.md")]
struct FromGoXOauth2;

#[doc = include_str!("../from-generated-sdks.md")]
struct FromGeneratedSdks;

#[doc = include_str!("../one-token-for-the-fleet.md")]
struct OneTokenForTheFleet;

#[doc = include_str!("../clients-without-passwords.md")]
struct ClientsWithoutPasswords;

#[doc = include_str!("../issuers.md")]
struct Issuers;

#[doc = include_str!("../web-applications.md")]
struct WebApplications;

#[doc = include_str!("../servers-that-differ.md")]
struct NonStandardServers;

#[doc = include_str!("../assertions-and-token-exchange.md")]
struct AssertionsAndTokenExchange;
