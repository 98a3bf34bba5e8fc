//! Every operation with every set of credentials: the first complete alternative is sent, or the error names the
//! missing schemes.

use emulations::Multiauth;
use evergrant_sdk::evergrant;
use evergrant_testing::RecordedRequest;
use multiauth::{Client, ClientBuilder, Token};

use crate::common::{authorization_error, builder, client_with, last_call, sign_in};
use crate::schemes::{Operation, Scheme, acg};

/// Returns the schemes in a set, in which each bit represents a scheme.
fn schemes(set: usize) -> impl Iterator<Item = Scheme> {
    let bits = Scheme::ALL.into_iter().enumerate();
    bits.filter(move |(bit, _)| set >> bit & 1 == 1)
        .map(|(_, scheme)| scheme)
}

/// Returns a client with only these credentials, whose user has signed in.
fn client(base: &Client, set: usize, user: &Token) -> Client {
    let change = |builder: ClientBuilder| {
        schemes(set).fold(builder, |builder, scheme| match scheme {
            Scheme::Acg => builder.oauth_acg_credentials(acg().token(user.clone())),
            other => other.configure(builder),
        })
    };
    base.with_configuration(change).unwrap()
}

/// Returns the schemes whose credentials a request carries.
fn carried(multiauth: &Multiauth, request: &RecordedRequest) -> Vec<Scheme> {
    let authorization = request.headers.get_all("authorization").iter();
    let authorization: Vec<_> = authorization.map(|value| value.to_str().unwrap()).collect();
    assert!(authorization.len() <= 1);
    let mut carried = Vec::new();
    if let Some(value) = authorization.first() {
        carried.push(match value.strip_prefix("Bearer ") {
            None => Scheme::Basic,
            Some(Multiauth::BEARER_TOKEN) => Scheme::Bearer,
            Some(token) => match multiauth.auth().introspect(token).unwrap().grant_type {
                "client_credentials" => Scheme::Ccg,
                "password" => Scheme::Ropcg,
                _ => Scheme::Acg,
            },
        });
    }
    if request.query.is_some() {
        carried.push(Scheme::Query);
    }
    if request.headers.contains_key("token") || request.headers.contains_key("api-key") {
        carried.push(Scheme::Header);
    }
    if request.headers.contains_key("accesstoken") {
        carried.push(Scheme::Custom);
    }
    carried
}

#[tokio::test]
async fn only_the_first_complete_alternative_is_sent() {
    let multiauth = Multiauth::start();
    let user = sign_in(&multiauth, &client_with(&multiauth, &[Scheme::Acg])).await;
    let base = builder(&multiauth).build().unwrap();
    for set in 0..1 << Scheme::ALL.len() {
        let client = client(&base, set, &user);
        for operation in Operation::ALL {
            let configured = |alternative: &&&[Scheme]| {
                alternative
                    .iter()
                    .all(|it| schemes(set).any(|configured| configured == *it))
            };
            let Some(expected) = operation.alternatives().iter().find(configured) else {
                continue;
            };
            let response = operation.call(&client).await.unwrap();
            assert_eq!(response, "passed");
            // Of two tokens for one header, the one that is listed last is sent.
            let expected: &[Scheme] = match operation {
                Operation::GetUser => &[Scheme::Ropcg],
                _ => expected,
            };
            let carried = carried(&multiauth, &last_call(&multiauth));
            assert_eq!(carried, expected, "{operation:?}");
        }
        multiauth.api().reset_records();
    }
}

#[tokio::test]
async fn without_a_complete_alternative_nothing_is_sent_and_the_error_names_the_missing_schemes() {
    let multiauth = Multiauth::start();
    let user = sign_in(&multiauth, &client_with(&multiauth, &[Scheme::Acg])).await;
    let base = builder(&multiauth).build().unwrap();
    multiauth.auth().reset_records();
    let mut rejected = 0;
    for set in 0..1 << Scheme::ALL.len() {
        let client = client(&base, set, &user);
        let is_missing = |scheme: &&Scheme| schemes(set).all(|configured| configured != **scheme);
        for operation in Operation::ALL {
            let alternatives = operation.alternatives();
            if alternatives
                .iter()
                .any(|alternative| !alternative.iter().any(|it| is_missing(&it)))
            {
                continue;
            }
            let error = authorization_error(operation.call(&client).await.unwrap_err().error);
            let evergrant::Error::RequirementNotMet(unmet) = error else {
                panic!("{error}");
            };
            assert_eq!(unmet.alternatives().len(), alternatives.len());
            for (actual, alternative) in unmet.alternatives().iter().zip(alternatives) {
                let names: Vec<_> = alternative.iter().map(|scheme| scheme.name()).collect();
                let missing: Vec<_> = alternative
                    .iter()
                    .filter(is_missing)
                    .map(|scheme| scheme.name())
                    .collect();
                assert_eq!(actual.schemes(), names);
                assert_eq!(actual.missing(), missing);
            }
            rejected += 1;
        }
    }
    assert!(rejected > 500, "{rejected}");
    assert!(multiauth.api_requests().is_empty() && multiauth.auth_requests().is_empty());
}
