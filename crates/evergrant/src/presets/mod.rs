//! Settings for known providers. Each preset follows the provider's documentation. It has been tested with a test
//! server, against requests that were written by hand from this documentation, and not with the real provider.
//!
//! | Provider | Preset |
//! |---|---|
//! | Google Cloud, workload identity federation | [`google::external_account`], [`google::ServiceAccountImpersonation`] |
//! | GitHub Actions | [`AssertionUrl::github_actions`](crate::assertion::AssertionUrl::github_actions) |
//! | Kubernetes, with any authorization server | [`ClientAssertion::from_file`](crate::client_auth::ClientAssertion::from_file) with the path of a projected token |
//! | Microsoft Entra, workload identity | [`entra::workload_identity`] |
//! | SPIFFE | [`spiffe::jwt_svid`] |

pub mod entra;
pub mod google;
pub mod spiffe;
