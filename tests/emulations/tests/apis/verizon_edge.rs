//! The Verizon 5G Edge emulation: scopes, sessions, and the state of the API.

use crate::http_requests::{get, json_response, post, put, request, status, token};
use emulations::VerizonEdge;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

const CLIENT: (&str, &str) = (VerizonEdge::CLIENT_ID, VerizonEdge::CLIENT_SECRET);

fn session(request: RequestBuilder) -> RequestBuilder {
    request.header("VZ-M2M-Token", VerizonEdge::VZ_M2M_TOKEN)
}

fn endpoint() -> Value {
    json!([{
        "ern": "ern:example:zone-1",
        "serviceEndpoint": {"FQDN": "app.example", "port": 443},
        "applicationServerProviderId": "example-provider",
        "applicationId": "example-app",
    }])
}

/// Returns the operations of the edge, with their scope and success status.
fn operations(verizon: &VerizonEdge, id: &str) -> Vec<(&'static str, u16, RequestBuilder)> {
    let url = |path: &str| verizon.edge_url() + path;
    let profile = json!({"clientType": "V2X", "maxLatencyMs": 20});
    let (profiles, one) = (url("/serviceprofiles"), url(&format!("/serviceprofiles/{id}")));
    vec![
        ("discovery:read", 200, get(url("/regions"))),
        (
            "discovery:read",
            200,
            get(url("/mecplatforms")).query(&[("region", VerizonEdge::REGION)]),
        ),
        ("serviceprofile:write", 201, post(profiles.clone(), &profile)),
        ("serviceprofile:read", 200, get(profiles)),
        ("serviceprofile:read", 200, get(one.clone())),
        ("serviceprofile:write", 200, put(one.clone(), &profile)),
        ("serviceprofile:write", 200, request(Method::DELETE, one)),
        (
            "serviceregistry:write",
            201,
            post(url("/serviceendpoints"), &endpoint()),
        ),
        ("serviceregistry:read", 200, get(url("/serviceendpoints"))),
    ]
}

async fn profile_id(verizon: &VerizonEdge) -> String {
    let bearer = verizon.auth().issue_token(CLIENT.0, &["serviceprofile:write"]);
    let create = post(verizon.edge_url() + "/serviceprofiles", &json!({"clientType": "IoT"}));
    let (_, body) = json_response(session(create.bearer_auth(bearer))).await;
    body["serviceProfileId"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn edge_operations_accept_their_scope_or_a_wider_one() {
    let verizon = VerizonEdge::start();
    for index in 0..operations(&verizon, "").len() {
        let (scope, ..) = operations(&verizon, "")[index];
        for scope in [scope, "ts.mec.fullaccess"] {
            let id = profile_id(&verizon).await;
            let (_, expected, request) = operations(&verizon, &id).swap_remove(index);
            let bearer = token(verizon.token_url(), CLIENT, scope).await;
            let (status, body) = json_response(session(request.bearer_auth(bearer))).await;
            assert_eq!(
                (status, &body["status"]),
                (expected, &"success".into()),
                "{index} with {scope}"
            );
        }
    }
}

#[tokio::test]
async fn edge_operations_reject_wrong_credentials() {
    let verizon = VerizonEdge::start();
    let id = profile_id(&verizon).await;
    for index in 0..operations(&verizon, "").len() {
        let request = || operations(&verizon, &id).swap_remove(index).2;
        let (scope, ..) = operations(&verizon, &id)[index];
        let right = || verizon.auth().issue_token(CLIENT.0, &[scope]);
        let others: Vec<_> = VerizonEdge::SCOPES
            .into_iter()
            .filter(|other| *other != scope && !other.starts_with("ts.mec"))
            .collect();
        let other = verizon.auth().issue_token(CLIENT.0, &others);
        for (request, expected, kind) in [
            (session(request()), 401, "UNAUTHORIZED"),
            (session(request().bearer_auth("made-up")), 401, "UNAUTHORIZED"),
            (request().bearer_auth(right()), 401, "UNAUTHORIZED"),
            (
                request().bearer_auth(right()).header("VZ-M2M-Token", "made-up"),
                401,
                "UNAUTHORIZED",
            ),
            (session(request().bearer_auth(other)), 403, "FORBIDDEN"),
        ] {
            let (status, body) = json_response(request).await;
            assert_eq!((status, &body["status"]), (expected, &kind.into()), "{index}");
            assert!(body["message"].is_string() && (status != 403 || body["data"] == scope));
        }
    }
    let limited = verizon.auth().issue_token(CLIENT.0, &["ts.mec.limitaccess"]);
    for (expected, path) in [(200, "/regions"), (403, "/serviceprofiles"), (403, "/serviceendpoints")] {
        let request = get(verizon.edge_url() + path).bearer_auth(&limited);
        assert_eq!(status(session(request)).await, expected, "{path}");
    }
}

#[tokio::test]
async fn service_profiles_are_created_read_replaced_and_deleted() {
    let verizon = VerizonEdge::start();
    let bearer = verizon.auth().issue_token(CLIENT.0, &["ts.mec.fullaccess"]);
    let send = |request: RequestBuilder| json_response(session(request.bearer_auth(&bearer)));
    let all = verizon.edge_url() + "/serviceprofiles";
    let (first, second) = (profile_id(&verizon).await, profile_id(&verizon).await);
    assert_eq!(send(get(all.clone())).await.1["data"], json!([first, second]));
    let one = format!("{all}/{first}");
    assert_eq!(send(get(one.clone())).await.1["data"], json!({"clientType": "IoT"}));
    assert_eq!(
        send(put(one.clone(), &json!({"clientType": "AR"}))).await.1["serviceProfileId"],
        first
    );
    assert_eq!(send(get(one.clone())).await.1["data"], json!({"clientType": "AR"}));
    assert_eq!(send(request(Method::DELETE, one.clone())).await.0, 200);
    for request in [
        get(one.clone()),
        put(one.clone(), &json!({"clientType": "AR"})),
        request(Method::DELETE, one),
    ] {
        let (status, body) = send(request).await;
        assert_eq!(
            (status, &body["status"], &body["data"]),
            (404, &"NOT_FOUND".into(), &json!(first))
        );
    }
    for wrong in [json!({}), json!({"clientType": "Toaster"}), json!([])] {
        let (status, body) = send(post(all.clone(), &wrong)).await;
        assert_eq!((status, &body["status"]), (400, &"BAD_REQUEST".into()), "{wrong}");
    }
    assert_eq!(
        send(request(Method::POST, all).body("{}")).await.0,
        400,
        "no content type"
    );
}

#[tokio::test]
async fn parameters_of_platforms_are_validated() {
    let verizon = VerizonEdge::start();
    let bearer = verizon.auth().issue_token(CLIENT.0, &["discovery:read"]);
    let id = profile_id(&verizon).await;
    let platforms = |query: &[(&str, &str)]| {
        let request = get(verizon.edge_url() + "/mecplatforms")
            .query(query)
            .bearer_auth(&bearer);
        json_response(session(request))
    };
    let device = [
        ("UEIdentityType", "IPAddress"),
        ("UEIdentity", "192.0.2.7"),
        ("subscriberDensity", "10"),
    ];
    let (status, body) = platforms(&device).await;
    assert_eq!((status, body["mecPlatforms"].as_array().unwrap().len()), (200, 2));
    assert_eq!(platforms(&[("serviceProfileId", &id)]).await.0, 200);
    assert_eq!(platforms(&[("region", "nowhere")]).await.1["mecPlatforms"], json!([]));
    assert_eq!(platforms(&[("serviceProfileId", "sp-9999")]).await.0, 404);
    for wrong in [&[][..], &device[..1], &[("subscriberDensity", "0")]] {
        assert_eq!(platforms(wrong).await.0, 400, "{wrong:?}");
    }
}

#[tokio::test]
async fn endpoints_are_registered_and_listed_with_their_id() {
    let verizon = VerizonEdge::start();
    let bearer = verizon
        .auth()
        .issue_token(CLIENT.0, &["serviceregistry:read", "serviceregistry:write"]);
    let url = verizon.edge_url() + "/serviceendpoints";
    let send = |request: RequestBuilder| json_response(session(request.bearer_auth(&bearer)));
    let (_, body) = send(post(url.clone(), &endpoint())).await;
    let listed = send(get(url.clone())).await.1;
    assert_eq!(listed["data"][0]["serviceEndpointsId"], body["serviceEndpointsId"]);
    assert_eq!(listed["data"][0]["applicationId"], "example-app");
    for wrong in [json!([]), json!({}), json!([{"ern": "x"}])] {
        assert_eq!(send(post(url.clone(), &wrong)).await.0, 400, "{wrong}");
    }
}

#[tokio::test]
async fn m2m_operations_require_a_token_and_a_session() {
    let verizon = VerizonEdge::start();
    let m2m = |path: &str| verizon.thingspace_url() + "/m2m/v1" + path;
    let bearer = token(verizon.token_url(), CLIENT, "").await;
    let user = json!({"username": VerizonEdge::USERNAME, "password": VerizonEdge::PASSWORD});
    let login = || post(m2m("/session/login"), &user);
    let session = json_response(login().bearer_auth(&bearer)).await.1["sessionToken"]
        .as_str()
        .unwrap()
        .to_owned();
    let account = || get(m2m("/accounts/") + VerizonEdge::ACCOUNT);
    let devices = || {
        post(
            m2m("/devices/actions/list"),
            &json!({"accountName": VerizonEdge::ACCOUNT}),
        )
    };
    let with = |request: RequestBuilder| json_response(request.bearer_auth(&bearer).header("vz-m2m-token", &session));
    assert_eq!(with(account()).await.1["organizationName"], "Example Inc.");
    assert_eq!(with(devices()).await.1["devices"][0]["deviceIds"][0]["kind"], "imei");

    let wrong = json!({"username": VerizonEdge::USERNAME, "password": "wrong"});
    for (request, expected, code) in [
        (login(), 401, "UNAUTHORIZED.AccessToken"),
        (login().bearer_auth("made-up"), 401, "UNAUTHORIZED.AccessToken"),
        (
            post(m2m("/session/login"), &wrong).bearer_auth(&bearer),
            401,
            "REQUEST_FAILED.UnknownUser",
        ),
        (
            account().header("vz-m2m-token", &session),
            401,
            "UNAUTHORIZED.AccessToken",
        ),
        (
            account().bearer_auth(&bearer),
            401,
            "REQUEST_FAILED.SessionToken.Missing",
        ),
        (
            devices().bearer_auth(&bearer),
            401,
            "REQUEST_FAILED.SessionToken.Missing",
        ),
        (
            devices().header("vz-m2m-token", &session),
            401,
            "UNAUTHORIZED.AccessToken",
        ),
        (
            devices().bearer_auth(&bearer).header("vz-m2m-token", "made-up"),
            401,
            "REQUEST_FAILED.SessionToken.Expired",
        ),
        (
            get(m2m("/accounts/other"))
                .bearer_auth(&bearer)
                .header("vz-m2m-token", &session),
            404,
            "REQUEST_FAILED.Account.NotFound",
        ),
    ] {
        let (status, body) = json_response(request).await;
        assert_eq!((status, &body["errorCode"]), (expected, &code.into()));
        assert!(body["errorMessage"].is_string());
    }
    verizon.end_sessions();
    assert_eq!(with(account()).await.0, 401);
}

#[tokio::test]
async fn token_requests_are_recorded_separately() {
    let verizon = VerizonEdge::start();
    let bearer = token(verizon.token_url(), CLIENT, "discovery:read").await;
    assert_eq!(
        status(session(get(verizon.edge_url() + "/regions")).bearer_auth(bearer)).await,
        200
    );
    let [token_request] = verizon.auth_requests().try_into().unwrap();
    assert!(token_request.path == "/api/ts/v1/oauth2/token" && token_request.header("vz-m2m-token").is_none());
    let [call] = verizon.api_requests().try_into().unwrap();
    assert!(call.path == "/api/mec/eds/regions" && call.header("vz-m2m-token").is_some());

    let form = [("grant_type", "client_credentials"), ("scope", "made.up")];
    let request = reqwest::Client::new()
        .post(verizon.token_url())
        .basic_auth(CLIENT.0, Some(CLIENT.1));
    assert_eq!(json_response(request.form(&form)).await.1["error"], "invalid_scope");
}
