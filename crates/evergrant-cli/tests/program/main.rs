//! The program as its users run it: the built binary, its output, its exit codes.
#![expect(clippy::unwrap_used, reason = "a failed expectation fails its test")]

mod browser;
mod cache;
mod call;
mod command_line;
mod connections;
mod demo;
mod endpoint;
mod failures;
mod generate;
mod inspect;
mod login;
mod profile;
mod remote;
mod responses;
mod session;
mod store;
mod support;
mod token;
mod tutorial;
mod user;
