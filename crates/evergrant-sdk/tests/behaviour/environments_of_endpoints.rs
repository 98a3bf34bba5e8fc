//! Endpoints on the host of one environment: no secret is sent there from another one. And server variables without a
//! value.

use evergrant_sdk::metadata as d;
use evergrant_sdk::{BuildError, ClientAuthMethod, ClientCredentials, GrantKind, OAuthCredentials, Settings};

static API: d::Api = d::Api {
    name: "parcels",
    version: "1.0.0",
    environments: &["Sandbox", "Live"],
    servers: &[
        d::Server {
            name: "default",
            setter: "base_url",
            role: d::Role::Api,
            urls: &[
                Some("https://sandbox.example.com/api"),
                Some("https://{region}.example.com/api"),
            ],
        },
        d::Server {
            name: "files",
            setter: "files_url",
            role: d::Role::Api,
            urls: &[Some("https://{tenant}.files.example"), None],
        },
    ],
    variables: &[
        d::Variable {
            name: "region",
            default: Some("eu"),
            values: &["eu", "us"],
        },
        d::Variable {
            name: "tenant",
            default: None,
            values: &[],
        },
    ],
    headers: &[],
    schemes: &[
        scheme(&[flow("https://Sandbox.example.com:443/oauth/token")]),
        scheme(&[flow("https://auth.example.com/token")]),
        scheme(&[flow("https://us.example.com/token")]),
    ],
    requirements: &[],
};

const fn scheme(flows: &'static [d::Flow]) -> d::Scheme {
    d::Scheme {
        name: "oauth",
        kind: d::SchemeKind::OAuth(d::OAuth {
            client_auth: ClientAuthMethod::Basic,
            params: &[],
            issuer: None,
            flows,
        }),
    }
}

const fn flow(token_url: &'static str) -> d::Flow {
    d::Flow {
        grant: GrantKind::ClientCredentials,
        token_url: Some(token_url),
        authorization_url: None,
    }
}

#[derive(Debug)]
enum Marker {}

type Credentials = OAuthCredentials<ClientCredentials, Marker>;

fn credentials() -> Credentials {
    Credentials::new("client-id", "not-a-real-secret")
}

fn endpoint(scheme: usize, credentials: Credentials, change: impl FnOnce(&mut Settings)) -> Result<String, BuildError> {
    let mut settings = Settings::new(&API);
    settings.oauth(scheme, credentials);
    change(&mut settings);
    let core = settings.build()?;
    Ok(core.manager(scheme).unwrap().client().endpoint().to_owned())
}

#[test]
fn a_described_endpoint_of_another_environment_is_rejected() {
    assert!(endpoint(0, credentials(), |_| {}).is_ok());
    let error = endpoint(0, credentials(), |settings| settings.environment(1)).unwrap_err();
    let message = error.to_string();
    assert!(
        message.starts_with("token_url cannot be used: ") && message.contains("Sandbox"),
        "{message}"
    );
    // The application's own URL is its decision.
    let own = credentials().token_url("https://sandbox.example.com/oauth/token");
    assert!(endpoint(0, own, |settings| settings.environment(1)).is_ok());
    // A host of no environment serves all of them.
    assert!(endpoint(1, credentials(), |settings| settings.environment(1)).is_ok());
}

#[test]
fn the_values_of_a_variable_are_environments_too() {
    let live = |region: &'static str| {
        move |settings: &mut Settings| {
            settings.environment(1);
            settings.variable(0, region);
        }
    };
    assert!(endpoint(2, credentials(), live("us")).is_ok());
    assert!(endpoint(2, credentials(), live("eu")).is_err());
}

#[test]
fn an_own_base_url_keeps_the_endpoint_of_its_environment() {
    let proxy = |settings: &mut Settings| settings.server(0, "https://proxy.example");
    assert!(endpoint(0, credentials(), proxy).is_ok());
    let live_proxy = |settings: &mut Settings| {
        settings.environment(1);
        settings.server(0, "https://proxy.example");
    };
    assert!(endpoint(0, credentials(), live_proxy).is_err());
}

#[test]
fn a_variable_without_a_value_must_be_set() {
    static TENANTS: d::Api = d::Api {
        name: "tenants",
        version: "1.0.0",
        environments: &["Production"],
        servers: &[d::Server {
            name: "default",
            setter: "base_url",
            role: d::Role::Api,
            urls: &[Some("https://{tenant}.example.com")],
        }],
        variables: &[d::Variable {
            name: "tenant",
            default: None,
            values: &[],
        }],
        headers: &[],
        schemes: &[],
        requirements: &[],
    };
    let url = |change: fn(&mut Settings)| {
        let mut settings = Settings::new(&TENANTS);
        change(&mut settings);
        settings.build().map(|core| core.server_url(0).unwrap().to_owned())
    };
    let message = url(|_| {}).unwrap_err().to_string();
    assert!(
        message.starts_with("tenant cannot be used: the description has no value"),
        "{message}"
    );
    assert_eq!(
        url(|settings| settings.variable(0, "shop")).unwrap(),
        "https://shop.example.com"
    );
    assert_eq!(
        url(|settings| settings.server(0, "https://own.example")).unwrap(),
        "https://own.example"
    );
}
