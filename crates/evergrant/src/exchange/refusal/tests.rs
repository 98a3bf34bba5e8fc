//! Where servers' reasons are found, and what an outline of a body shows.

use serde_json::{Value, json};

use super::reason::{Reason, outline};

#[track_caller]
fn check(body: &Value, code: Option<&str>, sentence: Option<&str>) {
    let reason = Reason::of(body);
    assert_eq!((reason.code.as_deref(), reason.sentence), (code, sentence), "{body}");
}

#[test]
fn the_code_and_the_sentence_are_found_where_servers_put_them() {
    for (body, code, sentence) in [
        (
            json!({"error": "invalid_scope", "error_description": "no"}),
            "invalid_scope",
            "no",
        ),
        (
            json!({"errorCode": "invalid_client", "errorSummary": "Bad id.", "errorCauses": []}),
            "invalid_client",
            "Bad id.",
        ),
        (
            json!({"errorCode": "E0000011", "errorSummary": "Bad key", "errorLink": "E0000011"}),
            "E0000011",
            "Bad key",
        ),
        (
            json!({"ErrorCode": "invalid_client", "Error": "ClientId is Invalid"}),
            "invalid_client",
            "ClientId is Invalid",
        ),
        (
            json!({"fault": {"faultstring": "Bad key", "detail": {"errorcode": "oauth.v2.Bad"}}}),
            "oauth.v2.Bad",
            "Bad key",
        ),
        (
            json!({"errors": [{"code": "NOT.AUTHORIZED", "message": "Not valid."}]}),
            "NOT.AUTHORIZED",
            "Not valid.",
        ),
        (
            json!([{"errorCode": "INVALID_SESSION", "message": "Expired"}]),
            "INVALID_SESSION",
            "Expired",
        ),
        (
            json!({"code": 40001, "msg": "ip is not allowed"}),
            "40001",
            "ip is not allowed",
        ),
        (
            json!({"errcode": 40013, "errmsg": "invalid appid"}),
            "40013",
            "invalid appid",
        ),
        (
            json!({"reason": "Invalid id or secret", "error": "invalid_client"}),
            "invalid_client",
            "Invalid id or secret",
        ),
        (
            json!({"error": {"code": 401, "message": "who?", "status": "UNAUTHENTICATED"}}),
            "401",
            "who?",
        ),
        (
            json!({"error": {"type": "invalid_client", "message": "who?", "code": 7}}),
            "invalid_client",
            "who?",
        ),
        (
            json!({"statusCode": 401, "error": "Unauthorized", "message": "who?"}),
            "Unauthorized",
            "who?",
        ),
        (
            json!({"code": "INVALID-CLIENT", "developerMessage": "who?"}),
            "invalid_client",
            "who?",
        ),
        (
            json!({"__type": "NotAuthorizedException", "Message": "who?"}),
            "NotAuthorizedException",
            "who?",
        ),
        (
            json!({"error": "custom", "details": {"sub-error": "invalid_grant"}, "message": "x"}),
            "invalid_grant",
            "x",
        ),
        (
            json!({"message": "outer", "code": "a", "error": {"message": "inner"}}),
            "a",
            "outer",
        ),
    ] {
        check(&body, Some(code), Some(sentence));
    }
    for (body, sentence) in [
        (
            json!({"type": "about:blank", "title": "Unauthorized", "detail": "who?", "status": 401}),
            "who?",
        ),
        (
            json!({"type": "https://example.com/e", "title": "Unauthorized"}),
            "Unauthorized",
        ),
        (json!({"error": "Bad client credentials"}), "Bad client credentials"),
        (json!({"message": ["scope must be set", "more"]}), "scope must be set"),
        (json!({"errors": ["first", "second"]}), "first"),
        (json!({"errors": {"scope": ["is unknown"]}}), "is unknown"),
        (json!({"status": "error", "msg": "no such client"}), "no such client"),
        (
            json!({"success": false, "data": {"error": {"message": "no such client"}}}),
            "no such client",
        ),
    ] {
        check(&body, None, Some(sentence));
    }
    check(&json!({"error": "invalid_client"}), Some("invalid_client"), None);
    for body in [
        json!({}),
        json!([]),
        json!({"code": 0, "status": "ok"}),
        json!("text"),
        json!({"message": " "}),
    ] {
        check(&body, None, None);
    }
}

#[test]
fn what_lies_deep_or_far_behind_is_not_looked_for() {
    let mut deep = json!({"message": "deep"});
    for _ in 0..5 {
        deep = json!({ "x": deep });
    }
    check(&deep, None, None);
    let mut list = vec![json!(1); 100_000];
    list.push(json!({"message": "far"}));
    check(&json!({ "errors": list }), None, None);
}

#[test]
fn an_outline_has_no_text_that_is_named_as_a_secret() {
    let body = json!({
        "seen": "by us",
        "number": 7,
        "request": {
            "client_secret": "hush", "clientSecret": "hush", "password": "hush", "refresh-token": "hush",
            "Authorization": "Basic hush", "client_assertion": "hush", "api_key": "hush", "id": "shop",
        },
        "tokens": ["hush"],
    });
    let shown = outline(&body);
    assert!(!shown.contains("hush"), "{shown}");
    assert!(shown.contains("by us") && shown.contains("shop"), "{shown}");
}

#[test]
fn a_success_with_a_token_elsewhere_is_no_refusal() {
    for (body, refused) in [
        (json!({"status": "error", "msg": "no such client"}), true),
        (json!({"code": 40001, "msg": "no"}), true),
        (json!({"message": "ok", "data": {"accessToken": "hush"}}), false),
        (json!({"message": "ok", "token": "hush"}), false),
        (json!({"result": {"id": 1}}), false),
    ] {
        assert_eq!(super::is_refusal(&body), refused, "{body}");
    }
}
