//! Merges the flags of clients with a key or an assertion into the settings.

use evergrant_profile::{AuthMethod, Settings};

use crate::arguments::AssertionArgs;

/// Merges the flags, and returns the client authentication method; `None` for the default. A credential by flag
/// replaces those of the profile.
pub(super) fn merge(
    settings: &mut Settings,
    method: Option<AuthMethod>,
    args: AssertionArgs,
    has_secret_by_flag: bool,
) -> Option<AuthMethod> {
    let has_assertion_by_flag = args.key_file.is_some() || args.assertion_file.is_some();
    let assertion = &mut settings.assertion;
    let replaces_profile =
        has_assertion_by_flag || has_secret_by_flag || method.is_some_and(|method| method != AuthMethod::PrivateKeyJwt);
    if replaces_profile {
        (assertion.key_file, assertion.certificate_file, assertion.key_id) = (None, None, None);
        (assertion.file, assertion.assertion_type, assertion.algorithm) = (None, None, None);
        (assertion.audience, assertion.header_type, assertion.without_client_id) = (None, None, false);
    }
    assertion.key_file = args.key_file.or(assertion.key_file.take());
    assertion.certificate_file = args.certificate_file.or(assertion.certificate_file.take());
    assertion.key_id = args.key_id.or(assertion.key_id.take());
    assertion.algorithm = args.key_algorithm.or(assertion.algorithm.take());
    assertion.file = args.assertion_file.or(assertion.file.take());
    assertion.assertion_type = args.assertion_type.or(assertion.assertion_type.take());
    assertion.audience = args.assertion_audience.or(assertion.audience.take());
    assertion.header_type = args.assertion_header_type.or(assertion.header_type.take());
    assertion.without_client_id |= args.assertion_without_client_id;
    // The profile's method may belong to a credential that a flag has replaced.
    let of_profile = settings.auth.filter(|method| match method {
        AuthMethod::PrivateKeyJwt => !has_secret_by_flag,
        _ => !has_assertion_by_flag,
    });
    let by_credential = settings.assertion.has_credential().then_some(AuthMethod::PrivateKeyJwt);
    method.or(of_profile).or(by_credential)
}
